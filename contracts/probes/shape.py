"""Probes of the shape of requests: what cannot be read, what does not fit, what only just fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from contracts.probes import bodies, changes, queries
from contracts.probes.single import refusal
from contracts.probes.witness import Change, Rank, Witness
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario
from spec import Json, Operation
from spec.contract import Stage

_JSON = "application/json"
_UNREADABLE: tuple[tuple[str, bytes], ...] = (
    ("not JSON", b"{not json"),
    ("no body", b""),
    ("cut JSON", b'{"a": '),
)
_SPOILT: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("a text after it", lambda body: body + b" x"),
    ("NaN in it", lambda body: _with_member(body, b"NaN")),
    ("invalid UTF-8 in it", lambda body: _with_member(body, b'"\xff\xfe"')),
)
_NO_KEYS = ("cfk", "0", "-1", "1.5", "ffffffff-ffff-4fff-bfff-00000000000g")
"""Texts in a path; of which of them a schema takes none, the judge says."""
_MOST_QUERIES = 6
_NO_OBJECTS: tuple[Json, ...] = ([], "text", 7, None)


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of one operation's body and query, as far as the stage covers them."""
    if "body" in stage.covers and operation.body is not None:
        yield from bodies.scenarios(drafts, operation, stage)
        for witness in _other_bodies():
            yield refusal(drafts, operation, stage, witness)
        if isinstance(drafts.values.instance(drafts.body_schema(operation)), list):
            alone = _witness("one item without the list around it", changes.unwrap_body)
            yield refusal(drafts, operation, stage, alone)
    if "query" in stage.covers:
        yield from queries.scenarios(drafts, operation, stage)
    if "path" in stage.covers:
        for parameter in operation.parameters:
            for text in _NO_KEYS if parameter.location == "path" else ():
                change = partial(changes.put, ("request", "path", parameter.name), text)
                yield refusal(
                    drafts, operation, stage, _witness(f"{parameter.name} {text}", change)
                )


def misshapen(operation: Operation, stage: Stage) -> Iterator[Witness]:
    """Yield a few ways to break the shape: what cannot be read, and what is read and does not fit.

    They are made last, so that they can be put on top of a call that breaks something else.
    """
    if operation.body is not None and "body" in stage.covers:
        yield from misshapen_bodies()
    if "query" in stage.covers:
        yield from _misshapen_queries(operation)


def misshapen_bodies() -> Iterator[Witness]:
    """Yield a body of another type, one that cannot be read, and one of another media type."""
    yield _witness("a body of another type", partial(changes.put_body, []))
    yield _witness("a body that is not JSON", partial(changes.put_bytes, b"{not json", _JSON))
    yield _witness("a body of another media type", partial(changes.put_bytes, b"{}", "text/plain"))


def _misshapen_queries(operation: Operation) -> Iterator[Witness]:
    queries = [one for one in operation.parameters if one.location == "query"]
    for parameter in queries[:_MOST_QUERIES]:
        path = ("request", "query", parameter.name)
        yield _witness(f"an empty {parameter.name}", partial(changes.put, path, ""))
    for parameter in [one for one in queries if one.type in {"integer", "number"}][:1]:
        path = ("request", "query", parameter.name)
        yield _witness(f"no number in {parameter.name}", partial(changes.put, path, "cfk"))


def _with_member(body: bytes, value: bytes) -> bytes:
    """Return an object or a list with one more value in it, which the schema does not name."""
    if body.startswith(b"{"):
        return b'{"cfk_unknown": ' + value + (b"," if len(body) > 2 else b"") + body[1:]
    return body[:-1] + (b"," if len(body) > 2 else b"") + value + b"]"


def _other_bodies() -> Iterator[Witness]:
    for label, raw in _UNREADABLE:
        yield _witness(label, partial(changes.put_bytes, raw, _JSON))
    for label, spoil in _SPOILT:
        yield _witness(f"a body with {label}", partial(changes.spoil, spoil))
    for media_type in ("text/plain", None):
        label = f"a good body as {media_type or 'nothing'}"
        yield _witness(label, partial(changes.relabel, media_type))
    for value in _NO_OBJECTS:
        yield _witness(f"body {value!r}", partial(changes.put_body, value))


def _witness(label: str, change: Change) -> Witness:
    return Witness(label, change, Rank.WIRE)
