"""Which records a list call asks for, in what order, and which page of them.

The words of `x-contract-list` mean here what they mean everywhere: the mock's store runs a `Query`,
the suite asks `matches` of the records it knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from spec.contract import ABSENT, UNKNOWN, Listing, Record
from spec.document import Json
from spec.effects import same
from spec.rules import Met


@dataclass(frozen=True, slots=True)
class Query:
    """A list call, understood: equalities by field, search words, order, and the page."""

    equals: Mapping[str, Json]
    words: tuple[str, ...]
    search_fields: tuple[str, ...]
    order: tuple[str, ...]
    limit: int | None
    offset: int


def query(listing: Listing, parameters: Mapping[str, Json]) -> Query:
    """Return what a call's decoded query parameters ask of a list."""
    searched = parameters.get(listing.search) if listing.search else None
    limit = parameters.get(listing.limit) if listing.limit else None
    offset = parameters.get(listing.offset, 0) if listing.offset else 0
    return Query(
        equals={
            one.field: parameters[one.parameter]
            for one in listing.filters
            if one.parameter in parameters
        },
        words=tuple(words(searched)) if isinstance(searched, str) else (),
        search_fields=listing.search_fields,
        order=listing.order,
        limit=limit if isinstance(limit, int) else None,
        offset=offset if isinstance(offset, int) else 0,
    )


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
    for name, want in asked.equals.items():
        got = record.get(name, ABSENT)
        if got is ABSENT:
            if complete:
                return False
            doubt = True
        elif not same(want, got):
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
        result.sort(key=lambda one: _sort_key(one.get(plain)), reverse=name.startswith("-"))
        result.sort(key=lambda one: one.get(plain) is None)
    return result


def _sort_key(value: Json) -> tuple[int, Json]:
    return (0, 0) if value is None else (1, value) if not isinstance(value, str) else (2, value)
