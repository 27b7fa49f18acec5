"""Answers that fit a document, made up: whole ones, in which no field is missing."""

from __future__ import annotations

from collections.abc import Iterator

from spec import ABSENT, Absent, Contract, Document, Json, Operation, regions
from spec.contract import Response
from spec.document import escape

_DEEPEST = 12
_CHOICES = 3


def success(operation: Operation) -> int:
    """Return the status of an operation's successful answers."""
    if operation.effect is not None:
        return operation.effect.status
    exact = sorted(int(one) for one in operation.responses if one[:1] == "2" and one.isdigit())
    return exact[0] if exact else 200


def samples(contract: Contract, response: Response) -> Iterator[Json]:
    """Yield bodies that an answer may have, the documented examples first."""
    pointer = next((one for one in response.media.values() if one), None)
    if pointer is None:
        return
    fits = contract.schemas.validator(pointer).is_valid
    yield from (one for one in _candidates(contract, pointer) if one is not ABSENT and fits(one))


def _candidates(contract: Contract, pointer: str) -> Iterator[Json | Absent]:
    document = contract.document
    around = pointer.removesuffix("/schema")
    named = document.get(f"{around}/examples") or {}
    yield from (one["value"] for one in named.values() if isinstance(one, dict) and "value" in one)
    yield document.get(f"{around}/example", ABSENT)
    yield from (whole(document, pointer, choice) for choice in range(_CHOICES))
    yield regions.example(regions.standalone(document, document.get(pointer)))


def whole(document: Document, pointer: str, choice: int = 0, depth: int = 0) -> Json:
    """Return a value in which nothing that a schema declares is missing or null.

    Where several forms are allowed it has the one numbered `choice`, or the last. It may not fit.
    """
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    for word in ("anyOf", "oneOf"):
        if word in schema:
            ways = [n for n, one in enumerate(schema[word]) if one != {"type": "null"}]
            chosen = ways[min(choice, len(ways) - 1)] if ways else 0
            return whole(document, f"{at}/{word}/{chosen}", choice, depth + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    if "properties" in schema or "allOf" in schema:
        return _object(document, at, schema, choice, depth)
    if "items" in schema:
        one = whole(document, f"{at}/items", choice, depth + 1)
        return [one] * max(1, schema.get("minItems", 1))
    found = regions.example(regions.standalone(document, _without_null(schema)))
    return {} if found is ABSENT else found


def _object(document: Document, at: str, schema: Json, choice: int, depth: int) -> Json:
    found: dict[str, Json] = {}
    for number in range(len(schema.get("allOf", ()))):
        part = whole(document, f"{at}/allOf/{number}", choice, depth + 1)
        found.update(part if isinstance(part, dict) else {})
    for name in schema.get("properties", {}):
        inner = f"{at}/properties/{escape(name)}"
        found[name] = whole(document, inner, choice, depth + 1)
    return found


def _without_null(schema: Json) -> Json:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {**schema, "type": [one for one in kinds if one != "null"]}
    return schema
