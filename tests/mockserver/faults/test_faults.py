"""Faults on demand: which calls they meet, how often, and what they may do."""

from __future__ import annotations

from random import Random
from statistics import mean
from typing import Any

import pytest

from mockserver import create_app
from mockserver.faults import Delay


def arm(fleet: Any, **fault: Any) -> Any:
    answer = fleet.admin("POST", "/faults", fault)
    assert answer.status_code == 201, answer.text
    return answer.json


def statuses(fleet: Any, times: int, path: str = "/3") -> list[int]:
    return [fleet.get(path).status_code for _ in range(times)]


# -- which calls, how often


def test_the_next_calls_meet_a_fault_and_then_none(fleet: Any) -> None:
    arm(fleet, error="DEVICE_NOT_FOUND", times=2)

    assert statuses(fleet, 3) == [404, 404, 200]
    [fault] = fleet.admin("GET", "/faults").json["faults"]
    assert fault == {"id": "f1", "error": "DEVICE_NOT_FOUND", "times": 2, "left": 0, "fired": 2}


def test_only_the_calls_that_are_meant_meet_a_fault(fleet: Any) -> None:
    arm(fleet, operation="getDevice", request={"urlPathPattern": ".*/3"}, error="DEVICE_NOT_FOUND")

    assert [*statuses(fleet, 1), *statuses(fleet, 1, "/4")] == [404, 200]
    assert fleet.patch(3, {"name": "n"}).status_code == 200


def test_an_operation_without_that_error_never_meets_it(fleet: Any) -> None:
    arm(fleet, error="DEVICE_NOT_FOUND")

    assert fleet.get().status_code == 200


def test_the_seed_decides_which_calls_meet_a_fault(fleet: Any, caller: Any) -> None:
    other, third = caller(fleet.app), caller(fleet.app)
    for one, seed in ((fleet, 1), (other, 1), (third, 2)):
        arm(one, error="DEVICE_NOT_FOUND", probability=0.5, seed=seed)

    met, same, others = (statuses(one, 40) for one in (fleet, other, third))

    assert met == same != others
    assert 8 < met.count(404) < 32


def test_a_fault_is_met_in_its_session_alone(fleet: Any, caller: Any) -> None:
    arm(fleet, error="DEVICE_NOT_FOUND")

    assert caller(fleet.app).get("/3").status_code == 200


def test_a_new_session_has_the_faults_of_the_base(caller: Any) -> None:
    base = caller(create_app(("fleet",)), None)
    arm(base, error="DEVICE_NOT_FOUND", times=1)
    first = caller(base.app)

    assert statuses(first, 2) == [404, 200]
    assert statuses(base, 2) == [404, 200]


def test_faults_are_taken_away_one_by_one_or_all(fleet: Any) -> None:
    first = arm(fleet, error="DEVICE_NOT_FOUND")
    arm(fleet, error="UNAUTHENTICATED")

    assert fleet.admin("DELETE", f"/faults/{first['id']}").status_code == 204
    assert statuses(fleet, 1) == [401]
    assert fleet.admin("DELETE", f"/faults/{first['id']}").status_code == 404
    assert fleet.admin("DELETE", "/faults").status_code == 204
    assert statuses(fleet, 1) == [200]
    assert fleet.admin("GET", "/faults").json == {"faults": []}


def test_a_reset_takes_faults_away(fleet: Any) -> None:
    arm(fleet, error="DEVICE_NOT_FOUND")

    fleet.admin("POST", "/reset")

    assert statuses(fleet, 1) == [200]


# -- what they do


def test_a_declared_error_keeps_its_place_in_the_precedence(fleet: Any) -> None:
    arm(fleet, error="DEVICE_NOT_FOUND")

    assert fleet.get("/3", key="nobody").status_code == 401


def test_a_server_that_fails_changes_nothing(fleet: Any, row: Any) -> None:
    before = fleet.state()
    arm(fleet, operation="createDevices", status=500, times=1)

    answer = fleet.create(row())

    assert (answer.status_code, answer.content_type) == (500, "application/json")
    assert answer.headers["X-Mock-Operation"] == "createDevices"
    assert fleet.state() == before


def test_too_many_requests_tell_when_to_come_back(fleet: Any) -> None:
    arm(fleet, status=429, retryAfter=7, chaos=True)

    answer = fleet.get("/3")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.content_type == "application/problem+json"


def test_a_status_is_met_only_where_it_is_documented(fleet: Any, row: Any) -> None:
    arm(fleet, status=500)

    assert statuses(fleet, 1) == [200]
    assert fleet.create(row()).status_code == 500


def test_chaos_has_any_operation_fail(fleet: Any) -> None:
    arm(fleet, status=503, chaos=True)

    assert statuses(fleet, 1) == [503]


def test_a_choice_of_the_client_does_not_beat_a_failing_server(fleet: Any) -> None:
    arm(fleet, status=503, chaos=True)

    assert fleet.get("/3", headers={"Prefer": "code=200"}).status_code == 503


def test_the_journal_names_the_fault(fleet: Any) -> None:
    arm(fleet, fixedDelayMilliseconds=1)
    fleet.get("/3")

    note = fleet.admin("GET", "/requests?limit=1").json["requests"][0]["note"]

    assert note == "met by f1 of /__admin/faults; held back for 1 ms"


@pytest.mark.parametrize("fault", ["CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE"])
def test_in_process_a_broken_connection_is_an_exception(fleet: Any, fault: str) -> None:
    arm(fleet, fault=fault, times=1)

    with pytest.raises(ConnectionResetError):
        fleet.send("DELETE", "/devices/3")

    assert fleet.get("/3").status_code == 404  # it was done before the answer was lost


def test_a_body_is_cut_short_of_what_its_length_says(fleet: Any) -> None:
    whole = fleet.get("/3").data
    arm(fleet, fault="TRUNCATED_BODY")

    answer = fleet.get("/3")

    assert answer.headers["Content-Length"] == str(len(whole))
    assert answer.data == whole[: len(whole) // 2]


def test_a_body_comes_in_drops_and_is_whole(fleet: Any) -> None:
    whole = fleet.get("/3").data
    arm(fleet, chunkedDribbleDelay={"numberOfChunks": 7, "totalDuration": 1})

    assert fleet.get("/3").data == whole
    head = fleet.send("HEAD", "/devices/3")
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(whole)))


# -- latency


def drawn(delay: Delay) -> list[float]:
    random = Random(1)
    return sorted(delay.drawn(random) for _ in range(4_000))


def test_a_fixed_delay_is_always_the_same() -> None:
    assert {*drawn(Delay.fixed(25))} == {25}


def test_a_normal_delay_is_spread_about_its_mean_and_never_negative() -> None:
    assert 95 < mean(drawn(Delay(mean=100, deviation=20))) < 105
    assert drawn(Delay(mean=0, deviation=50))[0] == 0


def test_a_delay_has_the_percentiles_that_were_asked_for() -> None:
    found = drawn(Delay(points=[(0.5, 40), (0.9, 100), (0.99, 900)]))

    shares = [sum(1 for one in found if one <= most) / len(found) for most in (40, 100, 900)]
    assert shares == pytest.approx([0.5, 0.9, 1], abs=0.03)
    assert found[-1] == 900


# -- what makes no sense


@pytest.mark.parametrize(
    ("fault", "pointer", "said"),
    [
        ({}, "", "the fault does nothing"),
        ({"times": 3}, "", "the fault does nothing"),
        ({"erorr": "X"}, "/erorr", "Did you mean 'error'?"),
        ({"error": "DEVICE_LOST"}, "/error", "DEVICE_NOT_FOUND"),
        ({"operation": "listDevices", "error": "DEVICE_NOT_FOUND"}, "/error", "declared by no"),
        ({"operation": "getDevic", "status": 500}, "/operation", "Did you mean 'getDevice'?"),
        ({"document": "flet", "status": 500}, "/document", "'fleet'"),
        ({"operation": "getDevice", "status": 503}, "/status", '"chaos": true'),
        ({"status": 404}, "/status", "429 or a status from 500"),
        ({"status": True}, "/status", "429 or a status from 500"),
        ({"error": "DEVICE_NOT_FOUND", "fault": "EMPTY_RESPONSE"}, "/fault", "only one of"),
        ({"error": "DEVICE_NOT_FOUND", "retryAfter": 1}, "/retryAfter", "no status"),
        ({"fault": "EXPLODE"}, "/fault", "CONNECTION_RESET_BY_PEER"),
        ({"status": 500, "times": 0}, "/times", "from 1"),
        ({"status": 500, "probability": 1.5}, "/probability", "from 0 to 1"),
        ({"status": 500, "request": {"metod": "GET"}}, "/request/metod", "'method'"),
        ({"fixedDelayMilliseconds": 60_001}, "/fixedDelayMilliseconds", "60,000"),
        ({"delayDistribution": {"type": "flat"}}, "/delayDistribution/type", "percentile"),
        ({"delayDistribution": {"type": "normal"}}, "/delayDistribution", "'mean'"),
        ({"delayDistribution": {"type": "percentile"}}, "/delayDistribution", "p50"),
        (
            {"delayDistribution": {"type": "percentile", "p50": 9, "p90": 1}},
            "/delayDistribution",
            "rise",
        ),
        (
            {"chunkedDribbleDelay": {"numberOfChunks": 0, "totalDuration": 1}},
            "/chunkedDribbleDelay/numberOfChunks",
            "from 1 to 1000",
        ),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_its_place(
    fleet: Any, fault: Any, pointer: str, said: str
) -> None:
    answer = fleet.admin("POST", "/faults", fault)

    assert (answer.status_code, answer.json["pointer"]) == (422, pointer)
    assert said in answer.json["detail"]
    assert fleet.admin("GET", "/faults").json == {"faults": []}


def test_faults_are_bounded(fleet: Any) -> None:
    for _ in range(100):
        arm(fleet, error="DEVICE_NOT_FOUND", times=1)

    assert fleet.admin("POST", "/faults", {"error": "DEVICE_NOT_FOUND"}).status_code == 409
