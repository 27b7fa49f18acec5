"""Stored records, and what operations do to them: kinds, effects, lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spec.contract.knowledge import ABSENT, Absent, Record
from spec.contract.rules import Conditions
from spec.document import Json, Place

Action: TypeAlias = Literal["create", "read", "list", "update", "replace", "delete"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Conditions that no record shown in an answer may ever meet."""

    id: str
    never: Conditions
    place: Place


@dataclass(frozen=True, slots=True)
class Resource:
    """A stored kind of record.

    `shown` are the pointers (`/name`, `/characteristics/color`) of the fields that answers show;
    `nested` names the objects into which flat request fields of the same name go.
    `tenant` is both the record's field and the principal's fact that must agree.
    """

    kind: str
    schema: str | None
    key: str
    made: Literal["sequence", "client", "given"]
    tenant: str | None
    unique: tuple[str, ...]
    nested: tuple[str, ...]
    shown: frozenset[str]
    top_level: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    place: Place

    def tenant_of(self, principal: Mapping[str, Json]) -> Json | Absent:
        """Return the tenant that a principal's calls are confined to."""
        return principal.get(self.tenant) if self.tenant else ABSENT

    def key_of(self, record: Record) -> str:
        """Return the record's key as it stands in a URL."""
        return str(record[self.key])


@dataclass(frozen=True, slots=True)
class Setting:
    """Values that an effect gives to fields of the record when its conditions are met."""

    when: Conditions
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an accepted call does to records of `kind`, and where they stand in its messages.

    `key` is the dotted path of the addressed record's key. `request` and `response` are pointers
    into the bodies; with `many` they lead to lists.
    `wrap` names fields where one value is stored as a list of one.
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


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that keeps the records whose field equals it."""

    parameter: str
    field: str


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list operation chooses, orders and counts.

    `counters` maps total, limit and offset to pointers in the answer; `order` is the fields of the
    default order, a leading '-' for descending.
    """

    items: str
    limit: str | None
    offset: str | None
    filters: tuple[Filter, ...]
    search: str | None
    search_fields: tuple[str, ...]
    order: tuple[str, ...]
    counters: Mapping[str, str]
