"""The independent Memfault without a defect is right: refusals, successes, filters, attributes."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.independent import memfault_server
from tests.independent.memfault_client import (
    BASIC,
    FOREIGN,
    MAIN,
    MANAGER,
    OTHER,
    READER,
    SIBLING,
    Client,
    basic,
    row,
)

HERE = Path(__file__).parent
BAD, NO_KEY, FORBIDDEN = "400 InvalidUsageError", "401 UnauthorizedError", "403 ForbiddenError"
MISSING, TAKEN = "404 NotFoundError", "409 ConflictError"
DEVICE, NOBODY = "/devices/TG-0001", "/devices/TG-9999"
SETS = DEVICE + "/attributes"
DEEP = b'{"owner_ref": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
EVERYTHING = [4101, 4102, 4104, 4105, 4106, 4108, 4109, 4110, 4112, 4113, 4114, 4115]
NEVER = [4104, 4110, 4115]
ASCENDING = [4113, 4108, 4106, 4101, 4102, 4105, 4112, 4109, 4114]
DESCENDING = [4114, 4109, 4102, 4105, 4112, 4101, 4106, 4108, 4113]
NOON = "2024-03-05T12:30:00"


class Sent(NamedTuple):
    """One call of the table and the verdict it must get (see ``Reply.verdict``)."""

    want: str
    method: str
    path: str
    body: Any = None
    key: str | None = MANAGER
    project: str = MAIN
    headers: dict[str, str] | None = None


def item(key: Any, value: Any) -> dict[str, Any]:
    return {"string_key": key, "value": value}


REFUSED = [
    # routes and methods before credentials
    Sent(MISSING, "GET", "/cohorts", key=None),
    Sent(MISSING, "GET", "/devices/", key=None),
    Sent(MISSING, "GET", SETS + "/battery_level", key=None),
    Sent("405 MethodNotAllowedError", "PUT", NOBODY, b"{", None),
    Sent("405 MethodNotAllowedError", "DELETE", "/devices", None, None, "nobody/nothing"),
    Sent("405 MethodNotAllowedError", "POST", SETS, None, "Bearer nobody"),
    # 401
    Sent(NO_KEY, "GET", "/devices?page=0", key=None),
    Sent(NO_KEY, "POST", "/devices", b"{", "Bearer oat_nobody", "nobody/nothing"),
    Sent(NO_KEY, "GET", DEVICE, None, "oat_tide_manager"),
    Sent(NO_KEY, "GET", DEVICE, None, "Bearer"),
    Sent(NO_KEY, "GET", DEVICE, None, "Bearer k_tide_manager"),
    Sent(NO_KEY, "GET", DEVICE, None, basic("mo@tidewater.test", "k_tide_manager")),
    Sent(NO_KEY, "GET", DEVICE, None, basic("ops@tidewater.test", "k_other")),
    Sent(NO_KEY, "GET", DEVICE, None, basic("", "")),
    Sent(NO_KEY, "GET", DEVICE, None, "Basic k_tide_manager"),
    # the role before whatever is named or sent
    Sent(FORBIDDEN, "POST", "/devices", b"{", READER, "nobody/nothing"),
    Sent(FORBIDDEN, "PATCH", NOBODY, {}, READER),
    Sent(FORBIDDEN, "DELETE", DEVICE, None, READER, FOREIGN),
    Sent(FORBIDDEN, "PATCH", SETS, [], READER),
    # what the path names before what is sent
    Sent(MISSING, "GET", "/devices?page=0", project="tidewater/nothing"),
    Sent(MISSING, "GET", "/devices", project="nobody/tide-gauge"),
    Sent(MISSING, "GET", "/devices", project=FOREIGN),
    Sent(MISSING, "POST", "/devices", b"{", OTHER),
    Sent(MISSING, "GET", "/devices/QY-0001", key=READER, project=FOREIGN),
    Sent(MISSING, "GET", "/devices/BL-0001"),
    Sent(MISSING, "GET", "/devices/tg-0001"),
    Sent(MISSING, "GET", "/devices/TG%200001"),
    Sent(MISSING, "GET", "/devices/" + "9" * 5000),
    Sent(MISSING, "PATCH", NOBODY, b"{"),
    Sent(MISSING, "DELETE", NOBODY),
    Sent(MISSING, "GET", NOBODY + "/attributes"),
    Sent(MISSING, "PATCH", NOBODY + "/attributes", b"{"),
    # bodies that cannot be read
    Sent(BAD, "POST", "/devices", row("N-1"), headers={"Content-Type": "text/plain"}),
    Sent(BAD, "PATCH", DEVICE, {"owner_ref": "x"}, headers={"Content-Type": ""}),
    Sent(BAD, "PATCH", DEVICE, None),
    Sent(BAD, "PATCH", DEVICE, [row("TG-0001")]),
    Sent(BAD, "PATCH", DEVICE, b'{"owner_ref": "\xff"}'),
    Sent(BAD, "PATCH", DEVICE, b'{"owner_ref": "x", "foo": NaN}'),
    Sent(BAD, "PATCH", DEVICE, b'{"owner_ref": "x", "foo": 1e99999999999999999999}'),
    Sent(BAD, "PATCH", DEVICE, DEEP),
    # the shape of a new device
    Sent(BAD, "POST", "/devices", row(...)),
    Sent(BAD, "POST", "/devices", row("TG-0001", owner_ref=...)),
    Sent(BAD, "POST", "/devices", row("TG-0001", hardware_version=..., cohort="gamma")),
    Sent(BAD, "POST", "/devices", row("N" * 129)),
    Sent(BAD, "POST", "/devices", row("")),
    Sent(BAD, "POST", "/devices", row("N.1")),
    Sent(BAD, "POST", "/devices", row("N-1\n")),
    Sent(BAD, "POST", "/devices", row("N-1", owner_ref=None)),
    Sent(BAD, "POST", "/devices", row("N-1", owner_ref="o" * 256)),
    Sent(BAD, "POST", "/devices", row("N-1", hardware_version="m" * 129)),
    Sent(BAD, "POST", "/devices", row("N-1", hardware_version="mk 1")),
    Sent(BAD, "POST", "/devices", row("N-1", cohort=None)),
    Sent(BAD, "POST", "/devices", row("N-1", cohort="")),
    # the cohort before the conflict
    Sent(MISSING, "POST", "/devices", row("TG-0001", cohort="gamma")),
    Sent(TAKEN, "POST", "/devices", row("TG-0001", cohort="beta", owner_ref="new")),
    # the rules of a patch
    Sent(BAD, "PATCH", DEVICE, {}),
    Sent(BAD, "PATCH", DEVICE, {"nickname": "x"}),
    Sent(BAD, "PATCH", DEVICE, {"device_serial": "TG-0001"}),
    Sent(BAD, "PATCH", DEVICE, {"device_serial": "N-1", "owner_ref": "x"}),
    Sent(BAD, "PATCH", DEVICE, {"device_serial": None, "owner_ref": "x"}),
    Sent(BAD, "PATCH", DEVICE, {"owner_ref": None}),
    Sent(BAD, "PATCH", DEVICE, {"cohort": None}),
    Sent(BAD, "PATCH", DEVICE, {"cohort": "gamma", "hardware_version": ""}),
    Sent(MISSING, "PATCH", DEVICE, {"cohort": "gamma", "owner_ref": "x"}),
    # the rules of attributes
    Sent(BAD, "PATCH", SETS, []),
    Sent(BAD, "PATCH", SETS, item("battery_level", 5)),
    Sent(BAD, "PATCH", SETS, [item("battery_level", 5), "x"]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", 5), {"string_key": "is_flooded"}]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", 5), {"value": 1}]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", 5), item("two words", 1)]),
    Sent(BAD, "PATCH", SETS, [item("k" * 129, None)]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", 5), item("station_name", ["x"])]),
    Sent(BAD, "PATCH", SETS, [item("new_one", 5), item("battery_level", 1.5)]),
    Sent(BAD, "PATCH", SETS, [item("new_one", 5), item("NEW_ONE", "x")]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", "x"), item("battery_level", 5)]),
    Sent(BAD, "PATCH", SETS, [item("battery_level", True)]),
    Sent(BAD, "PATCH", SETS, [item("water_height", "1.5")]),
    Sent(BAD, "PATCH", SETS, [item("is_flooded", 1)]),
    Sent(BAD, "PATCH", SETS, [item("station_name", 1)]),
    Sent(BAD, "PATCH", SETS, b'[{"string_key": "water_height", "value": 1e400}]'),
    # queries
    *(
        Sent(BAD, "GET", "/devices?" + query)
        for query in (
            "page=0", "page=-1", "page=x", "page=", "page=1.5", "per_page=0", "per_page=101",
            "sort=deployed_date", "sort=", "sort=+last_seen", "release=", "release=1&release",
            "hardware_version=", "hardware_version=mk%201", "owner_ref=%FF",
            "last_seen_since=", f"last_seen_since={NOON}", "last_seen_since=2024-03-05",
            f"last_seen_since={NOON}+00:00", f"last_seen_until={NOON}%2B24:00",
            "last_seen_until=2024-02-30T00:00:00Z", "last_seen_until=0000-01-01T00:00:00Z",
        )
    ),
    # success without a trace
    Sent("200", "GET", "/devices?page=1&page=x&sort=last_seen&sort=&limit=%FF", key=READER),
    Sent("200", "GET", "/devices?last_seen_until=0001-01-01t00:00:00%2b23:59", key=BASIC),
    Sent("200", "GET", DEVICE, b"[no json", basic("", "k_tide_manager")),
    Sent("200", "GET", "/devices/%54G-0001", key="bEARER  oat_tide_reader"),
    Sent("200", "HEAD", SETS, key=BASIC.replace("Basic", "basic")),
    Sent("200", "GET", "/devices/QY-0002", key=OTHER, project=FOREIGN),
    Sent("200", "PATCH", SETS, [item("new_one", None)]),
]  # fmt: skip

LISTS = {
    "": EVERYTHING,
    "release=2.0.0": [4101, 4108, 4109],
    "release=2.0.0&release=2.1.0": [4101, 4102, 4105, 4108, 4109],
    "release=2.1.0%2Bfix.1": [4106, 4112, 4114],
    "release=2.0.0,2.1.0": [],
    "owner_ref=harbour-7": [4101, 4102, 4113],
    "owner_ref=": [4105, 4115],
    "owner_ref": [4105, 4115],
    "owner_ref=pier+3,+east&owner_ref=Harbour-7": [4109, 4112],
    "hardware_version=mk1": [4101, 4105, 4110],
    "hardware_version=mk2:rev.C%2B&hardware_version=mk1-b": [4102, 4108, 4109],
    "hardware_version=mk1&release=2.1.0&owner_ref=": [4105],
    f"last_seen_since={NOON}Z": [4109, 4114],
    f"last_seen_until={NOON}Z": [4101, 4106, 4108, 4113],
    f"last_seen_since={NOON}%2B00:01": [4102, 4105, 4109, 4112, 4114],
    f"last_seen_until={NOON}.0000001-00:00": [4101, 4102, 4105, 4106, 4108, 4112, 4113],
    "last_seen_since=2024-02-11T18:59:59.999998-05:00&last_seen_until=2024-03-02T00:00:00Z": [
        4101, 4106,
    ],
    "sort=last_seen": ASCENDING + NEVER,
    "sort=-last_seen": DESCENDING + NEVER,
    "sort=-last_seen&per_page=4&page=2": [4112, 4101, 4106, 4108],
    "per_page=5&page=3": [4114, 4115],
    "per_page=5.0&page=4": [],
    "page=999999999999999999999": [],
    "per_page=2&per_page=x": [4101, 4102],
}  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """One server for all calls that must leave no trace."""
    with memfault_server.start() as running, Client(running.url) as client:
        yield client


@pytest.fixture
def url() -> Iterator[str]:
    with memfault_server.start() as running:
        yield running.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def snapshot(client: Client) -> list[str]:
    lists = [
        client.get("", OTHER if p == FOREIGN else MANAGER, p) for p in (MAIN, SIBLING, FOREIGN)
    ]
    return [reply.text for reply in (*lists, client.get("/TG-0001/attributes"))]


def rows(client: Client, serial: str) -> dict[str, Any]:
    listed = client.get(f"/{serial}/attributes").data
    return {each["custom_metric"]["string_key"]: each for each in listed}


@pytest.mark.parametrize("sent", REFUSED, ids=lambda sent: f"{sent.method} {sent.path[:40]}")
def test_call_without_trace(shared: Client, sent: Sent) -> None:
    before = snapshot(shared)
    reply = shared.send(sent.method, sent.path, sent.body, sent.key, sent.headers, sent.project)
    assert reply.verdict == sent.want
    assert reply.headers["Content-Type"] == "application/json"
    assert snapshot(shared) == before


@pytest.mark.parametrize("query", LISTS)
def test_list(shared: Client, query: str) -> None:
    assert shared.ids("?" + query) == LISTS[query]


def test_paging(shared: Client) -> None:
    def paging(items: int, page: int, pages: int, size: int, total: int) -> dict[str, int]:
        return {
            "item_count": items, "page": page, "page_count": pages, "per_page": size,
            "total_count": total,
        }  # fmt: skip

    assert list(shared.get("").json) == ["data", "paging"]
    assert shared.paging() == paging(12, 1, 1, 100, 12)
    assert shared.paging("?per_page=5&page=3") == paging(2, 3, 3, 5, 12)
    assert shared.paging("?per_page=6&page=9") == paging(0, 9, 2, 6, 12)
    assert shared.paging("?release=2.0.0&per_page=2") == paging(2, 1, 2, 2, 3)
    assert shared.paging("?release=none") == paging(0, 1, 0, 100, 0)
    assert shared.ids(project=SIBLING) == [4103, 4107, 4116]


def test_get(shared: Client) -> None:
    assert shared.get("/TG-0001").json == {
        "data": {
            "id": 4101, "created_date": "2023-11-05T06:21:00.004101+00:00",
            "updated_date": "2023-11-05T06:21:00.004101+00:00", "device_serial": "TG-0001",
            "owner_ref": "harbour-7", "hardware_version": "mk1",
            "last_seen": "2024-03-01T08:00:00.000000+00:00",
            "last_seen_release": {
                "id": 31, "version": "2.0.0",
                "revision": "5c1d0e9aa7b64f0f8b3e2d1c0a9f8e7d6c5b4a39",
            },
            "cohort": {"id": 210, "name": "Default", "slug": "default"},
        }
    }  # fmt: skip
    never = shared.show("TG-0003")
    assert (never["last_seen"], never["last_seen_release"]) == (None, None)
    assert shared.show("TG-0001", SIBLING)["id"] == 4116
    assert shared.show("TG-0002", FOREIGN)["id"] == 4118


def test_headers(shared: Client) -> None:
    reply = shared.send("HEAD", DEVICE)
    assert reply.text == ""
    assert int(reply.headers["Content-Length"]) == len(shared.get("/TG-0001").text)
    assert shared.send("PUT", "/devices").headers["Allow"] == "GET, HEAD, POST"
    assert shared.send("PUT", DEVICE).headers["Allow"] == "DELETE, GET, HEAD, PATCH"
    assert shared.send("PUT", SETS).headers["Allow"] == "GET, HEAD, PATCH"
    assert "Bearer" in shared.get("", None).headers["WWW-Authenticate"]


def test_create(client: Client) -> None:
    reply = client.create("N" * 128, owner_ref="", hardware_version="m:" * 64, foo=[1])
    made = reply.data
    assert (reply.status, list(reply.json), made["id"]) == (200, ["data"], 4119)
    assert made["created_date"] == made["updated_date"]
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{6}\+00:00", made["created_date"])
    assert made == {
        "id": 4119, "created_date": made["created_date"], "updated_date": made["updated_date"],
        "device_serial": "N" * 128, "owner_ref": "", "hardware_version": "m:" * 64,
        "last_seen": None, "last_seen_release": None,
        "cohort": {"id": 210, "name": "Default", "slug": "default"},
    }  # fmt: skip
    assert client.show("N" * 128) == made
    assert client.ids() == [*EVERYTHING, 4119]
    assert client.create("n_1", cohort="beta", owner_ref="o" * 255).data["cohort"]["id"] == 211
    assert client.create("tg-0001").status == 200
    assert client.create("BL-0001").status == 200
    assert client.create("N-2", project=SIBLING).data["cohort"]["id"] == 220
    last = b'{"device_serial": 5, "device_serial": "N-3", "owner_ref": "", "hardware_version": "m"}'
    assert client.send("POST", "/devices", last).data["device_serial"] == "N-3"


def test_patch(client: Client) -> None:
    before = client.show("TG-0001")
    after = client.patch("TG-0001", owner_ref="", device_serial="TG-0001", id=5).data
    assert after["updated_date"] > before["updated_date"]
    assert after == before | {"owner_ref": "", "updated_date": after["updated_date"]}
    assert client.show("TG-0001") == after
    again = client.patch("TG-0001", owner_ref="").data
    assert again["updated_date"] > after["updated_date"]
    moved = client.patch("TG-0001", cohort="beta", hardware_version="never.seen+1").data
    beta = {"id": 211, "name": "Early testers", "slug": "beta"}
    changed = {"cohort": beta, "hardware_version": "never.seen+1"}
    assert moved == again | changed | {"updated_date": moved["updated_date"]}
    assert client.ids("?hardware_version=never.seen%2B1") == [4101]


def test_delete(client: Client) -> None:
    client.put("TG-0001", ("extra", 1))
    reply = client.delete("TG-0001")
    assert (reply.status, reply.text, reply.headers["Content-Length"]) == (204, "", None)
    for sent in (
        client.get("/TG-0001"), client.get("/TG-0001/attributes"), client.delete("TG-0001"),
        client.patch("TG-0001"), client.put("TG-0001"),
    ):  # fmt: skip
        assert sent.verdict == MISSING
    assert client.ids() == EVERYTHING[1:]
    assert client.show("TG-0001", SIBLING)["id"] == 4116
    made = client.create("TG-0001").data
    assert (made["id"], made["last_seen"]) == (4119, None)
    assert set(client.values("TG-0001").values()) == {None}
    assert "extra" in client.values("TG-0001")
    client.delete("TG-0001")
    assert client.create("TG-0001").data["id"] == 4120


def test_attributes(client: Client) -> None:
    before, device = rows(client, "TG-0001"), client.show("TG-0001")
    assert list(before) == [
        "battery_level", "water_height", "is_flooded", "station_name", "service_note"
    ]  # fmt: skip
    assert before["service_note"]["state"] is None
    reply = client.put(
        "TG-0001", ("BATTERY_level", 6), ("battery_level", 7.0), ("water_height", 3),
        ("is_flooded", None), ("Note.1", "x"), ("count", 4), ("ratio", 0.5), ("on", False),
        ("gone", None),
    )  # fmt: skip
    after = rows(client, "TG-0001")
    assert reply.status == 200
    assert reply.data == list(after.values())
    assert client.values("TG-0001") == {
        "battery_level": 7, "water_height": 3, "is_flooded": None, "station_name": "North pier",
        "service_note": None, "Note.1": "x", "count": 4, "ratio": 0.5, "on": False,
    }  # fmt: skip
    assert '"value": 7,' in reply.text
    assert after["station_name"] == before["station_name"]
    assert after["is_flooded"]["state"] is None
    old, new = before["battery_level"]["state"], after["battery_level"]["state"]
    assert (new["created_date"], new["time"]) == (old["created_date"], new["updated_date"])
    assert new["time"] > old["time"]
    made = after["Note.1"]["custom_metric"]
    assert made == {
        "id": made["id"], "string_key": "Note.1", "display_name": "Note.1", "description": "",
        "data_type": "STRING", "favorite": False, "device_write_policy": "writable",
        "range": {"min": None, "max": None, "min_inclusive": True, "max_inclusive": True},
        "range_violation_behavior": "accept",
    }  # fmt: skip
    types = [after[key]["custom_metric"]["data_type"] for key in ("count", "ratio", "on")]
    assert types == ["INT", "FLOAT", "BOOL"]
    assert client.show("TG-0001") == device
    assert client.values("TG-0002")["battery_level"] == 17
    assert client.values("TG-0002")["Note.1"] is None
    assert list(client.values("BL-0001", SIBLING)) == ["depth"]


def test_state_begins_anew_once_it_was_unset(client: Client) -> None:
    old = rows(client, "TG-0001")["battery_level"]["state"]
    client.put("TG-0001", ("battery_level", None))
    client.put("TG-0001", ("battery_level", 81))
    new = rows(client, "TG-0001")["battery_level"]["state"]
    assert new["created_date"] == new["time"] > old["created_date"]


def test_large_body_is_refused_and_small_one_not(client: Client) -> None:
    body, spaces = b'{"owner_ref": "x"}', b" " * (8 * 1024 * 1024)
    assert client.send("PATCH", DEVICE, body + spaces).verdict == "413 InvalidUsageError"
    assert client.send("PATCH", DEVICE, body + spaces[: -len(body)]).verdict == "200"


def test_undelimited_body_and_unreadable_line(url: str) -> None:
    parts = urlsplit(url)
    with Client(url) as client:
        before = client.show("TG-0001")
    path = f"{parts.path}/organizations/tidewater/projects/tide-gauge/devices/TG-0001"
    head = f"Host: x\r\nAuthorization: {MANAGER}\r\nContent-Type: application/json\r\n"
    for line, framing in (
        (f"PATCH {path} HTTP/1.1", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        (f"PATCH {path} HTTP/1.1", "Transfer-Encoding: chunked\r\n"),
        (f"DELETE {path} HTTP/1.1", "Content-Length: 200\r\n"),
        ("nonsense", ""),
    ):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as raw:
            raw.sendall(f"{line}\r\n{head}{framing}\r\n".encode() + b'{"owner_ref": "x"}')
            raw.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b"")).decode()
        error = json.loads(answer.splitlines()[-1])["error"]
        assert (error["code"], error["http_code"]) == (1000, 400)
        assert error["type"] == "InvalidUsageError"
    with Client(url) as client:
        assert client.show("TG-0001") == before


def test_requests_are_atomic(url: str) -> None:
    def grab(number: int) -> str:
        with Client(url) as client:
            return client.create("ONE", owner_ref=str(number)).verdict

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(grab, range(16))) == ["200", *[TAKEN] * 15]


def test_every_defect_is_switched_at_one_place() -> None:
    source = Path(memfault_server.__file__).read_text(encoding="utf-8")
    looked_up = re.findall(r'has\("([a-z0-9-]+)"\)', source)
    assert sorted(looked_up) == sorted(memfault_server.DEFECTS)


def test_command_line() -> None:
    command = [sys.executable, memfault_server.__file__]
    listed = subprocess.run([*command, "--list"], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert names == list(memfault_server.DEFECTS)
    wrong = subprocess.run([*command, "--defect", "nope"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert "unknown defect 'nope'" in wrong.stderr


def test_profile_tells_the_truth(shared: Client) -> None:
    profile = tomllib.loads((HERE / "memfault_profile.toml").read_text(encoding="utf-8"))
    headers = {"tidewater": MANAGER, "quarry": OTHER}
    for told in profile["credentials"].values():
        if told["scheme"] == "basicAuth":
            key = basic(told["username"], told["password"])
        else:
            key = f"Bearer {told['token']}"
        slug = told["facts"]["organization"]
        project = f"{slug}/tide-gauge"
        assert shared.get("", key, project).status == 200
        manager = told["facts"]["role"] == "manager"
        reply = shared.send("PATCH", NOBODY, {}, key, project=project)
        assert reply.verdict == (MISSING if manager else FORBIDDEN)
    known = profile["known"]
    for told in known["device"]:
        organization, project = told.pop("organization"), told.pop("project")
        path = f"/{told['device_serial']}"
        shown = shared.get(path, headers[organization], f"{organization}/{project}").data
        del shown["created_date"], shown["updated_date"]
        assert told == {name: value for name, value in shown.items() if value is not None}
    seeds = list(memfault_server._seeds())
    assert [(p["organization"], p["slug"]) for p in known["project"]] == [
        (seed.organization, seed.slug) for seed in seeds
    ]
    assert [{**c, "organization": 0, "project": 0} for c in known["cohort"]] == [
        {**vars(cohort), "organization": 0, "project": 0}
        for seed in seeds
        for cohort in seed.cohorts.values()
    ]
    assert {
        (m["organization"], m["project"], m["string_key"], m["data_type"]) for m in known["metric"]
    } == {
        (seed.organization, seed.slug, metric.string_key, metric.data_type)
        for seed in seeds
        for metric in seed.metrics
    }
