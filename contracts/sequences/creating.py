"""Sequences of creation: what was accepted is read afterwards, in order, under a new key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice

from contracts.oracle import laws
from contracts.oracle.clocks import COARSE
from contracts.reach.drafts import LONG
from contracts.reach.scenarios import Scenario, deleted, known_to, viewpoint
from contracts.sequences.references import candidates, references, referred
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Exists

_MOST_REFERENCES = 3


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that makes records."""
    read = partial(_make_and_read, subject)
    yield subject.scenario(" then read", read, laws.READ_YOUR_WRITES)
    whole = partial(_make_and_read, subject, whole=True)
    yield subject.scenario(" with every field, then read", whole, laws.READ_YOUR_WRITES)
    if subject.plain_texts():
        long = partial(_make_long, subject)
        yield subject.scenario(" with long texts, then read", long, laws.READ_YOUR_WRITES)
    for fact in references(subject.operation, subject.kind):
        refer = partial(_make_referring, subject, fact)
        yield subject.scenario(f" with {fact.name}, then read", refer, laws.READ_YOUR_WRITES)
        decimal = partial(_make_decimal, subject, fact)
        yield subject.scenario(
            f" with {fact.name} written as a decimal", decimal, laws.READ_YOUR_WRITES
        )
    if subject.operation.effect and subject.operation.effect.many:
        yield subject.scenario(" of three", partial(_make_three, subject), laws.ORDERED)
    presuming = partial(_make_presuming, subject)
    yield subject.scenario(" with what the server makes", presuming, laws.READ_YOUR_WRITES)
    tenant = subject.resource.tenant
    if tenant and tenant.tree:
        below = partial(_make_below, subject, next(iter(tenant.fields)), tenant.tree.kind)
        yield subject.scenario(" for a tenant below", below, laws.READ_YOUR_WRITES)
    if subject.doing("delete"):
        again = partial(_make_delete_make, subject)
        yield subject.scenario(" after delete", again, laws.KEYS)


def _make_and_read(subject: Subject, walk: Walk, *, whole: bool = False) -> None:
    subject.read_back(walk, subject.make(walk, whole=whole))


def _make_long(subject: Subject, walk: Walk) -> None:
    fields: dict[str, Template] = {name: walk.fresh(LONG) for name in subject.plain_texts()}
    subject.read_back(walk, subject.make(walk, fields=fields))


def _make_referring(subject: Subject, fact: Exists, walk: Walk) -> None:
    found = list(islice(candidates(subject, walk, fact), _MOST_REFERENCES))
    for fields in found or [referred(subject, walk, fact)]:
        subject.read_back(walk, subject.make(walk, fields=fields))


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


def _make_presuming(subject: Subject, walk: Walk) -> None:
    """Send values for the shown fields that no request may set: they are not looked at."""
    subject.read_back(walk, subject.make(walk, fields=subject.presumed({})))


def _make_below(subject: Subject, field: str, kind: str, walk: Walk) -> None:
    """Make a record for each tenant that each credential sees below its own."""
    resource = subject.contract.resources[kind]
    made = 0
    for name in walk.callers:
        own = viewpoint(walk, subject.resource, name)
        for tenant in list(known_to(walk, resource, [name])):
            if (tenant.known.key,) != own:
                fields = {field: tenant.known.key}
                subject.read_back(walk, subject.make(walk, credential=name, fields=fields))
                made += 1
    if not made:
        raise Unreached("no credential of the profile sees a tenant below its own")


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
    fields: dict[str, Template] = {}
    if subject.resource.made == "client":
        # The same key again, when every clock has moved on.
        fields = {subject.resource.key: made.known.key}
        time.sleep(1.5 * COARSE)
    subject.make(walk, credential=made.credential, fields=fields)
