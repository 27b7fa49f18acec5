"""What the suite knows of a target's world: an incomplete view, learnt from answers and profile.

A record holds only the fields that are known; a missing field may be anything. Nothing is believed
because our own model says so: what a write should have left is kept apart as *expected* until a
read confirms it, so that a contradiction can name the call that broke its promise.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from contracts import keys
from contracts.oracle.jobs import Jobs, Running
from contracts.profile import Profile
from spec import (
    ABSENT,
    UNKNOWN,
    Absent,
    Contract,
    Credential,
    Json,
    Owner,
    Record,
    Resource,
    Unknown,
)
from spec.contract import Tree
from spec.equality import same
from spec.rules import Met

Place: TypeAlias = tuple[str, str, Owner | None]
"""Kind and key of a record, and whose it is where tenants choose their own keys."""


_GONE = re.compile("delet|remov|archiv|inactive|trash|closed|cancel", re.IGNORECASE)
"""What stands in a record that is only marked as gone."""


@dataclass
class Known:
    """One record as far as it is known.

    `since` are the calls that touched it after a read last showed it: (operation id, fields that
    the call set, whether it was accepted). `unseen` are fields that no answer shows, each with the
    update that set it last.
    """

    kind: str
    key: str
    fields: dict[str, Json]
    alive: bool = True
    made_here: bool = False
    since: list[Touch] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)
    stale: dict[str, Stale] = field(default_factory=dict)
    """Times of the last change as they were before a change that no answer has shown yet."""
    works: list[tuple[Running, Record]] = field(default_factory=list)
    swapped: dict[str, Json] = field(default_factory=dict)
    """What fields would hold had the last two jobs come in the other order."""
    reader: str = ""
    """The operation that showed it last."""
    maker: Credential | None = None
    """What the call that made it carried."""
    put: tuple[str, Json] | None = None
    """The operation that replaced it last, with the fields that it was given."""
    learnt: float = field(default_factory=time.monotonic)
    born: int = 0
    entered: int = 0
    """How many of the walk's sendings came before the record was made, and before its entries were
    last read."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A call that addressed a record: what it set, and whether the target accepted it."""

    operation: str
    fields: frozenset[str]
    accepted: bool
    step: int
    work: bool = False
    """Whether the call set work going: `fields` are then what the work was to change."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A call that gave values to entries of a record, by folded name, and what became of it.

    `scope` is whose definitions the entries' names are looked up among.
    """

    operation: str
    record: Place
    scope: Owner | Absent
    values: Mapping[str, Json]
    accepted: bool


@dataclass(frozen=True, slots=True)
class Stale:
    """A value that an accepted call must have moved, at least so many seconds later."""

    value: Json
    operation: str
    seconds: float


@dataclass
class Places:
    """Which record stood where in a list, as long as nothing is written.

    `total` is the counter that went with them, so that somebody else's write is noticed too.
    """

    total: Json
    keys: dict[int, str] = field(default_factory=dict)


@dataclass
class Knowledge:
    """The records, credentials and absences that one walk knows of."""

    contract: Contract
    profile: Profile
    records: dict[Place, Known] = field(default_factory=dict)
    absent: set[Place] = field(default_factory=set)
    novel: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    """Texts made up before records were forgotten: one that is not known any more may hold them."""
    refused: dict[str, str] = field(default_factory=dict)
    """Texts that only refused calls have sent, each with the operation that was refused."""
    places: dict[str, Places] = field(default_factory=dict)
    buried: set[tuple[str, str]] = field(default_factory=set)
    """Kinds and keys of the records that were deleted, whether the key is in use again or not."""
    whole: dict[str, set[str]] = field(default_factory=dict)
    """The keys that a list of everything showed last, by the list and who asked."""
    refusal: str = ""
    """The operation that was refused last and would have written."""
    refused_since: set[str] = field(default_factory=set)
    """The operations that were refused since everything was listed."""
    complete: bool = False

    jobs: Jobs = field(default_factory=Jobs)
    listed: dict[tuple[str, Owner | Absent], list[str]] = field(default_factory=dict)
    """The keys of all records of a kind that a tenant has, where an answer has told them."""
    sendings: list[Sending] = field(default_factory=list)
    """The calls that were to set entries of records, in the order in which they were answered."""

    def __post_init__(self) -> None:
        """Begin with what the profile says."""
        trees = {
            one.tenant.tree.kind: one.tenant.tree.parent
            for one in self.contract.resources.values()
            if one.tenant and one.tenant.tree
        }
        for kind, rows in self.profile.known.items():
            for row in rows:
                fields = dict(row)
                alive = not fields.pop("deleted", False)
                if kind in trees:
                    # TOML has no null: a tenant without a parent stands at the top.
                    fields.setdefault(trees[kind], None)
                self._add(kind, fields, alive=alive)

    def _add(self, kind: str, fields: dict[str, Json], *, alive: bool = True) -> Known:
        known = Known(kind, self.contract.resources[kind].key_of(fields), fields, alive=alive)
        self.records[self._place(kind, known.key, self.owner(known))] = known
        return known

    # -- whose records ----------------------------------------------------------------------------

    def _place(self, kind: str, key: str, owner: Owner | Absent | Unknown) -> Place:
        """Return where a record is kept: keys that clients choose are the tenant's own."""
        own = self.contract.resources[kind].made in {"client", "given", *keys.UNTOLD}
        return (kind, key, owner if own and isinstance(owner, tuple) else None)

    def owner(self, known: Known) -> Owner | Absent | Unknown:
        """Return whose a record is, as far as it is known; ABSENT for kinds without tenants."""
        tenant = self.contract.resources[known.kind].tenant
        if tenant is None:
            return ABSENT
        found = [known.fields.get(name, UNKNOWN) for name in tenant.fields]
        return UNKNOWN if any(one is UNKNOWN for one in found) else tuple(found)

    def sees(self, kind: str, viewer: Owner | Absent, owner: Owner | Absent | Unknown) -> Met:
        """Tell whether a tenant sees another's records of a kind: its own, and those below it."""
        if viewer is ABSENT or owner is ABSENT:
            return True
        if owner is UNKNOWN:
            return UNKNOWN
        tenant = self.contract.resources[kind].tenant
        if viewer == owner or tenant is None or tenant.tree is None:
            return bool(viewer == owner)
        return self._above(tenant.tree, viewer[0], owner[0])

    def _above(self, tree: Tree, viewer: Json, owner: Json) -> Met:
        """Tell whether one tenant stands above another."""
        passed: list[Json] = []
        below = owner
        while below is not None and below not in passed:
            passed.append(below)
            known = self.records.get((tree.kind, str(below), None))
            if known is None:
                return UNKNOWN
            if tree.parent not in known.fields:
                return UNKNOWN
            below = known.fields[tree.parent]
            if same(below, viewer):
                return True
        return False

    # -- the view that the judge reads ------------------------------------------------------------

    def principal(self, credential: Credential | None) -> Mapping[str, Json] | Unknown | None:
        """Return the facts of a credential; one that the profile does not list is not valid.

        A target that takes any is known to let it in, and what it takes it for is not.
        """
        if credential is None:
            return None
        for one in self.profile.credentials.values():
            if one.sent == credential:
                return one.facts
        return UNKNOWN if self.profile.any_credential else None

    def known(self, kind: str, key: str, viewer: Owner | Absent) -> Known | None:
        """Return the record, dead or alive, that a caller means by a key, whoever it belongs to."""
        own = self.records.get(self._place(kind, key, viewer))
        return own or self.records.get((kind, key, None))

    def record(self, kind: str, key: str, tenant: Owner | Absent) -> Record | Unknown | None:
        """Return what is known of the tenant's live record of that key."""
        known = self.known(kind, key, tenant)
        if known is None:
            return None if self._nobodys(kind, key, tenant) else UNKNOWN
        if not known.alive:
            return None
        seen = self.sees(kind, tenant, self.owner(known))
        if seen is UNKNOWN:
            return UNKNOWN
        return known.fields if seen else None

    def _nobodys(self, kind: str, key: str, tenant: Owner | Absent) -> bool:
        """Tell whether surely no record has this key."""
        if self._place(kind, key, tenant) in self.absent or self._ours(kind, key):
            return True
        resource = self.contract.resources[kind]
        if kind in self.profile.complete:
            return True
        if resource.takes is not None and not resource.takes(key):
            return True
        return keys.nobodys(resource.made, key)

    def _ours(self, kind: str, value: Json) -> bool:
        """Tell whether a value is one that we made up, so that no unknown record has it.

        Definitions last: an earlier run under the same seed may have made one of that name.
        """
        lasting = {
            part.definitions
            for resource in self.contract.resources.values()
            for part in resource.parts.values()
        }
        if kind in lasting or not isinstance(value, str):
            return False
        return value in self.novel and value not in self.forgotten

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent, excluding: str | None
    ) -> bool | Unknown:
        """Tell whether such a live record exists, as far as can be known."""
        found = self._search(kind, where, tenant, excluding)
        return found if found is UNKNOWN else found is not None

    def find(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent
    ) -> Record | Unknown | None:
        """Return what is known of the live record that has all these field values."""
        found = self._search(kind, where, tenant, None)
        return found.fields if isinstance(found, Known) else found

    def _search(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent, excluding: str | None
    ) -> Known | Unknown | None:
        resource = self.contract.resources[kind]
        doubt = False
        ours = any(self._ours(kind, value) for value in where.values())
        for known in self.of_kind(kind):
            if known.key == excluding or not known.alive:
                continue
            seen = self.sees(kind, tenant, self.owner(known))
            if seen is False:
                continue
            fits = _fits(resource, known.fields, where)
            if fits is True and seen is True:
                return known
            # Who was there before us does not have what we have made up.
            doubt = doubt or (fits is not False and (known.made_here or not ours))
        if doubt:
            return UNKNOWN
        return None if self._surely_none(resource, where, tenant) else UNKNOWN

    def every(self, kind: str, tenant: Owner | Absent) -> list[Record] | Unknown:
        """Return all records of a kind, where an answer has told them all."""
        told = self.listed.get((kind, tenant))
        if told is None:
            return UNKNOWN
        found = [self.known(kind, key, tenant) for key in told]
        return [one.fields for one in found if one is not None]

    def _surely_none(
        self, resource: Resource, where: Mapping[str, Json], tenant: Owner | Absent
    ) -> bool:
        """Tell whether nothing unknown can have these values: a key of ours, or a unique one.

        A unique value that somebody of the same tenant holds, or held till we deleted it, cannot
        be an unknown record's too. One that we made up is nobody else's.
        """
        kind = resource.kind
        if kind in self.profile.complete:
            return True
        if any(self._ours(kind, value) for value in where.values()):
            return True
        if _anothers(resource, where, tenant):
            return True
        if resource.key in where:
            key = str(where[resource.key])
            told = self.listed.get((kind, tenant))
            known = self.known(kind, key, tenant) is not None
            return known or told is not None or self._nobodys(kind, key, tenant)
        for name in resource.unique:
            value = where.get(name)
            for one in self.of_kind(kind):
                held = value is not None and same(one.fields.get(name), value)
                if held and self.sees(kind, tenant, self.owner(one)) is True:
                    return True
        return False

    # -- learning ---------------------------------------------------------------------------------

    def unsettle(self) -> None:
        """Forget what there is: a call was accepted of which nobody knows what it has done."""
        self.forgotten |= self.novel
        for known in (self.records, self.absent, self.places, self.whole, self.listed):
            known.clear()
        self.refusal = ""
        self.__post_init__()

    def blur(self, kind: str, key: str, viewer: Owner | Absent) -> None:
        """Forget records that a change may have been of, though it stood under another path."""
        if self.contract.inferred and self.known(kind, key, viewer) is None:
            self.forgotten |= self.novel
            for place in [one for one in self.records if one[:2] == (kind, key)]:
                del self.records[place]

    def orphan(self, parent: str) -> None:
        """Forget the records that path parameters confine: one of their parents may be gone."""
        self.forgotten |= self.novel
        for place, known in list(self.records.items()):
            tenant = self.contract.resources[known.kind].tenant
            if known.kind != parent and tenant and tenant.parameters:
                del self.records[place]

    def of_kind(self, kind: str) -> Iterator[Known]:
        """Yield the known records of a kind, dead ones included, in the order they became known."""
        return (known for place, known in list(self.records.items()) if place[0] == kind)

    def living(self, kind: str, tenant: Owner | Absent = ABSENT) -> Iterator[Known]:
        """Yield the records that live, those that a tenant sees where the kind has tenants."""
        for known in self.of_kind(kind):
            if known.alive and self.sees(kind, tenant, self.owner(known)) is True:
                yield known

    def note_created(self, kind: str, fields: dict[str, Json], touch: Touch) -> Known:
        """Remember a record that an accepted call made; its key stands in `fields`."""
        self.places.clear()
        known = self._add(kind, fields)
        known.made_here = True
        known.since = [touch]
        known.born = known.entered = len(self.sendings)
        return known

    def note_shown(
        self, kind: str, shown: Mapping[str, Json], viewer: Owner | Absent, reader: str = ""
    ) -> Known:
        """Remember what a read showed; the shown fields are then confirmed."""
        resource = self.contract.resources[kind]
        known = self.known(kind, resource.key_of(shown), viewer)
        if known is None:
            fields = dict(shown)
            if resource.tenant and isinstance(viewer, tuple):
                # Where tenants form a tree, the record itself says whose it is.
                for name, value in zip(resource.tenant.fields, viewer, strict=True):
                    fields.setdefault(name, value)
            known = self._add(kind, fields)
        else:
            known.fields.update(shown)
        known.since = []
        known.reader = reader
        known.stale, known.works, known.swapped = {}, [], {}
        known.learnt = time.monotonic()
        self.settle(known)
        return known

    def outdate(self, known: Known, operation: str) -> None:
        """Forget the times of the last change, which an accepted call has moved."""
        seconds = time.monotonic() - known.learnt
        for name in self.contract.resources[known.kind].changing:
            if name in known.fields:
                known.stale[name] = Stale(known.fields.pop(name), operation, seconds)

    def settle(self, known: Known) -> None:
        """Forget the fields that may be different the next time a record is shown."""
        fading = self.jobs.fading(known)
        if fading:
            fading.update(self.contract.resources[known.kind].changing)
        for name in fading:
            known.fields.pop(name, None)

    def note_gone(self, kind: str, key: str, viewer: Owner | Absent, touch: Touch) -> None:
        """Remember that a record was deleted."""
        self.places.clear()
        known = self.known(kind, key, viewer)
        if known is None:
            self.absent.add(self._place(kind, key, viewer))
            return
        known.alive = False
        known.since.append(touch)
        self.buried.add((kind, key))

    def marks_deleted(self, known: Known, shown: Mapping[str, Json]) -> bool:
        """Tell whether a deleted record may be shown: with a mark in it that was not before.

        Many servers only mark what they delete, and no document without vocabulary forbids it. A
        mark is a value where none was, or one that says so itself.
        """
        empty = (None, False, "")
        return self.contract.inferred and any(
            value not in empty
            and not same(known.fields.get(name), value)
            and (known.fields.get(name) in empty or _GONE.search(f"{name} {value}"))
            for name, value in shown.items()
        )

    def touch(self, kind: str, key: str | None, viewer: Owner | Absent, touch: Touch) -> None:
        """Remember that a call addressed a record."""
        known = self.known(kind, key, viewer) if key is not None else None
        if known is not None:
            known.since.append(touch)


def _anothers(resource: Resource, where: Mapping[str, Json], viewer: Owner | Absent) -> bool:
    """Tell whether the values name another tenant than the one that looks."""
    if resource.tenant is None or resource.tenant.tree or not isinstance(viewer, tuple):
        return False
    own = zip(resource.tenant.fields, viewer, strict=True)
    return any(name in where and not same(where[name], value) for name, value in own)


def _fits(resource: Resource, fields: Record, where: Mapping[str, Json]) -> bool | Unknown:
    doubt = False
    for name, value in where.items():
        if name not in fields:
            doubt = True
        elif name in resource.caseless:
            if str(fields[name]).casefold() != str(value).casefold():
                return False
        elif not same(fields[name], value):
            return False
    return UNKNOWN if doubt else True
