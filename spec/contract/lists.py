"""How an operation lists records: filters, search, order, pages, counters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["eq", "ne", "like", "gt", "gte", "lt", "lte", "in", "nin", "inc"]
OPERATORS: tuple[Operator, ...] = (
    "eq",
    "ne",
    "like",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "nin",
    "inc",
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that keeps the records whose field stands in a relation to its value.

    `field` may be dotted; with `instant` values are compared as moments in time.
    """

    parameter: str
    field: str
    operator: Operator = "eq"
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """Another form of a list's answer, chosen by a boolean query parameter."""

    parameter: str
    items: str
    counters: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list operation chooses, orders and counts.

    `limit` is the parameter for the size of a page; the page begins after `offset` records, or is
    the one with the number in `page`, counted from 1. `counters` maps total, limit, offset, page,
    page_count and item_count to pointers in the answer. `order` is the fields of the default
    order, a leading '-' for descending; `sort` the parameter that puts one field before them.
    `refused` are the names of parameters that look like filters and are none.
    """

    items: str
    limit: str | None
    offset: str | None
    filters: tuple[Filter, ...]
    search: str | None
    search_fields: tuple[str, ...]
    order: tuple[str, ...]
    counters: Mapping[str, str]
    page: str | None = None
    sort: str | None = None
    envelope: Envelope | None = None
    refused: frozenset[str] = frozenset()
    instants: frozenset[str] = frozenset()
    """Fields that hold moments in time, and are ordered as such."""

    @property
    def parameters(self) -> frozenset[str]:
        """The query parameters whose meaning is known."""
        named = [self.limit, self.offset, self.page, self.search, self.sort]
        named += [one.parameter for one in self.filters]
        named += [self.envelope.parameter] if self.envelope else []
        return frozenset(one for one in named if one is not None)

    def form(self, parameters: Mapping[str, object]) -> tuple[str, Mapping[str, str]]:
        """Return where an answer to a call with these parameters has its rows and counters."""
        if self.envelope and parameters.get(self.envelope.parameter) is True:
            return self.envelope.items, self.envelope.counters
        return self.items, self.counters
