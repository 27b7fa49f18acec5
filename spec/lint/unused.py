"""Words of the vocabulary that are declared and never used."""

from __future__ import annotations

from collections.abc import Iterator

from spec.contract import (
    Change,
    Contract,
    Effect,
    Equal,
    From,
    Operation,
    Outcome,
    Setting,
    Template,
)
from spec.document import escape
from spec.lint.report import Remark
from spec.places import mapping
from spec.vocabulary import PREFIX


def words(contract: Contract) -> Iterator[Remark]:
    """Yield the problems, stages and facts that nothing refers to."""
    document = contract.document
    operations = contract.operations.values()
    rules = [rule for one in operations for rule in one.rules]
    stated = {problem for one in operations for problem in contract.stated(one)}
    elsewhere = (contract.unroutable.path, contract.unroutable.method)
    stated |= {problem for problem in elsewhere if problem}
    for problem in contract.problems.values():
        if problem not in stated:
            sentence = f"no operation ever answers with the problem {problem.name}"
            yield Remark("warning", "unused-problem", problem.place, sentence)
    for number, stage in enumerate(contract.stages):
        pointer = f"/{PREFIX}precedence/{number}"
        used = stage.problem is not None or stage.name in {rule.stage for rule in rules}
        if not used and pointer in document.marks:
            sentence = f"no rule belongs to the stage {stage.name!r}"
            yield Remark("warning", "unused-stage", document.place(pointer), sentence)
    yield from _unused_facts(contract)


def _unused_facts(contract: Contract) -> Iterator[Remark]:
    document = contract.document
    asked = {one.id: _asked(one) for one in contract.operations.values()}
    spots = [(f"/{PREFIX}facts", set[str]().union(*asked.values()))]
    spots += [
        (f"{one.pointer}/{PREFIX}facts", asked[one.id]) for one in contract.operations.values()
    ]
    for root, names in spots:
        for name in mapping(document.get(root)):
            if name not in names:
                place = document.place(f"{root}/{escape(name)}")
                yield Remark("warning", "unused-fact", place, f"no rule asks for the fact {name!r}")


def _asked(operation: Operation) -> set[str]:
    conditions = [one for rule in operation.rules for one in (*rule.when, *rule.doubtful)]
    paths = [one.path for one in conditions]
    if operation.effect:
        paths.extend(_effects(operation.effect))
    for fact in operation.facts.values():
        paths.extend([fact.left, fact.right] if isinstance(fact, Equal) else [])
    return {path[1] for path in paths if path[0] == "facts"}


def _effects(effect: Effect) -> Iterator[tuple[str, ...]]:
    """Yield the paths that the conditions and templates of an effect lead along."""
    job = effect.job
    parts: list[Setting | Outcome | Change] = [
        *effect.sets,
        *(job.outcomes if job else ()),
        *(job.changes if job else ()),
    ]
    for part in parts:
        yield from (one.path for one in part.when)
        values = part.entry if isinstance(part, Outcome) else part.values
        yield from _holes(dict(values))


def _holes(template: Template) -> Iterator[tuple[str, ...]]:
    if isinstance(template, From):
        yield template.path
        yield from _holes(template.otherwise)
    elif isinstance(template, dict):
        for inner in template.values():
            yield from _holes(inner)
    elif isinstance(template, list):
        for inner in template:
            yield from _holes(inner)
