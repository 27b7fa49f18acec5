"""The whole table: every mutant tried, on several processes, in the order of their numbers."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

from contracts.power.trials import Bench, Trial
from contracts.profile import Profile
from contracts.run.results import Options
from spec import Document, read

SEMANTIC = frozenset({"rule", "state", "list", "job", "authentication"})
"""The groups whose bugs no look at one answer alone can tell."""


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of a group were killed, and what that took."""

    killed: int
    total: int
    requests: float
    seconds: float
    steps: int
    """The longest of the shortest sequences."""

    @property
    def share(self) -> float:
        """The share that was killed, from 0 to 1; 1 where there was none."""
        return self.killed / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Power:
    """The trials of all mutants of a document."""

    document: str
    trials: tuple[Trial, ...]
    seconds: float
    clean_requests: int
    clean_seconds: float

    @property
    def whole(self) -> Score:
        """The score over all groups."""
        return _score(self.trials)

    @property
    def semantic(self) -> Score:
        """The score over the groups that need a model of rules and state."""
        return _score([one for one in self.trials if one.group in SEMANTIC])

    @property
    def groups(self) -> Mapping[str, Score]:
        """The score of each group, in the order in which the mutants come."""
        names = dict.fromkeys(one.group for one in self.trials)
        return {name: _score([t for t in self.trials if t.group == name]) for name in names}

    @property
    def survivors(self) -> list[Trial]:
        """The mutants that the suite takes for right."""
        return [one for one in self.trials if not one.killed]


def _score(trials: Sequence[Trial]) -> Score:
    killed = [one for one in trials if one.killed]
    return Score(
        killed=len(killed),
        total=len(trials),
        requests=median([one.requests for one in killed] or [0]),
        seconds=median([one.seconds for one in killed] or [0.0]),
        steps=max((one.steps for one in killed), default=0),
    )


@dataclass(frozen=True, slots=True)
class Errand:
    """All that another process needs to know to try mutants; plain values."""

    document: Document
    profile: Profile
    options: Options

    def bench(self) -> Bench:
        """Return what mutants are tried with."""
        return Bench(read(self.document), self.profile, self.options)


def trials(errand: Errand, numbers: Sequence[int], workers: int) -> Iterator[Trial]:
    """Yield the trial of each of these mutants, in their order."""
    if workers == 1:
        bench = errand.bench()
        yield from (bench.trial(number) for number in numbers)
        return
    with ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (errand,)
    ) as pool:
        try:
            yield from pool.map(_trial, numbers)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_benches: list[Bench] = []
"""In a process of its own: what mutants are tried with there."""


def _begin(errand: Errand) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _benches.append(errand.bench())


def _trial(number: int) -> Trial:
    return _benches[0].trial(number)
