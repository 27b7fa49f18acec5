"""The published page on Memfault's devices says what our document says, but for the amendments.

The page is a table of fields, a table of query parameters, one example of an answer, and a list of
headings. Nothing of it is a schema; here each is read on its own and compared.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from tests.spec.fidelity.canonical import OR_NULL, canonical
from tests.spec.fidelity.reading import (
    DOCUMENT_PATH,
    accepts,
    inline,
    operations,
    read_fragment,
    step,
)

PAGE = read_fragment("seed_memfault_devices.json")
DOCUMENT = yaml.safe_load(DOCUMENT_PATH.with_name("memfault.yaml").read_text(encoding="utf-8"))
PLAIN = inline(DOCUMENT, DOCUMENT)
CALLS = {o["operationId"]: (method, path, o) for method, path, o in operations(PLAIN)}
OPERATIONS = {operation_id: operation for operation_id, (_, _, operation) in CALLS.items()}

PROJECT = "/organizations/{organization_slug}/projects/{project_slug}"
DEVICES = f"{PROJECT}/devices"
DEVICE = f"{DEVICES}/{{device_serial}}"

# The page names the calls in prose; methods and paths are told by other public material.
CALL_OF_HEADING = {
    "Create Devices": ("createDevice", "post", DEVICES),
    "List Devices": ("listDevices", "get", DEVICES),
    "Retrieve a Device": ("getDevice", "get", DEVICE),
    "Update a Device": ("updateDevice", "patch", DEVICE),
    "Delete a Device": ("deleteDevice", "delete", DEVICE),
    "Retrieve Device Attributes": ("getDeviceAttributes", "get", f"{DEVICE}/attributes"),
    "Update Device Attributes": ("updateDeviceAttributes", "patch", f"{DEVICE}/attributes"),
}

SHOWING_ONE = ["createDevice", "getDevice", "updateDevice"]


@dataclass(frozen=True, slots=True)
class Amendment:
    """A place where we say on purpose something else than the page."""

    pointer: str
    reason: str


NULLABLE = [
    Amendment("/properties/data/properties/last_seen", "a device may not have reported yet"),
    Amendment("/properties/data/properties/last_seen_release", "nor told which release it runs"),
]

NOT_ON_THE_PAGE = {
    "createDevice": {"cohort"},
    "updateDevice": {"cohort"},
    "listDevices": {"page", "per_page"},
}


def body(operation_id: str) -> dict[str, Any]:
    """The schema of a request's body."""
    return OPERATIONS[operation_id]["requestBody"]["content"]["application/json"]["schema"]


def answer(operation_id: str) -> dict[str, Any]:
    """The schema of the body of the answer to an accepted call."""
    return OPERATIONS[operation_id]["responses"]["200"]["content"]["application/json"]["schema"]


def query(operation_id: str) -> dict[str, dict[str, Any]]:
    """The query parameters of a call by name."""
    parameters = OPERATIONS[operation_id]["parameters"]
    return {one["name"]: one for one in parameters if one["in"] == "query"}


def operation_id_of(heading: str, text: str) -> str:
    """The name of a call, made from its heading; the noun is plural where several are meant."""
    verb, *nouns = [word for word in heading.split() if word != "a"]
    if "single" in text:
        nouns[-1] = nouns[-1].removesuffix("s")
    return {"Retrieve": "get"}.get(verb, verb.lower()) + "".join(nouns)


def shape_of_value(value: Any) -> dict[str, Any]:
    """The shape of which a value of the page is an example: its members, all there, by type."""
    if isinstance(value, dict):
        return {
            "type": "object",
            "required": sorted(value),
            "properties": {name: shape_of_value(child) for name, child in value.items()},
        }
    return {"type": {int: "integer", str: "string"}[type(value)]}


def shape_of_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a schema of ours says about members, types and null, and nothing else."""
    return _only_shape(canonical(schema))


def _only_shape(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in ("type", "required", OR_NULL) if key in schema}
    if "properties" in schema:
        properties = schema["properties"].items()
        kept["properties"] = {name: _only_shape(child) for name, child in properties}
    return kept


def amended(shape: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(shape)
    for amendment in NULLABLE:
        step(result, amendment.pointer)[OR_NULL] = True
    return result


def members(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The pointers and values of all members of an object, at any depth."""
    for name, child in value.items() if isinstance(value, dict) else ():
        yield f"{pointer}/{name}", child
        yield from members(child, f"{pointer}/{name}")


def schema_at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    """The schema of a member, null beside it left out."""
    for name in pointer.split("/")[1:]:
        schema = schema["properties"][name]
        schema = next((s for s in schema.get("anyOf", ()) if s != {"type": "null"}), schema)
    return schema


def is_time(text: Any) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False


def test_every_heading_is_an_operation_and_there_are_no_others() -> None:
    named = [operation_id_of(**one) for one in PAGE["operations"]]

    assert sorted(named) == sorted(CALLS)


@pytest.mark.parametrize("one", PAGE["operations"], ids=lambda one: one["heading"])
def test_a_heading_has_its_name_method_and_path(one: dict[str, str]) -> None:
    operation_id, method, path = CALL_OF_HEADING[one["heading"]]

    assert operation_id_of(**one) == operation_id
    assert CALLS[operation_id][:2] == (method, path)


def test_a_device_is_referred_to_by_its_serial_and_never_by_its_id() -> None:
    name = PAGE["route_parameter"]
    device = PAGE["response"]["data"]

    for method, path, operation in CALLS.values():
        given = {one["name"]: one for one in operation["parameters"] if one["in"] == "path"}
        assert (name in given) == (f"{{{name}}}" in path) == path.startswith(DEVICE), method
        if name in given:
            assert given[name]["required"]
            assert accepts(given[name]["schema"], device[name])


def test_a_link_takes_the_serial_from_the_answer() -> None:
    links = [link for o in ("createDevice", "getDevice", "updateDevice") for link in links_of(o)]

    assert links
    assert {link["parameters"][PAGE["route_parameter"]] for link in links} == {
        f"$response.body#/data/{PAGE['route_parameter']}"
    }


def links_of(operation_id: str) -> list[dict[str, Any]]:
    return list(OPERATIONS[operation_id]["responses"]["200"]["links"].values())


def test_links_lead_from_a_create_to_every_call_on_one_device() -> None:
    on_one = {operation_id for operation_id, (_, path, _) in CALLS.items() if DEVICE in path}

    assert {link["operationId"] for link in links_of("createDevice")} == on_one


@pytest.mark.parametrize("operation_id", ["createDevice", "updateDevice"])
def test_a_request_has_the_fields_of_the_page_in_their_order(operation_id: str) -> None:
    names = [row["name"] for row in PAGE["request"]]
    properties = body(operation_id)["properties"]

    assert [name for name in properties if name in names] == names
    assert set(properties) - set(names) == NOT_ON_THE_PAGE[operation_id]
    for row in PAGE["request"]:
        assert row["type"] == "String"
        assert properties[row["name"]]["type"] == "string"
        assert accepts(properties[row["name"]], row["example"])


def test_a_new_device_needs_what_the_page_requires() -> None:
    required = [row["name"] for row in PAGE["request"] if row["required"]]
    example = {row["name"]: row["example"] for row in PAGE["request"]}

    assert body("createDevice")["required"] == required
    assert accepts(body("createDevice"), example)
    for name in required:
        assert not accepts(body("createDevice"), {k: v for k, v in example.items() if k != name})


def test_a_change_requires_none_of_them_though_the_page_has_one_table_for_both() -> None:
    assert "required" not in body("updateDevice")
    for row in PAGE["request"]:
        assert accepts(body("updateDevice"), {row["name"]: row["example"]})


def test_a_serial_has_no_colons_though_the_page_speaks_of_mac_addresses() -> None:
    schema = body("createDevice")["properties"]["device_serial"]

    assert accepts(schema, "A4CF12B9E07D")
    assert not accepts(schema, "A4:CF:12:B9:E0:7D")


def test_the_list_has_the_parameters_of_the_page_in_their_order() -> None:
    names = [row["name"] for row in PAGE["query"]]
    ours = query("listDevices")

    assert [name for name in ours if name in names] == names
    assert set(ours) - set(names) == NOT_ON_THE_PAGE["listDevices"]
    assert not any(one.get("required") for one in ours.values())


def rows_of_type(kind: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in PAGE["query"] if row["type"] == kind]


@pytest.mark.parametrize("row", rows_of_type("String[]"))
def test_a_parameter_of_many_values_is_repeated(row: dict[str, str]) -> None:
    parameter = query("listDevices")[row["name"]]
    example = row["example"]
    values = parse_qs(example)[row["name"]] if "=" in example else [example]

    assert (parameter["style"], parameter["explode"]) == ("form", True)
    assert parameter["schema"]["type"] == "array"
    assert parameter["schema"]["items"]["type"] == "string"
    assert accepts(parameter["schema"], values)


@pytest.mark.parametrize("row", rows_of_type("DateTime"))
def test_a_moment_is_a_date_time(row: dict[str, str]) -> None:
    schema = query("listDevices")[row["name"]]["schema"]

    assert schema == {"type": "string", "format": "date-time"}
    assert is_time(row["example"])


@pytest.mark.parametrize("row", rows_of_type("String"))
def test_the_order_is_by_a_key_of_the_page_either_way(row: dict[str, str]) -> None:
    schema = query("listDevices")[row["name"]]["schema"]
    both_ways = [prefix + key for key in PAGE["sort_keys"] for prefix in ("", "-")]

    assert schema["type"] == "string"
    assert schema["enum"] == both_ways
    # The page's example is a key of another list; its table does not have it.
    assert row["example"].removeprefix("-") not in PAGE["sort_keys"]
    assert not accepts(schema, row["example"])


def test_every_type_of_the_page_is_compared() -> None:
    assert {row["type"] for row in PAGE["query"]} == {"String[]", "DateTime", "String"}


@pytest.mark.parametrize("operation_id", SHOWING_ONE)
def test_an_answer_has_the_members_of_the_page(operation_id: str) -> None:
    expected = amended(shape_of_value(PAGE["response"]))

    assert shape_of_schema(answer(operation_id)) == expected


@pytest.mark.parametrize("amendment", NULLABLE, ids=lambda one: one.pointer)
def test_an_amendment_is_needed(amendment: Amendment) -> None:
    assert OR_NULL not in step(shape_of_value(PAGE["response"]), amendment.pointer)
    assert OR_NULL in step(shape_of_schema(answer("getDevice")), amendment.pointer)
    assert amendment.reason


@pytest.mark.parametrize("operation_id", SHOWING_ONE)
def test_the_answer_of_the_page_is_one_of_ours(operation_id: str) -> None:
    schema = answer(operation_id)

    assert accepts(schema, PAGE["response"])
    for pointer, _ in members(PAGE["response"]):
        less = copy.deepcopy(PAGE["response"])
        parent, _, last = pointer.rpartition("/")
        del step(less, parent)[last]
        assert not accepts(schema, less), pointer


def test_members_stand_in_the_order_of_the_page() -> None:
    schema = answer("getDevice")

    objects = [("", PAGE["response"])]
    objects += [(at, value) for at, value in members(PAGE["response"]) if isinstance(value, dict)]

    for pointer, value in objects:
        assert list(schema_at(schema, pointer)["properties"]) == list(value), pointer
    assert [len(value) for _, value in objects] == [1, 9, 3, 3]


def test_what_the_page_shows_as_a_time_is_one_of_the_same_form() -> None:
    for pointer, value in members(PAGE["response"]):
        schema = schema_at(answer("getDevice"), pointer)
        assert (schema.get("format") == "date-time") == is_time(value), pointer
        if is_time(value):
            assert accepts(schema, value)
            assert not accepts(schema, value.replace("+00:00", "Z"))
            assert not accepts(schema, value.replace(".000000", ""))


def test_the_list_shows_the_same_devices() -> None:
    page = answer("listDevices")

    assert page["properties"]["data"]["type"] == "array"
    assert page["properties"]["data"]["items"] == answer("getDevice")["properties"]["data"]
    assert set(page["required"]) == {"data", "paging"}


@pytest.mark.parametrize("operation_id", CALLS)
def test_what_the_page_names_is_marked_so(operation_id: str) -> None:
    marks = {one["name"]: one.get("x-contract-provenance") for one in query("listDevices").values()}
    on_the_page = {row["name"] for row in PAGE["query"]}

    assert OPERATIONS[operation_id]["x-contract-provenance"] == "seed"
    assert {name for name, mark in marks.items() if mark == "seed"} == on_the_page
