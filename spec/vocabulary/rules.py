"""The rules of an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from spec.contract import Fact, Rule
from spec.document import Json, Place
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import conditions
from spec.vocabulary.names import check_known, path_at
from spec.vocabulary.root import Root
from spec.vocabulary.schemas import compiling


def rules(root: Root, pointer: str, facts: Mapping[str, Fact]) -> tuple[Rule, ...]:
    """Return the rules that stand at `pointer`, in the order of their stages."""
    order = {stage.name: number for number, stage in enumerate(root.stages)}
    return tuple(sorted(_as_written(root, pointer, facts), key=lambda rule: order[rule.stage]))


def _as_written(root: Root, pointer: str, facts: Mapping[str, Fact]) -> Iterator[Rule]:
    seen: dict[str, Place] = {}
    for number, given in enumerate(root.document.get(pointer, [])):
        rule = _rule(root, given, f"{pointer}/{number}", facts)
        if rule.id in seen:
            raise DocumentError(
                rule.place,
                f"the rule id {rule.id!r} stands in {seen[rule.id]} too",
                "an id of its own",
                "Give the rule an `id`.",
            )
        seen[rule.id] = rule.place
        yield rule


def _rule(root: Root, given: Mapping[str, Json], pointer: str, facts: Mapping[str, Fact]) -> Rule:
    document = root.document
    check_known(document, given["problem"], root.problems, f"{pointer}/problem", "problem")
    stages = [stage.name for stage in root.stages]
    check_known(document, given["stage"], stages, f"{pointer}/stage", "stage")
    each = given.get("each")
    return Rule(
        id=given.get("id", given["problem"]),
        problem=root.problems[given["problem"]],
        stage=given["stage"],
        when=conditions(root.terms, given.get("when", {}), f"{pointer}/when", facts),
        doubtful=conditions(root.terms, given.get("doubtful", {}), f"{pointer}/doubtful", facts),
        each=path_at(document, each, f"{pointer}/each", ["request"]) if each else None,
        fault=given.get("fault", False),
        message=given.get("message"),
        place=document.place(pointer),
        answer=_answer(root, given, f"{pointer}/answer"),
    )


def _answer(root: Root, given: Mapping[str, Json], pointer: str) -> Callable[[Json], bool] | None:
    schema = given.get("answer")
    if schema is None:
        return None
    return compiling(root.document, pointer, lambda: root.schemas.predicate(schema))
