"""The laws of lists: what a page must hold by itself, and beside all that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.keys import MADE
from contracts.oracle.knowledge import Knowledge, Known, Places
from contracts.oracle.laws import (
    COMPLETE,
    COUNTERS,
    FORM,
    GONE,
    ORDER,
    PAGES,
    TENANTS,
    Breach,
    compared,
    filter_law,
    sort_law,
)
from spec import ABSENT, UNKNOWN, Absent, Json, Listing, Operation, Owner, Resource, pick
from spec.equality import same
from spec.lists import Query, Wanted, counters, field, in_order, matches
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
    tenant: Owner | Absent

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

    @property
    def order(self) -> list[str]:
        """The fields that the order looks at, the first one first."""
        return [name.removeprefix("-") for name in self.asked.order]

    @property
    def sorting(self) -> str:
        """The parameter that has chosen the order, nothing where it is the list's own."""
        listing = self.operation.listing
        chosen = listing.sort if listing else None
        return chosen if chosen and self.parameters.get(chosen) else ""

    def counter(self, name: str) -> Json | Absent:
        """Return one of the counters that the answer states."""
        listing = self.operation.listing
        pointer = listing.form(self.parameters)[1].get(name) if listing else None
        return pick(self.body, pointer, ABSENT) if pointer else ABSENT


def breaches(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    """Yield the laws that a list answer breaks; note in `proven` those it could have broken."""
    yield from _formed(page, proven)
    yield from _limited(page)
    yield from _rows(page, knowledge, proven)
    yield from _sound(page, knowledge, proven)
    yield from _ordered(page, proven)
    yield from _complete(page, knowledge, proven)
    yield from _too_few(page, knowledge)
    yield from _counted(page, proven)
    yield from _placed(page, knowledge, proven)


def _breach(page: Page, law: str, sentence: str, detail: str = "", about: str = "") -> Breach:
    text = f"{page.operation.id} {sentence}"
    return Breach(law, page.operation.id, text, detail, about=about)


def _formed(page: Page, proven: set[str]) -> Iterator[Breach]:
    """Yield that the answer has the other one of its two forms."""
    listing = page.operation.listing
    if listing is None or listing.envelope is None:
        return
    name = listing.envelope.parameter
    wrapped = page.parameters.get(name) is True
    if isinstance(pick(page.body, listing.form(page.parameters)[0], None), list):
        proven.update([FORM] if wrapped else [])
    else:
        asked = f"{name} = true" if wrapped else f"no {name}"
        yield _breach(page, FORM, f"answers in the other form than {asked} asks for.", asked)


def _limited(page: Page) -> Iterator[Breach]:
    """Yield that the answer states another size of its page than was asked for.

    Of what else is wrong with such a page that is the reason.
    """
    stated, want = page.counter("limit"), page.asked.limit
    if want is not None and stated is not ABSENT and stated != want:
        yield _breach(page, COUNTERS, f"states limit {stated!r} where {want} is due.", "limit")


def _rows(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    kind = page.resource.kind
    for key, row in zip(page.keys, page.rows, strict=True):
        known = knowledge.known(kind, key, page.tenant)
        if known is None:
            if _is_elsewhere(page, knowledge, key, row):
                yield _breach(
                    page, TENANTS, f"shows the {kind} {key} of another {page.resource.tenant}."
                )
            continue
        if not known.alive:
            if knowledge.marks_deleted(known, row):
                continue
            yield _breach(page, GONE, f"shows the {kind} {key}, which was deleted.")
        elif knowledge.record(kind, key, page.tenant) is None:
            yield _breach(
                page, TENANTS, f"shows the {kind} {key} of another {page.resource.tenant}."
            )
        else:
            breach = compared(knowledge, page.resource, known, row, page.operation.id)
            if breach:
                yield breach
    yield from _twice(page, knowledge)
    dead = any(not known.alive for known in knowledge.of_kind(kind))
    foreign = any(
        knowledge.record(kind, known.key, page.tenant) is None
        for known in knowledge.of_kind(kind)
        if known.alive
    )
    if page.whole or page.asked.offset == 0:
        proven.update([GONE] if dead else [])
        proven.update([TENANTS] if foreign else [])


def _is_elsewhere(page: Page, knowledge: Knowledge, key: str, row: Mapping[str, Json]) -> bool:
    """Tell whether a record is surely another tenant's, where tenants choose the keys."""
    resource = page.resource
    own = [name for name, one in resource.generated.items() if one.how in MADE and name in row]
    for known in knowledge.of_kind(resource.kind):
        if known.key != key or not known.alive:
            continue
        foreign = knowledge.sees(resource.kind, page.tenant, knowledge.owner(known)) is False
        alike = own and all(same(known.fields.get(name), row[name]) for name in own)
        if foreign and (alike or key in knowledge.novel):
            return True
    return False


def _twice(page: Page, knowledge: Knowledge) -> Iterator[Breach]:
    """Yield a record that stands on the page twice.

    Of two records with one key that we know nothing of, nobody can tell why they are there.
    """
    kind = page.resource.kind
    for key in [key for key, times in Counter(page.keys).items() if times > 1]:
        rows = [row for row in page.rows if page.resource.key_of(row) == key]
        if same(rows[0], rows[1]) or knowledge.known(kind, key, page.tenant) is not None:
            law = GONE if (kind, key) in knowledge.buried else PAGES
            yield _breach(page, law, f"shows the {kind} {key} twice on one page.", "twice")


# -- filters and searches -------------------------------------------------------------------------

_ORDERING = frozenset({"gt", "gte", "lt", "lte"})


@dataclass(frozen=True, slots=True)
class _Condition:
    """One filter of a call by itself: the law that speaks of it, and two suspects if it fails."""

    law: str
    query: Query
    about: str
    operator: str

    def __str__(self) -> str:
        parts = [str(one) for one in self.query.conditions]
        return " and ".join(parts + [f"the word {word!r}" for word in self.query.words])

    @property
    def names(self) -> set[str]:
        """The top-level fields that it looks at."""
        found = {one.filter.field.partition(".")[0] for one in self.query.conditions}
        return found | set(self.query.search_fields if self.query.words else ())


def _conditions(page: Page) -> list[_Condition]:
    listing = page.operation.listing
    if listing is None:
        return []
    found = [_filtered(one) for one in page.asked.conditions]
    if page.asked.words and listing.search:
        law = filter_law(listing.search)
        query = Query((), page.asked.words, page.asked.search_fields)
        found.append(_Condition(law, query, law, ""))
    return found


def _filtered(one: Wanted) -> _Condition:
    operator = one.filter.operator
    return _Condition(
        filter_law(one.filter.parameter),
        Query((one,)),
        f"filter of {one.filter.field}",
        "operators of order" if operator in _ORDERING else f"operator {operator}",
    )


def certain(query: Query, known: Known) -> Met:
    """Tell whether a known record belongs in a list; texts beyond ASCII are compared variously."""
    verdict = matches(query, known.fields, complete=False)
    texts = [known.fields.get(name) for name in query.search_fields] if query.words else []
    texts += [one.value for one in query.conditions if one.filter.operator == "like"]
    texts += [
        field(known.fields, one.filter.field)
        for one in query.conditions
        if one.filter.operator == "like"
    ]
    plain = all(str(one).isascii() for one in [*query.words, *texts] if one is not None)
    return verdict if plain else UNKNOWN


def _sound(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    conditions = _conditions(page)
    for one in conditions:
        for key, row in zip(page.keys, page.rows, strict=True):
            known = knowledge.known(page.resource.kind, key, page.tenant)
            fields = {**(known.fields if known else {}), **row}
            if certain(one.query, Known(page.resource.kind, key, fields)) is False:
                yield _of_filter(
                    page,
                    one,
                    f"shows {page.resource.kind} {key}, which does not match {one}.",
                    together=len(conditions) > 1,
                )


def _of_filter(
    page: Page, one: _Condition, sentence: str, *, by: str = "", together: bool = False
) -> Breach:
    """Return the breach of a filter: its field is suspect, and what it has in common with others.

    That is an update which may not have set the field, several filters at once, or the operator.
    """
    detail = by or ("filters together" if together else one.operator)
    return _breach(page, one.law, sentence, detail, one.about)


def _complete(page: Page, knowledge: Knowledge, proven: set[str]) -> Iterator[Breach]:
    conditions = _conditions(page)
    shown = set(page.keys)
    without: set[str] = set()
    seen = False
    for known in knowledge.living(page.resource.kind, page.tenant):
        verdicts = [certain(one.query, known) for one in conditions]
        seen = seen or known.key in shown
        if known.key not in shown:
            without.update(
                one.law
                for one, verdict in zip(conditions, verdicts, strict=True)
                if verdict is False
            )
        if known.key in shown or any(verdict is not True for verdict in verdicts):
            continue
        if not _surely_in(page, knowledge, known):
            continue
        if page.whole or _before_the_end(page, known, _moving(knowledge, known)):
            yield _missing(page, known, conditions)
    if seen:
        proven.update(without if conditions else [COMPLETE])


def _steady(knowledge: Knowledge, known: Known) -> bool:
    """Tell whether a record stays as it is: in a shared world ours do, and those of the profile."""
    if known.made_here or knowledge.profile.isolation != "none":
        return True
    resource = knowledge.contract.resources[known.kind]
    told = knowledge.profile.known.get(known.kind, ())
    return any(resource.key_of(row) == known.key for row in told)


def _missing(page: Page, known: Known, conditions: Sequence[_Condition]) -> Breach:
    sentence = f"leaves out the {known.kind} {known.key}"
    if conditions:
        one, text = conditions[0], " and ".join(str(one) for one in conditions)
        by = _unseen(known, page)
        return _of_filter(
            page,
            one,
            f"{sentence} though it matches {text}.",
            by=by,
            together=len(conditions) > 1,
        )
    if not page.whole and (len(page.rows) == 1 or page.sorting):
        return _misplaced(page, f"{sentence}.")  # one row alone cannot be out of order by itself
    return _breach(page, COMPLETE, f"{sentence}.")


def _unseen(known: Known, page: Page) -> str:
    """Return the update that set a field of the list's conditions which no answer has shown yet."""
    names = [
        *(one.filter.field for one in page.asked.conditions),
        *(page.asked.search_fields if page.asked.words else ()),
    ]
    return next((known.unseen[f"/{one}"] for one in names if f"/{one}" in known.unseen), "")


def _moving(knowledge: Knowledge, known: Known) -> set[str]:
    """Return the fields of a record that work under way may change, whoever has set it going."""
    found = set(knowledge.jobs.fading(known))
    for operation in knowledge.contract.operations.values():
        job = operation.effect.job if operation.effect else None
        if job and job.kind == known.kind and known.fields.get(job.state) != job.states[2]:
            found |= {job.done, job.failed, job.state, job.entries}
            found |= set(knowledge.contract.resources[known.kind].changing)
    return found


# -- order ----------------------------------------------------------------------------------------


def _before_the_end(page: Page, known: Known, moving: set[str]) -> bool:
    """Tell whether a record must stand on a first page because it sorts before the last row."""
    if page.asked.offset or not page.rows or not page.asked.order:
        return False
    names = page.order
    if moving & set(names) or any(name not in known.fields for name in names):
        return False
    last = page.rows[-1]
    if any(name not in last for name in names):
        return False
    pair: list[Mapping[str, Json]] = [last, known.fields]
    # Of two that nothing tells apart either may come first.
    return in_order(page.asked, pair) != pair


def _ordered(page: Page, proven: set[str]) -> Iterator[Breach]:
    if len(page.rows) < 2 or not page.asked.order:
        return
    shown = [name for name in page.order if all(name in row for row in page.rows)]
    if shown != page.order:
        return
    values = {str(row[page.order[0]]) for row in page.rows if row[page.order[0]] is not None}
    if len(values) > 1:
        proven.add(sort_law(page.sorting) if page.sorting else ORDER)
    if in_order(page.asked, page.rows) != list(page.rows):
        order = ", ".join(page.asked.order)
        yield _misplaced(page, f"is not in the documented order ({order}): {page.keys[:6]}.")


def _misplaced(page: Page, sentence: str) -> Breach:
    first = page.asked.order[0]
    if not page.sorting:
        return _breach(page, ORDER, sentence, f"by {', '.join(page.asked.order)}")
    way = "descending" if first.startswith("-") else "ascending"
    return _breach(page, sort_law(page.sorting), sentence, way, f"by {first.removeprefix('-')}")


# -- pages and counters ---------------------------------------------------------------------------


def _too_few(page: Page, knowledge: Knowledge) -> Iterator[Breach]:
    """Yield that more records surely belong in the list than its total says."""
    total = page.counter("total")
    if not isinstance(total, int):
        return
    surely = [
        known.key
        for known in knowledge.living(page.resource.kind, page.tenant)
        if _surely_in(page, knowledge, known)
    ]
    if total < len(surely):
        sentence = f"states a total of {total} where {len(surely)} are known to match."
        yield _breach(page, COUNTERS, sentence, "total")


def _surely_in(page: Page, knowledge: Knowledge, known: Known) -> bool:
    conditions = _conditions(page)
    moving = _moving(knowledge, known)
    return _steady(knowledge, known) and all(
        certain(one.query, known) is True and not one.names & moving for one in conditions
    )


def _counted(page: Page, proven: set[str]) -> Iterator[Breach]:
    asked, count = page.asked, len(page.rows)
    if asked.limit is not None and count > asked.limit:
        yield _breach(
            page, PAGES, f"shows {count} records where the limit is {asked.limit}.", "limit"
        )
    total = page.counter("total")
    known = total if isinstance(total, int) and not isinstance(total, bool) else None
    for name, want in counters(asked, shown=count, total=known or 0).items():
        stated = page.counter(name)
        if name in {"total", "limit"} or stated is ABSENT:
            continue
        if (name != "page_count" or known is not None) and stated != want:
            yield _breach(page, COUNTERS, f"states {name} {stated!r} where {want} is due.", name)
    if known is None:
        return
    total = known
    proven.add(COUNTERS)
    end = asked.offset + count
    if count and total < end:
        sentence = f"states a total of {total} but shows rows up to {end}."
        law, detail = (PAGES, "place") if asked.offset else (COUNTERS, "total")
        yield _breach(page, law, sentence, detail)
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
    total = page.counter("total")
    if listing is None or (total is ABSENT and knowledge.profile.isolation == "none"):
        return
    if _unsteady(page, knowledge):
        return
    places = knowledge.places.setdefault(_list_of(page, listing), Places(total))
    if ABSENT not in (total, places.total) and places.total != total:
        places.keys = {}
    places.total = places.total if total is ABSENT else total
    spots = {key: place for place, key in places.keys.items()}
    for place, key in enumerate(page.keys, page.asked.offset):
        before = places.keys.setdefault(place, key)
        if before != key:
            yield _breach(
                page, PAGES, f"shows {key} at place {place}, another page {before}.", "place"
            )
        elif spots.get(key, place) != place:
            yield _breach(
                page,
                PAGES,
                f"shows {key} at place {place}, another page at place {spots[key]}.",
                "place",
            )
        elif len(places.keys) > len(page.keys):
            proven.add(PAGES)


def _list_of(page: Page, listing: Listing) -> str:
    """Return what names a list, whichever page of it is shown in whatever form."""
    paging = {listing.limit, listing.offset, listing.page}
    paging.add(listing.envelope.parameter if listing.envelope else None)
    asked = sorted(
        (name, str(value)) for name, value in page.parameters.items() if name not in paging
    )
    return f"{page.operation.id} {page.tenant} {asked}"


def _unsteady(page: Page, knowledge: Knowledge) -> bool:
    """Tell whether work under way may move records in the list from one page to the next."""
    names = set(page.order).union(*(one.names for one in _conditions(page)))
    living = knowledge.living(page.resource.kind, page.tenant)
    return any(names & _moving(knowledge, known) for known in living)
