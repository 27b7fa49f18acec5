"""Replacements, and the fields that the server makes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockserver.database import Database
from mockserver.store import Store
from mockserver.tables import tables
from tests.mockserver.herd import CONTRACT, START, Herder, herder

MADE = {"_id", "number", "mark", "created_at", "updated_at"}


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    return herder(tmp_path)


def test_a_new_record_has_all_that_the_server_makes(herd: Herder) -> None:
    made = herd.api("POST", "/sheep", {"name": "new", "weight": 3}).json

    assert re.fullmatch("6553f100[0-9a-f]{10}000000", made["_id"])
    assert re.fullmatch(
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}", made["mark"]
    )
    assert made["number"] == 5
    assert made["created_at"] == "2023-11-14T22:13:20.000Z"
    assert made["updated_at"] == "2023-11-14T22:13:20.000000+00:00"
    assert (made["breed"], made["tags"], made["born_at"]) == ("mixed", [], None)


def test_a_replacement_unsets_what_it_does_not_name_and_keeps_the_rest(herd: Herder) -> None:
    body = {"name": "new", "weight": 3, "tags": ["a"], "born_at": "2024-01-01T00:00:00Z"}
    made = herd.api("POST", "/sheep", body | {"breed": "merino"}).json
    herd.advance(60)

    answer = herd.api("PUT", f"/sheep/{made['_id']}", {"name": "other", "breed": "x"}, key="top")

    replaced = answer.json
    assert {name: replaced[name] for name in MADE - {"updated_at"}} == {
        name: made[name] for name in MADE - {"updated_at"}
    }
    assert replaced["updated_at"] == "2023-11-14T22:14:20.000000+00:00"
    assert replaced["farm"] == "hill"
    assert replaced["breed"] == "merino"
    assert (replaced["name"], replaced["weight"], replaced["tags"]) == ("other", None, [])
    assert replaced["born_at"] is None
    assert herd.api("GET", f"/sheep/{made['_id']}").json == replaced


def test_a_change_moves_the_time_of_change_and_nothing_else(herd: Herder) -> None:
    before = herd.sheep(1)
    herd.advance(60)

    after = herd.api("PATCH", f"/sheep/{1:024x}", {"weight": 5}).json

    assert after == before | {"weight": 5, "updated_at": "2023-11-14T22:14:20.000000+00:00"}


def test_a_replacement_keeps_the_traits(herd: Herder) -> None:
    path = f"/sheep/{1:024x}"
    herd.api("PATCH", f"{path}/traits", [{"trait": "Wool", "value": 3}])
    before = herd.api("GET", f"{path}/traits").json

    herd.api("PUT", path, {"name": "other"})

    assert herd.api("GET", f"{path}/traits").json == before


@pytest.fixture
def now() -> list[float]:
    return [START]


def store_at(now: list[float], seed: int = 0) -> Store:
    store = Store("herd", tables(CONTRACT), {}, Database(), now=lambda: now[0], seed=seed)
    store.create()
    return store


def made(store: Store, **more: Any) -> dict[str, Any]:
    return dict(store.add("sheep", {"farm": "hill", **more}))


@pytest.mark.parametrize("moment", [START, 0.0, -5.0, 253_402_300_799.0, 4_294_967_295.0])
def test_ids_rise_whatever_the_clock_does(now: list[float], moment: float) -> None:
    store = store_at(now)
    first = made(store)["_id"]

    now[0] = moment
    others = [made(store)["_id"] for _ in range(300)]

    ids = [first, *others]
    assert ids == sorted(ids)
    assert len({*ids}) == 301
    assert all(re.fullmatch("(?!ffffffff)[0-9a-f]{24}", one) for one in ids)


def test_ids_are_beyond_those_that_were_given(now: list[float]) -> None:
    store = store_at(now)
    given = "fffffffe" + "0" * 16
    made(store, _id=given, number=70)
    made(store, _id="ffffffff" + "0" * 16)
    made(store, _id="not hex")

    after = made(store)

    assert given < after["_id"] < "ffffffff"
    assert after["number"] == 73


def test_a_deleted_record_leaves_its_numbers_unused(now: list[float]) -> None:
    store = store_at(now)
    first = made(store)
    store.remove("sheep", first)

    second = made(store)

    assert first["_id"] < second["_id"]
    assert (first["number"], second["number"]) == (1, 2)
    assert first["mark"] != second["mark"]


def test_a_seed_gives_the_same_ids_again(now: list[float]) -> None:
    runs = [[made(store_at(now, seed)) for _ in range(3)] for seed in (1, 1, 2)]

    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
