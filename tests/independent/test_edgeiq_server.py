"""The independent EdgeIQ without a defect is right: refusals, lists, devices and bulk actions."""

from __future__ import annotations

import json
import re
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

from tests.independent import edgeiq_server
from tests.independent.edgeiq_client import (
    ADMIN,
    FAULT,
    OTHER,
    PARENT,
    VIEWER,
    Client,
    command,
    company,
    configuration,
    device,
    fleet,
    kind,
    row,
    setting,
)

HERE = Path(__file__).parent
NOBODY = "f" * 24
DEEP = b'{"metadata": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
MINE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15]
MASTS = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14]
UNSET = {"heartbeat_period": None, "heartbeat_values": [], "tags": [], "metadata": {}}
AS_SENT = {"Authorization": f"Bearer {ADMIN}"}
PLAIN_TEXT = {"Content-Type": "text/plain"}
UNTYPED = {"Content-Type": ""}
ILLEGAL = (
    '"unique_id" can only contain lower case letters, numbers '
    'or the special charaters "-", ":", or "_"'
)


class Sent(NamedTuple):
    """One call of the table and the status it must get."""

    want: int
    method: str
    path: str
    body: Any = None
    token: str | None = ADMIN
    headers: dict[str, str] | None = None


def acting(want: int, number: int, action: str, token: str = ADMIN, **more: Any) -> Sent:
    body = {"action": action, **more}
    return Sent(want, "POST", f"/fleets/{fleet(number)}/actions", body, token)


def creating(want: int, token: str = ADMIN, **more: Any) -> Sent:
    return Sent(want, "POST", "/devices", row(**more), token)


def putting(want: int, number: int, token: str = ADMIN, **more: Any) -> Sent:
    return Sent(want, "PUT", f"/devices/{device(number)}", row(**more), token)


def sending(want: int, token: str = ADMIN, **more: Any) -> Sent:
    """send_configuration; None leaves a member out."""
    whole = {
        "configuration_id": configuration(1),
        "setting_id": setting(1),
        "setting_command_id": "any",
        **more,
    }
    sent = {name: value for name, value in whole.items() if value is not None}
    return acting(want, 1, "send_configuration", token, **sent)


D1, D21 = f"/devices/{device(1)}", f"/devices/{device(21)}"
ACT1, ACT4 = f"/fleets/{fleet(1)}/actions", f"/fleets/{fleet(4)}/actions"
TAGS = {"action": "add_tags", "tags": ["x"]}

REFUSED = [
    # routes before tokens
    Sent(404, "GET", "/users", token=None),
    Sent(404, "GET", "/devices/", token=None),
    Sent(405, "PATCH", D1, b"{", None),
    Sent(405, "POST", "/fleets", {}, None),
    Sent(405, "GET", ACT1, token=None),
    # 401
    Sent(401, "GET", "/devices?page=0", token=None),
    Sent(401, "GET", "/fleets?page=0", token="eiq_nobody"),
    Sent(401, "GET", "/devices", None, None, AS_SENT),
    Sent(401, "POST", ACT1, b"{", None),
    Sent(401, "PUT", D1, b"{", "EIQ_NORTH_ADMIN"),
    # the role before the body, where the resource is visible
    Sent(403, "POST", ACT1, b"{", VIEWER),
    Sent(403, "POST", "/devices", b"{", VIEWER, PLAIN_TEXT),
    creating(403, VIEWER),
    Sent(403, "PUT", D1, b"{", VIEWER),
    putting(403, 1, VIEWER),
    Sent(403, "DELETE", D1, None, VIEWER),
    acting(403, 1, "issue_command", VIEWER, command_id=NOBODY),
    acting(403, 1, "add_tags", VIEWER, tags=["x"]),
    # the shape before the lookup
    Sent(400, "POST", ACT4, b"{"),
    Sent(400, "POST", ACT4, b"{", VIEWER),
    Sent(400, "POST", f"/fleets/{NOBODY}/actions", {"action": "add_tags"}),
    Sent(400, "PUT", D21, {"name": "x"}),
    Sent(400, "PUT", D21, {"name": "x"}, VIEWER),
    Sent(404, "POST", ACT4, TAGS),
    Sent(404, "POST", ACT4, TAGS, VIEWER),
    Sent(404, "POST", f"/fleets/{fleet(5)}/actions", TAGS, VIEWER),
    putting(404, 21, VIEWER),
    putting(404, 10),
    Sent(404, "DELETE", D21, None, VIEWER),
    Sent(404, "DELETE", f"/devices/{device(10)}"),
    # nobody's records
    Sent(404, "GET", D21),
    Sent(404, "DELETE", D21),
    Sent(404, "GET", f"/devices/{device(31)}"),
    Sent(404, "GET", f"/devices/{device(10)}"),
    Sent(404, "GET", f"/devices/{device(13).upper()}"),
    Sent(404, "GET", "/devices/abc"),
    Sent(404, "GET", "/fleets/abc"),
    Sent(404, "GET", f"/fleets/{fleet(4)}"),
    Sent(404, "GET", f"/fleets/{fleet(5)}"),
    Sent(404, "GET", f"/bulk_responses/{NOBODY}"),
    Sent(404, "POST", "/fleets/abc/actions", TAGS),
    # bodies that cannot be read
    Sent(400, "POST", "/devices", []),
    Sent(400, "POST", "/devices"),
    Sent(400, "POST", "/devices", row(), headers=PLAIN_TEXT),
    Sent(400, "POST", ACT1, TAGS, headers=UNTYPED),
    Sent(400, "POST", ACT1, b'{"action": "add_tags", "tags": ["\xff"]}'),
    Sent(400, "POST", ACT1, b'{"action": "add_metadata", "metadata": {"a": NaN}}'),
    Sent(400, "POST", ACT1, b'{"action": "add_metadata", "metadata": {"a": 1e999}}'),
    Sent(400, "POST", ACT1, DEEP),
    # devices: shape, then what is named, then the duplicate
    Sent(400, "POST", "/devices", {"name": "x", "unique_id": "x"}),
    Sent(400, "POST", "/devices", {"name": "x", "device_type_id": kind(1)}),
    Sent(400, "PUT", D1, {"name": "x", "unique_id": "n-gw:0001"}),
    creating(400, name=""),
    creating(400, name="x" * 256),
    putting(400, 1, name="x" * 256),
    creating(400, unique_id=""),
    creating(400, unique_id="x" * 256),
    creating(400, unique_id="T-1"),
    creating(400, unique_id="t 1"),
    creating(400, unique_id="t-1\n"),
    creating(400, device_type_id="A0" + kind(1)[2:]),
    creating(400, company_id="north"),
    putting(400, 1, company_id="north", unique_id="n-gw:0001"),
    creating(400, heartbeat_period=0),
    creating(400, heartbeat_period=1.5),
    creating(400, heartbeat_period=True),
    creating(400, heartbeat_values=[1]),
    creating(400, tags=["x", ""]),
    creating(400, tags="x"),
    creating(400, metadata=[]),
    creating(404, device_type_id=NOBODY, unique_id="n-gw:0001"),
    creating(404, company_id=NOBODY, unique_id="n-gw:0001"),
    creating(404, company_id=company(3)),
    creating(404, company_id=company(1)),
    creating(400, unique_id="n-gw:0001"),
    creating(400, unique_id="s-gw:0021"),
    putting(404, 1, device_type_id=NOBODY, unique_id="n-gw:0004"),
    putting(400, 1, unique_id="n-gw:0004"),
    # the bodies of the actions
    Sent(400, "POST", ACT1, {}),
    Sent(400, "POST", ACT1, {"action": None}),
    acting(400, 1, "reboot"),
    acting(400, 1, "issue_command"),
    acting(400, 1, "issue_command", command_id=command(1), gateway_command="reboot"),
    acting(400, 1, "issue_command", command_id=None, gateway_command="reboot"),
    acting(400, 1, "issue_command", gateway_command="dance"),
    acting(400, 1, "issue_command", command_id="b1"),
    acting(404, 1, "issue_command", command_id=NOBODY),
    acting(404, 1, "issue_command", command_id=command(3)),
    acting(404, 1, "issue_command", command_id=command(4)),
    acting(404, 4, "issue_command", command_id=command(3)),
    acting(400, 1, "add_tags"),
    acting(400, 1, "add_tags", tags=[]),
    acting(400, 1, "add_tags", tags=[""]),
    acting(400, 1, "add_tags", tags=None),
    acting(400, 1, "add_metadata"),
    acting(400, 1, "add_metadata", metadata={}),
    acting(400, 1, "add_metadata", metadata=[1]),
    acting(400, 1, "update_heartbeat"),
    acting(400, 1, "update_heartbeat", heartbeat_period=0),
    acting(400, 1, "update_heartbeat", heartbeat_period=2.5),
    acting(400, 1, "update_heartbeat", heartbeat_period=5, heartbeat_values=None),
    acting(400, 1, "update_heartbeat", heartbeat_values=[1]),
    sending(400, configuration_id=None),
    sending(400, setting_id=None),
    sending(400, setting_command_id=None),
    sending(400, setting_command_id=""),
    sending(400, setting_version=-1),
    sending(400, setting_id="x"),
    sending(404, configuration_id=NOBODY),
    sending(404, configuration_id=configuration(3), setting_id=setting(4)),
    sending(404, setting_id=NOBODY),
    sending(404, setting_id=setting(3)),
    sending(404, setting_id=setting(5)),
    acting(400, 2, "add_tags", tags=[]),
    Sent(500, "POST", ACT1, TAGS, headers=FAULT),
    Sent(404, "POST", ACT4, TAGS, headers=FAULT),
    # queries
    *(
        Sent(400, "GET", path)
        for path in (
            "/devices?page=0", "/devices?page=-1", "/devices?page=x", "/devices?page=1.5",
            "/devices?per_page=0", "/devices?per_page=1001", "/fleets?per_page=1001",
            "/bulk_responses?page=0", "/devices?page_meta=yes", "/devices?page_meta=1",
            "/devices?order_by=tags", "/devices?order_by=--name", "/devices?order_by=Name",
            "/fleets?order_by=unique_id", "/bulk_responses?order_by=total",
            "/devices?name_inc=x", "/devices?tags_like=x", "/devices?heartbeat_period_like=1",
            "/devices?device_type_id_gt=" + kind(1), "/devices?created_at_in=2024-05-03T00:00:00Z",
            "/fleets?name_gt=x", "/bulk_responses?type_like=x", "/devices?heartbeat_period=0",
            "/devices?heartbeat_period_in=60,x", "/devices?device_type_id=a",
            "/devices?device_type_id_in=" + kind(1).upper(), "/devices?created_at=2024-05-03",
            "/devices?created_at_gt=2024-05-03T09:15:00",
            "/devices?created_at=2024-13-03T00:00:00Z",
            "/devices?created_at_lt=2024-05-03T09:15:00+02:00",
            "/devices?name_in=a,,b", "/devices?tags_nin=,", "/bulk_responses?type=reboot",
            "/bulk_responses?status_in=done",
        )
    ),
]  # fmt: skip

LISTED: list[tuple[dict[str, Any], list[int]]] = [
    ({"name": "Sensor"}, [3, 5]),
    ({"name_eq": "Mast 1"}, [1]),
    ({"name": "mast 1"}, []),
    ({"name_ne": "Sensor"}, [n for n in MINE if n not in (3, 5)]),
    ({"name_like": "MAST"}, [1, 2, 4, 6, 14]),
    ({"name_like": "ÜRI"}, [8]),
    ({"name_like": "%"}, []),
    ({"name_gt": "Uplink"}, [2, 7, 8, 9, 15]),
    ({"name_gte": "Uplink"}, [2, 7, 8, 9, 12, 15]),
    ({"name_lt": "Lamp"}, [11]),
    ({"name_lte": "Lamp"}, [11, 13]),
    ({"name_in": "Lamp,Sensor"}, [3, 5, 13]),
    ({"name_nin": "Lamp,Sensor"}, [n for n in MINE if n not in (3, 5, 13)]),
    ({"unique_id": "n-gw:0004"}, [4]),
    ({"unique_id_eq": "n-gw:0004"}, [4]),
    ({"unique_id_like": "N-BC"}, [2, 13]),
    ({"unique_id_gt": "n-se:0011"}, [7]),
    ({"unique_id": "s-gw:0021"}, []),
    ({"tags": "roof,north"}, [1]),
    ({"tags_eq": "north,roof"}, [2]),
    ({"tags": "roof"}, [3]),
    ({"tags_ne": "roof"}, [n for n in MINE if n != 3]),
    ({"tags_inc": "roof"}, [1, 2, 3, 6]),
    ({"tags_inc": "oof"}, []),
    ({"tags_in": "demo,cellar"}, [6, 8, 9, 13]),
    ({"tags_nin": "roof,demo"}, [4, 5, 7, 9, 11, 12, 14, 15]),
    ({"heartbeat_period": 60}, [1, 4, 15]),
    ({"heartbeat_period_eq": 60}, [1, 4, 15]),
    ({"heartbeat_period_ne": 60}, [n for n in MINE if n not in (1, 4, 15)]),
    ({"heartbeat_period_gt": 300}, [5, 9]),
    ({"heartbeat_period_gte": 300}, [3, 5, 8, 9]),
    ({"heartbeat_period_lt": 60}, [7, 11]),
    ({"heartbeat_period_lte": 60}, [1, 4, 7, 11, 15]),
    ({"heartbeat_period_in": "10,30"}, [7, 11]),
    ({"heartbeat_period_nin": "60,300"}, [2, 5, 6, 7, 9, 11, 12, 13, 14]),
    ({"device_type_id": kind(3)}, [5, 12]),
    ({"device_type_id_ne": kind(1)}, [2, 3, 5, 7, 9, 11, 12, 13]),
    ({"device_type_id_in": kind(3) + "," + kind(4)}, [2, 5, 7, 12, 13]),
    ({"device_type_id_nin": kind(1) + "," + kind(2)}, [2, 5, 7, 12, 13]),
    ({"created_at": "2024-05-03T09:20:00Z"}, [5, 6]),
    ({"created_at_eq": "2024-05-03T11:20:00.000+02:00"}, [5, 6]),
    ({"created_at_ne": "2024-05-03t09:20:00z"}, [n for n in MINE if n not in (5, 6)]),
    ({"created_at_gt": "2024-05-03T09:28:00Z"}, [14, 15]),
    ({"created_at_gt": "2024-05-03T09:28:59.99999Z"}, [14, 15]),
    ({"created_at_gte": "2024-05-03T09:28:00Z"}, [13, 14, 15]),
    ({"created_at_lt": "2024-05-03T05:17:00-04:00"}, [1]),
    ({"created_at_lte": "2024-05-03T09:17:00Z"}, [1, 2]),
    ({"heartbeat_period": 60, "tags_inc": "roof"}, [1]),
    ({"name": "Sensor", "name_eq": "Lamp"}, []),
    ({"name_gt": "Sensor", "name_lt": "a"}, [8, 12, 15]),
    ({"sort": "name", "heartbeat": "", "between": 5}, MINE),
    ({"order_by": "name"}, [11, 13, 1, 4, 6, 14, 3, 5, 12, 15, 8, 7, 9, 2]),
    ({"order_by": "-name"}, [2, 9, 7, 8, 15, 12, 3, 5, 14, 6, 4, 1, 13, 11]),
    ({"order_by": "unique_id"}, [2, 13, 1, 4, 6, 8, 14, 15, 5, 12, 3, 9, 11, 7]),
    ({"order_by": "heartbeat_period"}, [11, 7, 1, 4, 15, 14, 3, 8, 9, 5, 2, 6, 12, 13]),
    ({"order_by": "-heartbeat_period"}, [5, 9, 3, 8, 14, 1, 4, 15, 7, 11, 2, 6, 12, 13]),
    ({"order_by": "device_type_id"}, [1, 4, 6, 8, 14, 15, 3, 9, 11, 5, 12, 2, 7, 13]),
    ({"order_by": "created_at"}, MINE),
    ({"order_by": "-created_at"}, [15, 14, 13, 12, 11, 9, 8, 7, 5, 6, 4, 3, 2, 1]),
    ({"page": 1, "per_page": 4}, [1, 2, 3, 4]),
    ({"page": 2, "per_page": 4}, [5, 6, 7, 8]),
    ({"page": 4, "per_page": 4}, [14, 15]),
    ({"page": 5, "per_page": 4}, []),
    ({"page": "9" * 900}, []),
    ({"per_page": 1000}, MINE),
    ({"per_page": 2, "page": 2, "order_by": "-heartbeat_period"}, [3, 8]),
]  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with edgeiq_server.start() as running:
        yield running.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        client.reset()
        yield client


def snapshot(client: Client) -> list[Any]:
    kinds = ("devices", "fleets", "bulk_responses")
    return [client.get("/" + kind, PARENT).json for kind in kinds]


def shows_an_error(client: Client, sent: Sent) -> bool:
    """Whether a call is refused as the table says, in the envelope of errors."""
    reply = client.send(sent.method, sent.path, sent.body, sent.token, sent.headers)
    assert (reply.status, reply.headers["Content-Type"]) == (sent.want, "application/json"), sent
    assert reply.json["error"]
    if sent.want in (400, 404):
        messages = reply.json["messages"]
        assert isinstance(messages, list)
        assert messages
        assert all(messages)
    return True


@pytest.mark.parametrize("at", range(0, len(REFUSED), 5))
def test_refusals_leave_no_trace(client: Client, at: int) -> None:
    before = snapshot(client)
    assert all(shows_an_error(client, sent) for sent in REFUSED[at : at + 5])
    assert snapshot(client) == before


@pytest.mark.parametrize(("query", "want"), LISTED, ids=lambda v: str(v)[:40])
def test_list(client: Client, query: dict[str, Any], want: list[int]) -> None:
    assert client.names(**query) == want


def test_list_in_an_envelope(client: Client) -> None:
    page = client.get("/devices", page_meta="true", per_page=3, page=2, tags_nin="roof").json
    assert [row["_id"] for row in page.pop("resources")] == [device(n) for n in (8, 9, 11)]
    assert page == {"page": 2, "per_page": 3, "total": 10}
    whole = client.get("/devices", page_meta="true").json
    assert (whole["per_page"], whole["total"], len(whole["resources"])) == (100, 14, 14)
    beyond = client.get("/fleets", page_meta="true", page=9, per_page=2).json
    assert beyond == {"page": 9, "per_page": 2, "total": 5, "resources": []}
    assert client.get("/devices", page_meta="false").json == whole["resources"]
    assert client.get("/devices").json == [client.device(n) for n in MINE]


def test_companies_bound_the_view(client: Client) -> None:
    south, group = [21, 22, 23, 24], [31, 32]
    assert client.names(token=VIEWER) == client.names() == MINE
    assert client.names(token=OTHER) == south
    assert client.names(token=PARENT) == MINE + south + group
    assert client.names("fleets") == [1, 2, 3, 6, 7]
    assert client.names("fleets", OTHER) == [4]
    assert client.names("fleets", PARENT) == [1, 2, 3, 4, 5, 6, 7]
    assert client.get(D21, PARENT).status == client.get(D1, VIEWER).status == 200
    assert client.get(f"/fleets/{fleet(4)}", PARENT).json["company_id"] == company(3)
    assert client.get("/bulk_responses", VIEWER).json == []


def test_lists_of_fleets(client: Client) -> None:
    every = [1, 2, 3, 4, 5, 6, 7]
    assert client.names("fleets", PARENT, name="Roof") == [4, 6]
    assert client.names("fleets", PARENT, name_ne="Roof") == [1, 2, 3, 5, 7]
    assert client.names("fleets", PARENT, name_like="AS") == [1, 7]
    assert client.names("fleets", PARENT, name_in="cellar,Masts") == [1, 3]
    assert client.names("fleets", PARENT, name_nin="cellar,Masts") == [2, 4, 5, 6, 7]
    assert client.names("fleets", PARENT, order_by="name") == [7, 5, 1, 4, 6, 2, 3]
    assert client.names("fleets", PARENT, order_by="-name") == [3, 2, 4, 6, 1, 5, 7]
    assert client.names("fleets", PARENT, order_by="-created_at") == every[::-1]
    assert client.names("fleets", PARENT, page=2, per_page=3) == [4, 5, 6]


def test_fields(client: Client) -> None:
    common = ["_id", "origin", "created_at", "updated_at", "company_id", "user_id"]
    own = [
        "name", "unique_id", "device_type_id", "heartbeat_period", "heartbeat_values", "tags",
        "metadata", "last_command", "settings",
    ]  # fmt: skip
    assert list(client.device(1)) == common + own
    assert client.device(6) == client.device(6) == {
        "_id": device(6), "origin": "import", "created_at": "2024-05-03T09:20:00.000Z",
        "updated_at": "2024-05-03T09:20:00.006Z", "company_id": company(2), "user_id": None,
        "name": "Mast 3", "unique_id": "n-gw:0006", "device_type_id": kind(1),
        **UNSET, "tags": ["roof", "north", "demo"], "last_command": None, "settings": [],
    }  # fmt: skip
    assert client.device(14)["tags"] == []
    assert client.device(1)["last_command"] == {"gateway_command": "status"}
    assert client.get(f"/fleets/{fleet(3)}").json == {
        "_id": fleet(3), "origin": "console", "created_at": "2024-05-03T09:08:00.000Z",
        "updated_at": "2024-05-03T09:08:00.000Z", "company_id": company(2), "user_id": None,
        "name": "cellar", "device_ids": [device(9), device(10), device(8)],
    }  # fmt: skip
    head = client.send("HEAD", D1)
    assert (head.status, head.text) == (200, "")
    assert client.send("PATCH", D1).headers["Allow"] == "DELETE, GET, HEAD, PUT"


def test_create(client: Client) -> None:
    reply = client.create(
        name="x" * 255, unique_id="t:0_1-", tags=["a", "a"], heartbeat_period=60.0,
        metadata={"a": [None, 1.5]}, foo=1, _id=device(1), origin="me", last_command={"a": 1},
    )  # fmt: skip
    made = reply.json
    assert reply.status == 200
    assert made == client.get("/devices/" + made["_id"]).json
    assert re.fullmatch("[0-9a-f]{24}", made["_id"])
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["created_at"])
    assert made == made | {
        "origin": "api", "user_id": None, "company_id": company(2), "name": "x" * 255,
        "tags": ["a", "a"], "heartbeat_period": 60, "heartbeat_values": [],
        "metadata": {"a": [None, 1.5]}, "last_command": None, "settings": [],
        "updated_at": made["created_at"],
    }  # fmt: skip
    assert client.names() == [*MINE, "x" * 255]
    bare = client.create(name="x", unique_id="b").json
    assert {name: bare[name] for name in UNSET} == UNSET
    twice = b'{"name": "a", "name": "b", "unique_id": "c", "device_type_id": "%s"}'
    assert client.send("POST", "/devices", twice % kind(4).encode()).json["name"] == "b"


def test_create_in_a_company_below(client: Client) -> None:
    assert client.create(PARENT, unique_id="a").json["company_id"] == company(1)
    made = client.create(PARENT, unique_id="b", company_id=company(3), name="made").json
    assert made["company_id"] == company(3)
    assert client.names(token=OTHER) == [21, 22, 23, 24, "made"]
    assert client.create(OTHER, unique_id="c", company_id=company(3)).status == 200


def test_what_the_vendors_client_reads(client: Client) -> None:
    for reply in (client.create(unique_id="s-gw:0021"), client.put(1, unique_id="s-gw:0021")):
        message = reply.json["messages"][0]
        assert message == "A Device with unique id 's-gw:0021' already exists"
    for reply in (client.create(unique_id="A b"), client.put(1, unique_id="A b")):
        assert reply.json["messages"][0] == ILLEGAL


def test_put_replaces(client: Client) -> None:
    before = client.device(1)
    reply = client.put(
        1, unique_id="n-gw:0001", name="New", company_id=company(3), device_type_id=kind(2)
    )
    after = {
        **before, **UNSET, "name": "New", "device_type_id": kind(2),
        "updated_at": reply.json["updated_at"],
    }  # fmt: skip
    assert reply.status == 200
    assert reply.json == client.device(1) == after
    assert after["updated_at"] > before["updated_at"]
    assert (after["last_command"], len(after["settings"])) == ({"gateway_command": "status"}, 2)
    full = {"tags": ["b", "a"], "heartbeat_values": ["x"], "heartbeat_period": 1}
    again = client.put(1, unique_id="new", metadata={"k": 1}, **full).json
    assert again == again | full | {"metadata": {"k": 1}, "unique_id": "new"}
    assert client.create(unique_id="n-gw:0001").status == 200
    assert client.put(21, PARENT, unique_id="s-2").json["company_id"] == company(3)


def test_refused_put_changes_nothing(client: Client) -> None:
    before = client.device(1)
    assert client.put(1, unique_id="n-gw:0004").status == 400
    assert client.device(1) == before


def test_delete(client: Client) -> None:
    reply = client.delete(9)
    assert (reply.status, reply.text) == (204, "")
    for again in (client.delete(9), client.put(9), client.get(f"/devices/{device(9)}")):
        assert again.status == 404
    assert client.names() == [n for n in MINE if n != 9]
    assert device(9) in client.get(f"/fleets/{fleet(3)}").json["device_ids"]
    assert client.create(unique_id="n-se:0009").status == 200
    assert client.create(unique_id="n-gw:0010").status == 200


def test_bulk_response(client: Client) -> None:
    reply = client.act(3, "issue_command", gateway_command="reboot")
    assert (reply.status, list(reply.json)) == (202, ["bulk_response_id"])
    done = client.watch(reply)[-1]
    entries = done.pop("bulk_response_statuses")
    assert done == {
        "_id": reply.json["bulk_response_id"], "origin": "api", "user_id": None,
        "created_at": done["created_at"], "updated_at": done["updated_at"],
        "company_id": company(2), "type": "issue_command", "total": 3, "success_count": 2,
        "fail_count": 1, "status": "complete",
    }  # fmt: skip
    assert done["updated_at"] > done["created_at"]
    assert [entry["device_id"] for entry in entries] == [device(n) for n in (9, 10, 8)]
    good = {"status": "success", "status_code": 200, "error": None, "messages": []}
    assert entries[0] == {"device_id": device(9), **good}
    lost = entries[1]
    assert (lost["status"], lost["status_code"]) == ("fail", 404)
    assert lost["error"]
    assert all(lost["messages"])
    assert lost["messages"]


def test_progress_is_steady(client: Client) -> None:
    for action, more in (
        ("issue_command", {"gateway_command": "reboot"}),
        ("add_tags", {"tags": ["x"]}),
    ):
        states = client.watch(client.act(1, action, **more))
        assert states[-1]["total"] == 12
        assert states[-1]["type"] == action
        assert {state["status"] for state in states} >= {"processing", "complete"}
        for earlier, later in zip([states[0], *states], states, strict=False):
            seen = earlier["bulk_response_statuses"]
            now = later["bulk_response_statuses"]
            assert now[: len(seen)] == seen
            assert len(now) == later["success_count"] + later["fail_count"]
            assert later["success_count"] >= earlier["success_count"]
            assert later["fail_count"] >= earlier["fail_count"]
            full, some = len(now) == 12, bool(now)
            assert later["status"] == ("complete" if full else "processing" if some else "pending")


def test_effects_are_there_with_their_entry(client: Client) -> None:
    reply = client.act(1, "add_tags", tags=["new"])
    path = "/bulk_responses/" + reply.json["bulk_response_id"]
    seen = 0
    while seen < len(MASTS):
        seen = len(client.get(path).json["bulk_response_statuses"])
        if seen:
            assert "new" in client.device(MASTS[seen - 1])["tags"]


def test_ineligible_devices_fail(client: Client) -> None:
    before = {n: client.device(n) for n in MINE}
    for action, fails, more in (
        ("issue_command", [2, 5, 7, 12, 13], {"command_id": command(2)}),
        (
            "send_configuration",
            [2, 3, 7, 11, 13],
            {
                "configuration_id": configuration(1),
                "setting_id": setting(2),
                "setting_command_id": "any",
            },
        ),
    ):
        done = client.run(1, action, **more)
        failed = [e for e in done["bulk_response_statuses"] if e["status"] == "fail"]
        assert [e["device_id"] for e in failed] == [device(n) for n in fails]
        assert {e["status_code"] for e in failed} == {422}
        assert (done["success_count"], done["fail_count"]) == (7, 5)
        for number in MINE:
            reached = number in MASTS and number not in fails
            changed = client.device(number) != before[number]
            assert changed == reached, (action, number)
        client.reset()


def test_issue_command(client: Client) -> None:
    before = client.device(6)
    client.run(6, "issue_command", command_id=command(1))
    after = client.device(6)
    assert after == before | {
        "last_command": {"command_id": command(1)},
        "updated_at": after["updated_at"],
    }
    assert after["updated_at"] > before["updated_at"]
    client.run(6, "issue_command", gateway_command="restore_backup", tags=5, metadata=None)
    assert client.device(8)["last_command"] == {"gateway_command": "restore_backup"}
    assert client.run(6, "issue_command", PARENT, command_id=command(3))["total"] == 4


def test_add_tags(client: Client) -> None:
    assert client.run(6, "add_tags", tags=["z", "roof", "a", "z"])["success_count"] == 4
    assert client.device(1)["tags"] == ["roof", "north", "z", "a"]
    assert client.device(4)["tags"] == ["z", "roof", "a"]
    assert client.device(8)["tags"] == ["demo", "z", "roof", "a"]
    assert client.device(15)["tags"] == ["bench"]
    assert client.run(7, "add_tags", tags=["x"])["success_count"] == 3


def test_tags_sent_to_a_device_with_repeated_tags(client: Client) -> None:
    assert client.put(1, unique_id="n-gw:0001", tags=["a", "b", "a"]).status == 200
    client.run(6, "add_tags", tags=["b", "c"])
    assert client.device(1)["tags"] == ["a", "b", "c"]


def test_add_metadata(client: Client) -> None:
    client.run(6, "add_metadata", metadata={"net": {"mtu": 9}, "gone": None, "n": 1.5})
    assert client.device(1)["metadata"] == {
        "site": "A", "net": {"mtu": 9}, "gone": None, "n": 1.5,
    }  # fmt: skip
    assert client.device(4)["metadata"] == {"net": {"mtu": 9}, "gone": None, "n": 1.5}


def test_update_heartbeat(client: Client) -> None:
    client.run(6, "update_heartbeat", heartbeat_values=["ram_usage"])
    one = client.device(1)
    assert (one["heartbeat_period"], one["heartbeat_values"]) == (60, ["ram_usage"])
    client.run(6, "update_heartbeat", heartbeat_period=1)
    one = client.device(1)
    assert (one["heartbeat_period"], one["heartbeat_values"]) == (1, ["ram_usage"])
    client.run(6, "update_heartbeat", heartbeat_period=5.0, heartbeat_values=[])
    one = client.device(1)
    assert (one["heartbeat_period"], one["heartbeat_values"]) == (5, [])


def test_send_configuration(client: Client) -> None:
    def send(number: int, version: int | None = None) -> None:
        more = {} if version is None else {"setting_version": version}
        body = sending(202, setting_id=setting(number), **more).body
        assert client.run(6, **body)["success_count"] == 4

    def noted(number: int) -> list[tuple[str, int]]:
        settings = client.device(number)["settings"]
        return [(s["setting_id"], s["setting_version"]) for s in settings]

    send(1)
    assert noted(1) == [(setting(1), 3), (setting(3), 1)]
    assert noted(4) == [(setting(1), 3)]
    send(2, 99)
    assert noted(1) == [(setting(1), 3), (setting(3), 1), (setting(2), 99)]
    send(1, 0)
    send(2, 1)
    assert noted(4) == [(setting(1), 3), (setting(2), 1)]
    assert list(client.device(4)["settings"][0]) == [
        "configuration_id", "setting_id", "setting_version",
    ]  # fmt: skip


def test_two_actions_apply_in_order(client: Client) -> None:
    replies = [client.act(1, "add_metadata", metadata={"turn": n}) for n in range(3)]
    for reply in replies:
        client.watch(reply)
    assert {client.device(n)["metadata"]["turn"] for n in MASTS} == {2}


def test_empty_fleet(client: Client) -> None:
    reply = client.act(2, "add_tags", tags=["x"])
    done = client.get("/bulk_responses/" + reply.json["bulk_response_id"]).json
    assert (reply.status, done["status"], done["total"]) == (202, "complete", 0)
    assert done["bulk_response_statuses"] == []


def test_device_deleted_under_way(client: Client) -> None:
    reply = client.act(1, "add_tags", tags=["x"])
    assert client.delete(14).status == 204
    last = client.watch(reply)[-1]["bulk_response_statuses"][-1]
    assert (last["device_id"], last["status_code"]) == (device(14), 404)


def test_bulk_responses_of_companies(client: Client) -> None:
    south = client.act(4, "add_tags", OTHER, tags=["x"]).json["bulk_response_id"]
    north = client.act(6, "add_tags", PARENT, tags=["x"]).json["bulk_response_id"]
    assert client.get("/bulk_responses/" + south).status == 404
    assert client.get("/bulk_responses/" + south, PARENT).json["company_id"] == company(3)
    assert client.get("/bulk_responses/" + north, VIEWER).json["company_id"] == company(2)
    assert [job["_id"] for job in client.get("/bulk_responses", OTHER).json] == [south]
    assert [job["_id"] for job in client.get("/bulk_responses", PARENT).json] == [south, north]


def test_lists_of_bulk_responses(client: Client) -> None:
    def types(**query: Any) -> list[str]:
        return [job["type"] for job in client.get("/bulk_responses", **query).json]

    client.run(6, "issue_command", gateway_command="reboot")
    client.run(2, "add_metadata", metadata={"a": 1})
    client.run(2, "add_tags", tags=["a"])
    client.act(1, "add_metadata", metadata={"a": 1})
    assert types(status="complete") == ["issue_command", "add_metadata", "add_tags"]
    assert types(status_ne="complete") == types(status_in="pending,processing") == ["add_metadata"]
    assert types(order_by="-status")[0] == "add_metadata"
    assert types() == ["issue_command", "add_metadata", "add_tags", "add_metadata"]
    assert types(type="add_tags") == ["add_tags"]
    assert types(type_ne="add_metadata") == ["issue_command", "add_tags"]
    assert types(type_in="add_tags,issue_command") == ["issue_command", "add_tags"]
    assert types(type_nin="add_tags,issue_command") == ["add_metadata"] * 2
    assert types(order_by="type")[2:] == ["add_tags", "issue_command"]
    assert types(order_by="-created_at", per_page=2) == ["add_metadata", "add_tags"]


def test_reset_puts_all_back(client: Client) -> None:
    before = snapshot(client)
    client.put(1)
    client.delete(2)
    client.create(unique_id="x")
    client.act(1, "add_tags", tags=["x"])
    reply = client.reset()
    assert (reply.status, reply.text) == (204, "")
    time.sleep(0.02)
    assert snapshot(client) == before
    assert client.send("GET", "//__reset").status == 404


def test_a_body_must_be_delimited(url: str) -> None:
    parts = urlsplit(url)
    for framing, status in (
        ("Content-Length: two\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", 400),
        ("Content-Length: 8388609\r\n", 413),
    ):
        head = (
            f"PUT {parts.path}{D1} HTTP/1.1\r\nHost: x\r\nAuthorization: {ADMIN}\r\n"
            f"Content-Type: application/json\r\n{framing}\r\n"
        )
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as raw:
            raw.sendall(head.encode() + b"{}")
            raw.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda raw=raw: raw.recv(65536), b"")).decode()
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert json.loads(answer.partition("\r\n\r\n")[2])["error"]


def test_requests_are_atomic(client: Client, url: str) -> None:
    def grab(number: int) -> int:
        with Client(url) as rival:
            return rival.create(unique_id="one", name=str(number)).status

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(grab, range(16))) == [200, *[400] * 15]


def test_close_is_fast_and_ends_connections() -> None:
    running = edgeiq_server.start()
    with Client(running.url) as client:
        assert client.get("/devices").status == 200
        begin = time.perf_counter()
        running.close()
        assert time.perf_counter() - begin < 0.2
        with pytest.raises(OSError, match=r"refused|closed|reset"):
            client.get("/devices")


def test_every_defect_is_switched_at_one_place() -> None:
    source = Path(edgeiq_server.__file__).read_text(encoding="utf-8")
    assert sorted(re.findall(r'has\("([a-z0-9-]+)"\)', source)) == sorted(edgeiq_server.DEFECTS)


def test_command_line() -> None:
    run = [sys.executable, edgeiq_server.__file__]
    listed = subprocess.run([*run, "--list"], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(edgeiq_server.DEFECTS)
    wrong = subprocess.run([*run, "--defect", "nope"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    assert "unknown defect 'nope'" in wrong.stderr


def test_profile_tells_the_truth() -> None:
    profile = tomllib.loads((HERE / "edgeiq_profile.toml").read_text(encoding="utf-8"))
    told = {
        c["token"]: edgeiq_server.Principal(**c["facts"]) for c in profile["credentials"].values()
    }
    assert told == edgeiq_server.CREDENTIALS
    known = profile["known"]
    assert {c["_id"]: c.get("parent_id") for c in known["company"]} == edgeiq_server.PARENTS
    types = {t["_id"]: tuple(t["actions"]) for t in known["device_type"]}
    assert types == edgeiq_server.DEVICE_TYPES
    assert {c["_id"]: c["company_id"] for c in known["command"]} == edgeiq_server.COMMANDS
    configurations = {c["_id"]: c["company_id"] for c in known["configuration"]}
    assert configurations == edgeiq_server.CONFIGURATIONS
    assert {
        s["_id"]: edgeiq_server.Setting(s["company_id"], s["configuration_id"], s["latest_version"])
        for s in known["setting"]
    } == edgeiq_server.SETTINGS
    assert known["fleet"] == [
        {"_id": f.id, "company_id": f.company, "name": f.name, "device_ids": list(f.members)}
        for f in edgeiq_server._fleets()
    ]
    seeds = {seed.id: seed for seed in edgeiq_server._devices()}
    for one in known["device"]:
        seed = seeds[one["_id"]]
        facts = {"_id": seed.id, "company_id": seed.company, "deleted": seed.deleted, **seed.fields}
        assert one == {name: facts[name] for name in one}
