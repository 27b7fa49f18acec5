"""Probes of the rules: for each, calls that break it and calls that only just keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from contracts.oracle.rows import row_of, rule_row
from contracts.probes.around import confirm, prepared
from contracts.probes.combinations import firing, sparing
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.scenarios import Scenario
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Operation, Rule
from spec.contract import Condition
from spec.rules import met


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the probes of every rule of a contract, in the order of the document."""
    for operation in drafts.contract.operations.values():
        for rule in operation.rules:
            yield from _scenarios(drafts, operation, rule)


def _scenarios(drafts: Drafts, operation: Operation, rule: Rule) -> Iterator[Scenario]:
    fires = partial(_Probe, drafts, operation, rule, fires=True)
    spares = partial(_Probe, drafts, operation, rule, fires=False)
    if rule.fault:
        yield fires([_provocation(rule.problem.name)]).scenario("fault")
        return
    for label, witnesses in firing(drafts, operation, rule):
        yield fires(witnesses).scenario(f"fires: {label}")
    for condition, label, witnesses in sparing(drafts, operation, rule):
        yield spares(witnesses, broken=condition).scenario(f"spares: {label}")


def _provocation(problem: str) -> Witness:
    return Witness(problem, partial(_provoke, problem), Rank.REQUEST)


def _provoke(problem: str, draft: Draft) -> None:
    if problem not in draft.walk.world.profile.provoke:
        raise Unreached(f"the profile does not say how to provoke it ([provoke.{problem}])")
    draft.provokes = problem


@dataclass(frozen=True, slots=True)
class _Probe:
    """A call that a rule alone refuses, or that would be refused if one conjunct held as well."""

    drafts: Drafts
    operation: Operation
    rule: Rule
    witnesses: list[Witness]
    fires: bool
    broken: Condition | None = None

    @property
    def wanted(self) -> str:
        return self.rule.problem.name if self.fires else SUCCESS

    def scenario(self, label: str) -> Scenario:
        return Scenario(f"{self.operation.id} {self.rule.id} {label}", self._rows(), self.run)

    def _rows(self) -> tuple[str, ...]:
        contract, problem = self.drafts.contract, self.rule.problem.name
        row = row_of(self.operation, self.wanted, contract)
        if not self.fires:
            return (row,)
        upheld = [f"{self.operation.id}: {law}" for one in self.witnesses for law in one.laws]
        if self.rule.id != problem:
            upheld.append(rule_row(self.operation, self.rule.id, problem, contract))
        return (row, *upheld)

    def run(self, walk: Walk) -> None:
        draft = prepared(self.drafts, walk, self.operation, self.witnesses)
        if not self.drafts.choose(draft, self._is_sharp) and not (
            self.broken and self.drafts.choose(draft, self._is_spared)
        ):
            raise Unreached(self._lack(draft))
        draft.send()
        confirm(self.drafts, draft)

    def _is_sharp(self, draft: Draft) -> bool:
        """Tell whether one answer alone is admitted, and because of this rule alone."""
        judgement = draft.judged()
        if judgement is None or judgement.sole != self.wanted:
            return False
        return not self.fires or judgement.broken == (self.rule.id,)

    def _is_spared(self, draft: Draft) -> bool:
        """Tell whether another refusal alone is due, because one conjunct alone does not hold."""
        judgement = draft.judged(thorough=True)
        if judgement is None or judgement.sole in {None, SUCCESS, self.rule.problem.name}:
            return False
        others = tuple(one for one in self.rule.when if one is not self.broken)
        return met(others, judgement.context) is True

    def _lack(self, draft: Draft) -> str:
        judgement = draft.judged()
        found = ", ".join(sorted(judgement.admitted)) if judgement else "no route"
        needed = "; ".join(str(one) for one in self.rule.when) or "a provoked fault"
        return (
            f"no credential and record at hand make {self.wanted} the only answer "
            f"(at best: {found}); needed: {needed}"
        )
