"""The few lines of HTTP client that the tests of the independent Fleet share."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

WRITER, READER, OTHER = "vnd_writer_a", "vnd_reader_a", "vnd_writer_b"
REMOVED, ACTORLESS = "vnd_removed", "vnd_actorless"
FAULT = {"X-Vendor-Fault": "DEVICE_PROVISIONING_FAILED"}


@dataclass(frozen=True)
class Reply:
    """An answer; ``verdict`` is its status, followed by the error code or the word sentence."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def verdict(self) -> str:
        error = self.json.get("error") if self.status >= 400 and self.text else None
        if error is None:
            return str(self.status)
        is_code = re.fullmatch(r"[A-Z][A-Z0-9_]*", error)
        return f"{self.status} {error if is_code else 'sentence'}"


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
        key: str | None = WRITER,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Bytes go out as they are, anything else but None as JSON; a header "" is left out."""
        sent = {} if key is None else {"Authorization": f"Bearer {key}"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent = {name: value for name, value in (sent | (headers or {})).items() if value}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request(method, self._prefix + path, raw, sent)
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode())

    def get(self, path: str, key: str | None = WRITER) -> Reply:
        return self.send("GET", "/devices" + path, key=key)

    def ids(self, query: str = "", key: str = WRITER) -> list[int]:
        return [device["id"] for device in self.get(query, key).data]

    def show(self, number: int) -> dict[str, Any]:
        return self.get(f"/{number}").data

    def patch(self, number: int, key: str = WRITER, **changes: Any) -> Reply:
        return self.send("PATCH", f"/devices/{number}", changes, key)

    def delete(self, number: int, key: str = WRITER) -> Reply:
        return self.send("DELETE", f"/devices/{number}", key=key)

    def create(self, *rows: dict[str, Any], key: str = WRITER, fault: bool = False) -> Reply:
        body = {"devices": list(rows)}
        return self.send("POST", "/devices", body, key, FAULT if fault else None)

    def made(self, **more: Any) -> dict[str, Any]:
        """The one device that such a row becomes."""
        return self.create(row(**more)).data["devices"][0]


def row(**more: Any) -> dict[str, Any]:
    """One valid row of createDevices."""
    return {"name": "Test device", "type": "phone", "category": "PHONE", **more}
