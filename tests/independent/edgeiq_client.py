"""The few lines of HTTP client that the tests of the independent EdgeIQ share."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

ADMIN, VIEWER, PARENT, OTHER = (
    "eiq_north_admin",
    "eiq_north_viewer",
    "eiq_group_admin",
    "eiq_south_admin",
)
FAULT = {"X-Vendor-Fault": "500"}


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None


class Client:
    """One kept-alive connection to a running server."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=10)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = ADMIN,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Bytes go out as they are, anything else but None as JSON; a header "" is left out.

        A path that begins with two slashes counts from the root of the host.
        """
        sent = {} if token is None else {"Authorization": token}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent = {name: value for name, value in (sent | (headers or {})).items() if value}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        target = path[1:] if path.startswith("//") else self._prefix + path
        self._connection.request(method, target, raw, sent)
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode())

    def reset(self) -> Reply:
        return self.send("POST", "//__reset", token=None)

    def get(self, path: str, token: str | None = ADMIN, **query: Any) -> Reply:
        question = "?" + urlencode(query) if query else ""
        return self.send("GET", path + question, token=token)

    def device(self, number: int, token: str = ADMIN) -> Any:
        return self.get("/devices/" + device(number), token).json

    def names(self, kind: str = "devices", token: str = ADMIN, **query: Any) -> list[Any]:
        """Which records a list shows: the numbers of the seeded ones, the names of the others."""
        rows = self.get("/" + kind, token, **query).json
        return [
            int(row["_id"][2:], 16) if row["_id"][2:20] == "0" * 18 else row["name"] for row in rows
        ]

    def create(self, token: str = ADMIN, **more: Any) -> Reply:
        return self.send("POST", "/devices", row(**more), token)

    def put(self, number: int, token: str = ADMIN, **more: Any) -> Reply:
        return self.send("PUT", "/devices/" + device(number), row(**more), token)

    def delete(self, number: int, token: str = ADMIN) -> Reply:
        return self.send("DELETE", "/devices/" + device(number), token=token)

    def act(self, number: int, action: str, token: str = ADMIN, **more: Any) -> Reply:
        path = f"/fleets/{fleet(number)}/actions"
        return self.send("POST", path, {"action": action, **more}, token)

    def watch(self, reply: Reply, token: str = ADMIN) -> list[Any]:
        """Each state that a bulk response shows, until it is complete."""
        path = "/bulk_responses/" + reply.json["bulk_response_id"]
        states = [self.get(path, token).json]
        end = time.monotonic() + 2
        while states[-1]["status"] != "complete" and time.monotonic() < end:
            time.sleep(0.002)
            states.append(self.get(path, token).json)
        return states

    def run(self, number: int, action: str, token: str = ADMIN, **more: Any) -> Any:
        """The bulk response of an action after its completion."""
        return self.watch(self.act(number, action, token, **more), token)[-1]


def row(**more: Any) -> dict[str, Any]:
    """A valid body of a device; None leaves a member out."""
    body = {"name": "Test device", "unique_id": "t-0001", "device_type_id": kind(1), **more}
    return {name: value for name, value in body.items() if value is not None}


def device(number: int) -> str:
    return f"d0{number:022x}"


def fleet(number: int) -> str:
    return f"f0{number:022x}"


def kind(number: int) -> str:
    return f"a0{number:022x}"


def company(number: int) -> str:
    return f"c0{number:022x}"


def command(number: int) -> str:
    return f"b0{number:022x}"


def configuration(number: int) -> str:
    return f"e0{number:022x}"


def setting(number: int) -> str:
    return f"50{number:022x}"
