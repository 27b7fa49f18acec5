"""One world: records, jobs, clock, journal and history that nobody else sees.

Its lock is held while a request is judged and carried out, so that two requests can't both pass a
rule that only one of them may.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from mockserver.clock import Clock
from mockserver.database import Database, Write, apply
from mockserver.faults import Faults
from mockserver.fixtures import Fixtures
from mockserver.jobs import Jobs, Limit, Pace
from mockserver.journal import Journal
from mockserver.problems import ProblemError
from mockserver.store import Store
from mockserver.worlds.difference import Difference, differences, writes
from mockserver.worlds.history import Course, History, Step
from mockserver.worlds.moving import renew
from mockserver.worlds.premise import Premise
from mockserver.worlds.saved import Saved
from mockserver.worlds.snapshots import Snapshot, Snapshots
from spec import Json

CHUNK_S = 0.003
"""How long work on jobs may keep a request waiting, in seconds."""


class World:
    """A store for each document in one database, jobs, clock, journal, history and snapshots.

    `pending` is whether some job may have work to do, `requests` how many there were, `kept` the
    number of the world in the state file, if there is one.
    """

    def __init__(
        self, premise: Premise, name: str, clock: Clock, pace: Pace, database: Database
    ) -> None:
        """Look at a database that holds a world; use `fresh`, `of` or `fork`."""
        self.name = name
        self.lock = threading.RLock()
        self.journal = Journal(premise.redaction)
        self.faults = Faults()
        self.clock = clock
        self.pace = pace
        self.pending = False
        self.database = database
        self.history = History()
        self.snapshots = Snapshots()
        self.requests = 0
        self.saved: Saved | None = None
        self.kept: int | None = None
        self._image: bytes | None = None
        self._by: str | None = None
        self._before: Course | None = None
        self._travels = False
        self._look(premise)

    def _look(self, premise: Premise) -> None:
        """See the database with the eyes of a premise."""
        self._premise = premise
        self.stores: dict[str, Store] = {}
        self.jobs: dict[str, Jobs] = {}
        for one in premise.contracts:
            store = Store(
                one.name,
                premise.tables[one.name],
                premise.fixtures[one.name].principals,
                self.database,
                now=self.clock.now,
                seed=premise.seed,
            )
            self.stores[one.name] = store
            make = premise.jobs[one.name]
            self.jobs[one.name] = make(one, store, self.database, self.clock)

    @classmethod
    def fresh(cls, premise: Premise, name: str) -> World:
        """Return a world with the fixtures' records in it."""
        world = cls(premise, name, premise.clock.anew(), premise.pace, Database())
        for document, store in world.stores.items():
            store.create()
            world.jobs[document].create()
            with store.transaction():
                premise.fixtures[document].fill(store)
            store.changes = []
        world.database.watcher = world
        return world

    @classmethod
    def of(
        cls, premise: Premise, name: str, database: Database, course: Course | None = None
    ) -> World:
        """Return a world with what is in a database of its own.

        Without a course, its time goes as from the start.
        """
        world = cls(premise, name, premise.clock.anew(), premise.pace, database)
        if course is not None:
            world._take(course)
        database.watcher = world
        world.pending = world._unfinished()
        return world

    def fork(self, name: str) -> World:
        """Return a new world with the same state, clock, pace and faults, and nothing noted yet."""
        with self.lock:
            world = World.copy_of(self._premise, name, self.image(), self.course)
            world.faults = self.faults.copy()
        return world

    @classmethod
    def copy_of(
        cls, premise: Premise, name: str, image: bytes, course: Course | None = None
    ) -> World:
        """Return a world with what `image` found in another one; see `of`."""
        world = cls.of(premise, name, Database.of(image), course)
        world._image = image
        return world

    def image(self) -> bytes:
        """Return all that its database holds."""
        if self._image is None:
            self._image = self.database.image()
        return self._image

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
        self.pending = self._unfinished()
        return more > 0

    def _unfinished(self) -> bool:
        return any(jobs.running for jobs in self.jobs.values())

    def set_pace(self, pace: Pace) -> None:
        """Let jobs go on in another way from now on."""
        self.catch_up()
        self.pace = pace
        self._anchor()
        self._settle()

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change the clock and do at once what is due by then."""
        self.catch_up()
        before = self.clock.peek()
        change(self.clock)
        if self.clock.peek() < before:
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
        self.requests += 1
        return f"{self.name or 'base'}.{self.requests}"

    # -- what is done -----------------------------------------------------------------------------

    @property
    def course(self) -> Course:
        """How time and jobs go."""
        return Course(self.clock.setting, self.pace)

    def _take(self, course: Course) -> None:
        self.clock.restore(course.clock)
        self.pace = course.pace

    @contextmanager
    def step(self, by: str) -> Iterator[Step]:
        """Let all that is done inside be one step of the history."""
        step = Step(by, self.clock.peek(), self.course)
        self.history.open(step)
        try:
            yield step
        finally:
            self.history.close(self.course)
            self._keep_course(step.before)

    @contextmanager
    def transaction(self, by: str) -> Iterator[None]:
        """Keep all that is written to any store inside, or nothing when an exception leaves it."""
        self.database.begin(by)
        try:
            yield
            self.database.commit()
        except BaseException:
            self.database.roll_back()
            self._forget()
            raise

    def begun(self, by: str | None) -> None:
        """Get ready for a transaction of somebody, or of jobs."""
        if self.saved is not None and self.saved.is_long(self):
            self.saved.keep(self, self)
        self._by = by
        # No other clock moves before the transaction ends.
        self._before = self.course if self.clock.step else None

    def done(self, writes: Sequence[Write]) -> None:
        """Note what a transaction wrote."""
        self._image = None
        if self.saved is not None:
            self.saved.note(self, writes)
        if self._travels:
            return
        step = None
        if self._by is not None:
            step = Step(self._by, self.clock.peek(), self._before or self.course)
        self.history.note(writes, step)

    def _keep_course(self, before: Course) -> None:
        """See to it that a change of time's course is on disk, whether anything was written."""
        if self.saved is not None and self.course != before:
            self.saved.note(self, ())

    # -- there and back ---------------------------------------------------------------------------

    def undo(self) -> Step:
        """Take the last step back: the world is then as it was right before it.

        Raises: ProblemError: none is left.
        """
        history = self.history
        if not history.steps:
            raise ProblemError(
                409,
                "Nothing to undo",
                f"The history is at its first position, {history.first}.",
            )
        now = self.course
        self._travel(history.way(history.position - 1), history.steps[-1].before)
        return history.undo(now)

    def redo(self) -> Step:
        """Do the step again that was taken back last.

        Raises: ProblemError: there is none.
        """
        history = self.history
        if not history.undone:
            raise ProblemError(
                409, "Nothing to redo", f"The history is at its last position, {history.position}."
            )
        self._travel(history.way(history.position + 1), history.coming)
        return history.redo()

    def _travel(self, way: Iterable[Write], course: Course) -> None:
        now = self.course
        self._travels = True
        try:
            self._take(course)
            self._do(way)
            self._keep_course(now)
        except BaseException:
            self._take(now)
            raise
        finally:
            self._travels = False

    def _do(self, way: Iterable[Write]) -> None:
        """Do writes that others know of, and read anew what they changed."""
        with self.database.transaction():
            for one in way:
                self.database.do(one)
        self._forget()
        self.pending = self._unfinished()

    def _forget(self) -> None:
        for store in self.stores.values():
            store.forget()
        for jobs in self.jobs.values():
            jobs.forget()

    # -- snapshots --------------------------------------------------------------------------------

    def take_snapshot(self, name: str) -> Snapshot:
        """Keep the present state under a name.

        Raises: ProblemError: it is no name, or there are too many snapshots.
        """
        self.snapshots.check(name)
        position = self.history.position
        snapshot = Snapshot(name, self.image(), self.course, self.clock.peek(), position)
        if self.saved is not None:
            self.saved.keep_snapshot(self, snapshot)
        self.snapshots.keep(snapshot)
        return snapshot

    def restore(self, name: str, by: str) -> Snapshot:
        """Let everything be as it was when a snapshot was taken; that is a step like any other.

        Raises: ProblemError: there is no such snapshot.
        """
        snapshot = self.snapshots.named(name)
        with self.step(by):
            self._take(snapshot.course)
            self._do([*writes(self.database, Database.of(snapshot.image))])
        return snapshot

    def forget_snapshot(self, name: str) -> None:
        """Forget a snapshot.

        Raises: ProblemError: there is none of that name.
        """
        self.snapshots.named(name)
        if self.saved is not None:
            self.saved.forget_snapshot(self, name)
        self.snapshots.forget(name)

    # -- edited documents -------------------------------------------------------------------------

    def move(self, premise: Premise, *, tables: bool) -> None:
        """Go on with edited documents.

        `tables` is whether the database has got other tables for them: what was written to the
        old ones can't be undone any more.
        """
        self.journal.redaction = self.journal.redaction.beside(premise.redaction)
        self._look(premise)
        self.pending = self._unfinished()
        if tables:
            self._image = None
            self.history.forget()

    def renew(self, old: Mapping[str, Fixtures]) -> None:
        """Let the first records take the place of `old` ones, where those are as they were."""
        with self.transaction("reload"):
            for document, store in self.stores.items():
                renew(store, old[document], self._premise.fixtures[document])

    # -- differences ------------------------------------------------------------------------------

    def state_at(self, spot: int | str) -> Database:
        """Return the state at a position of the history, or of a snapshot.

        Raises: ProblemError: there is none.
        """
        if isinstance(spot, str):
            return Database.of(self.snapshots.named(spot).image)
        history = self.history
        if not history.first <= spot <= history.last:
            raise ProblemError(
                404,
                "Unknown position",
                f"The history has no position {spot}. Known: {history.first} to {history.last}",
            )
        database = Database.of(self.image())
        if spot != history.position:
            for one in history.way(spot):
                apply(database.connection, one)
        return database

    def named(self, touched: Mapping[str, int]) -> dict[str, int]:
        """Return numbers of rows by kind; those of tables that hold no records are left out."""
        found: Counter[str] = Counter()
        for tables in self._premise.tables.values():
            for kind, table in tables.items():
                found += Counter({kind: touched.get(table.name, 0)})
        return dict(found)

    def differences(self, before: Database, after: Database) -> Iterator[Difference]:
        """Yield the records that differ between two states of this world."""
        return differences(self._premise, before, after)
