"""Sequences of lists: what exists is there, in order, page by page, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts import laws
from contracts.scenarios import Scenario, made_by_one_of, strangers
from contracts.sequences import searching
from contracts.sequences.subject import Subject, listed
from contracts.walk import Unreached, Walk
from spec import Listing


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that lists records."""
    own = partial(_list_own, subject)
    yield subject.scenario(" of three of one's own", own, laws.COMPLETE, laws.ORDER)
    yield subject.scenario(" by pages", partial(_page, subject), laws.PAGES, laws.COUNTERS)
    foreign = partial(_list_beside_others, subject)
    yield subject.scenario(" without anybody else's", foreign, laws.TENANTS)
    if subject.operation.listing is not None:
        yield from searching.scenarios(subject, subject.operation.listing)


def _list_own(subject: Subject, walk: Walk) -> None:
    first = subject.make(walk)
    subject.make(walk, credential=first.credential, whole=True)
    subject.make(walk, credential=first.credential)
    for _ in range(2):
        subject.look_through(walk, first.credential)


def _list_beside_others(subject: Subject, walk: Walk) -> None:
    mine = subject.make(walk)
    others = strangers(walk, subject.resource, mine.credential)
    if not others:
        raise Unreached("the profile has no credential of another tenant")
    made_by_one_of(subject.drafts, walk, subject.kind, others)
    subject.look_through(walk, mine.credential)


# -- pages ----------------------------------------------------------------------------------------


def _page(subject: Subject, walk: Walk) -> None:
    """Make five records; two of them a page must give the same as five of them on one."""
    limit, offset = _paging(subject.operation.listing)
    credential = subject.make(walk).credential
    for _ in range(4):
        subject.make(walk, credential=credential)
    show = partial(listed, subject, walk, subject.operation, credential)
    show({limit: "5"})
    for start in ("0", "2", "4"):
        show({limit: "2", offset: start})
    show({offset: "1"})
    show({offset: "100000"})


def _paging(listing: Listing | None) -> tuple[str, str]:
    """Return the parameters for the limit and the offset.

    Raises: Unreached: the document has not both.
    """
    if listing is None or listing.limit is None or listing.offset is None:
        raise Unreached("the list has no documented pages")
    return listing.limit, listing.offset
