"""Probes of the shape of requests: what cannot be read, what does not fit, what only just fits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.drafts import Drafts
from contracts.probes import bodies, changes, queries
from contracts.probes.single import refusal
from contracts.probes.witness import Change, Rank, Witness
from contracts.scenarios import Scenario
from spec import Json, Operation
from spec.contract import Stage

_JSON = "application/json"
_UNREADABLE: tuple[tuple[str, bytes, str | None], ...] = (
    ("not JSON", b"{not json", _JSON),
    ("no body", b"", _JSON),
    ("cut JSON", b'{"a": ', _JSON),
    ("invalid UTF-8", b'{"a": "\xff\xfe"}', _JSON),
    ("text/plain", b"{}", "text/plain"),
    ("no Content-Type", b"{}", None),
)
_NO_OBJECTS: tuple[Json, ...] = ([], "text", 7, None)


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of one operation's body and query, as far as the stage covers them."""
    if "body" in stage.covers and operation.body is not None:
        yield from bodies.scenarios(drafts, operation, stage)
        for witness in _other_bodies():
            yield refusal(drafts, operation, stage, witness)
    if "query" in stage.covers:
        yield from queries.scenarios(drafts, operation, stage)


def misshapen(operation: Operation, stage: Stage) -> Iterator[Witness]:
    """Yield a few ways to break the shape: what cannot be read, and what is read and does not fit.

    They are made last, so that they can be put on top of a call that breaks something else.
    """
    if operation.body is not None and "body" in stage.covers:
        yield _witness("a body of another type", partial(changes.put_body, []))
        yield _witness("a body that is not JSON", partial(changes.put_bytes, b"{not json", _JSON))
        yield _witness(
            "a body of another media type", partial(changes.put_bytes, b"{}", "text/plain")
        )
    for parameter in operation.parameters:
        if parameter.location == "query" and "query" in stage.covers:
            path = ("request", "query", parameter.name)
            yield _witness(f"an empty {parameter.name}", partial(changes.put, path, ""))


def _other_bodies() -> Iterator[Witness]:
    for label, raw, media_type in _UNREADABLE:
        yield _witness(label, partial(changes.put_bytes, raw, media_type))
    for value in _NO_OBJECTS:
        yield _witness(f"body {value!r}", partial(changes.put_body, value))


def _witness(label: str, change: Change) -> Witness:
    return Witness(label, change, Rank.WIRE)
