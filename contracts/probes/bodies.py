"""Probes of JSON bodies: a valid one with one keyword of its schema broken, or only just kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from contracts.probes.single import rows_of, send_if_sole, valid
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.links import linked
from contracts.reach.scenarios import Scenario
from contracts.reach.values import Deviation
from contracts.steps import Template
from contracts.walk import Walk
from spec import ABSENT, SUCCESS, Absent, Json, Operation
from spec.contract import Stage
from spec.document import pick, tokens

_MOST_BROKEN = 2
_MOST_KEPT = 24
_SHORT = 40
"""Characters up to which a text is taken as an ending of a fresh one."""


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield one probe for each deviation of the body, and for each boundary that is kept."""
    schema = drafts.body_schema(operation)
    sample = drafts.values.instance(schema)
    takes = drafts.contract.schemas.predicate(schema)
    for one in _chosen(drafts.values.deviations(schema, sample), takes, valid=False):
        yield _probe(drafts, operation, stage.problem, one)
    for one in _chosen(drafts.values.kept(schema, sample), takes, valid=True):
        yield _probe(drafts, operation, SUCCESS, one)


def _chosen(
    deviations: Iterator[Deviation], takes: Callable[[Json], bool], *, valid: bool
) -> Iterator[Deviation]:
    """Yield the deviations that are what they claim to be; of one pointer and keyword only a few.

    The first null at a pointer comes whatever the count.
    """
    most = _MOST_KEPT if valid else _MOST_BROKEN
    count: dict[tuple[str, str, str], int] = {}
    seen: set[str] = set()
    nulls: set[str] = set()
    for one in deviations:
        if takes(one.value) is not valid:
            continue
        text = json.dumps(one.value, sort_keys=True)
        if text in seen:
            continue
        key = (one.pointer, one.keyword, json.dumps(one.base, sort_keys=True))
        null = pick(one.value, one.pointer, one) is None
        spot = f"{one.pointer} {key[2]}"
        if null and spot not in nulls:
            nulls.add(spot)
        elif count.get(key, 0) >= most:
            continue
        count[key] = count.get(key, 0) + 1
        seen.add(text)
        yield one


def _probe(drafts: Drafts, operation: Operation, wanted: str | None, one: Deviation) -> Scenario:
    kind = "within" if wanted == SUCCESS else "outside"
    value = pick(one.value, one.pointer, "(left out)")
    label = f"{operation.id} {kind} {one.pointer or '/'} {one.keyword} {str(value)[:24]!r}"
    rows = rows_of(drafts.contract, operation, wanted, one.pointer.removeprefix("/"))
    return Scenario(label, rows, partial(_run, drafts, operation, wanted, one))


def _run(
    drafts: Drafts, operation: Operation, wanted: str | None, one: Deviation, walk: Walk
) -> None:
    draft = valid(drafts, walk, operation)
    body = draft.step().body
    if isinstance(one.base, dict):
        body = linked(draft, _own(drafts, draft, one.base))
    one = _made_unique(draft, one)
    draft.whole_body, draft.body = True, _harmless(draft, one, _transferred(one, body))
    send_if_sole(drafts, draft, wanted)


def _harmless(draft: Draft, one: Deviation, body: Template) -> Template:
    """Return a body in which an entry's changed name goes with null: it makes no definition.

    Who takes a name that is to be refused would keep the definition for good.
    """
    part = draft.effect.part if draft.effect else None
    path = tokens(one.pointer)
    if part is None or len(path) < 2 or path[-1] != part.named:
        return body
    return _changed(body, [*path[:-1], part.value], None)


def _made_unique(draft: Draft, one: Deviation) -> Deviation:
    """Return a deviation whose value, where it must be unique, is a fresh one of its length."""
    resource = draft.contract.resources[draft.effect.kind] if draft.effect else None
    value = pick(one.value, one.pointer, None)
    name = one.pointer.removeprefix("/")
    if resource is None or name not in resource.unique or one.keyword != "boundary":
        return one
    if not isinstance(value, str) or not isinstance(one.value, dict):
        return one
    fresh = draft.walk.fresh()
    room = len(value) - len(draft.walk.text(fresh))
    ending = value if len(value) <= _SHORT else value[:room]
    return replace(one, value={**one.value, name: draft.walk.again(fresh, ending)})


def _own(drafts: Drafts, draft: Draft, sample: dict[str, Json]) -> dict[str, Template]:
    """Return a valid body in another of its forms, its unique fields as the draft has them."""
    names = drafts.contract.resources[draft.effect.kind].unique if draft.effect else ()
    return {**sample, **{name: draft.item[name] for name in names if name in draft.item}}


def _transferred(one: Deviation, body: Template) -> Template:
    """Return a walk's own valid body, which holds fresh values, with the same change made to it."""
    path = tokens(one.pointer)
    if not path:
        return body if one.base is not None and one.base == one.value else one.value
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
