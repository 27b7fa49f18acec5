from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.reach.values import Deviation, Values, of_pattern
from spec import Contract, Json, pick, read


def schemas(contract: Contract) -> Iterator[tuple[str, Json]]:
    """Yield every schema of the document by its pointer: components, parameters and bodies."""
    for name in contract.document.get("/components/schemas"):
        yield name, {"$ref": f"#/components/schemas/{name}"}
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            yield f"{operation.id} {parameter.name}", parameter.schema
        if operation.body:
            for media, pointer in operation.body.media.items():
                yield f"{operation.id} {media}", {"$ref": f"#{pointer}"}


FLEET = read("fleet")
SCHEMAS = dict(schemas(FLEET))
VALUES = Values(FLEET.document)


def fits(schema: Json, value: Json) -> bool:
    return bool(FLEET.schemas.predicate(schema)(value))


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("whole", [False, True], ids=["least", "whole"])
def test_the_simplest_instance_is_valid(name: str, whole: bool) -> None:
    assert fits(SCHEMAS[name], VALUES.instance(SCHEMAS[name], whole=whole))


@pytest.mark.parametrize("name", SCHEMAS)
def test_values_are_the_same_each_time(name: str) -> None:
    again = Values(FLEET.document)

    assert list(VALUES.instances(SCHEMAS[name])) == list(again.instances(SCHEMAS[name]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_deviation_changes_the_value_at_its_pointer_and_nowhere_else(name: str) -> None:
    value = VALUES.instance(SCHEMAS[name], whole=True)

    for one in [*VALUES.deviations(SCHEMAS[name], value), *VALUES.kept(SCHEMAS[name], value)]:
        base = value if one.base is None else one.base
        assert without(one.value, one.pointer) == without(base, one.pointer), str(one)


def without(value: Json, pointer: str) -> Json:
    """Return a value with null at a pointer, whether anything stood there or not."""
    if not pointer:
        return None
    head, _, rest = pointer[1:].partition("/")
    if isinstance(value, dict):
        return {**value, head: without(value.get(head), f"/{rest}" if rest else "")}
    if isinstance(value, list) and value:
        return [without(value[0], f"/{rest}" if rest else ""), *value[1:]]
    return None


CLAIMS: dict[str, tuple[Json, dict[str, int]]] = {
    "minimum": ({"type": "integer", "minimum": 3, "maximum": 5}, {"minimum": 2, "maximum": 6}),
    "exclusive": (
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9},
        {"exclusiveMinimum": 3, "exclusiveMaximum": 9},
    ),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_a_number_outside_is_just_outside(case: str) -> None:
    schema, expected = CLAIMS[case]

    found = {one.keyword: one.value for one in VALUES.deviations(schema, 4)}

    assert {key: found[key] for key in expected} == expected


def test_a_text_outside_is_one_character_too_short_or_long() -> None:
    schema = {"type": "string", "minLength": 2, "maxLength": 5}

    found = [one.value for one in VALUES.deviations(schema, "text") if "Length" in one.keyword]

    assert sorted(map(len, found)) == [1, 6]


def test_a_missing_member_is_really_missing() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}

    found = [one for one in VALUES.deviations(schema, {"a": "x"}) if one.keyword == "required"]

    assert found == [Deviation("/a", "required", {})]


@pytest.mark.parametrize(
    "keyword",
    [
        "required",
        "minLength",
        "maxLength",
        "minItems",
        "minimum",
        "maximum",
        "pattern",
        "enum",
        "type",
    ],
)
def test_each_keyword_of_fleet_is_broken_by_some_deviation(keyword: str) -> None:
    used = [name for name in SCHEMAS if keyword in keywords(SCHEMAS[name], set())]
    broken = [
        name
        for name in used
        for one in VALUES.deviations(SCHEMAS[name], VALUES.instance(SCHEMAS[name], whole=True))
        if one.keyword == keyword and not fits(SCHEMAS[name], one.value)
    ]

    assert broken or not used


def keywords(schema: Any, seen: set[str]) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            found |= keywords(pick(FLEET.document.data, reference[1:]), seen)
        found |= set(schema)
        for inner in schema.values():
            found |= keywords(inner, seen)
    elif isinstance(schema, list):
        for inner in schema:
            found |= keywords(inner, seen)
    return found


@pytest.mark.parametrize(
    ("pattern", "least"), [("^[1-9][0-9]*$", 0), ("^[A-Z]{2}-[0-9]+$", 6), ("[ \\t]*", 0)]
)
def test_texts_of_a_pattern_match_it_and_are_long_enough(pattern: str, least: int) -> None:
    import re

    found = of_pattern(pattern, least)

    assert found
    assert all(re.search(pattern, one) and len(one) >= least for one in found)


def test_a_pattern_of_another_dialect_gives_no_texts() -> None:
    assert of_pattern("(?<=a+)b") == ()
