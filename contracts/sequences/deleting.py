"""Sequences of deletion: the record is gone everywhere, and stays when the call was refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from contracts.oracle import laws
from contracts.reach.drafts import Draft
from contracts.reach.scenarios import Scenario, allowed, deleted
from contracts.sequences.subject import Subject
from contracts.walk import Unreached, Walk
from spec import SUCCESS


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that deletes records."""
    yield subject.scenario(" twice", partial(_delete_twice, subject), laws.GONE)
    listing = subject.scenario(", then list", partial(_delete_and_list, subject), laws.GONE)
    shown = [f"{one.id}: {laws.GONE}" for one in subject.doing("list")]
    yield replace(listing, rows=(*listing.rows, *shown))
    yield subject.scenario(" refused, then read", partial(_refused, subject), laws.REFUSED)


def _delete_twice(subject: Subject, walk: Walk) -> None:
    made = subject.make(walk, whole=True)
    operation = subject.doing("delete")[0]
    draft = allowed(subject.drafts, walk, operation, made.key, subject.users(walk, made))
    draft.send()
    subject.read_back(walk, made)
    draft.send()


def _delete_and_list(subject: Subject, walk: Walk) -> None:
    subject.make(walk)
    made = subject.make(walk)
    deleted(subject.drafts, walk, made)
    subject.look_through(walk, made.credential)


def _refused(subject: Subject, walk: Walk) -> None:
    made = subject.make(walk)
    draft = subject.drafts.draft(walk, subject.operation)
    draft.key = made.key
    refused = [name for name in walk.callers if draft.choose([name], _is_refused)]
    for name in refused:
        draft.credential = name
        draft.send()
        subject.read_back(walk, made)
    if not refused:
        raise Unreached(
            f"no credential of the profile is sure to be refused {subject.operation.id}"
        )


def _is_refused(draft: Draft) -> bool:
    judgement = draft.judged()
    return judgement is not None and judgement.sole not in {None, SUCCESS}
