"""Refusals in another order: a stage is judged before one that the document puts before it.

Only where some call is refused by both: a call that breaks one of them is answered as ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from mockserver.mutants.edits import on_judging
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import settable
from mockserver.site import Judging
from mockserver.store import Store
from spec import Call, Contract, Exists, Found, Json, Judgement, Operation, Problem, Rule, regions
from spec.contract import Condition, Stage, Tenant
from spec.vocabulary.meta import spot

_PROBES: tuple[Json, ...] = (None, {}, [], "", True, -1, 1.5)
_UNDECIDED = "whether a call breaks both could not be told"
_CREDENTIALS = "it takes a principal that breaks both"


@dataclass(frozen=True)
class _Check:
    """Something in a stage that may refuse: a rule, or the stage's own check."""

    stage: Stage
    problem: Problem
    rule: Rule | None = None

    @property
    def authenticates(self) -> bool:
        """Whether it asks for a valid credential."""
        return self.rule is None and self.stage.name == "authentication"


@in_operations("precedence", "exchange-stages", most=6)
def exchanged(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Judge a later stage before an earlier one."""
    for earlier, later in combinations(contract.stages, 2):
        doubt = _doubt(contract, operation, earlier, later)
        if doubt is not None:
            number = contract.stages.index(later)
            yield Draft(
                operation.id,
                f"{operation.id} judges {later.name} before {earlier.name}",
                spot(contract.document, "precedence", str(number)),
                _moved(contract, operation, earlier, later),
                doubt,
            )


def _moved(contract: Contract, operation: Operation, earlier: Stage, later: Stage) -> Edit:
    """Judge by the stages in which the later one comes just before the earlier one."""
    stages = [one for one in contract.stages if one != later]
    stages.insert(stages.index(earlier), later)

    def change(usual: Judging) -> Judging:
        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            return usual(replace(contract, stages=tuple(stages)), call, store)

        return judging

    return on_judging(operation.id, change)


def _doubt(contract: Contract, operation: Operation, earlier: Stage, later: Stage) -> str | None:
    """Return why the exchange may not be seen, "" where it surely is, None where it never is."""
    found: list[str] = []
    for first in _checks(contract, operation, earlier):
        for second in _checks(contract, operation, later):
            if _told_apart(first, second):
                found.extend(_seen(contract, operation, first, second))
                if "" in found:
                    return ""
    return found[0] if found else None


def _checks(contract: Contract, operation: Operation, stage: Stage) -> list[_Check]:
    rules = [one for one in operation.rules if one.stage == stage.name and not one.fault]
    found = [_Check(stage, one.problem, one) for one in rules]
    own = contract.problems[stage.problem] if stage.problem else None
    if own is None or own not in contract.stated(operation):
        return found
    if stage.name == "authentication" or _can_misfit(contract, operation, stage, ()):
        found.append(_Check(stage, own))
    return found


def _told_apart(first: _Check, second: _Check) -> bool:
    """Tell whether an answer says which of two checks refused."""
    if first.problem != second.problem:
        return True
    return any(one.rule is not None and one.rule.answer is not None for one in (first, second))


def _seen(contract: Contract, operation: Operation, first: _Check, second: _Check) -> Iterator[str]:
    """Yield the doubt about a call that both refuse and nothing before, if there is one."""
    if second.rule is None:
        yield from _with_misfit(contract, operation, first, second.stage)
    elif first.rule is None and not first.authenticates:
        yield from _with_misfit(contract, operation, second, first.stage)
    elif first.authenticates:
        if _of_strangers(contract, operation, second.rule) is True:
            yield ""
    else:
        assert first.rule is not None
        yield from _of_rules(contract, operation, first.rule, second.rule)


def _with_misfit(
    contract: Contract, operation: Operation, check: _Check, stage: Stage
) -> Iterator[str]:
    """Yield the doubt about a call that a check refuses and whose shape is wrong as well."""
    asked = check.rule.when if check.rule else ()
    if check.authenticates or _can_misfit(contract, operation, stage, asked):
        yield ""


def _can_misfit(
    contract: Contract, operation: Operation, stage: Stage, but: Sequence[Condition]
) -> bool:
    """Tell whether a call can have a wrong shape in a part that some conditions do not speak of."""
    asked = {one.path for one in but} | {
        path for one in but if one.path[0] == "facts" for path in _asked_by(operation, one.path[1])
    }
    if "body" in stage.covers and operation.body:
        if not any(path[:2] == ("request", "body") or path[0] == "item" for path in asked):
            return True
        names = {path[-1] for path in asked}
        members = _members(contract, operation)
        if any(name not in names and _refuses_some(contract, at) for name, at in members.items()):
            return True
    locations = {one for one in stage.covers if one in {"query", "header", "path"}}
    return any(
        one.required or _refuses_some(contract, one.pointer)
        for one in operation.parameters
        if one.location in locations and not any(one.name in path for path in asked)
    )


def _asked_by(operation: Operation, fact: str) -> list[tuple[str, ...]]:
    found = operation.facts[fact]
    return [*found.where.values()] if isinstance(found, Exists | Found) else []


def _members(contract: Contract, operation: Operation) -> dict[str, str]:
    return {one.name: one.pointer for one in settable(contract, operation)}


def _refuses_some(contract: Contract, pointer: str) -> bool:
    fits = contract.schemas.validator(pointer).is_valid
    return not all(fits(one) for one in _PROBES)


def _of_strangers(contract: Contract, operation: Operation, rule: Rule) -> bool | None:
    """Tell whether a rule can refuse a call without a principal."""
    unsecured = replace(operation, secured=False)
    hidden = {
        name: False
        for name, fact in operation.facts.items()
        if isinstance(fact, Exists) and _hidden(contract, fact)
    }
    found = regions.meeting(contract, unsecured, rule).given(facts=hidden)
    effect = operation.effect
    if effect and effect.key and _by_principal(contract.resources[effect.kind].tenant):
        found = found.given(resource=None)
    return found.satisfiable


def _hidden(contract: Contract, fact: Exists) -> bool:
    """Tell whether a fact is untrue where nobody is known to call."""
    if any(path[0] == "principal" for path in fact.where.values()):
        return True
    return not fact.anywhere and _by_principal(contract.resources[fact.kind].tenant)


def _by_principal(tenant: Tenant | None) -> bool:
    return tenant is not None and bool(tenant.facts)


def _of_rules(contract: Contract, operation: Operation, first: Rule, second: Rule) -> Iterator[str]:
    """Yield the doubt about a call that meets two rules and none of the stages before them."""
    order = [stage.name for stage in contract.stages]
    before = [
        one
        for one in operation.rules
        if order.index(one.stage) < order.index(first.stage) and not one.fault
    ]
    met = regions.meeting(contract, operation, second, [first])
    rest = [{"not": regions.condition(contract, one, within=second)} for one in before]
    told = regions.satisfiable({"allOf": [met.definition, *rest]})
    if told is not False:
        sure = "" if told else _UNDECIDED
        yield _CREDENTIALS if _personal(operation, first) and _personal(operation, second) else sure


def _personal(operation: Operation, rule: Rule) -> bool:
    """Tell whether only who calls decides whether a rule is met."""
    return all(
        one.path[0] == "principal"
        or (
            one.path[0] == "facts"
            and all(path[0] == "principal" for path in _asked_by(operation, one.path[1]))
        )
        for one in rule.when
    )
