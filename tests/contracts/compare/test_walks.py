from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from contracts import waiting
from contracts.compare import compare, furniture, grounds
from contracts.compare.walks import Both, Diverged, Lead, both
from contracts.profile import Profile, load
from contracts.run.results import Options
from contracts.steps import Ref, Step
from contracts.target import HttpTarget, WsgiTarget
from contracts.walk import World
from mockserver import create_app
from mockserver.jobs import Pace
from spec import Contract, RawRequest, read
from tests.agreement import mocks
from tests.contracts.conftest import PROFILE
from tests.contracts.made import CREATE, MADE, create, on
from tests.independent import fleet_server

FLEET = "65a0f1000000000000000001"


@pytest.fixture
def servers(fleet: Contract) -> Iterator[Both]:
    with fleet_server.start() as one, fleet_server.start() as other:
        profiles = [load(PROFILE, fleet, url=each.url) for each in (one, other)]
        targets = [HttpTarget(each.url) for each in (one, other)]
        yield both(grounds(fleet, *profiles), *targets, "0a1b2c3d")
        for target in targets:
            target.close()


def total(world: World) -> int:
    headers = (("Authorization", "Bearer vnd_writer_a"),)
    body = world.target.send(RawRequest("GET", f"{world.target.base}/devices", "", headers)).body
    return int(json.loads(body)["meta"]["total"])


def ahead(world: World, number: int) -> None:
    """Let a server count on, so that its next keys are others."""
    walk = world.start()
    for _ in range(number):
        walk.send(create(CREATE))
    walk.clean()


def test_each_side_is_addressed_by_its_own_keys(servers: Both) -> None:
    ahead(servers.right, 5)
    lead = servers.start()

    lead.send(create(CREATE))
    lead.send(on(MADE, "getDevice"))
    lead.send(on(str(lead.value(MADE)), "updateDevice", body={"name": "x"}))

    mine, its = lead.exchanges[-1].request, lead.follower.exchanges[-1].request
    assert mine.path != its.path
    assert mine.body == its.body
    assert lead.exchanges[-1].step.path == {"device_id": MADE}
    lead.clean()


def test_both_sides_are_cleaned_up(servers: Both) -> None:
    before = total(servers.left), total(servers.right)
    lead = servers.start()
    lead.send(create(CREATE, {**CREATE, "comment": "y"}))
    assert total(servers.right) == before[1] + 2

    lead.clean()

    assert (total(servers.left), total(servers.right)) == before


def test_a_comparison_leaves_nothing_behind(servers: Both, fleet: Contract) -> None:
    before = total(servers.left), total(servers.right)

    found = compare(
        servers.grounds,
        servers.left.target,
        servers.right.target,
        Options(walks=0, only=("deleteDevice",)),
    )

    assert found.exit_code == 0
    assert (total(servers.left), total(servers.right)) == before


def test_a_reference_leads_to_the_same_record_though_lists_differ(servers: Both) -> None:
    stranger = servers.right.start()
    stranger.send(create(CREATE))
    lead = servers.start()
    lead.send(create(CREATE))
    lead.send(Step("listDevices", "writer"))
    first = Ref(1, "/data/0/id")

    lead.send(on(first, "getDevice"))

    shown = lead.follower.exchanges[-1]
    assert shown.request.path.endswith(f"/{lead.follower.value(MADE)}")
    lead.clean()
    stranger.clean()


def test_the_walk_ends_where_the_sides_come_apart(servers: Both, fleet: Contract) -> None:
    lead = servers.start()
    lead.send(create(CREATE))
    key = lead.follower.value(MADE)
    headers = (("Authorization", "Bearer vnd_writer_a"),)
    base = servers.right.target.base
    servers.right.target.send(RawRequest("DELETE", f"{base}/devices/{key}", "", headers))

    with pytest.raises(Diverged) as caught:
        lead.send(on(MADE, "getDevice"))

    assert caught.value.difference is not None
    assert caught.value.difference.left == "200"
    assert caught.value.right is not None
    assert caught.value.left is None
    lead.clean()


# -- work -----------------------------------------------------------------------------------------


def worker(pace: Pace) -> Any:
    milliseconds = count(1_800_000_000_000)
    return create_app(("edgeiq",), clock=lambda: next(milliseconds) / 1000, jobs=pace)


def acted(left: Pace, right: Pace) -> Lead:
    """Return a walk of two mocks of EdgeIQ that have been given work to do."""
    edgeiq = read("edgeiq")
    profile: Profile = dataclasses.replace(mocks.profile("edgeiq"), job_timeout=0.2)
    targets = [WsgiTarget(worker(pace), edgeiq.base_path) for pace in (left, right)]
    lead = both(grounds(edgeiq, profile, profile), *targets, "0a1b2c3d").start()
    body = {"action": "issue_command", "gateway_command": "reboot"}
    lead.send(Step("executeFleetAction", "admin", path={"fleet_id": FLEET}, body=body))
    return lead


ASK = Step("getBulkResponse", "admin", path={"bulk_response_id": Ref(0, "/bulk_response_id")})


def test_how_far_work_has_come_is_no_difference() -> None:
    lead = acted(Pace("manual"), Pace("immediate"))

    lead.send(ASK)

    assert lead.exchanges[-1].body["status"] == "pending"
    assert lead.follower.exchanges[-1].body["status"] == "complete"


def test_the_follower_is_waited_for() -> None:
    lead = acted(Pace("immediate"), Pace("time", rate=150))

    lead.send(ASK)

    assert lead.follower.exchanges[-1].body["status"] == "complete"
    assert len(lead.follower.exchanges) == len(lead.exchanges) == 2


def test_work_that_the_follower_never_finishes_is_a_difference() -> None:
    lead = acted(Pace("immediate"), Pace("manual"))

    with pytest.raises(Diverged) as caught:
        lead.send(ASK)

    assert "the work is finished on A, and not on B, within 0.2 seconds" in str(caught.value)


@pytest.mark.campaign
def test_work_that_the_leader_never_finishes_is_its_contradiction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "_SECOND_PATIENCE", 0.05)
    edgeiq = read("edgeiq")
    profile = dataclasses.replace(mocks.profile("edgeiq"), job_timeout=0.05)
    apps = [worker(Pace("manual")), worker(Pace("immediate"))]

    found = compare(
        grounds(edgeiq, profile, profile),
        *(WsgiTarget(app, edgeiq.base_path) for app in apps),
        Options(walks=0, only=("executeFleetAction",), shrink=False),
    )

    assert {one.verdict for one in found.divergences} == {"A"}
    assert any("is 'pending' after" in one.contradiction.sentence for one in found.divergences)


# -- a furnished mock -----------------------------------------------------------------------------


def test_the_mock_is_furnished_with_what_the_target_shows(fleet: Contract) -> None:
    with fleet_server.start() as server:
        profile = load(PROFILE, fleet, url=server.url)
        target = HttpTarget(server.url)
        found = furniture(World(fleet, profile, target, "0a1b2c3d"))
        target.close()

    devices = {one["id"]: one for one in found.fixtures["records"]["device"]}
    assert devices[101]["tracking_number"]
    assert "tracking_number" in found.shared[("device", "101")]
    assert "user_id" not in found.shared[("device", "101")]
    assert {one["name"] for one in found.fixtures["credentials"]} == set(profile.credentials)
