"""Probes of JSON bodies: a valid one with one keyword of its schema broken, or only just kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from contracts.drafts import Drafts
from contracts.probes.single import send_if_sole, valid
from contracts.rows import row_of
from contracts.scenarios import Scenario
from contracts.steps import Template
from contracts.values import Deviation
from contracts.walk import Walk
from spec import ABSENT, SUCCESS, Absent, Json, Operation
from spec.contract import Stage
from spec.document import pick, tokens

_MOST_BROKEN = 2
_MOST_KEPT = 24


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield one probe for each deviation of the body, and for each boundary that is kept."""
    schema = drafts.body_schema(operation)
    sample = drafts.values.instance(schema)
    takes = drafts.contract.schemas.predicate(schema)
    for one in _chosen(drafts.values.deviations(schema, sample), takes, valid=False):
        yield _probe(drafts, operation, stage.problem or "", one)
    for one in _chosen(drafts.values.kept(schema, sample), takes, valid=True):
        yield _probe(drafts, operation, SUCCESS, one)


def _chosen(
    deviations: Iterator[Deviation], takes: Callable[[Json], bool], *, valid: bool
) -> Iterator[Deviation]:
    """Yield the deviations that are what they claim to be; of one pointer and keyword only a few.

    The first null at a pointer comes whatever the count.
    """
    most = _MOST_KEPT if valid else _MOST_BROKEN
    count: dict[tuple[str, str], int] = {}
    nulls: set[str] = set()
    for one in deviations:
        if takes(one.value) is not valid:
            continue
        key = (one.pointer, one.keyword)
        null = pick(one.value, one.pointer, one) is None
        if null and one.pointer not in nulls:
            nulls.add(one.pointer)
        elif count.get(key, 0) >= most:
            continue
        count[key] = count.get(key, 0) + 1
        yield one


def _probe(drafts: Drafts, operation: Operation, wanted: str, one: Deviation) -> Scenario:
    kind = "within" if wanted == SUCCESS else "outside"
    value = pick(one.value, one.pointer, "(left out)")
    label = f"{operation.id} {kind} {one.pointer or '/'} {one.keyword} {str(value)[:24]!r}"
    row = row_of(operation, wanted, drafts.contract)
    return Scenario(label, (row,), partial(_run, drafts, operation, wanted, one))


def _run(drafts: Drafts, operation: Operation, wanted: str, one: Deviation, walk: Walk) -> None:
    draft = valid(drafts, walk, operation)
    draft.whole_body, draft.body = True, _transferred(one, draft.step().body)
    send_if_sole(drafts, draft, wanted)


def _transferred(one: Deviation, body: Template) -> Template:
    """Return a walk's own valid body, which holds fresh values, with the same change made to it."""
    path = tokens(one.pointer)
    if not path:
        return one.value
    return _changed(body, path, pick(one.value, one.pointer, ABSENT))


def _changed(value: Template, path: list[str], change: Json | Absent) -> Template:
    """Return a value with what stands at a path replaced, or removed where the change is absent."""
    if isinstance(value, list):
        return _changed_list(value, path, change)
    given = dict(value) if isinstance(value, dict) else {}
    head, rest = path[0], path[1:]
    if rest:
        given[head] = _changed(given.get(head, [] if rest[0] == "0" else {}), rest, change)
    elif change is ABSENT:
        given.pop(head, None)
    else:
        given[head] = change
    return given


def _changed_list(value: list[Template], path: list[str], change: Json | Absent) -> list[Template]:
    index, rest = int(path[0]), path[1:]
    inner = value[index] if index < len(value) else {}
    new = _changed(inner, rest, change) if rest else change
    return [*value[:index], new, *value[index + 1 :]]
