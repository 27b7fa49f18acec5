"""The admin API and its own document: the same paths, and no answer that the document lacks."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockserver import create_app
from mockserver.admin.about import document
from spec import RawAnswer, RawRequest
from spec.document import Document
from spec.witness import Witness

DOCUMENT = document()
METHODS = ("get", "put", "post", "delete", "patch")
PATTERN = {"method": "PATCH", "urlPathPattern": ".*"}


def test_it_is_a_document_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_has_the_paths_of_the_api_and_no_others() -> None:
    served = {
        (method.lower(), re.sub(r"<(?:\w+:)?\w+>", "{}", rule.rule.removeprefix("/__admin")))
        for rule in create_app(("fleet",)).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith("/__admin/console")  # pages for people
    }
    documented = {
        (method, re.sub(r"\{\w+\}", "{}", path))
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    }

    assert documented == served


def test_it_is_served_with_the_server_that_was_asked(fleet: Any) -> None:
    served = fleet.admin("GET", "/docs", headers={"Host": "127.0.0.1:4011"}).json

    assert served["servers"] == [{"url": "http://127.0.0.1:4011/__admin"}]
    assert served["paths"] == DOCUMENT["paths"]


CALLS: list[tuple[str, str, Any, int]] = [
    ("GET", "/health", None, 200),
    ("GET", "/version", None, 200),
    ("GET", "/docs", None, 200),
    ("GET", "/coverage", None, 200),
    ("GET", "/state", None, 200),
    ("GET", "/state/fleet.device", None, 200),
    ("GET", "/state/nothing", None, 404),
    ("GET", "/state/fleet.device/3", None, 200),
    ("GET", "/state/fleet.device/999", None, 404),
    ("PUT", "/state/fleet.company/C", {"removed": False, "has_administrator": True}, 201),
    ("PUT", "/state/fleet.company/C", {"removed": True, "has_administrator": True}, 200),
    ("PUT", "/state/fleet.device/3", {"company": "A", "client_status": "NOPE"}, 422),
    ("PUT", "/state/fleet.company/C", b"[", 400),
    ("DELETE", "/state/fleet.device/5", None, 204),
    ("DELETE", "/state/fleet.device/5", None, 404),
    ("PUT", "/state/fleet.company/C", {"removed": False, "has_administrator": False}, 200),
    ("PUT", "/state/fleet.user", {"records": [{"record": {"id": 12, "company": "A"}}]}, 200),
    ("PUT", "/state/fleet.user", {"records": [{"record": 3}]}, 422),
    ("PUT", "/state/nothing", {"records": []}, 404),
    ("PUT", "/state/fleet.user", b"[", 400),
    ("PUT", "/state", {"fleet": {"user": []}}, 200),
    ("PUT", "/state", {"fleet": {"user": 3}}, 422),
    ("PUT", "/state", {"nothing": {}}, 404),
    ("PUT", "/state", b"[", 400),
    ("GET", "/sessions", None, 200),
    ("POST", "/sessions", {"name": "none"}, 201),
    ("POST", "/sessions", {"name": "none"}, 409),
    ("POST", "/sessions", {"name": "new", "from": "nobody"}, 404),
    ("POST", "/sessions", {"name": "a b"}, 400),
    ("POST", "/sessions", {}, 422),
    ("DELETE", "/sessions/none", None, 204),
    ("DELETE", "/sessions/none", None, 404),
    ("POST", "/snapshots", {"name": "none"}, 201),
    ("POST", "/snapshots", {"name": "none"}, 200),
    ("POST", "/snapshots", {"name": "3"}, 422),
    ("POST", "/snapshots", b"", 400),
    ("GET", "/snapshots", None, 200),
    ("POST", "/snapshots/none/restore", None, 200),
    ("GET", "/history", None, 200),
    ("POST", "/undo", None, 200),
    ("GET", "/history", None, 200),
    ("POST", "/redo", None, 200),
    ("POST", "/redo", None, 409),
    ("GET", "/diff", None, 200),
    ("GET", "/diff?from=none&to=1&limit=1", None, 200),
    ("GET", "/diff?from=nothing", None, 404),
    ("GET", "/diff?limit=0", None, 400),
    ("DELETE", "/snapshots/none", None, 204),
    ("DELETE", "/snapshots/none", None, 404),
    ("GET", "/requests", None, 200),
    ("GET", "/requests?limit=2", None, 200),
    ("GET", "/requests?format=har", None, 200),
    ("GET", "/requests?limit=0", None, 400),
    ("POST", "/requests/find", PATTERN, 200),
    ("POST", "/requests/count", PATTERN, 200),
    ("POST", "/requests/count", {"x": 1}, 422),
    ("POST", "/requests/find", b"{", 400),
    ("GET", "/requests/unmatched/near-misses", None, 200),
    ("GET", "/requests/SESSION.1", None, 200),
    ("GET", "/requests/SESSION.2", None, 200),
    ("GET", "/requests/none", None, 404),
    *(("GET", f"/requests/SESSION.{number}/explain", None, 200) for number in range(1, 9)),
    ("GET", "/requests/none/explain", None, 404),
    ("GET", "/events?since=0", None, 200),
    ("GET", "/events?since=x", None, 400),
    ("POST", "/faults", {"error": "DEVICE_NOT_FOUND", "times": 2}, 201),
    ("POST", "/faults", {"delayDistribution": {"type": "percentile", "p50": 1, "p99": 2}}, 201),
    ("POST", "/faults", {"status": 429, "retryAfter": 1, "chaos": True, "times": 1}, 201),
    ("POST", "/faults", {}, 422),
    ("POST", "/faults", b"", 400),
    ("GET", "/faults", None, 200),
    ("DELETE", "/faults/f1", None, 204),
    ("DELETE", "/faults/f1", None, 404),
    ("DELETE", "/faults", None, 204),
    ("GET", "/clock", None, 200),
    ("PUT", "/clock", {"mode": "frozen", "now": "2024-06-03T09:15:00Z"}, 200),
    ("PUT", "/clock", {"mode": "scaled", "factor": 60}, 200),
    ("PUT", "/clock", {"mode": "stepped", "step": 0.5}, 200),
    ("GET", "/clock", None, 200),
    ("PUT", "/clock", {"mode": "late"}, 422),
    ("POST", "/clock/advance", {"seconds": 1.5}, 200),
    ("POST", "/clock/advance", {"seconds": 0}, 422),
    ("GET", "/jobs", None, 200),
    ("PUT", "/jobs", {"mode": "manual"}, 200),
    ("PUT", "/jobs", {}, 422),
    ("POST", "/jobs/advance", {"items": 3}, 200),
    ("PUT", "/jobs", {"mode": "time", "rate": 5}, 200),
    ("POST", "/jobs/advance", {"items": 3}, 409),
    ("POST", "/shutdown", None, 401),
    ("DELETE", "/requests", None, 204),
    ("POST", "/reset", None, 200),
    ("DELETE", "/sessions", None, 204),
]


def test_every_answer_is_as_documented(caller: Any) -> None:
    one = caller(create_app(("fleet", "edgeiq")))
    data = {**DOCUMENT, "servers": [{"url": "/__admin"}]}
    witness = Witness(Document("admin", "openapi.yaml", data, {}))
    busy(one)
    seen = set()

    for method, path, body, status in CALLS:
        path = path.replace("SESSION", one.session)
        answer = one.admin(method, path, body)
        assert answer.status_code == status, (method, path, answer.text)
        raw = RawRequest(method, "/__admin" + path.partition("?")[0], path.partition("?")[2])
        told = RawAnswer(status, tuple(answer.headers.items()), answer.data)
        if answer.content_type != "application/problem+json":  # the witness reads no such JSON
            assert witness.answer(raw, told) == [], (method, path)
        assert [*strictly(answer, method, path, status)] == [], (method, path)
        seen.add((method, re.sub(r"(f1|fleet[.]\d+|none)$", "{}", raw.path)))

    assert len(seen) > 30


def busy(one: Any) -> None:
    """Fill a session's journal with exchanges of every sort."""
    one.get("/3")
    one.patch(3, {"comment": "new"})
    one.patch(3, {"keyboard_layout": None})
    one.patch(3, {"name": 1})
    one.send("GET", "/nothing")
    one.get("/3", headers={"Prefer": "code=404"})
    one.get("/999", key="nobody")
    one.send(
        "POST",
        "/fleets/65a0f1000000000000000001/actions",
        {"action": "issue_command", "gateway_command": "reboot"},
        base="/api/v1/platform",
        headers={"Authorization": "tok_admin"},
    )


def strictly(answer: Any, method: str, path: str, status: int) -> Any:
    """What a third reader has to say against an answer."""
    if not answer.data or "json" not in answer.content_type:
        return
    operation = operation_of(method, path.partition("?")[0])
    found = operation["responses"][str(status)]
    while "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]]
    schema = {
        **found["content"][answer.content_type]["schema"],
        "components": DOCUMENT["components"],
    }
    for error in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(answer.data)):
        yield error.message


def operation_of(method: str, path: str) -> Any:
    known = sorted(DOCUMENT["paths"], key=lambda one: (one.count("{"), one))
    for one in known:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path):
            return DOCUMENT["paths"][one][method.lower()]
    raise AssertionError(path)


@pytest.mark.parametrize("token", [None, "wrong"])
def test_nobody_ends_the_mock_without_the_token(caller: Any, token: str | None) -> None:
    app = create_app(("fleet",), admin_token="right")
    ended: list[bool] = []
    app.stop = lambda: ended.append(True)
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = app.test_client().post("/__admin/shutdown", headers=headers)

    assert (answer.status_code, ended) == (401, [])


def test_who_runs_the_mock_in_process_ends_it_otherwise() -> None:
    app = create_app(("fleet",), admin_token="right")

    answer = app.test_client().post("/__admin/shutdown", headers={"Authorization": "Bearer right"})

    assert (answer.status_code, answer.json["title"]) == (409, "Not ours to stop")
