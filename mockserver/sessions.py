"""Isolated worlds: each session has its own records, jobs, clock and journal, forked from the base.

A world is made on first use of its name and forgotten when a thousand others were used since. Its
lock is held while a request is judged and carried out, so that two requests can't both pass a rule
that only one of them may.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockserver.clock import Clock
from mockserver.faults import Faults
from mockserver.fixtures import Fixtures
from mockserver.jobs import Jobs, Limit, MakeJobs, Pace
from mockserver.journal import Journal
from mockserver.problems import ProblemError
from mockserver.redaction import Redaction
from mockserver.store import Store, connect
from mockserver.tables import Table, tables
from spec import Contract, Json

HEADER = "X-Mock-Session"
MOST_SESSIONS = 1_000
CHUNK_S = 0.003
"""How long work on jobs may keep a request waiting, in seconds."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Premise:
    """All that a world is made from: documents, tables, first records, and how time goes."""

    contracts: Sequence[Contract]
    tables: Mapping[str, Mapping[str, Table]]
    fixtures: Mapping[str, Fixtures]
    jobs: Mapping[str, MakeJobs]
    clock: Clock
    pace: Pace
    seed: int
    redaction: Redaction

    @classmethod
    def of(
        cls,
        contracts: Sequence[Contract],
        fixtures: Mapping[str, Fixtures],
        jobs: Mapping[str, MakeJobs],
        *,
        clock: Clock,
        pace: Pace,
        seed: int,
        secrets: Iterable[str] = (),
    ) -> Premise:
        """Return what worlds of these documents are made from.

        `secrets` are shown to nobody, nor are the values of the documents' credentials.
        """
        named = {one.name: tables(one) for one in contracts}
        own = [secret for one in fixtures.values() for secret in one.secrets]
        redaction = Redaction.of([*own, *secrets], contracts)
        return cls(contracts, named, fixtures, jobs, clock, pace, seed, redaction)


class World:
    """One session's state: a store for each document in one database, jobs, clock and journal.

    `pending` is whether some job may have work to do.
    """

    def __init__(self, premise: Premise, name: str, clock: Clock, pace: Pace) -> None:
        """Make a world without tables; use `fresh` or `fork`."""
        self.name = name
        self.lock = threading.RLock()
        self.journal = Journal(premise.redaction)
        self.faults = Faults()
        self.clock = clock
        self.pace = pace
        self.pending = False
        self._premise = premise
        self._connection = connect()
        self._requests = 0
        self.stores: dict[str, Store] = {}
        self.jobs: dict[str, Jobs] = {}
        for one in premise.contracts:
            store = Store(
                one.name,
                premise.tables[one.name],
                premise.fixtures[one.name].principals,
                self._connection,
                now=clock.now,
                seed=premise.seed,
            )
            self.stores[one.name] = store
            make = premise.jobs[one.name]
            self.jobs[one.name] = make(one, store, self._connection, clock)

    @classmethod
    def fresh(cls, premise: Premise, name: str) -> World:
        """Return a world with the fixtures' records in it."""
        world = cls(premise, name, premise.clock.copy(), premise.pace)
        for document, store in world.stores.items():
            store.create()
            world.jobs[document].create()
            with store.transaction():
                premise.fixtures[document].fill(store)
            store.changes = []
        return world

    def fork(self, name: str) -> World:
        """Return a new world with the same state, clock, pace and faults, and an empty journal."""
        with self.lock:
            world = World(self._premise, name, self.clock.copy(), self.pace)
            world._connection.deserialize(self._connection.serialize())
            world.pending = self.pending
            world.faults = self.faults.copy()
        return world

    # -- jobs -------------------------------------------------------------------------------------

    @property
    def going(self) -> bool:
        """Whether jobs go on by themselves, request or not."""
        return self.pending and self.pace.mode != "manual" and self.clock.frozen is None

    def catch_up(self) -> bool:
        """Do what is due of the jobs, and tell whether more is.

        On a clock that goes by itself others get their turn after a while.
        """
        if not self.pending or self.pace.mode == "manual":
            return False
        seconds = None if self.clock.exact else CHUNK_S
        return self._work(self.pace, Limit(seconds=seconds))

    def work_off(self, items: int) -> None:
        """Do so many items of the jobs, the oldest job first, whatever the pace."""
        self._work(Pace("immediate"), Limit(items=items))

    def _work(self, pace: Pace, limit: Limit) -> bool:
        more = sum(jobs.work(pace, limit) for jobs in self.jobs.values())
        self.pending = any(jobs.running for jobs in self.jobs.values())
        return more > 0

    def set_pace(self, pace: Pace) -> None:
        """Let jobs go on in another way from now on."""
        self.catch_up()
        self.pace = pace
        self._anchor()
        self._settle()

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change the clock and do at once what is due by then."""
        self.catch_up()
        before = self.clock.now()
        change(self.clock)
        if self.clock.now() < before:
            self._anchor()
        self._settle()

    def _anchor(self) -> None:
        for jobs in self.jobs.values():
            jobs.anchor()

    def _settle(self) -> None:
        if self.pending and self.pace.mode != "manual":
            self._work(self.pace, Limit())

    def told_jobs(self) -> list[dict[str, Json]]:
        """Return the running and the latest jobs of all documents."""
        return [one for jobs in self.jobs.values() for one in jobs.told()]

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
