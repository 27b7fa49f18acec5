"""Which records a list call asks for, in what order, and which page of them.

The words of `x-contract-list` mean here what they mean everywhere: the mock's store runs a `Query`,
the suite asks `matches` of the records it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from spec.contract import ABSENT, UNKNOWN, Filter, Listing, Operator, Record
from spec.document import Json
from spec.equality import same
from spec.rules import Met
from spec.times import moment


@dataclass(frozen=True, slots=True)
class Wanted:
    """One condition on a field: its relation to a value."""

    filter: Filter
    value: Json

    def __str__(self) -> str:
        sign = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        operator = self.filter.operator
        return f"{self.filter.field} {sign.get(operator, operator)} {self.value!r}"


@dataclass(frozen=True, slots=True)
class Query:
    """A list call, understood: conditions, search words, order, and the page."""

    conditions: tuple[Wanted, ...]
    words: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    limit: int | None = None
    offset: int = 0
    instants: frozenset[str] = frozenset()
    open: bool = False
    """Whether the call says something of which nobody knows what it means for the list."""

    @property
    def page(self) -> int:
        """The number of the page, counted from 1."""
        return self.offset // self.limit + 1 if self.limit else 1


def query(listing: Listing, parameters: Mapping[str, Json]) -> Query:
    """Return what a call's decoded query parameters ask of a list."""
    searched = parameters.get(listing.search) if listing.search else None
    limit = parameters.get(listing.limit) if listing.limit else None
    limit = limit if isinstance(limit, int) else None
    return Query(
        conditions=tuple(
            Wanted(one, parameters[one.parameter])
            for one in listing.filters
            if one.parameter in parameters
        ),
        words=tuple(words(searched)) if isinstance(searched, str) else (),
        search_fields=listing.search_fields,
        order=_order(listing, parameters),
        limit=limit,
        offset=_offset(listing, parameters, limit),
        instants=listing.instants,
        open=_is_open(listing, parameters, limit),
    )


def _is_open(listing: Listing, parameters: Mapping[str, Json], limit: int | None) -> bool:
    """Tell whether a parameter is given that the listing does not name, or none for the size."""
    unsized = listing.limit is not None and (limit is None or limit < 1)
    return unsized or not parameters.keys() <= listing.parameters


def _order(listing: Listing, parameters: Mapping[str, Json]) -> tuple[str, ...]:
    chosen = parameters.get(listing.sort) if listing.sort else None
    if not isinstance(chosen, str) or not chosen:
        return listing.order
    plain = chosen.removeprefix("-")
    return (chosen, *(one for one in listing.order if one.removeprefix("-") != plain))


def _offset(listing: Listing, parameters: Mapping[str, Json], limit: int | None) -> int:
    page = parameters.get(listing.page) if listing.page else None
    if isinstance(page, int):
        return max(page - 1, 0) * (limit or 0)
    offset = parameters.get(listing.offset, 0) if listing.offset else 0
    return offset if isinstance(offset, int) else 0


def counters(asked: Query, *, shown: int, total: int) -> dict[str, int]:
    """Return what each counter of a page must say."""
    return {
        "total": total,
        "limit": asked.limit or 0,
        "offset": asked.offset,
        "page": asked.page,
        "page_count": -(-total // asked.limit) if asked.limit else 1,
        "item_count": shown,
    }


def holds(wanted: Wanted, got: Json) -> bool:
    """Tell whether a field's value is in the relation; one that is unset is null.

    Unset values differ from every value and are in no other relation.
    """
    operator, want = wanted.filter.operator, wanted.value
    if operator == "ne":
        return not _equal(wanted.filter, want, got)
    if operator == "nin":
        return not _among(wanted.filter, want, got)
    if got is None:
        return False
    if operator == "eq":
        return _equal(wanted.filter, want, got)
    if operator == "in":
        return _among(wanted.filter, want, got)
    if operator == "inc":
        return isinstance(got, list) and any(same(want, one) for one in got)
    if operator == "like":
        return str(want).casefold() in str(got).casefold()
    return _compared(wanted.filter, operator, want, got)


def _equal(one: Filter, want: Json, got: Json) -> bool:
    if one.instant:
        return got is not None and moment(want) == moment(got)
    return same(want, got)


def _among(one: Filter, wants: Json, got: Json) -> bool:
    listed = wants if isinstance(wants, list) else [wants]
    if isinstance(got, list):
        return any(same(want, inner) for want in listed for inner in got)
    return any(_equal(one, want, got) for want in listed)


def _compared(one: Filter, operator: Operator, want: Json, got: Json) -> bool:
    left: Json = moment(got) if one.instant else got
    right: Json = moment(want) if one.instant else want
    if not _comparable(left, right):
        return False
    return bool(
        {
            "gt": lambda: left > right,
            "gte": lambda: left >= right,
            "lt": lambda: left < right,
            "lte": lambda: left <= right,
        }[operator]()
    )


def _comparable(left: Json, right: Json) -> bool:
    """Tell whether two values have an order: two texts, or two numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return any(isinstance(left, k) and isinstance(right, k) for k in (str, (int, float)))


def field(record: Record, name: str) -> Json:
    """Return what stands in a field, that may be dotted; ABSENT where the way to it is unknown.

    Nothing stands inside of null.
    """
    value: Json = record
    for step in name.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping) or step not in value:
            return ABSENT
        value = value[step]
    return value


def words(text: str) -> list[str]:
    """Return the words of a search, split on blanks, in the form they are compared in."""
    return [word.casefold() for word in text.split(" ") if word]


def found(word: str, text: str) -> bool:
    """Tell whether a folded word begins in `text` at its start or after a non-alphanumeric."""
    folded = folded_text(text)
    at = folded.find(word)
    while at >= 0:
        if at == 0 or not folded[at - 1].isalnum():
            return True
        at = folded.find(word, at + 1)
    return False


@lru_cache(maxsize=4096)
def folded_text(text: str) -> str:
    """Return `text` in the form in which searches compare it."""
    return text.casefold()


def matches(asked: Query, record: Record, *, complete: bool) -> Met:
    """Tell whether a record belongs in the list, leaving the page aside.

    In an incomplete view a missing field is unknown, and so may the answer be.
    """
    doubt = False
    for one in asked.conditions:
        got = field(record, one.filter.field)
        if got is ABSENT:
            if complete:
                return False
            doubt = True
        elif not holds(one, got):
            return False
    searched = _searched(asked, record, complete=complete)
    if searched is False:
        return False
    return UNKNOWN if doubt or searched is UNKNOWN else True


def _searched(asked: Query, record: Record, *, complete: bool) -> Met:
    if not asked.words:
        return True
    unknown = not complete and any(name not in record for name in asked.search_fields)
    texts = [str(record[name]) for name in asked.search_fields if record.get(name) is not None]
    for word in asked.words:
        if not any(found(word, text) for text in texts):
            return UNKNOWN if unknown else False
    return True


def in_order(asked: Query, records: Iterable[Record]) -> list[Record]:
    """Return the records in the order that the list declares; unset values come last."""
    result = list(records)
    for name in reversed(asked.order):
        plain = name.removeprefix("-")
        result.sort(key=_sorting(plain, plain in asked.instants), reverse=name.startswith("-"))
        result.sort(key=_unset(plain))
    return result


def _unset(name: str) -> Callable[[Record], bool]:
    return lambda record: record.get(name) is None


def _sorting(name: str, instant: bool) -> Callable[[Record], tuple[int, Json]]:
    if instant:
        return lambda record: _sort_key(moment(record.get(name)))
    return lambda record: _sort_key(record.get(name))


def _sort_key(value: Json) -> tuple[int, Json]:
    if value is None:
        return (0, 0)
    if isinstance(value, (int, float)):
        return (1, value)
    # A target may show anything where a text belongs.
    return (2, value) if isinstance(value, str) else (3, str(value))
