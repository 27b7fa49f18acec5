"""Sequences of creation: what was accepted is read afterwards, in order, under a new key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from contracts import laws
from contracts.scenarios import Scenario, deleted
from contracts.sequences.references import references, referred
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Exists


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that makes records."""
    read = partial(_make_and_read, subject)
    yield subject.scenario(" then read", read, laws.READ_YOUR_WRITES)
    whole = partial(_make_and_read, subject, whole=True)
    yield subject.scenario(" with every field, then read", whole, laws.READ_YOUR_WRITES)
    for fact in references(subject.operation, subject.kind):
        refer = partial(_make_referring, subject, fact)
        yield subject.scenario(f" with {fact.name}, then read", refer, laws.READ_YOUR_WRITES)
        decimal = partial(_make_decimal, subject, fact)
        yield subject.scenario(
            f" with {fact.name} written as a decimal", decimal, laws.READ_YOUR_WRITES
        )
    if subject.operation.effect and subject.operation.effect.many:
        yield subject.scenario(" of three", partial(_make_three, subject), laws.ORDERED)
    if subject.doing("delete"):
        again = partial(_make_delete_make, subject)
        yield subject.scenario(" after delete", again, laws.KEYS)


def _make_and_read(subject: Subject, walk: Walk, *, whole: bool = False) -> None:
    subject.read_back(walk, subject.make(walk, whole=whole))


def _make_referring(subject: Subject, fact: Exists, walk: Walk) -> None:
    made = subject.make(walk, fields=referred(subject, walk, fact))
    subject.read_back(walk, made)


def _make_decimal(subject: Subject, fact: Exists, walk: Walk) -> None:
    """To JSON Schema 2.0 is the integer 2, and so it is to the contract."""
    fields = referred(subject, walk, fact)
    if not any(isinstance(value, int) for value in fields.values()):
        raise Unreached(f"no {fact.kind} is named by a number")
    subject.make(walk, fields=_with_decimals(fields))


def _with_decimals(fields: Mapping[str, Template]) -> dict[str, Template]:
    return {
        name: float(value) if isinstance(value, int) else value for name, value in fields.items()
    }


def _make_three(subject: Subject, walk: Walk) -> None:
    drafts, operation = subject.drafts, subject.operation
    draft = drafts.draft(walk, operation)
    draft.before = [drafts.item(walk, operation), drafts.item(walk, operation, whole=True)]
    drafts.permitted(draft)
    draft.send()
    subject.look_through(walk, draft.credential)


def _make_delete_make(subject: Subject, walk: Walk) -> None:
    made = subject.make(walk)
    deleted(subject.drafts, walk, made)
    subject.make(walk, credential=made.credential)
