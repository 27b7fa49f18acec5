"""Work that goes on after its answer: whoever reads how far it is asks until it is finished.

However often that is, it is one step of a walk: sent again tomorrow, to a slower target or a faster
one, it waits as long as it takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from contracts.oracle import jobs
from contracts.oracle.contradictions import Contradiction
from contracts.oracle.jobs import Running
from contracts.steps import Exchange, Ref, Step
from contracts.walk import Contradicted, Walk
from spec import Contract, pick

_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.25
_SECOND_PATIENCE = 0.5


def told(walk: Walk) -> Running | None:
    """Return the job, set going in this walk, whose record the last answer shows, if it does."""
    exchange = walk.exchanges[-1]
    effect = walk.contract.operations[exchange.step.operation].effect
    if effect is None or effect.action != "read" or exchange.answer.status >= 300:
        return None
    row = pick(exchange.body, effect.response or "")
    if not isinstance(row, Mapping):
        return None
    found = walk.knowledge.jobs.running.get(walk.contract.resources[effect.kind].key_of(row))
    return found if found is not None and found.job.kind == effect.kind else None


def send(walk: Walk, step: Step) -> Exchange:
    """Send a step, the one that reads of work until that is finished; return the last exchange.

    Raises: Contradicted: an answer contradicts the document, or the work is not finished in time.
    """
    world = walk.world
    patience = world.profile.job_timeout if world.patience is None else world.patience
    running = until_finished(walk, step, patience)
    if running is not None:
        # The next ones will hardly do better: they are the same finding.
        world.patience = min(patience, _SECOND_PATIENCE)
        raise Contradicted(_endless(walk.contract, running, world.profile.job_timeout))
    return walk.exchanges[-1]


def until_finished(walk: Walk, step: Step, patience: float) -> Running | None:
    """Send a step, the one that reads of work until that is finished, for so many seconds.

    Returns the job that is not finished by then. Raises: Contradicted, or what the walk raises in
    its place.
    """
    until = time.monotonic() + patience
    pause, before = _FIRST_PAUSE, None
    while True:
        exchange = walk.send(step)
        running = told(walk)
        if running is None or running.finished:
            return None
        if time.monotonic() > until:
            return running
        time.sleep(pause)
        # What goes on is looked at often: between two of its items it shows most.
        moved = exchange.body != before
        pause = _FIRST_PAUSE if moved else min(pause * 1.5, _LONGEST_PAUSE)
        before = exchange.body
        walk.take_back()


def _endless(contract: Contract, running: Running, seconds: float) -> Contradiction:
    state = (running.told or {}).get(running.job.state)
    operation = contract.operations[running.operation]
    return Contradiction(
        cause=(f"law {jobs.FINISHES}", operation.id, ""),
        row=f"{operation.id}: {jobs.FINISHES}",
        operation=operation.id,
        sentence=f"the work that {operation.id} set going is {state!r} after {seconds:g} seconds.",
        expected=f"{running.job.states[2]!r} within the profile's job_timeout",
        got=repr(state),
        place=operation.effect.place if operation.effect else operation.place,
    )


def sent_again(walk: Walk, steps: Sequence[Step], *, patient: bool = True) -> Contradicted | None:
    """Send steps one after the other; return the contradiction that ends them, if one does.

    What shows only while work goes on is not seen by who waits for its end.
    """
    try:
        for step, last in in_turn(steps):
            if patient and last:
                send(walk, step)
            else:
                walk.send(step)
    except Contradicted as contradicted:
        return contradicted
    return None


def in_turn(steps: Sequence[Step]) -> Iterator[tuple[Step, bool]]:
    """Yield each step, and whether it is not asked again at once: the last of a row is to wait."""
    for number, step in enumerate(steps):
        yield step, step not in steps[number + 1 : number + 2]


def awaits(contract: Contract, steps: Sequence[Step], number: int) -> tuple[str, str] | None:
    """Return the state that a step waits for, as a field and its value; None where it just asks.

    It does where it reads the record of work that an earlier one of the steps has set going.
    """
    effect = contract.operations[steps[number].operation].effect
    if effect is None or effect.action != "read" or effect.key is None:
        return None
    key = steps[number].path.get(effect.key[-1])
    if not isinstance(key, Ref):
        return None
    begun = contract.operations[steps[key.step].operation].effect
    job = begun.job if begun else None
    if job is None or job.kind != effect.kind or key.pointer != job.handle:
        return None
    return job.state, job.states[2]
