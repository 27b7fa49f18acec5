"""Where the schemas and the examples of a document stand."""

from __future__ import annotations

from collections.abc import Iterator

from spec.contract import ABSENT, Contract
from spec.document import Document, Json, escape
from spec.places import mapping


def schemas(document: Document) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the pointer and value of every schema of a document, inner ones included."""
    for name, schema in (document.get("/components/schemas") or {}).items():
        yield from _inside(schema, f"/components/schemas/{escape(name)}")
    for pointer in list(document.marks):
        if pointer.endswith("/schema") and _holds_schema(pointer):
            yield from _inside(document.get(pointer), pointer)


def _holds_schema(pointer: str) -> bool:
    """Tell whether the pointer's `schema` is OpenAPI's and not a name in somebody's data."""
    parts = pointer.split("/")
    if {"example", "examples", "value", "schemas", "properties"} & set(parts):
        return False
    return not any(part.startswith("x-") for part in parts) and bool(
        {"parameters", "content", "headers"} & set(parts[-4:])
    )


def _inside(schema: Json, pointer: str) -> Iterator[tuple[str, dict[str, Json]]]:
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for word in ("properties", "patternProperties", "$defs", "dependentSchemas"):
        for name, one in mapping(schema.get(word)).items():
            yield from _inside(one, f"{pointer}/{word}/{escape(name)}")
    for word in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for number, one in enumerate(schema.get(word) or ()):
            yield from _inside(one, f"{pointer}/{word}/{number}")
    for word in ("items", "additionalProperties", "not", "if", "then", "else", "contains"):
        yield from _inside(schema.get(word), f"{pointer}/{word}")


def exemplified(contract: Contract) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the schema's pointer of all that may have examples."""
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield parameter.pointer.removesuffix("/schema"), parameter.pointer
        if operation.body:
            for pointer in operation.body.media.values():
                yield pointer.removesuffix("/schema"), pointer
        for response in operation.responses.values():
            for at in response.media.values():
                if at is not None:
                    yield at.removesuffix("/schema"), at


def example_spots(document: Document, pointer: str) -> Iterator[str]:
    """Yield the pointers of the examples in an OpenAPI object such as a parameter."""
    if document.get(f"{pointer}/example", ABSENT) is not ABSENT:
        yield f"{pointer}/example"
    for name in mapping(document.get(f"{pointer}/examples")):
        at, value = document.follow(f"{pointer}/examples/{escape(name)}")
        if isinstance(value, dict) and "value" in value:
            yield f"{at}/value"
