"""How an answer leaves when its connection is to go wrong: late, in drops, cut short or not at all.

Under granian all of this is real (see `sockets` for the reset). Another WSGI server is asked in the
one way that WSGI has, an answer shorter than it says, and has its own ways with that; in process a
connection that is reset is a `ConnectionResetError`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mockserver.faults import sockets

_MOST_ASLEEP = 200
"""How many answers may be held back at a time; each has a thread, and the server has so many."""

_WRITTEN_MS = 50.0
"""How long it takes until a piece of a body was surely written."""

_asleep = threading.BoundedSemaphore(_MOST_ASLEEP)


class Breaking(Enum):
    """How a connection breaks, in WireMock's words where it has them."""

    RESET = "CONNECTION_RESET_BY_PEER"
    EMPTY = "EMPTY_RESPONSE"
    TRUNCATED = "TRUNCATED_BODY"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Dribble:
    """A body that comes in so many pieces, spread evenly over a time in milliseconds."""

    chunks: int
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one answer leaves."""

    breaking: Breaking | None = None
    dribble: Dribble | None = None

    def send(
        self,
        environ: dict[str, Any],
        start_response: Any,
        status: str,
        headers: list[tuple[str, str]],
        body: bytes,
    ) -> Iterable[bytes]:
        """Send an answer as WSGI does, or break the connection."""
        bodiless = not body or environ["REQUEST_METHOD"] == "HEAD"
        breaking = self.breaking
        if breaking is Breaking.TRUNCATED and bodiless:
            breaking = Breaking.EMPTY
        if breaking is Breaking.RESET:
            return _reset(environ, start_response)
        if breaking is Breaking.EMPTY:
            return _emptied(environ, start_response)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        if bodiless:
            return [b""]
        # Not a list: its pieces would be joined, and the length corrected.
        dribble = self.dribble or Dribble(1, 0.0)
        if breaking is Breaking.TRUNCATED:
            return _cut(body, dribble)
        return _dribbled(body, dribble)


def pause(milliseconds: float) -> bool:
    """Hold a thread for a while, and tell whether it was: not when too many are held already."""
    if not _asleep.acquire(blocking=False):
        return False
    try:
        time.sleep(milliseconds / 1000)
    finally:
        _asleep.release()
    return True


def _dribbled(body: bytes, dribble: Dribble) -> Iterator[bytes]:
    size = max(1, -(-len(body) // dribble.chunks))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    for number, piece in enumerate(pieces):
        if number and dribble.duration_ms:
            pause(dribble.duration_ms / (len(pieces) - 1))
        yield piece


def _cut(body: bytes, dribble: Dribble) -> Iterator[bytes]:
    yield from _dribbled(body[: len(body) // 2], dribble)
    # hyper hangs up at once when a body ends too early, and forgets what it did not write yet.
    pause(_WRITTEN_MS)


def _emptied(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Let the connection end without a byte of an answer."""
    if not _is_granian(environ):
        raise ConnectionResetError("the mock was asked for an empty response")
    # hyper, the server below granian, writes no head that contradicts itself, and hangs up.
    start_response("200 OK", [("Content-Length", "1"), ("Content-Length", "2")])
    return iter([b"."])


def _reset(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if not _is_granian(environ):
        raise ConnectionResetError("the mock was asked for a connection that is reset")
    if not sockets.ABLE or environ["REQUEST_METHOD"] == "HEAD":
        return _emptied(environ, start_response)
    sockets.reset_the_next_that_ends(int(environ["SERVER_PORT"]))
    # The body ends at once, before it is complete: hyper drops the connection, and we reset it.
    start_response("200 OK", [("Content-Length", "1")])
    return iter(())


def _is_granian(environ: dict[str, Any]) -> bool:
    return environ.get("SERVER_SOFTWARE") == "Granian"
