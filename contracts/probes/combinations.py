"""Combinations of witnesses: a rule is a conjunction, and refuses only when all of it holds.

It is *fired* by witnesses for all its conjuncts, each witness of each conjunct once (every member
of an enum, every way in which a fact can be true); it is *spared* by breaking one conjunct and
keeping the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeAlias

from contracts.probes import changes, facts, records, requests
from contracts.probes.conjuncts import Conjunct
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Drafts
from spec import Exists, Operation, Rule
from spec.contract import Condition

Combination: TypeAlias = tuple[str, list[Witness]]
"""A label, and the witnesses that are applied together."""


def firing(drafts: Drafts, operation: Operation, rule: Rule) -> Iterator[Combination]:
    """Yield the combinations in which every conjunct holds, each witness once."""
    choices = _choices(drafts, operation, rule)
    if not all(choices):
        return
    first = [one[0] for one in choices]
    assigned = _assigned(operation, rule)
    free = [number for number, one in enumerate(rule.when) if one.path not in assigned]
    yield from _varied(first, choices, free)
    if rule.each and operation.effect and operation.effect.many:
        before = Witness("second", partial(changes.put_row_before, drafts), Rank.ROWS)
        yield "in the second row", [*first, before]


def sparing(
    drafts: Drafts, operation: Operation, rule: Rule
) -> Iterator[tuple[Condition, str, list[Witness]]]:
    """Yield the conjuncts, each with a combination in which it alone does not hold."""
    choices = _choices(drafts, operation, rule)
    for number, condition in enumerate(rule.when):
        others = [one[0] for n, one in enumerate(choices) if n != number and one]
        for witness in _witnesses(Conjunct(drafts, operation, condition, holds=False)):
            yield condition, witness.label, [*others, witness.last()]


def _varied(
    first: list[Witness], choices: list[list[Witness]], free: list[int]
) -> Iterator[Combination]:
    """Yield `first` with each choice for each of the free conjuncts in turn, none of them twice."""
    seen: set[str] = set()
    for number in free:
        for witness in choices[number]:
            chosen = [*first[:number], witness.last(), *first[number + 1 :]]
            label = ", ".join(one.label for one in chosen)
            if label not in seen:
                seen.add(label)
                yield label, chosen


def _choices(drafts: Drafts, operation: Operation, rule: Rule) -> list[list[Witness]]:
    """Return the witnesses that make each conjunct hold."""
    return [list(_witnesses(Conjunct(drafts, operation, one, holds=True))) for one in rule.when]


def _assigned(operation: Operation, rule: Rule) -> set[tuple[str, ...]]:
    """Return the paths whose values a fact of the rule decides."""
    found = [operation.facts[name] for name in rule.facts]
    return {path for fact in found if isinstance(fact, Exists) for path in fact.where.values()}


def _witnesses(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield ways to make one conjunct hold, or not."""
    root = conjunct.condition.path[0]
    if root == "principal":
        yield _of_principal(conjunct)
    elif root == "resource":
        yield from records.witnesses(conjunct)
    elif root == "facts":
        yield from facts.witnesses(conjunct)
    elif root in {"request", "item"}:
        yield from requests.witnesses(conjunct)


def _of_principal(conjunct: Conjunct) -> Witness:
    # Which credentials fit is for the judge to say: `Drafts.choose` tries each of them.
    label = f"{conjunct.name}{'' if conjunct.holds else ' not'} {conjunct.condition.schema}"
    return Witness(label, changes.nothing, Rank.CREDENTIAL)
