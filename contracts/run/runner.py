"""One run of the suite: the scenarios of its plan, then shrinking; in this order, always.

The same document, profile, seed and budget send the same bytes in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from contracts.oracle.routing import ROUTING
from contracts.oracle.rows import row_of
from contracts.profile import Profile
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.parents import orphaned
from contracts.run.crew import Alone, Crew, player, several
from contracts.run.findings import Finding, Findings
from contracts.run.ledger import Ledger, State
from contracts.run.plan import Planned, rounds
from contracts.run.player import Player
from contracts.run.results import Options, Outcome, Progress, Report
from contracts.run.shrink import Shrinker
from contracts.target import Target
from contracts.walk import Walk, World
from spec import SUCCESS, ConformockError, Contract, TargetUnreachable

_MOST_OPENINGS = 6


@dataclass
class CredentialsRefused(ConformockError):  # noqa: N818 - reads as what happened
    """The target does not take the profile's first credential: the environment, not a verdict."""

    url: str
    credential: str
    status: int
    exit_code = 3

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        return (
            f"{self.url}: the credential {self.credential!r} of the profile is refused with "
            f"{self.status}. Is it still valid, and of this environment?"
        )


def run(
    contract: Contract,
    profile: Profile,
    target: Target,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> Report:
    """Run the suite and return what it found; `progress` is told the phase and how far it is.

    Raises: TargetUnreachable: the target does not answer. CredentialsRefused: it answers 401.
    ConfigurationError: the target cannot be started afresh as the profile says, or not by several.
    """
    options = options or Options()
    leader = player(contract, profile, target, options)
    return _Run(contract, leader, options, progress or (lambda phase, done, total: None)).report()


class _Run:
    def __init__(
        self, contract: Contract, leader: Player, options: Options, progress: Progress
    ) -> None:
        self.leader = leader
        self.world = leader.world
        self.options = options
        self.progress = progress
        self.started = time.monotonic()
        profile = self.world.profile
        ledger = Ledger(contract, profile.not_applicable, profile.off_limits)
        if options.only or options.skip:
            ledger.rows = {k: v for k, v in ledger.rows.items() if options.wants(v.operation)}
        self.result = Report(contract, profile, options, ledger, Findings())
        self.reasons: dict[str, str] = {}

    def report(self) -> Report:
        self.world.log = self.result.log
        preflight(self.world, self.leader.drafts)
        try:
            with self._crew() as crew:
                self._played(crew)
            self.result.ledger.rename(self.result.findings.group())
            self._shrink()
        except (KeyboardInterrupt, TargetUnreachable) as stop:
            self.result.interrupted = isinstance(stop, KeyboardInterrupt)
            self.result.lost = "" if self.result.interrupted else str(stop)
            self.result.ledger.rename(self.result.findings.group())
        self.result.ledger.miss(self.reasons)
        self.result.requests = len(self.result.log)
        self.result.seconds = time.monotonic() - self.started
        return self.result

    @contextmanager
    def _crew(self) -> Iterator[Crew]:
        if self.options.workers == 1:
            yield Alone(self.leader)
            return
        with several(self.world, self.options) as crew:
            yield crew

    # -- scenarios --------------------------------------------------------------------------------

    def _played(self, crew: Crew) -> None:
        planned = list(self.leader.plan.values())
        totals = _totals(planned)
        done = dict.fromkeys(totals, 0)
        for chosen in rounds(planned) if self.options.quick else [planned]:
            wanted = [one.number for one in chosen if self._is_wanted(one)]
            for outcome in crew.outcomes(self._in_time(wanted)):
                one = self.leader.plan[outcome.number]
                self.progress(one.phase, done[one.phase], totals[one.phase])
                done[one.phase] += 1
                self._take(one, outcome)
                if self.options.first and len(self.result.findings):
                    return

    def _is_wanted(self, planned: Planned) -> bool:
        """Tell whether a scenario may still teach something, as far as this run wants to know."""
        rows = [self.result.ledger.rows.get(one) for one in planned.scenario.rows]
        if not self.options.quick or not rows:
            return True
        return any(row is not None and row.state is State.UNREACHED for row in rows)

    def _in_time(self, numbers: list[int]) -> Iterator[int]:
        for number in numbers:
            if self._late():
                return
            yield number

    def _late(self) -> bool:
        limit = self.options.max_seconds
        if limit is not None and time.monotonic() - self.started > limit:
            self.result.cut_short = True
        return self.result.cut_short

    def _take(self, planned: Planned, outcome: Outcome) -> None:
        """Enter what a scenario gave.

        Raises: TargetUnreachable: the target was lost in it. KeyboardInterrupt: it was interrupted.
        """
        self.result.scenarios += 1
        self.result.log += outcome.log
        for row in planned.scenario.rows if outcome.missed is not None else ():
            self.reasons.setdefault(row, outcome.missed or "")
        for finding in outcome.findings:
            self._found(finding)
        for row in planned.scenario.rows if outcome.ended else ():
            self.result.ledger.end(row, outcome.findings[0].id)
        self.result.ledger.prove(outcome.proven)
        if outcome.interrupted:
            raise KeyboardInterrupt
        if outcome.lost is not None:
            raise outcome.lost

    def _found(self, finding: Finding) -> None:
        one = finding.contradiction
        self.result.findings.add(finding)
        if one.cause[0] == ROUTING:
            # No row speaks of what the document has not.
            return
        ledger = self.result.ledger
        row = one.row if one.row in ledger.rows else self._success_row(one.operation)
        ledger.contradict(row, finding.id)

    def _success_row(self, operation: str) -> str:
        contract = self.result.contract
        return row_of(contract.operations[operation], SUCCESS, contract)

    def _shrink(self) -> None:
        if not self.options.shrink:
            return
        self.world.log = self.result.log
        shrinker = Shrinker(self.world)
        shrunk = Findings()
        for number, finding in enumerate(self.result.findings):
            self.progress("shrinking", number, len(self.result.findings))
            short = shrinker.shrink(finding)
            shrunk.add(short)
            self.result.ledger.rename({finding.id: short.id})
        self.result.findings = shrunk
        self.result.ledger.rename(shrunk.unite())
        self.result.ledger.rename(shrunk.group())


def _totals(planned: list[Planned]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for one in planned:
        totals[one.phase] = totals.get(one.phase, 0) + 1
    return totals


def preflight(world: World, drafts: Drafts) -> None:
    """Make sure that somebody answers, and takes the credentials.

    One call that is let in will do: what a target refuses here and there is a verdict's business.

    Raises: TargetUnreachable, CredentialsRefused, ConfigurationError: see `Walk.begin`.
    """
    walk = world.start(0)
    walk.begin()
    refused: Draft | None = None
    for draft in islice(_openings(walk, drafts), _MOST_OPENINGS):
        request, _ = walk.call(draft.step())
        answer = world.send(request)
        world.heartbeat = world.heartbeat or request
        welcome = draft.credential and _surely_welcome(walk, draft)
        if answer.status != 401 or not draft.operation.secured or not welcome:
            return
        refused = refused or draft
    if refused is not None:
        raise CredentialsRefused(world.profile.url, refused.credential or "", 401)


def _openings(walk: Walk, drafts: Drafts) -> Iterator[Draft]:
    """Yield calls that only read and address nothing, those first that should be let in."""
    plain = [
        drafts.draft(walk, operation)
        for operation in walk.contract.operations.values()
        if operation.method == "GET" and not (operation.effect and operation.effect.key)
        if not any(orphaned(walk, operation))
    ]
    for name in walk.callers:
        for draft in plain:
            tried = replace(draft, credential=name)
            if _surely_welcome(walk, tried):
                yield tried
    yield from plain[:1]


def _surely_welcome(walk: Walk, draft: Draft) -> bool:
    judgement = walk.judged(draft.step())
    return judgement is not None and judgement.sole == SUCCESS
