"""One mock for all tests; each test acts in a session of its own and so sees untouched records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mockserver import Mock, create_app
from mockserver.store import dump

BASE = "/platform/v1"
_numbers = count()


@dataclass
class Caller:
    """A client of the Fleet mock, in one session."""

    app: Mock
    session: str | None = field(default_factory=lambda: f"test-{next(_numbers)}")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "flt_sk_writer",
        headers: dict[str, str] | None = None,
        base: str = BASE,
    ) -> TestResponse:
        """Send bytes as they are and anything else but None as JSON; a header "" is left out."""
        sent = {
            "X-Mock-Session": self.session or "",
            "Authorization": f"Bearer {key}" if key else "",
        }
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent = {name: value for name, value in (sent | (headers or {})).items() if value}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self.app.test_client().open(base + path, method=method, data=data, headers=sent)

    def admin(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send(method, path, body, key=None, base="/__admin", **options)

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[bytes]]:
        """The pieces of an answer of the admin API that goes on and on."""
        headers = {"X-Mock-Session": self.session, "Accept": "text/event-stream"}
        sent = {name: value for name, value in headers.items() if value}
        answer = self.app.test_client().get(f"/__admin{path}", headers=sent, buffered=False)
        assert answer.status_code == 200
        pieces = answer.iter_encoded()
        try:
            yield pieces
        finally:
            answer.close()

    def create(self, *rows: dict[str, Any], **options: Any) -> TestResponse:
        return self.send("POST", "/devices", {"devices": list(rows)}, **options)

    def made(self, **more: Any) -> dict[str, Any]:
        """The one device that such a row becomes."""
        return self.create(row(**more)).json["data"]["devices"][0]

    def patch(self, number: object, changes: Any, **options: Any) -> TestResponse:
        return self.send("PATCH", f"/devices/{number}", changes, **options)

    def get(self, query: str = "", **options: Any) -> TestResponse:
        return self.send("GET", f"/devices{query}", **options)

    def ids(self, query: str = "", **options: Any) -> list[int]:
        return [device["id"] for device in self.get(query, **options).json["data"]]

    def state(self) -> bytes:
        return dump(self.app.sessions.world(self.session).stores["fleet"])


def row(**more: Any) -> dict[str, Any]:
    """One valid row of createDevices."""
    return {"name": "Test device", "type": "Phone 1", "category": "PHONE", **more}


def told(answer: TestResponse) -> str:
    """The status, followed by the error code or by the word that tells what the text is."""
    if answer.status_code < 400 or not answer.data:
        return str(answer.status_code)
    if answer.content_type == "application/problem+json":
        return f"{answer.status_code} problem"
    code = re.fullmatch(r"[A-Z][A-Z0-9_]*", answer.json["error"])
    return f"{answer.status_code} {code[0] if code else 'sentence'}"


@pytest.fixture(scope="session")
def app() -> Mock:
    return create_app(("fleet",))


@pytest.fixture
def fleet(app: Mock) -> Caller:
    return Caller(app)


@pytest.fixture
def verdict() -> Callable[[TestResponse], str]:
    return told


@pytest.fixture(name="row")
def row_fixture() -> Callable[..., dict[str, Any]]:
    return row


@pytest.fixture
def caller() -> type[Caller]:
    return Caller
