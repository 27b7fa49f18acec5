"""Whose records a caller sees: trees of tenants, tenants of several fields, and keys in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.database import Database
from mockserver.store import Store
from mockserver.tables import tables
from spec import ABSENT, read
from spec.document import parse
from spec.lists import Query
from tests.mockserver.herd import Herder, herder, sheep

OTHERS = (sheep(11, "top"), sheep(12, "den"), sheep(13, "far"))


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    return herder(tmp_path, {"all": [1]}, *OTHERS)


@pytest.mark.parametrize(
    ("farm", "seen"),
    [("top", {11, 1, 12}), ("hill", {1, 12}), ("den", {12}), ("far", {13})],
)
def test_a_tenant_sees_its_own_and_all_that_is_below(
    herd: Herder, farm: str, seen: set[int]
) -> None:
    listed = herd.api("GET", "/sheep", key=farm).json

    assert {int(one["_id"], 16) for one in listed} == seen
    for number in (1, 11, 12, 13):
        status = herd.api("GET", f"/sheep/{number:024x}", key=farm).status_code
        assert status == (200 if number in seen else 404)


def test_a_record_that_was_read_by_one_is_not_shown_to_another(herd: Herder) -> None:
    path = f"/sheep/{1:024x}"

    assert herd.api("GET", path, key="top").status_code == 200
    assert herd.api("GET", path, key="den").status_code == 404
    assert herd.api("PATCH", path, {"weight": 3}, key="top").status_code == 200
    assert herd.api("GET", path, key="hill").json["weight"] == 3
    assert herd.api("DELETE", path, key="top").status_code == 204
    assert herd.api("GET", path, key="hill").status_code == 404


def test_a_new_record_is_the_callers(herd: Herder) -> None:
    made = herd.api("POST", "/sheep", {"name": "new"}, key="den").json

    assert made["farm"] == "den"
    assert herd.api("GET", f"/sheep/{made['_id']}", key="top").status_code == 200


def test_what_is_unique_anywhere_is_compared_with_what_nobody_here_sees(herd: Herder) -> None:
    answer = herd.api("POST", "/sheep", {"name": "sheep 13"}, key="den")

    assert (answer.status_code, answer.json["why"]) == (409, "There is a sheep 13 already")


def test_a_tenant_that_is_moved_takes_its_records_along(herd: Herder) -> None:
    assert herd.api("GET", f"/sheep/{12:024x}", key="far").status_code == 404

    record = herd.admin("GET", "/state/farm/den").json["record"]
    herd.admin("PUT", "/state/farm/den", record | {"above": "far"})

    assert herd.api("GET", f"/sheep/{12:024x}", key="far").status_code == 200
    assert herd.api("GET", f"/sheep/{12:024x}", key="top").status_code == 404


def test_a_ring_of_tenants_is_no_trap(herd: Herder) -> None:
    record = herd.admin("GET", "/state/farm/top").json["record"]
    herd.admin("PUT", "/state/farm/top", record | {"above": "den"})

    assert len(herd.api("GET", "/sheep", key="den").json) == 3


def test_a_tenant_without_a_record_sees_its_own(herd: Herder) -> None:
    store = herd.app.sessions.base.stores["herd"]

    assert store.every("sheep", ("nobody",)) == []
    assert len(store.every("sheep", ("hill",))) == 2
    assert len(store.every("sheep", ABSENT)) == 4


# -- the view, on kinds of several tenant fields

PLOTS = """
openapi: 3.1.0
info: {title: Plots, version: '1'}
paths:
  /{land}/{town}/plots:
    get:
      operationId: listPlots
      parameters:
        - {name: land, in: path, required: true, schema: {type: string}}
        - {name: town, in: path, required: true, schema: {type: string}}
      responses: {'200': {content: {application/json: {}}}}
      x-contract-facts: {one: {found: {kind: plot, where: {owner: {from: request.path.land}}}}}
      x-contract-effect: {list: plot, many: true}
      x-contract-list: {items: ''}
x-contract-resources:
  plot:
    key: {field: name, made: client}
    tenant: {land: request.path.land, town: request.path.town}
    caseless: [name, owner]
"""


@pytest.fixture
def plots() -> Store:
    contract = read(parse(PLOTS, name="plots", file="plots.yaml"))
    store = Store("plots", tables(contract), {}, Database())
    store.create()
    for land, town, name, owner in [
        ("a", "b", "One", "Ann"),
        ("a", "c", "one", "ann"),
        ("ab", "", "two", "ANN"),
        ("a", "b", "two", "Straße"),
    ]:
        store.add("plot", {"land": land, "town": town, "name": name, "owner": owner})
    return store


def test_a_key_is_looked_up_in_one_tenant(plots: Store) -> None:
    found = plots.record("plot", "one", ("a", "c"))

    assert found is not None
    assert found["owner"] == "ann"
    assert plots.record("plot", "one", ("a", "d")) is None
    assert plots.record("plot", "two", ("a", "b")) != plots.record("plot", "two", ("ab", ""))


def test_fields_without_case_are_compared_without_it(plots: Store) -> None:
    assert plots.record("plot", "ONE", ("a", "b")) == {
        "land": "a",
        "town": "b",
        "name": "One",
        "owner": "Ann",
    }
    assert plots.exists("plot", {"owner": "aNN"}, ("a", "b"), None)
    assert not plots.exists("plot", {"owner": "aNN"}, ("a", "b"), "oNE")
    assert plots.exists("plot", {"owner": "STRASSE"}, ("a", "b"), None)


def test_the_first_record_in_the_order_of_creation_is_found(plots: Store) -> None:
    found = plots.find("plot", {"owner": "ann"}, ABSENT)

    assert found is not None
    assert found["name"] == "One"
    assert plots.find("plot", {"owner": "ann"}, ("ab", "")) != found
    assert plots.find("plot", {"owner": "bob"}, ABSENT) is None


def test_what_was_found_is_looked_for_anew_after_a_write(plots: Store) -> None:
    assert plots.find("plot", {"owner": "bob"}, ("a", "b")) is None
    first = plots.find("plot", {"owner": "ann"}, ("a", "b"))
    assert first is not None

    plots.put("plot", first, {**first, "owner": "Bob"})

    assert plots.find("plot", {"owner": "ann"}, ("a", "b")) is None
    assert plots.find("plot", {"owner": "bob"}, ("a", "b")) == {**first, "owner": "Bob"}


def test_every_record_comes_in_the_order_of_creation(plots: Store) -> None:
    assert [one["name"] for one in plots.every("plot", ("a", "b"))] == ["One", "two"]
    assert len(plots.every("plot", ABSENT)) == 4
    assert plots.page("plot", ("a", "b"), Query(()))[1] == 2


def test_a_question_about_a_field_without_a_column_is_a_defect(plots: Store) -> None:
    with pytest.raises(AssertionError, match="nothing"):
        plots.exists("plot", {"nothing": "x"}, ABSENT, None)
