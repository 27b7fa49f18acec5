"""A divergence of two implementations, made worth reading: who is wrong, and how to see it.

It is a finding like those of a run, with a second side: the same steps in the other one's terms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from contracts.compare.values import Difference
from contracts.compare.walks import Diverged, Lead
from contracts.oracle.contradictions import Contradiction
from contracts.oracle.rows import row_of
from contracts.run.findings import Finding, Findings
from contracts.run.shrink import trace
from contracts.steps import Exchange, Step
from spec import SUCCESS

Verdict: TypeAlias = Literal["A", "B", "both", "neither"]
"""Which of the two contradicts the document: A is tested, B is what it is compared with."""


@dataclass(frozen=True, kw_only=True)
class Divergence(Finding):
    """One way in which two implementations differ, with the shortest known sequence of steps.

    `steps` and `exchanges` are A's, `others` and `answers` B's.
    """

    verdict: Verdict
    difference: Difference | None
    against: tuple[Contradiction | None, Contradiction | None]
    others: tuple[Step, ...]
    answers: tuple[Exchange, ...]

    @property
    def id(self) -> str:
        """A short stable name for the cause, the same in every comparison."""
        cause = "\0".join((self.verdict, *self.contradiction.cause))
        return f"D-{hashlib.sha256(cause.encode()).hexdigest()[:8]}"

    @property
    def lasting(self) -> bool:
        """Whether nothing after it can be compared."""
        return self.verdict != "neither" or self.difference is None or _lasting(self.difference)


def _lasting(difference: Difference) -> bool:
    return difference.what == "status" or difference.spot.endswith(" is finished")


def divergence(lead: Lead, found: Diverged, scenario: str) -> Divergence:
    """Return the divergence that ended a walk."""
    one = _about(lead, found)
    apart = _verdict(found) != "neither" or found.difference is None or _lasting(found.difference)
    return Divergence(
        contradiction=one,
        steps=trace(lead.exchanges),
        exchanges=tuple(lead.exchanges),
        scenario=scenario,
        operations=frozenset({one.operation}),
        spent=apart and any([lead.spend(), lead.follower.spend()]),
        verdict=_verdict(found),
        difference=found.difference,
        against=(found.left, found.right),
        others=trace(lead.follower.exchanges),
        answers=tuple(lead.follower.exchanges),
    )


def _verdict(found: Diverged) -> Verdict:
    if found.left is not None:
        return "both" if found.right is not None else "A"
    return "B" if found.right is not None else "neither"


def _about(lead: Lead, found: Diverged) -> Contradiction:
    """Return what one side does against the document, or what the document leaves open."""
    if found.left is not None and found.right is not None and found.difference is not None:
        return _open(lead, found.difference, "both")
    single = found.left or found.right
    if single is not None:
        return single
    assert found.difference is not None, "nothing else ends a walk"
    return _open(lead, found.difference, "difference")


def _open(lead: Lead, difference: Difference, category: str) -> Contradiction:
    operation = lead.contract.operations[difference.operation]
    return Contradiction(
        cause=(category, difference.spot, ""),
        row=row_of(operation, SUCCESS, lead.contract),
        operation=operation.id,
        sentence=difference.sentence,
        expected=difference.right,
        got=difference.left,
        place=difference.place,
    )


_ORDER: tuple[Verdict, ...] = ("A", "both", "B", "neither")


class Divergences:
    """The divergences of a comparison, one for each cause, by who contradicts the document."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[Verdict, Findings] = {one: Findings() for one in _ORDER}
        self._differences: dict[str, list[Difference]] = {}

    def add(self, one: Divergence) -> bool:
        """Take a divergence in; tell whether its cause is new."""
        if one.difference is not None:
            self._differences.setdefault(one.id, []).append(one.difference)
        return self._found[one.verdict].add(one)

    def group(self) -> None:
        """Merge those that one suspect explains, or one of which it is known who is wrong."""
        for verdict, found in self._found.items():
            for old, new in found.group().items():
                if old != new:
                    self._differences.setdefault(new, []).extend(self._differences.pop(old, ()))
            self._found[verdict] = self._by_value(verdict)
        open_, self._found["neither"] = self._of("neither"), Findings()
        for one in open_:
            known = self._explaining(one)
            if known is None:
                self._found["neither"].add(one)
            else:
                self.replace(_with(known, one))

    def unite(self) -> None:
        """Merge those that say the same of the same side."""
        for found in self._found.values():
            found.unite()

    def _by_value(self, verdict: Verdict) -> Findings:
        """Return the divergences of a verdict, those merged that show in the same value."""
        merged: dict[str, Divergence] = {}
        for one in self._of(verdict):
            of_value = one.difference is not None and one.difference.what == "value"
            spot = one.difference.spot if one.difference and of_value else one.id
            known = merged.get(spot)
            both = sorted([known, one], key=lambda each: len(each.steps)) if known else [one]
            merged[spot] = _with(both[0], both[1]) if known else one
        found = Findings()
        for one in merged.values():
            found.add(one)
        return found

    def _of(self, verdict: Verdict) -> list[Divergence]:
        return [one for one in self._found[verdict] if isinstance(one, Divergence)]

    def _explaining(self, one: Divergence) -> Divergence | None:
        """Return the divergence that shows the same defect, in which one side is wrong."""
        for known in self:
            seen = self._differences.get(known.id, ()) if known.verdict != "neither" else ()
            if any(one.difference and other.explains(one.difference) for other in seen):
                return known
        return None

    def replace(self, one: Divergence) -> None:
        """Put a divergence in the place of the one with the same cause."""
        self._found[one.verdict].replace(one)

    def __iter__(self) -> Iterator[Divergence]:
        for verdict in _ORDER:
            yield from self._of(verdict)

    def __len__(self) -> int:
        return sum(len(found) for found in self._found.values())


def _with(known: Divergence, other: Divergence) -> Divergence:
    """Return a divergence in whose notes another one has its place."""
    sentence = other.contradiction.sentence
    return replace(
        known,
        seen=known.seen + other.seen,
        operations=known.operations | other.operations,
        notes=tuple(dict.fromkeys([*known.notes, *other.notes, sentence])),
    )
