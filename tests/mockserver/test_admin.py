"""The admin API: who may call it, and what it does to the state."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import create_app

TOKEN = "the-admin-token"


def ask(headers: dict[str, str], address: str = "127.0.0.1") -> int:
    app = create_app(("fleet",), admin_token=TOKEN, hosts=("mock.internal",))
    environ = {"REMOTE_ADDR": address}
    return (
        app.test_client()
        .get("/__admin/health", headers=headers, environ_overrides=environ)
        .status_code
    )


ALLOWED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        pytest.param({}, "127.0.0.1", 200, id="from this machine"),
        pytest.param({}, "::1", 200, id="from this machine over IPv6"),
        pytest.param({}, "10.0.0.9", 401, id="from elsewhere"),
        pytest.param({}, "", 401, id="from nowhere"),
        pytest.param(ALLOWED, "10.0.0.9", 200, id="from elsewhere with the token"),
        pytest.param({"Authorization": "Bearer x"}, "10.0.0.9", 401, id="with a wrong token"),
        pytest.param({"Authorization": "Bearer \u00e9"}, "10.0.0.9", 401, id="with an odd token"),
        pytest.param({"Origin": "http://localhost"}, "127.0.0.1", 401, id="from a web page"),
        pytest.param({"Origin": "null"}, "127.0.0.1", 401, id="from a page without origin"),
        pytest.param(ALLOWED | {"Origin": "http://a"}, "127.0.0.1", 200, id="page with the token"),
        pytest.param({"X-Forwarded-For": "10.0.0.9"}, "127.0.0.1", 401, id="over a proxy here"),
        pytest.param({"Forwarded": "for=10.0.0.9"}, "127.0.0.1", 401, id="over another proxy"),
        pytest.param(
            ALLOWED | {"X-Forwarded-For": "10.0.0.9"}, "127.0.0.1", 200, id="proxy with the token"
        ),
        pytest.param(
            ALLOWED | {"Host": "10.0.0.2:4010"}, "10.0.0.9", 200, id="as an address, with the token"
        ),
        pytest.param({"Host": "10.0.0.2:4010"}, "10.0.0.9", 401, id="as an address"),
        pytest.param({"Host": "a.localhost"}, "127.0.0.1", 200, id="below localhost"),
        pytest.param({"Host": "localhost.evil.test"}, "127.0.0.1", 403, id="as no localhost"),
        pytest.param({"Host": ""}, "127.0.0.1", 403, id="as nobody"),
        pytest.param({"Host": "localhost:4010"}, "127.0.0.1", 200, id="as localhost"),
        pytest.param({"Host": "[::1]:4010"}, "127.0.0.1", 200, id="as the IPv6 loopback"),
        pytest.param({"Host": "MOCK.internal"}, "127.0.0.1", 200, id="as the bound host"),
        pytest.param({"Host": "evil.test"}, "127.0.0.1", 403, id="as another host"),
        pytest.param({"Host": "127.0.0.1.evil.test"}, "127.0.0.1", 403, id="as a look-alike"),
        pytest.param(
            ALLOWED | {"Host": "evil.test"}, "127.0.0.1", 403, id="rebound, with the token"
        ),
    ],
)
def test_is_open_only_to_its_owner(headers: dict[str, str], address: str, status: int) -> None:
    assert ask(headers, address) == status


def test_a_foreign_host_name_is_told_which_are_known_and_how_to_add_one() -> None:
    app = create_app(("fleet",), hosts=("Mock.internal",))

    answer = app.test_client().get("/__admin/health", headers={"Host": "evil.test"})

    detail = answer.json["detail"]
    assert "under the name 'evil.test', but under localhost, IP addresses, mock.internal." in detail
    assert "--allowed-host NAME" in detail


def test_a_token_is_made_up_when_none_is_given() -> None:
    environ = {"REMOTE_ADDR": "10.0.0.9"}
    headers = {"Authorization": "Bearer "}

    answer = (
        create_app(("fleet",))
        .test_client()
        .get("/__admin/state", headers=headers, environ_overrides=environ)
    )

    assert answer.status_code == 401


def test_tells_what_is_served(fleet: Any) -> None:
    assert fleet.admin("GET", "/health").json == {"status": "ok"}
    [document] = fleet.admin("GET", "/version").json["documents"]
    assert (document["name"], document["base_path"]) == ("fleet", "/platform/v1")


def test_a_session_is_reset_alone(fleet: Any, caller: Any) -> None:
    other = caller(fleet.app)
    for one in (fleet, other):
        one.send("DELETE", "/devices/3")

    assert fleet.admin("POST", "/reset").status_code == 200

    assert fleet.get("/3").status_code == 200
    assert other.get("/3").status_code == 404


def test_the_base_is_reset_to_the_fixtures(caller: Any) -> None:
    base = caller(create_app(("fleet",)), None)
    fresh = base.state()
    base.send("DELETE", "/devices/3")
    base.made()

    base.admin("POST", "/reset")

    assert base.state() == fresh
    assert base.admin("GET", "/requests").json["total"] == 0


def test_shows_the_state_with_what_is_hidden_and_deleted(fleet: Any) -> None:
    state = fleet.admin("GET", "/state").json["fleet"]
    devices = fleet.admin("GET", "/state/device").json["records"]

    assert state["device"] == devices == fleet.admin("GET", "/state/fleet.device").json["records"]
    assert len(devices) == 40
    assert [one["key"] for one in devices if one["deleted"]] == ["38", "39"]
    assert fleet.admin("GET", "/state/device/3").json["record"]["user_id"] == 12


def test_puts_a_record(fleet: Any) -> None:
    record = fleet.admin("GET", "/state/device/3").json["record"]

    changed = fleet.admin("PUT", "/state/device/3", record | {"source": "FLEET"})
    added = fleet.admin(
        "PUT",
        "/state/device/500",
        {"id": 500, "company": "A", "name": "Put", "client_status": "AVAILABLE"},
    )

    assert (changed.status_code, added.status_code) == (200, 201)
    assert fleet.patch(3, {"name": "x"}).json == {"error": "DEVICE_MUTATION_FORBIDDEN"}
    assert fleet.get("/500").json["data"]["name"] == "Put"
    assert fleet.made()["id"] == 501


def test_deletes_a_record_once(fleet: Any) -> None:
    first, second = (fleet.admin("DELETE", "/state/device/3") for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 404)
    assert fleet.get("/3").json == {"error": "DEVICE_NOT_FOUND"}
    assert fleet.admin("GET", "/state/device/3").json["deleted"] is True
    assert fleet.admin("POST", "/reset").status_code == 200
    assert fleet.get("/3").status_code == 200


def test_a_put_company_can_be_removed(fleet: Any) -> None:
    fleet.admin("PUT", "/state/company/A", {"id": "A", "removed": True, "has_administrator": True})

    answer = fleet.create({"name": "n", "type": "t", "category": "c"})

    assert answer.json == {"error": "COMPANY_NOT_FOUND"}


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("device/3", {"company": "A", "client_status": "NOPE"}, 422, "/client_status"),
        ("device/3", {"id": 4, "company": "A", "client_status": "AVAILABLE"}, 422, "/id"),
        ("device/3", {"id": 3, "client_status": "AVAILABLE"}, 422, ""),
        ("device/3", {"id": 3, "company": "B", "client_status": "AVAILABLE"}, 422, "/company"),
        (
            "device/3",
            {"id": 3, "company": "A", "client_status": "AVAILABLE", "ram": "1"},
            422,
            "/ram",
        ),
        (
            "device/3",
            {"id": 3, "company": "A", "client_status": "AVAILABLE", "serial_number": "LZXGX7J8KX"},
            422,
            "/serial_number",
        ),
        ("device/38", {"id": 38, "company": "A", "client_status": "AVAILABLE"}, 422, "/id"),
        ("device/x", {"company": "A", "client_status": "AVAILABLE"}, 422, "/id"),
        (
            "device/3",
            {"id": 3, "company": "A", "client_status": "AVAILABLE", "characteristics": None},
            422,
            "/characteristics",
        ),
        (
            "device/3",
            {
                "id": 3,
                "company": "A",
                "client_status": "AVAILABLE",
                "characteristics": {"wings": 2},
            },
            422,
            "/characteristics/wings",
        ),
        ("device/3", b"[]", 400, None),
        ("device/3", b"{", 400, None),
        ("device/3", b'{"id": "\\ud800"}', 400, None),
        ("nothing/3", {}, 404, None),
    ],
)
def test_a_wrong_record_is_refused_and_changes_nothing(
    fleet: Any, path: str, body: Any, status: int, pointer: str | None
) -> None:
    before = fleet.state()

    answer = fleet.admin("PUT", f"/state/{path}", body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    if pointer is not None:
        assert pointer in [one["pointer"] for one in answer.json["violations"]]
    assert fleet.state() == before


def test_the_whole_state_is_put_back_as_it_was_told(fleet: Any, caller: Any) -> None:
    before = fleet.admin("GET", "/state").json
    fleet.send("DELETE", "/devices/3")
    fleet.patch(4, {"comment": "changed"})
    fleet.made()

    answer = fleet.admin("PUT", "/state", before)

    assert answer.status_code == 422
    assert "a record that was deleted" in answer.json["detail"]  # ids never come back
    other = caller(fleet.app)
    other.patch(4, {"comment": "changed"})
    other.made()
    assert other.admin("PUT", "/state", before).status_code == 200
    assert other.admin("GET", "/state").json["fleet"]["device"][:40] == before["fleet"]["device"]
    assert other.get("/41").status_code == 404


def test_a_kind_is_put_whole(fleet: Any) -> None:
    device = {"company": "A", "client_status": "AVAILABLE", "name": "x"}
    rows = [{"record": device | {"id": number}} for number in (3, 100)]

    told = fleet.admin("PUT", "/state/device", {"records": rows})

    assert told.status_code == 200, told.text
    living = [one["key"] for one in told.json["records"] if not one["deleted"]]
    assert living == ["3", "100"]
    assert sorted(fleet.ids()) == [3, 100]


def test_unique_values_may_change_places_in_one_put(fleet: Any) -> None:
    told = fleet.admin("GET", "/state/device").json["records"]
    rows = [one for one in told if not one["deleted"]]
    some = [one for one in rows if one["record"]["serial_number"]][:2]
    serials = [one["record"]["serial_number"] for one in some]
    for one, serial in zip(some, reversed(serials), strict=True):
        one["record"]["serial_number"] = serial

    answer = fleet.admin("PUT", "/state/device", {"records": rows})

    assert answer.status_code == 200, answer.text
    now = {one["key"]: one["record"] for one in answer.json["records"]}
    assert [now[one["key"]]["serial_number"] for one in some] == serials[::-1]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("", {"flet": {}}, 404, "no document 'flet'"),
        ("", {"fleet": []}, 422, "an object is expected"),
        ("", {"fleet": {"devices": []}}, 404, "no kind 'fleet.devices'"),
        ("", {"fleet": {"device": {}}}, 422, "a list is expected"),
        ("/device", {}, 422, "there is no 'records'"),
        ("/device", {"records": {}}, 422, "records is {}; expected a list"),
        ("/device", {"records": [3]}, 422, "an object is expected"),
        ("/device", {"records": [{"record": []}]}, 422, "an object is expected"),
        ("/device", {"records": [{"record": {}}]}, 422, "there is no"),
        (
            "/device",
            {
                "records": [
                    {"record": {"id": n, "company": "A", "client_status": "AVAILABLE"} | more}
                    for n, more in ((3, {"serial_number": "S"}), (4, {"serial_number": "S"}))
                ]
            },
            422,
            "is carried by another device",
        ),
    ],
)
def test_a_wrong_state_is_refused_and_changes_nothing(
    fleet: Any, path: str, body: Any, status: int, said: str
) -> None:
    before = fleet.state()

    answer = fleet.admin("PUT", f"/state{path}", body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert said in answer.json["detail"]
    assert fleet.state() == before


@pytest.mark.parametrize(
    ("method", "path", "status", "known"),
    [
        ("GET", "/nothing", 404, "GET /__admin/health"),
        ("GET", "", 404, "GET /__admin/health"),
        ("POST", "/state", 405, "GET /__admin/state"),
        ("GET", "/state/devices", 404, "device"),
        ("GET", "/state/device/999", 404, "3"),
        ("GET", "/state/device/%ff%00", 404, "3"),
        ("GET", "/requests/x", 404, "request"),
        ("GET", "/requests?limit=0", 400, "1 to 1000"),
        ("GET", "/requests?limit=%D9%A1", 400, "1 to 1000"),
        ("POST", "/reset", 400, "64"),
    ],
)
def test_a_wrong_call_is_told_what_is_known(
    fleet: Any, caller: Any, method: str, path: str, status: int, known: str
) -> None:
    one = caller(fleet.app, "bad name") if path == "/reset" else fleet

    answer = one.admin(method, path)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert known in answer.text


def test_a_body_is_not_read_without_end(fleet: Any) -> None:
    much = {"CONTENT_LENGTH": str(65 * 1024 * 1024)}

    answer = fleet.app.test_client().post("/__admin/requests/find", environ_overrides=much)

    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
