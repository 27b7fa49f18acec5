"""The published fragment of EdgeIQ's fleet action says what our document says, and no less.

The fragment prints types, bounds and sentences, but of the names only those of arrays and objects;
the others are taken from its sentences or chosen by us.
"""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.spec.fidelity.reading import HERE, accepts, inline, operations

RAW = yaml.safe_load((HERE.parents[2] / "spec" / "edgeiq.yaml").read_text(encoding="utf-8"))
PLAIN = inline(RAW, RAW)
METHOD, PATH, OPERATION = next(
    call for call in operations(PLAIN) if call[2]["operationId"] == "executeFleetAction"
)
BODY = OPERATION["requestBody"]["content"]["application/json"]["schema"]
BRANCHES = {branch["properties"]["action"]["const"]: branch for branch in BODY["oneOf"]}
KINDS = PLAIN["components"]["schemas"]["FleetActionKind"]["enum"]

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
A, B, C = (f"{digit:024x}" for digit in (10, 11, 12))


@dataclass(frozen=True, slots=True)
class Row:
    """A body parameter as the fragment prints it; `action` is the one that its sentence names.

    `need` is "required" where the sentence says that the action needs it, "choice" where it needs
    it or another one, "used" where the sentence says no more than that.
    """

    name: str
    schema: dict[str, Any]
    action: str | None
    need: str


ROWS = [
    Row("action", STRING, None, "required"),
    Row("command_id", STRING, "issue_command", "choice"),
    Row("gateway_command", STRING, "issue_command", "choice"),
    Row("tags", STRINGS, "add_tags", "required"),
    Row("metadata", {"type": "object"}, "add_metadata", "required"),
    Row(
        "heartbeat_period",
        {"type": "integer", "minimum": 1},
        "update_heartbeat",
        "used",
    ),
    Row("heartbeat_values", STRINGS, "update_heartbeat", "used"),
    Row("configuration_id", STRING, "send_configuration", "required"),
    Row("setting_id", STRING, "send_configuration", "required"),
    Row(
        "setting_version",
        {"type": "integer", "default": 0},
        "send_configuration",
        "used",
    ),
    Row("setting_command_id", STRING, "send_configuration", "required"),
]
OF_ACTIONS = [pytest.param(row, id=row.name) for row in ROWS if row.action]

# What we say beyond the fragment: it prints no minimum for the version, and leaves open whether
# nothing may be added.
BEYOND = {
    "setting_version": {"minimum": 0},
    "tags": {"minItems": 1},
    "metadata": {"minProperties": 1},
}

REFUSALS = {"400", "401", "403", "404", "500"}


def stated(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a schema that the fragment could have printed."""
    kept = {
        key: schema[key]
        for key in ("type", "minimum", "default", "minItems", "minProperties")
        if key in schema
    }
    return kept | ({"items": {"type": schema["items"]["type"]}} if "items" in schema else {})


def test_the_call_is_a_post_to_the_actions_of_a_fleet() -> None:
    assert (METHOD, PATH) == ("post", "/fleets/{fleet_id}/actions")


def test_the_fragment_has_twelve_parameters_and_one_of_them_is_the_fleet() -> None:
    (fleet_id,) = OPERATION["parameters"]

    assert len(ROWS) + 1 == 12
    assert (fleet_id["name"], fleet_id["in"]) == ("fleet_id", "path")
    assert fleet_id["required"] is True
    assert fleet_id["schema"]["type"] == "string"


def test_the_body_is_required_json_and_its_fields_are_those_of_the_fragment_in_order() -> None:
    fields = dict.fromkeys(name for branch in BODY["oneOf"] for name in branch["properties"])

    assert OPERATION["requestBody"]["required"] is True
    assert list(OPERATION["requestBody"]["content"]) == ["application/json"]
    assert list(fields) == [row.name for row in ROWS]


def test_the_actions_are_those_that_the_sentences_name() -> None:
    named = list(dict.fromkeys(row.action for row in ROWS if row.action))

    assert list(BRANCHES) == named
    assert named == KINDS


@pytest.mark.parametrize("kind", BRANCHES)
def test_every_action_requires_its_name(kind: str) -> None:
    branch = BRANCHES[kind]

    assert "action" in branch["required"]
    assert branch["properties"]["action"] == {"type": "string", "const": kind}


@pytest.mark.parametrize("row", OF_ACTIONS)
def test_a_field_belongs_to_the_action_of_its_sentence_alone(row: Row) -> None:
    owners = [kind for kind, branch in BRANCHES.items() if row.name in branch["properties"]]

    assert owners == [row.action]


@pytest.mark.parametrize("row", OF_ACTIONS)
def test_a_field_has_the_type_bound_and_default_of_the_fragment(row: Row) -> None:
    ours = stated(BRANCHES[row.action or ""]["properties"][row.name])

    assert ours == row.schema | BEYOND.get(row.name, {})


@pytest.mark.parametrize("row", OF_ACTIONS)
def test_required_for_is_a_rule_and_used_for_is_none(row: Row) -> None:
    required = BRANCHES[row.action or ""]["required"]

    assert (row.name in required) == (row.need == "required")


def test_the_default_of_the_version_is_valid_and_not_the_least_version_of_a_device() -> None:
    version = BRANCHES["send_configuration"]["properties"]["setting_version"]
    noted = PLAIN["components"]["schemas"]["DeviceSetting"]["properties"]["setting_version"]

    assert accepts(version, version["default"])
    assert not accepts(noted, version["default"])


SEND = {
    "action": "send_configuration",
    "configuration_id": A,
    "setting_id": B,
    "setting_command_id": C,
}

ACCEPTED = [
    ("a user's command", {"action": "issue_command", "command_id": A}),
    ("reboot, which the fragment names", {"action": "issue_command", "gateway_command": "reboot"}),
    ("update, which the fragment names", {"action": "issue_command", "gateway_command": "update"}),
    ("one tag", {"action": "add_tags", "tags": ["a"]}),
    ("any value under a key", {"action": "add_metadata", "metadata": {"a": None, "b": [{}]}}),
    ("a period alone", {"action": "update_heartbeat", "heartbeat_period": 1}),
    ("values alone", {"action": "update_heartbeat", "heartbeat_values": ["custom"]}),
    ("no values", {"action": "update_heartbeat", "heartbeat_values": []}),
    ("a setting without a version", SEND),
    ("the latest version", {**SEND, "setting_version": 0}),
    ("another action's wrong field", {"action": "add_tags", "tags": ["a"], "heartbeat_period": 0}),
    ("an unknown field", {"action": "add_tags", "tags": ["a"], "colour": "red"}),
]

REFUSED = [
    ("no action", {"tags": ["a"]}),
    ("an unknown action", {"action": "remove_tags", "tags": ["a"]}),
    ("no command", {"action": "issue_command"}),
    (
        "both commands, which exclude each other",
        {"action": "issue_command", "command_id": A, "gateway_command": "reboot"},
    ),
    ("an unknown gateway command", {"action": "issue_command", "gateway_command": "explode"}),
    ("no tags", {"action": "add_tags"}),
    ("an empty list of tags", {"action": "add_tags", "tags": []}),
    ("an empty tag", {"action": "add_tags", "tags": [""]}),
    ("tags that are no strings", {"action": "add_tags", "tags": [1]}),
    ("no metadata", {"action": "add_metadata"}),
    ("metadata without a key", {"action": "add_metadata", "metadata": {}}),
    ("metadata that is an array", {"action": "add_metadata", "metadata": ["a"]}),
    ("no heartbeat field", {"action": "update_heartbeat"}),
    ("a period of 0", {"action": "update_heartbeat", "heartbeat_period": 0}),
    ("half a second", {"action": "update_heartbeat", "heartbeat_period": 1.5}),
    (
        "a wrong heartbeat field beside a right one",
        {"action": "update_heartbeat", "heartbeat_period": 0, "heartbeat_values": []},
    ),
    ("a negative version", {**SEND, "setting_version": -1}),
    ("an id that is none", {**SEND, "setting_id": "latest"}),
    ("an empty command for a setting", {**SEND, "setting_command_id": ""}),
    *(
        (f"a setting without its {name}", {key: SEND[key] for key in SEND if key != name})
        for name in ("configuration_id", "setting_id", "setting_command_id")
    ),
    ("null for a field of the action", {**SEND, "setting_version": None}),
    ("an array", [{"action": "add_tags", "tags": ["a"]}]),
]


@pytest.mark.parametrize(("name", "body"), ACCEPTED, ids=[name for name, _ in ACCEPTED])
def test_a_body_that_the_sentences_allow_is_accepted(name: str, body: Any) -> None:
    assert accepts(BODY, body)


@pytest.mark.parametrize(("name", "body"), REFUSED, ids=[name for name, _ in REFUSED])
def test_a_body_that_the_sentences_rule_out_is_refused(name: str, body: Any) -> None:
    assert not accepts(BODY, body)


def test_the_refusals_are_those_of_the_fragment() -> None:
    refusals = {status for status in OPERATION["responses"] if status >= "400"}

    assert refusals == REFUSALS


def test_the_one_success_carries_the_id_that_the_fragment_promises() -> None:
    (status,) = set(OPERATION["responses"]) - REFUSALS
    schema = OPERATION["responses"][status]["content"]["application/json"]["schema"]

    # The fragment lost the code; its sentence says that the action is processed asynchronously.
    assert status == "202"
    assert list(schema["properties"]) == schema["required"] == ["bulk_response_id"]
    assert schema["properties"]["bulk_response_id"]["type"] == "string"


def test_the_id_of_the_answer_leads_to_the_progress() -> None:
    (link,) = OPERATION["responses"]["202"]["links"].values()

    assert link["operationId"] == "getBulkResponse"
    assert link["parameters"] == {"bulk_response_id": "$response.body#/bulk_response_id"}


def test_what_the_fragment_states_is_marked_as_such() -> None:
    schemas = RAW["components"]["schemas"]
    parts = [OPERATION, *(OPERATION["responses"][status] for status in REFUSALS)]
    parts += [schemas["FleetAction"], schemas["FleetActionKind"]]
    parts += [schemas[one["$ref"].rpartition("/")[2]] for one in schemas["FleetAction"]["oneOf"]]

    assert {part["x-contract-provenance"] for part in parts} == {"seed"}
