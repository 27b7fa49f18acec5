"""The time of a world, which its timestamps and jobs obey: real, shifted, or standing still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["real", "frozen"]
EARLIEST = 0.0
LATEST = 253_402_300_799.0
"""The first second of 1970 and the last of 9999: what every form of a time can write."""


@dataclass(slots=True)
class Clock:
    """A clock that goes with `source`, `shift` seconds ahead, or stands at `frozen`.

    What it is set to is rounded to microseconds, so that many small steps end where one large step
    does.
    """

    source: Callable[[], float] = time.time
    frozen: float | None = None
    shift: float = 0.0

    @property
    def mode(self) -> Mode:
        """Whether it goes by itself."""
        return "real" if self.frozen is None else "frozen"

    @property
    def exact(self) -> bool:
        """Whether it moves by somebody's will alone, so that work need not share time with it."""
        return self.frozen is not None or self.source is not time.time

    def now(self) -> float:
        """Return the seconds since 1970."""
        return self.source() + self.shift if self.frozen is None else self.frozen

    def set(self, mode: Mode, now: float | None) -> None:
        """Let the clock go or stand, from `now` on; None means from what it shows.

        A clock that is let go without a time shows the real one.
        """
        if mode == "frozen":
            self.frozen = round(self.now() if now is None else now, 6)
            return
        self.frozen = None
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
