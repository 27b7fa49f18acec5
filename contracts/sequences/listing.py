"""Sequences of lists: what exists is there, in order, page by page, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from contracts.oracle import laws
from contracts.reach.scenarios import Scenario, elsewhere, homes, known_to
from contracts.sequences import herds, searching
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Listing

_FAR = 1000
"""The number of a page that no list has, in a world of a tester's own."""
_MANY = 27
_SIZES = (1, 3, 5, 7)
"""Sizes of pages: not all of them divide the number of records."""


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that lists records."""
    own = partial(_list_own, subject)
    yield subject.scenario(" of three of one's own", own, laws.COMPLETE, laws.ORDER)
    for form in _forms(subject.operation.listing):
        page = partial(_page, subject, form)
        ending = f" with {form}" if form else ""
        yield subject.scenario(f" by pages{ending}", page, laws.PAGES, laws.COUNTERS)
    many = partial(_list_many, subject)
    yield subject.scenario(" of a dozen and more", many, laws.COMPLETE, laws.ORDER)
    foreign = partial(_list_beside_others, subject)
    yield subject.scenario(" without anybody else's", foreign, laws.TENANTS)
    if subject.operation.listing is not None:
        yield from searching.scenarios(subject, subject.operation.listing)


def _forms(listing: Listing | None) -> list[str]:
    """Return the parameter that chooses each form of the answer, nothing for the plain one."""
    return ["", listing.envelope.parameter] if listing and listing.envelope else [""]


def _list_own(subject: Subject, walk: Walk) -> None:
    credential = _made(subject, walk, 3)
    for _ in range(2):
        subject.look_through(walk, credential)
    for form in _forms(subject.operation.listing)[1:]:
        for value in ("true", "false"):
            searching.ask(subject, walk, credential, {form: value})


def _list_many(subject: Subject, walk: Walk) -> None:
    """List more records than a small page holds."""
    credential = _made(subject, walk, _MANY)
    subject.look_through(walk, credential)


def _list_beside_others(subject: Subject, walk: Walk) -> None:
    credential = _made(subject, walk, 1)
    elsewhere(subject.drafts, walk, subject.kind, credential)
    subject.look_through(walk, credential)
    for home in homes(walk, subject.resource):
        draft = subject.drafts.draft(walk, subject.operation)
        draft.credential, draft.home = credential, home
        judgement = draft.judged()
        if judgement is not None and judgement.sole is not None:
            draft.send()


def _made(subject: Subject, walk: Walk, number: int) -> str:
    """Make records, the second with every field; return who sees them.

    Where no operation makes them, some known ones do. Raises: Unreached: there are none.
    """
    if not subject.doing("create"):
        return _known(subject, walk, number)
    credential = subject.make(walk).credential
    for one in range(1, number):
        subject.make(walk, credential=credential, whole=one == 1)
    return credential


def _known(subject: Subject, walk: Walk, number: int) -> str:
    worked = herds.worked(subject, walk, number)
    if worked:
        return worked
    for made in known_to(walk, subject.resource, walk.callers):
        return made.credential
    raise Unreached(f"no operation creates a {subject.kind}, and the profile knows none")


# -- pages ----------------------------------------------------------------------------------------


def _page(subject: Subject, form: str, walk: Walk) -> None:
    """Make five records; three pages of two must give the same as one page of six."""
    listing = subject.operation.listing
    limit, place = _paging(listing)
    credential = _made(subject, walk, 5)
    for query in _pages(listing, limit, place):
        given = {form: "true", **query} if form else query
        searching.ask(subject, walk, credential, given)


def _pages(listing: Listing | None, limit: str, place: str) -> Iterator[Mapping[str, Template]]:
    yield {limit: "6"}
    for number in range(3):
        yield {limit: "2", place: str(number + 1 if _numbered(listing) else 2 * number)}
    yield {limit: "2"}
    if not _numbered(listing):
        yield {place: "1"}
    for size in _SIZES:
        yield {limit: str(size)}
    yield {limit: "2", place: str(_FAR if _numbered(listing) else 100 * _FAR)}


def _numbered(listing: Listing | None) -> bool:
    return listing is not None and listing.page is not None


def _paging(listing: Listing | None) -> tuple[str, str]:
    """Return the parameters for the size of a page and for its place.

    Raises: Unreached: the document has not both.
    """
    place = listing and (listing.page or listing.offset)
    if listing is None or listing.limit is None or not place:
        raise Unreached("the list has no documented pages")
    return listing.limit, place
