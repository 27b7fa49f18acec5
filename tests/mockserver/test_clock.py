"""The admin API's clock and jobs: what they tell, what they change, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver.cli import frozen_at, serve, times
from mockserver.clock import LATEST, Clock
from mockserver.jobs import Pace
from mockserver.server import Options
from tests.mockserver.herd import START, Herder, herder

FROZEN = {"mode": "frozen", "now": "2023-11-14T22:13:20.000000Z"}


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    return herder(tmp_path)


@pytest.fixture
def going(tmp_path: Path) -> Herder:
    """A mock whose real clock is a fake that stands at START."""
    return herder(tmp_path, frozen=None, clock=lambda: START)


def test_the_clock_is_told(herd: Herder, going: Herder) -> None:
    assert herd.admin("GET", "/clock").json == FROZEN
    assert going.admin("GET", "/clock").json == FROZEN | {"mode": "real"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "real"}, ("real", "2023-11-14T22:13:20.000000Z")),
        ({"mode": "frozen"}, ("frozen", "2023-11-14T22:13:20.000000Z")),
        (
            {"mode": "frozen", "now": "2024-05-03T09:15:00Z"},
            ("frozen", "2024-05-03T09:15:00.000000Z"),
        ),
        (
            {"mode": "real", "now": "2024-05-03T09:15:00.25+02:00"},
            ("real", "2024-05-03T07:15:00.250000Z"),
        ),
        (
            {"mode": "frozen", "now": "1970-01-01T00:00:00Z"},
            ("frozen", "1970-01-01T00:00:00.000000Z"),
        ),
        (
            {"mode": "frozen", "now": "9999-12-31T23:59:59Z"},
            ("frozen", "9999-12-31T23:59:59.000000Z"),
        ),
    ],
)
def test_the_clock_is_set(going: Herder, given: Any, told: tuple[str, str]) -> None:
    answer = going.admin("PUT", "/clock", given)

    assert (answer.status_code, answer.json["mode"], answer.json["now"]) == (200, *told)
    assert answer.json["jobs"] == []
    assert going.admin("GET", "/clock").json == {"mode": told[0], "now": told[1]}


def test_the_clock_is_advanced_whether_it_goes_or_stands(herd: Herder, going: Herder) -> None:
    for one in (herd, going):
        one.advance(3600)
        assert one.advance(0.5).json["now"] == "2023-11-14T23:13:20.500000Z"
    assert going.admin("GET", "/clock").json["mode"] == "real"


def test_a_scaled_clock_goes_faster_from_where_it_is(tmp_path: Path) -> None:
    now = [START]
    one = herder(tmp_path, frozen=None, clock=lambda: now[0])
    run = one.shear(tag="x")

    told = one.admin("PUT", "/clock", {"mode": "scaled", "factor": 64}).json
    now[0] += 1 / 256

    assert (told["mode"], told["factor"]) == ("scaled", 64)
    assert told["now"] == "2023-11-14T22:13:20.000000Z"
    assert one.progress(run)[1] == 2  # 0.25 seconds have passed, at ten items a second
    made = one.api("POST", "/sheep", {"name": "new"}).json
    assert made["created_at"] == "2023-11-14T22:13:20.250Z"
    assert one.advance(3600).json["now"] == "2023-11-14T23:13:20.250000Z"
    now[0] += 1
    assert one.admin("GET", "/clock").json["now"] == "2023-11-14T23:14:24.250000Z"
    fork = Herder(one.app, "fork")
    assert fork.admin("GET", "/clock").json == one.admin("GET", "/clock").json


def test_a_scaled_clock_goes_slower_and_is_set_to_a_time(going: Herder) -> None:
    given = {"mode": "scaled", "factor": 0.5, "now": "2024-05-03T09:15:00Z"}

    told = going.admin("PUT", "/clock", given).json

    assert (told["factor"], told["now"]) == (0.5, "2024-05-03T09:15:00.000000Z")


def test_a_clock_never_shows_what_no_time_can_write() -> None:
    now = [0.0]
    clock = Clock(lambda: now[0])
    clock.set("scaled", LATEST - 1, factor=100.0)
    now[0] += 10

    assert clock.now() == LATEST


def test_a_stepped_clock_goes_by_being_looked_at(herd: Herder) -> None:
    told = herd.admin("PUT", "/clock", {"mode": "stepped", "step": 0.5}).json

    first, second = (herd.api("POST", "/sheep", {"name": name}).json for name in "ab")

    assert (told["mode"], told["step"]) == ("stepped", 0.5)
    assert first["created_at"] < second["created_at"]
    looked = [herd.admin("GET", "/clock").json["now"] for _ in range(2)]
    assert looked[0] == looked[1]  # who asks for the time does not move it


def test_to_advance_tells_what_has_changed(herd: Herder) -> None:
    herd.shear(tag="x")

    told = herd.advance(0.2).json

    assert told["changed"] == {"sheep": 2, "run": 1}
    assert [(one["done"], one["state"]) for one in told["jobs"]] == [(2, "shearing")]
    assert herd.advance(60).json["changed"] == {"sheep": 2, "run": 1}
    assert herd.advance(60).json["changed"] == {}


@pytest.mark.parametrize(
    ("speed", "clock", "line"),
    [
        (60.0, "real", "clock       goes 60 times as fast"),
        (
            0.5,
            "2024-05-03T09:15:00Z",
            "clock       goes 0.5 times as fast from 2024-05-03T09:15:00.000000Z on",
        ),
    ],
)
def test_the_speed_of_the_start_is_told(speed: float, clock: str, line: str) -> None:
    options = Options(("fleet",), frozen=frozen_at(clock), speed=speed)

    assert [*times(options)] == [line]


def test_a_reset_starts_a_scaled_clock_again(tmp_path: Path) -> None:
    now = [5.0]
    one = herder(tmp_path, clock=lambda: now[0], speed=10.0)
    now[0] += 6
    assert one.admin("GET", "/clock").json["now"] == "2023-11-14T22:14:20.000000Z"

    one.admin("POST", "/reset")

    assert one.admin("GET", "/clock").json["now"] == "2023-11-14T22:13:20.000000Z"
    now[0] += 1
    assert one.admin("GET", "/clock").json["now"] == "2023-11-14T22:13:30.000000Z"


def test_the_real_clock_comes_back(herd: Herder, tmp_path: Path) -> None:
    one = herder(tmp_path, clock=lambda: 1_800_000_000.0)
    one.advance(5)

    assert one.admin("PUT", "/clock", {"mode": "real"}).json["now"] == "2027-01-15T08:00:00.000000Z"


def test_a_clock_that_is_set_forward_does_what_is_due(herd: Herder) -> None:
    run = herd.shear(tag="x")

    moved = herd.admin("PUT", "/clock", {"mode": "frozen", "now": "2024-01-01T00:00:00Z"}).json

    assert [(one["key"], one["state"], one["done"]) for one in moved["jobs"]] == [(run, "shorn", 4)]


def test_what_is_made_and_changed_bears_the_time_of_its_session(herd: Herder) -> None:
    other = Herder(herd.app, "other")
    other.advance(3600)

    made = [one.api("POST", "/sheep", {"name": "new"}).json for one in (herd, other)]

    assert [one["created_at"][11:16] for one in made] == ["22:13", "23:13"]


def test_the_journal_keeps_the_real_time(herd: Herder, tmp_path: Path) -> None:
    one = herder(tmp_path, clock=lambda: 1_800_000_000.0)
    one.sheep(1)

    assert one.admin("GET", "/requests").json["requests"][0]["time"] == 1_800_000_000.0


def test_a_session_has_a_clock_and_a_pace_of_its_own(herd: Herder) -> None:
    herd.advance(10)
    fork = Herder(herd.app, "fork")
    assert fork.admin("GET", "/clock").json == herd.admin("GET", "/clock").json
    fork.advance(10)
    fork.admin("PUT", "/jobs", {"mode": "immediate"})

    assert herd.admin("GET", "/clock").json["now"] == "2023-11-14T22:13:30.000000Z"
    assert herd.admin("GET", "/jobs").json["mode"] == "time"
    assert Herder(herd.app, "third").admin("GET", "/jobs").json["mode"] == "time"


def test_a_stepped_clock_goes_by_being_looked_at_and_no_other_way() -> None:
    clock = Clock(frozen=100.0, step=0.001)

    assert (clock.mode, clock.exact) == ("stepped", True)
    assert [clock.now() for _ in range(3)] == [100.0, 100.001, 100.002]
    clock.advance(5)
    assert clock.now() == 105.003
    twin = clock.copy()
    assert (clock.now(), clock.now(), twin.now()) == (105.004, 105.005, 105.004)
    clock.set("frozen", 7.0)
    assert (clock.mode, clock.now(), clock.now()) == ("frozen", 7.0, 7.0)


def test_jobs_are_told_with_their_progress_newest_first(herd: Herder) -> None:
    first = herd.shear(tag="x")
    herd.advance(0.2)
    second = herd.shear(tag="y")

    told = herd.admin("GET", "/jobs").json

    assert (told["mode"], told["rate"]) == ("time", 10)
    assert [one["key"] for one in told["jobs"]] == [second, first]
    assert told["jobs"][1] == {
        "document": "herd",
        "job": 1,
        "operation": "shearFlock",
        "kind": "run",
        "key": first,
        "state": "shearing",
        "total": 4,
        "done": 2,
        "failed": 0,
        "accepted": "2023-11-14T22:13:20.000000Z",
    }


BAD = [
    ("PUT", "/clock", {}, 422, "there is no 'mode'; expected 'real' or 'frozen' or"),
    ("PUT", "/clock", {"mode": "fast"}, 422, "mode is 'fast'; expected 'real' or 'frozen'"),
    ("PUT", "/clock", {"mode": "scaled"}, 422, "there is no 'factor'; expected how many times"),
    ("PUT", "/clock", {"mode": "scaled", "factor": 0}, 422, "factor is 0"),
    ("PUT", "/clock", {"mode": "scaled", "factor": 1e6}, 422, "up to 100,000"),
    ("PUT", "/clock", {"mode": "frozen", "factor": 2}, 422, "with the mode 'scaled' only"),
    ("PUT", "/clock", {"mode": "real", "step": 2}, 422, "with the mode 'stepped' only"),
    ("PUT", "/clock", {"mode": "stepped", "step": -1}, 422, "step is -1"),
    ("PUT", "/clock", {"mode": None}, 422, "mode is None"),
    ("PUT", "/clock", {"mode": []}, 422, "mode is []"),
    ("PUT", "/clock", {"mode": "real", "nwo": 1}, 422, "Did you mean 'now'?"),
    ("PUT", "/clock", {"mode": "frozen", "now": "2024-05-03"}, 422, "now is '2024-05-03'"),
    ("PUT", "/clock", {"mode": "frozen", "now": "2024-05-03T09:15:00"}, 422, "with a zone"),
    ("PUT", "/clock", {"mode": "frozen", "now": 5}, 422, "now is 5; expected an RFC 3339 time"),
    ("PUT", "/clock", {"mode": "frozen", "now": None}, 422, "now is None"),
    ("PUT", "/clock", {"mode": "frozen", "now": "1969-12-31T23:59:59Z"}, 422, "1970 to 9999"),
    ("PUT", "/clock", {"mode": "frozen", "now": "0001-01-01T00:00:00+23:59"}, 422, "1970"),
    ("PUT", "/clock", {"mode": "frozen", "now": "9999-12-31T23:59:59-23:59"}, 422, "9999"),
    ("PUT", "/clock", {"mode": "frozen", "now": "2024-02-30T00:00:00Z"}, 422, "now is"),
    ("PUT", "/clock", b"", 400, "must be a JSON object"),
    ("PUT", "/clock", b"[]", 400, "must be a JSON object"),
    ("PUT", "/clock", b"{", 400, "must be a JSON object"),
    ("PUT", "/clock", b"\xff", 400, "must be a JSON object"),
    ("PUT", "/clock", b'{"mode": "real", "mode": "frozen"}', 400, "must be a JSON object"),
    ("POST", "/clock/advance", {}, 422, "there is no 'seconds'; expected a number above 0"),
    ("POST", "/clock/advance", {"seconds": 0}, 422, "seconds is 0; expected a number above 0"),
    ("POST", "/clock/advance", {"seconds": -1}, 422, "seconds is -1"),
    ("POST", "/clock/advance", {"seconds": True}, 422, "seconds is True"),
    ("POST", "/clock/advance", {"seconds": "1"}, 422, "seconds is '1'"),
    ("POST", "/clock/advance", b'{"seconds": NaN}', 400, "must be a JSON object"),
    ("POST", "/clock/advance", b'{"seconds": 1e999}', 400, "must be a JSON object"),
    ("POST", "/clock/advance", {"seconds": 10**400}, 422, "seconds is 1000"),
    ("POST", "/clock/advance", {"seconds": 2.6e11}, 422, "seconds is 260000000000.0"),
    ("POST", "/clock/advance", {"seconds": 2.53e11}, 422, "before the year 10000"),
    ("PUT", "/jobs", {}, 422, "the object is empty; expected a mode, a rate, or both"),
    ("PUT", "/jobs", {"mode": "fast"}, 422, "expected 'immediate' or 'time' or 'manual'"),
    ("PUT", "/jobs", {"rate": 0}, 422, "rate is 0; expected items a second, above 0"),
    ("PUT", "/jobs", {"rate": -5}, 422, "rate is -5"),
    ("PUT", "/jobs", {"rate": 1e9}, 422, "up to 1,000,000"),
    ("PUT", "/jobs", {"rate": False}, 422, "rate is False"),
    ("PUT", "/jobs", {"rate": None}, 422, "rate is None"),
    ("PUT", "/jobs", {"mode": "time", "items": 1}, 422, "unknown member 'items'"),
    ("PUT", "/jobs", b"null", 400, "must be a JSON object"),
    ("POST", "/jobs/advance", {"items": 1}, 409, "Their mode is 'time'; expected 'manual'"),
    ("POST", "/jobs/advance", {}, 422, "there is no 'items'; expected a whole number"),
    ("POST", "/jobs/advance", {"items": 0}, 422, "items is 0"),
    ("POST", "/jobs/advance", {"items": 1.5}, 422, "items is 1.5"),
    ("POST", "/jobs/advance", {"items": True}, 422, "items is True"),
    ("POST", "/jobs/advance", {"items": 10**10}, 422, "items is 10000000000"),
    ("POST", "/jobs/advance", b"3", 400, "must be a JSON object"),
    ("DELETE", "/clock", None, 405, "PUT /__admin/clock"),
    ("GET", "/clock/advance", None, 405, "POST /__admin/clock/advance"),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    BAD,
    ids=[f"{one[0]} {one[1]} {str(one[2])[:60]}" for one in BAD],
)
def test_a_wrong_call_is_told_what_was_found_and_changes_nothing(
    herd: Herder, method: str, path: str, body: Any, status: int, said: str
) -> None:
    run = herd.shear(tag="x")
    before = [herd.admin("GET", one).json for one in ("/clock", "/jobs")]

    answer = herd.admin(method, path, body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert said in answer.json["detail"], answer.json["detail"]
    assert [herd.admin("GET", one).json for one in ("/clock", "/jobs")] == before
    assert herd.progress(run) == ("waiting", 0, 0, 0)


def test_a_long_value_is_told_in_short(herd: Herder) -> None:
    answer = herd.admin("PUT", "/clock", {"mode": "x" * 10_000})

    assert len(answer.json["detail"]) < 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--clock", "yesterday"], "--clock: 'yesterday' is no RFC 3339 time"),
        (["--clock", "2024-05-03T09:15:00"], "is no RFC 3339 time with a zone"),
        (["--clock", "1066-10-14T09:00:00Z"], "from 1970 to 9999"),
        (["--clock", ""], "--clock: ''"),
        (["--jobs", "never"], "'immediate', 'time', 'manual'"),
        (["--rate", "0"], "0"),
        (["--speed", "0"], "0"),
        (["--speed", "1e6"], "1000000"),
        (["--rate", "1e9"], "1000000000"),
    ],
)
def test_wrong_options_stop_the_start(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(serve, ["fleet", *arguments])

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_the_pace_of_the_start_is_the_sessions(tmp_path: Path) -> None:
    herd = herder(tmp_path, pace=Pace("manual", 3))

    assert json.loads(herd.admin("GET", "/jobs").data) == {"mode": "manual", "rate": 3, "jobs": []}
