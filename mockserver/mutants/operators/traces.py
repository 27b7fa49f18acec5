"""Refused calls that leave a trace: the answer says no, and something was stored all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from mockserver.mutants import reach
from mockserver.mutants.ghosts import tolerant
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import readers, seen, stamps, way_to_rows
from mockserver.mutants.spots import changed
from mockserver.site import Site
from mockserver.store import Store
from spec import Call, Context, Contract, Effect, Judgement, Operation, Repeated, Rule, regions
from spec.contract import Mistyped
from spec.document import tokens
from spec.effects import items
from spec.regions.paths import nested
from spec.rules import broken


def _refusing(operation: Operation, rule: Rule, done: Callable[[Context], Context | None]) -> Edit:
    """Carry out what is told when a rule refuses a call."""

    def edit(site: Site) -> Site:
        behave, usual = tolerant(site.behaviours[operation.id]), site.judging

        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            found = usual(contract, call, store)
            first = found.first
            mine = first is not None and first.rule is not None and first.rule.id == rule.id
            if mine and call.operation.id == operation.id and not call.violations:
                context = done(found.context)
                if context is not None:
                    behave(contract, context, store)
            return found

        return replace(site, judging=judging)

    return edit


def _writing(contract: Contract, operation: Operation) -> Effect | None:
    """Return the effect of an operation that writes what somebody can read."""
    effect = operation.effect
    if effect is None or not operation.writes:
        return None
    kind = effect.job.kind if effect.job else effect.kind
    return effect if readers(contract, kind) else None


@in_operations("state", "refused-but-done", most=4)
def done(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse a call, and carry it out."""
    effect = _writing(contract, operation)
    if effect is None:
        return
    for rule in operation.rules:
        if _leaves_trace(contract, operation, effect, rule):
            name = f"{operation.id} answers {rule.id} and carries the call out"
            edit = _refusing(operation, rule, _whole)
            yield Draft(operation.id, name, rule.place, edit)


def _whole(context: Context) -> Context | None:
    """Return the context of a call that can be carried out, None where its record is missing."""
    effect = context.call.operation.effect
    astray = effect is not None and effect.key is not None
    return None if astray and not isinstance(context.resource, Mapping) else context


def _leaves_trace(contract: Contract, operation: Operation, effect: Effect, rule: Rule) -> bool:
    """Tell whether a call that a rule refuses would change what can be seen."""
    missing = effect.key is not None and reach.missing(rule)
    if missing or _astray(contract, operation, rule):
        return False
    met = regions.meeting(contract, operation, rule)
    if met.satisfiable is False:
        return False
    if effect.action not in {"update", "replace"}:
        return True
    if stamps(contract, contract.resources[effect.kind], "changed"):
        return True
    rows = [nested((one.name,), {}) for one in seen(contract, operation)]
    wanted = nested(("request", "body", *tokens(effect.request)), {"anyOf": rows})
    return bool(rows) and regions.satisfiable({"allOf": [met.definition, wanted]}) is not False


def _astray(contract: Contract, operation: Operation, rule: Rule) -> bool:
    """Tell whether a rule refuses calls whose path leads to nobody's records."""
    tenants = [
        contract.resources[fact.kind].tenant
        for fact in reach.asking(operation, rule.when)
        if any(path[:2] == ("request", "path") for path in fact.where.values())
    ]
    return any(one is not None and not one.facts for one in tenants)


@in_operations("state", "partial-batch")
def partly(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse a batch, and keep the rows before the one that is refused."""
    effect = _writing(contract, operation)
    if effect is None or not effect.many:
        return
    for rule in operation.rules:
        if _about_rows(operation, rule):
            name = f"{operation.id} answers {rule.id} and keeps the rows before the refused one"
            edit = _refusing(operation, rule, _before_refused(effect, rule))
            yield Draft(operation.id, name, effect.place, edit)


def _about_rows(operation: Operation, rule: Rule) -> bool:
    facts = [operation.facts.get(name) for name in rule.facts]
    return rule.each is not None or any(isinstance(one, Repeated | Mistyped) for one in facts)


def _before_refused(effect: Effect, rule: Rule) -> Callable[[Context], Context | None]:
    def first(context: Context, number: int) -> Context:
        """Return the context of a call with the first rows only."""
        way = way_to_rows(effect)[:-1]
        body = changed(context.call.body, way, lambda rows: rows[:number])
        return replace(context, call=replace(context.call, body=body), facts={})

    def before(context: Context) -> Context | None:
        if _whole(context) is None:
            return None
        for number in range(1, len(items(effect, context.call.body))):
            if broken(rule, first(context, number + 1)) is True:
                return first(context, number)
        return None

    return before
