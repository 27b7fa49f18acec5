"""Samples fit their schemas, keep what is given, and are the same every time."""
# ruff: noqa: E501  a table reads best in lines

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec import ABSENT
from spec.document import parse
from spec.samples import Samples, holds
from spec.schemas import Schemas

ROOT = "/components/schemas/Root"


def samples(root: Any, **others: Any) -> Samples:
    data = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"Root": root, **others}}}
    document = parse(json.dumps(data), name="s", file="s.json")
    return Samples(document, Schemas(document))


def sample(root: Any, *, number: int = 0, **others: Any) -> Any:
    return samples(root, **others).of(ROOT, number)


TEXT = {"type": "string"}
FITTING = {
    "nothing said": {},
    "a boolean schema": True,
    "a constant": {"const": {"a": [1]}},
    "an enum with null": {"type": ["string", "null"], "enum": [None, "a"]},
    "bounds": {"type": "integer", "exclusiveMinimum": 4, "maximum": 5},
    "narrow bounds of a number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
    "a multiple": {"type": "number", "multipleOf": 0.25, "minimum": 1.1},
    "a negative multiple": {"type": "integer", "multipleOf": 7, "maximum": -1},
    "a short text": {"type": "string", "maxLength": 2},
    "a long text": {"type": "string", "minLength": 40},
    "an empty text": {"type": "string", "maxLength": 0},
    "a wrong example": {"type": "string", "maxLength": 3, "example": "too long"},
    "several items": {"type": "array", "minItems": 3, "items": TEXT, "uniqueItems": True},
    "a tuple": {"type": "array", "prefixItems": [{"type": "integer"}, TEXT], "minItems": 2},
    "an item of a kind": {"type": "array", "contains": {"const": 7}},
    "required without property": {"type": "object", "required": ["a"]},
    "required by a pattern": {"required": ["x-a"], "patternProperties": {"^x-": {"type": "null"}}},
    "so many members": {"type": "object", "minProperties": 2, "additionalProperties": TEXT},
    "named members": {"minProperties": 1, "propertyNames": {"pattern": "^[A-Z]{2}$"}},
    "put together": {"allOf": [{"properties": {"a": TEXT}}, {"required": ["a", "b"]}]},
    "two views of one": {"allOf": [{"properties": {"a": {"minLength": 3}}},
                                   {"properties": {"a": {**TEXT, "maxLength": 4}}, "required": ["a"]}]},
    "integer and number": {"allOf": [{"type": "integer"}, {"type": "number", "minimum": 3}]},
    "exactly one": {"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 0}]},
    "any of two": {"anyOf": [{"type": "string", "minLength": 5, "maxLength": 4}, {"type": "null"}]},
    "not so": {"type": "integer", "not": {"const": 1}},
    "if and then": {"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]},
                    "properties": {"a": {"enum": [1]}}, "required": ["a"]},
    "if not": {"if": {"not": {"required": ["a"]}}, "then": {"required": ["b"]}, "type": "object"},
    "closed": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
    "an unknown format": {"type": "string", "format": "colour"},
    "itself inside": {"type": "object", "properties": {"next": {"$ref": f"#{ROOT}"}, "n": {"type": "integer"}}},
    "a list of itself": {"type": "array", "items": {"$ref": f"#{ROOT}"}},
    "itself or null": {"type": "object", "required": ["up"], "properties": {"up": {"anyOf": [{"$ref": f"#{ROOT}"}, {"type": "null"}]}}},
    "beside a reference": {"$ref": "#/components/schemas/Name", "maxLength": 2},
}  # fmt: skip
FORMATS = ["date-time", "date", "time", "duration", "email", "uuid", "uri", "uri-reference", "hostname",
           "ipv4", "ipv6", "json-pointer", "regex", "uri-template", "iri", "idn-email"]  # fmt: skip


@pytest.mark.parametrize("schema", FITTING.values(), ids=FITTING)
def test_a_sample_fits(schema: Any) -> None:
    drawn = samples(schema, Name={"type": "string", "minLength": 1})

    found = drawn.of(ROOT)

    assert found is not ABSENT
    assert drawn.suits(ROOT, found)


@pytest.mark.parametrize("number", [0, 1, 500])
@pytest.mark.parametrize("name", FORMATS)
def test_a_text_of_a_format_fits(name: str, number: int) -> None:
    assert sample({"type": "string", "format": name}, number=number) is not ABSENT


@pytest.mark.parametrize(
    "schema",
    [False, {"type": "string", "pattern": "(?i)a"}, {"oneOf": [{}, {}]}, {"allOf": [{"const": 1}, {"const": 2}]},
     {"type": "object", "required": ["a"], "properties": {"a": {"$ref": f"#{ROOT}"}}}],
)  # fmt: skip
def test_where_nothing_is_found_that_is_told(schema: Any) -> None:
    assert sample(schema) is ABSENT


# -- what is chosen -------------------------------------------------------------------------------


def test_what_the_document_shows_comes_first() -> None:
    properties = {
        "a": {"type": "string", "example": "shown", "default": "usual"},
        "b": {"type": "string", "examples": ["listed"]},
        "c": {"enum": ["first", "second"]},
        "d": {"type": "string", "format": "date"},
        "city": TEXT,
    }

    assert sample({"type": "object", "properties": properties}) == {
        "a": "usual",
        "b": "listed",
        "c": "first",
        "d": "2024-01-15",
        "city": "city",
    }


def test_another_number_gives_another_instance() -> None:
    drawn = samples(
        {"properties": {"id": {"type": "integer"}, "name": TEXT, "on": {"enum": [1, 2]}}}
    )

    assert drawn.of(ROOT, 1) == {"id": 2, "name": "name 2", "on": 2}


def test_what_may_only_be_written_is_not_shown() -> None:
    schema = {"properties": {"name": TEXT, "password": {"type": "string", "writeOnly": True}}}

    assert sample(schema) == {"name": "name"}


def test_a_member_for_which_no_text_is_found_is_left_out() -> None:
    schema = {"properties": {"name": TEXT, "odd": {"type": "string", "pattern": "(?i)a"}}}

    assert sample(schema) == {"name": "name"}


def test_an_alternative_carries_the_name_by_which_it_is_told() -> None:
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"tom": "#/components/schemas/Cat"}},
    }
    drawn = samples(schema, Cat={"type": "object"}, Dog={"type": "object", "required": ["bark"]})

    assert drawn.of(ROOT) == {"kind": "tom"}
    assert drawn.completed(ROOT, {"kind": "Dog"}) == {"kind": "Dog", "bark": {}}


# -- what is given --------------------------------------------------------------------------------

PET = {
    "type": "object",
    "required": ["id", "name", "owner", "tags"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "maxLength": 5},
        "owner": {"type": "object", "required": ["id", "mail"],
                  "properties": {"id": {"type": "integer"}, "mail": {"type": "string", "format": "email"}}},
        "tags": {"type": "array", "items": {"type": "object", "required": ["key"], "properties": {"key": TEXT}}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ({"name": "Tom"}, {"name": "Tom"}),
        ({"name": "Tom", "more": 1}, {"name": "Tom", "more": 1}),
        ({"owner": {"id": 7}}, {"owner": {"id": 7, "mail": "someone@example.com"}}),
        ({"tags": [{"n": 1}, {"key": "b"}]}, {"tags": [{"n": 1, "key": "key"}, {"key": "b"}]}),
        ({"tags": []}, {"tags": []}),
        ({"name": "too long", "id": 9}, {"name": "name", "id": 9}),
        ({"owner": "nobody", "id": 9}, {"id": 9}),
    ],
)
def test_what_is_given_is_kept_and_completed(given_: Any, wanted: Any) -> None:
    found = samples(PET).completed(ROOT, given_)

    assert holds(found, wanted)


LEAF = st.sampled_from(
    [TEXT, {"type": "integer"}, {"type": "boolean"}, {"type": ["number", "null"]}, {"enum": ["a", 1]}]
)  # fmt: skip
NAMES = st.sampled_from(["a", "b", "c/d", "e~f"])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda members, needed, word: {word: members, "type": "object", "required": needed},
        st.dictionaries(NAMES, inner, max_size=3),
        st.lists(NAMES, unique=True, max_size=2),
        st.just("properties"),
    )


SCHEMA = st.recursive(
    LEAF,
    lambda inner: (
        objects(inner)
        | st.builds(lambda one, least: {"type": "array", "items": one, "minItems": least}, inner, st.integers(0, 2))
        | st.builds(lambda one: {"allOf": [one, {"description": "x"}]}, inner)
        | st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner)
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60)
@given(schema=SCHEMA, number=st.integers(0, 3))
def test_a_schema_that_can_be_met_is_met_twice_alike(schema: Any, number: int) -> None:
    drawn = samples(schema)

    found = drawn.of(ROOT, number)

    assert found is not ABSENT
    assert drawn.suits(ROOT, found)
    assert found == samples(schema).of(ROOT, number)
