"""Where a document speaks of a value in an answer."""

from __future__ import annotations

from spec import Contract, Document, Operation, Place
from spec.document import escape, tokens


def place_of(
    contract: Contract, operation: Operation, status: int, media: str, pointer: str
) -> Place:
    """Return the spot of the schema of what stands at `pointer` in a body, as near as there is."""
    response = operation.response(status)
    if response is None:
        return operation.place
    schema = response.media.get(media)
    if schema is None:
        return response.place
    for token in tokens(pointer) if pointer else ():
        inner = _below(contract.document, schema, token, depth=0)
        if inner is None:
            break
        schema = inner
    return contract.document.place(schema)


def _below(document: Document, pointer: str, token: str, *, depth: int) -> str | None:
    """Return where the schema of a member or an item stands, None where none is told."""
    real, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > 8:
        return None
    if token in (schema.get("properties") or {}):
        return f"{real}/properties/{escape(token)}"
    if token.isdecimal() and isinstance(schema.get("items"), dict):
        return f"{real}/items"
    for word in ("allOf", "anyOf", "oneOf"):
        for number in range(len(schema.get(word) or ())):
            found = _below(document, f"{real}/{word}/{number}", token, depth=depth + 1)
            if found is not None:
                return found
    return None
