"""Which value of one side stands for which of the other: keys, what servers make, and moments.

Two answers are alike when their values can be paired one to one, the same value always with the
same one: like two texts that differ in the names of their variables only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from contracts.steps import Ref
from spec import Json
from spec.times import moment

_FRACTION = re.compile(r"[.]([0-9]+)")
DISTINCTIVE = 8
"""Characters from which on a text is hardly equal to another one by chance."""
_WORD = re.compile(f"[A-Za-z0-9_-]{{{DISTINCTIVE},}}")
_NEAR = 2.0
"""Seconds within which a moment in a request is taken to be meant by one of an answer."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values that stand for the same thing, with where each side's answers first showed it."""

    left: Json
    right: Json
    spots: tuple[Ref, Ref] | None = None


@dataclass
class Pairs:
    """The pairs of one walk, by domain: a kind of record, or whatever else a value is told by."""

    _left: dict[tuple[str, str], Pair] = field(default_factory=dict)
    _right: dict[tuple[str, str], Pair] = field(default_factory=dict)
    _domains: dict[str, list[str]] = field(default_factory=dict)
    _moments: dict[float, Pair] = field(default_factory=dict)

    def copy(self) -> Pairs:
        """Return pairs that begin with these and grow on their own."""
        domains = {text: list(found) for text, found in self._domains.items()}
        return replace(
            self,
            _left=dict(self._left),
            _right=dict(self._right),
            _domains=domains,
            _moments=dict(self._moments),
        )

    def become(self, others: Pairs) -> None:
        """Forget these pairs for those of a copy that was made before."""
        self._left, self._right = others._left, others._right
        self._domains, self._moments = others._domains, others._moments

    def pair(
        self, domain: str, left: Json, right: Json, spots: tuple[Ref, Ref] | None = None
    ) -> bool:
        """Pair two values unless one has another partner; tell whether they are a pair now."""
        here, there = (domain, str(left)), (domain, str(right))
        if here not in self._left and there not in self._right:
            self._left[here] = self._right[there] = Pair(left, right, spots)
            self._domains.setdefault(str(left), []).append(domain)
            return True
        found = self._left.get(here)
        return found is not None and str(found.right) == str(right)

    def of_left(self, domain: str, value: Json) -> Pair | None:
        """Return the pair of a value of the left side."""
        return self._left.get((domain, str(value)))

    def of_right(self, domain: str, value: Json) -> Pair | None:
        """Return the pair of a value of the right side."""
        return self._right.get((domain, str(value)))

    def anywhere(self, left: Json) -> Pair | None:
        """Return the pair of a value of the left side in whatever domain it stands first."""
        domains = self._domains.get(str(left))
        return self._left[(domains[0], str(left))] if domains else None

    def are_paired(self, left: Json, right: Json) -> bool:
        """Tell whether two values are a pair in some domain."""
        found = (self.of_left(one, left) for one in self._domains.get(str(left), ()))
        return any(one is not None and str(one.right) == str(right) for one in found)

    def reworded(self, left: str) -> str:
        """Return a text with each distinctive word of the left side replaced by its partner."""

        def partner(match: re.Match[str]) -> str:
            found = self.anywhere(match.group())
            return str(found.right) if found else match.group()

        return _WORD.sub(partner, left)

    # -- moments ----------------------------------------------------------------------------------

    def meet(self, left: str, right: str, spots: tuple[Ref, Ref] | None = None) -> None:
        """Remember that one side's clock said this where the other's said that."""
        at = moment(left)
        if at is not None:
            # What both clocks say alike was there before, and need not be asked for again.
            self._moments.setdefault(at, Pair(left, right, None if left == right else spots))

    def moment_of(self, left: str) -> Pair | None:
        """Return the pair of a moment of the left side that is written in the very same way."""
        at = moment(left)
        found = self._moments.get(at) if at is not None else None
        return found if found is not None and found.left == left else None

    def moved(self, left: str) -> str | None:
        """Return a moment near one that the left side has told, as it would be on the right."""
        at = moment(left)
        if at is None or not self._moments:
            return None
        nearest = min(self._moments, key=lambda one: abs(one - at))
        if abs(nearest - at) > _NEAR:
            return None
        ahead = (moment(self._moments[nearest].right) or at) - nearest
        return _shifted(left, timedelta(seconds=round(ahead, 6)))


def _shifted(text: str, by: timedelta) -> str | None:
    """Return a later moment as precisely and in the same zone; None for a leap second."""
    fraction = _FRACTION.search(text)
    precision = "seconds" if fraction is None else "microseconds"
    if fraction and len(fraction[1]) <= 3:
        precision = "milliseconds"
    try:
        found = datetime.fromisoformat(text.upper()) + by
    except ValueError:
        return None
    written = found.isoformat(timespec=precision)
    return f"{written[:-6]}Z" if text[-1] in "Zz" else written
