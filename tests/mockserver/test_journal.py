"""What the journal keeps, and what it never shows."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import create_app
from mockserver.journal import MOST_BODY, MOST_ENTRIES

SECRETS = ["flt_sk_writer", "flt_sk_reader", "flt_sk_other", "flt_sk_orphan", "flt_sk_actorless"]


def newest(fleet: Any) -> Any:
    return fleet.admin("GET", "/requests?limit=1").json["requests"][0]


def test_an_exchange_is_kept_with_what_it_changed(fleet: Any) -> None:
    answer = fleet.patch(3, {"comment": "new"})

    entry = newest(fleet)

    assert entry["id"] == answer.headers["X-Mock-Request-Id"]
    assert (entry["document"], entry["operation"]) == ("fleet", "updateDevice")
    assert entry["request"]["target"] == "/platform/v1/devices/3"
    assert entry["request"]["body"] == '{"comment": "new"}'
    assert entry["answer"]["status"] == 200
    [change] = entry["changes"]
    assert (change["kind"], change["key"]) == ("device", "3")
    assert change["before"] | {"comment": "new"} == change["after"]


def test_a_refusal_is_kept_with_its_rule_and_violations(fleet: Any) -> None:
    fleet.patch(3, {"name": ""})

    entry = newest(fleet)

    assert entry["rule"] == "INVALID_REQUEST"
    assert entry["violations"][0]["pointer"] == "/name"
    assert entry["changes"] == []


def test_what_found_no_route_is_kept(fleet: Any) -> None:
    fleet.send("GET", "/nothing?a=b")

    assert newest(fleet)["request"]["target"] == "/platform/v1/nothing?a=b"


def test_the_newest_comes_first(fleet: Any) -> None:
    for number in (1, 2, 3):
        fleet.get(f"/{number}")

    targets = [one["request"]["target"] for one in fleet.admin("GET", "/requests").json["requests"]]

    assert targets == [f"/platform/v1/devices/{number}" for number in (3, 2, 1)]


def test_admin_calls_are_not_kept(fleet: Any) -> None:
    fleet.admin("GET", "/state")

    assert fleet.admin("GET", "/requests").json == {"requests": [], "total": 0}


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_shown_anywhere(fleet: Any, secret: str) -> None:
    fleet.get(
        f"?search={secret}&x={secret}",
        key=secret,
        headers={"Cookie": f"a={secret}", "X-Api-Key": "k3y"},
    )
    fleet.create({"name": secret, "type": f"x{secret}y", "category": secret, secret: 1})
    fleet.send("GET", f"/{secret}/x")
    fleet.patch(3, {"name": {secret: secret}})

    shown = fleet.admin("GET", "/requests").text

    assert secret not in shown
    assert "k3y" not in shown
    assert shown.count("[redacted]") > 8


def test_a_body_is_cut(fleet: Any) -> None:
    fleet.patch(3, b'{"comment": "' + b"x" * 200_000)

    assert len(newest(fleet)["request"]["body"]) == MOST_BODY


def test_a_secret_is_not_shown_in_part_where_a_body_is_cut(fleet: Any) -> None:
    begun = b'{"comment": "'
    for size in range(3, len(SECRETS[0])):
        fleet.patch(3, begun + b"x" * (MOST_BODY - len(begun) - size) + SECRETS[0].encode() * 2)

        assert newest(fleet)["request"]["body"].endswith("xxx")


def test_the_journal_is_bounded(caller: Any) -> None:
    one = caller(create_app(("fleet",)), None)
    for _ in range(MOST_ENTRIES + 5):
        one.send("GET", "/nothing")

    kept = one.admin("GET", "/requests?limit=1000").json

    assert kept["total"] == len(kept["requests"]) == MOST_ENTRIES
    assert kept["requests"][-1]["id"] == "base.6"


def test_an_entry_is_found_by_its_id_and_all_can_be_forgotten(fleet: Any) -> None:
    name = fleet.get("/3").headers["X-Mock-Request-Id"]

    assert fleet.admin("GET", f"/requests/{name}").json["operation"] == "getDevice"
    assert fleet.admin("GET", "/requests/none").status_code == 404
    assert fleet.admin("DELETE", "/requests").status_code == 204
    assert fleet.admin("GET", "/requests").json["total"] == 0
