"""Isolated worlds: each session has its own records, counters and journal, forked from the base.

A world is made on first use of its name and forgotten when a thousand others were used since. Its
lock is held while a request is judged and carried out, so that two requests can't both pass a rule
that only one of them may.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mockserver.fixtures import Fixtures
from mockserver.journal import Journal
from mockserver.problems import ProblemError
from mockserver.store import Store, Table, connect, tables
from spec import Contract

HEADER = "X-Mock-Session"
MOST_SESSIONS = 1_000
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Premise:
    """All that a world is made from: the documents, their tables and their first records."""

    contracts: Sequence[Contract]
    tables: Mapping[str, Mapping[str, Table]]
    fixtures: Mapping[str, Fixtures]

    @classmethod
    def of(cls, contracts: Sequence[Contract], fixtures: Mapping[str, Fixtures]) -> Premise:
        """Return what worlds of these documents are made from."""
        return cls(contracts, {one.name: tables(one) for one in contracts}, fixtures)

    @property
    def secrets(self) -> list[str]:
        """The value of every credential."""
        return [secret for one in self.fixtures.values() for secret in one.secrets]


class World:
    """One session's state: a store for each document in one database, and a journal."""

    def __init__(self, premise: Premise, name: str) -> None:
        """Make a world without tables; use `fresh` or `fork`."""
        self.name = name
        self.lock = threading.RLock()
        self.journal = Journal(premise.secrets)
        self._premise = premise
        self._connection = connect()
        self._requests = 0
        self.stores = {
            one.name: Store(
                premise.tables[one.name], premise.fixtures[one.name].principals, self._connection
            )
            for one in premise.contracts
        }

    @classmethod
    def fresh(cls, premise: Premise, name: str) -> World:
        """Return a world with the fixtures' records in it."""
        world = cls(premise, name)
        for document, store in world.stores.items():
            store.create()
            with store.transaction():
                premise.fixtures[document].fill(store)
            store.changes = []
        return world

    def fork(self, name: str) -> World:
        """Return a new world with the same records and counters, and an empty journal."""
        world = World(self._premise, name)
        with self.lock:
            world._connection.deserialize(self._connection.serialize())
        return world

    def request_id(self) -> str:
        """Return the id of the next request, the same in every run of the same requests."""
        self._requests += 1
        return f"{self.name or 'base'}.{self._requests}"


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
