"""Work that goes on after its answer: one by one, in the order in which it is due.

All that is pending lies in the database, so that a fork goes on with it; what is kept here is read
from there. A job's items fall due by the pace of its world: all at once, at a rate, or as somebody
asks for them. Items that are due together are done in the order in which their jobs were accepted,
and no job overtakes an earlier one at a member that both have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, Literal, TypeAlias

from mockserver.clock import Clock
from mockserver.database import Database
from mockserver.store import Store
from mockserver.tables import Cell, dumped, quoted, restored
from spec import ABSENT, Call, Context, Contract, Job, Json, Record, Unknown
from spec.work import entry, outcome, worked

Mode: TypeAlias = Literal["immediate", "time", "manual"]
MODES: tuple[Mode, ...] = ("immediate", "time", "manual")
RATE = 200.0
FASTEST = 1_000_000.0
_RECENT = 50
_UNDONE: Mapping[str, Cell] = {"position": 0, "done": 0, "failed": 0, "anchored": 0}


@dataclass(frozen=True, slots=True)
class Pace:
    """How jobs go on: at once, at `rate` items a second each, or when they are told to."""

    mode: Mode = "time"
    rate: float = RATE


@dataclass(slots=True)
class Limit:
    """How much is done before others get their turn: a number of items, a time, or all that is due.

    `seconds` are those of the machine, whatever a world's clock shows.
    """

    items: int | None = None
    seconds: float | None = None
    _end: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        if self.seconds is not None:
            self._end = time.perf_counter() + self.seconds

    def reached(self) -> bool:
        """Tell whether no other item may be done."""
        if self.items is not None and self.items <= 0:
            return True
        return self.seconds is not None and time.perf_counter() >= self._end

    def count(self) -> None:
        """Note that an item was done."""
        if self.items is not None:
            self.items -= 1


@dataclass(slots=True)
class Running:
    """A job whose members were not all worked on; item `anchored` is due at `anchor` + 1/rate."""

    number: int
    job: Job
    key: str
    context: Context
    members: Sequence[str]
    position: int
    done: int
    failed: int
    anchor: float
    anchored: int
    noted: int
    entries: list[Json] = field(default_factory=list)
    _last: dict[str, int] | None = None

    @property
    def finished(self) -> bool:
        """Whether every member was worked on."""
        return self.position >= len(self.members)

    def due(self, pace: Pace) -> float:
        """Return when the next item may be done."""
        if pace.mode != "time":
            return 0.0
        return round(self.anchor + (self.position - self.anchored + 1) / pace.rate, 6)

    def awaits(self, member: str) -> bool:
        """Tell whether a member is still to be worked on."""
        if self._last is None:
            self._last = {one: number for number, one in enumerate(self.members)}
        return self._last.get(member, -1) >= self.position

    def note(self, told: Json, *, success: bool) -> None:
        """Note what became of the next member."""
        self.entries.append(told)
        self.position += 1
        self.done += success
        self.failed += not success


class Jobs:
    """The jobs of one document in one world; its lock is the world's."""

    def __init__(self, contract: Contract, store: Store, database: Database, clock: Clock) -> None:
        """Look at the jobs in a database; `create` makes their table."""
        self._contract = contract
        self._store = store
        self._database = database
        self._clock = clock
        self._table = quoted(f"{contract.name} jobs")
        self.forget()

    def create(self) -> None:
        """Make the table in a new database."""
        self._database.execute(
            f"CREATE TABLE {self._table} (number INTEGER PRIMARY KEY, operation, key, call,"
            " members, total, position, done, failed, accepted, anchor, anchored)"
        )

    def begin(self, context: Context, key: str, members: Sequence[str]) -> None:
        """Accept a job whose record has that key; nothing of it is done yet."""
        call = context.call
        said = {
            "path": call.path,
            "query": call.query,
            "headers": call.headers,
            "principal": context.principal,
            "resource": context.resource,
            "resource_key": context.resource_key,
            **({} if call.body is ABSENT else {"body": call.body}),
        }
        now = round(self._clock.now(), 6)
        cells: dict[str, Cell] = {"operation": call.operation.id, "key": key, "call": dumped(said)}
        cells |= {"members": dumped(members), "total": len(members), **_UNDONE}
        self._database.insert(self._table, {**cells, "accepted": now, "anchor": now})
        self._complete = False

    @property
    def running(self) -> dict[int, Running]:
        """The jobs that are not finished, by number, in the order in which they were accepted."""
        if not self._complete:
            rows = self._database.execute(
                "SELECT number, operation, key, call, members, position, done, failed, anchor,"
                f" anchored FROM {self._table} WHERE position < total AND number > ?"
                " ORDER BY number",
                [max(self._running, default=0)],
            ).fetchall()
            # An edited document may have lost the operation, and find it again.
            known = [row for row in rows if self._job(row[1]) is not None]
            self._running.update((row[0], self._read(*row)) for row in known)
            self._complete = True
        return self._running

    def forget(self) -> None:
        """Forget what was read; the database alone knows how far the jobs are."""
        self._running: dict[int, Running] = {}
        self._complete = False

    def _read(self, number: int, operation: str, key: str, call: bytes, *rest: Any) -> Running:
        members, position, done, failed, anchor, anchored = rest
        context = self._context(operation, restored(call))
        job = self._job(operation)
        assert job is not None
        return Running(
            number=number,
            job=job,
            key=key,
            context=context,
            members=restored(members),
            position=position,
            done=done,
            failed=failed,
            anchor=anchor,
            anchored=anchored,
            noted=position,
        )

    def _job(self, operation: str) -> Job | None:
        """Return the job that an operation sets going."""
        found = self._contract.operations.get(operation)
        return found.effect.job if found is not None and found.effect is not None else None

    def _context(self, operation: str, said: Mapping[str, Json]) -> Context:
        call = Call(
            operation=self._contract.operations[operation],
            credential=None,
            path=said["path"],
            query=said["query"],
            headers=said["headers"],
            body=said.get("body", ABSENT),
        )
        return Context(
            call,
            said["principal"],
            self._store,
            resource=said["resource"],
            resource_key=said["resource_key"],
        )

    # -- the work ---------------------------------------------------------------------------------

    def work(self, pace: Pace, limit: Limit) -> bool:
        """Do what is due, as far as the limit goes, and tell whether more of it is due."""
        running = self.running
        if not running:
            return False
        touched: dict[int, float] = {}
        try:
            with self._store.transaction():
                more = self._worked(running, pace, limit, touched)
                for number, moment in touched.items():
                    self._note(running[number], moment)
        except BaseException:
            self.forget()
            raise
        self._store.changes = []
        for number in touched:
            if running[number].finished:
                del running[number]
        return more

    def _worked(
        self, running: Mapping[int, Running], pace: Pace, limit: Limit, touched: dict[int, float]
    ) -> bool:
        now = self._clock.now()
        queue = [(one.due(pace), number) for number, one in running.items()]
        heapify(queue)
        waiting: dict[int, list[tuple[float, int]]] = {}
        while queue and queue[0][0] <= now:
            if limit.reached():
                return True
            due, number = heappop(queue)
            one = running[number]
            earlier = self.earlier(one, running) if len(running) > 1 else None
            if earlier is not None:
                waiting.setdefault(earlier, []).append((due, number))
                continue
            moment = due if self._clock.exact and pace.mode == "time" else now
            self.do(one, moment)
            touched[number] = moment
            limit.count()
            if not one.finished:
                heappush(queue, (max(one.due(pace), due), number))
            for since, waiter in waiting.pop(number, ()):
                heappush(queue, (max(since, due), waiter))
        return False

    def earlier(self, one: Running, running: Mapping[int, Running]) -> int | None:
        """Return the job that was accepted earlier and has yet to come to the same member."""
        member = one.members[one.position]
        for number, other in running.items():
            if number >= one.number:
                return None
            if other.awaits(member):
                return number
        return None

    def do(self, one: Running, moment: float) -> None:
        """Do a job's next item: note its outcome and, where that is a success, its changes."""
        job, key = one.job, one.members[one.position]
        member = self._store.record(job.each, key, ABSENT)
        chosen = outcome(job, one.context, member)
        assert not isinstance(chosen, Unknown), "who knows everything can tell"
        told = entry(job, chosen, key, one.context.showing(member))
        if chosen.success and member is not None:
            after = worked(job, member, one.context)
            self._store.put(job.each, member, self._store.dated(job.each, after, moment))
        one.note(told, success=chosen.success)

    def _note(self, one: Running, moment: float) -> None:
        """Store how far a job has come."""
        cells = {"position": one.position, "done": one.done, "failed": one.failed}
        self._database.change(self._table, cells, "number = ?", [one.number])
        record = self._store.bare(one.job.kind, one.key)
        if record is not None:
            self._store.append(one.job.kind, one.key, one.noted, one.entries)
            after = self._store.dated(one.job.kind, {**record, **_progress(one)}, moment)
            self._store.move_on(one.job.kind, record, after)
        one.noted, one.entries = one.position, []

    # -- pace and progress ------------------------------------------------------------------------

    def anchor(self) -> None:
        """Let what is pending fall due as if it had been accepted now."""
        now = round(self._clock.now(), 6)
        with self._database.transaction():
            for number, one in self._database.rows(self._table, "position < total").items():
                cells = {"anchor": now, "anchored": one['"position"']}
                self._database.change(self._table, cells, "number = ?", [number])
        self.forget()

    def told(self) -> Iterator[dict[str, Json]]:
        """Yield the running and the latest jobs, newest first."""
        rows = self._database.execute(
            "SELECT number, operation, key, total, position, done, failed, accepted"
            f" FROM {self._table} WHERE position < total OR number > (SELECT coalesce(max(number),"
            f" 0) - ? FROM {self._table}) ORDER BY number DESC",
            [_RECENT],
        )
        for number, operation, key, total, position, done, failed, accepted in rows:
            job = self._job(operation)
            if job is None:
                continue
            yield {
                "document": self._contract.name,
                "job": number,
                "operation": operation,
                "kind": job.kind,
                "key": key,
                "state": _state(job, position, total),
                "total": total,
                "done": done,
                "failed": failed,
                "accepted": accepted,
            }


MakeJobs: TypeAlias = Callable[[Contract, Store, Database, Clock], Jobs]


def _state(job: Job, position: int, total: int) -> str:
    waiting, running, finished = job.states
    if position >= total:
        return finished
    return running if position else waiting


def begun(job: Job, total: int) -> dict[str, Json]:
    """Return the fields of a new job's record that tell of its progress."""
    return {
        job.total: total,
        job.done: 0,
        job.failed: 0,
        job.state: _state(job, 0, total),
        job.entries: [],
    }


def _progress(one: Running) -> Record:
    state = _state(one.job, one.position, len(one.members))
    return {one.job.done: one.done, one.job.failed: one.failed, one.job.state: state}
