"""Each trap that the published fragments of Fleet contain is resolved, a test or more for each."""

import copy
import re
from typing import Any

import pytest

from tests.spec.fidelity.reading import (
    OPERATIONS,
    SCHEMAS,
    accepts,
    request_schema,
    response_schema,
)

PATCH = request_schema("updateDevice")
BATCH = request_schema("createDevices")
DEVICE = SCHEMAS["Device"]
PATCH_400 = response_schema("updateDevice", "400")
CREATE_400 = response_schema("createDevices", "400")

STATUSES = {
    "listDevices": ["200", "400", "401"],
    "createDevices": ["201", "400", "401", "403", "404", "500"],
    "getDevice": ["200", "401", "404"],
    "updateDevice": ["200", "400", "401", "403", "404"],
    "deleteDevice": ["200", "401", "403", "404"],
}

CODES = {
    ("createDevices", "403"): ["INSUFFICIENT_SCOPE"],
    ("createDevices", "404"): ["COMPANY_NOT_FOUND"],
    ("createDevices", "500"): ["PLATFORM_DEVICE_ACTOR_NOT_FOUND", "DEVICE_PROVISIONING_FAILED"],
    ("getDevice", "404"): ["DEVICE_NOT_FOUND"],
    ("updateDevice", "403"): ["INSUFFICIENT_SCOPE", "DEVICE_MUTATION_FORBIDDEN"],
    ("updateDevice", "404"): ["DEVICE_NOT_FOUND"],
    ("deleteDevice", "403"): ["INSUFFICIENT_SCOPE", "DEVICE_MUTATION_FORBIDDEN"],
    ("deleteDevice", "404"): ["DEVICE_NOT_FOUND"],
}

RULE_CODES = {
    "updateDevice": [
        "EMPTY_PATCH_BODY",
        "INVALID_SERIAL_NUMBER",
        "INVALID_USER",
        "KEYBOARD_LAYOUT_REQUIRED",
    ],
    "createDevices": ["INVALID_SERIAL_NUMBER", "INVALID_USER"],
}

EACH_RULE_CODE = [
    (operation_id, code) for operation_id, codes in RULE_CODES.items() for code in codes
]

SENTENCES = ["/name: expected a string", "no", "INVALID USER", "Invalid_user", "…", " "]
NEITHER = ["WHATEVER_CODE", "A", "", "42", "DEVICE_NOT_FOUND", None, 5, ["INVALID_USER"]]


def batch(**fields: Any) -> dict[str, Any]:
    """A batch of one row that is right but for these fields."""
    return {"devices": [{"name": "Desk", "type": "Desk", "category": "FURNITURE", **fields}]}


def device() -> dict[str, Any]:
    """A device as the document's first example shows it, enrolled in device management."""
    content = OPERATIONS["getDevice"]["responses"]["200"]["content"]["application/json"]
    return copy.deepcopy(content["examples"]["enrolledLaptop"]["value"]["data"])


def device_with(**characteristics: Any) -> dict[str, Any]:
    """The same device with other characteristics."""
    changed = device()
    changed["characteristics"].update(characteristics)
    return changed


def test_null_clears_the_keyboard_layout() -> None:
    assert accepts(PATCH, {"keyboard_layout": None})
    assert accepts(PATCH, {"keyboard_layout": "SWISS_QWERTZ"})
    assert not accepts(PATCH, {"keyboard_layout": "DVORAK"})


def test_a_device_without_keyboard_layout_can_be_shown() -> None:
    assert accepts(DEVICE, device_with(keyboard_layout=None))
    assert not accepts(DEVICE, device_with(keyboard_layout="DVORAK"))


def test_a_new_device_leaves_its_layout_out_rather_than_null() -> None:
    assert accepts(BATCH, batch())
    assert not accepts(BATCH, batch(keyboard_layout=None))


@pytest.mark.parametrize(("operation_id", "code"), EACH_RULE_CODE)
def test_a_code_matches_the_branch_of_codes_only(operation_id: str, code: str) -> None:
    codes, sentence = response_schema(operation_id, "400")["anyOf"]

    assert accepts(codes, {"error": code})
    assert not accepts(sentence, {"error": code})
    assert re.fullmatch("[A-Z][A-Z0-9_]*", code)


@pytest.mark.parametrize("operation_id", RULE_CODES)
def test_the_branch_of_codes_is_finite_so_no_body_matches_both(operation_id: str) -> None:
    codes, _ = response_schema(operation_id, "400")["anyOf"]

    assert codes["properties"]["error"]["enum"] == RULE_CODES[operation_id]
    assert codes["required"] == ["error"]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("schema", [PATCH_400, CREATE_400], ids=["patch", "create"])
def test_a_sentence_is_accepted_by_one_branch(schema: Any, sentence: str) -> None:
    matches = [accepts(branch, {"error": sentence}) for branch in schema["anyOf"]]

    assert matches == [False, True]


@pytest.mark.parametrize("text", NEITHER)
@pytest.mark.parametrize("schema", [PATCH_400, CREATE_400], ids=["patch", "create"])
def test_what_is_neither_code_nor_sentence_is_refused(schema: Any, text: object) -> None:
    assert not accepts(schema, {"error": text})
    assert not accepts(schema, {})


@pytest.mark.parametrize(
    ("operation_id", "status"),
    [("listDevices", "400")] + [(operation_id, "401") for operation_id in STATUSES],
)
def test_a_refusal_without_code_is_a_sentence(operation_id: str, status: str) -> None:
    schema = response_schema(operation_id, status)

    assert accepts(schema, {"error": "The key is unknown."})
    assert not accepts(schema, {"error": "UNAUTHORIZED"})
    assert not accepts(schema, {"error": ""})


@pytest.mark.parametrize("value", [5, 1.5, True, {}, [1], [None]])
@pytest.mark.parametrize("field", ["compliance", "connection_type"])
def test_labels_are_texts_and_nothing_else(field: str, value: object) -> None:
    assert not accepts(PATCH, {field: value})
    assert not accepts(BATCH, batch(**{field: value}))


@pytest.mark.parametrize("value", ["CE", "", ["CE"], []])
@pytest.mark.parametrize("field", ["compliance", "connection_type"])
def test_a_request_gives_one_label_or_an_array(field: str, value: object) -> None:
    assert accepts(PATCH, {field: value})
    assert accepts(BATCH, batch(**{field: value}))


@pytest.mark.parametrize("field", ["compliance", "connection_type"])
def test_an_answer_shows_labels_as_an_array_or_null(field: str) -> None:
    assert accepts(DEVICE, device_with(**{field: ["usb-c"]}))
    assert accepts(DEVICE, device_with(**{field: None}))
    assert not accepts(DEVICE, device_with(**{field: "usb-c"}))


def test_null_clears_labels_in_a_patch() -> None:
    assert accepts(PATCH, {"compliance": None})
    assert accepts(PATCH, {"connection_type": None})


def test_a_new_device_may_have_null_connectors_but_not_null_compliance() -> None:
    assert accepts(BATCH, batch(connection_type=None))
    assert not accepts(BATCH, batch(compliance=None))


@pytest.mark.parametrize("user_id", [0, -1, 1.5, "1", True])
def test_a_user_id_is_a_positive_integer(user_id: object) -> None:
    assert not accepts(PATCH, {"user_id": user_id})
    assert not accepts(BATCH, batch(user_id=user_id))


def test_the_smallest_user_id_is_one() -> None:
    assert accepts(PATCH, {"user_id": 1})
    assert accepts(BATCH, batch(user_id=1))


def test_null_takes_a_device_back_and_is_refused_for_a_new_one() -> None:
    assert accepts(PATCH, {"user_id": None})
    assert not accepts(BATCH, batch(user_id=None))


def test_mdm_is_whole_or_null() -> None:
    assert accepts(DEVICE, device())
    assert accepts(DEVICE, {**device(), "mdm": None})
    assert not accepts(DEVICE, {**device(), "mdm": {}})
    assert not accepts(DEVICE, {key: value for key, value in device().items() if key != "mdm"})


def test_draft_is_kept_among_the_states_of_an_enrolment() -> None:
    enrolled = device()
    enrolled["mdm"]["status"] = "DRAFT"

    assert accepts(DEVICE, enrolled)
    assert SCHEMAS["MdmStatus"]["enum"][0] == "DRAFT"
    assert len(SCHEMAS["MdmStatus"]["enum"]) == 8


def test_both_failures_of_the_server_are_part_of_the_contract() -> None:
    schema = response_schema("createDevices", "500")

    assert accepts(schema, {"error": "PLATFORM_DEVICE_ACTOR_NOT_FOUND"})
    assert accepts(schema, {"error": "DEVICE_PROVISIONING_FAILED"})
    assert not accepts(schema, {"error": "Internal Server Error"})


def test_a_batch_is_answered_with_201() -> None:
    successes = [status for status in OPERATIONS["createDevices"]["responses"] if status < "300"]

    assert successes == ["201"]


@pytest.mark.parametrize("operation_id", STATUSES)
def test_an_operation_lists_its_statuses_and_no_other(operation_id: str) -> None:
    assert sorted(OPERATIONS[operation_id]["responses"]) == STATUSES[operation_id]


@pytest.mark.parametrize(("operation_id", "status"), CODES)
def test_a_refusal_by_code_lists_its_codes_and_no_other(operation_id: str, status: str) -> None:
    schema = response_schema(operation_id, status)

    assert schema["properties"]["error"]["enum"] == CODES[operation_id, status]
    assert not accepts(schema, {"error": "A sentence."})
    assert not accepts(schema, {})


NULLABLE_FLAGS = [
    "has_microphone",
    "has_webcam",
    "noise_cancellation",
    "has_stool",
    "has_video_package",
    "has_screen",
    "has_premium_tablet",
]


@pytest.mark.parametrize("field", NULLABLE_FLAGS)
def test_a_flag_may_be_null_everywhere(field: str) -> None:
    assert accepts(PATCH, {field: None})
    assert accepts(BATCH, batch(**{field: None}))
    assert accepts(DEVICE, device_with(**{field: None}))


@pytest.mark.parametrize(
    "field", sorted(set(PATCH["properties"]) - {*NULLABLE_FLAGS, "connection_type"})
)
def test_a_new_device_gives_no_other_field_as_null(field: str) -> None:
    assert not accepts(BATCH, batch(**{field: None}))


@pytest.mark.parametrize("field", ["name", "is_rented"])
def test_a_patch_cannot_clear(field: str) -> None:
    assert not accepts(PATCH, {field: None})


@pytest.mark.parametrize("field", sorted(set(PATCH["properties"]) - {"name", "is_rented"}))
def test_a_patch_clears_with_null(field: str) -> None:
    assert accepts(PATCH, {field: None})


@pytest.mark.parametrize("patch", [{}, {"foo": 1}, {"type": 5}, {"category": None, "added_via": 1}])
def test_a_patch_without_known_field_is_no_matter_of_shape(patch: dict[str, Any]) -> None:
    assert accepts(PATCH, patch)


@pytest.mark.parametrize(
    "body", [{}, {"devices": []}, {"devices": [{}]}, {"devices": {}}, [], None]
)
def test_a_batch_has_at_least_one_whole_row(body: object) -> None:
    assert not accepts(BATCH, body)


@pytest.mark.parametrize("field", ["name", "type", "category"])
def test_a_row_needs_its_three_names_and_takes_blanks(field: str) -> None:
    whole = batch()["devices"][0]

    assert not accepts(BATCH, batch(**{field: ""}))
    assert accepts(BATCH, batch(**{field: " "}))
    assert not accepts(BATCH, {"devices": [{k: v for k, v in whole.items() if k != field}]})


def test_unknown_fields_are_no_matter_of_shape() -> None:
    assert accepts(BATCH, {**batch(foo=1), "bar": 2})
    assert accepts(DEVICE, {**device(), "tracking_url": "https://carrier.example"})


def parameter(operation_id: str, name: str) -> Any:
    """The schema of a parameter."""
    (found,) = (p for p in OPERATIONS[operation_id]["parameters"] if p["name"] == name)
    return found["schema"]


@pytest.mark.parametrize("operation_id", ["getDevice", "updateDevice", "deleteDevice"])
def test_a_device_id_is_decimal_without_leading_zero(operation_id: str) -> None:
    schema = parameter(operation_id, "device_id")

    assert all(accepts(schema, text) for text in ["1", "42", "9" * 40])
    assert not any(accepts(schema, text) for text in ["", "0", "042", "-1", "1.0", "abc", "1٣"])


QUERY = [
    ("limit", [1, 50, 100], [0, 101, 1.5, "x"]),
    ("offset", [0, 10**12], [-1, 0.5, None]),
    ("search", ["a", " "], [""]),
    ("user_id", [1, 10**12], [0, -1, None]),
    ("client_status", ["ARCHIVED", "OUT_OF_SERVICE"], ["", "archived", "DRAFT"]),
]


@pytest.mark.parametrize(("name", "right", "wrong"), QUERY)
def test_a_query_parameter_has_its_bounds(name: str, right: list[Any], wrong: list[Any]) -> None:
    schema = parameter("listDevices", name)

    assert all(accepts(schema, value) for value in right)
    assert not any(accepts(schema, value) for value in wrong)


def test_a_page_begins_at_zero_and_holds_fifty_unless_told() -> None:
    assert parameter("listDevices", "limit")["default"] == 50
    assert parameter("listDevices", "offset")["default"] == 0
    assert not any(p.get("required") for p in OPERATIONS["listDevices"]["parameters"])
