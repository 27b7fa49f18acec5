"""The journal, searched and taken away: patterns, near misses, archives, coverage."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mockserver import create_app


def test_requests_are_found_and_counted_by_a_pattern(fleet: Any) -> None:
    fleet.patch(3, {"comment": "a"})
    fleet.patch(4, {"comment": "b"})
    fleet.get("/3")
    wanted = {"method": "PATCH", "bodyPatterns": [{"matchesJsonPath": "$.comment"}]}

    found = fleet.admin("POST", "/requests/find", wanted).json["requests"]

    assert [one["request"]["target"][-1] for one in found] == ["4", "3"]
    assert fleet.admin("POST", "/requests/count", wanted).json == {"count": 2}
    assert fleet.admin("POST", "/requests/count", {"operation": "getDevice"}).json == {"count": 1}
    assert fleet.admin("POST", "/requests/count", {}).json == {"count": 3}
    assert fleet.admin("POST", "/requests/count", {"x": 1}).status_code == 422


def test_a_request_without_operation_is_told_what_it_nearly_was(fleet: Any) -> None:
    fleet.get("/3")
    fleet.send("GET", "/device/3")

    [miss] = fleet.admin("GET", "/requests/unmatched/near-misses").json["nearMisses"]

    assert miss["request"]["request"]["target"] == "/platform/v1/device/3"
    nearest = miss["nearest"][0]
    assert (nearest["operation"], nearest["path"]) == (
        "getDevice",
        "/platform/v1/devices/{device_id}",
    )
    assert nearest["difference"] == "it has 'devices' where the request has 'device'"
    distances = [one["distance"] for one in miss["nearest"]]
    assert distances == sorted(distances)
    assert 0 < distances[0] < 0.3


def test_the_journal_can_be_taken_away_as_an_archive(fleet: Any) -> None:
    fleet.get("?search=a%20b")
    fleet.patch(3, {"comment": "new"})

    log = fleet.admin("GET", "/requests?format=har").json["log"]

    assert (log["version"], log["creator"]["name"]) == ("1.2", "conformock")
    got, patched = log["entries"]
    assert got["request"]["url"] == "http://localhost/platform/v1/devices?search=a%20b"
    assert got["request"]["queryString"] == [{"name": "search", "value": "a b"}]
    assert "postData" not in got["request"]
    assert patched["request"]["postData"] == {
        "mimeType": "application/json",
        "text": '{"comment": "new"}',
    }
    assert patched["response"]["status"] == 200
    assert json.loads(patched["response"]["content"]["text"])["data"]["comment"] == "new"
    assert got["startedDateTime"].endswith("Z")


@pytest.mark.parametrize("query", ["format=xml", "limit=0"])
def test_a_wrong_way_of_asking_is_refused(fleet: Any, query: str) -> None:
    assert fleet.admin("GET", f"/requests?{query}").status_code == 400


def row(fleet: Any, operation: str) -> Any:
    rows = fleet.admin("GET", "/coverage").json["operations"]
    return next(one for one in rows if one["operation"] == operation)


def test_coverage_counts_what_was_served(fleet: Any) -> None:
    for number in (3, 3, 999):
        fleet.get(f"/{number}")

    assert row(fleet, "getDevice") == {
        "document": "fleet",
        "operation": "getDevice",
        "statuses": {"200": 2, "401": 0, "404": 1},
        "problems": {"UNAUTHENTICATED": 0, "DEVICE_NOT_FOUND": 1},
    }
    total = fleet.admin("GET", "/coverage").json["total"]
    assert (total["statuses"]["served"], total["problems"]["served"]) == (2, 1)
    assert total["statuses"]["known"] > 15


def test_coverage_outlives_the_journal_but_no_reset(fleet: Any) -> None:
    fleet.get("/3")
    fleet.admin("DELETE", "/requests")
    assert row(fleet, "getDevice")["statuses"]["200"] == 1

    fleet.admin("POST", "/reset")

    assert row(fleet, "getDevice")["statuses"]["200"] == 0


# -- events


def events(data: bytes) -> list[tuple[int, Any]]:
    found = []
    for block in data.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            assert lines["event"] == "request"
            found.append((int(lines["id"]), json.loads(lines["data"])))
    return found


def test_events_tell_of_requests_from_the_one_that_was_seen_last(fleet: Any) -> None:
    for number in (3, 4, 5):
        fleet.get(f"/{number}")

    answer = fleet.admin("GET", "/events", headers={"Last-Event-ID": "1"})

    assert answer.content_type == "text/event-stream"
    found = events(answer.data)
    assert [number for number, _ in found] == [2, 3]
    assert [one["request"]["target"][-1] for _, one in found] == ["4", "5"]
    assert found[-1][1] == fleet.admin("GET", "/requests?limit=1").json["requests"][0]
    assert fleet.admin("GET", "/events").data == b""
    assert len(events(fleet.admin("GET", "/events?since=0").data)) == 3


def test_events_go_on_with_what_comes(fleet: Any) -> None:
    with fleet.stream("/events") as stream:
        assert next(stream) == b"retry: 1000\n\n"
        fleet.get("/3")
        [(number, told)] = events(next(stream))

    assert (number, told["operation"]) == (1, "getDevice")


def test_events_begin_anew_with_the_session(fleet: Any) -> None:
    fleet.get("/3")
    with fleet.stream("/events?since=0") as stream:
        next(stream)
        assert len(events(next(stream))) == 1
        fleet.admin("POST", "/reset")
        fleet.get("/4")
        [(number, told)] = events(next(stream))

    assert (number, told["request"]["target"][-1]) == (1, "4")


def test_streams_are_few_and_a_closed_one_makes_room(caller: Any) -> None:
    base = caller(create_app(("fleet",)), None)
    streams = [base.stream("/events") for _ in range(16)]
    for one in streams:
        one.__enter__()

    full = base.admin("GET", "/events", headers={"Accept": "text/event-stream"})
    streams[0].__exit__(None, None, None)

    assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    with base.stream("/events") as stream:
        assert next(stream).startswith(b"retry")
    for one in streams[1:]:
        one.__exit__(None, None, None)


def test_who_only_follows_a_session_does_not_bring_it_back(caller: Any) -> None:
    app = create_app(("fleet",))
    watched, base = caller(app, "watched"), caller(app, None)
    watched.get("/3")
    with watched.stream("/events?since=0") as stream, ThreadPoolExecutor(1) as pool:
        next(stream)
        assert len(events(next(stream))) == 1
        following = pool.submit(next, stream)
        base.admin("DELETE", "/sessions/watched")
        time.sleep(0.3)
        told = base.admin("GET", "/sessions").json["sessions"]
        watched.get("/4")
        [(number, first)] = events(following.result())

    assert [one["name"] for one in told] == [None]
    assert (number, first["request"]["target"][-1]) == (1, "4")


def test_a_wrong_event_id_is_refused(fleet: Any) -> None:
    assert fleet.admin("GET", "/events?since=x").status_code == 400
