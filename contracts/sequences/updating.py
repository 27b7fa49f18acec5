"""Sequences of updates: each field set and read, references taken and given back, refusals."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from contracts.keys import PRESUMED_FREE
from contracts.oracle import laws
from contracts.oracle.clocks import COARSE
from contracts.reach.drafts import LIMITS, LONG, TEXT, Draft, Made
from contracts.reach.scenarios import Scenario
from contracts.sequences.references import candidates, references, referred
from contracts.sequences.searching import find_by
from contracts.sequences.subject import Subject
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Exists, Json, times

_BAD: tuple[Json, ...] = ([], "  ", 7, PRESUMED_FREE + 1)
_MOST_REFERENCES = 3


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that updates or replaces records."""
    for field, values in _changes(subject):
        change = partial(_change, subject, field, values)
        yield subject.scenario(
            f" of {field}, then read", change, laws.READ_YOUR_WRITES, laws.UNTOUCHED
        )
    for fact in references(subject.operation, subject.kind):
        assign = partial(_assign_and_back, subject, fact)
        yield subject.scenario(
            f" with {fact.name} and back", assign, laws.READ_YOUR_WRITES, laws.UNTOUCHED
        )
    if subject.resource.changing:
        later = partial(_later, subject)
        yield subject.scenario(" a moment later", later, laws.MOVES)
    presuming = partial(_presuming, subject)
    yield subject.scenario(
        " with what the server makes", presuming, laws.READ_YOUR_WRITES, laws.UNTOUCHED
    )
    yield subject.scenario(" refused, then read", partial(_refused, subject), laws.REFUSED)
    if subject.resource.open and subject.doing("replace"):
        yield subject.scenario(" with the same again", partial(_again, subject), laws.AGAIN)
    strangers = partial(_refused_to_others, subject)
    yield subject.scenario(" refused to others, then read", strangers, laws.REFUSED)


def _seen(subject: Subject, walk: Walk, *, whole: bool = False) -> Made:
    """Make a record and read it: what is wrong with it by then is no update's doing."""
    made = subject.make(walk, whole=whole)
    subject.read_back(walk, made)
    return made


def _draft(subject: Subject, walk: Walk, made: Made) -> Draft:
    draft = subject.drafts.draft(walk, subject.operation)
    draft.key, draft.made = made.key, made
    return draft


# -- one field ------------------------------------------------------------------------------------


def _changes(subject: Subject) -> Iterator[tuple[str, list[Json]]]:
    """Yield each field that an update may set, with the values to set one after the other."""
    referring = _referring(subject)
    for field, schema in subject.drafts.fields(subject.operation).items():
        if field in referring:
            continue
        takes = subject.contract.schemas.predicate(schema)
        values = [one for one in subject.drafts.values.instances(schema) if takes(one)]
        plain = [one for one in values if one is not None][:3]
        if field in subject.plain_texts():
            plain = [TEXT, LONG]
        elif _is_list_of_texts(subject, schema) and takes(["b", "a", "b"]):
            plain.append(["b", "a", "b"])
        yield field, [*plain, *([None] if takes(None) else [])]


def _is_list_of_texts(subject: Subject, schema: Json) -> bool:
    values = subject.drafts.values
    found = values.schema(schema)
    return "array" in str(found.get("type")) and "string" in str(
        values.schema(found.get("items", {})).get("type")
    )


def _referring(subject: Subject) -> set[str]:
    """Return the fields whose values name records of other kinds."""
    facts = [one for one in subject.operation.facts.values() if isinstance(one, Exists)]
    return {path[-1] for one in facts if one.kind != subject.kind for path in one.where.values()}


def _change(subject: Subject, field: str, values: Sequence[Json], walk: Walk) -> None:
    made = _seen(subject, walk, whole=True)
    for value in values:
        given = _given(subject, field, value, walk)
        draft = _draft(subject, walk, made)
        draft.item = {**_required(draft), field: given}
        if not draft.allowed(subject.users(walk, made)):
            continue
        draft.send()
        subject.read_back(walk, made)
        if f"/{field}" not in subject.resource.shown:
            find_by(subject, walk, made, [field])


def _given(subject: Subject, field: str, value: Json, walk: Walk) -> Template:
    """Return the value to set: a fresh text where any text will do."""
    tenant = subject.resource.tenant
    if tenant and tenant.tree and field in tenant.fields:
        return _another_tenant(tenant.tree.kind, value, walk)
    schema = subject.drafts.values.schema(subject.drafts.fields(subject.operation)[field])
    if not isinstance(value, str) or (LIMITS | {"maxLength"}) & set(schema):
        return value
    return walk.fresh(value if value in {TEXT, LONG} else "")


def _required(draft: Draft) -> dict[str, Template]:
    """Return what every body must hold: nothing but for a replacement."""
    replaces = draft.effect is not None and draft.effect.action == "replace"
    return draft.item if replaces else {}


def _another_tenant(kind: str, value: Json, walk: Walk) -> Json:
    """Return the key of the last known tenant, which is hardly the record's own."""
    return next((one.key for one in reversed(list(walk.knowledge.of_kind(kind)))), value)


# -- references and refusals ----------------------------------------------------------------------


def _assign_and_back(subject: Subject, fact: Exists, walk: Walk) -> None:
    made = _seen(subject, walk)
    fields = referred(subject, walk, fact, made.credential)
    others = list(islice(candidates(subject, walk, fact, made.credential), _MOST_REFERENCES))
    plain = dict(_draft(subject, walk, made).item)
    for item in (*others, plain, dict.fromkeys(fields), fields):
        draft = _draft(subject, walk, made)
        draft.item = {**_required(draft), **item}
        if draft.allowed(subject.users(walk, made)):
            draft.send()
            subject.read_back(walk, made)
            find_by(subject, walk, made, list(item))


def _later(subject: Subject, walk: Walk) -> None:
    """Change a record when the clock has surely moved on, as coarse as it is written."""
    made = _seen(subject, walk)
    forms = [subject.resource.generated[name].form for name in subject.resource.changing]
    time.sleep(max(1.5 * COARSE, *(2.1 * times.grain(form) for form in forms)))
    draft = _draft(subject, walk, made)
    if draft.allowed(subject.users(walk, made)):
        draft.send()
    subject.read_back(walk, made)


def _again(subject: Subject, walk: Walk) -> None:
    """Replace a record by the same twice, and read it each time."""
    made = _seen(subject, walk, whole=True)
    draft = _draft(subject, walk, made)
    for _ in range(2):
        if draft.allowed(subject.users(walk, made)):
            draft.send()
        subject.read_back(walk, made)


def _presuming(subject: Subject, walk: Walk) -> None:
    """Send values for the shown fields that no request may set: they are not looked at."""
    made = _seen(subject, walk, whole=True)
    draft = _draft(subject, walk, made)
    draft.item = {**draft.item, **subject.presumed(made.known.fields)}
    if draft.allowed(subject.users(walk, made)):
        draft.send()
        subject.read_back(walk, made)


def _refused(subject: Subject, walk: Walk) -> None:
    """Send a valid change together with one refused field, for one field after the other."""
    made = _seen(subject, walk, whole=True)
    item = dict(_draft(subject, walk, made).item)
    for field in subject.drafts.fields(subject.operation):
        draft = _draft(subject, walk, made)
        draft.credential = made.credential
        for bad in _BAD:
            draft.item = {**item, field: bad}
            if _is_refused(draft):
                draft.send()
                break
    subject.read_back(walk, made)


def _refused_to_others(subject: Subject, walk: Walk) -> None:
    """Send a valid change with every credential that is sure to be refused.

    Raises: Unreached: none is.
    """
    made = _seen(subject, walk, whole=True)
    tried = 0
    for name in walk.callers:
        draft = _draft(subject, walk, made)
        draft.home = dict(made.home)
        if draft.choose([name], _is_refused):
            draft.send()
            subject.read_back(walk, made)
            tried += 1
    if not tried:
        raise Unreached(f"no credential of the profile is refused {subject.operation.id}")


def _is_refused(draft: Draft) -> bool:
    """Tell whether the call is sure to be refused, and how."""
    judgement = draft.judged()
    return judgement is not None and judgement.certain and judgement.sole is not None
