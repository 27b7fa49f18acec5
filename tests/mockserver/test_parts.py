"""Entries of a part: defined by their first value, set and unset, all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mockserver.herd import Herder, herder


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    return herder(tmp_path)


def put(herd: Herder, *items: tuple[str, Any], number: int = 1) -> Any:
    body = [{"trait": name, "value": value} for name, value in items]
    return herd.api("PATCH", f"/sheep/{number:024x}/traits", body)


def values(herd: Herder, number: int = 1, key: str = "hill") -> list[tuple[str, Any]]:
    rows = herd.api("GET", f"/sheep/{number:024x}/traits", key=key).json["data"]
    return [(row["definition"]["trait"], row["state"] and row["state"]["value"]) for row in rows]


def test_there_are_none_at_first(herd: Herder) -> None:
    assert values(herd) == []


def test_a_first_value_defines_an_entry_for_all(herd: Herder) -> None:
    answer = put(herd, ("Wool", 3), ("horns", "two"))

    [wool, horns] = answer.json["data"]
    assert wool["definition"].keys() == {"id", "trait", "type", "label"}
    assert (wool["definition"]["type"], wool["definition"]["label"]) == ("WHOLE", "Wool")
    assert wool["state"] == {
        "value": 3,
        "since": "2023-11-14T22:13:20Z",
        "at": "2023-11-14T22:13:20Z",
    }
    assert horns["definition"]["type"] == "TEXT"
    assert herd.api("GET", f"/sheep/{1:024x}/traits").json == answer.json
    assert values(herd, 2) == [("Wool", None), ("horns", None)]


def test_definitions_come_in_the_order_in_which_they_were_made(herd: Herder) -> None:
    put(herd, ("z", 1), ("a", 1))
    put(herd, ("m", 1), ("a", 2))

    assert values(herd) == [("z", 1), ("a", 2), ("m", 1)]


def test_names_are_compared_without_case_and_the_last_one_counts(herd: Herder) -> None:
    put(herd, ("Stra\u00dfe", 1))
    put(herd, ("STRASSE", 2), ("strasse", 3))

    assert values(herd) == [("Stra\u00dfe", 3)]


def test_null_unsets_and_defines_nothing(herd: Herder) -> None:
    put(herd, ("wool", 3))
    put(herd, ("wool", None), ("horns", None))

    assert values(herd) == [("wool", None)]


def test_what_is_not_named_stays_and_keeps_its_times(herd: Herder) -> None:
    put(herd, ("wool", 3), ("horns", 2))
    herd.advance(60)
    put(herd, ("horns", 4))

    states = {
        row["definition"]["trait"]: row["state"]
        for row in herd.api("GET", f"/sheep/{1:024x}/traits").json["data"]
    }

    assert (states["wool"]["since"], states["wool"]["at"]) == ("2023-11-14T22:13:20Z",) * 2
    assert states["horns"] == {
        "value": 4,
        "since": "2023-11-14T22:13:20Z",
        "at": "2023-11-14T22:14:20Z",
    }


def test_a_value_of_another_type_is_refused_with_all_that_came_with_it(herd: Herder) -> None:
    put(herd, ("wool", 3))
    before = herd.admin("GET", "/state").data

    for items in [
        [("new", 1), ("wool", "thick")],
        [("new", 1), ("new", "x")],
        [("wool", 4), ("WOOL", 1.5)],
    ]:
        assert put(herd, *items).status_code == 400
        assert herd.admin("GET", "/state").data == before


def test_the_time_of_the_records_own_change_stays(herd: Herder) -> None:
    before = herd.sheep(1)
    herd.advance(60)
    put(herd, ("wool", 3))

    assert herd.sheep(1) == before
    assert "traits" not in before


def test_each_tenant_has_definitions_of_its_own(herd: Herder) -> None:
    put(herd, ("wool", 3))
    made = herd.api("POST", "/sheep", {"name": "new"}, key="far").json["_id"]

    answer = herd.api(
        "PATCH", f"/sheep/{made}/traits", [{"trait": "wool", "value": "none"}], key="far"
    )

    assert answer.status_code == 200
    assert values(herd) == [("wool", 3)]


def test_entries_go_with_their_record(herd: Herder) -> None:
    put(herd, ("wool", 3))
    herd.api("DELETE", f"/sheep/{1:024x}")

    assert herd.api("GET", f"/sheep/{1:024x}/traits").status_code == 404
    assert values(herd, 2) == [("wool", None)]


def test_an_upsert_that_is_no_list_of_objects_sets_nothing(herd: Herder) -> None:
    assert herd.api("PATCH", f"/sheep/{1:024x}/traits", {"trait": "a"}).status_code == 400
    assert herd.api("PATCH", f"/sheep/{1:024x}/traits", []).json == {"data": []}
