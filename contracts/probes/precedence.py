"""Probes of precedence: two stages refuse one call, and the earlier one must answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from contracts.oracle.rows import row_of
from contracts.probes.around import confirm, prepared
from contracts.probes.authentication import anonymity
from contracts.probes.combinations import firing
from contracts.probes.shape import misshapen
from contracts.probes.witness import Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.scenarios import Scenario
from contracts.walk import Unreached, Walk
from spec import Operation, Rule
from spec.contract import Stage

_MOST_TRIES = 12


@dataclass(frozen=True, slots=True)
class Breaker:
    """One way to break one stage: the problem it makes, and the changes that make it.

    `label` is that of the judge's verdict: a rule's id, or the stage's problem.
    """

    stage: str
    problem: str
    label: str
    witnesses: tuple[Witness, ...]

    def __str__(self) -> str:
        return f"{self.label} ({', '.join(one.label for one in self.witnesses)})"


def scenarios(drafts: Drafts, operation: Operation) -> Iterator[Scenario]:
    """Yield a probe for each two ways to break different stages of one operation."""
    order = {stage.name: number for number, stage in enumerate(drafts.contract.stages)}
    breakers = list(_breakers(drafts, operation))
    for first in breakers:
        for second in breakers:
            if order[first.stage] < order[second.stage]:
                yield _Probe(drafts, operation, first, second).scenario()


# -- ways to break one stage ----------------------------------------------------------------------


def _breakers(drafts: Drafts, operation: Operation) -> Iterator[Breaker]:
    for stage in drafts.contract.stages:
        if stage.problem:
            for one in _of_every_operation(operation, stage):
                yield Breaker(stage.name, stage.problem, stage.problem, (one,))
        for rule in operation.rules:
            if rule.stage == stage.name and not rule.fault:
                yield from _of_rule(drafts, operation, rule)


def _of_every_operation(operation: Operation, stage: Stage) -> Iterator[Witness]:
    if stage.name == "authentication" and operation.secured:
        yield anonymity()
    if stage.name == "shape":
        yield from misshapen(operation, stage)


def _of_rule(drafts: Drafts, operation: Operation, rule: Rule) -> Iterator[Breaker]:
    """Yield ways to fire a rule, up to the first that needs no record of the profile's."""
    for _, witnesses in islice(firing(drafts, operation, rule), _MOST_TRIES):
        yield Breaker(rule.stage, rule.problem.name, rule.id, tuple(witnesses))
        if not any(one.found for one in witnesses):
            return


# -- two at once ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Probe:
    """A call that breaks two stages."""

    drafts: Drafts
    operation: Operation
    first: Breaker
    second: Breaker

    def scenario(self) -> Scenario:
        row = row_of(self.operation, self.first.problem, self.drafts.contract)
        return Scenario(f"{self.operation.id} {self.first} before {self.second}", (row,), self.run)

    def run(self, walk: Walk) -> None:
        witnesses = [*self.second.witnesses, *self.first.witnesses]
        draft = prepared(self.drafts, walk, self.operation, witnesses)
        if not self.drafts.choose(draft, self._breaks_both):
            raise Unreached(
                f"{self.first.problem} cannot be brought about together with {self.second.problem}"
            )
        draft.send()
        confirm(self.drafts, draft)

    def _breaks_both(self, draft: Draft) -> bool:
        """Tell whether the first must answer; that the second would is not known of nobody."""
        judgement = draft.judged(thorough=not draft.anonymous)
        if judgement is None or judgement.sole != self.first.problem:
            return False
        broken = {verdict.label for verdict in judgement.beyond if verdict.broken is True}
        return draft.anonymous or self.second.label in broken
