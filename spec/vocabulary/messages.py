"""The messages of an operation: parameters, the request body, the responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from spec.contract import ABSENT, Body, Declared, Location, Parameter, Response
from spec.document import Document, escape
from spec.schemas import scalar_type
from spec.vocabulary.meta import fit
from spec.vocabulary.root import Root
from spec.vocabulary.schemas import compile_schema


def parameters(root: Root, path: str, pointer: str) -> Iterator[Parameter]:
    """Yield the parameters of an operation, its own and those of its path."""
    found: dict[tuple[str, str], Parameter] = {}
    for owner in (f"/paths/{escape(path)}", pointer):
        for number in range(len(root.document.get(f"{owner}/parameters", []))):
            parameter = _parameter(root, f"{owner}/parameters/{number}")
            found[parameter.location, parameter.name] = parameter
    yield from found.values()


def _parameter(root: Root, pointer: str) -> Parameter:
    pointer, _ = root.document.follow(pointer)
    given = fit(root.document, pointer, "parameter")
    schema_pointer = f"{pointer}/schema"
    if "content" in given:
        media = next(iter(given["content"]))
        schema_pointer = f"{pointer}/content/{escape(media)}/schema"
    at, schema = root.document.follow(schema_pointer)
    schema = schema if isinstance(schema, dict) else {}
    compile_schema(root.document, root.schemas, schema_pointer)
    kind = scalar_type(schema)
    return Parameter(
        name=given["name"],
        location=cast("Location", given["in"]),
        required=given.get("required", False),
        schema=schema,
        pointer=schema_pointer,
        type=kind,
        many=kind == "array",
        explode=given.get(
            "explode", given.get("style", "form") == "form" and given["in"] in {"query", "cookie"}
        ),
        items=scalar_type(root.document.follow(f"{at}/items")[1]) if kind == "array" else kind,
        default=schema.get("default", ABSENT),
    )


def body(root: Root, pointer: str) -> Body | None:
    """Return the body of an operation's requests, None when they have none."""
    if root.document.get(pointer) is None:
        return None
    pointer, _ = root.document.follow(pointer)
    given = fit(root.document, pointer, "request body")
    media = {name.lower(): f"{pointer}/content/{escape(name)}/schema" for name in given["content"]}
    for at in media.values():
        compile_schema(root.document, root.schemas, at)
    return Body(
        required=given.get("required", False),
        media=media,
        declared={name: _declared(root.document, at, 0) for name, at in media.items()},
    )


def _declared(document: Document, pointer: str, depth: int) -> Declared | None:
    pointer, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > 6:
        return None
    properties: dict[str, Declared | None] = {
        name: _declared(document, f"{pointer}/properties/{escape(name)}", depth + 1)
        for name in schema.get("properties", {})
    }
    items = _declared(document, f"{pointer}/items", depth + 1) if "items" in schema else None
    for word in ("allOf", "anyOf", "oneOf"):
        for number in range(len(schema.get(word, []))):
            branch = _declared(document, f"{pointer}/{word}/{number}", depth + 1)
            if branch:
                properties.update(branch.properties)
                items = items or branch.items
    return Declared(properties, items) if properties or items else None


def response(root: Root, status: str, pointer: str) -> Response:
    """Return what the document says of one status."""
    pointer, _ = root.document.follow(pointer)
    given = fit(root.document, pointer, "response")
    headers = {
        name.lower(): f"{_header(root, f'{pointer}/headers/{escape(name)}')}/schema"
        for name in given.get("headers", {})
        if name.lower() != "content-type"  # OpenAPI ignores a description of it.
    }
    media = {
        name.lower(): f"{pointer}/content/{escape(name)}/schema" if "schema" in one else None
        for name, one in given.get("content", {}).items()
    }
    for at in (*headers.values(), *media.values()):
        if at is not None:
            compile_schema(root.document, root.schemas, at)
    return Response(status, media, headers, root.document.place(pointer))


def _header(root: Root, pointer: str) -> str:
    at, _ = root.document.follow(pointer)
    fit(root.document, at, "header")
    return at
