"""What two targets have in common as their profiles tell: whose key is whose, and which record.

With one profile for both, everything it tells is the same on both sides. With two, credentials are
matched by name and known records by their place; what only one side has is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from contracts.compare.pairs import Pairs
from contracts.compare.roles import ANY, Roles, roles
from contracts.compare.values import Scope
from contracts.profile import Profile
from spec import ConfigurationError, Contract, Json, Resource, listed
from spec.equality import same
from spec.times import moment

_Rows: TypeAlias = tuple[Mapping[str, Json], ...]


@dataclass(frozen=True)
class Grounds:
    """Two profiles that tell of the same things, and how the things of the one are called there.

    `secrets` has the right side's in the place of each of the left side's. `notes` say what was
    left out.
    """

    contract: Contract
    left: Profile
    right: Profile
    roles: Roles
    pairs: Pairs
    scope: Scope
    secrets: Mapping[str, str] = field(repr=False)
    notes: tuple[str, ...] = ()


def grounds(
    contract: Contract,
    left: Profile,
    right: Profile,
    *,
    shared: Mapping[tuple[str, str], frozenset[str]] | None = None,
) -> Grounds:
    """Return what two targets have in common.

    Both are taken to begin with the same records when one profile is that of both and each is
    started afresh. Otherwise they have those of the profile in common, with the fields that it
    tells, or those that are said to be `shared`.

    Raises: ConfigurationError: what stands in the same place in both tells of different things.
    """
    contract = contract.without({*left.off_limits, *right.off_limits})
    return _Matcher(contract, left, right).grounds(shared)


@dataclass
class _Matcher:
    contract: Contract
    left: Profile
    right: Profile
    pairs: Pairs = field(default_factory=Pairs)
    notes: list[str] = field(default_factory=list)

    @cached_property
    def roles(self) -> Roles:
        return roles(self.contract)

    def grounds(self, shared: Mapping[tuple[str, str], frozenset[str]] | None) -> Grounds:
        known = self._known()
        self._parameters()
        names = self._credentials()
        provoked = self._provoked()
        left, right = (
            replace(
                profile,
                credentials={name: profile.credentials[name] for name in names},
                provoke={name: profile.provoke[name] for name in provoked},
                known={kind: rows[side] for kind, rows in known.items()},
            )
            for side, profile in enumerate((self.left, self.right))
        )
        fresh = all(one.isolation != "none" for one in (left, right))
        alike = fresh and shared is None and left.known == right.known
        listed = _listed(self.contract, left) if shared is None else shared
        return Grounds(
            contract=self.contract,
            left=left,
            right=right,
            roles=self.roles,
            pairs=self.pairs,
            scope=Scope(alike, listed),
            secrets=dict(self._secrets(names)),
            notes=tuple(self.notes),
        )

    # -- records ----------------------------------------------------------------------------------

    def _known(self) -> dict[str, tuple[_Rows, _Rows]]:
        """Return the records that both know, by kind, those of each side."""
        found: dict[str, tuple[_Rows, _Rows]] = {}
        for kind in {**self.left.known, **self.right.known}:
            mine, its = self.left.known.get(kind, ()), self.right.known.get(kind, ())
            most = min(len(mine), len(its))
            if len(mine) != len(its):
                more = "A" if len(mine) > most else "B"
                count = max(len(mine), len(its)) - most
                self.notes.append(f"{count} of the {kind}s that are known on {more} only")
            found[kind] = (mine[:most], its[:most])
        for kind, rows in found.items():
            for number, (one, other) in enumerate(zip(*rows, strict=True)):
                key = self.contract.resources[kind].key
                if not self.pairs.pair(kind, one[key], other[key]):
                    self._mismatch(kind, number, key, one, other)
        for kind, rows in found.items():
            for number, (one, other) in enumerate(zip(*rows, strict=True)):
                self._fields(self.contract.resources[kind], number, one, other)
        return found

    def _fields(
        self, resource: Resource, number: int, left: Mapping[str, Json], right: Mapping[str, Json]
    ) -> None:
        for name in left.keys() & right.keys() - {resource.key}:
            if not self._corresponds(resource, name, left[name], right[name]):
                self._mismatch(resource.kind, number, name, left, right)
        if left.get("deleted", False) is not right.get("deleted", False):
            self._mismatch(resource.kind, number, "deleted", left, right)

    def _corresponds(self, resource: Resource, name: str, left: Json, right: Json) -> bool:
        """Tell whether two fields of one record say the same; values of each one's own are."""
        if isinstance(left, list) and isinstance(right, list):
            several = len(left) == len(right)
            return several and all(
                self._corresponds(resource, name, *both) for both in zip(left, right, strict=True)
            )
        kind = self.roles.kind(name)
        if kind and self.pairs.of_left(kind, left) is not None:
            return self.pairs.pair(kind, left, right)
        if same(left, right):
            return True
        if moment(left) is not None and moment(right) is not None:
            return True
        tenant = resource.tenant.fields if resource.tenant else ()
        own = name in {*resource.unique, *resource.generated, *tenant} or kind is not None
        plain = type(left) is type(right) and isinstance(left, str | int)
        return own and plain and self.pairs.pair(kind or f"{resource.kind}.{name}", left, right)

    def _mismatch(
        self,
        kind: str,
        number: int,
        name: str,
        left: Mapping[str, Json],
        right: Mapping[str, Json],
    ) -> None:
        raise ConfigurationError(
            f"[[known.{kind}]] number {number + 1}",
            f"{name} is {left.get(name)!r} in the profile and {right.get(name)!r} in the "
            "reference's",
            "the same record in the same place of both",
            "Leave out of both what is not to be compared.",
        )

    # -- who calls, and where ---------------------------------------------------------------------

    def _parameters(self) -> None:
        mine, its = self.left.parameters, self.right.parameters
        for name in sorted(mine.keys() ^ its.keys()):
            has = "the profile" if name in mine else "the reference's profile"
            raise ConfigurationError(
                "[parameters]", f"{name!r} stands in {has} only", "a value for each of the two"
            )
        for name, value in mine.items():
            if not self.pairs.pair(self.roles.kind(name) or ANY, value, its[name]):
                raise ConfigurationError(
                    f"[parameters] {name}",
                    f"it is {value!r} in the profile and {its[name]!r} in the reference's",
                    "what the known records tell of it",
                )

    def _credentials(self) -> list[str]:
        """Return the names of the credentials that both have, those of the left side first."""
        mine, its = self.left.credentials, self.right.credentials
        for side, only in (("A", mine.keys() - its.keys()), ("B", its.keys() - mine.keys())):
            if only:
                self.notes.append(f"the credentials that {side} only has: {listed(sorted(only))}")
        names = [name for name in mine if name in its]
        for name in names:
            facts = mine[name].facts, its[name].facts
            for fact in {**facts[0], **facts[1]}:
                self._fact(name, fact, facts[0].get(fact), facts[1].get(fact))
        return names

    def _fact(self, name: str, fact: str, left: Json, right: Json) -> None:
        tenants = (one.tenant for one in self.contract.resources.values() if one.tenant)
        own = any(fact in one.facts.values() for one in tenants)
        if self.pairs.are_paired(left, right):
            return
        new = self.pairs.anywhere(left) is None
        if new and (same(left, right) or (own and self.pairs.pair(ANY, left, right))):
            return
        raise ConfigurationError(
            f"[credentials.{name}] facts.{fact}",
            f"it is {left!r} in the profile and {right!r} in the reference's",
            "credentials of one name that may do the same",
        )

    def _provoked(self) -> list[str]:
        mine, its = self.left.provoke, self.right.provoke
        for side, only in (("A", mine.keys() - its.keys()), ("B", its.keys() - mine.keys())):
            if only:
                self.notes.append(f"what can be provoked on {side} only: {listed(sorted(only))}")
        return [name for name in mine if name in its]

    def _secrets(self, names: list[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            mine, its = self.left.credentials[name].secret, self.right.credentials[name].secret
            for spelling in _SPELLINGS:
                yield spelling(mine), spelling(its)
            user, colon, password = mine.partition(":")
            other = its.partition(":")
            if colon and user and password and all(other):
                yield from ((password, other[2]), (user, other[0]))


def _encoded(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def _cut(secret: str) -> str:
    return secret[:-1]


_SPELLINGS = (str, _encoded, str.swapcase, _cut)
"""The forms in which calls may hold a secret, right ones and wrong ones."""


def _listed(contract: Contract, profile: Profile) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (kind, contract.resources[kind].key_of(row)): frozenset(row)
        for kind, rows in profile.known.items()
        for row in rows
    }
