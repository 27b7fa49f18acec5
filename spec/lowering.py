"""OpenAPI 3.0's own dialect of JSON Schema, rewritten as the 2020-12 that everything else reads.

3.0 says `nullable: true` where JSON Schema has the type null, and gives `exclusiveMinimum` and
`exclusiveMaximum` as booleans beside a bound. Lines and pointers stay those of the file; the result
is a document of version 3.1, and so is what a mock of it hands out.
"""

from __future__ import annotations

from dataclasses import replace

from spec.anatomy import DATA, NAMED
from spec.document import Document, Json

_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_BESIDE = {"title", "description", "summary", "example", "default", "deprecated"}
"""What may stand beside a `$ref`: it says nothing about what is valid. The rest 3.0 ignores."""


def lowered(document: Document) -> Document:
    """Return a document of version 3.0 with its schemas in 2020-12; any other as it is."""
    if not document.version.startswith("3.0"):
        return document
    return replace(document, data={**_lowered(document.data), "openapi": "3.1.0"})


def _lowered(value: Json, *, named: bool = False) -> Json:
    """Return a value of the document lowered; one that is `named` maps names to such values."""
    if isinstance(value, list):
        return [_lowered(one) for one in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {name: _lowered(one) for name, one in value.items()}
    result = {
        word: one if word in DATA else _lowered(one, named=word in NAMED)
        for word, one in value.items()
    }
    if isinstance(result.get("$ref"), str):
        return {word: one for word, one in result.items() if word == "$ref" or _beside(word)}
    for bound, exclusive in _BOUNDS:
        _bound(result, bound, exclusive)
    return _nullable(result)


def _beside(word: str) -> bool:
    return word in _BESIDE or word.startswith("x-")


def _bound(schema: dict[str, Json], bound: str, exclusive: str) -> None:
    flag = schema.get(exclusive)
    if isinstance(flag, bool):
        del schema[exclusive]
        if flag and bound in schema:
            schema[exclusive] = schema.pop(bound)


def _nullable(schema: dict[str, Json]) -> dict[str, Json]:
    """Return a schema without `nullable`; where there is no type beside it, it says nothing."""
    if not isinstance(schema.get("nullable"), bool):
        return schema
    nullable = schema.pop("nullable")
    if not nullable or not isinstance(schema.get("type"), str):
        return schema
    schema["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema
