"""The base world and the named ones: made on first use of a name, bounded in number.

A world is forgotten when a thousand others were used since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from mockserver.database import Database
from mockserver.problems import ProblemError, unknown
from mockserver.worlds.moving import Immovable, moved
from mockserver.worlds.naming import check
from mockserver.worlds.premise import Premise
from mockserver.worlds.saved import Saved, schema_of
from mockserver.worlds.snapshots import Snapshot
from mockserver.worlds.world import World
from spec import ConfigurationError

MOST_SESSIONS = 1_000


class Sessions:
    """The base world and the named ones, in memory and, with a state file, on disk."""

    def __init__(self, premise: Premise, state: Path | None = None) -> None:
        """Start with a base world that has the first records in it, or with what a file holds.

        Raises: ConfigurationError: the file can't be used.
        """
        self._premise = premise
        self._lock = threading.Lock()
        self._named: OrderedDict[str, World] = OrderedDict()
        self.base = World.fresh(premise, "")
        self._pristine = self.base.image()
        self._saved = None if state is None else Saved(state, schema_of(self.base.database))
        if self._saved is not None:
            self._go_on(self._saved)

    def _go_on(self, saved: Saved) -> None:
        """Go on with the worlds of a state file."""
        for one in saved.worlds():
            world = World.of(self._premise, one.name, one.database, one.course)
            world.requests, world.kept, world.saved = one.requests, one.number, saved
            for snapshot in one.snapshots:
                world.snapshots.keep(snapshot)
            if one.name:
                self._named[one.name] = world
            else:
                self.base = world
        if self.base.kept is None:
            self._keep(self.base)

    def close(self) -> None:
        """Let others use the state file, if there is one."""
        if self._saved is not None:
            self._saved.close()

    def move(self, other: Sessions) -> None:
        """Go on, with all worlds and their snapshots, where fresh `other` ones begin.

        Raises: ConfigurationError: some records do not fit the edited documents; nothing was done.
        """
        with self._lock, ExitStack() as locks:
            worlds = [self.base, *self._named.values()]
            for world in worlds:
                locks.enter_context(world.lock)
            images = [_moved_images(world, other._premise) for world in worlds]
            changed = _moved(worlds, other._premise)
            old, self._premise = self._premise.fixtures, other._premise
            self._pristine = other._pristine
            for world, snapshots in zip(worlds, images, strict=True):
                world.move(self._premise, tables=changed)
                for snapshot in snapshots:
                    world.snapshots.keep(snapshot)
            if changed and self._saved is not None:
                self._saved.move(schema_of(self.base.database), worlds)
            for world in worlds:
                world.renew(old)

    def _keep(self, world: World, before: World | None = None) -> None:
        if self._saved is not None:
            self._saved.keep(world, before)
            world.saved = self._saved

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
            world = self._named.get(name)
            if world is None:
                world = self.base.fork(name)
                self._admit(world)
            else:
                self._named.move_to_end(name)
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

    def seen(self, name: str | None) -> World | None:
        """Return the world of a name, None where there is none: to look is not to use."""
        with self._lock:
            return self.base if name is None else self._named.get(name)

    def _admit(self, world: World) -> None:
        """Let a new world be the one that was used last; where there are too many, one leaves."""
        self._keep(world)
        self._named[world.name] = world
        if len(self._named) > MOST_SESSIONS:
            self._drop([self._named.popitem(last=False)[1]])

    def _drop(self, worlds: Sequence[World]) -> None:
        if self._saved is not None:
            self._saved.forget(worlds)

    def reset(self, name: str | None) -> None:
        """Let a session start anew: the base from the fixtures, a named one from the base.

        Its snapshots are kept.

        Raises: ProblemError: the name is not one that a session can have.
        """
        if name is not None:
            check(name)
        with self._lock:
            old = self.base if name is None else self._named.get(name)
            if old is None:
                return
            if name is None:
                new = World.copy_of(self._premise, "", self._pristine)
            else:
                new = self.base.fork(name)
            new.snapshots = old.snapshots
            self._keep(new, old)
            if name is None:
                self.base = new
            else:
                self._named[name] = new

    def forget(self, name: str | None) -> None:
        """Forget a session, or all of them; the base stays as it is."""
        with self._lock:
            names = [*self._named] if name is None else [name]
            self._drop([self._named.pop(one) for one in names if one in self._named])


def _moved(worlds: Sequence[World], premise: Premise) -> bool:
    """Give all worlds the tables of a premise, or none; tell whether they had others."""
    open_: list[World] = []
    try:
        for world in worlds:
            if moved(world.database, premise.tables):
                open_.append(world)
    except Immovable as error:
        for one in open_:
            one.database.execute("ROLLBACK")
        raise _unfit(world, error) from None
    for one in open_:
        one.database.execute("COMMIT")
    return bool(open_)


def _moved_images(world: World, premise: Premise) -> list[Snapshot]:
    """Return the snapshots of a world that need other tables, with them."""
    found = []
    for snapshot in world.snapshots:
        database = Database.of(snapshot.image)
        try:
            if moved(database, premise.tables):
                database.execute("COMMIT")
                found.append(replace(snapshot, image=database.image()))
        except Immovable as error:
            raise _unfit(world, error) from None
    return found


def _unfit(world: World, error: Immovable) -> ConfigurationError:
    return ConfigurationError(
        f"the session {world.name or 'base'!r}",
        f"its records do not go into the edited document: {error}",
        advice="Reset it with POST /__admin/reset, or take the edit back.",
    )
