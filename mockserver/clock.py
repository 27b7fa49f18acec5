"""The time of a world, which its timestamps and jobs obey: real, shifted, or at our command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["real", "frozen", "stepped"]
EARLIEST = 0.0
LATEST = 253_402_300_799.0
"""The first second of 1970 and the last of 9999: what every form of a time can write."""
STEP_S = 0.001


@dataclass(slots=True)
class Clock:
    """A clock that goes with `source`, `shift` seconds ahead, or stands at `frozen`.

    One that stands may go `step` seconds ahead whenever it is looked at: time then passes, but by
    what is asked of the world alone, on a fast machine as on a slow one. What it is set to is
    rounded to microseconds, so that many small steps end where one large step does.
    """

    source: Callable[[], float] = time.time
    frozen: float | None = None
    shift: float = 0.0
    step: float = 0.0

    @property
    def mode(self) -> Mode:
        """Whether it goes by itself, and if not, whether it goes by being looked at."""
        if self.frozen is None:
            return "real"
        return "stepped" if self.step else "frozen"

    @property
    def exact(self) -> bool:
        """Whether it moves by somebody's will alone, so that work need not share time with it."""
        return self.frozen is not None or self.source is not time.time

    def now(self) -> float:
        """Return the seconds since 1970."""
        if self.frozen is None:
            return self.source() + self.shift
        now = self.frozen
        if self.step:
            self.frozen = round(now + self.step, 6)
        return now

    def set(self, mode: Mode, now: float | None, step: float = STEP_S) -> None:
        """Let the clock go or stand, from `now` on; None means from what it shows.

        A clock that is let go without a time shows the real one.
        """
        if mode != "real":
            self.frozen = round(self.now() if now is None else now, 6)
            self.step = step if mode == "stepped" else 0.0
            return
        self.frozen, self.step = None, 0.0
        self.shift = 0.0 if now is None else now - self.source()

    def advance(self, seconds: float) -> None:
        """Step forward."""
        if self.frozen is None:
            self.shift += seconds
        else:
            self.frozen = round(self.frozen + seconds, 6)

    def copy(self) -> Clock:
        """Return a clock that shows the same and is set on its own."""
        return replace(self)
