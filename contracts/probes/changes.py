"""The small changes to a draft that witnesses are made of.

Each takes the draft last: `partial(put, path, value)` is the change of a witness.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.reach.drafts import Draft, Drafts
from contracts.reach.links import linked
from contracts.steps import Template
from spec import Json, encode


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
        if draft.effect is not None and path == draft.effect.key:
            draft.key = value
        else:
            draft.home[path[-1]] = value
    else:
        draft.item[path[-1]] = value


def take_form(form: dict[str, Json], draft: Draft) -> None:
    """Send a body in another of its forms, what it names being known."""
    draft.item = linked(draft, {**form, **_kept(draft, form)})


def _kept(draft: Draft, form: dict[str, Json]) -> dict[str, Template]:
    names = draft.contract.resources[draft.effect.kind].unique if draft.effect else ()
    return {name: draft.item[name] for name in names if name in form and name in draft.item}


def remove(name: str, draft: Draft) -> None:
    """Send no value of that name."""
    draft.query.pop(name, None)
    draft.item.pop(name, None)


def put_body(body: Json, draft: Draft) -> None:
    """Send a body that takes the place of the whole one."""
    draft.whole_body, draft.body = True, body


def unwrap_body(draft: Draft) -> None:
    """Send the first item of a body that is a list in the place of the list."""
    if isinstance(draft.body, list) and draft.body:
        put_body(draft.body[0], draft)


def put_own_key(name: str, draft: Draft) -> None:
    """Send a body that holds nothing but the addressed record's key."""
    draft.whole_body, draft.body = True, {name: draft.key}


def put_bytes(raw: bytes, media_type: str | None, draft: Draft) -> None:
    """Send bytes for a body, under that Content-Type."""
    draft.raw, draft.content_type = raw, media_type


def spoil(change: Callable[[bytes], bytes], draft: Draft) -> None:
    """Send the body that the draft has, changed as bytes."""
    draft.raw = change(encode(draft.walk.value(draft.step().body)))


def relabel(media_type: str | None, draft: Draft) -> None:
    """Send the body that the draft has under another Content-Type, or under none."""
    draft.content_type = media_type


def put_row_before(drafts: Drafts, draft: Draft) -> None:
    """Send a valid row before the one that the draft is about."""
    draft.before = [drafts.item(draft.walk, draft.operation)]
