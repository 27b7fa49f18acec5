"""Stored records, and what operations do to them: kinds, effects, lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spec.contract.jobs import Job
from spec.contract.knowledge import Record
from spec.contract.lists import Listing
from spec.contract.parts import Part
from spec.contract.rules import Conditions
from spec.contract.templates import Template
from spec.document import Json, Place, escape

Action: TypeAlias = Literal[
    "create", "read", "list", "update", "replace", "delete", "entries", "upsert", "act"
]
Maker: TypeAlias = Literal["sequence", "objectid", "uuid", "number", "text", "client", "given"]
"""Who makes keys and how; `number` and `text` are a server's own that nobody has described."""

WRITING: frozenset[Action] = frozenset({"create", "update", "replace", "delete", "upsert", "act"})
__all__ = [
    "WRITING",
    "Action",
    "Effect",
    "Generated",
    "Invariant",
    "Listing",
    "Maker",
    "Resource",
    "Setting",
    "Tenant",
    "Tree",
]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Conditions that no record shown in an answer may ever meet."""

    id: str
    never: Conditions
    place: Place


@dataclass(frozen=True, slots=True)
class Tree:
    """Tenants form a tree: those above see what belongs to those below.

    `kind` are the tenants' own records, `parent` the field with the key of the one above.
    """

    kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose a record is: fields of the record, and the dotted paths that callers must equal."""

    fields: Mapping[str, tuple[str, ...]] = field(hash=False)
    tree: Tree | None = None

    @property
    def facts(self) -> dict[str, str]:
        """The principal's facts that confine callers, by the record's field."""
        return {name: path[1] for name, path in self.fields.items() if path[0] == "principal"}

    @property
    def parameters(self) -> dict[str, str]:
        """The path parameters that confine calls, by the record's field."""
        return {
            name: path[-1] for name, path in self.fields.items() if path[:2] == ("request", "path")
        }

    def __str__(self) -> str:
        return " and ".join(self.fields)


@dataclass(frozen=True, slots=True)
class Generated:
    """How the server makes a field: a number or id of its own, or a time.

    `created` is the time of creation, `changed` that of the last change; `form` is how it is
    written (see `spec.times`).
    """

    how: Literal["sequence", "objectid", "uuid", "created", "changed"]
    form: str = "millis-Z"


@dataclass(frozen=True, slots=True)
class Resource:
    """A stored kind of record.

    `shown` are the pointers (`/name`, `/characteristics/color`) of the fields that answers show;
    `nested` names the objects into which flat request fields of the same name go. `generated` are
    the fields that the server makes, the key aside; `caseless` ones are compared without case.
    """

    kind: str
    schema: str | None
    key: str
    made: Maker
    tenant: Tenant | None
    unique: tuple[str, ...]
    nested: tuple[str, ...]
    shown: frozenset[str]
    top_level: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    place: Place
    generated: Mapping[str, Generated] = field(default_factory=dict, hash=False)
    caseless: frozenset[str] = frozenset()
    parts: Mapping[str, Part] = field(default_factory=dict, hash=False)
    times: frozenset[str] = frozenset()
    """Top-level fields that hold instants, compared as such."""
    takes: Callable[[Json], bool] | None = field(default=None, compare=False, repr=False)
    """Whether a text can be a key that a client chose, where the document says."""
    stated: frozenset[str] | None = None
    """Of an open kind the fields whose values requests alone decide; None for any other kind.

    What an open kind's other fields hold is the server's business, now and later.
    """
    fixed: frozenset[str] = frozenset()
    """Of an open kind the `readOnly` fields: what a request says of them is passed over."""
    spelled: Callable[[int, str], Json] | None = field(default=None, compare=False, repr=False)
    """Makes a `number` or `text` that fits as a key, out of a running number and a UUID."""

    @property
    def open(self) -> bool:
        """Whether the server fills in what no request has said."""
        return self.stated is not None

    @property
    def steady(self) -> frozenset[str]:
        """The pointers of the shown fields that only requests change, as far as is known."""
        if self.stated is None:
            return self.shown
        return self.shown & {f"/{escape(name)}" for name in (self.key, *self.stated)}

    def key_of(self, record: Record) -> str:
        """Return the record's key as it stands in a URL."""
        return str(record[self.key])

    @property
    def changing(self) -> tuple[str, ...]:
        """The fields that hold the time of the last change."""
        return tuple(name for name, one in self.generated.items() if one.how == "changed")


@dataclass(frozen=True, slots=True)
class Setting:
    """Values that an effect gives to fields of the record when its conditions are met."""

    when: Conditions
    values: Mapping[str, Template] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an accepted call does to records of `kind`, and where they stand in its messages.

    `key` is the dotted path of the addressed record's key. `request` and `response` are pointers
    into the bodies; with `many` they lead to lists. `wrap` names fields where one value is stored
    as a list of one; `keeps` those that a replacement leaves as they are. `part` is the part whose
    entries are read or set, `job` the work that the call sets going.
    """

    action: Action
    kind: str
    key: tuple[str, ...] | None
    request: str
    response: str | None
    many: bool
    wrap: frozenset[str]
    initial: Mapping[str, Json]
    sets: tuple[Setting, ...]
    status: int
    place: Place
    keeps: frozenset[str] = frozenset()
    part: Part | None = None
    job: Job | None = None
    shows: str | None = None
    """The schema that shows an open kind's record in the answer, where it is not the kind's own."""
