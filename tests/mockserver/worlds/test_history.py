"""There and back: undo and redo leave not a byte different."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.jobs import Pace
from mockserver.worlds import World, history
from tests.mockserver.herd import START, Herder, fixtures, herder
from tests.mockserver.worlds.exports import export

FLOCKS = {"all": [1, 2, 3, 4], "some": [2, 3]}
_numbers = count()


@pytest.fixture(scope="module")
def herd(tmp_path_factory: pytest.TempPathFactory) -> Herder:
    return herder(tmp_path_factory.mktemp("herd"), FLOCKS)


def fresh(herd: Herder) -> Herder:
    return Herder(herd.app, f"history-{next(_numbers)}")


def world(herd: Herder) -> World:
    return herd.app.sessions.world(herd.session)


numbers = st.integers(1, 6).map("{:024x}".format)
names = st.sampled_from(["sheep 1", "new", "b", "\u00e9\u0000", "x" * 300])
bodies = st.fixed_dictionaries(
    {"name": names},
    optional={
        "weight": st.one_of(st.none(), st.integers(-(10**25), 10**25)),
        "tags": st.lists(names, max_size=2),
        "breed": names,
    },
)
trait = {"trait": st.sampled_from(["wool", "Wool"]), "value": st.sampled_from([1, "x", None])}
traits = st.lists(st.fixed_dictionaries(trait), max_size=3)
paces = st.sampled_from(["manual", "time", "immediate"])
NOTHING = st.none()


def call(method: str, path: str, body: Any = NOTHING) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(method), st.just(path) if isinstance(path, str) else path, body)


acts = st.sampled_from(["all", "some"]).map("/herd/flocks/{}/shear".format)
deeds = st.one_of(
    call("POST", "/herd/sheep", bodies),
    call("PATCH", numbers.map("/herd/sheep/{}".format), bodies),
    call("PUT", numbers.map("/herd/sheep/{}".format), bodies),
    call("DELETE", numbers.map("/herd/sheep/{}".format)),
    call("PATCH", numbers.map("/herd/sheep/{}/traits".format), traits),
    call("POST", acts, st.fixed_dictionaries({}, optional={"tag": names, "weight": st.just(7)})),
    call("POST", "/__admin/clock/advance", st.fixed_dictionaries({"seconds": st.floats(0.1, 0.9)})),
    call(
        "PUT",
        "/__admin/clock",
        st.sampled_from(
            [
                {"mode": "stepped"},
                {"mode": "frozen"},
                {"mode": "frozen", "now": "2023-11-14T22:13:21Z"},
            ]
        ),
    ),
    call("PUT", "/__admin/jobs", st.fixed_dictionaries({"mode": paces})),
    call("POST", "/__admin/jobs/advance", st.just({"items": 3})),
    call("PUT", "/__admin/state/farm/hill", st.just({"above": None, "open": False})),
    call("PUT", "/__admin/state/trait", st.just({"records": []})),
    call("POST", "/__admin/snapshots", st.sampled_from([{"name": "a"}, {"name": "b"}])),
    call("POST", "/__admin/snapshots/a/restore"),
    call("POST", "/__admin/undo"),
    call("POST", "/__admin/redo"),
)


@settings(max_examples=60)
@given(sequence=st.lists(deeds, max_size=12))
def test_undo_and_redo_restore_every_byte(herd: Herder, sequence: list[Any]) -> None:
    one = fresh(herd)
    told = world(one).history
    exports = [export(world(one))]
    # On a clock that goes when it is looked at, jobs go on whatever is asked.
    stands = all(body != {"mode": "stepped"} for _, _, body in sequence)

    for method, path, body in sequence:
        before, most = told.position, told.last
        answer = one.send(method, path, body)
        assert answer.status_code < 500, answer.text
        if not path.endswith(("undo", "redo")) and told.position > before:
            del exports[told.position :]
            exports.append(b"")
        else:
            assert told.last == most
        if stands:
            exports[told.position] = exports[told.position] or export(world(one))
            assert export(world(one)) == exports[told.position]
    first = walked(one, "undo")
    again = walked(one, "redo")
    back = walked(one, "undo")

    assert first[-1] == exports[0]
    assert [*reversed(again)] == back
    assert back[len(back) - len(first) + 1 :] == first[1:]
    assert not stands or back == [*reversed(exports)]


def walked(herd: Herder, way: str) -> list[bytes]:
    """All states from the present one to the end of a way."""
    exports = [export(world(herd))]
    while herd.admin("POST", f"/{way}").status_code == 200:
        exports.append(export(world(herd)))
    return exports


def test_the_history_tells_who_did_what(herd: Herder) -> None:
    one = fresh(herd)
    one.api("POST", "/sheep", {"name": "new"})
    one.api("POST", "/sheep", {"name": "new"})  # refused: it is no step
    one.sheep(1)
    one.shear(tag="x")
    one.advance(0.3)
    one.admin("POST", "/undo")

    told = one.admin("GET", "/history").json

    assert (told["position"], told["first"], told["last"]) == (2, 0, 3)
    assert told["steps"] == [
        {
            "position": 1,
            "by": "addSheep",
            "at": "2023-11-14T22:13:20.000000Z",
            "changed": {"sheep": 1},
            "undone": False,
        },
        {
            "position": 2,
            "by": "shearFlock",
            "at": "2023-11-14T22:13:20.000000Z",
            "changed": {"run": 1},
            "undone": False,
        },
        {
            "position": 3,
            "by": "POST /__admin/clock/advance",
            "at": "2023-11-14T22:13:20.000000Z",
            "changed": {"sheep": 3, "run": 1},
            "undone": True,
        },
    ]


def test_an_undone_creation_gives_its_ids_back(herd: Herder) -> None:
    one = fresh(herd)
    first = one.api("POST", "/sheep", {"name": "new"}).json

    one.admin("POST", "/undo")

    assert one.api("GET", f"/sheep/{first['_id']}").status_code == 404
    assert one.api("POST", "/sheep", {"name": "new"}).json == first


def test_what_jobs_do_belongs_to_the_step_before(tmp_path: Path) -> None:
    now = [START]
    one = herder(tmp_path, frozen=None, clock=lambda: now[0])
    untouched = export(world(one))
    run = one.shear(tag="x")
    now[0] += 0.25
    assert one.progress(run)[1] == 2
    half = export(world(one))
    one.api("PATCH", "/sheep/" + f"{1:024x}", {"breed": "merino"})
    now[0] += 0.25
    assert one.progress(run)[1] == 4

    one.admin("POST", "/undo")

    assert export(world(one)) == half
    assert one.progress(run)[1] == 4  # the time of a real clock has passed

    one.admin("POST", "/undo")

    assert export(world(one)) == untouched


def test_redo_is_not_led_astray_by_jobs(tmp_path: Path) -> None:
    now = [START]
    one = herder(tmp_path, frozen=None, clock=lambda: now[0])
    run = one.shear(tag="x")
    one.api("PATCH", "/sheep/" + f"{1:024x}", {"breed": "merino"})
    done = export(world(one))
    one.admin("POST", "/undo")
    now[0] += 0.25
    assert one.progress(run)[1] == 2

    one.admin("POST", "/redo")

    assert export(world(one)) == done
    assert one.progress(run)[1] == 2
    assert one.sheep(1)["breed"] == "merino"


def test_a_new_step_ends_what_could_be_redone(herd: Herder) -> None:
    one = fresh(herd)
    one.api("POST", "/sheep", {"name": "new"})
    one.admin("POST", "/undo")
    one.api("POST", "/sheep", {"name": "other"})

    answer = one.admin("POST", "/redo")

    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.json["title"] == "Nothing to redo"


def test_only_the_latest_steps_are_kept(herd: Herder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_STEPS", 3)
    one = fresh(herd)
    for number in range(5):
        one.api("POST", "/sheep", {"name": str(number)})

    told = [one.admin("POST", "/undo").status_code for _ in range(4)]

    assert told == [200, 200, 200, 409]
    assert one.admin("GET", "/history").json["first"] == 2


def test_a_step_that_writes_too_much_is_forgotten(
    herd: Herder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_WRITES", 5)
    one = fresh(herd)
    one.api("POST", "/sheep", {"name": "new"})
    one.shear(tag="x")
    one.advance(10)

    told = one.admin("GET", "/history").json

    assert (told["first"], told["position"]) == (3, 3)


def test_a_difference_shows_records_before_and_after(herd: Herder) -> None:
    one = fresh(herd)
    made = one.api("POST", "/sheep", {"name": "new"}).json["_id"]
    one.admin("POST", "/snapshots", {"name": "then"})
    one.api("PATCH", f"/sheep/{made}", {"breed": "merino"})
    one.api("DELETE", "/sheep/" + f"{1:024x}")

    told = one.admin("GET", "/diff?from=then&to=3").json

    assert (told["from"], told["to"], told["more"]) == ("then", 3, False)
    gone, changed = told["changes"]
    assert (gone["key"], gone["before"]["name"], gone["after"]) == (f"{1:024x}", "sheep 1", None)
    assert (changed["document"], changed["kind"], changed["key"]) == ("herd", "sheep", made)
    assert changed["after"] == {
        **changed["before"],
        "breed": "merino",
        "updated_at": changed["after"]["updated_at"],
    }
    [new] = one.admin("GET", "/diff?from=0&to=1").json["changes"]
    assert (new["key"], new["before"], new["after"]) == (made, None, changed["before"])
    back = one.admin("GET", "/diff?from=3&to=then").json["changes"]
    assert [(row["before"], row["after"]) for row in back] == [
        (row["after"], row["before"]) for row in told["changes"]
    ]
    assert one.admin("GET", "/diff?limit=1").json["more"]


def test_a_difference_reaches_what_was_undone(herd: Herder) -> None:
    one = fresh(herd)
    one.api("POST", "/sheep", {"name": "new"})
    one.api("POST", "/sheep", {"name": "other"})
    for _ in range(2):
        one.admin("POST", "/undo")

    told = one.admin("GET", "/diff?from=1&to=2").json["changes"]

    assert [row["after"]["name"] for row in told] == ["other"]
    assert one.admin("GET", "/diff").json["changes"] == []


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("from=7", 404, "no position 7. Known: 0 to 0"),
        ("to=nothing", 404, "no snapshot 'nothing'"),
        ("limit=0", 400, "1 to 1000"),
        ("from=\u0661", 404, "no snapshot"),
    ],
)
def test_an_unknown_state_has_no_difference(
    herd: Herder, query: str, status: int, said: str
) -> None:
    answer = fresh(herd).admin("GET", f"/diff?{query}")

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert said in answer.json["detail"]


def test_a_fork_has_no_past(herd: Herder) -> None:
    one = fresh(herd)
    one.api("POST", "/sheep", {"name": "new"})
    one.admin("POST", "/sessions", {"name": "past", "from": one.session})

    assert Herder(herd.app, "past").admin("POST", "/undo").status_code == 409


def test_a_large_state_is_put_and_taken_back(tmp_path: Path) -> None:
    one = herder(tmp_path, pace=Pace("manual"))
    untouched = export(world(one))
    given = fixtures({"all": [*range(1, 60)]})["records"]["sheep"]

    answer = one.admin("PUT", "/state/sheep", {"records": [{"record": row} for row in given]})

    assert answer.status_code == 200, answer.text
    assert len(json.loads(answer.data)["records"]) == 59
    one.admin("POST", "/undo")
    assert export(world(one)) == untouched
