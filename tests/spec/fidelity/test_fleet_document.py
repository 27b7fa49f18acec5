"""Fleet's document is valid, whole, and in the style that client generators were tested with."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.spec.fidelity.reading import DOCUMENT, OPERATIONS, PLAIN, accepts, operations, step

COMPONENTS = DOCUMENT["components"]
PROVENANCES = {"seed", "source", "decided"}
CONTENTS = [
    pytest.param(part["content"]["application/json"], id=f"{operation_id}-{name}")
    for operation_id, operation in OPERATIONS.items()
    for name, part in [("request", operation.get("requestBody")), *operation["responses"].items()]
    if part is not None
]
PARAMETERS = [
    pytest.param(parameter, id=f"{operation_id}-{parameter['name']}")
    for operation_id, operation in OPERATIONS.items()
    for parameter in operation["parameters"]
]
SCHEMAS = [pytest.param(name, schema, id=name) for name, schema in COMPONENTS["schemas"].items()]


def subschemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it, references not followed."""
    yield schema
    for child in [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]:
        yield from subschemas(child)
    if "items" in schema:
        yield from subschemas(schema["items"])


def references(node: Any) -> Iterator[str]:
    """The pointers that a part of the document refers to."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix("#")
        for value in node.values():
            yield from references(value)


def reachable() -> set[str]:
    """The pointers of all components that the paths need, directly or not."""
    found: set[str] = set()
    waiting = list(references(DOCUMENT["paths"]))
    while waiting:
        pointer = waiting.pop()
        if pointer not in found:
            found.add(pointer)
            waiting.extend(references(step(DOCUMENT, pointer)))
    return found


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"

    validate(DOCUMENT)


def test_the_document_holds_nothing_that_json_cannot() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_the_operations_are_five_and_named() -> None:
    calls = {(method, path): o.get("operationId") for method, path, o in operations(DOCUMENT)}

    assert calls == {
        ("get", "/devices"): "listDevices",
        ("post", "/devices"): "createDevices",
        ("get", "/devices/{device_id}"): "getDevice",
        ("patch", "/devices/{device_id}"): "updateDevice",
        ("delete", "/devices/{device_id}"): "deleteDevice",
    }


def test_every_call_needs_the_bearer_key() -> None:
    (server,) = DOCUMENT["servers"]
    scheme = COMPONENTS["securitySchemes"]["bearerAuth"]

    assert server["url"] == "/platform/v1"
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for operation in OPERATIONS.values():
        assert operation.get("security", DOCUMENT["security"]) == [{"bearerAuth": []}]


@pytest.mark.parametrize("content", CONTENTS)
def test_a_body_has_examples_and_they_validate(content: dict[str, Any]) -> None:
    errors = [
        f"{name}: {error.json_path}: {error.message}"
        for name, example in content["examples"].items()
        for error in Draft202012Validator(content["schema"]).iter_errors(example["value"])
    ]

    assert content["examples"]
    assert errors == []


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_parameter_has_a_valid_example_and_a_description(parameter: dict[str, Any]) -> None:
    assert accepts(parameter["schema"], parameter["example"])
    assert parameter["description"].strip()


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_examples_and_defaults_inside_a_schema_validate(name: str, schema: dict[str, Any]) -> None:
    for part in subschemas(PLAIN["components"]["schemas"][name]):
        defaults = [part["default"]] if "default" in part else []
        for value in [*part.get("examples", []), *defaults]:
            assert accepts(part, value), value


@pytest.mark.parametrize("content", CONTENTS)
def test_every_code_of_a_refusal_has_an_example(content: dict[str, Any]) -> None:
    codes = {
        code
        for branch in content["schema"].get("anyOf", [content["schema"]])
        for code in branch["properties"].get("error", {}).get("enum", [])
    }

    shown = {example["value"].get("error") for example in content["examples"].values()}

    assert codes <= shown


def test_every_component_is_needed_by_a_path() -> None:
    components = {
        f"/components/{kind}/{name}"
        for kind, members in COMPONENTS.items()
        for name in members
        if kind != "securitySchemes"
    }

    assert components == reachable()


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_an_object_stands_alone_and_says_whether_it_is_open(
    name: str, schema: dict[str, Any]
) -> None:
    objects = [part for part in subschemas(schema) if "properties" in part]

    assert all(part is schema for part in objects)
    assert all(part["type"] == "object" for part in objects)
    assert all(isinstance(part.get("additionalProperties"), bool) for part in objects)
    assert schema["description"].strip()


@pytest.mark.parametrize(("name", "schema"), SCHEMAS)
def test_an_enum_stands_alone_and_null_beside_it(name: str, schema: dict[str, Any]) -> None:
    for part in subschemas(schema):
        assert "nullable" not in part
        if "enum" in part:
            assert part is schema
            assert part["type"] == "string"
            assert len(part["enum"]) == len(set(part["enum"]))


def test_a_schema_outside_the_components_is_a_scalar_or_a_reference() -> None:
    places = [parameter["schema"] for _, _, o in operations(DOCUMENT) for parameter in raw(o)]

    for schema in places:
        assert "$ref" in schema or schema["type"] in {"string", "integer"}
        assert "enum" not in schema


def raw(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [step(DOCUMENT, p["$ref"][1:]) if "$ref" in p else p for p in operation["parameters"]]


def test_patterns_are_portable() -> None:
    patterns = [
        part["pattern"]
        for schema in [p.values[0]["schema"] for p in PARAMETERS]
        + list(COMPONENTS["schemas"].values())
        for part in subschemas(schema)
        if "pattern" in part
    ]

    assert patterns
    for pattern in patterns:
        # Tab and return are spelt alike in every engine; classes such as \d are not.
        assert "\\" not in pattern.replace("\\t", "").replace("\\r", "")
        # "Contains a character that" needs no anchor; with one it would need a dot, which engines
        # read differently.
        assert pattern == "[^A-Z0-9_]" or (pattern[0], pattern[-1]) == ("^", "$")


def test_provenance_is_stated_for_operations_answers_and_schemas() -> None:
    stated = [
        *OPERATIONS.values(),
        *(answer for o in OPERATIONS.values() for answer in o["responses"].values()),
        *COMPONENTS["schemas"].values(),
        *COMPONENTS["responses"].values(),
    ]

    assert all(part.get("x-contract-provenance") in PROVENANCES for part in stated)


def test_operations_and_answers_are_described() -> None:
    for operation in OPERATIONS.values():
        assert operation["summary"]
        assert operation["description"].strip()
        assert operation.get("requestBody", {"description": "none"})["description"]
        assert all(answer["description"].strip() for answer in operation["responses"].values())


LINKS = [
    pytest.param(answer, link, id=f"{operation_id}-{name}")
    for operation_id, operation in OPERATIONS.items()
    for answer in operation["responses"].values()
    for name, link in answer.get("links", {}).items()
]


@pytest.mark.parametrize(("answer", "link"), LINKS)
def test_a_link_finds_the_id_of_a_device_in_every_example(
    answer: dict[str, Any], link: dict[str, Any]
) -> None:
    target = OPERATIONS[link["operationId"]]
    (schema,) = (p["schema"] for p in target["parameters"] if p["name"] == "device_id")
    ((name, expression),) = link["parameters"].items()

    assert name == "device_id"
    for example in answer["content"]["application/json"]["examples"].values():
        found = step(example["value"], expression.removeprefix("$response.body#"))
        assert accepts(schema, str(found))


def test_links_lead_from_a_create_to_every_call_on_one_device() -> None:
    created = OPERATIONS["createDevices"]["responses"]["201"]["links"]
    read = OPERATIONS["getDevice"]["responses"]["200"]["links"]

    assert {link["operationId"] for link in created.values()} == {
        "getDevice",
        "updateDevice",
        "deleteDevice",
    }
    assert {link["operationId"] for link in read.values()} == {"updateDevice", "deleteDevice"}
    assert len(LINKS) == 7


def test_schemathesis_reads_the_document() -> None:
    schemathesis = pytest.importorskip("schemathesis")

    schema = schemathesis.openapi.from_dict(DOCUMENT)

    assert len([found.ok() for found in schema.get_all_operations()]) == 5
    assert schema.statistic.transitions.selected == len(LINKS)
