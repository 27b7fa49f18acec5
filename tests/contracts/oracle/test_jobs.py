from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.oracle import jobs
from contracts.oracle.jobs import Running
from spec import Call, Context
from tests.spec.worlds import EDGEIQ, world

WON = {"status": "success", "status_code": 200, "error": None, "messages": []}
LOST = {"status": "fail", "status_code": 404, "error": "Not Found", "messages": ["gone"]}


@pytest.fixture
def running() -> Running:
    """A job on the members a, b and c, of which nothing was known before."""
    operation = EDGEIQ.operations["executeFleetAction"]
    call = Call(operation, None, {"fleet_id": "f"}, {}, {}, {"action": "add_tags", "tags": ["x"]})
    assert operation.effect is not None
    assert operation.effect.job is not None
    context = Context(call, {}, world("edgeiq"))
    return Running(operation.id, operation.effect.job, "j", context, ["a", "b", "c"])


def told(status: str, *entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a bulk response on three devices; what is not given follows from the entries."""
    wins = sum(one["status"] == "success" for one in entries)
    shown = [{"device_id": key, **one} for key, one in zip("abc", entries, strict=False)]
    counts = {"total": 3, "success_count": wins, "fail_count": len(entries) - wins}
    return {"status": status, **counts, "bulk_response_statuses": shown, **more}


RIGHT = {
    "nothing is done": told("pending"),
    "work has begun on the first": told("processing"),
    "one is done": told("processing", WON),
    "one has failed": told("processing", LOST),
    "all are done": told("complete", WON, LOST, WON),
}

WRONG = {
    "finished, and nothing done": (told("complete"), jobs.EXACT),
    "finished, and one is left": (told("complete", WON, WON), jobs.EXACT),
    "all done, and not finished": (told("processing", WON, WON, WON), jobs.EXACT),
    "all done, and not begun": (told("pending", WON, WON, WON), jobs.EXACT),
    "one done, and not begun": (told("pending", WON), jobs.EXACT),
    "one failed, and not begun": (told("pending", LOST), jobs.EXACT),
    "more done than there are": (told("processing", WON, total=0), jobs.WITHIN),
    "a total of others": (told("processing", WON, total=4), jobs.MEMBERS),
    "more counted than entries tell of": (told("processing", WON, success_count=2), jobs.WITHIN),
    "a failure counted as success": (
        told("processing", LOST, success_count=1, fail_count=0),
        jobs.WITHIN,
    ),
    "an entry of a stranger": (
        told("processing", WON, bulk_response_statuses=[{"device_id": "z", **WON}]),
        jobs.MEMBERS,
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_progress_breaks_no_law(case: str, running: Running) -> None:
    assert list(jobs.slips(running, RIGHT[case])) == []


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_progress_breaks_its_law(case: str, running: Running) -> None:
    row, law = WRONG[case]
    found = [one for one, _, _ in jobs.slips(running, row)]
    assert found[:1] == [law]


def test_a_state_that_is_named_like_the_next_may_have_members_done(running: Running) -> None:
    running.job = replace(running.job, states=("processing", "processing", "complete"))
    assert list(jobs.slips(running, told("processing", WON))) == []


AFTERWARDS = {
    "a count has fallen": (told("processing", LOST, WON), told("processing", LOST), jobs.GROWING),
    "it is no longer finished": (
        told("complete", WON, WON, WON),
        told("processing", WON, WON, WON, total=4),
        jobs.GROWING,
    ),
    "an entry is another": (told("processing", WON), told("processing", LOST), jobs.CONSTANT),
}


@pytest.mark.parametrize("case", AFTERWARDS)
def test_a_progress_that_goes_back_breaks_its_law(case: str, running: Running) -> None:
    before, after, law = AFTERWARDS[case]
    assert list(jobs.slips(running, before)) == []
    jobs.learn(running, before)
    assert law in [one for one, _, _ in jobs.slips(running, after)]
