"""Magic values: `mock-error:NAME` anywhere in a request provokes a declared error.

For clients that can set no header: the value may be a string in the body, a query parameter or a
segment of the path. It need not fit the document, since it never gets any further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from spec import Call, Json, RawRequest
from spec.places import escape
from spec.wire import parse, query_pairs

_MARK = "mock-error"
_BYTES = _MARK.encode()
_VALUE = re.compile(r"mock-error:([A-Za-z0-9_.:-]{1,200})", re.ASCII)


def is_magical(raw: RawRequest) -> bool:
    """Tell whether a request may hold a magic value."""
    return _BYTES in raw.body or _MARK in raw.query or _MARK in raw.path


def magical(raw: RawRequest, call: Call) -> tuple[Call, tuple[str, ...]]:
    """Return a call without its magic values' misfits, and the errors that they name."""
    found = spots(raw, call)
    if not found:
        return call, ()
    misfits = tuple(one for one in call.violations if (one.location, one.pointer) not in found)
    return replace(call, violations=misfits), tuple(dict.fromkeys(found.values()))


def spots(raw: RawRequest, call: Call) -> dict[tuple[str, str], str]:
    """Return where magic values stand, by location and pointer, and the errors that they name."""
    if not is_magical(raw):
        return {}
    return {spot: name for spot, text in _texts(raw, call) if (name := _named(text))}


def _named(text: str) -> str | None:
    match = _VALUE.fullmatch(text)
    return match[1] if match else None


def _texts(raw: RawRequest, call: Call) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield every text in a request with the place where a violation of it would be noted."""
    for name, value in call.path.items():
        yield ("path", f"/{name}"), str(value)
    for name, value in query_pairs(raw.query):
        yield ("query", f"/{name}"), value
    if _BYTES in raw.body:
        yield from _in_body(parse(raw.body)[0], "")


def _in_body(value: Json, pointer: str, depth: int = 0) -> Iterator[tuple[tuple[str, str], str]]:
    if isinstance(value, str):
        yield ("body", pointer), value
    if depth > 50:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _in_body(inner, f"{pointer}/{escape(name)}", depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _in_body(inner, f"{pointer}/{number}", depth + 1)
