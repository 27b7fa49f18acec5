"""Work that accepted calls have set going on the target, as far as a walk knows of it.

While a job is under way, nobody can tell what its members look like: the fields it may change are
unknown from its acceptance until its entry says what became of a member. What must be seen then is
worked out by `spec.work` from what was known before, in the order in which jobs were accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from spec import UNKNOWN, Context, Job, Record, Unknown, work
from spec.contract import Outcome
from spec.equality import same

if TYPE_CHECKING:
    from contracts.oracle.knowledge import Known

WITHIN = "job-counters-within-total"
GROWING = "job-counters-never-decrease"
EXACT = "job-completes-exactly"
CONSTANT = "job-entries-never-change"
MEMBERS = "job-is-about-its-members"
OUTCOMES = "job-outcomes"
EFFECTS = "job-effects"
FRAME = "job-touches-nothing-else"
IN_ORDER = "job-order-of-acceptance"
FINISHES = "job-finishes"
LAWS = (WITHIN, GROWING, EXACT, CONSTANT, MEMBERS, OUTCOMES, EFFECTS, FRAME, IN_ORDER, FINISHES)

Slip: TypeAlias = tuple[str, str, str]
"""A law that is broken, the sentence that says how, and what tells one defect from another."""


@dataclass
class Running:
    """One job: the call that set it going, its members, and the last that was told of it.

    `members` is None where nobody could tell them. `before` are the members' records as they were
    when the job came to them; one that nothing is known of is missing.
    """

    operation: str
    job: Job
    key: str
    context: Context
    members: list[str] | None
    before: dict[str, Record | None] = field(default_factory=dict)
    told: Record | None = None
    entries: dict[str, Record] = field(default_factory=dict)
    resolved: set[str] = field(default_factory=set)

    @property
    def finished(self) -> bool:
        """Whether the target has said that nothing is left to do."""
        return self.told is not None and self.told.get(self.job.state) == self.job.states[2]

    @property
    def touched(self) -> frozenset[str]:
        """The fields of a member that the job may change."""
        return work.touched(self.job, self.context)

    def concerns(self, member: str) -> bool:
        """Tell whether the job may still change a record."""
        if member in self.resolved:
            return False
        return member in self.members if self.members is not None else not self.finished

    def outcome(self, member: str) -> Outcome | Unknown:
        """Return what must become of a member, as far as can be told."""
        if member not in self.before:
            return UNKNOWN
        return work.outcome(self.job, self.context, self.before[member])


@dataclass
class Jobs:
    """The jobs of a walk by the key of the record that tells of them, in order of acceptance."""

    running: dict[str, Running] = field(default_factory=dict)

    def on(self, member: str) -> list[Running]:
        """Return the jobs that may still change a record, in the order of their acceptance."""
        return [one for one in self.running.values() if one.concerns(member)]

    def fading(self, known: Known) -> set[str]:
        """Return the fields of a record that may be different the next time it is shown."""
        found: set[str] = set()
        for one in self.running.values():
            if one.job.kind == known.kind and one.key == known.key and not one.finished:
                found |= {one.job.done, one.job.failed, one.job.state, one.job.entries}
            if one.job.each == known.kind and one.concerns(known.key):
                found |= one.touched
        return found

    def disturbed(self, member: str) -> None:
        """Remember that something else was done to a record: nobody knows before or after what."""
        for one in self.on(member):
            one.before.pop(member, None)

    def accept(self, running: Running, records: Mapping[str, Record | None]) -> None:
        """Note a new job; `records` are its members as they are known, None for one that is gone.

        What a job finds that waits for another is known once the other's outcome is.
        """
        for member, record in records.items():
            if not self.on(member):
                running.before[member] = record
        self.running[running.key] = running

    def resolve(self, running: Running) -> Iterator[tuple[str, Running, Record | Unknown | None]]:
        """Yield the members that are done with, each with its record afterwards, job by job.

        A member's jobs come in the order of their acceptance, whichever told of it first.
        """
        for member in list(running.entries):
            queue = self.on(member)
            while queue and member in queue[0].entries:
                done, *queue = queue
                after = _after(done, member)
                done.resolved.add(member)
                if queue and after is not UNKNOWN:
                    queue[0].before[member] = after
                yield member, done, after


def _after(running: Running, member: str) -> Record | Unknown | None:
    chosen = running.outcome(member)
    record = running.before.get(member)
    if chosen is UNKNOWN:
        return UNKNOWN
    if record is None or not chosen.success:
        return record
    return work.worked(running.job, record, running.context)


# -- what the record of a job tells ---------------------------------------------------------------


def slips(running: Running, row: Record) -> Iterator[Slip]:
    """Yield what is wrong with what a job's record says, by itself and after what it said last."""
    job = running.job
    total, done, failed = (row.get(name) for name in (job.total, job.done, job.failed))
    if not (isinstance(total, int) and isinstance(done, int) and isinstance(failed, int)):
        return
    if done + failed > total:
        yield WITHIN, f"{done} + {failed} is more than the total of {total}", ""
    if running.members is not None and total != len(running.members):
        yield (
            MEMBERS,
            f"the total is {total}, but there are {len(running.members)} members",
            "total",
        )
    yield from _exactness(running, row, done + failed, total)
    yield from _growth(running, row)
    yield from _entries(running, row, done, failed)


def _exactness(running: Running, row: Record, count: int, total: int) -> Iterator[Slip]:
    waiting, begun, finished = running.job.states
    state = row.get(running.job.state)
    if (state == finished) is not (count == total):
        yield EXACT, f"it is {state!r} with {count} of {total} done", ""
    elif count and state == waiting != begun:
        yield EXACT, f"it is {state!r}, where nothing is done yet, with {count} done", "waiting"


def _growth(running: Running, row: Record) -> Iterator[Slip]:
    before = running.told
    if before is None:
        return
    for name in (running.job.done, running.job.failed):
        if row[name] < before.get(name, 0):
            yield GROWING, f"{name} fell from {before[name]} to {row[name]}", name
    if row.get(running.job.total) != before.get(running.job.total):
        yield GROWING, "the total has changed", "total"
    if running.finished and row.get(running.job.state) != running.job.states[2]:
        yield GROWING, f"it is {row.get(running.job.state)!r} after it was finished", "state"


def _entries(running: Running, row: Record, done: int, failed: int) -> Iterator[Slip]:
    job = running.job
    found = row.get(job.entries)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return
    keys = [str(one.get(job.member)) for one in found if isinstance(one, Mapping)]
    if len(set(keys)) != len(keys):
        yield CONSTANT, "a member has two entries", "twice"
    now = dict(zip(keys, found, strict=False))
    for key, entry in running.entries.items():
        if key not in now:
            yield CONSTANT, f"the entry of {key} is gone", "gone"
        elif not same(now[key], entry):
            yield CONSTANT, f"the entry of {key} has changed to {now[key]!r}", ""
    told = [_succeeded(running, one) for one in now.values()]
    if None not in told and sum(map(bool, told)) != done:
        yield (
            WITHIN,
            f"{done} are counted, but {sum(map(bool, told))} entries tell of success",
            "tally",
        )
    if len(keys) != done + failed:
        yield WITHIN, f"there are {len(keys)} entries, but {done} + {failed} are counted", "entries"
    yield from _membership(running, row, keys)
    for key, entry in now.items():
        yield from _of_outcome(running, key, entry)


def _membership(running: Running, row: Record, keys: list[str]) -> Iterator[Slip]:
    if running.members is None:
        return
    strange = [key for key in keys if key not in running.members]
    if strange:
        yield MEMBERS, f"{strange[0]} is no member", "strange"
    left_out = [key for key in running.members if key not in keys]
    if row.get(running.job.state) == running.job.states[2] and left_out:
        yield MEMBERS, f"it is finished without an entry for {left_out[0]}", "left out"


def _succeeded(running: Running, entry: Record) -> bool | None:
    """Tell whether an entry tells of success, None when it tells of no declared outcome."""
    for chosen in running.job.outcomes:
        if all(same(chosen.entry.get(n), entry.get(n)) for n in running.job.telling):
            return chosen.success
    return None


def _of_outcome(running: Running, key: str, entry: Record) -> Iterator[Slip]:
    chosen = running.outcome(key)
    if chosen is UNKNOWN or key in running.entries:
        return
    about = running.context.showing(running.before.get(key))
    wanted = work.entry(running.job, chosen, key, about)
    for name in running.job.telling:
        if not same(wanted.get(name), entry.get(name)):
            want, got = wanted.get(name), entry.get(name)
            yield OUTCOMES, f"{name} of {key} is {got!r} where {want!r} is due", f"{want} {got}"
            return


def learn(running: Running, row: Record) -> None:
    """Remember what a job's record told."""
    running.told = dict(row)
    found = row.get(running.job.entries)
    if isinstance(found, Sequence) and not isinstance(found, str):
        for entry in found:
            if isinstance(entry, Mapping):
                running.entries.setdefault(str(entry.get(running.job.member)), entry)


def proven(running: Running, row: Record) -> set[str]:
    """Return the laws that a job's record could have broken and has not."""
    found = {WITHIN, EXACT, MEMBERS}
    if running.told is not None:
        found.add(GROWING)
    if running.entries:
        found.add(CONSTANT)
    entries = row.get(running.job.entries)
    if entries and any(
        running.outcome(str(one.get(running.job.member))) is not UNKNOWN for one in entries
    ):
        found.add(OUTCOMES)
    return found
