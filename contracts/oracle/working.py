"""Jobs in the walk's knowledge: begun by an accepted call, told of by the records that show them.

The laws are in `jobs`; here they are asked of what the target's answers show, and what was worked
off becomes what later answers must show.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from contracts.oracle import clocks, jobs, laws
from contracts.oracle.jobs import Running
from contracts.oracle.knowledge import Knowledge, Stale, Touch
from contracts.oracle.laws import Breach
from contracts.oracle.seen import Seen
from spec import ABSENT, UNKNOWN, Json, Record, Unknown, pick, work
from spec.equality import same
from spec.rules import filled


def begun(seen: Seen, knowledge: Knowledge, proven: set[str]) -> Breach | None:
    """Note the job that an accepted call has set going; return what is wrong with its handle."""
    effect, name = seen.operation.effect, seen.operation.id
    job = effect.job if effect else None
    key = pick(seen.body, job.handle, ABSENT) if job else ABSENT
    if effect is None or job is None or key is ABSENT:
        return None
    context = seen.judgement.context
    if any(one.key == str(key) for one in knowledge.of_kind(job.kind)):
        return Breach(laws.KEYS, name, f"{name} gives the key {key} a second time.")
    found = work.members(job, context)
    members = None if found is UNKNOWN else found
    running = Running(name, job, str(key), context, members)
    knowledge.jobs.accept(running, _before(knowledge, running))
    _touch(knowledge, running, seen.step)
    own = filled(dict(job.initial), context)
    fields = own if isinstance(own, dict) else {}
    resource = knowledge.contract.resources[job.kind]
    touch = Touch(name, frozenset(f"/{one}" for one in fields), True, seen.step)
    knowledge.note_created(job.kind, {**fields, resource.key: key}, touch)
    return None


def _before(knowledge: Knowledge, running: Running) -> dict[str, Record | None]:
    """Return the members' records as far as they are known, None for those that are gone."""
    found: dict[str, Record | None] = {}
    for member in running.members or ():
        known = knowledge.known(running.job.each, member, ABSENT)
        if known is not None:
            found[member] = dict(known.fields) if known.alive else None
    return found


def _touch(knowledge: Knowledge, running: Running, step: int) -> None:
    """Let every record that is known answer for what the job must and must not do to it."""
    knowledge.places.clear()
    for known in knowledge.of_kind(running.job.each):
        known.since.append(Touch(running.operation, frozenset(), True, step, work=True))
        knowledge.settle(known)


def told(
    seen: Seen, knowledge: Knowledge, row: Mapping[str, Json], proven: set[str]
) -> Breach | None:
    """Return the law that a job's record breaks; when none, learn what was worked off."""
    effect = seen.operation.effect
    running = _running(knowledge, effect.kind if effect else "", row)
    if running is None:
        return None
    for law, sentence, detail in jobs.slips(running, row):
        return Breach(
            law,
            running.operation,
            f"{seen.operation.id} shows the {running.job.kind} {running.key}: {sentence}.",
            detail,
        )
    proven.update(f"{running.operation}: {law}" for law in jobs.proven(running, row))
    jobs.learn(running, row)
    for member, done, after in knowledge.jobs.resolve(running):
        _worked(knowledge, member, done, after, seen.step)
    return None


def _running(knowledge: Knowledge, kind: str, row: Mapping[str, Json]) -> Running | None:
    running = knowledge.jobs.running.get(knowledge.contract.resources[kind].key_of(row))
    return running if running is not None and running.job.kind == kind else None


def _swapped(works: Sequence[tuple[Running, Record]]) -> dict[str, Json]:
    """Return what two jobs would leave had the later one come first."""
    if len(works) != 2:
        return {}
    (first, before), (second, _) = works
    between = work.worked(second.job, before, second.context)
    after = work.worked(first.job, between, first.context)
    both = first.touched & second.touched
    # What a member held before tells nothing of an order.
    return {n: after[n] for n in both if n in after and not same(after[n], before.get(n))}


def _worked(
    knowledge: Knowledge, member: str, done: Running, after: Record | Unknown | None, step: int
) -> None:
    """Note what a member must look like now that a job is done with it."""
    known = knowledge.known(done.job.each, member, ABSENT)
    if known is None or after is None:
        return
    chosen = done.outcome(member)
    changed = chosen is not UNKNOWN and chosen.success
    if changed:
        fields = frozenset(f"/{name}" for name in done.touched)
        known.since.append(Touch(done.operation, fields, True, step, work=True))
        held = done.before.get(member) or {}
        resources = knowledge.contract.resources
        for name in resources[known.kind].changing:
            if name in held:
                later = clocks.accepted_after(held[name], done, resources[done.job.kind])
                seconds = max(time.monotonic() - known.learnt, later)
                known.stale.setdefault(name, Stale(held[name], done.operation, seconds))
    before = done.before.get(member)
    if changed and before is not None:
        known.works.append((done, before))
        known.swapped = _swapped(known.works)
    if isinstance(after, Mapping):
        known.fields.update({name: after[name] for name in done.touched if name in after})
    knowledge.settle(known)
