"""Filters, searches, orders: lists asked for by values that records have, and by nearly those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from contracts.oracle.laws import filter_law, sort_law
from contracts.reach.drafts import Made
from contracts.reach.scenarios import Scenario, usual_size
from contracts.sequences import asking
from contracts.sequences.herds import Herd, herd
from contracts.sequences.subject import Subject, listed
from contracts.steps import Fresh, Template
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Filter, Listing, Parameter

_EQUAL = frozenset({"eq", "in"})


def scenarios(subject: Subject, listing: Listing) -> Iterator[Scenario]:
    """Yield one sequence for each filter of a list, each order, and each field that it searches."""
    for one in listing.filters:
        run = partial(_filter, subject, one)
        yield subject.scenario(f" filtered by {one.parameter}", run, filter_law(one.parameter))
    pair = _two_fields(subject, listing)
    if pair:
        both = partial(_together, subject, pair)
        laws = (filter_law(one.parameter) for one in pair)
        yield subject.scenario(" filtered by two at once", both, *laws)
    for field in _orders(subject, listing):
        run = partial(_sort, subject, field)
        yield subject.scenario(f" ordered by {field}", run, sort_law(listing.sort or ""))
    if not listing.search:
        return
    settable = {one for made in subject.doing("create") for one in subject.drafts.fields(made)}
    fields = [one for one in listing.search_fields if one in settable]
    if len(fields) > 1:
        across = partial(_search_across, subject, fields[:3], listing.search)
        law = filter_law(listing.search)
        yield subject.scenario(" searches words of several fields", across, law)
    for field in listing.search_fields:
        if field in settable:
            run = partial(_search, subject, field, listing.search)
            yield subject.scenario(f" searches {field}", run, filter_law(listing.search))


# -- asking ---------------------------------------------------------------------------------------


def ask(subject: Subject, walk: Walk, credential: str, query: Mapping[str, Template]) -> bool:
    """List with these parameters, unless another answer than the list is admitted; tell whether.

    The size of the page is always said: what a list takes for it by itself is another question.
    """
    draft = subject.drafts.draft(walk, subject.operation)
    draft.credential = credential
    draft.query = {**draft.query, **usual_size(subject.operation), **query}
    if not draft.surely(SUCCESS):
        return False
    draft.send()
    return True


def _parameter(subject: Subject, name: str) -> Parameter:
    return next(one for one in subject.operation.parameters if one.name == name)


# -- filters --------------------------------------------------------------------------------------


def _filter(subject: Subject, one: Filter, walk: Walk) -> None:
    """Make records that differ in the field, or find some, and ask for what tells them apart."""
    found = herd(subject, walk, one.field)
    parameter = _parameter(subject, one.parameter)
    last: Template = None
    for value in [*asking.values(one, found.values, walk, many=parameter.many)]:
        if ask(subject, walk, found.credential, {one.parameter: value}):
            last = last if last is not None else value
    for value in subject.drafts.values.instances(_item(subject, parameter)):
        if value is not None and value not in found.values:
            given = [value] if parameter.many else value
            ask(subject, walk, found.credential, {one.parameter: given})
    listing = subject.operation.listing
    if listing and listing.limit:
        # One row a page: what is filtered after the page was cut shows too little.
        for value in found.values[:3]:
            given = [value] if parameter.many and not isinstance(value, list) else value
            ask(subject, walk, found.credential, {one.parameter: given, listing.limit: "1"})
    envelope = listing.envelope if listing else None
    if envelope and last is not None:
        query = {one.parameter: last, envelope.parameter: "true"}
        ask(subject, walk, found.credential, query)


def _item(subject: Subject, parameter: Parameter) -> Template:
    """Return the schema of a parameter's single values."""
    if not parameter.many:
        return parameter.schema
    return subject.drafts.values.schema(parameter.schema).get("items", {})


def _two_fields(subject: Subject, listing: Listing) -> list[Filter]:
    """Return filters for equality on two fields, unique ones last; none where there are not two."""
    found: dict[str, Filter] = {}
    for one in listing.filters:
        if one.operator in _EQUAL and not one.instant:
            found.setdefault(one.field, one)
    unique = subject.resource.unique
    pair = sorted(found.values(), key=lambda one: one.field in unique)[:2]
    return pair if len(pair) == 2 else []


def _together(subject: Subject, pair: list[Filter], walk: Walk) -> None:
    """Ask for each combination of two fields' values: records that fit one alone stay out."""
    herds = [herd(subject, walk, one.field) for one in pair]
    for left in herds[0].values[:2]:
        for right in herds[1].values[:2]:
            query = {pair[0].parameter: left, pair[1].parameter: right}
            ask(subject, walk, herds[0].credential, query)


# -- orders ---------------------------------------------------------------------------------------


def _orders(subject: Subject, listing: Listing) -> list[str]:
    """Return the fields that a list can be ordered by."""
    if listing.sort is None:
        return []
    schema = subject.drafts.values.schema(_parameter(subject, listing.sort).schema)
    texts = [str(one) for one in schema.get("enum", ())]
    return list(dict.fromkeys(one.removeprefix("-") for one in texts))


def _sort(subject: Subject, field: str, walk: Walk) -> None:
    """Order records of which some are equal and some have nothing to order by, both ways."""
    found: Herd = herd(subject, walk, field, twice=field not in subject.resource.unique)
    sort = subject.operation.listing.sort if subject.operation.listing else None
    others = [name for name in walk.callers if name != found.credential]
    asked = [
        ask(subject, walk, name, {sort or "": f"{way}{field}"})
        for name in (found.credential, *others)
        for way in ("", "-")
    ]
    if not any(asked):
        raise Unreached(f"no credential is sure to be allowed an order by {field}")


# -- searches -------------------------------------------------------------------------------------


def _search(subject: Subject, field: str, parameter: str, walk: Walk) -> None:
    """Search one field by whole word, prefix, other case, infix, and two words at once."""
    word = f"Nimbus{walk.number}x"
    text = walk.fresh(f" {word} Quark-zeta")
    made = subject.make(walk, fields={field: text})
    subject.make(walk, credential=made.credential)
    for asked in [*_near(word), walk.text(Fresh(text.number))]:
        listed(subject, walk, subject.operation, made.credential, {parameter: asked})


def _search_across(subject: Subject, fields: list[str], parameter: str, walk: Walk) -> None:
    """Search words that stand in one record, but not in one field of it, in both orders."""
    words = [f"Cumulus{walk.number}{letter}" for letter, _ in zip("abc", fields, strict=False)]
    texts = {name: walk.fresh(f" {word}") for name, word in zip(fields, words, strict=True)}
    made = subject.make(walk, fields=texts)
    subject.make(walk, credential=made.credential, fields={fields[0]: walk.fresh(f" {words[0]}")})
    for asked in (words, words[::-1], words[:2]):
        listed(subject, walk, subject.operation, made.credential, {parameter: " ".join(asked)})


def _near(word: str) -> Iterator[str]:
    yield from (word, word[:-2], word.upper(), word[1:])
    yield from (f"{word} quark", f"{word} nowhere", f"nowhere {word}", f"zeta {word}")


def find_by(subject: Subject, walk: Walk, made: Made, changed: list[str]) -> None:
    """List by the fields that were changed: the only way to see one that is never shown."""
    for operation in subject.doing("list"):
        if operation.listing is not None:
            for query in _queries(operation.listing, made, changed):
                listed(subject, walk, operation, made.credential, query)


def _queries(listing: Listing, made: Made, changed: list[str]) -> Iterator[dict[str, str]]:
    """Yield what to ask for, each only when it is its turn: an answer may teach the next value."""
    for one in listing.filters:
        value = made.known.fields.get(one.field)
        if one.field in changed and value is not None:
            yield {one.parameter: str(value)}
    searched = [name for name in listing.search_fields if name in changed]
    text = made.known.fields.get(searched[0]) if searched else None
    if listing.search and isinstance(text, str) and text.strip() and text.isascii():
        yield {listing.search: text.split()[0]}
