"""The published fragments of Fleet say what our document says, but for the listed amendments."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.spec.fidelity.canonical import OR_NULL, canonical
from tests.spec.fidelity.lower import lower
from tests.spec.fidelity.reading import (
    DOCUMENT,
    OPERATIONS,
    PLAIN,
    operations,
    read_fragment,
    request_schema,
    response_schema,
    step,
)

ABSENT = "<absent>"

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
SENTENCE = {"type": "string", "minLength": 1, "pattern": "[^A-Z0-9_]"}
CREATE_CODES = {"type": "string", "enum": ["INVALID_SERIAL_NUMBER", "INVALID_USER"]}


def refusal(error: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical schema of a body `{error}`."""
    return {"type": "object", "required": ["error"], "properties": {"error": dict(error)}}


@dataclass(frozen=True, slots=True)
class Amendment:
    """A place where we say on purpose something else than the fragment, both in canonical form."""

    pointer: str
    seed: Any
    ours: Any
    reason: str


PORTABLE_ID = Amendment(
    "/parameters/device_id/schema/pattern",
    r"^[1-9]\d*$",
    "^[1-9][0-9]*$",
    r"engines differ on whether \d takes digits other than ASCII's",
)
UNAUTHORIZED = Amendment(
    "/responses/401", ABSENT, refusal(SENTENCE), "the guide promises it, no operation lists it"
)
NEW_ITEM = "/requestBody/properties/devices/items/properties"

AMENDMENTS = {
    "updateDevice": [
        PORTABLE_ID,
        UNAUTHORIZED,
        Amendment(
            "/requestBody/properties/compliance",
            {"anyOf": [STRINGS, STRING, {}]},
            {"anyOf": [STRINGS, STRING], OR_NULL: True},
            "nullable without a type accepts anything, and null is meant",
        ),
        Amendment(
            "/requestBody/properties/connection_type",
            {**STRINGS, OR_NULL: True},
            {"anyOf": [STRINGS, STRING], OR_NULL: True},
            "its text admits a single string, its type does not",
        ),
        Amendment(
            "/responses/400/anyOf/1/properties/error",
            STRING,
            SENTENCE,
            "any string would make the enum of codes beside it dead",
        ),
    ],
    "deleteDevice": [PORTABLE_ID, UNAUTHORIZED],
    "createDevices": [
        UNAUTHORIZED,
        Amendment(
            f"{NEW_ITEM}/user_id/exclusiveMinimum",
            ABSENT,
            0,
            "the fragment's rendering drops bounds of numbers; the patch shows this one",
        ),
        Amendment(
            f"{NEW_ITEM}/is_rented/default",
            ABSENT,
            False,
            "the fragment's rendering drops defaults; other public material has it",
        ),
        Amendment(
            f"{NEW_ITEM}/compliance",
            STRINGS,
            {"anyOf": [STRINGS, STRING]},
            "the fragment's rendering shows the first alternative only",
        ),
        Amendment(
            f"{NEW_ITEM}/connection_type",
            {**STRINGS, OR_NULL: True},
            {"anyOf": [STRINGS, STRING], OR_NULL: True},
            "its text admits a single string, its type does not",
        ),
        Amendment(
            "/responses/201/properties/data/properties/devices/items/properties/mdm/or null",
            ABSENT,
            True,
            "its text says null otherwise, and the other fragments say nullable",
        ),
        Amendment(
            "/responses/400",
            refusal(STRING),
            {"anyOf": [refusal(CREATE_CODES), refusal(SENTENCE)]},
            "the fragment's rendering shows the first alternative only, and the two are disjoint",
        ),
    ],
}

# The fragment of createDevices prints no status, only these headings.
STATUS_OF_HEADING = {
    "Devices created": "201",
    "Validation or business rule error": "400",
    "Forbidden": "403",
    "Not found": "404",
    "Internal error": "500",
}

FRAGMENT_OF = {
    "updateDevice": "seed_update_device.json",
    "deleteDevice": "seed_delete_device.json",
    "createDevices": "seed_create_devices.json",
}


def seed_tree(operation_id: str) -> dict[str, Any]:
    """What the fragment says about an operation, in canonical form."""
    fragment = read_fragment(FRAGMENT_OF[operation_id])
    if operation_id == "createDevices":
        return table_tree(fragment)
    tree: dict[str, Any] = {
        "parameters": {
            parameter["name"]: {
                "in": parameter["in"],
                "required": parameter["required"],
                "schema": canonical(lower(parameter["schema"])),
            }
            for parameter in fragment["parameters"]
        },
        "responses": {
            status: canonical(lower(answer["schema"]))
            for status, answer in fragment["responses"].items()
        },
    }
    if "request_body" in fragment:
        tree["requestBody"] = canonical(lower(fragment["request_body"]))
    return tree


def table_tree(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the fragment that is a table of properties."""
    return {
        "parameters": {},
        "requestBody": canonical(lower(object_of_rows(fragment["request"]))),
        "responses": {
            STATUS_OF_HEADING[answer["heading"]]: canonical(lower(object_of_rows(answer["rows"])))
            for answer in fragment["responses"]
        },
    }


def object_of_rows(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The 3.0 schema of an object whose properties are these rows."""
    return {
        "type": "object",
        "required": [row["name"] for row in rows if row.get("required")],
        "properties": {row["name"]: schema_of_row(row) for row in rows},
    }


def schema_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    name = row["type"]
    if name == "object":
        schema = object_of_rows(row["rows"])
    elif name == "Array<object>":
        schema = {"type": "array", "items": object_of_rows(row["rows"])}
    elif name == "Array<string>":
        schema = {"type": "array", "items": {"type": "string"}}
    else:
        schema = {"type": name}
    keywords = {
        "nullable": "nullable",
        "enum": "enum",
        "min_characters": "minLength",
        "min_items": "minItems",
    }
    return schema | {keywords[key]: value for key, value in row.items() if key in keywords}


def our_tree(operation_id: str) -> dict[str, Any]:
    """What our document says about an operation, in canonical form."""
    operation = OPERATIONS[operation_id]
    tree: dict[str, Any] = {
        "parameters": {
            parameter["name"]: {
                "in": parameter["in"],
                "required": parameter.get("required", False),
                "schema": canonical(parameter["schema"]),
            }
            for parameter in operation["parameters"]
        },
        "responses": {
            status: canonical(response_schema(operation_id, status))
            for status in operation["responses"]
        },
    }
    if "requestBody" in operation:
        tree["requestBody"] = canonical(request_schema(operation_id))
    return drop_empty_required(tree)


def drop_empty_required(node: Any) -> Any:
    """The tree with `required: []` left out, which says nothing."""
    if isinstance(node, list):
        return [drop_empty_required(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: drop_empty_required(value)
        for key, value in node.items()
        if not (key == "required" and value == [])
    }


def at(tree: Any, pointer: str) -> Any:
    """What stands at the pointer, or ABSENT."""
    try:
        return step(tree, pointer)
    except (KeyError, IndexError):
        return ABSENT


def amended(tree: dict[str, Any], amendments: list[Amendment]) -> dict[str, Any]:
    result = copy.deepcopy(tree)
    for amendment in amendments:
        parent, _, last = amendment.pointer.rpartition("/")
        step(result, parent)[last] = copy.deepcopy(amendment.ours)
    return result


EVERY_AMENDMENT = [
    pytest.param(operation_id, amendment, id=f"{operation_id}-{amendment.pointer}")
    for operation_id, amendments in AMENDMENTS.items()
    for amendment in amendments
]


@pytest.mark.parametrize("operation_id", FRAGMENT_OF)
def test_the_fragment_with_its_amendments_is_our_document(operation_id: str) -> None:
    seed = drop_empty_required(seed_tree(operation_id))

    assert amended(seed, AMENDMENTS[operation_id]) == our_tree(operation_id)


@pytest.mark.parametrize(("operation_id", "amendment"), EVERY_AMENDMENT)
def test_an_amendment_is_needed(operation_id: str, amendment: Amendment) -> None:
    seed_says = at(seed_tree(operation_id), amendment.pointer)
    we_say = at(our_tree(operation_id), amendment.pointer)

    assert seed_says == amendment.seed
    assert we_say == amendment.ours
    assert seed_says != we_say
    assert amendment.reason


@pytest.mark.parametrize("operation_id", AMENDMENTS)
def test_no_place_is_amended_twice(operation_id: str) -> None:
    pointers = [amendment.pointer for amendment in AMENDMENTS[operation_id]]

    assert len(pointers) == len(set(pointers))


@pytest.mark.parametrize("operation_id", FRAGMENT_OF)
def test_a_fragment_and_its_operation_share_method_and_path(operation_id: str) -> None:
    fragment = read_fragment(FRAGMENT_OF[operation_id])

    ours = [
        (method.upper(), path)
        for method, path, operation in operations(PLAIN)
        if operation["operationId"] == operation_id
    ]

    assert ours == [(fragment["method"], fragment["path"])]


@pytest.mark.parametrize("operation_id", ["updateDevice", "deleteDevice"])
def test_a_fragment_and_its_operation_ask_for_the_same_credential(operation_id: str) -> None:
    fragment = read_fragment(FRAGMENT_OF[operation_id])

    ours = OPERATIONS[operation_id].get("security", DOCUMENT["security"])

    assert ours == fragment["security"]


@pytest.mark.parametrize("operation_id", ["updateDevice", "deleteDevice"])
def test_component_names_of_a_fragment_are_kept(operation_id: str) -> None:
    fragment = read_fragment(FRAGMENT_OF[operation_id])
    (raw,) = (o for _, _, o in operations(DOCUMENT) if o["operationId"] == operation_id)

    for status, answer in fragment["responses"].items():
        response = raw["responses"][status]
        if "$ref" in response:
            response = step(DOCUMENT, response["$ref"][1:])
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{answer['component']}"}
    if "request_body" in fragment:
        schema = raw["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{fragment['request_body_component']}"}


def test_component_names_known_from_other_public_material_are_kept() -> None:
    calls = {o["operationId"]: o for _, _, o in operations(DOCUMENT)}
    body = calls["createDevices"]["requestBody"]["content"]["application/json"]["schema"]
    page = calls["listDevices"]["responses"]["200"]["content"]["application/json"]["schema"]

    assert body == {"$ref": "#/components/schemas/CreateDevicesBody"}
    assert page == {"$ref": "#/components/schemas/ListDevicesResponse"}


def test_properties_stand_in_the_order_of_the_fragments() -> None:
    patch = read_fragment("seed_update_device.json")
    (batch,) = read_fragment("seed_create_devices.json")["request"]
    device = patch["responses"]["200"]["schema"]["properties"]["data"]
    schemas = DOCUMENT["components"]["schemas"]

    expected = {
        "PatchDeviceBody": list(patch["request_body"]["properties"]),
        "CreateDeviceItem": [row["name"] for row in batch["rows"]],
        "Device": list(device["properties"]),
        "DeviceCharacteristics": list(device["properties"]["characteristics"]["properties"]),
        "Mdm": list(device["properties"]["mdm"]["properties"]),
    }

    assert {name: list(schemas[name]["properties"]) for name in expected} == expected
    assert [len(names) for names in expected.values()] == [36, 39, 12, 22, 17]


LOWERED = [
    pytest.param(
        {"type": "string", "nullable": True},
        {"type": ["string", "null"]},
        id="nullable becomes a second type",
    ),
    pytest.param(
        {"type": "string", "nullable": False}, {"type": "string"}, id="not nullable is dropped"
    ),
    pytest.param({"nullable": True}, {}, id="nullable without a type has no effect"),
    pytest.param(
        {"type": "string", "nullable": True, "enum": ["A"]},
        {"type": ["string", "null"], "enum": ["A", None]},
        id="a nullable enum gains null",
    ),
    pytest.param(
        {"type": "string", "nullable": True, "enum": ["A", None]},
        {"type": ["string", "null"], "enum": ["A", None]},
        id="a nullable enum with null gains nothing",
    ),
    pytest.param(
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        {"type": "integer", "exclusiveMinimum": 0},
        id="an exclusive minimum carries its number",
    ),
    pytest.param(
        {"type": "integer", "minimum": 0, "exclusiveMinimum": False},
        {"type": "integer", "minimum": 0},
        id="an inclusive minimum stays",
    ),
    pytest.param(
        {"type": "integer", "maximum": 9, "exclusiveMaximum": True},
        {"type": "integer", "exclusiveMaximum": 9},
        id="an exclusive maximum carries its number",
    ),
    pytest.param(
        {"type": "string", "description": "d", "example": "e"},
        {"type": "string"},
        id="description and example are dropped",
    ),
    pytest.param(
        {
            "type": "object",
            "properties": {"description": {"type": "array", "items": {"anyOf": [{"example": 1}]}}},
        },
        {
            "type": "object",
            "properties": {"description": {"type": "array", "items": {"anyOf": [{}]}}},
        },
        id="it goes into properties, items and anyOf, and keeps a property called description",
    ),
]


@pytest.mark.parametrize(("seed", "lowered"), LOWERED)
def test_lowering(seed: dict[str, Any], lowered: dict[str, Any]) -> None:
    assert lower(seed) == lowered


def test_lowering_refuses_a_keyword_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="discriminator"):
        lower({"type": "object", "discriminator": {}})


ONE_FORM = [
    pytest.param(
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "null"}, {"type": "string", "description": "d"}]},
        id="a list of types and a union with null",
    ),
    pytest.param(
        {"type": ["string", "null"], "enum": ["A", None]},
        {"anyOf": [{"type": "string", "enum": ["A"]}, {"type": "null"}]},
        id="null in an enum and null beside it",
    ),
    pytest.param(
        {"anyOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"type": ["integer", "null"]}]},
        id="nested and flat unions",
    ),
    pytest.param(
        {"type": "object", "additionalProperties": True, "x-a": 1, "required": ["b", "a"]},
        {"type": "object", "title": "t", "required": ["a", "b"]},
        id="annotations, openness and the order of required",
    ),
]

TWO_FORMS = [
    pytest.param(
        {"type": ["string", "null"], "enum": ["A"]},
        {"type": ["string", "null"], "enum": ["A", None]},
        id="an enum without null is not nullable",
    ),
    pytest.param(
        {"type": "object", "additionalProperties": False}, {"type": "object"}, id="closed"
    ),
    pytest.param({}, {"type": "null"}, id="anything is not null"),
]


@pytest.mark.parametrize(("one", "other"), ONE_FORM)
def test_spellings_of_one_meaning_have_one_canonical_form(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), TWO_FORMS)
def test_different_meanings_have_different_canonical_forms(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)
