"""Some value that fits a schema: tried, not derived, and always checked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import jsonschema_rs

from spec.contract import ABSENT, Absent
from spec.document import Json
from spec.regions.algebra import canonical_form, to_schema
from spec.regions.definitions import followed, with_defs
from spec.times import FORMS, written

_TRIES = 60
_DEPTH = 40
_TIMES = tuple(written(0.0, form) for form in FORMS)
_TEXTS = ("a", "A1", "x-y", "0", "1", "", " ", "2024-01-15", *_TIMES, "a@b.test")


def example(schema: Json) -> Json | Absent:
    """Return some value that fits a schema, ABSENT when none was found (there may be some)."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    form = canonical_form(schema)
    plain = to_schema(form) if form else schema
    found = (one for one in islice(_tried(plain, plain), _TRIES) if validator.is_valid(one))
    return next(found, ABSENT)


def _tried(schema: Json, whole: Json, depth: int = 0) -> Iterator[Json]:
    """Yield values that may fit a schema in canonical form, the plain ones first."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    if "const" in schema or "enum" in schema:
        yield from schema.get("enum", [schema.get("const")])
        return
    if "$ref" in schema:
        yield from _tried(followed(schema, whole), whole, depth + 1)
        return
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for branch in branches:
        yield from _tried({**_without(schema, "anyOf", "oneOf"), **branch}, whole, depth + 1)
    kinds = schema.get("type", ["null", "string", "object"])
    for kind in [] if branches else [kinds] if isinstance(kinds, str) else kinds:
        yield from _of_type(kind, schema, whole, depth)


def _without(schema: Json, *words: str) -> Json:
    return {key: value for key, value in schema.items() if key not in words}


def _of_type(kind: str, schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    if kind == "object":
        yield from _objects(schema, whole, depth)
    elif kind == "array":
        row = schema.get("items", schema.get("contains", {}))
        length = schema.get("minItems", 1 if "contains" in schema else 0)
        yield from ([one] * length for one in _fitting(row, whole, depth + 1))
        yield []
    elif kind in {"integer", "number"}:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low))
        step = schema.get("multipleOf", 1)
        yield from (low, math.ceil(low / step) * step, low + 1, high, high - 1, 0, 1, -1, 0.5)
    elif kind == "string":
        shortest = schema.get("minLength", 0)
        yield from (one.ljust(shortest, one[-1:] or "x") for one in _TEXTS)
    else:
        yield from {"null": (None,), "boolean": (False, True)}[kind]


def _objects(schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    declared = schema.get("properties", {})
    names = list(schema.get("required", ()))
    spare = [name for name in declared if name not in names]
    names += spare[: max(0, schema.get("minProperties", 0) - len(names))]
    found = {
        name: next(_fitting(declared.get(name, {}), whole, depth + 1), ABSENT) for name in names
    }
    if ABSENT not in found.values():
        yield found


def _fitting(schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    """Yield the tried values that do fit."""
    validator = jsonschema_rs.Draft202012Validator(with_defs(schema, whole), validate_formats=True)
    return (one for one in islice(_tried(schema, whole, depth), _TRIES) if validator.is_valid(one))
