"""Turns schemas of OpenAPI 3.0 into JSON Schema 2020-12, for the tests of fidelity only.

It exists a second time, apart from the project's own reader, so that a mistake in the one is not
repeated by the other. Standard library only; it understands no more than the fragments contain.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

_DROPPED = {"description", "example"}
_COPIED = {
    "type",
    "required",
    "default",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
}
_HANDLED = {
    "nullable",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "properties",
    "items",
    "anyOf",
}
_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def lower(schema: Mapping[str, Any]) -> Schema:
    """The 2020-12 schema that accepts what the 3.0 schema was meant to accept.

    A nullable enum gains null even where its list lacks it, since `nullable` would otherwise say
    nothing. `nullable` without a type has no effect in 3.0, and none here.

    Raises: ValueError: the schema has a keyword that this converter does not know.
    """
    unknown = set(schema) - _DROPPED - _COPIED - _HANDLED
    if unknown:
        raise ValueError(f"cannot lower the keywords {sorted(unknown)}")
    lowered = {key: value for key, value in schema.items() if key in _COPIED}
    lowered.update(_bounds(schema))
    lowered.update(_children(schema))
    if "enum" in schema:
        lowered["enum"] = list(schema["enum"])
    if schema.get("nullable") and "type" in schema:
        _admit_null(lowered)
    return lowered


def _admit_null(lowered: Schema) -> None:
    lowered["type"] = [lowered["type"], "null"]
    if "enum" in lowered and None not in lowered["enum"]:
        lowered["enum"].append(None)


def _bounds(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for inclusive, exclusive in _BOUNDS:
        if inclusive in schema:
            yield (exclusive if schema.get(exclusive) else inclusive), schema[inclusive]


def _children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "properties" in schema:
        yield "properties", {name: lower(child) for name, child in schema["properties"].items()}
    if "items" in schema:
        yield "items", lower(schema["items"])
    if "anyOf" in schema:
        yield "anyOf", [lower(branch) for branch in schema["anyOf"]]
