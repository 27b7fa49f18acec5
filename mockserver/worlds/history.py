"""What was done in a world, step by step, so that steps can be taken back and done again.

A step is what one request or one call of the admin API did. What jobs do later belongs to the last
step before it: whoever takes that step back finds the world as it was right before the step.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mockserver.clock import Setting
from mockserver.database import Write
from mockserver.jobs import Pace

MOST_STEPS = 100
MOST_WRITES = 20_000
"""How many writes of rows a history holds; it forgets its oldest steps where that is exceeded."""


class Course(NamedTuple):
    """How time and jobs go in a world."""

    clock: Setting
    pace: Pace


@dataclass(slots=True)
class Step:
    """What was done by an operation or a call of the admin API, at a time of the world's clock.

    `before` is the course that the world took right before it.
    """

    by: str
    at: float
    before: Course
    writes: list[Write] = field(default_factory=list)

    def touched(self) -> Mapping[str, int]:
        """Return how many rows were written to, by table."""
        return Counter(table for table, _ in {(one.table, one.number) for one in self.writes})


class History:
    """The last steps, and those that were taken back and can be done again.

    Positions count steps since the world began: at position 3 three steps are done.
    """

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.first = 0
        self.steps: deque[Step] = deque()
        self.undone: list[Step] = []
        self._open: Step | None = None
        self._size = 0
        # What jobs did since a step was taken back, and how the last step that was ended.
        self._astray: list[Write] = []
        self._end: Course | None = None

    @property
    def position(self) -> int:
        """How many steps are done."""
        return self.first + len(self.steps)

    @property
    def last(self) -> int:
        """The position after all steps that were taken back are done again."""
        return self.position + len(self.undone)

    def forget(self) -> None:
        """Forget all steps, as they can't be taken back any more; positions go on."""
        self.first = self.position
        self.steps.clear()
        self.undone.clear()
        self._astray, self._size, self._end = [], 0, None

    # -- what is done -----------------------------------------------------------------------------

    def open(self, step: Step) -> None:
        """Let what is noted from now on be one step, until `close`."""
        self._open = step

    def close(self, after: Course) -> None:
        """End a step; one that changed nothing was none."""
        step, self._open = self._open, None
        if step is not None and (step.writes or step.before != after):
            self._push(step)

    def note(self, writes: Sequence[Write], step: Step | None) -> None:
        """Keep what was written: in a step of its own, or by jobs after the last step."""
        if self._open is not None:
            self._open.writes += writes
        elif step is not None:
            step.writes += writes
            self._push(step)
        elif self.undone:
            self._astray += writes
        elif self.steps:
            self.steps[-1].writes += writes
            self._grow(len(writes))

    def _push(self, step: Step) -> None:
        if self.undone:
            self.undone.clear()
            if self.steps:
                self.steps[-1].writes += self._astray
                self._size += len(self._astray)
            self._astray = []
        self.steps.append(step)
        self._grow(len(step.writes))

    def _grow(self, writes: int) -> None:
        self._size += writes
        while self.steps and (len(self.steps) > MOST_STEPS or self._size > MOST_WRITES):
            self._size -= len(self.steps.popleft().writes)
            self.first += 1

    # -- there and back ---------------------------------------------------------------------------

    def way(self, position: int) -> Iterator[Write]:
        """Yield the writes that lead from the present state to that at another position."""
        yield from _inverse(self._astray)
        for step in reversed([*self.steps][position - self.first :]):
            yield from _inverse(step.writes)
        for step in reversed(self.undone[len(self.undone) - max(position - self.position, 0) :]):
            yield from step.writes

    def undo(self, now: Course) -> Step:
        """Note that the last step was taken back, before which the world took the course `now`."""
        self._end = self._end if self.undone else now
        self._astray = []
        step = self.steps.pop()
        self._size -= len(step.writes)
        self.undone.append(step)
        return step

    def redo(self) -> Step:
        """Note that the step that was taken back last is done again."""
        self._astray = []
        step = self.undone.pop()
        self.steps.append(step)
        self._size += len(step.writes)
        return step

    @property
    def coming(self) -> Course:
        """The course of the world after the next step that is done again."""
        course = self.undone[-2].before if len(self.undone) > 1 else self._end
        assert course is not None, "there is an end where something was taken back"
        return course


def _inverse(writes: Sequence[Write]) -> Iterator[Write]:
    return (one.inverse() for one in reversed(writes))
