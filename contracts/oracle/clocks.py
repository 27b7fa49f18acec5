"""The target's clock, as far as answers tell of it: a change moves the time of the change."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.oracle import laws
from contracts.oracle.jobs import Running
from contracts.oracle.knowledge import Known
from contracts.oracle.laws import Breach
from contracts.oracle.seen import Seen
from spec import Json, Resource, times

COARSE = 0.02
"""Seconds after which every clock has moved on."""


def moved(seen: Seen, known: Known, row: Mapping[str, Json], proven: set[str]) -> Breach | None:
    """Return the breach of a time of change that has not moved, or gone back; else prove it."""
    resource = seen.contract.resources[known.kind]
    for name, stale in known.stale.items():
        grain = times.grain(resource.generated[name].form)
        if not any("." in str(one) for one in (stale.value, row.get(name))):
            grain = max(grain, 1.0)
        before, after = _moment(stale.value), _moment(row.get(name))
        if before is None or after is None:
            continue
        # Clocks are coarse: two changes at once may well carry the same time.
        late = stale.seconds > max(2 * grain, COARSE)
        if after < before or (late and after == before):
            return Breach(
                laws.MOVES,
                stale.operation,
                f"{seen.operation.id} shows {name} = {row.get(name)!r} after an accepted "
                f"{stale.operation}; before it, it was {stale.value!r}.",
                name,
            )
        if late or after > before:
            proven.add(f"{stale.operation}: {laws.MOVES}")
    known.stale = {}
    return None


def accepted_after(value: Json, running: Running, resource: Resource) -> float:
    """Return how many seconds after `value` a job was accepted, 0.0 where its record tells nothing.

    Both are the target's own times, and tell what has passed where its clock does not go with ours.
    """
    made = [name for name, one in resource.generated.items() if one.how == "created"]
    before, told = _moment(value), running.told or {}
    after = [at for name in made if (at := _moment(told.get(name))) is not None]
    return after[0] - before if after and before is not None else 0.0


def _moment(value: Json) -> float | None:
    """Return the moment that a text names; those without a zone are all of the same one."""
    found = times.moment(value)
    return times.moment(f"{value}Z") if found is None else found
