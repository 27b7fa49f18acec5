"""Which answers a contract admits to a call: one pure function for the mock and the suite.

The mock asks with a complete view and takes the first refusal. The suite asks with what it knows
and is told every answer that is still possible.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from spec.contract import (
    ABSENT,
    UNKNOWN,
    Contract,
    Operation,
    Problem,
    Record,
    Rule,
    Stage,
    Unknown,
    View,
)
from spec.document import Json
from spec.rules import Context, Met, broken, owner_of
from spec.wire import Call

SUCCESS = "success"
_HOLE = re.compile(r"\{([a-z]+(?:\.[A-Za-z0-9_$-]+)+)\}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check said: a rule's, or a stage's own (`rule` is None then)."""

    problem: Problem
    rule: Rule | None
    stage: str
    broken: Met
    message: str | None = None

    @property
    def label(self) -> str:
        """The rule's id, or the problem's name for a check of the stage itself."""
        return self.rule.id if self.rule else self.problem.name


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts in order of precedence, up to and including the first stage that refuses.

    `certain` tells whether some stage surely refuses, so that the call cannot succeed.
    """

    verdicts: tuple[Verdict, ...]
    context: Context
    beyond: tuple[Verdict, ...] = ()
    """The verdicts of the later stages, when a thorough judgement was asked for."""

    @property
    def refusals(self) -> tuple[Verdict, ...]:
        """The verdicts that refuse or may refuse."""
        return tuple(one for one in self.verdicts if one.broken is not False)

    @property
    def certain(self) -> bool:
        """Whether a refusal is sure."""
        return any(one.broken is True for one in self.verdicts)

    @property
    def first(self) -> Verdict | None:
        """The refusal that a server which knows everything answers with."""
        return next((one for one in self.verdicts if one.broken is True), None)

    @property
    def problems(self) -> frozenset[str]:
        """The names of the problems that are admitted."""
        return frozenset(one.problem.name for one in self.refusals)

    @property
    def admitted(self) -> frozenset[str]:
        """The names of the admitted problems, and SUCCESS unless a refusal is sure."""
        return self.problems if self.certain else self.problems | {SUCCESS}

    @property
    def broken(self) -> tuple[str, ...]:
        """The labels of the checks that surely refuse."""
        return tuple(one.label for one in self.verdicts if one.broken is True)

    @property
    def sole(self) -> str | None:
        """The only admitted outcome, None when several are."""
        return next(iter(self.admitted)) if len(self.admitted) == 1 else None


def judge(contract: Contract, call: Call, view: View, *, thorough: bool = False) -> Judgement:
    """Return what the contract admits as the answer to `call` in the world that `view` shows.

    With `thorough` the verdicts of the stages after a sure refusal are worked out too, for people
    and probes; what is admitted stays the business of the first stage that refuses.
    """
    principal = view.principal(call.credential) if call.operation.secured else {}
    context = Context(call, principal if isinstance(principal, Mapping) else {}, view)
    verdicts: list[Verdict] = []
    beyond: list[Verdict] = []
    refused = False
    rules = _by_stage(call.operation)
    unsure = principal is UNKNOWN or _unreadable(context)
    for stage in contract.stages:
        if stage.name == "authentication":
            found = list(_authentication(contract, stage, call, principal))
        else:
            own = rules.get(stage.name, ())
            if (own or stage.name != "shape") and context.resource_key is None:
                context = _addressed(context)
            # A rule of the shape stage says what is wrong better than the schema does.
            found = [_verdict(rule, context, _broken(rule, context, unsure)) for rule in own]
            if stage.name == "shape":
                found.extend(_shape(contract, stage, call, view))
        if not found:
            continue
        if call.faults:
            found = [_provoked(one, call.faults) for one in found]
        (beyond if refused else verdicts).extend(found)
        refused = refused or any(one.broken is True for one in found)
        if refused and not thorough:
            break
    if context.resource_key is None and not refused:
        context = _addressed(context)
    return Judgement(tuple(verdicts), context, tuple(beyond))


def _by_stage(operation: Operation) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in operation.rules:
        rules.setdefault(rule.stage, []).append(rule)
    return rules


def _verdict(rule: Rule, context: Context, verdict: Met) -> Verdict:
    return Verdict(rule.problem, rule, rule.stage, verdict, _sentence(rule, context, verdict))


def _sentence(rule: Rule, context: Context, verdict: Met) -> str | None:
    if rule.message is None or verdict is not True:
        return None
    return _HOLE.sub(lambda hole: str(context.value(tuple(hole[1].split(".")))), rule.message)


def _provoked(verdict: Verdict, faults: Collection[str]) -> Verdict:
    return replace(verdict, broken=True) if verdict.problem.name in faults else verdict


def _authentication(
    contract: Contract, stage: Stage, call: Call, principal: object
) -> Iterator[Verdict]:
    if call.operation.secured and stage.problem:
        verdict: Met = UNKNOWN if principal is UNKNOWN else principal is None
        yield Verdict(contract.problems[stage.problem], None, stage.name, verdict)


def _shape(contract: Contract, stage: Stage, call: Call, view: View) -> Iterator[Verdict]:
    if not stage.problem:
        return
    wrong = [one for one in call.violations if one.location in stage.covers]
    sure = [one for one in wrong if view.complete or not one.doubtful]
    verdict: Met = True if sure else UNKNOWN if wrong else False
    message = "; ".join(str(one) for one in (sure or wrong)[:3]) or None
    yield Verdict(contract.problems[stage.problem], None, stage.name, verdict, message)


def _broken(rule: Rule, context: Context, unsure: bool) -> Met:
    return UNKNOWN if unsure and not rule.fault else broken(rule, context)


def _unreadable(context: Context) -> bool:
    """Tell whether implementations may have read another request than we did."""
    return not context.view.complete and any(one.doubtful for one in context.call.violations)


def _addressed(context: Context) -> Context:
    """Return the context with the record that the call addresses bound to `resource`."""
    effect = context.call.operation.effect
    if effect is None or effect.key is None:
        return context
    key = context.value(effect.key)
    if key is ABSENT or key is UNKNOWN:
        return context
    owner = owner_of(effect.kind, context)
    found: Record | Unknown | None = UNKNOWN
    if owner is not UNKNOWN:
        found = context.view.record(effect.kind, str(key), owner)
    return Context(
        context.call, context.principal, context.view, resource=found, resource_key=str(key)
    )


def detail(verdict: Verdict) -> Json:
    """Return a verdict as plain values, for journals and reports."""
    return {
        "rule": verdict.label,
        "problem": verdict.problem.name,
        "stage": verdict.stage,
        "broken": None if verdict.broken is UNKNOWN else verdict.broken,
    }
