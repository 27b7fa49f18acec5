"""Named snapshots: a state to come back to."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mockserver.worlds import World, snapshots
from tests.mockserver.herd import Herder, herder
from tests.mockserver.worlds.exports import export

_numbers = count()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Herder:
    return herder(tmp_path_factory.mktemp("herd"), {"all": [1, 2, 3, 4]})


@pytest.fixture
def herd(app: Herder) -> Herder:
    return Herder(app.app, f"snapshots-{next(_numbers)}")


def world(herd: Herder) -> World:
    return herd.app.sessions.world(herd.session)


def test_a_snapshot_brings_back_records_jobs_ids_and_time(herd: Herder) -> None:
    run = herd.shear(tag="x")
    herd.advance(0.2)
    taken = herd.admin("POST", "/snapshots", {"name": "half"})
    then = export(world(herd))
    herd.advance(5)
    herd.admin("PUT", "/jobs", {"mode": "manual"})
    herd.api("POST", "/sheep", {"name": "new"})
    herd.api("DELETE", "/sheep/" + f"{1:024x}")

    answer = herd.admin("POST", "/snapshots/half/restore")

    assert (taken.status_code, taken.json["name"], taken.json["position"]) == (201, "half", 2)
    assert (answer.status_code, answer.json["position"]) == (200, 7)
    assert export(world(herd)) == then
    assert herd.progress(run)[1] == 2
    herd.advance(0.1)
    assert herd.progress(run)[1] == 3


def test_a_snapshot_can_be_restored_again_and_again_and_undone(herd: Herder) -> None:
    herd.admin("POST", "/snapshots", {"name": "clean"})
    clean = export(world(herd))
    for number in range(3):
        herd.api("POST", "/sheep", {"name": str(number)})
        herd.admin("POST", "/snapshots/clean/restore")
        assert export(world(herd)) == clean

    herd.admin("POST", "/undo")

    assert [one["name"] for one in herd.api("GET", "/sheep?sort=-name").json][:1] == ["sheep 4"]
    assert herd.api("GET", "/sheep?name=2").json[0]["name"] == "2"


def test_a_snapshot_survives_a_reset(herd: Herder) -> None:
    herd.api("POST", "/sheep", {"name": "new"})
    herd.admin("POST", "/snapshots", {"name": "seeded"})
    herd.admin("POST", "/reset")
    assert herd.api("GET", "/sheep?name=new").json == []

    herd.admin("POST", "/snapshots/seeded/restore")

    assert len(herd.api("GET", "/sheep?name=new").json) == 1


def test_values_that_change_places_are_restored(herd: Herder) -> None:
    first, second = (f"/sheep/{number:024x}" for number in (1, 2))
    herd.admin("POST", "/snapshots", {"name": "before"})
    names = [herd.api("GET", one).json["name"] for one in (first, second)]
    herd.api("PATCH", first, {"name": names[1]})
    herd.api("PATCH", second, {"name": names[0]})

    herd.admin("POST", "/snapshots/before/restore")

    assert [herd.api("GET", one).json["name"] for one in (first, second)] == names


def test_snapshots_are_listed_and_dropped(herd: Herder, app: Herder) -> None:
    for name in ("a", "b", "a"):
        status = herd.admin("POST", "/snapshots", {"name": name}).status_code
    assert status == 200  # it took the place of the first one

    told = herd.admin("GET", "/snapshots").json["snapshots"]
    dropped = herd.admin("DELETE", "/snapshots/b").status_code

    assert [one["name"] for one in told] == ["b", "a"]
    assert dropped == 204
    assert [one["name"] for one in herd.admin("GET", "/snapshots").json["snapshots"]] == ["a"]
    assert app.admin("GET", "/snapshots").json == {"snapshots": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/snapshots", {}, 422, "there is no 'name'"),
        ("POST", "/snapshots", {"name": 3}, 422, "name is 3"),
        ("POST", "/snapshots", {"name": "3"}, 422, "positions of the history"),
        ("POST", "/snapshots", {"name": "a b"}, 422, "'a b' is no name"),
        ("POST", "/snapshots", {"name": ""}, 422, "'' is no name"),
        ("POST", "/snapshots/none/restore", None, 404, "no snapshot 'none'"),
        ("DELETE", "/snapshots/none", None, 404, "no snapshot 'none'"),
        ("GET", "/snapshots/none/restore", None, 405, "POST /__admin/snapshots/<name>/restore"),
    ],
)
def test_a_wrong_call_is_told(
    herd: Herder, method: str, path: str, body: Any, status: int, said: str
) -> None:
    answer = herd.admin(method, path, body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert said in answer.json["detail"]


def test_there_are_not_too_many(herd: Herder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_SNAPSHOTS", 2)

    told = [
        herd.admin("POST", "/snapshots", {"name": one}).status_code for one in ("a", "b", "c", "b")
    ]

    assert told == [201, 201, 409, 200]


def test_the_state_at_the_start_is_that_of_a_fresh_mock(tmp_path: Path) -> None:
    one = herder(tmp_path)
    fresh = export(world(one))
    one.api("POST", "/sheep", {"name": "new"})
    one.advance(3)

    one.admin("POST", "/reset")

    assert export(world(one)) == fresh == export(world(herder(tmp_path)))
