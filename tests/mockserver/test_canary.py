"""A secret that is sent everywhere a request has room for it is shown nowhere."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import Client, TestResponse

from mockserver import Mock, create_app
from tests.mockserver.anything import FOLDER

CANARY = 'canary-4f1c"9/ b'
"""A known credential, spelled so that each way of writing it down looks different."""
TOKEN = "canary-of-the-admin"
UNKNOWN = "canary-unknown"
"""A secret that nobody knows to be one: only what carries credentials tells."""

FIXTURES = f"""
credentials:
  - name: writer
    secret: {json.dumps(CANARY)}
    facts: {{scope: WRITE, company: A}}
records:
  company: [{{id: A, removed: false, has_administrator: true}}]
"""


def spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        b64encode(secret.encode()).decode(),
    }


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Mock:
    path: Path = tmp_path_factory.mktemp("canary") / "fixtures.yaml"
    path.write_text(FIXTURES, "utf-8")
    return create_app(("fleet",), fixtures=path, admin_token=TOKEN)


def requests(secret: str) -> list[tuple[str, str, dict[str, str], Any]]:
    """Requests with a secret in every place, those of our own answers included."""
    where, text = quote(secret, safe=""), secret
    carrying = {"Authorization": f"Bearer {text}", "Cookie": f"s={where}", "X-Api-Key": text}
    rows = {"devices": [{"name": secret, "type": secret, "category": secret, "ram": [secret]}]}
    calls: list[tuple[str, str, dict[str, str], Any]] = [
        ("GET", f"/platform/v1/devices?search={where}&limit={where}&{where}=1", carrying, None),
        ("GET", f"/platform/v1/devices/{where}", carrying, None),
        ("GET", f"/platform/v1/{where}/x?y={where}", carrying, None),
        ("GET", f"/{where}", {"X-Other": text}, None),
        ("PUT", f"/platform/v1/devices/{where}", carrying, None),
        ("POST", "/platform/v1/devices", carrying, rows),
        ("PATCH", f"/platform/v1/devices/{where}", carrying, {secret: secret}),
        ("GET", f"/platform/v1/devices?__code={where}", carrying, None),
    ]
    calls += [
        ("GET", "/platform/v1/devices", {**carrying, "Prefer": f'{name}="{text}"'}, None)
        for name in ("code", "error", "example", "delay", "dynamic", "wait")
    ]
    return [*calls, ("GET", "/platform/v1/devices", {"X-Mock-Session": text}, None)]


def send(app: Mock, method: str, path: str, headers: dict[str, str], body: Any) -> TestResponse:
    client = Client(app, use_cookies=False)
    data = None if body is None else json.dumps(body)
    kind = {"Content-Type": "application/json"} if body is not None else {}
    return client.open(path, method=method, headers=headers | kind, data=data)


def admin(app: Mock, path: str) -> str:
    answer = app.test_client().get(f"/__admin{path}")
    assert answer.status_code == 200, answer.text
    return answer.text


SHOWN = [
    "/requests?limit=1000",
    "/requests?limit=1000&format=har",
    "/requests/unmatched/near-misses",
    "/events?since=0",
    "/coverage",
    "/faults",
    "/version",
]


@pytest.mark.parametrize("secret", [CANARY, TOKEN], ids=["a credential", "the admin token"])
def test_a_known_secret_is_shown_nowhere(
    app: Mock, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    shown: dict[str, str] = {}
    for method, path, headers, body in requests(secret):
        answer = send(app, method, path, headers, body)
        if answer.status_code >= 400:
            shown[f"{method} {path}"] = answer.text + str(answer.headers)
    entries = [one.id for one in app.sessions.base.journal.entries()]
    for path in [*SHOWN, *(f"/requests/{one}/explain" for one in entries)]:
        shown[path] = admin(app, path)
    shown["log"] = caplog.text

    leaks = [
        (where, one) for where, text in shown.items() for one in spellings(secret) if one in text
    ]

    assert leaks == []
    assert "[redacted]" in shown["/requests?limit=1000"]


def test_what_carries_credentials_is_not_shown_though_nobody_knows_it(app: Mock) -> None:
    headers = {
        "Authorization": f"Bearer {UNKNOWN}",
        "Cookie": f"s={UNKNOWN}",
        "X-Api-Key": UNKNOWN,
        "Proxy-Authorization": UNKNOWN,
    }
    answer = send(app, "GET", "/platform/v1/devices", headers, None)
    name = answer.headers["X-Mock-Request-Id"]

    shown = [admin(app, path) for path in [*SHOWN, f"/requests/{name}/explain"]]

    assert [one for one in [answer.text, *shown] if UNKNOWN in one] == []


def test_a_credential_in_a_query_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"
    text = (FOLDER / "pets.yaml").read_text("utf-8")
    scheme = "securitySchemes: {key: {type: apiKey, in: query, name: api_key}}"
    text = text.replace("components:\n", f"components:\n  {scheme}\n", 1)
    path.write_text(text.replace("paths:\n", "security: [{key: []}]\npaths:\n", 1), "utf-8")
    app = create_app([path])
    client = app.test_client()

    assert client.get(f"/v1/pets?api_key={UNKNOWN}&limit=1").status_code == 200

    for shown in ("/requests", "/requests?format=har", "/events?since=0"):
        text = admin(app, shown)
        assert UNKNOWN not in text
        assert "limit=1" in text or '"limit"' in text


def test_a_defect_is_logged_without_the_secret(
    app: Mock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError(f"a bug about {TOKEN}")

    monkeypatch.setattr(app, "_answer", broken)
    with caplog.at_level(logging.ERROR):
        answer = send(app, "GET", f"/platform/v1/devices?x={TOKEN}", {}, None)

    assert answer.status_code == 500
    assert "a bug about [redacted]" in caplog.text
    assert TOKEN not in caplog.text
