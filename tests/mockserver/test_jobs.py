"""Work that goes on after its answer: what is done when, in which order, and what stays."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from mockserver.clock import Clock
from mockserver.jobs import Limit, Pace
from tests.mockserver.herd import START, Herder, herder

MANUAL = Pace("manual", 10)
AT_ONCE = Pace("immediate")


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    """Four sheep in the flock `all`, ten items a second, a clock that stands."""
    return herder(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "progress"),
    [
        (0.05, ("waiting", 0, 0, 0)),
        (0.099999, ("waiting", 0, 0, 0)),
        (0.1, ("shearing", 1, 0, 1)),
        (0.39, ("shearing", 3, 0, 3)),
        (0.4, ("shorn", 4, 0, 4)),
        (1000, ("shorn", 4, 0, 4)),
    ],
)
def test_an_item_is_due_each_tenth_of_a_second(herd: Herder, seconds: float, progress: Any) -> None:
    run = herd.shear(tag="x")

    herd.advance(seconds)

    assert herd.progress(run) == progress


def test_small_steps_end_where_one_large_step_does(tmp_path: Path) -> None:
    small, large = herder(tmp_path), herder(tmp_path)
    runs = [one.shear(tag="x") for one in (small, large)]

    for _ in range(10):
        small.advance(0.03)
    large.advance(0.3)

    assert small.run(runs[0]) == large.run(runs[1])
    assert small.progress(runs[0]) == ("shearing", 3, 0, 3)


def test_nothing_is_seen_of_work_that_is_not_done(herd: Herder) -> None:
    herd.shear(tag="x")
    herd.advance(0.2)

    assert [herd.sheep(one)["tags"] for one in (1, 2, 3, 4)] == [["x"], ["x"], [], []]


def test_work_leaves_the_time_at_which_it_was_due(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(100)

    assert herd.sheep(2)["updated_at"] == "2023-11-14T22:13:20.200000+00:00"
    assert herd.sheep(2)["created_at"] == "2020-01-01T00:00:00.000Z"
    assert herd.run(run)["updated_at"] == "2023-11-14T22:13:20.400000Z"


def test_a_fake_clock_that_goes_is_obeyed_to_the_item(tmp_path: Path) -> None:
    now = [START]
    herd = herder(tmp_path, {"all": [*range(1, 1001)]}, frozen=None, clock=lambda: now[0])
    run = herd.shear(weight=3)

    now[0] += 37.35

    assert herd.progress(run) == ("shearing", 373, 0, 373)
    now[0] += 62.65
    assert herd.progress(run) == ("shorn", 1000, 0, 1000)
    assert herd.sheep(1000)["weight"] == 3


def test_an_empty_job_is_finished_at_once(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"none": []})

    run = herd.shear("none", tag="x")

    assert herd.progress(run) == ("shorn", 0, 0, 0)
    assert herd.run(run)["total"] == 0


def test_entries_come_in_the_order_of_the_members_and_stay(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"all": [3, 1, 2]})
    run = herd.shear(tag="x")
    herd.advance(0.1)
    first = herd.run(run)["told"]
    herd.advance(1)

    told = herd.run(run)["told"]

    assert told[:1] == first
    assert [one["name"] for one in told] == ["sheep 3", "sheep 1", "sheep 2"]


def test_a_member_that_is_named_twice_has_two_entries(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"all": [1, 1]})
    run = herd.shear(tag="x")
    herd.advance(1)

    assert herd.progress(run) == ("shorn", 2, 0, 2)
    assert herd.sheep(1)["tags"] == ["x"]


def test_a_member_that_was_deleted_meanwhile_has_escaped(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(0.1)
    herd.api("DELETE", f"/sheep/{2:024x}")
    herd.api("DELETE", f"/sheep/{1:024x}")
    herd.advance(1)

    assert herd.progress(run) == ("shorn", 3, 1, 4)
    assert herd.run(run)["told"][1] == {"sheep": f"{2:024x}", "well": False, "why": "gone"}
    assert herd.run(run)["told"][0]["well"] is True


def test_a_member_whose_outcome_is_a_failure_is_left_alone(tmp_path: Path) -> None:
    herd = herder(tmp_path, closed=("hill",))
    run = herd.shear(tag="x")
    before = herd.sheep(1)
    herd.advance(1)

    assert herd.progress(run) == ("shorn", 0, 4, 4)
    assert herd.sheep(1) == before


def test_members_are_found_whoever_owns_them(tmp_path: Path) -> None:
    from tests.mockserver.herd import sheep

    herd = herder(tmp_path, {"all": [1]}, sheep(9, "far"))
    flock = herd.admin("GET", "/state/flock/all").json["record"]
    herd.admin("PUT", "/state/flock/all", flock | {"sheep": [f"{9:024x}"]})
    run = herd.shear(tag="x")
    herd.advance(1)

    assert herd.progress(run) == ("shorn", 1, 0, 1)
    assert herd.api("GET", f"/sheep/{9:024x}", key="far").json["tags"] == ["x"]


def test_the_record_of_a_job_belongs_to_whom_the_document_says(herd: Herder) -> None:
    answer = herd.api("POST", "/flocks/all/shear", {}, key="top")

    assert herd.run(answer.json["run"])["farm"] == "hill"


# -- several jobs


def test_two_jobs_on_one_flock_apply_in_the_order_in_which_they_were_accepted(herd: Herder) -> None:
    first, second = herd.shear(weight=1, tag="a"), herd.shear(weight=2, tag="b")

    herd.advance(0.2)
    assert herd.progress(first) == herd.progress(second) == ("shearing", 2, 0, 2)
    herd.advance(0.2)

    for number in (1, 2, 3, 4):
        assert herd.sheep(number)["weight"] == 2
        assert herd.sheep(number)["tags"] == ["a", "b"]


def test_a_later_job_does_not_overtake_at_a_member_that_both_have(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"long": [1, 2, 3, 4], "short": [4, 1]})
    first, second = herd.shear("long", weight=1, tag="a"), herd.shear("short", weight=2, tag="b")

    herd.advance(0.3)
    assert herd.progress(second) == ("waiting", 0, 0, 0)
    herd.advance(0.1)

    assert herd.progress(first) == ("shorn", 4, 0, 4)
    assert herd.progress(second) == ("shorn", 2, 0, 2)
    assert (herd.sheep(4)["weight"], herd.sheep(4)["tags"]) == (2, ["a", "b"])


def test_jobs_on_different_flocks_do_not_wait_for_each_other(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"one": [1, 2, 3], "other": [4]})
    first, second = herd.shear("one"), herd.shear("other")

    herd.advance(0.1)

    assert herd.progress(first) == ("shearing", 1, 0, 1)
    assert herd.progress(second) == ("shorn", 1, 0, 1)


@pytest.mark.parametrize("step", [0.01, 0.07, 5.0])
def test_how_the_clock_is_stepped_makes_no_difference(tmp_path: Path, step: float) -> None:
    herd = herder(tmp_path, {"a": [1, 2, 3, 4, 5], "b": [5, 3, 1], "c": [2, 5]})
    runs = [herd.shear("a", tag="a")]
    herd.advance(0.1)
    runs += [herd.shear("b", tag="b"), herd.shear("c", tag="c")]

    for _ in range(round(5 / step)):
        herd.advance(step)

    assert [herd.progress(run)[0] for run in runs] == ["shorn"] * 3
    assert herd.sheep(5)["tags"] == ["a", "b", "c"]
    assert herd.sheep(3)["tags"] == ["a", "b"]
    assert herd.sheep(5)["updated_at"] == "2023-11-14T22:13:20.500000+00:00"


# -- pace


def test_immediate_work_is_done_before_the_answer(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"all": [*range(1, 1001)]}, pace=AT_ONCE)

    run = herd.shear(tag="x")

    assert herd.progress(run) == ("shorn", 1000, 0, 1000)
    assert herd.admin("GET", "/requests?limit=2").json["requests"][1]["changes"][0]["kind"] == "run"


def test_immediate_work_on_a_clock_that_goes_is_done_in_parts(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"all": [*range(1, 1001)]}, pace=AT_ONCE, frozen=None)

    assert herd.progress(herd.shear(tag="x")) == ("shorn", 1000, 0, 1000)


def test_a_request_does_not_pay_for_a_backlog(tmp_path: Path) -> None:
    herd = herder(tmp_path, {"all": [*range(1, 1001)]}, pace=Pace(rate=1e6), frozen=None)
    run = herd.shear(tag="x")

    assert 0 < herd.progress(run)[1] < 1000

    deadline = time.monotonic() + 20
    while herd.progress(run)[0] != "shorn":
        assert time.monotonic() < deadline
    assert herd.progress(run) == ("shorn", 1000, 0, 1000)


def test_manual_work_is_done_as_it_is_asked_for(tmp_path: Path) -> None:
    herd = herder(tmp_path, pace=MANUAL)
    first, second = herd.shear(tag="a"), herd.shear(tag="b")
    herd.advance(1000)
    assert herd.progress(first) == ("waiting", 0, 0, 0)

    moved = herd.admin("POST", "/jobs/advance", {"items": 5}).json["jobs"]

    assert [(one["key"], one["done"]) for one in moved] == [(second, 1), (first, 4)]
    assert herd.progress(first) == ("shorn", 4, 0, 4)
    assert herd.progress(second) == ("shearing", 1, 0, 1)
    assert herd.admin("POST", "/jobs/advance", {"items": 100}).json["jobs"][0]["state"] == "shorn"
    assert herd.admin("POST", "/jobs/advance", {"items": 1}).json["jobs"] == []


def test_another_rate_counts_from_now_on(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(0.1)
    herd.admin("PUT", "/jobs", {"rate": 1})

    herd.advance(0.9)
    assert herd.progress(run)[1] == 1
    herd.advance(0.1)
    assert herd.progress(run)[1] == 2


def test_what_waits_for_an_order_goes_on_when_time_is_given_to_it(tmp_path: Path) -> None:
    herd = herder(tmp_path, pace=MANUAL)
    run = herd.shear(tag="x")
    herd.advance(1000)
    herd.admin("PUT", "/jobs", {"mode": "time"})
    assert herd.progress(run)[1] == 0
    herd.advance(0.1)
    assert herd.progress(run)[1] == 1

    moved = herd.admin("PUT", "/jobs", {"mode": "immediate"}).json

    assert (moved["mode"], moved["rate"], moved["jobs"][0]["state"]) == ("immediate", 10, "shorn")


def test_a_clock_that_is_set_back_does_not_stop_the_work(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(0.1)
    herd.admin("PUT", "/clock", {"mode": "frozen", "now": "2001-01-01T00:00:00Z"})
    assert herd.progress(run)[1] == 1

    herd.advance(0.1)

    assert herd.progress(run)[1] == 2


# -- sessions


def test_a_fork_goes_on_with_the_work_on_its_own(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(0.2)
    fork = Herder(herd.app, "fork")
    assert fork.progress(run) == ("shearing", 2, 0, 2)

    fork.advance(0.1)

    assert fork.progress(run) == ("shearing", 3, 0, 3)
    assert herd.progress(run) == ("shearing", 2, 0, 2)
    herd.advance(0.2)
    fork.advance(0.1)
    assert fork.run(run) == herd.run(run)
    assert fork.sheep(4) == herd.sheep(4)


def test_a_reset_forgets_the_work_and_restores_clock_and_pace(herd: Herder) -> None:
    before = herd.admin("GET", "/clock").json, herd.admin("GET", "/jobs").json
    run = herd.shear(tag="x")
    herd.advance(0.2)
    herd.admin("PUT", "/jobs", {"mode": "manual", "rate": 7})
    herd.admin("PUT", "/clock", {"mode": "real"})

    herd.admin("POST", "/reset")

    assert (herd.admin("GET", "/clock").json, herd.admin("GET", "/jobs").json) == before
    assert herd.api("GET", f"/runs/{run}").status_code == 404
    assert herd.sheep(1)["tags"] == []


def test_the_same_seed_and_requests_give_the_same_bytes(tmp_path: Path) -> None:
    def bytes_of(seed: int) -> list[bytes]:
        herd = herder(tmp_path, seed=seed)
        run = herd.shear(tag="x")
        herd.advance(0.3)
        made = herd.api("POST", "/sheep", {"name": "new"})
        told = herd.api("GET", f"/runs/{run}").data
        return [told, made.data, herd.api("GET", "/sheep?meta=true").data]

    assert bytes_of(1) == bytes_of(1)
    assert bytes_of(1) != bytes_of(2)


def test_work_that_fails_by_a_defect_stands_still_and_harms_nobody(
    herd: Herder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = herd.shear(tag="x")
    world = herd.app.sessions.base

    def fails(*_: Any) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(world.stores["herd"], "append", fails)
    world.clock.advance(1)

    assert herd.sheep(1)["tags"] == []
    assert herd.progress(run) == ("waiting", 0, 0, 0)
    assert "the jobs of session 'base' stand still" in caplog.text


def test_work_shares_its_time_only_with_a_clock_that_goes_by_itself() -> None:
    assert not Clock().exact
    assert Clock(frozen=START).exact
    assert Clock(source=lambda: START).exact
    assert Limit(seconds=0.0).reached()
    assert not Limit().reached()
