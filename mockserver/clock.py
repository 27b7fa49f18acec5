"""The time of a world, which its timestamps and jobs obey: real, scaled, or at our command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

Mode: TypeAlias = Literal["real", "frozen", "stepped", "scaled"]
EARLIEST = 0.0
LATEST = 253_402_300_799.0
"""The first second of 1970 and the last of 9999: what every form of a time can write."""
STEP_S = 0.001
MOST_FACTOR = 100_000.0
"""How many times as fast as real time a clock may go: more than a day in a second."""


class Setting(NamedTuple):
    """All that a clock is set to; see `Clock` for the fields."""

    frozen: float | None
    shift: float
    step: float
    factor: float
    since: float


@dataclass(slots=True)
class Clock:
    """A clock that goes with `source`, `shift` seconds ahead, or stands at `frozen`.

    One that stands may go `step` seconds ahead whenever it is looked at: time then passes, but by
    what is asked of the world alone, on a fast machine as on a slow one. What it is set to is
    rounded to microseconds, so that many small steps end where one large step does. One that goes
    may do so `factor` times as fast, from when `source` showed `since`.
    """

    source: Callable[[], float] = time.time
    frozen: float | None = None
    shift: float = 0.0
    step: float = 0.0
    factor: float = 1.0
    since: float = 0.0
    _setting: Setting | None = field(init=False, default=None)

    @property
    def mode(self) -> Mode:
        """Whether it goes by itself and how, and if not, whether it goes by being looked at."""
        if self.frozen is None:
            return "real" if self.factor == 1 else "scaled"
        return "stepped" if self.step else "frozen"

    @property
    def exact(self) -> bool:
        """Whether it moves by somebody's will alone, so that work need not share time with it."""
        return self.frozen is not None or self.source is not time.time

    def now(self) -> float:
        """Return the seconds since 1970."""
        if self.frozen is None:
            since = self.since
            return min(since + self.shift + (self.source() - since) * self.factor, LATEST)
        now = self.frozen
        if self.step:
            self.frozen = round(now + self.step, 6)
            self._setting = None
        return now

    def peek(self) -> float:
        """Return what it shows, without its going ahead for being looked at."""
        return self.now() if self.frozen is None else self.frozen

    def set(
        self, mode: Mode, now: float | None, *, step: float = STEP_S, factor: float = 1.0
    ) -> None:
        """Let the clock go or stand, from `now` on; None means from what it shows.

        A clock that is let go at the real pace without a time shows the real one.
        """
        self._setting = None
        if mode == "real":
            self.shift = 0.0 if now is None else now - self.source()
            self.frozen, self.step, self.factor, self.since = None, 0.0, 1.0, 0.0
            return
        shown = self.now() if now is None else now
        if mode == "scaled":
            self.frozen, self.step, self.factor, self.since = None, 0.0, factor, self.source()
            self.shift = shown - self.since
        else:
            self.frozen = round(shown, 6)
            self.step = step if mode == "stepped" else 0.0

    def advance(self, seconds: float) -> None:
        """Step forward."""
        self._setting = None
        if self.frozen is None:
            self.shift += seconds
        else:
            self.frozen = round(self.frozen + seconds, 6)

    @property
    def setting(self) -> Setting:
        """What it is set to, to be restored later."""
        if self._setting is None:
            self._setting = Setting(self.frozen, self.shift, self.step, self.factor, self.since)
        return self._setting

    def restore(self, setting: Setting) -> None:
        """Set the clock as it was: one that stood stands there again, one that went goes on."""
        self.frozen, self.shift, self.step, self.factor, self.since = self._setting = setting

    def copy(self) -> Clock:
        """Return a clock that shows the same and is set on its own."""
        return replace(self)

    def anew(self) -> Clock:
        """Return a clock that begins again where this one began."""
        if not self.since:
            return self.copy()
        now = self.source()
        return replace(self, since=now, shift=self.since + self.shift - now)
