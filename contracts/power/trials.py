"""One mutant, and what the suite made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Protocol

from contracts.profile import Profile
from contracts.run.ledger import State
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import BY_LOOKS, WsgiTarget
from spec import ConfigurationError, Contract, Place

MUTANTS = "mockserver.mutants"


class Mutant(Protocol):
    """The mock of a document with one bug, as the mock's side describes it.

    `doubt` says why no request may ever show it; most have none.
    """

    group: str
    kind: str
    operation: str
    name: str
    place: Place
    doubt: str

    def app(self, **choices: Any) -> Any:
        """Return the mutant as a WSGI application, made with the mock's own choices."""


def mutants(contract: Contract) -> Sequence[Mutant]:
    """Return the mutants of a document.

    Raises: ConfigurationError: the mock is not installed.
    """
    try:
        found: Sequence[Mutant] = import_module(MUTANTS).mutants(contract)
    except ImportError as error:
        raise ConfigurationError(
            "conformock power",
            f"the mock is not installed (the module {error.name!r} is missing)",
            advice="Install it with: pip install 'conformock[mock]'",
        ) from None
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run on one mutant gave.

    `requests` and `seconds` are those until the first finding, or of the whole run where there was
    none; `steps` is the length of the shortest sequence that shows it.
    """

    number: int
    group: str
    kind: str
    operation: str
    name: str
    place: Place
    doubt: str
    killed: bool
    requests: int
    seconds: float
    steps: int
    row: str = ""
    sentence: str = ""
    tried: tuple[str, ...] = ()
    """Of one that survived: the rows of the ledger that were proven all the same and should have
    told it, as far as its group says."""


_KINDS: dict[str, frozenset[str]] = {
    "shape": frozenset({"outcome"}),
    "code": frozenset({"outcome", "rule"}),
    "precedence": frozenset({"outcome"}),
    "rule": frozenset({"rule", "outcome"}),
    "authentication": frozenset({"outcome", "law"}),
}


def _concerned(mutant: Mutant, report: Report) -> Iterator[str]:
    """Yield the proven rows that speak of what is wrong with a mutant."""
    kinds = _KINDS.get(mutant.group, frozenset({"law"}))
    for row in report.ledger:
        if row.kind in kinds and row.operation == mutant.operation and row.state is State.PROVEN:
            yield row.id


@dataclass(frozen=True)
class Bench:
    """All that a mutant is tried with; the same for every one of a document."""

    contract: Contract
    profile: Profile
    options: Options

    @cached_property
    def mutants(self) -> Sequence[Mutant]:
        """The mutants of the document, derived once."""
        return mutants(self.contract)

    def trial(self, number: int) -> Trial:
        """Return what the suite makes of the mutant of that number."""
        mutant = self.mutants[number]
        began = time.perf_counter()
        report, shrinking = self._run(mutant.app)
        found = next(iter(report.findings), None)
        return Trial(
            number=number,
            group=mutant.group,
            kind=mutant.kind,
            operation=mutant.operation,
            name=mutant.name,
            place=mutant.place,
            doubt=mutant.doubt,
            killed=found is not None,
            requests=report.requests - (found.extra_requests if found else 0),
            seconds=(shrinking or time.perf_counter()) - began,
            steps=len(found.steps) if found else 0,
            row=found.contradiction.row if found else "",
            sentence=found.contradiction.sentence if found else "",
            tried=() if found else tuple(_concerned(mutant, report)),
        )

    def clean(self, app: Callable[..., Any]) -> Report:
        """Return what the suite makes of the mock itself, which `app` makes."""
        return self._run(app)[0]

    def _run(self, make: Callable[..., Any]) -> tuple[Report, float]:
        """Return a run's report, and when the first finding had come, 0.0 if none had."""
        found_at: list[float] = []

        def progress(phase: str, done: int, total: int) -> None:
            if phase == "shrinking":
                found_at.append(time.perf_counter())

        target = WsgiTarget(make(**BY_LOOKS), self.contract.base_path)
        report = run(self.contract, self.profile, target, self.options, progress=progress)
        return report, found_at[0] if found_at else 0.0
