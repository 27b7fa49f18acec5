"""One comparison: the plan of a run sent to two targets, and the ways in which they differ.

The same document, profiles, seed and budget send the same bytes in the same order to both.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from contracts.compare.attempts import PACES, attempt
from contracts.compare.divergences import Divergence, Divergences, divergence
from contracts.compare.grounds import Grounds
from contracts.compare.steadiness import unsteady
from contracts.compare.walks import Agreed, Diverged, Lead, Pace, both
from contracts.oracle.contradictions import Contradiction
from contracts.reach.drafts import Drafts
from contracts.run.plan import Planned, nonce, plan
from contracts.run.results import Options, Progress
from contracts.run.runner import preflight
from contracts.run.shrink import shortest
from contracts.steps import Step
from contracts.target import Target
from contracts.walk import Contradicted, Unreached
from spec import Contract, TargetUnreachable

_MOST_AGAIN = 10
"""How often a scenario is walked at most, again because something was found on its way."""
_BUDGET = 240
_BUDGET_EACH = 16
"""Requests to both sides for which a divergence is shrunk, and more of them for each step."""


@dataclass(frozen=True)
class Unstable:
    """A difference that says nothing: a side shows it with itself, or it came but once."""

    divergence: Divergence
    sides: tuple[str, ...]


@dataclass
class Comparison:
    """What a comparison found out.

    `compared` counts the answers that were held against each other, `alike` the walks that ended
    where both contradict the document in the same way, `skipped` the walks that could not be set
    up, by the reason.
    """

    grounds: Grounds
    options: Options
    divergences: Divergences = field(default_factory=Divergences)
    unstable: list[Unstable] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    scenarios: int = 0
    compared: int = 0
    alike: int = 0
    requests: int = 0
    seconds: float = 0.0
    mock: bool = False
    """Whether the reference is our own mock, in this process."""
    passed: frozenset[str] = frozenset()
    """The spots that were not compared any more once they were known to differ."""
    cut_short: bool = False
    interrupted: bool = False
    lost: str = ""
    """Why a target stopped answering in the middle, if one did."""

    @property
    def contract(self) -> Contract:
        """The contract under which both were compared."""
        return self.grounds.contract

    @property
    def exit_code(self) -> int:
        """0 no divergence, 1 divergences, 3 a target lost, 4 not enough compared."""
        if self.interrupted:
            return 130
        if len(self.divergences):
            return 1
        if self.lost:
            return 3
        return 4 if self.cut_short or not self.compared else 0


def compare(
    grounds: Grounds,
    left: Target,
    right: Target,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> Comparison:
    """Send the plan to both targets and return where they differ.

    Of the options, those that speak of rows or of several processes do not count.

    Raises: TargetUnreachable: one does not answer. CredentialsRefused: it answers 401.
    ConfigurationError: one cannot be started afresh as its profile says.
    """
    return _Comparing(grounds, left, right, options or Options(), progress).result()


class _Comparing:
    def __init__(
        self,
        grounds: Grounds,
        left: Target,
        right: Target,
        options: Options,
        progress: Progress | None,
    ) -> None:
        self.drafts = Drafts(grounds.contract)
        self.plan = plan(grounds.contract, options)
        self.both = both(grounds, left, right, nonce(grounds.contract, options), len(self.plan))
        self.options = options
        self.progress = progress or (lambda phase, done, total: None)
        self.started = time.monotonic()
        self.found = Comparison(grounds, options)

    def result(self) -> Comparison:
        preflight(self.both.left, self.drafts)
        preflight(self.both.right, self.drafts)
        try:
            self._walked()
            self.found.divergences.group()
            self._shrink()
        except (KeyboardInterrupt, TargetUnreachable) as stop:
            self.found.interrupted = isinstance(stop, KeyboardInterrupt)
            self.found.lost = "" if self.found.interrupted else str(stop)
            self.found.divergences.group()
        self.found.passed = frozenset(self.both.passed)
        self.found.requests = self.both.requests
        self.found.seconds = time.monotonic() - self.started
        return self.found

    # -- walking ----------------------------------------------------------------------------------

    def _walked(self) -> None:
        totals = Counter(one.phase for one in self.plan)
        done: Counter[str] = Counter()
        for planned in self.plan:
            if self._late():
                return
            self.progress(planned.phase, done[planned.phase], totals[planned.phase])
            done[planned.phase] += 1
            number: int | None = planned.number
            for _ in range(_MOST_AGAIN):
                if not self._play(planned, number):
                    break
                number = None

    def _late(self) -> bool:
        limit = self.options.max_seconds
        if limit is not None and time.monotonic() - self.started > limit:
            self.found.cut_short = True
        return self.found.cut_short

    def _play(self, planned: Planned, number: int | None) -> bool:
        """Walk a scenario; tell whether it would come further now if it were walked again."""
        self.found.scenarios += 1
        scenario = planned.scenario
        lead = self.both.start(number)
        one: Divergence | None = None
        try:
            scenario.run(lead)
        except Unreached as missing:
            self.found.skipped[str(missing)] += 1
        except Agreed:
            self.found.alike += 1
        except Contradicted as contradicted:
            one = self._by_itself(lead, contradicted.contradiction, scenario.id)
        except Diverged as diverged:
            one = divergence(lead, diverged, scenario.id)
        finally:
            self.found.compared += lead.compared
            lead.clean()
        return one is not None and self._note(one)

    def _by_itself(
        self, lead: Lead, contradiction: Contradiction, scenario: str
    ) -> Divergence | None:
        """Return the divergence of work that is not finished on A, unless it is not on B either."""
        if not all(one.finished for one in lead.follower.knowledge.jobs.running.values()):
            self.found.alike += 1
            return None
        return divergence(lead, Diverged(None, contradiction, None), scenario)

    def _note(self, one: Divergence) -> bool:
        """Take a divergence in; tell whether it is passed over from now on."""
        passing = one.difference is not None and not one.lasting
        sides = unsteady(self.both, one) if passing and not one.spent else []
        if sides:
            self.found.unstable.append(Unstable(one, tuple(sides)))
        else:
            self.found.divergences.add(one)
        if one.difference is not None and passing:
            self.both.passed.add(one.difference.spot)
        return passing

    # -- shrinking --------------------------------------------------------------------------------

    def _shrink(self) -> None:
        kept = Divergences()
        everything = list(self.found.divergences)
        for number, one in enumerate(everything):
            self.progress("shrinking", number, len(everything))
            short = self._short(one)
            if short is not None:
                kept.add(short)
        kept.unite()
        self.found.divergences = kept

    def _short(self, one: Divergence) -> Divergence | None:
        """Return a divergence with as few steps as show it, None when it is not stable."""
        if one.spent or not self.options.shrink:
            return one
        before = self.both.requests
        with self._looking_for(one):
            ways = (partial(self._attempt, pace=pace) for pace in PACES)
            shown = ((way, way(one, one.steps)) for way in ways)
            way, best = next((two for two in shown if two[1] is not None), (None, None))
            if way is None or best is None:
                return self._once(one)
            limit = before + _BUDGET + _BUDGET_EACH * len(one.steps)
            best = shortest(best, way, more=lambda: self.both.requests < limit)
            sides = unsteady(self.both, best) if best.verdict == "neither" else []
        if sides:
            self.found.unstable.append(Unstable(best, tuple(sides)))
            return None
        return replace(best, reproduced=True, extra_requests=self.both.requests - before)

    @contextmanager
    def _looking_for(self, one: Divergence) -> Iterator[None]:
        """Let a difference that is passed over count again for a while."""
        spots = {one.difference.spot} if one.difference else set()
        mine = spots & self.both.passed
        self.both.passed -= mine
        try:
            yield
        finally:
            self.both.passed |= mine

    def _once(self, one: Divergence) -> Divergence | None:
        """Return what came but once if a side has contradicted the document: that is told."""
        if one.verdict != "neither":
            return replace(one, reproduced=False)
        self.found.unstable.append(Unstable(one, ()))
        return None

    def _attempt(self, one: Divergence, steps: Sequence[Step], *, pace: Pace) -> Divergence | None:
        """Return the divergence as these steps show it, None when they do not."""
        found = attempt(self.both, steps, pace, one.scenario)
        if found.found is None or not found.shows(one.verdict, one.contradiction.cause):
            return None
        return replace(found.found, operations=one.operations, seen=one.seen, notes=one.notes)
