"""Schemas of a document, made to stand alone."""

from __future__ import annotations

from spec.document import Document, Json
from spec.regions.algebra import NOTHING

_SCHEMAS_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_ONE_SCHEMA = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
)
_ANNOTATIONS = {
    *("title", "description", "example", "examples", "default", "deprecated", "readOnly"),
    *("writeOnly", "externalDocs", "xml", "discriminator", "$comment", "$schema", "nullable"),
}


def standalone(document: Document, schema: Json) -> Json:
    """Return a schema without references into the document and without annotations.

    Only what refers to itself stays a reference, into the result's own `$defs`.
    """
    return _Inlining(document).whole(schema)


class _Inlining:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self._waiting: list[str] = []

    def whole(self, schema: Json) -> Json:
        result = self._inline(schema, ())
        defs: dict[str, Json] = {}
        while self._waiting:
            pointer = self._waiting.pop()
            defs[self._names[pointer]] = self._inline(self._document.get(pointer), (pointer,))
        return {**result, "$defs": defs} if defs else result

    def _inline(self, schema: Json, within: tuple[str, ...]) -> Json:
        if not isinstance(schema, dict):
            return {} if schema is True else NOTHING if schema is False else schema
        rest = {
            key: self._keyword(key, value, within)
            for key, value in schema.items()
            if key != "$ref" and key not in _ANNOTATIONS and not key.startswith("x-")
        }
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return rest
        target = self._target(reference, within)
        return {"allOf": [target, rest]} if rest else target

    def _target(self, reference: str, within: tuple[str, ...]) -> Json:
        pointer = reference.removeprefix("#")
        if pointer in within or pointer in self._names:
            if pointer not in self._names:
                # The pointer itself is the name, so that definitions of two schemas can be merged.
                self._names[pointer] = pointer.strip("/").replace("/", ".")
                self._waiting.append(pointer)
            return {"$ref": f"#/$defs/{self._names[pointer]}"}
        return self._inline(self._document.get(pointer), (*within, pointer))

    def _keyword(self, key: str, value: Json, within: tuple[str, ...]) -> Json:
        if key in _SCHEMAS_BY_NAME and isinstance(value, dict):
            return {name: self._inline(one, within) for name, one in value.items()}
        if key in _SCHEMA_LISTS and isinstance(value, list):
            return [self._inline(one, within) for one in value]
        if key in _ONE_SCHEMA and isinstance(value, (dict, bool)):
            return self._inline(value, within)
        return value
