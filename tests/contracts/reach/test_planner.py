from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.profile import Profile
from contracts.reach import planner
from contracts.reach.drafts import Drafts
from contracts.run.ledger import State
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import WsgiTarget
from contracts.walk import Unreached, Walk, World
from mockserver import create_app
from spec import Contract
from tests.contracts.reach import doors

PROFILE = Profile(url="http://127.0.0.1:1/v1", isolation="session", reset="/__admin/reset")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return doors.contract()


@pytest.fixture(scope="module")
def drafts(contract: Contract) -> Drafts:
    return Drafts(contract)


@pytest.fixture(scope="module")
def target(contract: Contract) -> WsgiTarget:
    return WsgiTarget(create_app((contract,)), contract.base_path)


@pytest.fixture
def walk(contract: Contract, target: WsgiTarget) -> Walk:
    return World(contract, PROFILE, target, "0a1b2c3d").start()


def sent(walk: Walk) -> list[str]:
    return [one.step.operation for one in walk.exchanges]


ROUTES: list[Any] = [
    pytest.param({"width": 75}, ["createDoor"], id="a field of the request"),
    pytest.param({"state": "SHUT"}, ["createDoor"], id="what is there from the start"),
    pytest.param({"state": "LOCKED"}, ["createDoor", "lockDoor"], id="what an effect sets"),
    pytest.param({"label": "back"}, ["createDoor", "lockDoor"], id="what an effect copies"),
    pytest.param(
        {"state": "SEALED"}, ["createDoor", "lockDoor", "sealDoor"], id="what needs a state first"
    ),
    pytest.param(
        {"state": "LOCKED", "width": 61, "label": "back"},
        ["createDoor", "lockDoor"],
        id="several fields by one call",
    ),
]


@pytest.mark.parametrize(("wanted", "operations"), ROUTES)
def test_a_record_is_brought_to_a_state_by_the_fewest_calls(
    drafts: Drafts, walk: Walk, wanted: dict[str, Any], operations: list[str]
) -> None:
    made = planner.reached(drafts, walk, "door", [""], wanted)

    assert sent(walk) == ["createHouse", *operations]
    assert {name: made.known.fields[name] for name in wanted} == wanted


def test_what_nothing_gives_is_said(drafts: Drafts, walk: Walk) -> None:
    with pytest.raises(Unreached) as caught:
        planner.reached(drafts, walk, "door", [""], {"state": "BROKEN"})

    assert str(caught.value) == (
        "no operation gives a door a state that is 'BROKEN' (they give 'SHUT', 'LOCKED', "
        "'SEALED'), and the profile knows none ([[known.door]])"
    )


def test_the_parent_of_a_record_is_made_once(drafts: Drafts, walk: Walk) -> None:
    for _ in range(2):
        planner.reached(drafts, walk, "door", [""], {})

    assert sent(walk) == ["createHouse", "createDoor", "createDoor"]


@pytest.fixture(scope="module")
def report(contract: Contract, target: WsgiTarget) -> Report:
    return run(contract, PROFILE, target, Options(walks=3))


def test_every_row_that_calls_can_reach_is_proven(report: Report) -> None:
    assert report.findings.group() == {}
    missed = {row.id: row.reason for row in report.ledger if row.state is not State.PROVEN}
    assert list(missed) == ["deleteDoor 409 BROKEN"]
    assert "no operation gives a door a state that is 'BROKEN'" in missed["deleteDoor 409 BROKEN"]


def test_a_known_record_does_where_no_call_leads(contract: Contract, tmp_path: Path) -> None:
    door = {"id": 9, "house": 7, "state": "BROKEN", "width": 80, "label": "old"}
    house = {"id": 7, "name": "old"}
    file = tmp_path / "fixtures.yaml"
    file.write_text(json.dumps({"records": {"house": [house], "door": [door]}}))
    target = WsgiTarget(create_app((contract,), fixtures=file), contract.base_path)
    profile = dataclasses.replace(PROFILE, known={"house": (house,), "door": (door,)})

    report = run(contract, profile, target, Options(walks=0, only=("deleteDoor",)))

    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert report.exit_code == 0
