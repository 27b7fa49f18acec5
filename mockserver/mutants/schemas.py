"""Schemas with a change, and how an operation is made to read its requests by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from mockserver.mutants.edits import with_operation
from spec import Contract, Document, Json, Operation
from spec.schemas import Schemas

Steps: TypeAlias = tuple[str | int, ...]

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
BOUNDS = frozenset({*_LEAST, *_MOST})
COUNTS = ("Length", "Items", "Properties", "Contains")
"""How the bounds end that count something, and so are not below zero."""


def off_by_one(schema: Json) -> Iterator[tuple[str, Json]]:
    """Yield what a schema becomes when one of its bounds is moved by one, with words for it."""
    for way, word, bound in _bounds(schema):
        for step in (1, -1):
            if bound + step < 0 and word.endswith(COUNTS):
                continue
            laxer = (step > 0) is (word in _MOST)
            says = f"takes {bound + step} for the {word} of {bound}, {'more' if laxer else 'less'}"
            yield f"{says} than is right", put(schema, (*way, word), bound + step)


def _bounds(schema: Json, way: Steps = ()) -> Iterator[tuple[Steps, str, int]]:
    if isinstance(schema, list):
        for number, one in enumerate(schema):
            yield from _bounds(one, (*way, number))
    if not isinstance(schema, dict):
        return
    for word, value in schema.items():
        if word in BOUNDS and type(value) is int:
            yield way, word, value
        elif word not in {"const", "enum", "default", "example", "examples"}:
            yield from _bounds(value, (*way, word))


def put(value: Json, way: Steps, new: Json) -> Json:
    """Return a value with another one where a way leads; nothing is changed in place."""
    if not way:
        return new
    step, rest = way[0], way[1:]
    if isinstance(value, list):
        return [put(one, rest, new) if n == step else one for n, one in enumerate(value)]
    return {**value, str(step): put(value.get(step), rest, new)}


LAID = "x-mutant"


def covers(contract: Contract, location: str) -> bool:
    """Tell whether the shape stage judges a part of a call, and refuses what does not fit."""
    stage = contract.stage("shape")
    return stage is not None and stage.problem is not None and location in stage.covers


def laid(contract: Contract, operation: Operation, schema: Json) -> Contract:
    """Return the contract in which an operation's copy of a schema stands beside the others."""
    document = contract.document
    data = {**document.data, LAID: schema}
    other = Document(document.name, document.file, data, document.marks)
    changed = replace(contract, document=other, schemas=Schemas(other))
    return with_operation(changed, operation)


def moved(schema: Json) -> Iterator[tuple[str, str, int]]:
    """Yield the bounds that a schema may have in the place of its own, with words for them."""
    for word, bound in schema.items():
        if word in BOUNDS and type(bound) is int:
            for step in (1, -1):
                if bound + step >= 0 or not word.endswith(COUNTS):
                    yield f"takes {bound + step} for the {word}", word, bound + step


def without(name: str, members: Json) -> Json:
    """Return an object, such as a schema, without one of its members."""
    if not isinstance(members, dict):
        return members
    return {key: value for key, value in members.items() if key != name}
