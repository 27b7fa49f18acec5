"""The small changes to a draft that witnesses are made of.

Each takes the draft last: `partial(put, path, value)` is the change of a witness.
"""

from __future__ import annotations

from contracts.drafts import Draft, Drafts
from contracts.steps import Template
from spec import Json


def nothing(draft: Draft) -> None:
    """Leave the draft as it is."""


def address(key: Template, draft: Draft) -> None:
    """Address the record of a key."""
    draft.key = key


def want(name: str, value: Json, draft: Draft) -> None:
    """Let the addressed record be made with a value in a field."""
    draft.wanted[name] = value


def put(path: tuple[str, ...], value: Template, draft: Draft) -> None:
    """Send a value in the place that a condition's path names."""
    if path[:2] == ("request", "query"):
        draft.query[path[-1]] = value
    elif path[:2] == ("request", "path"):
        draft.key = value
    else:
        draft.item[path[-1]] = value


def remove(name: str, draft: Draft) -> None:
    """Send no value of that name."""
    draft.query.pop(name, None)
    draft.item.pop(name, None)


def put_body(body: Json, draft: Draft) -> None:
    """Send a body that takes the place of the whole one."""
    draft.whole_body, draft.body = True, body


def put_bytes(raw: bytes, media_type: str | None, draft: Draft) -> None:
    """Send bytes for a body, under that Content-Type."""
    draft.raw, draft.content_type = raw, media_type


def put_row_before(drafts: Drafts, draft: Draft) -> None:
    """Send a valid row before the one that the draft is about."""
    draft.before = [drafts.item(draft.walk, draft.operation)]
