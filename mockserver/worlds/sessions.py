"""The base world and the named ones: made on first use of a name, bounded in number.

A world is forgotten when a thousand others were used since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from mockserver.problems import ProblemError, unknown
from mockserver.worlds.naming import check
from mockserver.worlds.premise import Premise
from mockserver.worlds.world import World

MOST_SESSIONS = 1_000


class Sessions:
    """The base world and the named ones."""

    def __init__(self, premise: Premise) -> None:
        """Start with a base world that has the first records in it."""
        self._premise = premise
        self._lock = threading.Lock()
        self._named: OrderedDict[str, World] = OrderedDict()
        self.base = World.fresh(premise, "")
        self._pristine = self.base.image()

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
        check(name)
        with self._lock:
            world = self._named.pop(name, None) or self.base.fork(name)
            self._admit(world)
            return world

    def add(self, name: str, origin: str | None) -> World:
        """Return a new world, forked from another one.

        Raises: ProblemError: the name is no name or taken, or there is no such other.
        """
        check(name)
        other = self.base if origin is None else self.known(origin)
        with self._lock:
            if name in self._named:
                raise ProblemError(
                    409, "Session exists", f"There is a session {name!r}; reset or delete it."
                )
            world = other.fork(name)
            self._admit(world)
            return world

    def known(self, name: str) -> World:
        """Return the world of a name, made by somebody before.

        Raises: ProblemError: there is none.
        """
        with self._lock:
            if name not in self._named:
                raise unknown("session", name, [*self._named])
            return self._named[name]

    def _admit(self, world: World) -> None:
        """Let a world be the one that was used last; the one that was not for longest leaves."""
        self._named[world.name] = world
        if len(self._named) > MOST_SESSIONS:
            self._named.popitem(last=False)

    def reset(self, name: str | None) -> None:
        """Let a session start anew: the base from the fixtures, a named one from the base.

        Its snapshots are kept.

        Raises: ProblemError: the name is not one that a session can have.
        """
        if name is not None:
            check(name)
        with self._lock:
            if name is None:
                old, new = self.base, World.of(self._premise, "", self._pristine)
                self.base = new
            elif name in self._named:
                old, new = self._named[name], self.base.fork(name)
                self._named[name] = new
            else:
                return
            new.snapshots = old.snapshots

    def forget(self, name: str | None) -> None:
        """Forget a session, or all of them; the base stays as it is."""
        with self._lock:
            for one in [*self._named] if name is None else [name]:
                self._named.pop(one, None)
