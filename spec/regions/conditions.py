"""Rules as sets: the schemas of the documents that meet their conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from spec.contract import Condition, Conditions, Contract, Exists, Fact, Operation, Repeated, Rule
from spec.document import Json
from spec.regions.inlining import standalone
from spec.regions.paths import Path, nested

_NOT_NULL: Final[Json] = {"type": ["boolean", "integer", "number", "string", "array", "object"]}


def condition(contract: Contract, rule: Rule, *, within: Rule | None = None) -> Json:
    """Return the schema of the documents that meet a rule.

    The documents are those of `base(contract, operation, within)`: where they have no `item` of the
    rule's own list, some row of the list must meet the conditions on `item`.
    """
    return conjunction(contract, rule.when, rule.each, within)


def conjunction(
    contract: Contract, conditions: Conditions, each: Path | None, within: Rule | None
) -> Json:
    """Return the schema of the documents that meet all of some conditions; see `condition`."""
    on_rows = [one for one in conditions if one.path[0] == "item"]
    others = [one for one in conditions if one.path[0] != "item"]
    parts = [_conjunct(contract, one) for one in others]
    if each is None or (within is not None and within.each == each):
        parts.extend(_conjunct(contract, one) for one in on_rows)
    else:
        row = {"allOf": [_conjunct(contract, one)["properties"]["item"] for one in on_rows]}
        rows = {"type": "array", "contains": row} if on_rows else {"type": "array", "minItems": 1}
        parts.append(nested(each, rows))
    return {"allOf": parts} if parts else {}


def _conjunct(contract: Contract, one: Condition) -> Json:
    return nested(one.path, standalone(contract.document, one.schema))


def doubts(contract: Contract, rules: Iterable[Rule], within: Rule | None) -> Iterator[Json]:
    """Yield the schema of the documents for which the answer of some of `rules` is left open."""
    for rule in rules:
        if rule.doubtful:
            yield conjunction(contract, rule.doubtful, rule.each, within)


def grounds(operation: Operation, rule: Rule) -> Iterator[Json]:
    """Yield what must stand in a document for the facts that a rule wants to be true at all."""
    for one in rule.when:
        if one.path[0] == "facts" and one.fits(True) and not one.fits(False):
            yield from _ground(operation.facts[one.path[1]], rule)


def _ground(fact: Fact, rule: Rule) -> Iterator[Json]:
    if isinstance(fact, Repeated):
        yield nested(fact.within, {"type": "array", "minItems": 2})
    elif isinstance(fact, Exists):
        for path in fact.where.values():
            if path[0] in {"request", "resource", "principal"} or (path[0] == "item" and rule.each):
                yield nested(path, _NOT_NULL)
