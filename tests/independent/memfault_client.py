"""The few lines of HTTP client that the tests of the independent Memfault share."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


def basic(user: str, key: str) -> str:
    """The header value of a user and a key."""
    return "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()


MANAGER, READER = "Bearer oat_tide_manager", "Bearer oat_tide_reader"
OTHER = "Bearer oat_quarry_manager"
BASIC = basic("ops@tidewater.test", "k_tide_manager")
MAIN, SIBLING, FOREIGN = "tidewater/tide-gauge", "tidewater/buoy-link", "quarry/tide-gauge"
CODES = {
    "InvalidUsageError": 1000,
    "UnauthorizedError": 1001,
    "ForbiddenError": 1002,
    "NotFoundError": 1003,
    "ConflictError": 1004,
    "MethodNotAllowedError": 1005,
}


@dataclass(frozen=True)
class Reply:
    """An answer; ``verdict`` is its status, followed by the type of a well-formed error."""

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
        if self.status < 400 or not self.text:
            return str(self.status)
        error = self.json.get("error")
        if (
            list(self.json) != ["error"]
            or not isinstance(error, dict)
            or set(error) != {"code", "http_code", "message", "type"}
            or error["http_code"] != self.status
            or error["code"] != CODES.get(error["type"])
            or not error["message"]
            or self.headers["Content-Type"] != "application/json"
        ):
            return f"{self.status} malformed"
        return f"{self.status} {error['type']}"


class Client:
    """One kept-alive connection to a running server; a path begins behind the project."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.prefix = parts.path
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
        key: str | None = MANAGER,
        headers: dict[str, str] | None = None,
        project: str = MAIN,
    ) -> Reply:
        """Bytes go out as they are, anything else but None as JSON; a header "" is left out."""
        organization, _, slug = project.partition("/")
        sent = {} if key is None else {"Authorization": key}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent = {name: value for name, value in (sent | (headers or {})).items() if value}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        target = f"{self.prefix}/organizations/{organization}/projects/{slug}{path}"
        self._connection.request(method, target, raw, sent)
        response = self._connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode())

    def get(self, path: str = "", key: str | None = MANAGER, project: str = MAIN) -> Reply:
        return self.send("GET", "/devices" + path, key=key, project=project)

    def show(self, serial: str, project: str = MAIN) -> dict[str, Any]:
        key = OTHER if project == FOREIGN else MANAGER
        return self.get(f"/{serial}", key, project).data

    def ids(self, query: str = "", project: str = MAIN) -> list[int]:
        return [device["id"] for device in self.get(query, project=project).data]

    def paging(self, query: str = "") -> dict[str, Any]:
        return self.get(query).json["paging"]

    def create(self, serial: str, key: str = MANAGER, project: str = MAIN, **more: Any) -> Reply:
        return self.send("POST", "/devices", row(serial, **more), key, project=project)

    def patch(self, serial: str, key: str = MANAGER, **changes: Any) -> Reply:
        return self.send("PATCH", f"/devices/{serial}", changes, key)

    def delete(self, serial: str, key: str = MANAGER) -> Reply:
        return self.send("DELETE", f"/devices/{serial}", key=key)

    def put(self, serial: str, *items: tuple[str, Any], key: str = MANAGER) -> Reply:
        """Update the attributes of a device."""
        body = [{"string_key": name, "value": value} for name, value in items]
        return self.send("PATCH", f"/devices/{serial}/attributes", body, key)

    def values(self, serial: str, project: str = MAIN) -> dict[str, Any]:
        """The value of every metric by its key, None where nothing is set."""
        rows = self.get(f"/{serial}/attributes", project=project).data
        return {
            row["custom_metric"]["string_key"]: row["state"] and row["state"]["value"]
            for row in rows
        }


def row(serial: str, **more: Any) -> dict[str, Any]:
    """A valid body of createDevice; a keyword that is ``...`` leaves the member out."""
    body = {"device_serial": serial, "owner_ref": "o", "hardware_version": "mk1", **more}
    return {name: value for name, value in body.items() if value is not ...}
