"""Plays one scenario against a target and tells what it gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.oracle.contradictions import Contradiction
from contracts.reach.drafts import Drafts, Made
from contracts.reach.scenarios import read_back
from contracts.run.findings import Finding
from contracts.run.plan import Planned
from contracts.run.results import Log, Outcome
from contracts.run.shrink import trace
from contracts.steps import Exchange
from contracts.walk import Contradicted, Unreached, Walk, World
from spec import TargetUnreachable


@dataclass
class Player:
    """Plays the scenarios of one plan in one world."""

    plan: Mapping[int, Planned]
    drafts: Drafts
    world: World

    def play(self, number: int) -> Outcome:
        """Return what the scenario of that number gave; what it made is deleted again."""
        log: Log = []
        self.world.log = log
        planned = self.plan[number]
        walk = self.world.start(number)
        walk.forgiving = True
        findings: list[Finding] = []
        missed: str | None = None
        lost: TargetUnreachable | None = None
        interrupted = False
        try:
            planned.scenario.run(walk)
        except Unreached as missing:
            missed = str(missing)
        except Contradicted as contradicted:
            findings.append(self._finding(walk, contradicted, planned))
        except TargetUnreachable as gone:
            lost = gone
        except KeyboardInterrupt:
            interrupted = True
        finally:
            if lost is None:
                walk.clean()
        ended = bool(findings)
        findings += _slips(walk, planned)
        proven = frozenset(walk.proven)
        return Outcome(number, proven, missed, tuple(findings), log, lost, interrupted, ended)

    def _finding(self, walk: Walk, contradicted: Contradicted, planned: Planned) -> Finding:
        one = self._traced(walk, contradicted).contradiction
        return replace(_shown(one, walk.exchanges, planned), spent=walk.spend())

    def _traced(self, walk: Walk, contradicted: Contradicted) -> Contradicted:
        """Return the contradiction behind one: an earlier effect that did not hold after all.

        Only a refusal that should not have come is traced, since it has changed nothing itself.
        """
        if contradicted.contradiction.cause[0] != "refused":
            return contradicted
        length = len(walk.exchanges)
        addressed = {str(walk.value(one)) for one in walk.exchanges[-1].step.path.values()}
        for known in list(walk.knowledge.records.values()):
            # What the refused call has done to its own record all the same is its own doing.
            if known.made_here and known.key not in addressed:
                try:
                    read_back(self.drafts, walk, Made(known.kind, known.key, "", -1, known))
                except Contradicted as earlier:
                    return earlier
        del walk.exchanges[length:]
        return contradicted


def _slips(walk: Walk, planned: Planned) -> Iterator[Finding]:
    """Yield what the walk has passed over, once for each row of the ledger that it contradicts."""
    first = {(one.cause, one.row): (one, length) for one, length in reversed(walk.slips)}
    for one, length in reversed(first.values()):
        yield _shown(one, walk.exchanges[:length], planned)


def _shown(one: Contradiction, exchanges: Sequence[Exchange], planned: Planned) -> Finding:
    return Finding(
        contradiction=one,
        steps=trace(exchanges),
        exchanges=tuple(exchanges),
        scenario=planned.scenario.id,
        operations=frozenset({one.operation}),
    )
