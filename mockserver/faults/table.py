"""The faults of one session, and which of them a call meets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random

from mockserver.faults.delays import Delay
from mockserver.faults.delivery import Breaking, Dribble
from mockserver.patterns import Asked, Pattern
from spec import Json, Operation

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the calls that a pattern means; `shown` is how it was asked for.

    At most one of `error`, `status` and `breaking` is set. Without `times` it stays until it is
    taken away; with `chaos` the status need not be documented.
    """

    pattern: Pattern
    shown: Json
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    delay: Delay | None = None
    error: str | None = None
    status: int | None = None
    retry_after: int | None = None
    breaking: Breaking | None = None
    dribble: Dribble | None = None
    chaos: bool = False

    @property
    def answers(self) -> bool:
        """Whether it decides what comes of a call, and not only when."""
        return bool(self.error or self.status or self.breaking)

    def suits(self, operation: Operation, errors: Collection[str]) -> bool:
        """Tell whether an operation that declares `errors` may answer like this."""
        if self.error is not None:
            return self.error in errors
        return self.status is None or self.chaos or operation.response(self.status) is not None


@dataclass(frozen=True, slots=True)
class Due:
    """All that goes wrong with one call."""

    names: tuple[str, ...] = ()
    delay_ms: float = 0.0
    errors: tuple[str, ...] = ()
    status: int | None = None
    retry_after: int | None = None
    breaking: Breaking | None = None
    dribble: Dribble | None = None


@dataclass(slots=True)
class _Armed:
    name: str
    fault: Fault
    random: Random
    left: int | None
    fired: int = 0

    def fires(self) -> bool:
        """Tell whether it goes off this time."""
        if self.left == 0 or self.random.random() >= self.fault.probability:
            return False
        self.left = None if self.left is None else self.left - 1
        self.fired += 1
        return True


class Faults:
    """The faults of a session in the order of their creation; its lock is the session's."""

    def __init__(self) -> None:
        """Begin without any."""
        self._armed: list[_Armed] = []
        self._made = 0

    def __len__(self) -> int:
        return len(self._armed)

    def add(self, fault: Fault) -> Json:
        """Arm a fault and return its shown form."""
        self._made += 1
        one = _Armed(f"f{self._made}", fault, Random(fault.seed), fault.times)
        self._armed.append(one)
        return _shown(one)

    def clear(self, name: str | None = None) -> bool:
        """Take a fault away, or all of them, and tell whether there was one."""
        before = len(self._armed)
        self._armed = [one for one in self._armed if name not in {None, one.name}]
        return len(self._armed) < before

    def shown(self) -> list[Json]:
        """Return the faults as plain values, those that are used up included."""
        return [*map(_shown, self._armed)]

    def copy(self) -> Faults:
        """Return the faults of a session that is forked: as they are now, each for itself."""
        found = Faults()
        found._made = self._made
        for one in self._armed:
            random = Random()
            random.setstate(one.random.getstate())
            found._armed.append(replace(one, random=random))
        return found

    def due(self, asked: Asked, operation: Operation, errors: Collection[str]) -> Due:
        """Return what goes wrong with a call of an operation that declares `errors`.

        Delays add up; of anything else the first that fires counts.
        """
        due, taken = Due(), False
        for one in self._armed:
            fault = one.fault
            if (fault.answers and taken) or not fault.suits(operation, errors):
                continue
            if fault.pattern.matches(asked) and one.fires():
                taken = taken or fault.answers
                due = _joined(due, one)
        return due


def _joined(due: Due, one: _Armed) -> Due:
    fault = one.fault
    return Due(
        (*due.names, one.name),
        due.delay_ms + (fault.delay.drawn(one.random) if fault.delay else 0.0),
        due.errors + ((fault.error,) if fault.error else ()),
        due.status or fault.status,
        due.retry_after if due.status else fault.retry_after,
        due.breaking or fault.breaking,
        due.dribble or fault.dribble,
    )


def _shown(one: _Armed) -> Json:
    return {"id": one.name, **one.fault.shown, "left": one.left, "fired": one.fired}
