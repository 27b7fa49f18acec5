# ruff: noqa: E501  a table reads best in lines
"""Why a request was answered as it was, and what would have helped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app
from spec import read
from spec.document import shipped
from tests.mockserver.anything import DOCUMENTS, Anything

TAKEN = "LZXGX7J8KX"


def explained(fleet: Any, answer: Any) -> Any:
    name = answer.headers["X-Mock-Request-Id"]
    told = fleet.admin("GET", f"/requests/{name}/explain")
    assert told.status_code == 200, told.text
    return told.json


# -- the account


def test_it_tells_the_operation_with_its_line(fleet: Any) -> None:
    told = explained(fleet, fleet.get("/3"))

    operation = fleet.app.sites[0].contract.operations["getDevice"]
    assert told["operation"] == {
        "document": "fleet",
        "id": "getDevice",
        "method": "GET",
        "path": "/platform/v1/devices/{device_id}",
        "place": {
            "file": "fleet.yaml",
            "line": operation.place.line,
            "column": operation.place.column,
            "pointer": operation.place.pointer,
        },
    }
    assert told["request"] == fleet.admin("GET", "/requests?limit=1").json["requests"][0]


def test_it_tells_the_call_as_it_was_read(fleet: Any) -> None:
    call = explained(fleet, fleet.patch(3, {"name": "n", "unknown": 1}))["call"]

    assert call["path"] == {"device_id": "3"}
    assert call["body"] == {"name": "n"}
    assert call["principal"] == {"scope": "WRITE", "company": "A"}
    assert (call["credential"], call["resource"]["id"]) == ("bearerAuth", 3)


def test_it_tells_each_rule_in_order_with_what_it_read(fleet: Any) -> None:
    told = explained(fleet, fleet.patch(3, {"keyboard_layout": None}))

    operation = fleet.app.sites[0].contract.operations["updateDevice"]
    assert [one["rule"] for one in told["rules"]] == [
        "UNAUTHENTICATED",
        "INSUFFICIENT_SCOPE",
        "INVALID_REQUEST",
        *(one.id for one in operation.rules[1:]),
    ]
    last = told["rules"][-1]
    assert last["verdict"] == "refuses"
    assert last["place"]["line"] == operation.rules[-1].place.line
    assert last["read"] == [
        {
            "path": "request.body.keyboard_layout",
            "condition": "request.body.keyboard_layout is null",
            "found": None,
            "met": True,
        },
        {
            "path": "resource.category",
            "condition": "resource.category is 'LAPTOP' or 'KEYBOARD'",
            "found": "LAPTOP",
            "met": True,
        },
    ]
    assert {one["verdict"] for one in told["rules"][:-1]} == {"passes"}
    assert told["outcome"]["refusal"]["rule"] == "KEYBOARD_LAYOUT_REQUIRED"


def test_rules_after_the_refusal_were_not_reached(fleet: Any) -> None:
    told = explained(fleet, fleet.patch(3, {"name": 1}))

    verdicts = [one["verdict"] for one in told["rules"]]
    assert verdicts[:3] == ["passes", "passes", "refuses"]
    assert {*verdicts[3:]} == {"not reached"}


def test_facts_are_told_as_they_were_then(fleet: Any) -> None:
    answer = fleet.patch(3, {"serial_number": TAKEN})
    owner = next(
        one["key"]
        for one in fleet.admin("GET", "/state/device").json["records"]
        if one["record"]["serial_number"] == TAKEN and not one["deleted"]
    )
    assert fleet.send("DELETE", f"/devices/{owner}").status_code == 200

    told = explained(fleet, answer)

    taken = next(one for one in told["rules"] if one["rule"] == "taken_serial_number")
    assert (taken["verdict"], taken["read"][0]["found"]) == ("refuses", True)
    assert told["smallest_change"] == {"edits": [], "answer": {"status": 200}}


def test_of_a_list_the_row_is_told_that_broke_the_rule(fleet: Any, row: Any) -> None:
    answer = fleet.create(row(), row(user_id=99_999), row())

    told = explained(fleet, answer)

    rule = next(one for one in told["rules"] if one["verdict"] == "refuses")
    assert rule["rule"] == "INVALID_USER"
    assert {one["row"] for one in rule["read"]} == {1}


def test_it_tells_what_was_done_and_what_changed(fleet: Any) -> None:
    told = explained(fleet, fleet.patch(3, {"comment": "new"}))

    assert told["outcome"]["status"] == 200
    assert told["outcome"]["behaviour"]["action"] == "update"
    [change] = told["changes"]
    assert (change["key"], change["after"]["comment"]) == ("3", "new")
    assert told["smallest_change"] is None


def test_a_provoked_error_is_told_as_one(fleet: Any) -> None:
    answer = fleet.get("/3", headers={"Prefer": "error=DEVICE_NOT_FOUND"})

    told = explained(fleet, answer)

    assert told["rules"][-1]["provoked"] is True
    assert told["smallest_change"]["edits"] == [
        {"location": "header", "pointer": "/prefer", "remove": True}
    ]


def test_a_request_without_operation_has_an_outcome_only(fleet: Any) -> None:
    told = explained(fleet, fleet.send("GET", "/nothing"))

    assert (told["operation"], told["rules"], told["smallest_change"]) == (None, [], None)
    assert "No operation answers GET /platform/v1/nothing" in told["outcome"]["note"]


def test_a_body_that_is_not_kept_whole_is_explained_without_a_change(fleet: Any) -> None:
    told = explained(fleet, fleet.patch(3, b'{"comment": "' + b"x" * 100_000))

    assert (told["outcome"]["status"], told["smallest_change"]) == (400, None)


def test_nobody_can_explain_what_was_not_asked(fleet: Any) -> None:
    assert fleet.admin("GET", "/requests/none/explain").status_code == 404


# -- the smallest change

ROWS = {"name": "a", "type": "t", "category": "c"}
CHANGES = {
    "a value of another type": ("PATCH", "/devices/3", {"name": 1}, ["/name"]),
    "a value that is too short": ("PATCH", "/devices/3", {"name": "", "ram": "8"}, ["/name"]),
    "a blank": ("PATCH", "/devices/3", {"serial_number": " "}, ["/serial_number"]),
    "a taken value": ("PATCH", "/devices/3", {"serial_number": TAKEN}, ["/serial_number"]),
    "a record that is not there": ("PATCH", "/devices/3", {"user_id": 99_999}, ["/user_id"]),
    "nothing to change": ("PATCH", "/devices/3", {}, [""]),
    "a field that is needed": ("PATCH", "/devices/3", {"keyboard_layout": None}, ["/keyboard_layout"]),
    "another record": ("PATCH", "/devices/999", {"name": "n"}, ["/device_id"]),
    "no body": ("PATCH", "/devices/3", None, [""]),
    "a body that cannot be read": ("PATCH", "/devices/3", b"{no", [""]),
    "missing fields": ("POST", "/devices", {"devices": [{"name": "a"}]}, ["/devices/0/type", "/devices/0/category"]),
    "a repeated value": ("POST", "/devices", {"devices": [ROWS | {"serial_number": "S"}] * 2}, ["/devices/1"]),
    "several things": ("PATCH", "/devices/3", {"name": "", "serial_number": " ", "user_id": 99_999}, ["/name", "/serial_number", "/user_id"]),
    "a parameter": ("GET", "/devices?limit=x&offset=0", None, ["/limit"]),
    "a magic value": ("PATCH", "/devices/3", {"name": "mock-error:DEVICE_NOT_FOUND"}, ["/name"]),
    "a magic key": ("GET", "/devices/mock-error:DEVICE_NOT_FOUND", None, ["/device_id"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_smallest_change_is_found_and_helps(fleet: Any, name: str) -> None:
    method, path, body, pointers = CHANGES[name]
    before = fleet.state()

    answer = fleet.send(method, path, body)
    change = explained(fleet, answer)["smallest_change"]

    assert answer.status_code >= 400
    assert [one["pointer"] for one in change["edits"]] == pointers
    assert change["answer"]["status"] in {200, 201}
    assert fleet.state() == before


@pytest.mark.parametrize(("key", "status"), [("flt_sk_reader", 403), ("nobody", 401), (None, 401)])
def test_another_credential_is_named_and_not_shown(fleet: Any, key: str, status: int) -> None:
    answer = fleet.patch(3, {"name": "n"}, key=key)

    told = explained(fleet, answer)

    assert answer.status_code == status
    assert told["smallest_change"]["edits"] == [
        {"location": "credential", "pointer": "", "becomes": "writer"}
    ]
    assert not [one for one in fleet.app.premise.redaction.secrets if one in json.dumps(told)]


def test_what_no_request_can_help_has_no_change(fleet: Any) -> None:
    fleet.admin("PUT", "/state/company/A", {"id": "A", "removed": True, "has_administrator": True})
    fleet.admin("PUT", "/state/company/B", {"id": "B", "removed": True, "has_administrator": True})

    told = explained(fleet, fleet.create(dict(ROWS)))

    assert told["request"]["problem"] == "COMPANY_NOT_FOUND"
    assert told["smallest_change"] is None


def test_a_change_that_helps_really_helps_when_it_is_sent(fleet: Any) -> None:
    body = {"name": "", "keyboard_layout": None}
    change = explained(fleet, fleet.patch(3, body))["smallest_change"]

    mended = body | {one["pointer"][1:]: one["becomes"] for one in change["edits"]}

    assert fleet.patch(3, mended).status_code == 200


@pytest.mark.parametrize("path", DOCUMENTS, ids=[one.stem for one in DOCUMENTS])
def test_calls_of_any_document_are_explained(path: Path) -> None:
    api = Anything(path)
    for operation in api.contract.operations.values():
        answer = api.call(operation)
        name = answer.headers["X-Mock-Request-Id"]
        told = api.app.test_client().get(f"/__admin/requests/{name}/explain")
        assert told.status_code == 200, (operation.id, told.text)
        assert told.json["operation"]["id"] == operation.id


def test_a_missing_record_of_a_document_without_vocabulary_is_named() -> None:
    api = Anything(next(one for one in DOCUMENTS if one.stem == "pets"))
    made = api.send("POST", "/pets", json={"name": "Tom"}).json
    answer = api.send("PATCH", "/pets/77", json={"weight": "heavy"})

    name = answer.headers["X-Mock-Request-Id"]
    told = api.app.test_client().get(f"/__admin/requests/{name}/explain").json

    edits = {one["pointer"]: one.get("becomes") for one in told["smallest_change"]["edits"]}
    assert edits["/petId"] == str(made["id"])
    assert "/weight" in edits


def test_refusals_of_every_shipped_document_are_explained() -> None:
    app = create_app()
    client = app.test_client()
    for name in shipped():
        contract = read(name)
        for operation in contract.operations.values():
            path = contract.base_path + operation.path.replace("{", "").replace("}", "")
            client.open(path, method=operation.method, json={"odd": 1})
    for entry in app.sessions.base.journal.entries():
        told = client.get(f"/__admin/requests/{entry.id}/explain")
        assert told.status_code == 200, told.text
        assert told.json["rules"], entry.operation
