"""Work that goes on is waited for, whether a sequence is sent for the first time or again."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from contracts import waiting
from contracts.oracle import jobs
from contracts.run.findings import Finding
from contracts.run.shrink import Shrinker
from contracts.steps import Ref, Step
from contracts.target import WsgiTarget
from contracts.walk import Walk, World
from mockserver import create_app
from mockserver.jobs import Pace
from mockserver.mutants import mutants
from spec import read
from tests.agreement import mocks

EDGEIQ = read("edgeiq")
FLEET = "65a0f1000000000000000001"
TAGS = {"action": "add_tags", "tags": ["cfk-new"]}
LOOK = Step("listDevices", "admin")
ACT = Step("executeFleetAction", "admin", path={"fleet_id": FLEET}, body=TAGS)
ASK = Step("getBulkResponse", "admin", path={"bulk_response_id": Ref(1, "/bulk_response_id")})
STEPS = (LOOK, ACT, ASK, LOOK)


def world(app: Any, *, timeout: float = 5.0) -> World:
    profile = dataclasses.replace(mocks.profile("edgeiq"), job_timeout=timeout)
    return World(EDGEIQ, profile, WsgiTarget(app, EDGEIQ.base_path), "0a1b2c3d")


def slow(rate: float = 20.0) -> Any:
    return create_app(("edgeiq",), jobs=Pace("time", rate))


def state(walk: Walk) -> Any:
    return walk.exchanges[2].body["status"]


def test_who_is_patient_reads_of_work_until_it_is_finished() -> None:
    walk = world(slow()).start()

    assert waiting.sent_again(walk, STEPS) is None

    assert state(walk) == "complete"
    assert [one.step for one in walk.exchanges] == [*STEPS]
    assert walk.world.requests > len(STEPS)


def test_who_is_not_asks_once() -> None:
    walk = world(slow()).start()

    assert waiting.sent_again(walk, STEPS, patient=False) is None

    assert state(walk) in {"pending", "processing"}


def test_of_the_same_question_twice_the_last_one_waits() -> None:
    walk = world(slow()).start()

    waiting.sent_again(walk, (LOOK, ACT, ASK, ASK))

    assert state(walk) in {"pending", "processing"}
    assert walk.exchanges[3].body["status"] == "complete"


def test_work_that_nobody_here_has_set_going_is_not_waited_for() -> None:
    app = create_app(("edgeiq",), jobs=Pace("manual"))
    first = world(app).start()
    waiting.sent_again(first, (LOOK, ACT))
    key = first.value(Ref(1, "/bulk_response_id"))
    second = World(EDGEIQ, first.world.profile, first.world.target, "0a1b2c3d").start(1)
    second._begun = True

    exchange = waiting.send(second, dataclasses.replace(ASK, path={"bulk_response_id": key}))

    assert exchange.body["status"] == "pending"
    assert waiting.told(second) is None


def test_work_that_is_never_finished_contradicts_its_law() -> None:
    never = world(create_app(("edgeiq",), jobs=Pace("manual")), timeout=0.05)

    found = waiting.sent_again(never.start(), STEPS)

    assert found is not None
    assert found.contradiction.row == f"executeFleetAction: {jobs.FINISHES}"
    assert "is 'pending' after 0.05 seconds" in found.contradiction.sentence
    shrunk = Shrinker(never).shrink(finding(found, never))
    assert shrunk.reproduced
    assert [one.operation for one in shrunk.steps] == ["executeFleetAction", "getBulkResponse"]


def finding(found: Any, where: World) -> Finding:
    walk = where.start()
    waiting.sent_again(walk, STEPS)
    exchanges = tuple(walk.exchanges)
    operations = frozenset({found.contradiction.operation})
    return Finding(
        found.contradiction, tuple(one.step for one in exchanges), exchanges, "by hand", operations
    )


@pytest.mark.parametrize("rate", [20.0, 1_000.0])
def test_what_slow_work_has_left_undone_is_found_again(rate: float) -> None:
    says = "does not change `tags` where request.body.action is 'add_tags'"
    mutant = next(one for one in mutants(EDGEIQ) if one.name.endswith(says))
    place = world(mutant.app(jobs=Pace("time", rate)))
    found = waiting.sent_again(place.start(), STEPS)
    assert found is not None
    assert found.contradiction.row == f"executeFleetAction: {jobs.EFFECTS}"

    shrunk = Shrinker(place).shrink(finding(found, place))

    assert shrunk.reproduced
    assert [one.operation for one in shrunk.steps] == [one.operation for one in STEPS]


@pytest.mark.parametrize(
    ("steps", "number", "state"),
    [
        pytest.param(STEPS, 2, ("status", "complete"), id="what the answer has named"),
        pytest.param(STEPS, 1, None, id="what sets it going"),
        pytest.param(STEPS, 3, None, id="another read"),
        pytest.param(
            (Step("getBulkResponse", "admin", path={"bulk_response_id": "65a0b1"}),),
            0,
            None,
            id="a record of whoever",
        ),
        pytest.param(
            (
                Step("listFleets", "admin"),
                Step("getBulkResponse", "admin", path={"bulk_response_id": Ref(0, "/0/_id")}),
            ),
            1,
            None,
            id="what another operation has named",
        ),
    ],
)
def test_a_script_waits_for_what_its_own_steps_have_begun(
    steps: tuple[Step, ...], number: int, state: tuple[str, str] | None
) -> None:
    assert waiting.awaits(EDGEIQ, steps, number) == state
