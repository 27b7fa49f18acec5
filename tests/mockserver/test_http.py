"""HTTP as clients and browsers expect it, whatever the document says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver import create_app
from mockserver.wishes.preferences import preferences

ORIGIN = "http://localhost:5173"


# -- methods and routes


def test_head_is_get_without_content(fleet: Any) -> None:
    got, head = fleet.get("/3"), fleet.send("HEAD", "/devices/3")

    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(got.data))
    assert head.headers["X-Mock-Operation"] == "getDevice"


def test_options_tells_the_methods_without_a_key(fleet: Any) -> None:
    answer = fleet.send("OPTIONS", "/devices/3", key=None)

    assert answer.status_code == 204
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_a_wrong_method_is_told_the_right_ones(fleet: Any) -> None:
    answer = fleet.send("PUT", "/devices/3", {}, key=None)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert answer.json["allowed"] == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH"]


@pytest.mark.parametrize(
    ("path", "nearest", "difference"),
    [
        ("/platform/v1/device", "listDevices", "it has 'devices' where the request has 'device'"),
        ("/platform/v1/devices/3/x", "listDevices", "the request goes on with '/3/x'"),
        ("/platform/v1/devices/", "listDevices", "the request goes on with '/'"),
        ("/platform/v2/devices", "listDevices", "its path begins with /platform/v1/"),
        ("/devices", "listDevices", "its path begins with /platform/v1/"),
        ("/", "listDevices", "its path begins with /platform/v1/"),
    ],
)
def test_a_request_without_route_is_told_the_nearest(
    fleet: Any, path: str, nearest: str, difference: str
) -> None:
    answer = fleet.send("GET", path, base="")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json["nearest"].startswith(nearest)
    assert difference in answer.json["detail"]
    assert answer.json["documents"] == {"fleet": "/platform/v1"}


@pytest.mark.parametrize("path", ["/devices", "/devices/999", "/nothing"])
def test_every_answer_carries_its_request_id(fleet: Any, path: str) -> None:
    answers = [fleet.send("GET", path) for _ in range(2)]

    first, second = (one.headers["X-Mock-Request-Id"] for one in answers)
    assert (first, second) == (f"{fleet.session}.1", f"{fleet.session}.2")


def test_a_refusal_names_its_operation_and_rule(fleet: Any) -> None:
    answer = fleet.patch(3, {"serial_number": " "})

    assert answer.headers["X-Mock-Operation"] == "updateDevice"
    assert answer.headers["X-Mock-Rule"] == "blank_serial_number"
    assert "X-Mock-Violations" not in answer.headers


def test_violations_are_cut_at_8_kb_and_stay_json(fleet: Any) -> None:
    answer = fleet.create(*[{"name": "\u00e9"}] * 500)

    header = answer.headers["X-Mock-Violations"]
    assert 7_000 < len(header) <= 8_192
    assert header.isascii()
    assert json.loads(header)[0].keys() == {"location", "pointer", "code", "message"}


def test_the_document_is_served_with_the_server_that_was_asked(fleet: Any) -> None:
    answer = fleet.send("GET", "/openapi.json", key=None, headers={"Host": "mock.test:81"})

    assert answer.json["servers"] == [{"url": "http://mock.test:81/platform/v1"}]
    assert answer.json["paths"] == fleet.app.sites[0].contract.document.data["paths"]


def test_only_the_documents_media_types_are_sent(fleet: Any) -> None:
    assert fleet.get().content_type == fleet.get("/999").content_type == "application/json"


# -- Prefer


@pytest.mark.parametrize(
    "header",
    [
        "error=DEVICE_NOT_FOUND",
        'error="DEVICE_NOT_FOUND"',
        "respond-async, error=DEVICE_NOT_FOUND",
        "wait=10; error=DEVICE_NOT_FOUND",
        "ERROR = DEVICE_NOT_FOUND",
    ],
)
def test_an_error_can_be_asked_for(fleet: Any, header: str) -> None:
    before = fleet.state()

    answer = fleet.send("DELETE", "/devices/3", headers={"Prefer": header})

    assert (answer.status_code, answer.json) == (404, {"error": "DEVICE_NOT_FOUND"})
    assert answer.headers["Preference-Applied"] == "error=DEVICE_NOT_FOUND"
    assert "Prefer" in answer.headers.getlist("Vary")
    assert fleet.state() == before


def test_an_error_asked_for_keeps_its_place_in_the_precedence(fleet: Any) -> None:
    prefer = {"Prefer": "error=DEVICE_NOT_FOUND"}

    answer = fleet.patch(3, {"name": 1}, headers=prefer)

    assert answer.headers["X-Mock-Rule"] == "INVALID_REQUEST"
    assert "Preference-Applied" not in answer.headers


def test_an_error_that_the_operation_has_not_is_refused_with_those_it_has(fleet: Any) -> None:
    answer = fleet.get("/3", headers={"Prefer": "error=INVALID_USER"})

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["errors"] == ["UNAUTHENTICATED", "DEVICE_NOT_FOUND"]


def test_every_declared_error_can_be_asked_for(fleet: Any) -> None:
    contract = fleet.app.sites[0].contract
    bodies = {
        "createDevices": {"devices": [{"name": "n", "type": "t", "category": "c"}]},
        "updateDevice": {"name": "n"},
    }

    for operation in contract.operations.values():
        for problem in contract.stated(operation):
            path = operation.path.replace("{device_id}", "3")
            answer = fleet.send(
                operation.method,
                path,
                bodies.get(operation.id),
                headers={"Prefer": f"error={problem.name}"},
            )
            assert answer.status_code == problem.status, (operation.id, problem.name, answer.text)
            assert answer.headers["Preference-Applied"] == f"error={problem.name}"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        ("a", [("a", "")]),
        ("a=1,b=2;c=3", [("a", "1"), ("b", "2"), ("c", "3")]),
        ('a="1, 2; 3", b', [("a", "1, 2; 3"), ("b", "")]),
        (r'a="\"x\""', [("a", '"x"')]),
        (",,;a=1", [("a", "1")]),
        ('"x", a=1', [("a", "1")]),
        ("a=1 x, b=2", [("b", "2")]),
        ('a="open', []),
    ],
)
def test_preferences_are_read(header: str, found: list[tuple[str, str]]) -> None:
    assert [*preferences(header)] == found


# -- CORS


def test_a_preflight_is_answered_before_route_and_key(fleet: Any) -> None:
    answer = fleet.send(
        "OPTIONS",
        "/no/such/thing",
        key=None,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, x-mock-session",
        },
    )

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, x-mock-session"
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/devices", "/devices/999", "/nothing"])
def test_a_page_may_read_every_answer_with_its_headers(fleet: Any, path: str) -> None:
    answer = fleet.send("GET", path, headers={"Origin": ORIGIN})

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-Mock-Operation", "X-Mock-Rule", "X-Mock-Request-Id", "Location"} <= set(exposed)
    assert "Origin" in answer.headers.getlist("Vary")


def test_only_listed_origins_may_call_when_some_are_listed() -> None:
    app = create_app(("fleet",), cors=("https://app.test",))

    allowed = [
        app.test_client()
        .get("/x", headers={"Origin": origin})
        .headers.get("Access-Control-Allow-Origin")
        for origin in ("https://app.test", ORIGIN)
    ]

    assert allowed == ["https://app.test", None]


def test_without_cors_a_preflight_is_an_ordinary_options() -> None:
    answer = (
        create_app(("fleet",), cors=False)
        .test_client()
        .options(
            "/platform/v1/devices",
            headers={"Origin": ORIGIN, "Access-Control-Request-Method": "GET"},
        )
    )

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_the_admin_api_is_closed_to_other_origins(fleet: Any) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}

    preflight = fleet.admin("OPTIONS", "/state", headers=headers)
    answer = fleet.admin("GET", "/state", headers={"Origin": ORIGIN})

    assert answer.status_code == 401
    for one in (preflight, answer):
        assert not [name for name, _ in one.headers if name.startswith("Access-Control")]
