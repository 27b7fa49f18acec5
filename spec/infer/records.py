"""Where records stand in bodies, and whether two schemas describe the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from spec.document import Document, Json, escape
from spec.infer.findings import Shown
from spec.shapes import alternatives, items, kinds, properties, says

_ENOUGH = 0.5
"""How much of their properties two descriptions of one record have in common."""


def objects(document: Document, schema: str) -> list[Shown]:
    """Return where a body may show one record: the whole of it, or a property of it."""
    found = [Shown("", schema)] if _is_object(document, schema) else []
    for name, at in properties(document, schema).items():
        if _is_object(document, at):
            found.append(Shown(f"/{escape(name)}", at))
    return found


def lists(document: Document, schema: str) -> list[Shown]:
    """Return where a body may show a list of records: itself, or a property down to the second."""
    return [*_lists(document, schema, "", 2)]


def _lists(document: Document, schema: str, spot: str, depth: int) -> Iterator[Shown]:
    if "array" in kinds(document, schema):
        inner = items(document, schema)
        if inner is not None and _is_object(document, inner):
            yield Shown(spot, inner, many=True)
    elif depth:
        for name, at in properties(document, schema).items():
            yield from _lists(document, at, f"{spot}/{escape(name)}", depth - 1)


def fields(document: Document, body: str, record: str) -> Shown | None:
    """Return where a request's body carries the fields of a record, None where nobody can tell."""
    own = {*properties(document, record)}
    found = [one for one in objects(document, body) if own & {*properties(document, one.schema)}]
    if found and (found[0].spot == "" or len(found) == 1):
        return found[0]
    return None


def _is_object(document: Document, schema: str) -> bool:
    found = kinds(document, schema)
    return "object" in found or (not found and bool(properties(document, schema)))


def akin(document: Document, one: str, other: str) -> bool:
    """Tell whether two schemas describe records of one kind: what they have in common is enough."""
    if document.follow(one)[0] == document.follow(other)[0]:
        return True
    left, right = {*properties(document, one)}, {*properties(document, other)}
    if not left or not right:
        return False
    common = left & right
    return common in (left, right) or len(common) >= _ENOUGH * len(left | right)


def same_scalar(document: Document, sent: str, shown: str) -> bool:
    """Tell whether a property is a plain value that can be shown as it was sent."""
    left, right = core(document, sent), core(document, shown)
    found = kinds(document, left) - {"null"}
    if "null" in kinds(document, sent) and "null" not in kinds(document, shown):
        return False
    if len(found) != 1 or found != kinds(document, right) - {"null"} or found & _COMPOSED:
        return False
    if says(document, left, "format") != says(document, right, "format"):
        return False
    members, known = _members(document, left), _members(document, right)
    return bool(members) is bool(known) and members <= known


_COMPOSED = {"object", "array"}


def core(document: Document, pointer: str) -> str:
    """Return the schema of a property, null aside: of one alternative and null, that one."""
    plain = [one for one in alternatives(document, pointer) if kinds(document, one) != {"null"}]
    return plain[0] if len(plain) == 1 else pointer


def _members(document: Document, pointer: str) -> set[str]:
    found: Json = says(document, pointer, "enum")
    return {repr(one) for one in found if one is not None} if isinstance(found, list) else set()
