"""Latency: always the same, spread like a bell, or with the percentiles that were measured."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

MOST_MS = 60_000.0


@dataclass(frozen=True, slots=True)
class Delay:
    """How long answers are held back: for shares of all answers (0 to 1) the most, in ms.

    Between two shares it rises evenly; `mean` and `deviation` make it a bell instead.
    """

    points: Sequence[tuple[float, float]] = ()
    mean: float = 0.0
    deviation: float = 0.0

    @classmethod
    def fixed(cls, milliseconds: float) -> Delay:
        """Return a delay that is always the same."""
        return cls(mean=milliseconds)

    def drawn(self, random: Random) -> float:
        """Return the milliseconds of one answer."""
        if self.points:
            return min(MOST_MS, self._at(random.random()))
        drawn = random.gauss(self.mean, self.deviation) if self.deviation else self.mean
        return min(MOST_MS, max(0.0, drawn))

    def _at(self, share: float) -> float:
        shares = [one for one, _ in self.points]
        place = bisect_left(shares, share)
        if place == len(self.points):
            return self.points[-1][1]
        upper, most = self.points[place]
        lower, least = self.points[place - 1] if place else (0.0, 0.0)
        if upper == lower:
            return most
        return least + (most - least) * (share - lower) / (upper - lower)
