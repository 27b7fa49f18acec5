"""Which names in messages hold the keys of records, and of what kind, as far as a document tells.

A key is another value on each of two implementations; what matters is whose key it is. Without the
vocabulary the path parameters tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.keys import MADE
from spec import Contract, Exists, Found, Operation
from spec.document import tokens

ANY = ""
"""The kind of a record that nothing tells the kind of."""
_WORD = re.compile(r"[_-]|(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Roles:
    """The kind of the record that a field or parameter of a name names; ANY for unknown kinds.

    `new` are the kinds whose keys servers make when they are called.
    """

    kinds: Mapping[str, str]
    new: frozenset[str] = frozenset()

    def kind(self, name: str) -> str | None:
        """Return the kind that a name tells, None where it names no record."""
        return self.kinds.get(name)


def roles(contract: Contract) -> Roles:
    """Return what the names in a contract's messages say."""
    told: dict[str, set[str]] = {}
    for name, kind in _told(contract):
        told.setdefault(name, set()).add(kind)
    for name, field, kind in _filters(contract):
        told.setdefault(name, set()).update({kind} if kind else told.get(field, ()))
    if not contract.resources:
        return Roles(dict.fromkeys(_parameters(contract), ANY))
    kinds = {name: _one(found) for name, found in told.items() if found}
    return Roles(kinds, frozenset(_new(contract)))


def _new(contract: Contract) -> Iterator[str]:
    for operation in contract.operations.values():
        effect = operation.effect
        if effect is None:
            continue
        if effect.action == "create" and contract.resources[effect.kind].made in MADE:
            yield effect.kind
        if effect.job is not None:
            yield effect.job.kind


def _one(kinds: set[str]) -> str:
    return next(iter(kinds)) if len(kinds) == 1 else ANY


def _told(contract: Contract) -> Iterator[tuple[str, str]]:
    for operation in contract.operations.values():
        yield from _of_effect(operation)
        for fact in operation.facts.values():
            if isinstance(fact, Exists | Found):
                key = contract.resources[fact.kind].key
                yield from ((path[-1], fact.kind) for own, path in fact.where.items() if own == key)
    for resource in contract.resources.values():
        tenant = resource.tenant
        if tenant is not None and tenant.tree is not None:
            yield tenant.tree.parent, tenant.tree.kind
            names = tenant.fields if resource.kind != tenant.tree.kind else ()
            yield from ((name, tenant.tree.kind) for name in names)


def _of_effect(operation: Operation) -> Iterator[tuple[str, str]]:
    effect = operation.effect
    if effect is not None and effect.key:
        yield effect.key[-1], effect.kind
    if effect is not None and effect.job is not None:
        job = effect.job
        yield tokens(job.handle)[-1], job.kind
        yield job.member, job.each
        yield job.members[-1], job.each


def _filters(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Yield the parameter and the field of each filter, with the kind where that is its key."""
    for operation in contract.operations.values():
        effect, listing = operation.effect, operation.listing
        for one in listing.filters if effect and listing else ():
            own = effect is not None and contract.resources[effect.kind].key == one.field
            yield one.parameter, one.field, effect.kind if effect and own else ""


def _parameters(contract: Contract) -> Iterator[str]:
    """Yield the names of all path parameters, and how a record itself would call them."""
    for operation in contract.operations.values():
        for one in operation.parameters:
            if one.location == "path":
                yield one.name
                yield _WORD.split(one.name)[-1].lower()
