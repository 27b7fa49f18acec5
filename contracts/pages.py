"""The laws of lists: what a page must hold by itself, and beside all that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.knowledge import Knowledge, Known, Places
from contracts.laws import (
    COMPLETE,
    COUNTERS,
    GONE,
    ORDER,
    PAGES,
    TENANTS,
    Breach,
    compared,
    filter_law,
)
from spec import ABSENT, UNKNOWN, Absent, Json, Operation, Resource, pick
from spec.lists import Query, in_order, matches
from spec.rules import Met


@dataclass(frozen=True, slots=True)
class Page:
    """A list answer, with all that is needed to judge it."""

    operation: Operation
    resource: Resource
    asked: Query
    parameters: Mapping[str, Json]
    rows: Sequence[Mapping[str, Json]]
    body: Json
    tenant: Json | Absent

    @property
    def keys(self) -> list[str]:
        """The keys of the rows, in their order."""
        return [self.resource.key_of(row) for row in self.rows]

    @property
    def whole(self) -> bool:
        """Whether nothing can come before or after this page."""
        return self.asked.offset == 0 and (
            self.asked.limit is None or len(self.rows) < self.asked.limit
        )

    def counter(self, name: str) -> Json | Absent:
        """Return one of the counters that the answer states."""
        listing = self.operation.listing
        pointer = listing.counters.get(name) if listing else None
        return pick(self.body, pointer, ABSENT) if pointer else ABSENT


def breaches(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    """Yield the laws that a list answer breaks; note in `proven` those it could have broken."""
    yield from _rows(page, knowledge, proven)
    yield from _sound(page, knowledge, proven)
    yield from _ordered(page, proven)
    yield from _complete(page, knowledge, proven)
    yield from _counted(page, proven)
    yield from _placed(page, knowledge, proven)


def _breach(page: Page, law: str, sentence: str, detail: str = "") -> Breach:
    return Breach(law, page.operation.id, f"{page.operation.id} {sentence}", detail)


def _rows(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    kind = page.resource.kind
    if len(set(page.keys)) != len(page.keys):
        yield _breach(page, PAGES, "shows one record twice on one page.")
    for key, row in zip(page.keys, page.rows, strict=True):
        known = knowledge.records.get((kind, key))
        if known is None:
            continue
        if not known.alive:
            yield _breach(page, GONE, f"shows the {kind} {key}, which was deleted.")
        elif knowledge.record(kind, key, page.tenant) is None:
            yield _breach(
                page, TENANTS, f"shows the {kind} {key} of another {page.resource.tenant}."
            )
        else:
            breach = compared(knowledge, page.resource, known, row, page.operation.id)
            if breach:
                yield breach
    dead = any(not known.alive for known in knowledge.of_kind(kind))
    foreign = any(
        knowledge.record(kind, known.key, page.tenant) is None
        for known in knowledge.of_kind(kind)
        if known.alive
    )
    if page.whole or page.asked.offset == 0:
        proven.update([GONE] if dead else [])
        proven.update([TENANTS] if foreign else [])


def _conditions(page: Page) -> Iterator[tuple[str, Query]]:
    """Yield each filter of the call by itself, with the law that speaks of it."""
    listing = page.operation.listing
    if listing is None:
        return
    plain = Query({}, (), page.asked.search_fields, (), None, 0)
    for one in listing.filters:
        if one.field in page.asked.equals:
            equals = {one.field: page.asked.equals[one.field]}
            yield filter_law(one.parameter), Query(equals, (), plain.search_fields, (), None, 0)
    if page.asked.words and listing.search:
        yield (
            filter_law(listing.search),
            Query({}, page.asked.words, plain.search_fields, (), None, 0),
        )


def certain(query: Query, known: Known) -> Met:
    """Tell whether a known record belongs in a list; texts beyond ASCII are compared variously."""
    verdict = matches(query, known.fields, complete=False)
    texts = [known.fields.get(name) for name in query.search_fields] if query.words else []
    plain = all(str(one).isascii() for one in [*query.words, *texts] if one is not None)
    return verdict if plain else UNKNOWN


def _sound(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    for law, query in _conditions(page):
        for key, row in zip(page.keys, page.rows, strict=True):
            known = knowledge.records.get((page.resource.kind, key))
            fields = {**(known.fields if known else {}), **row}
            if certain(query, Known(page.resource.kind, key, fields)) is False:
                yield _breach(
                    page,
                    law,
                    f"shows {page.resource.kind} {key}, which does not match {_asked(query)}.",
                )


def _asked(query: Query) -> str:
    parts = [f"{name} = {value!r}" for name, value in query.equals.items()]
    return " and ".join(parts + [f"the word {word!r}" for word in query.words])


def _complete(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    conditions = list(_conditions(page))
    shown = set(page.keys)
    left_out = False
    seen = False
    for known in knowledge.living(page.resource.kind, page.tenant):
        if page.resource.tenant and page.resource.tenant not in known.fields:
            continue
        verdicts = [certain(query, known) for _, query in conditions]
        seen = seen or known.key in shown
        left_out = left_out or any(one is False for one in verdicts)
        if known.key in shown or any(one is not True for one in verdicts):
            continue
        if page.whole or _before_the_end(page, known):
            law = conditions[0][0] if conditions else COMPLETE
            if len(page.rows) == 1 and not page.whole:
                law = ORDER  # one row alone cannot be out of order by itself
            text = f" though it matches {_asked(page.asked)}" if conditions else ""
            by = _unseen(known, page) if conditions else ""
            yield _breach(page, law, f"leaves out the {known.kind} {known.key}{text}.", by)
    if seen and (left_out or not conditions):
        proven.update(law for law, _ in conditions)
        if not conditions:
            proven.add(COMPLETE)


def _unseen(known: Known, page: Page) -> str:
    """Return the update that set a field of the list's conditions which no answer has shown yet."""
    names = [*page.asked.equals, *(page.asked.search_fields if page.asked.words else ())]
    return next((known.unseen[f"/{one}"] for one in names if f"/{one}" in known.unseen), "")


def _before_the_end(page: Page, known: Known) -> bool:
    """Tell whether a record must stand on a first page because it sorts before the last row."""
    if page.asked.offset or not page.rows or not page.asked.order:
        return False
    names = [name.removeprefix("-") for name in page.asked.order]
    if any(known.fields.get(name) is None for name in names):
        return False
    return in_order(page.asked, [page.rows[-1], known.fields])[0] is known.fields


def _ordered(page: Page, proven: set[str]) -> Iterator[Breach]:
    if len(page.rows) < 2 or not page.asked.order:
        return
    names = [name.removeprefix("-") for name in page.asked.order]
    if any(name not in row for row in page.rows for name in names):
        return
    proven.add(ORDER)
    if in_order(page.asked, page.rows) != list(page.rows):
        order = ", ".join(page.asked.order)
        yield _breach(page, ORDER, f"is not in the documented order ({order}): {page.keys[:6]}.")


def _counted(page: Page, proven: set[str]) -> Iterator[Breach]:
    asked, count = page.asked, len(page.rows)
    if asked.limit is not None and count > asked.limit:
        yield _breach(
            page, PAGES, f"shows {count} records where the limit is {asked.limit}.", "limit"
        )
    for name, want in (("limit", asked.limit), ("offset", asked.offset)):
        stated = page.counter(name)
        if stated is not ABSENT and want is not None and stated != want:
            yield _breach(page, COUNTERS, f"states {name} {stated!r} where {want} was used.", name)
    total = page.counter("total")
    if not isinstance(total, int) or isinstance(total, bool):
        return
    proven.add(COUNTERS)
    end = asked.offset + count
    if count and total < end:
        yield _breach(
            page, COUNTERS, f"states a total of {total} but shows rows up to {end}.", "total"
        )
    if page.whole and total > end:
        yield _breach(
            page, COUNTERS, f"states a total of {total}, but all {count} rows are here.", "total"
        )
    if asked.limit is not None and count < asked.limit and count and total > end:
        yield _breach(
            page, PAGES, f"shows {count} of {asked.limit} rows although {total} exist.", "short"
        )


def _placed(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    """Yield where a page disagrees with another page of the same list, nothing written between."""
    listing = page.operation.listing
    if listing is None:
        return
    total = page.counter("total")
    if total is ABSENT and knowledge.profile.isolation == "none":
        return
    paging = {listing.limit, listing.offset}
    asked = sorted(
        (name, str(value)) for name, value in page.parameters.items() if name not in paging
    )
    places = knowledge.places.setdefault(
        f"{page.operation.id} {page.tenant} {asked}", Places(total)
    )
    if places.total != total:
        places.total, places.keys = total, {}
    for place, key in enumerate(page.keys, page.asked.offset):
        before = places.keys.setdefault(place, key)
        if before != key:
            yield _breach(page, PAGES, f"shows {key} at place {place}, another page {before}.")
        elif len(places.keys) > len(page.keys):
            proven.add(PAGES)
