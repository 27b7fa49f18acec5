"""What a client may ask of the mock with `Prefer` and its twins in the query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app
from mockserver.jobs import Pace
from tests.mockserver.anything import DOCUMENTS, FOLDER, Anything

PETS = FOLDER / "pets.yaml"


def prefer(text: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Prefer": text}}


# -- code


def test_an_answer_is_chosen_by_its_code_and_nothing_is_done(fleet: Any) -> None:
    before = fleet.state()

    answer = fleet.send("DELETE", "/devices/3", **prefer("code=404"))

    assert (answer.status_code, answer.json) == (404, {"error": "DEVICE_NOT_FOUND"})
    assert answer.headers["Preference-Applied"] == "code=404"
    assert "Prefer" in answer.headers.getlist("Vary")
    assert "X-Mock-Rule" not in answer.headers
    assert fleet.state() == before


def test_a_chosen_answer_comes_whatever_the_request_holds(fleet: Any) -> None:
    answer = fleet.patch(3, {"name": 1}, key=None, **prefer("code=200"))

    assert answer.status_code == 200


def test_a_chosen_refusal_of_the_key_tells_how_to_send_one(fleet: Any) -> None:
    assert fleet.get("/3", **prefer("code=401")).headers["WWW-Authenticate"] == "Bearer"


def test_a_code_that_the_operation_has_not_is_refused_with_those_it_has(fleet: Any) -> None:
    answer = fleet.get("/3", **prefer("code=418"))

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["codes"] == ["200", "401", "404"]
    assert "getDevice" in answer.json["detail"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=[one.stem for one in DOCUMENTS])
def test_every_documented_status_can_be_chosen_and_is_as_documented(path: Path) -> None:
    api = Anything(path)

    for operation in api.contract.operations.values():
        for status in [one for one in operation.responses if one.isdecimal()]:
            api.headers = {"Prefer": f"code={status}"}
            answer = api.call(operation)
            assert str(answer.status_code) == status, (operation.id, answer.text)
            assert api.contradictions(operation, answer) == [], operation.id


# -- examples


def test_an_example_is_chosen_by_its_name(fleet: Any) -> None:
    answer = fleet.get(**prefer("example=noMatch"))

    assert (answer.status_code, answer.json["data"]) == (200, [])
    assert answer.headers["Preference-Applied"] == "example=noMatch"


def test_an_example_may_be_one_of_a_refusal(fleet: Any) -> None:
    answer = fleet.patch(3, {}, **prefer("example=keyboardLayoutRequired"))

    assert (answer.status_code, answer.json["error"]) == (400, "KEYBOARD_LAYOUT_REQUIRED")


def test_an_example_is_looked_for_in_the_answer_of_the_code(fleet: Any) -> None:
    answer = fleet.get(**prefer("code=200, example=limitTooLarge"))

    assert answer.status_code == 400
    assert answer.json["examples"] == ["page", "noMatch"]


# -- made up


def test_what_is_made_up_fits_the_document_and_is_the_same_for_a_seed() -> None:
    api = Anything(PETS)
    create = api.contract.operations["createPet"]

    def body(seed: str) -> Any:
        api.headers = {"Prefer": f"dynamic=true; seed={seed}"}
        answer = api.call(create)
        assert api.contradictions(create, answer) == []
        return answer.json

    assert body("a") == body("a")
    assert body("a") != body("b")


def test_without_a_seed_each_answer_that_is_made_up_is_another_one() -> None:
    def bodies() -> list[Any]:
        api = Anything(PETS)
        create = api.contract.operations["createPet"]
        api.headers = {"Prefer": "dynamic=true"}
        return [api.call(create).json for _ in range(3)]

    first, second, third = bodies()
    assert first != second != third
    assert bodies() == [first, second, third]


def test_dynamic_false_chooses_nothing(fleet: Any) -> None:
    assert fleet.get("/3", **prefer("dynamic=false")).json["data"]["id"] == 3


# -- delays and work


def test_an_answer_can_be_held_back(fleet: Any) -> None:
    answer = fleet.get("/3", **prefer("delay=1"))

    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "delay=1")
    entry = fleet.admin("GET", "/requests?limit=1").json["requests"][0]
    assert entry["note"] == "held back for 1 ms"


def test_several_preferences_are_applied_together(fleet: Any) -> None:
    answer = fleet.get("/3", **prefer("error=DEVICE_NOT_FOUND, delay=1, unknown=x"))

    assert answer.status_code == 404
    assert answer.headers["Preference-Applied"] == "error=DEVICE_NOT_FOUND, delay=1"


def started(pace: Pace, preference: str, frozen: float | None = None) -> tuple[Any, Any]:
    """The answer that begins a job of four items, and how far the job is then."""
    app = create_app(("edgeiq",), jobs=pace, frozen=frozen)
    client, base = app.test_client(), "/api/v1/platform"
    answer = client.post(
        f"{base}/fleets/65a0f1000000000000000001/actions",
        json={"action": "issue_command", "gateway_command": "reboot"},
        headers={"Authorization": "tok_admin", "Prefer": preference},
    )
    [job] = app.sessions.base.told_jobs()
    return answer, job


def test_an_answer_waits_for_the_work_that_it_began() -> None:
    answer, job = started(Pace("time", 1_000_000), "wait=10")

    assert answer.headers["Preference-Applied"] == "wait=10"
    assert job["state"] == "complete"


def test_an_answer_does_not_wait_for_work_at_once_when_it_is_asked_not_to() -> None:
    answer, job = started(Pace("immediate"), "respond-async")

    assert answer.headers["Preference-Applied"] == "respond-async"
    assert job["done"] == 0


def test_nobody_waits_for_work_that_only_the_clock_goes_on_with() -> None:
    _, job = started(Pace("time", 1), "wait=60", frozen=1_700_000_000.0)

    assert (job["state"], job["done"]) == ("pending", 0)


def test_where_no_work_begins_nothing_is_waited_for(fleet: Any) -> None:
    assert "Preference-Applied" not in fleet.get("/3", **prefer("wait=10")).headers


# -- what cannot be met


@pytest.mark.parametrize(
    ("preference", "said"),
    [
        ("code=abc", "code is 'abc'; expected a status"),
        ("code=", "code is ''"),
        ("code=99999999999999999999", "expected a status"),
        ("delay=-1", "delay is '-1'"),
        ("delay=60001", "a number up to 60000"),
        ("wait=soon", "wait is 'soon'"),
        ("dynamic=perhaps", "expected true or false"),
        ("example=nothing", "getDevice has no example 'nothing'. It has: enrolledLaptop"),
        ('example="a\\"b"', "getDevice has no example"),
        ("error=", "getDevice has no error ''"),
    ],
)
def test_a_preference_that_cannot_be_met_is_refused_in_words(
    fleet: Any, preference: str, said: str
) -> None:
    answer = fleet.get("/3", **prefer(preference))

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert said in answer.json["detail"]
    assert "Preference-Applied" not in answer.headers


# -- twins


def test_the_query_may_ask_where_no_header_can() -> None:
    api = Anything(PETS)

    answer = api.send("GET", "/pets/1?__code=200")

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "code=200"


def test_the_header_silences_the_query(fleet: Any) -> None:
    assert fleet.get("/3?__code=404", **prefer("wait=1")).status_code == 200


def test_a_parameter_that_the_document_declares_is_no_preference(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"
    path.write_text(PETS.read_text("utf-8").replace("name: limit,", "name: __code,"), "utf-8")

    answer = Anything(path).send("GET", "/pets?__code=20&__dynamic=false")

    assert (answer.status_code, answer.json) == (200, [])
    assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize("query", ["__error=DEVICE_NOT_FOUND", "__delay=9", "code=404", "__=1"])
def test_only_the_four_twins_are_preferences(fleet: Any, query: str) -> None:
    assert fleet.get(f"/3?{query}").status_code == 200
