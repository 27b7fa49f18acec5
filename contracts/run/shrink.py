"""The shortest sequence that still shows a contradiction, each attempt from a fresh start.

A contradiction that does not come back is not hidden: it is reported as flaky. A write is blamed
for a change only as long as the change needs it: where reading alone shows the same, that is the
finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, TypeVar

from contracts.oracle import laws
from contracts.oracle.contradictions import Contradiction
from contracts.run.findings import Finding
from contracts.steps import Exchange, Step, shifted
from contracts.walk import Contradicted, Walk, World
from spec import ABSENT, Json


@dataclass
class Shrinker:
    """Shrinks findings against one world, with at most `budget` requests for each."""

    world: World
    budget: int = 120

    def shrink(self, finding: Finding) -> Finding:
        """Return the finding with fewer steps and smaller bodies, if it can be reproduced."""
        if finding.spent:
            return finding
        before = self.world.requests
        best, again = self._sent_again(finding)
        if best is None:
            spent = self.world.requests - before
            return replace(finding, reproduced=False, again=again, extra_requests=spent)
        limit = before + self.budget
        best = self._acquitted(best)
        best = shortest(best, self._attempt, more=lambda: self.world.requests < limit)
        spent = self.world.requests - before
        strange = self._strange(best.steps)
        return replace(best, reproduced=True, extra_requests=spent, strange=strange)

    def _strange(self, steps: Sequence[Step]) -> tuple[str, str] | None:
        """Return the last write and the one field of its body that it has not, if that is all."""
        last = next((one for one in reversed(steps) if self._writes(one)), None)
        if last is None or not isinstance(last.body, dict):
            return None
        operation = self.world.contract.operations[last.operation]
        declared = next(iter(operation.body.declared.values()), None) if operation.body else None
        names = set(last.body) - set(declared.properties if declared else ())
        return (operation.id, names.pop()) if declared and len(names) == 1 else None

    def _sent_again(self, finding: Finding) -> tuple[Finding | None, tuple[Exchange, ...]]:
        """Return the finding as it shows when sent again, or else what came instead."""
        came: tuple[Exchange, ...] = ()
        for _ in range(2):
            found, came = self._tried(finding, finding.steps)
            if found is not None:
                return found, came
        return None, came

    def _acquitted(self, finding: Finding) -> Finding:
        """Return what reading shows in the place of the write that is blamed, if it does."""
        *before, last = finding.steps
        reads = [one for one in before if not self._writes(one)]
        if _law(finding) not in _BLAMED or not reads or not self._writes(last):
            return finding
        return self._attempt(finding, [*before, reads[-1]]) or finding

    def _writes(self, step: Step) -> bool:
        return self.world.contract.operations[step.operation].writes

    def _attempt(self, finding: Finding, steps: Sequence[Step]) -> Finding | None:
        """Return the finding as these steps show it, None when they do not."""
        return self._tried(finding, steps)[0]

    def _tried(
        self, finding: Finding, steps: Sequence[Step]
    ) -> tuple[Finding | None, tuple[Exchange, ...]]:
        """Return the finding, if these steps show it, and what was sent and came."""
        walk = self.world.start()
        walk.forgiving = not finding.contradiction.slip
        try:
            found = walked(walk, steps)
        finally:
            walk.clean()
        exchanges = tuple(walk.exchanges)
        if found is None or not _shows(finding, found.contradiction):
            return None, exchanges
        shown = replace(
            finding,
            contradiction=found.contradiction,
            steps=tuple(exchange.step for exchange in exchanges),
            exchanges=exchanges,
        )
        return shown, exchanges


_BLAMED = frozenset({laws.REFUSED, laws.UNTOUCHED})
"""Laws whose breach lays a change at a write's door."""


def _law(finding: Finding) -> str:
    return finding.contradiction.row.partition(": ")[2]


def _shows(finding: Finding, found: Contradiction) -> bool:
    """Tell whether a contradiction is the one of a finding, or what is behind it."""
    if found.cause == finding.contradiction.cause:
        return True
    return _law(finding) in _BLAMED and found.row.endswith(f": {laws.PURE}")


class Shown(Protocol):
    """Whatever a sequence of steps shows."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that show it."""


S = TypeVar("S", bound=Shown)
Attempt: TypeAlias = Callable[[S, Sequence[Step]], S | None]
"""Sends steps from a fresh start; returns the same thing as they show it, None if they do not."""


def shortest(first: S, attempt: Attempt[S], *, more: Callable[[], bool]) -> S:
    """Return what the fewest steps and the smallest bodies show, as long as `more` may be sent."""
    return _smaller(_fewer(first, attempt, more), attempt, more)


def _fewer(first: S, attempt: Attempt[S], more: Callable[[], bool]) -> S:
    best = first
    progress = True
    while progress and more():
        progress = False
        for steps in _shorter(best.steps):
            if not more():
                break
            found = attempt(best, steps)
            if found is not None:
                best, progress = found, True
                break
    return best


def _smaller(first: S, attempt: Attempt[S], more: Callable[[], bool]) -> S:
    best = first
    progress = True
    while progress and more():
        progress = False
        for number in range(len(best.steps)):
            for body in simpler(best.steps[number].body):
                if not more():
                    return best
                changed = replace(best.steps[number], body=body)
                steps = (*best.steps[:number], changed, *best.steps[number + 1 :])
                found = attempt(best, steps)
                if found is not None and len(found.steps) == len(steps):
                    best, progress = found, True
                    break
    return best


def walked(walk: Walk, steps: Sequence[Step]) -> Contradicted | None:
    """Send steps one after the other; return the contradiction that ends them, if one does."""
    try:
        for step in steps:
            walk.send(step)
    except Contradicted as contradicted:
        return contradicted
    return None


def _shorter(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Yield the sequence without what its last step does not need, and without some of its steps.

    A half is left out before a quarter, and single steps at the end.
    """
    last = len(steps) - 1
    needed = _needed(steps, {last})
    if len(needed) < len(steps):
        yield _only(steps, needed)
    size = max(last // 2, 1)
    while size:
        for first in range(0, last, size):
            left_out = set(range(first, min(first + size, last)))
            kept = {n for n in range(len(steps)) if not left_out & _needed(steps, {n})}
            if last in kept:
                yield _only(steps, kept)
        size //= 2


def _needed(steps: Sequence[Step], wanted: set[int]) -> set[int]:
    needed = set(wanted)
    for number in sorted(range(len(steps)), reverse=True):
        if number in needed:
            needed |= steps[number].refs()
    return needed


def _only(steps: Sequence[Step], kept: set[int]) -> tuple[Step, ...]:
    order = sorted(kept)
    numbers = {old: new for new, old in enumerate(order)}
    return tuple(shifted(steps[number], numbers) for number in order)


_PLAIN = "a"


def simpler(body: Json) -> Iterator[Json]:
    """Yield smaller bodies: halves of wide objects first, then one member or one row less.

    Texts are made plain, then short.
    """
    if body is ABSENT:
        return
    if isinstance(body, dict):
        names = list(body)
        if len(names) > 3:
            half = len(names) // 2
            yield {name: body[name] for name in names[half:]}
            yield {name: body[name] for name in names[:half]}
        for name in body:
            yield {key: value for key, value in body.items() if key != name}
        for name, value in body.items():
            for smaller in simpler(value):
                yield {**body, name: smaller}
    elif isinstance(body, list):
        for number in range(len(body)):
            if len(body) > 1:
                yield [*body[:number], *body[number + 1 :]]
        for number, value in enumerate(body):
            for smaller in simpler(value):
                yield [*body[:number], smaller, *body[number + 1 :]]
    elif isinstance(body, str) and (len(body) > 1 or not body.isascii()):
        plain = _PLAIN * len(body)
        if body != plain:
            yield plain
        if len(body) > 1:
            yield body[: len(body) // 2]


def trace(exchanges: Sequence[Exchange]) -> tuple[Step, ...]:
    """Return the steps of exchanges."""
    return tuple(exchange.step for exchange in exchanges)
