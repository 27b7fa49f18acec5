"""The plan of a run: its scenarios in their order, which depends on nothing that is sent.

First every row of the ledger is tried once, the cheap ones before the dear ones; then every row
again in another way, as long as there is one; then come random walks. Each scenario has a number,
from which its fresh texts, its session and its random draws are made, so that it sends the same
bytes whoever plays it and whatever came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import count, groupby

from contracts import probes, sequences
from contracts.probes import stages
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario
from contracts.run.results import Options
from contracts.traffic.cases import Cases
from spec import Contract


@dataclass(frozen=True, slots=True)
class Planned:
    """A scenario in its place.

    Numbers begin at 1. Those of one `round` try each row once, in the first round and later ones;
    random walks are of round 0.
    """

    number: int
    round: int
    scenario: Scenario

    @property
    def phase(self) -> str:
        """What a run is at while it plays the scenario, in a word."""
        return {0: "random", 1: "rows"}.get(self.round, "depth")


def plan(contract: Contract, options: Options) -> list[Planned]:
    """Return the scenarios of a run, as far as its budget goes."""
    drafts = Drafts(contract)
    chosen = [one for one in _constructed(drafts) if options.wants(_subject(one))]
    found = [*_rounds(chosen), *((0, one) for one in _random(drafts, options))]
    return [Planned(number, *one) for number, one in enumerate(found[: options.cases], 1)]


def _constructed(drafts: Drafts) -> Iterator[Scenario]:
    """Yield calls with one thing wrong, the rules one by one, and whole sequences."""
    yield from stages.scenarios(drafts)
    yield from probes.scenarios(drafts)
    yield from sequences.scenarios(drafts)


def _random(drafts: Drafts, options: Options) -> Iterator[Scenario]:
    cases = Cases(drafts)
    for number in range(1, options.walks + 1):
        walk = partial(cases.walk, f"{options.seed} {number}")
        yield Scenario(f"random walk {number}", (), walk)


def _subject(scenario: Scenario) -> str:
    """Return the operation that a scenario is about."""
    return scenario.rows[0].split(" ")[0].rstrip(":") if scenario.rows else ""


def _rounds(scenarios: Iterable[Scenario]) -> Iterator[tuple[int, Scenario]]:
    """Yield the scenarios by rounds, in each of which they try rows that no other one does."""
    left = list(scenarios)
    for number in count(1):
        later = []
        tried: set[str] = set()
        for one in left:
            if one.rows and tried.issuperset(one.rows):
                later.append(one)
            else:
                tried.update(one.rows)
                yield number, one
        if not later:
            return
        left = later


def rounds(planned: Sequence[Planned]) -> Iterator[list[Planned]]:
    """Yield the scenarios of each round."""
    for _, some in groupby(planned, key=lambda one: one.round):
        yield list(some)


def nonce(contract: Contract, options: Options) -> str:
    """Return what stands in all fresh texts of a run."""
    return sha256(f"{contract.name} {options.seed}".encode()).hexdigest()[:8]
