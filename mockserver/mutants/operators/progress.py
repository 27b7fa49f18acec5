"""Work that tells of a progress, or of outcomes, that it does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeAlias

from mockserver.jobs import Running
from mockserver.mutants.edits import carried_out_with
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.working import PASSING, Work, job_of, place_in_job, working, working_on
from spec import Context, Contract, Job, Json, Operation, Record

Telling: TypeAlias = Callable[[Job, dict[str, Json], int], None]
"""Changes what is told of a job's progress, when so many of its members are done."""


def _telling(job: Job, tell: Telling) -> Edit:
    def move_on(store: Flawed, kind: str, before: Record, after: Record) -> None:
        told = dict(after)
        if kind == job.kind:
            tell(job, told, told[job.done] + told[job.failed])
        store.behind.move_on(kind, before, told)

    return working_on(Flaw(move_on=move_on))


@in_operations("job", "progress", most=12)
def mistold(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Tell of a progress that the work does not have."""
    job = job_of(contract, operation)
    if job is None:
        return
    for says, words, tell, doubt in _PROGRESS:
        place = place_in_job(contract, operation, *words)
        yield Draft(operation.id, f"{operation.id} {says}", place, _telling(job, tell), doubt)


def _falls(job: Job, told: dict[str, Json], done: int) -> None:
    if 1 < done == told[job.total] - 1:
        told[job.done] = max(0, told[job.done] - 1)


def _early(job: Job, told: dict[str, Json], done: int) -> None:
    if done == told[job.total] - 1:
        told[job.state] = job.states[2]


def _late(job: Job, told: dict[str, Json], done: int) -> None:
    if told[job.state] == job.states[2]:
        told[job.state] = job.states[1]


def _unbegun(job: Job, told: dict[str, Json], done: int) -> None:
    if told[job.state] == job.states[1]:
        told[job.state] = job.states[0]


def _behind(job: Job, told: dict[str, Json], done: int) -> None:
    if told[job.done]:
        told[job.done] -= 1


def _beyond(job: Job, told: dict[str, Json], done: int) -> None:
    if done == told[job.total]:
        told[job.done] += 1


def _all_well(job: Job, told: dict[str, Json], done: int) -> None:
    told[job.done], told[job.failed] = done, 0


def _shrinking(job: Job, told: dict[str, Json], done: int) -> None:
    told[job.total] = done


def _exchanged(job: Job, told: dict[str, Json], done: int) -> None:
    told[job.done], told[job.failed] = told[job.failed], told[job.done]


_PROGRESS: tuple[tuple[str, tuple[str, ...], Telling, str], ...] = (
    ("counts a success less before the last member is done", ("counters",), _falls, PASSING),
    ("is finished while a member is left", ("states",), _early, PASSING),
    ("never finishes", ("states",), _late, ""),
    ("shows that nothing is done until all is", ("states",), _unbegun, PASSING),
    ("finishes before its last success is counted", ("counters", "done"), _behind, ""),
    ("counts a success twice", ("counters", "done"), _beyond, ""),
    ("counts failures as successes", ("counters", "failed"), _all_well, ""),
    ("exchanges the counts of successes and failures", ("counters",), _exchanged, ""),
    ("counts only the members that are done in its total", ("counters", "total"), _shrinking,
     PASSING),
)  # fmt: skip


@in_operations("job", "never-begins")
def idle(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Accept the work, and never do any of it."""
    if job_of(contract, operation) is not None:
        name = f"{operation.id} accepts the work and does none of it"
        place = place_in_job(contract, operation)
        yield Draft(operation.id, name, place, working(partial(_Idle, operation.id)))


class _Idle(Work):
    """Jobs that are never begun."""

    def begin(self, context: Context, key: str, members: Sequence[str]) -> None:
        """Accept a job, or forget it."""
        if context.call.operation.id != self._operation:
            super().begin(context, key, members)


@in_operations("job", "finished-at-once")
def hasty(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Say at once that the work is done."""
    job = job_of(contract, operation)
    if job is not None:

        def add(store: Flawed, kind: str, record: Record) -> Record:
            told = {**record, job.state: job.states[2]} if kind == job.kind else record
            return store.behind.add(kind, told)

        name = f"{operation.id} says of accepted work that it is finished"
        place = place_in_job(contract, operation, "states")
        edit = carried_out_with(operation.id, Flaw(add=add))
        yield Draft(operation.id, name, place, edit, PASSING)


Told: TypeAlias = Callable[[Running, dict[str, Json]], list[Json]]
"""The entries that tell of the last item, in the place of the right one."""


class _Told(Work):
    """Jobs whose entries are other than what became of the members."""

    def __init__(self, operation: str, tell: Told, *world: Any) -> None:
        """Put what `tell` returns in the place of each entry."""
        super().__init__(operation, *world)
        self._tell = tell

    def err(self, one: Running, moment: float) -> None:
        """Do the next item, and tell something else of it."""
        noted = len(one.entries)
        self.well(one, moment)
        one.entries[noted:] = self._tell(one, one.entries[noted])


def _left_out(one: Running, entry: dict[str, Json]) -> list[Json]:
    return [] if one.finished else [entry]


def _repeated(one: Running, entry: dict[str, Json]) -> list[Json]:
    return [entry, entry] if one.finished else [entry]


def _of_first(one: Running, entry: dict[str, Json]) -> list[Json]:
    return [{**entry, one.job.member: one.members[0]}]


@in_operations("job", "entries")
def misreported(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out a member's entry, repeat one, or tell of another member."""
    if job_of(contract, operation) is None:
        return
    tellings = {
        "leaves out the entry of the last member": _left_out,
        "shows the entry of the last member twice": _repeated,
        "shows the first member in every entry": _of_first,
    }
    for says, tell in tellings.items():
        place = place_in_job(contract, operation, "entries")
        edit = working(partial(_Told, operation.id, tell))
        yield Draft(operation.id, f"{operation.id} {says}", place, edit)


@in_operations("job", "entry-changes")
def revised(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Tell one thing of the first member, and another when all is done."""
    job = job_of(contract, operation)
    if job is None or len(job.outcomes) < 2:
        return
    name = f"{operation.id} changes the first entry when the last one is made"
    place = place_in_job(contract, operation, "entries")
    edit = working_on(Flaw(move_on=partial(_revising, job)))
    yield Draft(operation.id, name, place, edit)


def _revising(job: Job, store: Flawed, kind: str, before: Record, after: Record) -> None:
    store.behind.move_on(kind, before, after)
    if kind != job.kind or after[job.state] != job.states[2]:
        return
    whole = store.lives(kind, after)
    entries = list(whole[job.entries]) if whole else []
    if whole is not None and len(entries) > 1:
        names = [one for one in entries[0] if one != job.member]
        others = next((one for one in entries[1:] if one != entries[0]), entries[0])
        entries[0] = {**entries[0], **{name: others[name] for name in names if name in others}}
        store.behind.put(kind, whole, {**whole, job.entries: entries})
