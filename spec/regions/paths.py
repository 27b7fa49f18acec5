"""What stands at a path of the values that fit a schema."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from spec.document import Json
from spec.regions.algebra import NOTHING
from spec.regions.definitions import followed, with_defs

Path: TypeAlias = tuple[str, ...]

_COMPOSING = {"allOf", "anyOf", "oneOf", "$defs"}


def nested(path: Path, schema: Json) -> Json:
    """Return the schema of a document at whose `path` a value stands that fits `schema`."""
    for step in reversed(path):
        schema = {"type": "object", "properties": {step: schema}, "required": [step]}
    return schema


def descend(schema: Json, path: Path) -> Json:
    """Return the schema of what stands at a path; it admits nothing where nothing can stand."""
    found = schema
    for step in path:
        inner = gathered(followed(found, schema), partial(_property, name=step))
        found = NOTHING if inner is None else inner
    return with_defs(found, schema)


def _property(schema: Json, name: str) -> Json | None:
    if schema == NOTHING:
        return None
    if name in schema.get("properties", {}):
        return schema["properties"][name]
    kinds = schema.get("type", "object")
    extra = schema.get("additionalProperties", {})
    if extra == NOTHING or extra is False or "object" not in kinds:
        return None
    return {} if extra is True else extra


def gathered(schema: Json, get: Callable[[Json], Json | None]) -> Json | None:
    """Return what `get` finds in a schema or, alike combined, in the branches that make it up."""
    own = {key: one for key, one in schema.items() if key not in _COMPOSING}
    found = [get(own)] if own else []
    found.extend(gathered(one, get) for one in schema.get("allOf", ()))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            inner = [gathered(one, get) for one in schema[word]]
            known = [one for one in inner if one is not None]
            found.append({"anyOf": known} if known else None)
    if not found or any(one is None for one in found):
        return None
    return found[0] if len(found) == 1 else {"allOf": found}


def projected(schema: Json, path: Path) -> Json | None:
    """Return what a canonical form says of a path, None when it is not understood."""
    if not path:
        return schema
    if not isinstance(schema, dict) or schema.keys() - {
        "type", "properties", "required", "additionalProperties", "propertyNames", "anyOf", "$defs",
        "minProperties", "maxProperties",
    }:  # fmt: skip
        return None
    if "anyOf" in schema:
        if schema.keys() - {"anyOf", "$defs"}:
            return None
        found = [projected(branch, path) for branch in schema["anyOf"]]
        known = [one for one in found if one is not None]
        return {"anyOf": known} if known else None
    if schema.get("type") != "object":
        return None
    inner = schema.get("properties", {}).get(path[0])
    return None if inner is None else projected(inner, path[1:])
