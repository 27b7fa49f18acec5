"""Which calls tell a changed rule from the document's: proofs from the algebra of `spec.regions`.

A change of a rule is seen by a call that one of the two refuses, that no earlier rule refuses, and
that no other rule refuses alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mockserver.mutants.sight import settable
from spec import Contract, Exists, Json, Operation, Rule, regions
from spec.contract import Condition, Conditions
from spec.regions.paths import nested

UNDECIDED = "whether any call shows it could not be told"
_TEXTS = (
    "Ab-9",
    "ab-9",
    "AB-9",
    "Ab",
    "ab",
    "abc",
    "x9",
    " ab",
    "ab ",
    "Ab 9",
    "a.b",
    "A",
    "a",
    "9",
)


def about(contract: Contract, one: Condition, schema: Json) -> Condition:
    """Return a condition on the same value with another schema."""
    return Condition(one.path, schema, contract.schemas.predicate(schema))


def conditioned(rule: Rule, before: Condition, *after: Condition) -> Rule:
    """Return a rule with other conditions in the place of one."""
    when: list[Condition] = []
    for one in rule.when:
        when.extend(after if one is before else [one])
    return replace(rule, when=tuple(when))


def alike(one: Rule, other: Rule) -> bool:
    """Tell whether the answers of two rules cannot be told apart."""
    return one.problem == other.problem and one.answer is None and other.answer is None


def dropped(contract: Contract, operation: Operation, rule: Rule) -> bool | None:
    """Tell whether a call shows that a rule is missing."""
    if rule.stage == "shape":
        met = regions.meeting(contract, operation, rule).satisfiable
        return True if rule.answer is not None else met
    region = regions.region(contract, operation, rule)
    later = operation.rules[operation.rules.index(rule) + 1 :]
    others = _refused(contract, [one for one in later if alike(one, rule)], rule)
    return regions.satisfiable({"allOf": [region.definition, *others]})


def differ(contract: Contract, operation: Operation, rule: Rule, other: Rule) -> bool | None:
    """Tell whether a call shows that another rule stands in the place of one."""
    more = stricter(contract, operation, rule, other)
    less = _apart(contract, operation, rule, rule, other)
    if more or less:
        return True
    return None if more is None or less is None else False


def stricter(contract: Contract, operation: Operation, rule: Rule, other: Rule) -> bool | None:
    """Tell whether a call shows that another rule in the place of one refuses more."""
    return _apart(contract, operation, rule, other, rule)


def _apart(
    contract: Contract, operation: Operation, rule: Rule, refusing: Rule, passing: Rule
) -> bool | None:
    """Tell whether a call is refused by one form of a rule, not by the other nor by other rules."""
    place = operation.rules.index(rule)
    earlier = [one for one in operation.rules[:place] if not one.fault]
    later = [one for one in operation.rules[place + 1 :] if alike(one, rule)]
    met = regions.meeting(contract, operation, replace(refusing, doubtful=()))
    rest = _refused(contract, [passing, *earlier, *later], refusing)
    return regions.satisfiable({"allOf": [met.definition, *rest]})


def _refused(contract: Contract, rules: Sequence[Rule], within: Rule) -> Iterator[Json]:
    for rule in rules:
        if not rule.fault:
            yield {"not": regions.condition(contract, rule, within=within)}


def texts(contract: Contract, operation: Operation, path: tuple[str, ...], rule: Rule) -> list[str]:
    """Return texts that may stand at a path of calls that a rule is about, whatever facts say."""
    asked = [one for one in rule.when if one.path == path]
    words = [word for one in asked for word in _words(contract, one)]
    free = path[0] != "resource" or _chosen(contract, operation, path[1:])
    known = [*_TEXTS, *(other for one in words for other in _spellings(one))] if free else words
    when = tuple(one for one in rule.when if one.path[0] != "facts" and one.path != path)
    told = regions.meeting(contract, operation, replace(rule, when=when))
    return [
        one
        for one in known
        if regions.satisfiable({"allOf": [told.definition, nested(path, {"const": one})]})
    ]


def _words(contract: Contract, one: Condition) -> list[str]:
    """Return the words that a condition lists."""
    schema = regions.standalone(contract.document, one.schema)
    if not isinstance(schema, dict):
        return []
    found = schema.get("enum", [schema.get("const")])
    return [word for word in found if isinstance(word, str)]


def _spellings(word: str) -> list[str]:
    return [word, word.lower(), word.upper(), f" {word}"]


def _chosen(contract: Contract, operation: Operation, way: tuple[str, ...]) -> bool:
    """Tell whether requests choose what stands in a field of the addressed record."""
    kind = operation.effect.kind if operation.effect else ""
    at = "/" + "/".join(way)
    writing = contract.doing(kind, "create", "update", "replace")
    return any(at == one.at for other in writing for one in settable(contract, other))


def unlike(
    contract: Contract, operation: Operation, path: tuple[str, ...], rule: Rule, form: str
) -> bool:
    """Tell whether two texts may stand at a path that differ in case only, or in blanks only."""
    found = texts(contract, operation, path, rule)
    fold = str.casefold if form == "case" else str.strip
    return len({fold(one) for one in found}) < len(found)


def names_tenant(operation: Operation, path: tuple[str, ...]) -> bool:
    """Tell whether a part of the call says whose records it is about."""
    return any(one and path in one.fields.values() for one in operation.tenants.values())


def doubt(told: bool | None) -> str:
    """Return the doubt about what is not surely seen."""
    return "" if told else UNDECIDED


def tenanted(contract: Contract, kind: str) -> bool:
    """Tell whether records of a kind belong to somebody."""
    return contract.resources[kind].tenant is not None


def personal(rule: Rule) -> bool:
    """Tell whether a rule asks who calls."""
    return any(one.path[0] == "principal" for one in rule.when)


def missing(rule: Rule) -> bool:
    """Tell whether a rule refuses calls whose record does not exist."""
    return any(one.path == ("resource",) and one.fits(None) for one in rule.when)


def asking(operation: Operation, rules: Conditions) -> Iterator[Exists]:
    """Yield the facts about existing records that some conditions ask for."""
    for one in rules:
        fact = operation.facts.get(one.path[1]) if one.path[0] == "facts" else None
        if isinstance(fact, Exists):
            yield fact
