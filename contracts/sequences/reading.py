"""Sequences of reading: what is read again is the same, and lists show what reads have shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.oracle import laws
from contracts.reach.scenarios import Scenario
from contracts.sequences.subject import Subject
from contracts.walk import Walk


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that reads one record."""
    yield subject.scenario(" twice", partial(_read_twice, subject), laws.PURE)
    yield subject.scenario(" of the known records", partial(_read_known, subject), laws.PURE)


def _read_twice(subject: Subject, walk: Walk) -> None:
    made = subject.make(walk, whole=True)
    for _ in range(3):
        subject.read_back(walk, made)


def _read_known(subject: Subject, walk: Walk) -> None:
    """Read every record that the profile knows of, then hold the lists to what was shown."""
    operation = subject.doing("read")[0]
    for known in list(walk.knowledge.of_kind(subject.kind)):
        draft = subject.drafts.draft(walk, operation)
        draft.key = known.key
        if draft.allowed(walk.callers):
            draft.send()
    for credential in walk.callers:
        subject.look_through(walk, credential)
