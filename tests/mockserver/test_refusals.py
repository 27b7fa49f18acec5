"""Every refusal of the Fleet API, written down by hand: what is sent, what must come back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

LAPTOP, KEYBOARD, PHONE, OTHERS, ORDERED, DELETED = 3, 4, 5, 28, 1, 38
PRESENT_SERIAL = "LZXGX7J8KX"  # of the keyboard
OTHERS_SERIAL = "C02V65TZ6G"
DELETED_SERIAL = "PF4XSN54DS"
INACTIVE_USER, OTHERS_USER, USER = 19, 31, 11
PLAIN = {"name": "n", "type": "t", "category": "c"}


@dataclass(frozen=True)
class Case:
    claim: str
    expected: str
    method: str
    path: str
    body: Any = None
    key: str | None = "flt_sk_writer"
    headers: dict[str, str] = field(default_factory=dict)


def post(claim: str, expected: str, body: Any, **more: Any) -> Case:
    return Case(f"create: {claim}", expected, "POST", "/devices", body, **more)


def rows(*given: dict[str, Any]) -> dict[str, Any]:
    return {"devices": [PLAIN | one for one in given]}


def patch(claim: str, expected: str, body: Any, number: object = LAPTOP, **more: Any) -> Case:
    return Case(f"patch: {claim}", expected, "PATCH", f"/devices/{number}", body, **more)


def get(claim: str, expected: str, path: str, **more: Any) -> Case:
    return Case(f"get: {claim}", expected, "GET", f"/devices{path}", **more)


def delete(claim: str, expected: str, number: object, **more: Any) -> Case:
    return Case(f"delete: {claim}", expected, "DELETE", f"/devices/{number}", **more)


CASES = [
    # authentication
    get("no key", "401 sentence", "", key=None),
    get("an unknown key", "401 sentence", "", key="flt_sk_nobody"),
    get("an empty key", "401 sentence", "", headers={"Authorization": "Bearer "}),
    get(
        "the word in lower case",
        "401 sentence",
        "",
        headers={"Authorization": "bearer flt_sk_writer"},
    ),
    get(
        "another scheme",
        "401 sentence",
        "",
        headers={"Authorization": "Basic Zmx0X3NrX3dyaXRlcjo="},
    ),
    get("no key beats a bad query", "401 sentence", "?limit=0", key=None),
    get("no key beats an unknown id", "401 sentence", "/999", key=None),
    post("no key beats a broken body", "401 sentence", b"{", key=None),
    patch("no key", "401 sentence", {"name": "x"}, key=None),
    delete("no key", "401 sentence", LAPTOP, key=None),
    # scope
    post("a READ key", "403 INSUFFICIENT_SCOPE", rows({}), key="flt_sk_reader"),
    post("a READ key with a broken body", "403 INSUFFICIENT_SCOPE", b"{", key="flt_sk_reader"),
    patch("a READ key", "403 INSUFFICIENT_SCOPE", {"name": "x"}, key="flt_sk_reader"),
    patch("a READ key on an unknown id", "403 INSUFFICIENT_SCOPE", {}, 999, key="flt_sk_reader"),
    patch(
        "a READ key and no type",
        "403 INSUFFICIENT_SCOPE",
        b"x",
        key="flt_sk_reader",
        headers={"Content-Type": "text/plain"},
    ),
    delete("a READ key", "403 INSUFFICIENT_SCOPE", LAPTOP, key="flt_sk_reader"),
    delete("a READ key on an unknown id", "403 INSUFFICIENT_SCOPE", 999, key="flt_sk_reader"),
    get("a READ key may read", "200", f"/{LAPTOP}", key="flt_sk_reader"),
    # shape of createDevices
    post("no object", "400 sentence", []),
    post("no devices", "400 sentence", {}),
    post("an empty batch", "400 sentence", {"devices": []}),
    post("a row without name", "400 sentence", {"devices": [{"type": "t", "category": "c"}]}),
    post("an empty name", "400 sentence", rows({"name": ""})),
    post("a blank name passes", "201", rows({"name": " "})),
    post("user 0", "400 sentence", rows({"user_id": 0})),
    post("user -1", "400 sentence", rows({"user_id": -1})),
    post("user null", "400 sentence", rows({"user_id": None})),
    post("user 2.5", "400 sentence", rows({"user_id": 2.5})),
    post("user 11.0 is the integer 11", "201", rows({"user_id": 11.0})),
    post("user true", "400 sentence", rows({"user_id": True})),
    post("serial null", "400 sentence", rows({"serial_number": None})),
    post("compliance null", "400 sentence", rows({"compliance": None})),
    post("connection_type null", "201", rows({"connection_type": None})),
    post("compliance with a number", "400 sentence", rows({"compliance": ["CE", 1]})),
    post("an unknown layout", "400 sentence", rows({"keyboard_layout": "KLINGON"})),
    post("an unknown added_via", "400 sentence", rows({"added_via": "PIGEON"})),
    post("no body", "400 sentence", None),
    post("no content type", "400 sentence", rows({}), headers={"Content-Type": ""}),
    post("another content type", "400 sentence", rows({}), headers={"Content-Type": "text/plain"}),
    post(
        "a content type with charset passes",
        "201",
        rows({}),
        headers={"Content-Type": "Application/JSON; charset=UTF-8"},
    ),
    post("unknown fields are ignored", "201", rows({"foo": 1, "id": 7})),
    post("a laptop may lack a layout", "201", rows({"category": "LAPTOP"})),
    # the company
    post("a removed company", "404 COMPANY_NOT_FOUND", rows({}), key="flt_sk_orphan"),
    post("shape beats the removed company", "400 sentence", {}, key="flt_sk_orphan"),
    post(
        "the removed company beats a user",
        "404 COMPANY_NOT_FOUND",
        rows({"user_id": 999}),
        key="flt_sk_orphan",
    ),
    get("a removed company's list is empty", "200", "", key="flt_sk_orphan"),
    get("a removed company has no device", "404 DEVICE_NOT_FOUND", "/1", key="flt_sk_orphan"),
    # rows
    post("a blank serial", "400 INVALID_SERIAL_NUMBER", rows({"serial_number": " \t"})),
    post("an empty serial", "400 INVALID_SERIAL_NUMBER", rows({"serial_number": ""})),
    post(
        "a taken serial", "400 INVALID_SERIAL_NUMBER", rows({}, {"serial_number": PRESENT_SERIAL})
    ),
    post(
        "a serial twice",
        "400 INVALID_SERIAL_NUMBER",
        rows({"serial_number": "one"}, {"serial_number": "one"}),
    ),
    post("a serial in another case passes", "201", rows({"serial_number": PRESENT_SERIAL.lower()})),
    post("another company's serial passes", "201", rows({"serial_number": OTHERS_SERIAL})),
    post("a deleted device's serial passes", "201", rows({"serial_number": DELETED_SERIAL})),
    post("an unknown user", "400 INVALID_USER", rows({"user_id": 999})),
    post("a huge user", "400 INVALID_USER", rows({"user_id": 10**30})),
    post("an inactive user", "400 INVALID_USER", rows({"user_id": INACTIVE_USER})),
    post("another company's user", "400 INVALID_USER", rows({}, {"user_id": OTHERS_USER})),
    post(
        "serial in row 2 beats user in row 1",
        "400 INVALID_SERIAL_NUMBER",
        rows({"user_id": 999}, {"serial_number": ""}),
    ),
    # the actor and the fault
    post(
        "no administrator", "500 PLATFORM_DEVICE_ACTOR_NOT_FOUND", rows({}), key="flt_sk_actorless"
    ),
    post(
        "a row beats the missing administrator",
        "400 INVALID_USER",
        rows({"user_id": USER}),
        key="flt_sk_actorless",
    ),
    post(
        "the fault",
        "500 DEVICE_PROVISIONING_FAILED",
        rows({}),
        headers={"Prefer": "error=DEVICE_PROVISIONING_FAILED"},
    ),
    post(
        "a row beats the fault",
        "400 INVALID_USER",
        rows({"user_id": 999}),
        headers={"Prefer": "error=DEVICE_PROVISIONING_FAILED"},
    ),
    # ids
    *[
        Case(
            f"{method}: the id {spelling}",
            "404 DEVICE_NOT_FOUND",
            method,
            f"/devices/{spelling}",
            body,
        )
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None))
        for spelling in (
            "999",
            "0",
            "-1",
            "042",
            "abc",
            "1.0",
            "+3",
            "%203",
            "9" * 500,
            OTHERS,
            DELETED,
            "3x",
        )
    ],
    # updateDevice
    patch("a broken body on a malformed id", "400 sentence", {"name": 1}, "abc"),
    patch("no object", "400 sentence", []),
    patch("user 0", "400 sentence", {"user_id": 0}),
    patch("name null", "400 sentence", {"name": None}),
    patch("no body", "400 sentence", None),
    patch("an unknown id beats an empty patch", "404 DEVICE_NOT_FOUND", {}, 999),
    patch("a device from an order", "403 DEVICE_MUTATION_FORBIDDEN", {"name": "x"}, ORDERED),
    patch("an order beats an empty patch", "403 DEVICE_MUTATION_FORBIDDEN", {}, ORDERED),
    patch("shape beats an order", "400 sentence", {"name": ""}, ORDERED),
    patch("nothing", "400 EMPTY_PATCH_BODY", {}),
    patch(
        "unknown fields only",
        "400 EMPTY_PATCH_BODY",
        {"foo": 1, "type": "x", "category": "y", "added_via": 3},
    ),
    patch("a null comment is something", "200", {"comment": None}),
    patch("a blank serial", "400 INVALID_SERIAL_NUMBER", {"serial_number": "  "}),
    patch("another's serial", "400 INVALID_SERIAL_NUMBER", {"serial_number": PRESENT_SERIAL}),
    patch("its own serial", "200", {"serial_number": PRESENT_SERIAL}, KEYBOARD),
    patch("no serial", "200", {"serial_number": None}),
    patch("an unknown user", "400 INVALID_USER", {"user_id": 999}),
    patch("an inactive user", "400 INVALID_USER", {"user_id": INACTIVE_USER}),
    patch("another company's user", "400 INVALID_USER", {"user_id": OTHERS_USER}),
    patch("no user", "200", {"user_id": None}),
    patch("no layout on a laptop", "400 KEYBOARD_LAYOUT_REQUIRED", {"keyboard_layout": None}),
    patch(
        "no layout on a keyboard",
        "400 KEYBOARD_LAYOUT_REQUIRED",
        {"keyboard_layout": None},
        KEYBOARD,
    ),
    patch(
        "no layout where there is none",
        "400 KEYBOARD_LAYOUT_REQUIRED",
        {"keyboard_layout": None},
        14,
    ),
    patch("no layout on a phone", "200", {"keyboard_layout": None}, PHONE),
    patch("another layout", "200", {"keyboard_layout": "DUTCH_QWERTY"}),
    patch("compliance as one text", "200", {"compliance": "CE"}),
    # deleteDevice
    delete("a device from an order", "403 DEVICE_MUTATION_FORBIDDEN", ORDERED),
    delete("a device", "200", LAPTOP),
    Case(
        "delete: a body is ignored",
        "200",
        "DELETE",
        f"/devices/{LAPTOP}",
        b"{",
        headers={"Content-Type": "x"},
    ),
    # listDevices
    *[
        get(f"the query {query}", "400 sentence", f"?{query}")
        for query in (
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=x",
            "limit=1.5",
            "limit=",
            "limit=1&limit=2",
            "limit=99999999999999999999",
            "limit=%D9%A1",
            "offset=-1",
            "offset=x",
            "offset=",
            "search=",
            "user_id=0",
            "user_id=x",
            "user_id=",
            "client_status=NOPE",
            "client_status=",
            "user_id=1&user_id=1",
            "limit=1_0",
            "limit=%2B1",
        )
    ],
    get("the largest limit", "200", "?limit=100"),
    get("limit 2.0 is the integer 2", "200", "?limit=2.0"),
    get("an offset past everything", "200", "?offset=99999999999999999999999"),
    get("unknown parameters", "200", "?foo=1&foo=2&Limit=0"),
    # routes
    Case("no route", "404 problem", "GET", "/nothing", key=None),
    Case("a trailing slash", "404 problem", "GET", "/devices/"),
    Case("a wrong method, before the key is looked at", "405 problem", "PUT", "/devices", key=None),
]


def test_the_table_has_no_claim_twice() -> None:
    claims = [case.claim for case in CASES]

    assert len(set(claims)) == len(claims)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.claim)
def test_is_answered_as_the_table_says(fleet: Any, verdict: Any, case: Case) -> None:
    before = fleet.state()

    answer = fleet.send(case.method, case.path, case.body, key=case.key, headers=case.headers)

    assert verdict(answer) == case.expected, answer.text
    if answer.status_code >= 400:
        assert fleet.state() == before


@pytest.mark.parametrize(
    "case", [one for one in CASES if "sentence" in one.expected], ids=lambda case: case.claim
)
def test_a_sentence_says_where(fleet: Any, case: Case) -> None:
    answer = fleet.send(case.method, case.path, case.body, key=case.key, headers=case.headers)

    if answer.status_code == 400:
        assert answer.json["error"].startswith(("body", "query"))
        assert json.loads(answer.headers["X-Mock-Violations"])[0]["message"]
    else:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
