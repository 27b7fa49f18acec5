"""The bodies of an operation, as its document describes them."""

from __future__ import annotations

from spec.document import Document, escape
from spec.media import FORMS, is_json, media_type
from spec.places import mapping


def sent(document: Document, operation: str) -> str | None:
    """Return the pointer of the schema of an operation's request body, JSON or else a form."""
    at, body = document.follow(f"{operation}/requestBody")
    return _described(document, at, forms=True) if isinstance(body, dict) else None


def success(document: Document, operation: str) -> tuple[int, str] | None:
    """Return the least documented 2xx status, and where that answer is described."""
    responses = mapping(document.get(f"{operation}/responses"))
    statuses = sorted(int(one) for one in responses if one.isdecimal() and one.startswith("2"))
    if not statuses:
        return None
    return statuses[0], document.follow(f"{operation}/responses/{statuses[0]}")[0]


def answered(document: Document, response: str) -> str | None:
    """Return the pointer of the schema of an answer's JSON body, None where it has none."""
    return _described(document, response, forms=False)


def _described(document: Document, owner: str, *, forms: bool) -> str | None:
    names = [*mapping(document.get(f"{owner}/content"))]
    fitting = [one for one in names if is_json(media_type(one)) or media_type(one) in {"*/*"}]
    fitting += [one for one in names if forms and media_type(one) in FORMS]
    for name in fitting:
        pointer = f"{owner}/content/{escape(name)}/schema"
        if isinstance(document.get(pointer), dict):
            return pointer
    return None


def has_body(document: Document, response: str) -> bool:
    """Tell whether an answer has any content."""
    return bool(document.get(f"{response}/content"))
