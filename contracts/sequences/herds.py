"""Herds: records that differ in one field, on both sides of whatever a list is asked for.

They are made where a request may set the field. Where none may, the list itself tells what the
records that are there hold, those of the profile among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.reach.drafts import Made
from contracts.reach.scenarios import colleagues, known_to, viewpoint
from contracts.sequences import acting
from contracts.sequences.references import references
from contracts.sequences.subject import Subject
from contracts.steps import Fresh, Template, mapped
from contracts.walk import Unreached, Walk
from spec import ABSENT, SUCCESS, Json, Operation
from spec.lists import field as value_of

_WORDS = ("mike{0}", "kilo{0}", "Mike{0}", "mike{0}s")
_NUMBERS = (41, 40, 42)
_MOST = 4
_MOST_REFERENTS = 3


@dataclass(frozen=True, slots=True)
class Herd:
    """Who lists the records, and the values that they hold in the field, the most telling first."""

    credential: str
    values: Sequence[Template]


def herd(subject: Subject, walk: Walk, field: str, *, twice: bool = False) -> Herd:
    """Return records that differ in a field; with `twice` some are equal in it.

    Raises: Unreached: there are none, and none can be made.
    """
    creating = next(iter(subject.doing("create")), None)
    if creating is not None and field in subject.drafts.fields(creating):
        held = list(_made(subject, walk, list(variants(subject, walk, creating, field)), twice))
        if held:
            values = [fields[field] for _, fields in held if fields.get(field) is not None]
            return Herd(held[0][0].credential, _distinct(values))
    return _learnt(subject, walk, field, _some(subject, walk))


def _made(
    subject: Subject, walk: Walk, fields: list[dict[str, Template]], twice: bool
) -> Iterator[tuple[Made, dict[str, Template]]]:
    """Make a record with each of these fields that a credential may, all with the same one."""
    credential: str | None = None
    for one in [*fields, *(fields[::-1][:_MOST] if twice else ())]:
        try:
            made = subject.make(walk, credential=credential, fields=one)
        except Unreached:
            continue
        credential = made.credential
        yield made, one


# -- what a request may set -----------------------------------------------------------------------


def variants(
    subject: Subject, walk: Walk, creating: Operation, field: str
) -> Iterator[dict[str, Template]]:
    """Yield the fields of requests whose records differ in one field; it is unset in the last."""
    named = list(_referring(subject, walk, creating, field))
    if named:
        yield from named
    else:
        for value in _values(subject, walk, creating, field):
            yield {field: value}
    if field not in subject.drafts.item_schema(creating).get("required", ()):
        yield {}


def _referring(
    subject: Subject, walk: Walk, creating: Operation, field: str
) -> Iterator[dict[str, Template]]:
    """Yield fields that name different records, where the field is such a name."""
    for fact in references(creating, subject.kind):
        names = {
            path[-1]: own for own, path in fact.where.items() if path[0] in {"item", "request"}
        }
        if field not in names:
            continue
        resource = subject.contract.resources[fact.kind]
        seen: list[dict[str, Template]] = []
        for made in known_to(walk, resource, colleagues(walk, resource, None)):
            fields = {name: made.known.fields.get(own) for name, own in names.items()}
            fits = all(made.known.fields.get(k) == v for k, v in fact.constants.items())
            if fits and fields not in seen and len(seen) < _MOST_REFERENTS:
                seen.append(fields)
                yield fields
        return


def _values(subject: Subject, walk: Walk, creating: Operation, field: str) -> Iterator[Template]:
    """Yield values of a field that a filter may tell apart."""
    schema = subject.drafts.values.schema(subject.drafts.fields(creating)[field])
    takes = subject.contract.schemas.predicate(schema)
    samples = [one for one in subject.drafts.values.instances(schema) if takes(one)]
    candidates = list(_candidates(schema, samples, walk))
    fitting = [one for one in candidates if takes(_plain(one, walk))]
    plain = [one for one in samples if one is not None]
    yield from fitting if len(fitting) > 1 else _distinct([*fitting, *plain])[:_MOST]


def _candidates(schema: dict[str, Json], samples: list[Json], walk: Walk) -> Iterator[Template]:
    if "enum" in schema or not samples:
        return
    if any(isinstance(one, str) for one in samples):
        yield from texts(walk)
    elif any(isinstance(one, list) for one in samples):
        yield from _arrays(walk)
    elif any(isinstance(one, int) and not isinstance(one, bool) for one in samples):
        yield from _NUMBERS


def texts(walk: Walk) -> list[Template]:
    """Return texts that begin alike: one, one before it, one in another case, and a longer one."""
    number = walk.fresh().number
    return [Fresh(number, word.format(walk.number)) for word in _WORDS]


def _arrays(walk: Walk) -> Iterator[Template]:
    """Yield arrays of texts: in another order, shorter, longer, and with a longer text."""
    one, other, _, longer = texts(walk)
    third = walk.fresh()
    yield from ([one, other], [other, one], [one], [one, other, third], [longer], [])


def _plain(value: Template, walk: Walk) -> Json:
    return mapped(value, lambda one: walk.text(one) if isinstance(one, Fresh) else None)


def _distinct(values: Sequence[Template]) -> list[Template]:
    found: list[Template] = []
    for one in values:
        if one not in found:
            found.append(one)
    return found


# -- what is there --------------------------------------------------------------------------------


def _some(subject: Subject, walk: Walk) -> str | None:
    """Make a few records of any kind of difference; return the credential that has, if any may."""
    creating = next(iter(subject.doing("create")), None)
    if creating is None:
        return worked(subject, walk)
    fields: list[dict[str, Template]] = [{}]
    for fact in references(creating, subject.kind):
        name = next((path[-1] for path in fact.where.values() if path[0] == "item"), "")
        fields += list(_referring(subject, walk, creating, name))[:1]
    return next((made.credential for made, _ in list(_made(subject, walk, fields, False))), None)


def worked(subject: Subject, walk: Walk, number: int = 2) -> str | None:
    """Set so much work going that records of this kind tell of; return who has.

    Some of it is finished and some is not.
    """
    for operation in subject.contract.operations.values():
        effect = operation.effect
        if effect and effect.job and effect.job.kind == subject.kind:
            about = Subject(subject.drafts, subject.contract.resources[effect.kind], operation)
            return acting.begun(about, walk, number)
    return None


def _learnt(subject: Subject, walk: Walk, field: str, credential: str | None) -> Herd:
    """List what is there and return the values that it holds.

    Raises: Unreached: nobody is sure to be allowed to, or there is nothing.
    """
    draft = subject.drafts.draft(walk, subject.operation)
    names = [credential] if credential else walk.callers
    if not draft.choose(names, lambda one: one.surely(SUCCESS)):
        raise Unreached(f"no credential is sure to be allowed {subject.operation.id}")
    draft.send()
    viewer = viewpoint(walk, subject.resource, draft.credential)
    held = [value_of(known.fields, field) for known in walk.knowledge.living(subject.kind, viewer)]
    values = _distinct([one for one in held if one is not None and one is not ABSENT])
    if not values:
        raise Unreached(f"no {subject.kind} is known with its {field}")
    return Herd(draft.credential or "", _spread(values))


def _spread(values: list[Json]) -> list[Json]:
    """Return a few of the values: one from the middle of their order, the ends, and a neighbour."""
    try:
        found = sorted(values)
    except TypeError:
        return values[:_MOST]
    middle = len(found) // 2
    return _distinct([found[middle], found[0], found[-1], found[middle - 1]])
