"""What happens in a session, and to the files of the mock, as it happens: server-sent events.

A stream holds a thread of the server, so there are few of them, and each ends after a while; a
browser's EventSource comes back by itself and says which event it saw last. Who does not ask for a
stream gets the events that there are, and no more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from mockserver.admin.calls import session
from mockserver.journal import Journal
from mockserver.problems import ProblemError
from mockserver.worlds import World
from spec import Json, encode

if TYPE_CHECKING:
    from mockserver.app import Mock

MOST_STREAMS = 16
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_LASTS_S = 300.0
_MOST_AT_ONCE = 100
_LOOK_S = 0.1
_BEAT_S = 5.0
"""How long a stream is silent before it says something, to notice that nobody listens any more."""


def add(api: Blueprint, app: Mock) -> None:
    """Add the stream of events."""
    open_ = threading.BoundedSemaphore(MOST_STREAMS)

    @api.get("/events")
    def events() -> Response:
        name = session() or request.args.get("session")  # an EventSource sets no header
        world = app.sessions.world(name)
        last = request.headers.get("Last-Event-ID") or request.args.get("since")
        seen = world.journal.noted if last is None else _number(last)
        if "text/event-stream" not in request.headers.get("Accept", ""):
            events, _ = _since(world, seen)
            return Response(b"".join(events), headers=_HEADERS, content_type="text/event-stream")
        if not open_.acquire(blocking=False):
            raise ProblemError(
                503,
                "Too many streams",
                f"{MOST_STREAMS} streams of events are open.",
                headers={"Retry-After": "5"},
            )
        stream = _Stream(_told(app, name, world.journal, seen), open_)
        return Response(stream, headers=_HEADERS, content_type="text/event-stream")


class _Stream:
    """A stream of events, whose place is free again once it is closed."""

    def __init__(self, told: Iterator[bytes], place: threading.Semaphore) -> None:
        self._told = told
        self._place: threading.Semaphore | None = place

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> bytes:
        return next(self._told)

    def close(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            place.release()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ProblemError(400, "Bad event id", f"{text[:80]!r} is no number of an event")
    return int(text[:15])


def _told(app: Mock, name: str | None, journal: Journal, seen: int) -> Iterator[bytes]:
    """Yield the events after the first `seen` ones of a session, for as long as a stream lasts.

    What the last edit of a file came to is told first, and whenever it is otherwise.
    """
    yield b"retry: 1000\n\n"
    ends = time.monotonic() + _LASTS_S
    beat = time.monotonic()
    edit: Json = None
    while time.monotonic() < ends:
        world = app.sessions.seen(name)  # once it is forgotten, its next use begins it anew
        if world is not None and world.journal is not journal:
            journal, seen = world.journal, 0
        events, seen = _since(world, seen) if world is not None else ([], seen)
        now = app.reload.told if app.reload else None
        if now != edit:
            edit = now
            events.append(b"event: reload\ndata: %s\n\n" % encode(edit))
        if events:
            yield b"".join(events)
        elif time.monotonic() - beat > _BEAT_S:
            yield b": nothing new\n\n"
        else:
            time.sleep(_LOOK_S)
            continue
        beat = time.monotonic()


def _since(world: World, seen: int) -> tuple[list[bytes], int]:
    """Return the next events after the first `seen` ones, and the number of the last of them."""
    journal = world.journal
    if journal.noted == seen:
        return [], seen
    with world.lock:
        found = journal.since(0 if journal.noted < seen else seen, _MOST_AT_ONCE)
        last = found[-1][0] if found else journal.noted
    return [_event(number, journal.shown(one)) for number, one in found], last


def _event(number: int, data: Json) -> bytes:
    return b"id: %d\nevent: request\ndata: %s\n\n" % (number, encode(data))
