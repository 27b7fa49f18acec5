"""Pages that begin or end elsewhere, are counted wrongly, or come in the wrong form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mockserver.behaviours import Reply
from mockserver.mutants.edits import on_operation, on_reply
from mockserver.mutants.flaws import Flawed, Page, Who
from mockserver.mutants.listings import Paging, grows, listing_of, paged, place_in_list
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.spots import changed
from spec import Context, Contract, Listing, Operation, pick
from spec.document import tokens
from spec.lists import Query


@in_operations("list", "page", most=8)
def miscut(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show another part of the list than the page asked for."""
    known = listing_of(operation)
    if known is None or known[1].limit is None:
        return
    effect, listing = known
    way = listing.page or listing.offset
    place = place_in_list(contract, operation, "page" if listing.page else "offset")
    for says, paging, many in _CUTS:
        if way is not None and (not many or grows(contract, effect.kind)):
            yield Draft(operation.id, f"{operation.id} {says}", place, paged(operation, paging))


def _from(change: Callable[[Query], int]) -> Paging:
    """Return the page that begins elsewhere."""

    def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
        return store.behind.page(kind, who, replace(asked, offset=max(0, change(asked))))

    return paging


def _up_to(change: Callable[[int], int | None]) -> Paging:
    """Return the page of another size."""

    def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
        limit = None if asked.limit is None else change(asked.limit)
        return store.behind.page(kind, who, replace(asked, limit=limit))

    return paging


def _clamped(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    _, total = store.behind.page(kind, who, asked)
    limit = asked.limit or 1
    last = max(0, (total - 1) // limit * limit)
    return store.behind.page(kind, who, replace(asked, offset=min(asked.offset, last)))


def _whole_pages(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    records, total = store.behind.page(kind, who, asked)
    partial_page = asked.limit is not None and 0 < len(records) < asked.limit and asked.offset > 0
    return ([] if partial_page else records), total


def _twice(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    records, total = store.behind.page(kind, who, asked)
    return [*records[:1], *records], total


_CUTS: tuple[tuple[str, Paging, bool], ...] = (
    ("begins a page too late", _from(lambda asked: asked.offset + (asked.limit or 0)), False),
    ("always begins with the first record", _from(lambda asked: 0), False),
    ("begins one record too late", _from(lambda asked: asked.offset + 1), False),
    ("repeats the last record of the page before",
     _from(lambda asked: asked.offset - 1 if asked.offset else 0), False),
    ("misses the record at the boundary of two pages",
     _from(lambda asked: asked.offset + 1 if asked.offset else 0), False),
    ("shows one record more than was asked for", _up_to(lambda limit: limit + 1), False),
    ("shows one record less than was asked for", _up_to(lambda limit: limit - 1), False),
    ("shows all records at once", _up_to(lambda limit: None), False),
    ("shows at most ten records", _up_to(lambda limit: min(limit, 10)), True),
    ("shows the last page where there is none", _clamped, False),
    ("does not show a last page that is not full", _whole_pages, False),
    ("shows the first record of a page twice", _twice, False),
)  # fmt: skip


@in_operations("list", "counter", most=6)
def miscounted(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Count wrongly."""
    known = listing_of(operation)
    if known is None:
        return
    _, listing = known
    named = {**(listing.envelope.counters if listing.envelope else {}), **listing.counters}
    if "total" in named:
        for says, paging in _totals(listing):
            place = place_in_list(contract, operation, "counters", "total")
            yield Draft(operation.id, f"{operation.id} {says}", place, paged(operation, paging))
    for counter in named:
        for says, change in _COUNTERS.get(counter, {}).items():
            edit = on_reply(operation.id, partial(_recounted, listing, counter, change))
            place = place_in_list(contract, operation, "counters", counter)
            yield Draft(operation.id, f"{operation.id} {says}", place, edit)


def _totals(listing: Listing) -> Iterator[tuple[str, Paging]]:
    if listing.limit:
        yield "counts the records of the page for the total", _of_page
    yield "counts one record too many", _one_more
    if listing.filters or listing.search:
        yield "counts what the filters leave out as well", _of_all


def _of_page(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    records, _ = store.behind.page(kind, who, asked)
    return records, len(records)


def _one_more(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    records, total = store.behind.page(kind, who, asked)
    return records, total + 1


def _of_all(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    records, _ = store.behind.page(kind, who, asked)
    return records, store.behind.page(kind, who, replace(asked, conditions=(), words=()))[1]


Counted: TypeAlias = Mapping[str, int]
_COUNTERS: Mapping[str, Mapping[str, Callable[[Counted], int]]] = {
    "limit": {"shows the number of records for the limit": lambda told: told["shown"]},
    "offset": {"shows no offset": lambda told: 0},
    "page": {"counts pages from 0": lambda told: told["page"] - 1},
    "page_count": {
        "does not count a last page that is not full": lambda told: (
            told.get("total", 0) // max(1, told.get("limit", 1))
        ),
        "counts one page where there is none": lambda told: max(1, told["page_count"]),
    },
    "item_count": {"shows the limit for the number of records": lambda told: told.get("limit", 0)},
}


def _recounted(
    listing: Listing, counter: str, change: Callable[[Counted], int], context: Context, reply: Reply
) -> Reply:
    items, pointers = listing.form(context.call.query)
    if counter not in pointers:
        return reply
    told = {name: pick(reply.body, pointer) for name, pointer in pointers.items()}
    told["shown"] = len(pick(reply.body, items, []))
    way = tuple(tokens(pointers[counter]))
    return replace(reply, body=changed(reply.body, way, lambda _: change(told)))


@in_operations("list", "envelope-form")
def misformed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer in the one form where the other was asked for."""
    known = listing_of(operation)
    if known is not None and known[1].envelope is not None:
        name = f"{operation.id} ignores `{known[1].envelope.parameter}`"
        edit = on_operation(operation.id, lambda one: replace(one, listing=_bare(one)))
        yield Draft(operation.id, name, place_in_list(contract, operation, "envelope"), edit)


def _bare(operation: Operation) -> Listing:
    assert operation.listing is not None
    return replace(operation.listing, envelope=None)
