"""Sequences of jobs: work is set going, watched until it is finished, and looked at from all sides.

The records that a job is about are read before and after it, and one beside them that it must leave
alone. The laws are judged by `working` on every answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice

from contracts import waiting
from contracts.oracle import jobs, laws
from contracts.oracle.jobs import Running
from contracts.reach.drafts import Draft, Made
from contracts.reach.links import astray, linked, references
from contracts.reach.scenarios import Scenario, deleted, known_to, look_through, read_back
from contracts.sequences.subject import Subject
from contracts.steps import Fresh, Ref, Template, mapped
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Job, Json

_MOST_MEMBERS = 40


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that was set going, and where the answer names the record that tells of it."""

    running: Running
    handle: Ref


def scenarios(subject: Subject) -> Iterator[Scenario]:
    """Yield the sequences of an operation that sets work going."""
    about = (jobs.EFFECTS, jobs.FRAME, jobs.OUTCOMES, jobs.MEMBERS, jobs.EXACT, jobs.FINISHES)
    watched = (*about, jobs.WITHIN, jobs.GROWING, jobs.CONSTANT)
    for label, body in _bodies(subject):
        run = partial(_twice, subject, body)
        yield subject.scenario(f" {label}, then again otherwise", run, *watched)
        both = partial(_both, subject, body)
        yield subject.scenario(f" {label}, two at once", both, jobs.IN_ORDER)
        every = partial(_everywhere, subject, body)
        yield subject.scenario(f" {label}, on every known one", every, *about)
    gone = partial(_with_one_deleted, subject)
    yield subject.scenario(", a member being deleted before", gone, jobs.OUTCOMES, jobs.MEMBERS)
    told = partial(_told_to_all, subject)
    shown = subject.scenario(", told to all that may know", told, jobs.EXACT)
    yield replace(shown, rows=(*shown.rows, *_apart(subject)))
    yield subject.scenario(" refused, then read", partial(_refused, subject), laws.REFUSED)


def _apart(subject: Subject) -> Iterator[str]:
    """Yield the rows of those that read how far a job is, whoever must not."""
    readers = {one.id for one in subject.contract.doing(_job(subject).kind, "read")}
    for one in laws.laws_of(subject.contract):
        if one.name == laws.TENANTS and one.operation in readers:
            yield str(one)


def _bodies(subject: Subject) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield a body of each form that the operation takes."""
    drafts = subject.drafts
    schema = drafts.body_schema(subject.operation)
    takes = subject.contract.schemas.predicate(schema)
    seen: list[Json] = []
    for whole in (False, True):
        for sample in drafts.values.instances(schema, whole=whole):
            if isinstance(sample, dict) and takes(sample) and sample not in seen:
                seen.append(sample)
                yield " ".join([*map(str, _constants(sample)), *sample]), sample


def _constants(sample: dict[str, Json]) -> list[Json]:
    return [value for value in list(sample.values())[:1] if isinstance(value, str)]


# -- what is worked on ----------------------------------------------------------------------------


def _job(subject: Subject) -> Job:
    effect = subject.operation.effect
    assert effect is not None
    assert effect.job is not None
    return effect.job


def _choices(subject: Subject, walk: Walk) -> list[tuple[Made, list[str]]]:
    """Return the known records to act on, with their members; the most telling one first.

    Raises: Unreached: none is known whose members can be told.
    """
    found: dict[str, tuple[Made, list[str]]] = {}
    name = _job(subject).members[-1]
    for made in known_to(walk, subject.resource, walk.callers):
        members = made.known.fields.get(name)
        if isinstance(members, list) and len(members) <= _MOST_MEMBERS:
            found.setdefault(made.known.key, (made, [str(one) for one in members]))
    if not found:
        raise Unreached(f"the profile knows no {subject.kind} with its {name}")
    return sorted(found.values(), key=lambda one: -_telling(subject, walk, one[1]))


def _telling(subject: Subject, walk: Walk, members: list[str]) -> int:
    """Return in how many ways the members differ, as far as is known."""
    each = _job(subject).each
    known = [walk.latest(each, member) for member in members]
    forms = {str(sorted(map(str, one.fields.values()))) for one in known if one and one.alive}
    return len(forms) + 2 * any(one is None or not one.alive for one in known)


def _looked_at(subject: Subject, walk: Walk, members: list[str], credential: str) -> None:
    """Read the members, and two records that are none."""
    each = _job(subject).each
    look_through(subject.drafts, walk, each, credential)
    beside = [one for one in walk.knowledge.living(each) if one.key not in members][:2]
    known = [walk.latest(each, member) for member in members]
    for one in [*(known), *beside]:
        if one is not None and one.alive:
            read_back(subject.drafts, walk, Made(each, one.key, credential, -1, one))


# -- sending --------------------------------------------------------------------------------------


def _draft(
    subject: Subject,
    walk: Walk,
    made: Made,
    body: dict[str, Template],
    unlike: dict[str, Template] | None = None,
) -> Draft:
    draft = subject.drafts.draft(walk, subject.operation)
    draft.key, draft.credential = made.key, made.credential
    draft.item = linked(draft, body, unlike=unlike)
    return draft


def _begin(subject: Subject, walk: Walk, made: Made, body: dict[str, Template]) -> Begun | None:
    """Set a job going, with the first credential that is sure to be allowed.

    Raises: Unreached: none is.
    """
    return _send(subject, walk, _draft(subject, walk, made, body))


def _again(subject: Subject, walk: Walk, made: Made, first: dict[str, Template]) -> Begun | None:
    """Set a second job going that overlaps with a first one, if there is another body."""
    draft = _draft(subject, walk, made, _otherwise(subject, first, walk), unlike=first)
    return _send(subject, walk, draft)


def _send(subject: Subject, walk: Walk, draft: Draft) -> Begun | None:
    subject.drafts.permitted(draft)
    draft.send()
    found = list(walk.knowledge.jobs.running.values())
    return Begun(found[-1], walk.last(_job(subject).handle)) if found else None


def _finished(subject: Subject, walk: Walk, work: Begun | None, credential: str) -> None:
    """Ask how far a job is until it is finished.

    Raises: Contradicted: it is not within the time that the profile grants.
    """
    operation = walk.doing("read", _job(subject).kind)
    if work is None or operation is None:
        return
    draft = subject.drafts.draft(walk, operation)
    draft.key, draft.credential = work.handle, credential
    waiting.send(walk, draft.step())
    if work.running.finished:
        walk.proven.add(f"{subject.operation.id}: {jobs.FINISHES}")


def begun(subject: Subject, walk: Walk, number: int) -> str:
    """Set jobs of two kinds going one after the other, the first until it is finished.

    Returns the credential that has. Raises: Unreached: none is sure to be allowed to.
    """
    made, _ = _choices(subject, walk)[0]
    kinds = {str(_constants(body)): body for _, body in _bodies(subject)}
    for place, body in enumerate(islice(cycle(list(kinds.values())[:2]), number)):
        work = _begin(subject, walk, made, _own(subject, body, walk))
        if place == 0:
            _finished(subject, walk, work, made.credential)
    return made.credential


# -- the sequences --------------------------------------------------------------------------------


def _twice(subject: Subject, body: dict[str, Json], walk: Walk) -> None:
    """Act, and act again with a body that overlaps with the first."""
    made, members = _choices(subject, walk)[0]
    _looked_at(subject, walk, members, made.credential)
    first = _draft(subject, walk, made, _own(subject, body, walk)).item
    for begin in (_begin, _again):
        work = begin(subject, walk, made, first)
        _finished(subject, walk, work, made.credential)
        _looked_at(subject, walk, members, made.credential)
    _changed_after(subject, walk, members, made.credential)


def _changed_after(subject: Subject, walk: Walk, members: list[str], credential: str) -> None:
    """Change the members through the API: what the work has left must stay where it is kept."""
    each = _job(subject).each
    for operation in subject.contract.operations.values():
        effect = operation.effect
        if not effect or effect.kind != each or effect.action not in {"update", "replace"}:
            continue
        for member in members[:2]:
            known = walk.latest(each, member)
            draft = subject.drafts.draft(walk, operation)
            draft.key = member
            if known is not None and known.alive and draft.allowed([credential]):
                draft.send()
                read_back(subject.drafts, walk, Made(each, member, credential, -1, known))


def _with_one_deleted(subject: Subject, walk: Walk) -> None:
    """Delete a member, look at what names it, and act.

    Raises: Unreached: the world is not the tester's own.
    """
    if walk.world.profile.isolation == "none":
        raise Unreached("known records are not deleted where the target cannot be started afresh")
    made, members = _choices(subject, walk)[0]
    read_back(subject.drafts, walk, made)
    each = _job(subject).each
    for member in members[:1]:
        known = walk.latest(each, member)
        if known is not None:
            deleted(subject.drafts, walk, Made(each, member, made.credential, -1, known))
    read_back(subject.drafts, walk, made)
    _, body = next(_bodies(subject))
    work = _begin(subject, walk, made, _own(subject, body, walk))
    _finished(subject, walk, work, made.credential)


def _both(subject: Subject, body: dict[str, Json], walk: Walk) -> None:
    """Let two jobs begin one after the other without waiting: they apply in this order."""
    made, members = _choices(subject, walk)[0]
    _looked_at(subject, walk, members, made.credential)
    first = _draft(subject, walk, made, _own(subject, body, walk)).item
    for one in [begin(subject, walk, made, first) for begin in (_begin, _again)]:
        _finished(subject, walk, one, made.credential)
    _looked_at(subject, walk, members, made.credential)


def _everywhere(subject: Subject, body: dict[str, Json], walk: Walk) -> None:
    """Act on every known record: an empty one, one with a member that is gone, others' too."""
    for made, members in _choices(subject, walk)[1:]:
        _looked_at(subject, walk, members, made.credential)
        work = _begin(subject, walk, made, _own(subject, body, walk))
        _finished(subject, walk, work, made.credential)
        _looked_at(subject, walk, members, made.credential)


def _told_to_all(subject: Subject, walk: Walk) -> None:
    """Ask for a job with every credential for which the answer is clear, and list the jobs."""
    made, _ = _choices(subject, walk)[0]
    _, body = next(_bodies(subject))
    work = _begin(subject, walk, made, _own(subject, body, walk))
    _finished(subject, walk, work, made.credential)
    operation = walk.doing("read", _job(subject).kind)
    for name in walk.callers if operation and work else ():
        draft = subject.drafts.draft(walk, operation) if operation else None
        if draft is None or work is None:
            continue
        draft.key, draft.credential = work.handle, name
        if draft.choose([name], _is_clear):
            draft.send()
    for name in walk.callers:
        listed = walk.doing("list", _job(subject).kind)
        if listed is not None:
            draft = subject.drafts.draft(walk, listed)
            if draft.allowed([name]):
                draft.send()


def _is_clear(draft: Draft) -> bool:
    judgement = draft.judged()
    return judgement is not None and judgement.sole is not None


def _refused(subject: Subject, walk: Walk) -> None:
    """Send what is sure to be refused, then look whether anything was done all the same."""
    made, members = _choices(subject, walk)[0]
    _looked_at(subject, walk, members, made.credential)
    look_through(subject.drafts, walk, _job(subject).kind, made.credential)
    sent = False
    for draft in _refusals(subject, walk, made):
        if _is_clear(draft) and not draft.surely(SUCCESS):
            draft.send()
            sent = True
    if not sent:
        raise Unreached(
            f"no credential of the profile is sure to be refused {subject.operation.id}"
        )
    _looked_at(subject, walk, members, made.credential)
    look_through(subject.drafts, walk, _job(subject).kind, made.credential)
    walk.proven.add(f"{subject.operation.id}: {laws.REFUSED}")


def _refusals(subject: Subject, walk: Walk, made: Made) -> Iterator[Draft]:
    """Yield calls that may be refused: by each credential, for what they name, by a fault."""
    bodies = [body for _, body in _bodies(subject)]
    for name in walk.callers:
        draft = _draft(subject, walk, made, _own(subject, bodies[0], walk))
        draft.credential = name
        yield draft
    for body in bodies:
        draft = _draft(subject, walk, made, body)
        draft.item = astray(draft, body)
        yield draft
    for rule in subject.operation.rules:
        if rule.fault and rule.problem.name in walk.world.profile.provoke:
            draft = _draft(subject, walk, made, bodies[0])
            draft.provokes = rule.problem.name
            yield draft


# -- bodies ---------------------------------------------------------------------------------------


def _own(subject: Subject, body: dict[str, Json], walk: Walk) -> dict[str, Template]:
    """Return a body with fresh texts and members where any will do."""
    return _varied(subject, body, lambda value: _fresh(value, walk))


def _fresh(value: Json, walk: Walk) -> Iterator[Template]:
    if isinstance(value, list):
        yield [walk.fresh(), walk.fresh()]
    elif isinstance(value, dict):
        yield {walk.text(walk.fresh()): {"a": walk.fresh()}, "cfk": 1}
    elif isinstance(value, str):
        yield walk.fresh()


def _otherwise(subject: Subject, body: dict[str, Template], walk: Walk) -> dict[str, Template]:
    """Return a body that overlaps with another: old and new members, other values."""
    texts = list(_enumerated(subject.drafts.body_schema(subject.operation), subject))

    def others(value: Template) -> Iterator[Template]:
        if isinstance(value, list):
            yield [*value[-1:], again := walk.fresh(), again]
            yield [*value[-1:], *value[-1:]]
        elif isinstance(value, dict):
            inner: Template = {"b": walk.fresh()}
            yield {
                **dict.fromkeys(list(value)[:1], inner),
                "cfk": None,
                walk.text(walk.fresh()): [1],
            }
        elif isinstance(value, int):
            yield value + 1
        elif isinstance(value, Fresh):
            yield walk.fresh()
        else:
            yield from (one for one in texts if one != value)

    return _varied(subject, body, others)


def _varied(
    subject: Subject,
    body: dict[str, Template],
    others: Callable[[Template], Iterator[Template]],
) -> dict[str, Template]:
    """Return a body in which each field that may has another value; what it names stays."""
    takes = subject.contract.schemas.predicate(subject.drafts.body_schema(subject.operation))
    named = references(subject.operation)
    result = dict(body)
    for name, value in list(body.items())[1:]:
        for other in others(value) if name not in named else ():
            if takes(mapped({**result, name: other}, lambda _: "cfk-text")):
                result[name] = other
                break
    return result


def _enumerated(schema: Json, subject: Subject, depth: int = 0) -> Iterator[str]:
    """Yield the texts that a schema lists anywhere."""
    found = subject.drafts.values.schema(schema) if isinstance(schema, dict) and depth < 6 else {}
    yield from (one for one in found.get("enum", ()) if isinstance(one, str))
    inner = [
        *found.get("properties", {}).values(),
        *found.get("oneOf", ()),
        *found.get("anyOf", ()),
    ]
    for one in inner:
        yield from _enumerated(one, subject, depth + 1)
