"""What a run is asked for, what each of its scenarios found out, and what all of them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from contracts.profile import Profile
from contracts.run.findings import Finding, Findings
from contracts.run.ledger import Ledger, State
from spec import Contract, RawAnswer, RawRequest, TargetUnreachable

Log: TypeAlias = list[tuple[RawRequest, RawAnswer]]
Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the phase, how many of its scenarios were played, and how many there are."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for.

    `walks` are random ones, `cases` is the budget: at most so many scenarios are played. With
    `quick` a row of the ledger is left alone once it is proven; with `first` the run ends at the
    first contradiction. `workers` are processes that share the scenarios.
    """

    seed: int = 0
    walks: int = 60
    cases: int | None = None
    max_seconds: float | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    quick: bool = False
    first: bool = False
    shrink: bool = True
    workers: int = 1

    def wants(self, operation: str) -> bool:
        """Tell whether an operation is to be tested."""
        chosen = not self.only or any(one in operation for one in self.only)
        return chosen and not any(one in operation for one in self.skip)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What playing one scenario gave: rows proven, why others were missed, contradictions.

    With `ended` the first contradiction ended it. `lost` is why the target answered no more, if it
    did not.
    """

    number: int
    proven: frozenset[str]
    missed: str | None
    findings: tuple[Finding, ...]
    log: Log
    lost: TargetUnreachable | None = None
    interrupted: bool = False
    ended: bool = False


@dataclass
class Report:
    """What a run found out."""

    contract: Contract
    profile: Profile
    options: Options
    ledger: Ledger
    findings: Findings
    requests: int = 0
    seconds: float = 0.0
    scenarios: int = 0
    cut_short: bool = False
    interrupted: bool = False
    lost: str = ""
    """Why the target stopped answering in the middle of the run, if it did."""
    log: Log = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 contradicted, 3 target lost, 4 not everything reached."""
        if self.interrupted:
            return 130
        if len(self.findings):
            return 1
        if self.lost:
            return 3
        counts = self.ledger.counts()
        return 4 if counts[State.UNREACHED] or self.cut_short else 0
