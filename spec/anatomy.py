"""Which keys of an OpenAPI document are words, which are names that its author chose, which data.

A `$ref` in an example is somebody's data, and a property may well be called `default`.
"""

from __future__ import annotations

from spec.places import tokens

FILES = "x-files"
"""The root key under which `bundle` keeps what a document refers to in other files."""

DATA = frozenset({"example", "default", "enum", "const", "value"})
"""Words whose value is data, in which no word of OpenAPI means anything."""

NAMED = frozenset(
    {
        *("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"),
        *("schemas", "responses", "parameters", "examples", "requestBodies", "headers"),
        *("securitySchemes", "links", "callbacks", "pathItems", "mediaTypes", "paths", "webhooks"),
        *("content", "encoding", "variables", "mapping", FILES),
    }
)
"""Words whose value maps names, chosen by the author, to something."""


def is_word(pointer: str) -> bool:
    """Tell whether the last key of a pointer is OpenAPI's, and not a name or in somebody's data."""
    word, named = True, False
    for token in tokens(pointer):
        word = not named
        if word and (token in DATA or (token.startswith("x-") and token != FILES)):
            return False
        named = word and token in NAMED
    return word
