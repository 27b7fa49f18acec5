"""The shortest sequence that still shows a contradiction, each attempt from a fresh start.

A contradiction that does not come back is not hidden: it is reported as flaky. A write is blamed
for a change only as long as the change needs it: where reading alone shows the same, that is the
finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypeVar

from contracts import waiting
from contracts.oracle import jobs, laws
from contracts.oracle.contradictions import Contradiction
from contracts.run.findings import Finding
from contracts.steps import Exchange, Step, Template, shifted
from contracts.walk import World
from spec import ABSENT

_PLAIN = "a"


@dataclass
class Shrinker:
    """Shrinks findings against one world.

    For each it sends at most `budget` requests, and `each` more for every step that it begins with.
    """

    world: World
    budget: int = 120
    each: int = 6
    _patient: bool = field(default=True, init=False)
    """Whether work is waited for: not where a finding shows only while it goes on."""

    def shrink(self, finding: Finding) -> Finding:
        """Return the finding with fewer steps and smaller bodies, if it can be reproduced."""
        if finding.spent:
            return finding
        before = self.world.requests
        if finding.law != jobs.FINISHES:
            # What work has left undone shows only once it is finished, however slow it is.
            self.world.patience = None
        best, again = self._sent_again(finding)
        if best is None:
            spent = self.world.requests - before
            return replace(finding, reproduced=False, again=again, extra_requests=spent)
        limit = before + self.budget + self.each * len(finding.steps)
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
        for patient in (True, False):
            self._patient = patient
            found, came = self._tried(finding, finding.steps)
            if found is not None:
                return found, came
        return None, came

    def _acquitted(self, finding: Finding) -> Finding:
        """Return what reading shows in the place of the write that is blamed, if it does."""
        *before, last = finding.steps
        reads = [one for one in before if not self._writes(one)]
        if finding.law not in _BLAMED or not reads or not self._writes(last):
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
            found = waiting.sent_again(walk, steps, patient=self._patient)
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


def _shows(finding: Finding, found: Contradiction) -> bool:
    """Tell whether a contradiction is the one of a finding, or what is behind it."""
    if found.cause == finding.contradiction.cause:
        return True
    return finding.law in _BLAMED and found.row.endswith(f": {laws.PURE}")


class Shown(Protocol):
    """Whatever a sequence of steps shows."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that show it."""


S = TypeVar("S", bound=Shown)
T = TypeVar("T")
Attempt: TypeAlias = Callable[[S, Sequence[Step]], S | None]
"""Sends steps from a fresh start; returns the same thing as they show it, None if they do not."""


def shortest(first: S, attempt: Attempt[S], *, more: Callable[[], bool]) -> S:
    """Return what the fewest and the smallest steps show, as long as `more` may be sent."""
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
    for number in range(len(first.steps)):

        def shows(step: Step, number: int = number) -> bool:
            nonlocal best
            if not more():
                return False
            steps = (*best.steps[:number], step, *best.steps[number + 1 :])
            found = attempt(best, steps)
            if found is None or len(found.steps) != len(steps):
                return False
            best = found
            return True

        _simplify(first.steps[number], shows)
    return best


def _simplify(step: Step, shows: Callable[[Step], bool]) -> None:
    """Try a step with less in its query and its body, until nothing more can be left out."""
    query = _reduced_list(list(step.query), lambda left: shows(replace(step, query=tuple(left))))
    plain = replace(step, query=tuple(query))
    if plain.body is not ABSENT:
        reduced(plain.body, lambda body: shows(replace(plain, body=body)))


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


def reduced(value: Template, fits: Callable[[Template], bool]) -> Template:
    """Return the smallest form of a value that fits: fewer members, plain and short texts."""
    if isinstance(value, dict):
        members = _reduced_list(list(value.items()), lambda left: fits(dict(left)))
        left = dict(members)
        for name in list(left):
            left[name] = reduced(left[name], _inside(left, name, fits))
        return left
    if isinstance(value, list):
        rows = _reduced_list(value, lambda left: bool(left) and fits(left))
        for number in range(len(rows)):
            rows[number] = reduced(rows[number], _inside(rows, number, fits))
        return rows
    return _plain(value, fits) if isinstance(value, str) else value


def _plain(text: str, fits: Callable[[Template], bool]) -> str:
    """Return a text that fits as well: the plainest of that length, then the half of it."""
    plain = _PLAIN * len(text)
    if (len(text) > 1 or not text.isascii()) and text != plain and fits(plain):
        text = plain
    while len(text) > 1 and fits(text[: len(text) // 2]):
        text = text[: len(text) // 2]
    return text


def _inside(
    outer: Any, key: str | int, fits: Callable[[Template], bool]
) -> Callable[[Template], bool]:
    """Return the question whether the outer value fits with another one under a key."""

    def asked(inner: Template) -> bool:
        changed = outer.copy()
        changed[key] = inner
        return fits(changed)

    return asked


def _reduced_list(items: list[T], fits: Callable[[list[T]], bool]) -> list[T]:
    """Return the items that are needed for it to fit: half of them are left out before each one."""
    size = max((len(items) + 1) // 2, 1)
    while items:
        first = 0
        while first < len(items):
            rest = items[:first] + items[first + size :]
            if fits(rest):
                items = rest
            else:
                first += size
        if size == 1:
            break
        size = (size + 1) // 2
    return items


def trace(exchanges: Sequence[Exchange]) -> tuple[Step, ...]:
    """Return the steps of exchanges."""
    return tuple(exchange.step for exchange in exchanges)
