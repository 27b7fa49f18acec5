"""The base world and the named ones: made on first use of a name, bounded in number.

A world is forgotten when a thousand others were used since.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable

from mockserver.problems import ProblemError
from mockserver.worlds.world import World

HEADER = "X-Mock-Session"
MOST_SESSIONS = 1_000

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Sessions:
    """The base world and the named ones."""

    def __init__(self, make: Callable[[], World]) -> None:
        """Start with the base world that `make` returns."""
        self._make = make
        self._lock = threading.Lock()
        self._named: OrderedDict[str, World] = OrderedDict()
        self.base = make()

    def __len__(self) -> int:
        return len(self._named)

    def worlds(self) -> list[World]:
        """Return every world that there is."""
        with self._lock:
            return [self.base, *self._named.values()]

    def world(self, name: str | None) -> World:
        """Return the world of a name, forked from the base when it is new; None means the base.

        Raises: ProblemError: the name is not one that a session can have.
        """
        if name is None:
            return self.base
        _check(name)
        with self._lock:
            world = self._named.pop(name, None) or self.base.fork(name)
            self._named[name] = world
            if len(self._named) > MOST_SESSIONS:
                self._named.popitem(last=False)
            return world

    def reset(self, name: str | None) -> None:
        """Let a session start anew: the base from the fixtures, a named one from the base."""
        if name is None:
            self.base = self._make()
            return
        _check(name)
        with self._lock:
            self._named.pop(name, None)


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ProblemError(
            400,
            "Bad session name",
            f"{HEADER} is {name[:80]!r}; a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -",
        )
