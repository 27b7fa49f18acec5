"""Values in a request that provoke a declared error, for clients that can set no header."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import create_app

FAILED = "mock-error:DEVICE_PROVISIONING_FAILED"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"name": FAILED}, id="a text"),
        pytest.param({"user_id": FAILED}, id="where a number belongs"),
        pytest.param({"unknown": {"deep": [FAILED]}}, id="in a field that nobody knows"),
    ],
)
def test_a_value_in_the_body_provokes_an_error(fleet: Any, row: Any, changed: Any) -> None:
    before = fleet.state()

    answer = fleet.create(row(**changed))

    assert (answer.status_code, answer.json["error"]) == (500, "DEVICE_PROVISIONING_FAILED")
    assert fleet.state() == before


@pytest.mark.parametrize(
    "path", ["/devices/mock-error:DEVICE_NOT_FOUND", "/devices/3?x=mock-error:DEVICE_NOT_FOUND"]
)
def test_a_value_in_the_path_or_the_query_provokes_an_error(fleet: Any, path: str) -> None:
    answer = fleet.send("GET", path)

    assert (answer.status_code, answer.json) == (404, {"error": "DEVICE_NOT_FOUND"})
    assert "Preference-Applied" not in answer.headers


def test_an_error_keeps_its_place_in_the_precedence(fleet: Any, row: Any) -> None:
    assert fleet.create(row(name=FAILED), key="flt_sk_reader").status_code == 403
    assert fleet.create(row(name=FAILED, category=7)).status_code == 400


def test_an_error_that_the_operation_has_not_is_refused_with_those_it_has(fleet: Any) -> None:
    answer = fleet.patch(3, {"name": "mock-error:DEVICE_LOST"})

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert "DEVICE_NOT_FOUND" in answer.json["errors"]


@pytest.mark.parametrize("name", ["a mock-error:DEVICE_NOT_FOUND", "mock-error:", "mock-error"])
def test_only_a_whole_value_is_magic(fleet: Any, name: str) -> None:
    assert fleet.patch(3, {"name": name}).json["data"]["name"] == name


def test_there_is_no_magic_where_it_is_switched_off(caller: Any) -> None:
    plain = caller(create_app(("fleet",), magic=False))

    assert plain.patch(3, {"name": FAILED}).json["data"]["name"] == FAILED
