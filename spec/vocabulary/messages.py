"""The messages of an operation: parameters, the request body, the responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from spec.contract import ABSENT, Body, Declared, Location, Parameter, Response, Written
from spec.document import Document, Json, escape
from spec.media import FORMS, concrete, media_type, preferred
from spec.shapes import items, properties, text_kind
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
    document = root.document
    pointer, _ = document.follow(pointer)
    given = fit(document, pointer, "parameter")
    schema_pointer = f"{pointer}/schema"
    if "content" in given:
        media = next(iter(given["content"]))
        schema_pointer = f"{pointer}/content/{escape(media)}/schema"
    at, schema = document.follow(schema_pointer)
    schema = schema if isinstance(schema, dict) else {}
    compile_schema(document, root.schemas, schema_pointer)
    kind = text_kind(document, schema_pointer)
    inner = items(document, at) if kind == "array" else None
    style = "json" if "content" in given else given.get("style", _STYLES[given["in"]])
    plain = kind == "array" and style not in _UNUSUAL and (inner is None or _plain(document, inner))
    composed = style == "json" or (kind in {"array", "object"} and not plain)
    return Parameter(
        name=given["name"],
        location=cast("Location", given["in"]),
        required=given.get("required", False),
        schema=schema,
        pointer=schema_pointer,
        type=kind,
        many=kind == "array",
        explode=given.get("explode", style in {"form", "deepObject"}),
        items=(text_kind(document, inner) if inner else "string") if kind == "array" else kind,
        default=schema.get("default", ABSENT),
        style=style,
        written=_written(document, schema_pointer) if composed else None,
    )


_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_UNUSUAL = {"json", "deepObject", "label", "matrix"}


def _plain(document: Document, pointer: str) -> bool:
    return text_kind(document, pointer) not in {"array", "object"}


def _written(document: Document, pointer: str, depth: int = 4) -> Written:
    """Return what the texts of a value stand for, as far down as forms are ever nested."""
    kind = text_kind(document, pointer)
    inner = items(document, pointer) if kind == "array" else None
    members = properties(document, pointer) if kind != "array" and depth else {}
    return Written(
        "object" if members else kind,
        _written(document, inner, depth - 1) if inner and depth else None,
        {name: _written(document, at, depth - 1) for name, at in members.items()},
    )


def body(root: Root, pointer: str) -> Body | None:
    """Return the body of an operation's requests, None when they have none."""
    if root.document.get(pointer) is None:
        return None
    pointer, _ = root.document.follow(pointer)
    given = fit(root.document, pointer, "request body")
    media = {
        name: f"{pointer}/content/{escape(text)}/schema"
        for text, name in _by_type(given["content"]).items()
    }
    for at in media.values():
        compile_schema(root.document, root.schemas, at, request=True)
    return Body(
        required=given.get("required", False),
        media=media,
        declared={name: _declared(root.document, at, 0) for name, at in media.items()},
        written={
            name: _written(root.document, at)
            for name, at in media.items()
            if name in FORMS or name.startswith("text/")
        },
    )


def _by_type(content: Mapping[str, Json]) -> dict[str, str]:
    """Return the media type or range of each key; of those that differ in parameters, the first."""
    found: dict[str, str] = {}
    for key in content:
        if media_type(key) not in found.values():
            found[key] = media_type(key)
    return found


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
    content = given.get("content", {})
    spots = {name: f"{pointer}/content/{escape(key)}" for key, name in _by_type(content).items()}
    media = {
        name: f"{spot}/schema" if root.document.get(f"{spot}/schema") is not None else None
        for name, spot in spots.items()
    }
    for at in (*headers.values(), *media.values()):
        if at is not None:
            compile_schema(root.document, root.schemas, at)
    usual = concrete(preferred(media) or "application/json")
    return Response(status, media, headers, root.document.place(pointer), spots, usual)


def _header(root: Root, pointer: str) -> str:
    at, _ = root.document.follow(pointer)
    fit(root.document, at, "header")
    return at
