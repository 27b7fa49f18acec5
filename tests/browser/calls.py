"""Calls of the mock as a client would make them."""

from __future__ import annotations

from typing import Any

from mockserver.testing import Running
from tests.browser.tab import ask

KEY = {"Authorization": "Bearer flt_sk_writer"}


ROW = {"name": "Test device", "type": "Phone 1", "category": "PHONE"}


def create(mock: Running, **more: Any) -> int:
    """Create a device as a client would, and return its key."""
    status, answer = ask("POST", f"{mock.urls['fleet']}/devices", {"devices": [ROW | more]}, KEY)
    assert status == 201
    return int(answer["data"]["devices"][0]["id"])


def refuse(mock: Running) -> None:
    """Send what a rule refuses."""
    status, _ = ask("PATCH", f"{mock.urls['fleet']}/devices/3", {"keyboard_layout": None}, KEY)
    assert status == 400


def get(mock: Running, number: int = 3) -> tuple[int, Any]:
    found: tuple[int, Any] = ask("GET", f"{mock.urls['fleet']}/devices/{number}", headers=KEY)
    return found
