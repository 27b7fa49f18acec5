"""Filters and searches: lists asked for by values that records have, and by nearly those."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.drafts import Made
from contracts.laws import filter_law
from contracts.scenarios import Scenario
from contracts.sequences.references import references, referred
from contracts.sequences.subject import Subject, listed
from contracts.steps import Fresh
from contracts.walk import Walk
from spec import Listing


def scenarios(subject: Subject, listing: Listing) -> Iterator[Scenario]:
    """Yield one sequence for each filter of a list, and for each field that it searches."""
    for one in listing.filters:
        run = partial(_filter, subject, one.field, one.parameter)
        yield subject.scenario(f" filtered by {one.parameter}", run, filter_law(one.parameter))
    if not listing.search:
        return
    settable = {one for made in subject.doing("create") for one in subject.drafts.fields(made)}
    for field in listing.search_fields:
        if field in settable:
            run = partial(_search, subject, field, listing.search)
            yield subject.scenario(f" searches {field}", run, filter_law(listing.search))


def _filter(subject: Subject, field: str, parameter: str, walk: Walk) -> None:
    """Make records that differ in the field, then ask for each value."""
    made = subject.make(walk)
    held = [one.known.fields.get(field) for one in _differing(subject, made, walk)]
    held.append(made.known.fields.get(field))
    schema = next(one.schema for one in subject.operation.parameters if one.name == parameter)
    values = [*held, *subject.drafts.values.instances(schema)]
    for value in dict.fromkeys(one for one in values if one is not None):
        listed(subject, walk, subject.operation, made.credential, {parameter: str(value)})


def _differing(subject: Subject, made: Made, walk: Walk) -> Iterator[Made]:
    """Make one record for each reference that a record of the kind may have."""
    for creating in subject.doing("create"):
        for fact in references(creating, subject.kind):
            fields = referred(subject, walk, fact, made.credential)
            yield subject.make(walk, credential=made.credential, fields=fields)


def _search(subject: Subject, field: str, parameter: str, walk: Walk) -> None:
    """Search one field by whole word, prefix, other case, infix, and two words at once."""
    word = f"Nimbus{walk.number}x"
    text = walk.fresh(f" {word} Quark-zeta")
    made = subject.make(walk, fields={field: text})
    subject.make(walk, credential=made.credential)
    for asked in [*_near(word), walk.text(Fresh(text.number))]:
        listed(subject, walk, subject.operation, made.credential, {parameter: asked})


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
