"""Worlds that do not see each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mockserver import Mock, create_app
from mockserver.worlds import MOST_SESSIONS


@pytest.fixture
def own_app() -> Mock:
    return create_app(("fleet",))


def test_a_session_keeps_its_changes_to_itself(fleet: Any, caller: Any) -> None:
    other = caller(fleet.app)
    untouched = other.state()

    fleet.send("DELETE", "/devices/3")
    made = fleet.made()["id"]

    assert fleet.get("/3").status_code == 404
    assert other.get("/3").status_code == 200
    assert other.state() == untouched
    assert other.made()["id"] == made


def test_without_a_name_all_share_the_base_world(own_app: Mock, caller: Any) -> None:
    caller(own_app, None).send("DELETE", "/devices/3")

    assert caller(own_app, None).get("/3").status_code == 404


def test_a_session_is_forked_from_the_base_as_it_is_then(own_app: Mock, caller: Any) -> None:
    base, early = caller(own_app, None), caller(own_app, "early")
    early.get()
    base.patch(3, {"comment": "changed"})
    number = base.made()["id"]
    late = caller(own_app, "late")

    assert early.get(f"/{number}").status_code == 404
    assert late.get("/3").json["data"]["comment"] == "changed"
    assert late.made()["id"] == number + 1


def test_a_session_has_its_own_journal_and_request_ids(own_app: Mock, caller: Any) -> None:
    one, two = caller(own_app, "one"), caller(own_app, "two")
    one.get()

    answer = two.get()

    assert answer.headers["X-Mock-Request-Id"] == "two.1"
    assert two.admin("GET", "/requests").json["total"] == 1


@pytest.mark.parametrize("name", ["a b", "a/b", "\u00e9", "a" * 65, "a,b", "a%20b"])
def test_a_bad_name_is_refused(fleet: Any, caller: Any, name: str) -> None:
    answer = caller(fleet.app, name).get()

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["title"] == "Bad session name"


def test_the_session_that_was_not_used_for_longest_is_forgotten(own_app: Mock) -> None:
    sessions = own_app.sessions
    first = sessions.world("first")
    for number in range(MOST_SESSIONS - 1):
        sessions.world(f"s{number}")
    assert sessions.world("first") is first

    sessions.world("one-more")

    assert len(sessions) == MOST_SESSIONS
    assert sessions.world("first") is first
    assert sessions.world("s1") is not None
    assert len(sessions) == MOST_SESSIONS


def test_of_racing_creates_one_wins(fleet: Any) -> None:
    def create(number: int) -> int:
        row = {"name": str(number), "type": "t", "category": "c", "serial_number": "RACE"}
        return int(fleet.create(row).status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(24)))

    assert statuses == [201] + [400] * 23


def test_the_same_requests_give_the_same_bytes(caller: Any) -> None:
    def run() -> list[tuple[Any, ...]]:
        one = caller(create_app(("fleet",)), "same")
        answers = [
            one.get(),
            one.create({"name": "n", "type": "t", "category": "c"}),
            one.get("/41"),
            one.patch(41, {}),
            one.send("DELETE", "/devices/41"),
        ]
        return [(a.status_code, a.data, sorted(a.headers.items())) for a in answers]

    assert run() == run()


def test_sessions_are_listed_made_and_forgotten(own_app: Mock, caller: Any) -> None:
    base, one = caller(own_app, None), caller(own_app, "one")
    one.made()
    two = base.admin("POST", "/sessions", {"name": "two", "from": "one"})
    three = base.admin("POST", "/sessions", {"name": "three"})

    told = base.admin("GET", "/sessions").json

    assert (two.status_code, three.status_code, told["most"]) == (201, 201, MOST_SESSIONS)
    assert [(each["name"], each["requests"], each["position"]) for each in told["sessions"]] == [
        (None, 0, 0),
        ("one", 1, 1),
        ("two", 0, 0),
        ("three", 0, 0),
    ]
    assert caller(own_app, "two").state() == one.state() != base.state()
    assert base.admin("DELETE", "/sessions/one").status_code == 204
    assert one.admin("DELETE", "/sessions").status_code == 204
    assert [each["name"] for each in base.admin("GET", "/sessions").json["sessions"]] == [
        None,
        "three",
        "two",  # the one that was used last
    ]
    assert base.admin("DELETE", "/sessions").status_code == 204
    assert [each["name"] for each in base.admin("GET", "/sessions").json["sessions"]] == [None]
    assert one.state() == base.state()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/sessions", {}, 422, "there is no 'name'"),
        ("POST", "/sessions", {"name": 5}, 422, "name is 5"),
        ("POST", "/sessions", {"name": "a b"}, 400, "'a b' is no name"),
        ("POST", "/sessions", {"name": "new", "from": "nobody"}, 404, "no session 'nobody'"),
        ("POST", "/sessions", {"name": "taken"}, 409, "There is a session 'taken'"),
        ("DELETE", "/sessions/nobody", None, 404, "no session 'nobody'"),
    ],
)
def test_a_wrong_call_about_sessions_is_told(
    own_app: Mock, caller: Any, method: str, path: str, body: Any, status: int, said: str
) -> None:
    caller(own_app, "taken").get()

    answer = caller(own_app, None).admin(method, path, body)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert said in answer.json["detail"]


def test_worlds_that_are_changed_side_by_side_do_not_meet(own_app: Mock, caller: Any) -> None:
    def work(number: int) -> list[Any]:
        one = caller(own_app, f"side-{number}")
        seen = []
        for turn in range(6):
            made = one.made(name=f"{number}/{turn}")
            one.patch(made["id"], {"comment": f"of {number}"})
            device = one.get(f"/{made['id']}").json["data"]
            seen.append((device["id"], device["name"], device["comment"]))
            if turn % 3 == 2:
                assert sum(each >= seen[0][0] for each in one.ids("?limit=100")) == 3
                one.admin("POST", "/reset")
        return seen

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(work, range(24)))

    first = told[0][0][0]
    for number, seen in enumerate(told):
        assert seen == [(first + turn % 3, f"{number}/{turn}", f"of {number}") for turn in range(6)]
