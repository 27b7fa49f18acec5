"""The independent Fleet without a defect is right: its refusals, its successes, its bad input."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.independent import fleet_server
from tests.independent.fleet_client import (
    ACTORLESS,
    FAULT,
    OTHER,
    READER,
    REMOVED,
    WRITER,
    Client,
    row,
)

HERE = Path(__file__).parent
DEEP = b'{"comment": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
HUGE_ID = "9" * 5000
NOT_FOUND, NO_SCOPE, FORBIDDEN = (
    "404 DEVICE_NOT_FOUND",
    "403 INSUFFICIENT_SCOPE",
    "403 DEVICE_MUTATION_FORBIDDEN",
)
BAD_SERIAL, BAD_USER = "400 INVALID_SERIAL_NUMBER", "400 INVALID_USER"
NO_LAYOUT = "400 KEYBOARD_LAYOUT_REQUIRED"


class Sent(NamedTuple):
    """One call of the table and the verdict it must get (see ``Reply.verdict``)."""

    want: str
    method: str
    path: str
    body: Any = None
    key: str | None = WRITER
    headers: dict[str, str] | None = None


def rows(*several: dict[str, Any]) -> dict[str, Any]:
    return {"devices": list(several)}


REFUSED = [
    # routes before credentials
    Sent("404 sentence", "GET", "/users", key=None),
    Sent("404 sentence", "GET", "/devices/", key=None),
    Sent("405 sentence", "PUT", "/devices/104", b"{", key=None),
    Sent("405 sentence", "DELETE", "/devices", key=None),
    # 401
    Sent("401 sentence", "GET", "/devices?limit=0", key=None),
    Sent("401 sentence", "POST", "/devices", b"{", key="vnd_nobody"),
    Sent("401 sentence", "GET", "/devices", None, None, {"Authorization": f"bearer {WRITER}"}),
    Sent("401 sentence", "GET", "/devices", None, None, {"Authorization": WRITER}),
    Sent("401 sentence", "GET", "/devices", None, None, {"Authorization": "Bearer"}),
    # scope before all else
    Sent(NO_SCOPE, "POST", "/devices", b"{", READER),
    Sent(NO_SCOPE, "PATCH", "/devices/042", b"{", READER, {"Content-Type": "text/plain"}),
    Sent(NO_SCOPE, "DELETE", "/devices/999", None, READER),
    # shape before lookup, lookup before mutation, mutation before rules
    Sent("400 sentence", "PATCH", "/devices/042", b"{"),
    Sent("400 sentence", "PATCH", "/devices/101", {"name": ""}),
    Sent(NOT_FOUND, "PATCH", "/devices/042", {}),
    Sent(NOT_FOUND, "PATCH", "/devices/105", {}),
    Sent(FORBIDDEN, "PATCH", "/devices/101", {}),
    Sent(FORBIDDEN, "DELETE", "/devices/102"),
    # nobody's device
    Sent(NOT_FOUND, "GET", "/devices/0"),
    Sent(NOT_FOUND, "GET", "/devices/%20104"),
    Sent(NOT_FOUND, "GET", f"/devices/{HUGE_ID}"),
    Sent(NOT_FOUND, "GET", "/devices/112"),
    Sent(NOT_FOUND, "DELETE", "/devices/112"),
    Sent(NOT_FOUND, "GET", "/devices/103", None, OTHER),
    Sent(NOT_FOUND, "GET", "/devices/118", None, REMOVED),
    # the rules of a patch
    Sent("400 EMPTY_PATCH_BODY", "PATCH", "/devices/104", {"type": "x", "added_via": 5}),
    Sent(BAD_SERIAL, "PATCH", "/devices/104", {"serial_number": "PF-3XK9"}),
    Sent(BAD_SERIAL, "PATCH", "/devices/104", {"serial_number": "", "user_id": 999}),
    Sent(BAD_USER, "PATCH", "/devices/104", {"user_id": 14, "keyboard_layout": None}),
    Sent(BAD_USER, "PATCH", "/devices/104", b'{"user_id": 1e400}'),
    Sent(BAD_USER, "PATCH", "/devices/104", b'{"user_id": 1%s}' % (b"0" * 5000)),
    Sent(NO_LAYOUT, "PATCH", "/devices/104", {"keyboard_layout": None}),
    Sent(NO_LAYOUT, "PATCH", "/devices/106", {"keyboard_layout": None, "comment": "x"}),
    Sent("400 sentence", "PATCH", "/devices/104", {"user_id": 0}),
    Sent("400 sentence", "PATCH", "/devices/104", {"is_rented": None}),
    Sent("400 sentence", "PATCH", "/devices/104", {"compliance": [1]}),
    # bodies that cannot be read
    Sent("400 sentence", "PATCH", "/devices/104", []),
    Sent("400 sentence", "PATCH", "/devices/104", None),
    Sent("400 sentence", "PATCH", "/devices/104", {"ram": "1"}, headers={"Content-Type": ""}),
    Sent("400 sentence", "PATCH", "/devices/104", b'{"comment": "\xff"}'),
    Sent("400 sentence", "PATCH", "/devices/104", b'{"comment": "a", "comment": "a"}'),
    Sent("400 sentence", "PATCH", "/devices/104", b'{"comment": "a", "foo": NaN}'),
    Sent("400 sentence", "PATCH", "/devices/104", b'{"comment": "a", "foo": -Infinity}'),
    Sent("400 sentence", "PATCH", "/devices/104", b'{"user_id": 1e99999999999999999999}'),
    Sent("400 sentence", "PATCH", "/devices/104", DEEP),
    # the rules of creating
    Sent("400 sentence", "POST", "/devices", {}),
    Sent("400 sentence", "POST", "/devices", rows()),
    Sent("400 sentence", "POST", "/devices", rows(row(), {"name": "n", "type": "t"})),
    Sent("400 sentence", "POST", "/devices", rows(row(user_id=None))),
    Sent("400 sentence", "POST", "/devices", rows(row(user_id=1.5))),
    Sent("400 sentence", "POST", "/devices", rows(row(keyboard_layout=None))),
    Sent("400 sentence", "POST", "/devices", rows(row(name=5)), REMOVED),
    Sent("404 COMPANY_NOT_FOUND", "POST", "/devices", rows(row(user_id=999)), REMOVED),
    Sent(BAD_SERIAL, "POST", "/devices", rows(row(user_id=999), row(serial_number=" "))),
    Sent(BAD_SERIAL, "POST", "/devices", rows(row(serial_number="x"), row(serial_number="x"))),
    Sent(BAD_USER, "POST", "/devices", rows(row(), row(user_id=21))),
    Sent(BAD_USER, "POST", "/devices", rows(row(user_id=11)), ACTORLESS, FAULT),
    Sent("500 PLATFORM_DEVICE_ACTOR_NOT_FOUND", "POST", "/devices", rows(row()), ACTORLESS, FAULT),
    Sent("500 DEVICE_PROVISIONING_FAILED", "POST", "/devices", rows(row()), headers=FAULT),
    # queries
    Sent("400 sentence", "GET", "/devices?limit=0"),
    Sent("400 sentence", "GET", "/devices?limit=101"),
    Sent("400 sentence", "GET", "/devices?offset=-1"),
    Sent("400 sentence", "GET", "/devices?offset=" + HUGE_ID),
    Sent("400 sentence", "GET", "/devices?user_id=0"),
    Sent("400 sentence", "GET", "/devices?client_status=available"),
    Sent("400 sentence", "GET", "/devices?search"),
    Sent("400 sentence", "GET", "/devices?search=%FF"),
    Sent("400 sentence", "GET", "/devices?offset=1&offset=1"),
    # success without a trace
    Sent("200", "GET", "/devices?sort=name&sort=&page=%FF"),
    Sent("200", "HEAD", "/devices/103", None, READER),
    Sent("200", "GET", "/devices/%31%303", b"[no json"),
]  # fmt: skip

FRAMING = {
    "two lengths": ("Content-Length: 2\r\nContent-Length: 3\r\n", "400"),
    "no number": ("Content-Length: two\r\n", "400"),
    "negative": ("Content-Length: -2\r\n", "400"),
    "cut short": ("Content-Length: 200\r\n", "400"),
    "chunked": ("Transfer-Encoding: chunked\r\n", "400"),
    "over 8 MiB": ("Content-Length: 8388609\r\n", "413"),
    "astronomic": ("Content-Length: 1" + "0" * 5000 + "\r\n", "413"),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """One server for all calls that must leave no trace."""
    with fleet_server.start() as running, Client(running.url) as client:
        yield client


@pytest.fixture
def url() -> Iterator[str]:
    with fleet_server.start() as running:
        yield running.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def snapshot(client: Client) -> list[str]:
    return [client.get("", key).text for key in (WRITER, OTHER, ACTORLESS)]


@pytest.mark.parametrize("sent", REFUSED, ids=lambda sent: f"{sent.method} {sent.path[:40]}")
def test_call_without_trace(shared: Client, sent: Sent) -> None:
    before = snapshot(shared)
    reply = shared.send(sent.method, sent.path, sent.body, sent.key, sent.headers)
    assert reply.verdict == sent.want
    assert reply.headers["Content-Type"] == "application/json"
    assert snapshot(shared) == before


@pytest.mark.parametrize("name", FRAMING)
def test_undelimited_body(url: str, name: str) -> None:
    framing, status = FRAMING[name]
    parts = urlsplit(url)
    with Client(url) as client:
        before = client.show(104)
        for method in ("PATCH", "DELETE"):
            head = (
                f"{method} {parts.path}/devices/104 HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {WRITER}\r\nContent-Type: application/json\r\n{framing}\r\n"
            )
            with socket.create_connection((parts.hostname, parts.port), timeout=5) as raw:
                raw.sendall(head.encode() + b'{"comment": "x"}')
                raw.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b"")).decode()
            top, _, body = answer.partition("\r\n\r\n")
            assert top.startswith(f"HTTP/1.1 {status} ")
            assert "Connection: close" in top
            assert " " in json.loads(body)["error"]
        assert client.show(104) == before


def test_unreadable_request_line(url: str) -> None:
    parts = urlsplit(url)
    for line in (b"GET /\xff /x HTTP/1.1", b"nonsense", b"GET / HTTP/9.9", b"GET /" + b"x" * 70000):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as raw:
            raw.sendall(line + b"\r\n\r\n")
            raw.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b"")).decode()
        assert " " in json.loads(answer.splitlines()[-1])["error"]


def test_large_body_is_refused_and_small_one_not(client: Client) -> None:
    spaces = b" " * (8 * 1024 * 1024)
    assert client.send("PATCH", "/devices/104", b'{"ram": "1"}' + spaces).verdict == "413 sentence"
    fits = b'{"ram": "1"}' + spaces[: -len(b'{"ram": "1"}')]
    assert client.send("PATCH", "/devices/104", fits).verdict == "200"


def test_head_and_405_have_their_headers(client: Client) -> None:
    reply = client.send("HEAD", "/devices/103")
    assert reply.text == ""
    assert int(reply.headers["Content-Length"]) == len(client.get("/103").text)
    assert client.send("PUT", "/devices").headers["Allow"] == "GET, HEAD, POST"
    assert client.send("POST", "/devices/1").headers["Allow"] == "DELETE, GET, HEAD, PATCH"


def test_create(client: Client) -> None:
    reply = client.create(
        row(user_id=12.0, serial_number=" S ", has_webcam=False, connection_type="USB", foo=1),
        row(name=" ", category="LAPTOP", brand="Acme", compliance=[], added_via="ONBOARDING"),
    )
    first, second = reply.data["devices"]
    assert (reply.status, first["id"], second["id"]) == (201, 119, 120)
    assert list(first) == list(client.show(103))
    nothing = dict.fromkeys(client.show(103)["characteristics"])
    assert first == client.show(119) == {
        "id": 119, "name": "Test device", "serial_number": " S ", "rent": None,
        "tracking_number": None, "client_status": "IN_SERVICE", "type": "phone",
        "category": "PHONE", "source": "EXTERNAL", "comment": None, "mdm": None,
        "characteristics": nothing | {"has_webcam": False, "connection_type": ["USB"]},
    }  # fmt: skip
    assert second["client_status"] == "AVAILABLE"
    assert second["characteristics"] == nothing | {"compliance": []}
    assert client.ids("?search=acme") == [120]
    assert client.ids("?user_id=12&limit=1") == [119]


def test_patch(client: Client) -> None:
    before = client.show(103)
    after = client.patch(103, name=" ", serial_number="PF-3XK9", ram=None, compliance="CE").data
    changed = before["characteristics"] | {"ram": None, "compliance": ["CE"]}
    assert after == before | {"name": " ", "characteristics": changed} == client.show(103)
    assert client.patch(103, user_id=None).data["client_status"] == "AVAILABLE"
    assert 103 not in client.ids("?user_id=12")
    assert client.patch(103, user_id=11).data["client_status"] == "IN_SERVICE"
    assert client.patch(110, user_id=None).data["client_status"] == "IN_MAINTENANCE"
    assert client.patch(103, serial_number=None).data["serial_number"] is None
    assert client.patch(104, serial_number="PF-3XK9").status == 200
    assert client.patch(107, keyboard_layout=None).status == 200


def test_delete(client: Client) -> None:
    before = client.show(103)
    assert client.delete(103).data == before
    assert client.delete(103).verdict == client.patch(103).verdict == NOT_FOUND
    assert 103 not in client.ids()
    assert client.made(serial_number="PF-3XK9")["id"] == 119
    client.delete(119)
    assert client.made()["id"] == 120


def test_list(client: Client) -> None:
    everything = [116, 115, 114, 111, 110, 108, 107, 106, 104, 103, 102, 101]
    assert client.ids() == client.ids("", READER) == everything
    assert client.ids("", OTHER) == [117, 113, 109, 105]
    page = client.get("?limit=2&offset=11").json
    assert page["meta"] == {"total": 12, "limit": 2, "offset": 11}
    assert [device["id"] for device in page["data"]] == [101]
    assert client.get("?offset=50").json["meta"] == {"total": 12, "limit": 50, "offset": 50}
    assert client.get("", REMOVED).json["meta"]["total"] == 0
    assert client.ids("?user_id=12") == [110, 103]
    assert client.ids("?user_id=21") == []
    assert client.ids("?client_status=AVAILABLE&search=dell") == [104, 102]
    for search, ids in {
        "lap+SWISS": [], "laptop+surf": [110], "xk": [], "pf-3x": [103], "3xK": [103],
        "thinkpad%20x1": [103], "lyon": [104], "Apple": [101], "%20": everything, "-": [],
    }.items():  # fmt: skip
        assert client.ids(f"?search={search}") == ids, search


def test_requests_are_atomic(url: str) -> None:
    def grab(number: int) -> str:
        with Client(url) as client:
            return client.create(row(serial_number="ONE"), row(serial_number=str(number))).verdict

    with ThreadPoolExecutor(16) as pool:
        verdicts = sorted(pool.map(grab, range(32)))
    assert verdicts == ["201", *[BAD_SERIAL] * 31]


def test_close_is_fast_and_ends_connections() -> None:
    running = fleet_server.start()
    with Client(running.url) as client:
        assert client.get("").status == 200
        begin = time.perf_counter()
        running.close()
        assert time.perf_counter() - begin < 0.2
        with pytest.raises(OSError, match=r"refused|closed|reset"):
            client.get("")
    fleet_server.start(port=urlsplit(running.url).port).close()


def test_command_line() -> None:
    command = [sys.executable, fleet_server.__file__]
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(fleet_server.DEFECTS)
    wrong = subprocess.run([*command, "--defect", "nope"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert "unknown defect 'nope'" in wrong.stderr


def test_profile_tells_the_truth() -> None:
    profile = tomllib.loads((HERE / "fleet_profile.toml").read_text(encoding="utf-8"))
    told = {
        c["token"]: (c["facts"]["company"], c["facts"]["scope"])
        for c in profile["credentials"].values()
    }
    assert told == {t: (p.company, p.scope) for t, p in fleet_server.CREDENTIALS.items()}
    known = profile["known"]
    for company in known["company"]:
        assert fleet_server.COMPANIES[company["id"]] == fleet_server.Company(**company)
    for user in known["user"]:
        assert fleet_server.USERS[user["id"]] == fleet_server.User(**user)
    seeds = {device.id: device for device in fleet_server._seeds()}
    for told_device in known["device"]:
        device = seeds[told_device["id"]]
        fields = {name: getattr(device, name, None) for name in told_device}
        assert told_device == fields | {"serial_number": device.fields["serial_number"]}
