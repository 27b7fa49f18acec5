"""Witnesses of what a rule says of the request: a value in it, or the whole body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from contracts.probes import changes
from contracts.probes.conjuncts import Conjunct
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Drafts
from spec import Json, Operation


def witnesses(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield ways to send a request that meets a conjunct."""
    if conjunct.condition.path == ("request", "body"):
        yield from _of_body(conjunct)
    else:
        yield from _of_value(conjunct)


def declared(drafts: Drafts, operation: Operation, path: tuple[str, ...]) -> Json:
    """Return the schema of the value that a condition's path names, None when it has none."""
    if path[0] == "item" or path[:2] == ("request", "body"):
        return drafts.fields(operation).get(path[-1])
    parameters = [one for one in operation.parameters if one.name == path[-1]]
    return parameters[0].schema if parameters else None


def _of_value(conjunct: Conjunct) -> Iterator[Witness]:
    path = conjunct.condition.path
    schema = declared(conjunct.drafts, conjunct.operation, path)
    if schema is None:
        return
    if path[:2] == ("request", "body"):
        yield from _of_form(conjunct)
    pools = [conjunct.condition.schema, schema] if conjunct.holds else [schema]
    for value in conjunct.values(pools, schema):
        change = partial(changes.put, path, value)
        yield Witness(f"{conjunct.name} {value!r}", change, Rank.REQUEST)
    if not conjunct.holds:
        change = partial(changes.remove, conjunct.name)
        yield Witness(f"{conjunct.name} left out", change, Rank.REQUEST)


def _of_form(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield the forms of a body that takes several, where one by itself meets the conjunct."""
    forms = conjunct.drafts.forms(conjunct.operation)
    for form in forms if len(forms) > 1 else ():
        if conjunct.name in form and conjunct.met_by(form[conjunct.name]):
            label = f"{conjunct.name} in {' '.join(form)}"
            yield Witness(label, partial(changes.take_form, form), Rank.FORM)


# -- the whole body -------------------------------------------------------------------------------


def _of_body(conjunct: Conjunct) -> Iterator[Witness]:
    fields = conjunct.drafts.fields(conjunct.operation)
    bodies = _idle(conjunct, fields) if conjunct.holds else _telling(conjunct, fields)
    for body in bodies:
        kept = {name: value for name, value in body.items() if name in fields}
        if conjunct.met_by(kept):
            yield Witness(f"body {body!r}", partial(changes.put_body, body), Rank.REQUEST)
    key = conjunct.resource.key
    if conjunct.holds and key in fields and conjunct.met_by({key: "text"}):
        change = partial(changes.put_own_key, key)
        yield Witness(f"its own {key} and nothing else", change, Rank.REQUEST)


def _idle(conjunct: Conjunct, fields: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return bodies with no field that the operation knows: none, unknown, another operation's."""
    elsewhere = {
        name: conjunct.drafts.values.instance(schema)
        for other in conjunct.contract.operations.values()
        if other.effect and other.effect.kind == conjunct.kind and other.body
        for name, schema in conjunct.drafts.fields(other).items()
        if name not in fields
    }
    return [{}, {"cfk_unknown": 1}, *({name: elsewhere[name]} for name in list(elsewhere)[:3])]


def _telling(conjunct: Conjunct, fields: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return bodies with one field that the operation knows, its value null where it may be."""
    instance, predicate = conjunct.drafts.values.instance, conjunct.contract.schemas.predicate
    filled = [{name: instance(fields[name])} for name in list(fields)[:2]]
    nullable = [{name: None} for name, schema in fields.items() if predicate(schema)(None)]
    return filled + nullable[:4]
