"""Rules that are forgotten, too eager or too lax."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from mockserver.mutants import reach
from mockserver.mutants.edits import on_judging, on_rule
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.schemas import off_by_one
from mockserver.mutants.spots import changed
from mockserver.site import Judging
from mockserver.store import Store
from spec import (
    Call,
    Context,
    Contract,
    Json,
    Judgement,
    Operation,
    Repeated,
    Rule,
)
from spec.contract import Condition, Mistyped
from spec.regions import standalone
from spec.rules import broken

Sees: TypeAlias = Callable[[Context], bool]


def _rules(operation: Operation) -> list[Rule]:
    return [one for one in operation.rules if not one.fault]


# -- the judge sees less, or more, than there is ---------------------------------------------------


def blind(operation: Operation, rule: Rule, sees: Sees) -> Edit:
    """Let a rule refuse only where it also would in what is seen of the call."""
    rules = tuple(one for one in operation.rules if one.id != rule.id)

    def change(usual: Judging) -> Judging:
        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            found = usual(contract, call, store)
            first = found.first
            if first is None or first.rule is None or first.rule.id != rule.id:
                return found
            if sees(found.context):
                return found
            without = replace(call.operation, rules=rules)
            return usual(contract, replace(call, operation=without), store)

        return judging

    return on_judging(operation.id, change)


def eager(operation: Operation, rule: Rule, sees: Sees) -> Edit:
    """Let a rule also refuse what else is seen of a call that no rule refuses."""

    def change(usual: Judging) -> Judging:
        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            found = usual(contract, call, store)
            if found.first is None and sees(found.context):
                return usual(contract, call.asking_for(rule.problem.name), store)
            return found

        return judging

    return on_judging(operation.id, change)


def _still(rule: Rule, cut: Callable[[list[Json]], list[Json]], within: tuple[str, ...]) -> Sees:
    """Return whether a rule refuses a call of whose list at a path only a part is seen."""

    def sees(context: Context) -> bool:
        body = changed(
            context.call.body,
            within[2:],
            lambda rows: cut(rows) if isinstance(rows, list) else rows,
        )
        call = replace(context.call, body=body)
        return broken(rule, replace(context, call=call, facts={})) is True

    return sees


# -- whole rules ----------------------------------------------------------------------------------


@in_operations("rule", "drop-rule", most=8)
def dropped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget a rule; a call on a record that does not exist then goes on as if it did."""
    for rule in _rules(operation):
        told = reach.dropped(contract, operation, rule)
        if reach.personal(rule) or told is False:
            continue
        edit = on_rule(operation.id, rule)
        name = f"{operation.id} forgets the rule {rule.id}"
        yield Draft(operation.id, name, rule.place, edit, reach.doubt(told))


# -- conditions -----------------------------------------------------------------------------------


def _instead(
    contract: Contract, operation: Operation, rule: Rule, other: Rule, says: str
) -> Iterator[Draft]:
    """Yield the draft that puts another rule in the place of one, if any call shows it."""
    told = reach.differ(contract, operation, rule, other)
    if told is not False:
        edit = on_rule(operation.id, rule, other)
        name = f"{operation.id}: the rule {rule.id} {says}"
        yield Draft(operation.id, name, rule.place, edit, reach.doubt(told))


@in_operations("rule", "drop-condition", most=5)
def loosened(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse without looking at one of a rule's conditions."""
    for rule, one in _conditions(operation):
        if len(rule.when) > 1:
            other = reach.conditioned(rule, one)
            says = f"does not ask whether {one}"
            yield from _instead(contract, operation, rule, other, says)


@in_operations("rule", "negate-condition")
def negated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse where one of a rule's conditions is not met."""
    for rule, one in _conditions(operation):
        if len(rule.when) > 1:
            turned = reach.about(contract, one, {"not": one.schema})
            other = reach.conditioned(rule, one, turned)
            # Where it refuses nothing else, the rule is as good as dropped.
            if reach.stricter(contract, operation, rule, other) is not False:
                says = f"refuses unless {one}"
                yield from _instead(contract, operation, rule, other, says)


@in_operations("rule", "drop-member")
def narrowed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget one of the values that a condition lists."""
    for rule, one in _conditions(operation):
        schema = standalone(contract.document, one.schema)
        words = schema.get("enum", ()) if isinstance(schema, dict) else ()
        for word in words if len(words) > 1 else ():
            rest = {"enum": [other for other in words if other != word]}
            other = reach.conditioned(rule, one, reach.about(contract, one, rest))
            yield from _instead(contract, operation, rule, other, f"forgets {word!r}")


@in_operations("rule", "off-by-one", most=4)
def misbounded(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take a bound of a condition for one more or one less."""
    for rule, one in _conditions(operation):
        for says, schema in off_by_one(standalone(contract.document, one.schema)):
            other = reach.conditioned(rule, one, reach.about(contract, one, schema))
            yield from _instead(contract, operation, rule, other, says)


_FORMS: Mapping[str, Callable[[str], str]] = {
    "in lower case": str.lower,
    "in upper case": str.upper,
    "without blanks around it": str.strip,
}


@in_operations("rule", "normalize-value")
def normalized(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Judge a text in another form than the one that was sent or stored."""
    for rule, one in _conditions(operation):
        if one.path[0] in {"facts", "principal"} or len(one.path) < 2:
            continue
        known = reach.texts(contract, operation, one.path, rule)
        for says, form in _FORMS.items():
            if any(one.fits(text) is not one.fits(form(text)) for text in known):
                other = reach.conditioned(rule, one, replace(one, fits=_formed(one, form)))
                name = f"{operation.id}: the rule {rule.id} takes {'.'.join(one.path)} {says}"
                yield Draft(operation.id, name, rule.place, on_rule(operation.id, rule, other))


def _formed(one: Condition, form: Callable[[str], str]) -> Callable[[Json], bool]:
    return lambda value: one.fits(form(value) if isinstance(value, str) else value)


def _conditions(operation: Operation) -> Iterator[tuple[Rule, Condition]]:
    for rule in _rules(operation):
        for one in rule.when:
            yield rule, one


# -- rows -----------------------------------------------------------------------------------------


@in_operations("rule", "some-rows")
def partial(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Judge only some of the rows of a batch."""
    cuts: Mapping[str, Callable[[list[Json]], list[Json]]] = {
        "only the first row": lambda rows: rows[:1],
        "all rows but the last": lambda rows: rows[:-1],
        "all rows but the first": lambda rows: rows[1:],
    }
    for rule in _rules(operation):
        if rule.each is None:
            continue
        for says, cut in cuts.items():
            edit = blind(operation, rule, _still(rule, cut, rule.each))
            name = f"{operation.id}: the rule {rule.id} looks at {says}"
            yield Draft(operation.id, name, rule.place, edit)


@in_operations("rule", "rows-apart")
def apart(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Compare only some rows of a batch with each other."""
    for rule in _rules(operation):
        for one in rule.when:
            fact = operation.facts.get(one.path[1]) if one.path[0] == "facts" else None
            if isinstance(fact, Mistyped):
                edit = blind(operation, rule, _alone(rule, fact))
                name = f"{operation.id}: the rule {rule.id} looks at each row on its own"
                yield Draft(operation.id, name, rule.place, edit)
            if isinstance(fact, Repeated):
                edit = blind(operation, rule, _next_to_each_other(fact))
                name = f"{operation.id}: the rule {rule.id} compares each row with the next only"
                yield Draft(operation.id, name, rule.place, edit)
                edit = eager(operation, rule, _twice_unset(fact))
                name = (
                    f"{operation.id}: the rule {rule.id} takes two rows without a value for alike"
                )
                yield Draft(operation.id, name, rule.place, edit)
                edit = eager(operation, rule, _repeated_in_any_case(fact))
                name = f"{operation.id}: the rule {rule.id} compares rows without regard to case"
                yield Draft(operation.id, name, rule.place, edit)


def _alone(rule: Rule, fact: Mistyped) -> Sees:
    def sees(context: Context) -> bool:
        rows = context.value(fact.within)
        return isinstance(rows, list) and any(
            _still(rule, _only(row), fact.within)(context) for row in rows
        )

    return sees


def _only(row: Json) -> Callable[[list[Json]], list[Json]]:
    return lambda rows: [row]


def _values(context: Context, fact: Repeated) -> list[Json]:
    rows = context.value(fact.within)
    found = rows if isinstance(rows, list) else []
    return [one.get(fact.field) for one in found if isinstance(one, dict)]


def _next_to_each_other(fact: Repeated) -> Sees:
    def sees(context: Context) -> bool:
        values = _values(context, fact)
        return any(a is not None and a == b for a, b in pairwise(values))

    return sees


def _twice_unset(fact: Repeated) -> Sees:
    return lambda context: _values(context, fact).count(None) > 1


def _repeated_in_any_case(fact: Repeated) -> Sees:
    def sees(context: Context) -> bool:
        values = [one.casefold() for one in _values(context, fact) if isinstance(one, str)]
        return len({*values}) < len(values)

    return sees
