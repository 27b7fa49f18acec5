"""One world: records, jobs, clock and journal that nobody else sees.

Its lock is held while a request is judged and carried out, so that two requests can't both pass a
rule that only one of them may.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from mockserver.clock import Clock
from mockserver.jobs import Jobs, Limit, Pace
from mockserver.journal import Journal
from mockserver.store import Store, connect
from mockserver.worlds.premise import Premise
from spec import Json

CHUNK_S = 0.003
"""How long work on jobs may keep a request waiting, in seconds."""


class World:
    """One session's state: a store for each document in one database, jobs, clock and journal.

    `pending` is whether some job may have work to do.
    """

    def __init__(self, premise: Premise, name: str, clock: Clock, pace: Pace) -> None:
        """Make a world without tables; use `fresh` or `fork`."""
        self.name = name
        self.lock = threading.RLock()
        self.journal = Journal(premise.secrets, premise.carriers)
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
        """Return a new world with the same state, clock and pace, and an empty journal."""
        with self.lock:
            world = World(self._premise, name, self.clock.copy(), self.pace)
            world._connection.deserialize(self._connection.serialize())
            world.pending = self.pending
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
