"""What the suite knows of a target's world: an incomplete view, learnt from answers and profile.

A record holds only the fields that are known; a missing field may be anything. Nothing is believed
because our own model says so: what a write should have left is kept apart as *expected* until a
read confirms it, so that a contradiction can name the call that broke its promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contracts.profile import Profile
from spec import ABSENT, UNKNOWN, Absent, Contract, Json, Record, Resource, Unknown
from spec.effects import same

PRESUMED_FREE = 2_000_000_000
"""Server-made numbers from here on are presumed to be nobody's; we draw them to miss."""


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


@dataclass(frozen=True, slots=True)
class Touch:
    """A call that addressed a record: what it set, and whether the target accepted it."""

    operation: str
    fields: frozenset[str]
    accepted: bool
    step: int


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
    records: dict[tuple[str, str], Known] = field(default_factory=dict)
    absent: set[tuple[str, str]] = field(default_factory=set)
    novel: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """Texts that only refused calls have sent, each with the operation that was refused."""
    places: dict[str, Places] = field(default_factory=dict)
    complete: bool = False

    def __post_init__(self) -> None:
        """Begin with what the profile says."""
        for kind, rows in self.profile.known.items():
            for row in rows:
                fields = dict(row)
                alive = not fields.pop("deleted", False)
                self._add(kind, fields, alive=alive)

    def _add(self, kind: str, fields: dict[str, Json], *, alive: bool = True) -> Known:
        key = self.contract.resources[kind].key_of(fields)
        known = Known(kind, key, fields, alive=alive)
        self.records[kind, key] = known
        return known

    # -- the view that the judge reads ------------------------------------------------------------

    def principal(self, credential: str | None) -> Mapping[str, Json] | Unknown | None:
        """Return the facts of a credential; one that the profile does not list is not valid."""
        if credential is None:
            return None
        for one in self.profile.credentials.values():
            if one.secret == credential:
                return one.facts
        return None

    def record(self, kind: str, key: str, tenant: Json | Absent) -> Record | Unknown | None:
        """Return what is known of the tenant's live record of that key."""
        known = self.records.get((kind, key))
        if known is None:
            return None if self._nobodys(kind, key) else UNKNOWN
        if not known.alive:
            return None
        owner = self._owner(known)
        if owner is UNKNOWN:
            return UNKNOWN
        return known.fields if owner is ABSENT or same(owner, tenant) else None

    def _owner(self, known: Known) -> Json | Absent | Unknown:
        field_name = self.contract.resources[known.kind].tenant
        return known.fields.get(field_name, UNKNOWN) if field_name else ABSENT

    def _nobodys(self, kind: str, key: str) -> bool:
        """Tell whether surely no record has this key.

        Server-made numbers have one spelling, and end somewhere; a text that we made up is ours.
        """
        if (kind, key) in self.absent or key in self.novel:
            return True
        made = self.contract.resources[kind].made
        plain = key.isascii() and key.isdecimal() and key[0] != "0"
        if plain:
            return made != "client" and int(key[:40]) >= PRESUMED_FREE
        return made == "sequence"

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Json | Absent, excluding: str | None
    ) -> bool | Unknown:
        """Tell whether such a live record exists, as far as can be known."""
        resource = self.contract.resources[kind]
        doubt = False
        for known in self.of_kind(kind):
            if known.key == excluding or not known.alive:
                continue
            owner = self._owner(known)
            if owner is not ABSENT and owner is not UNKNOWN and not same(owner, tenant):
                continue
            fits = _fits(known.fields, where)
            if fits is True and owner is not UNKNOWN:
                return True
            doubt = doubt or fits is not False
        if doubt:
            return UNKNOWN
        return False if self._surely_none(resource, where, tenant) else UNKNOWN

    def _surely_none(
        self, resource: Resource, where: Mapping[str, Json], tenant: Json | Absent
    ) -> bool:
        """Tell whether nothing unknown can have these values: a key of ours, or a unique one.

        A unique value that somebody of the same tenant holds, or held till we deleted it, cannot
        be an unknown record's too. One that we made up is nobody else's.
        """
        kind = resource.kind
        if resource.key in where:
            key = str(where[resource.key])
            return (kind, key) in self.records or self._nobodys(kind, key)
        for name in resource.unique:
            value = where.get(name)
            if isinstance(value, str) and value in self.novel:
                return True
            for known in self.of_kind(kind):
                held = value is not None and same(known.fields.get(name), value)
                if held and same(self._owner(known), tenant):
                    return True
        return False

    # -- learning ---------------------------------------------------------------------------------

    def of_kind(self, kind: str) -> Iterator[Known]:
        """Yield the known records of a kind, dead ones included, in the order they became known."""
        return (known for (one, _), known in self.records.items() if one == kind)

    def living(self, kind: str, tenant: Json | Absent = ABSENT) -> Iterator[Known]:
        """Yield the records that live, of one tenant where the kind has tenants."""
        for known in self.of_kind(kind):
            owner = self._owner(known)
            mine = (
                tenant is ABSENT
                or owner is ABSENT
                or (owner is not UNKNOWN and same(owner, tenant))
            )
            if known.alive and mine:
                yield known

    def note_created(self, kind: str, fields: dict[str, Json], touch: Touch) -> Known:
        """Remember a record that an accepted call made; its key stands in `fields`."""
        self.places.clear()
        known = self._add(kind, fields)
        known.made_here = True
        known.since = [touch]
        return known

    def note_shown(self, kind: str, shown: Mapping[str, Json], tenant: Json | Absent) -> Known:
        """Remember what a read showed; the shown fields are then confirmed."""
        resource = self.contract.resources[kind]
        key = resource.key_of(shown)
        known = self.records.get((kind, key))
        if known is None:
            known = self._add(kind, dict(shown))
            if resource.tenant:
                known.fields[resource.tenant] = tenant
        else:
            known.fields.update(shown)
        known.since = []
        return known

    def note_gone(self, kind: str, key: str, touch: Touch) -> None:
        """Remember that a record was deleted."""
        self.places.clear()
        known = self.records.get((kind, key))
        if known is None:
            self.absent.add((kind, key))
            return
        known.alive = False
        known.since.append(touch)

    def touch(self, kind: str, key: str | None, touch: Touch) -> None:
        """Remember that a call addressed a record."""
        known = self.records.get((kind, key)) if key is not None else None
        if known is not None:
            known.since.append(touch)


def _fits(fields: Record, where: Mapping[str, Json]) -> bool | Unknown:
    doubt = False
    for name, value in where.items():
        if name not in fields:
            doubt = True
        elif not same(fields[name], value):
            return False
    return UNKNOWN if doubt else True
