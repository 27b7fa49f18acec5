"""Lists filter, order and count exactly as `spec.lists` says, operator by operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.database import Database
from mockserver.store import Store
from mockserver.tables import tables
from spec import ABSENT, Filter, read
from spec.document import parse
from spec.lists import Query, Wanted, in_order, matches
from tests.mockserver.herd import CONTRACT, Herder, herder, sheep

LISTING = CONTRACT.operations["listSheep"].listing
assert LISTING is not None
MOMENTS = [
    "2024-05-03T09:15:00Z",
    "2024-05-03T09:15:00.000Z",
    "2024-05-03T11:15:00+02:00",
    "2024-05-03T09:15:00.001Z",
    "1999-12-31T23:59:59Z",
]
TEXTS = [
    "",
    "a",
    "A",
    "b",
    "ab",
    "\u00e9",
    "\u00c9",
    "\U0001f411",
    "\uffff",
    "1",
    "true",
    "[",
    "\\",
]
NUMBERS = [-1, 0, 1, 2, 2.5, 10**20, 1e300]
TAGS = st.lists(st.sampled_from(["a", "A", "b", "", "[", "1"]), max_size=3)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.none() | st.sampled_from(TEXTS),
            "weight": st.none() | st.sampled_from(NUMBERS),
            "tags": st.none() | TAGS,
            "born_at": st.none() | st.sampled_from(MOMENTS),
        },
    ),
    max_size=8,
)
VALUES = {
    "name": st.sampled_from(TEXTS),
    "weight": st.sampled_from(NUMBERS),
    "tags": st.sampled_from(["a", "A", "b", ""]),
    "born_at": st.sampled_from(MOMENTS),
}


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    assert LISTING is not None
    one: Filter = draw(st.sampled_from(LISTING.filters))
    values = VALUES[one.field]
    if one.operator in {"in", "nin"}:
        return Wanted(one, draw(st.lists(values, min_size=1, max_size=3)))
    if one.field == "tags" and one.operator in {"eq", "ne"}:
        return Wanted(one, draw(TAGS))
    return Wanted(one, draw(values))


def filled(records: list[dict[str, Any]]) -> Store:
    store = Store("herd", tables(CONTRACT), {}, Database())
    store.create()
    for number, record in enumerate(records):
        store.add("sheep", {"farm": "hill", "number": number, **record})
    return store


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(RECORDS, st.lists(wanted(), max_size=3))
def test_a_page_is_what_the_specification_keeps(
    records: list[dict[str, Any]], conditions: list[Wanted]
) -> None:
    store = filled(records)
    asked = Query(tuple(conditions))
    kept = [one for one in store.every("sheep", ABSENT) if matches(asked, one, complete=True)]

    assert store.page("sheep", ABSENT, asked) == (kept, len(kept))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "name": st.none() | st.sampled_from(TEXTS),
                "weight": st.none() | st.sampled_from(NUMBERS),
            },
        ),
        max_size=8,
    ),
    st.sampled_from(
        [("name",), ("-name",), ("weight",), ("-weight",), ("weight", "-name"), ("-tags", "name")]
    ),
)
def test_the_order_is_that_of_the_specification(
    records: list[dict[str, Any]], order: tuple[str, ...]
) -> None:
    store = filled(records)
    asked = Query((), order=order)

    assert store.page("sheep", ABSENT, asked)[0] == in_order(asked, store.every("sheep", ABSENT))


@pytest.mark.parametrize("sign", ["", "-"])
def test_times_are_ordered_as_moments_and_unset_ones_come_last(sign: str) -> None:
    store = filled([{"born_at": one} for one in [None, *MOMENTS]])

    page, _ = store.page("sheep", ABSENT, Query((), order=(f"{sign}born_at",)))

    upwards = [5, 1, 2, 3, 4, 0]
    downwards = [4, 1, 2, 3, 5, 0]
    assert [one["number"] for one in page] == (downwards if sign else upwards)


def test_an_order_by_a_field_that_no_document_mentions_is_worked_out() -> None:
    store = filled([{"breed": one} for one in ["b", None, "a"]])

    page, _ = store.page("sheep", ABSENT, Query((), order=("-breed",)))

    assert [one["number"] for one in page] == [0, 2, 1]


TOOLS = """
openapi: 3.1.0
info: {title: Tools, version: '1'}
paths:
  /tools:
    get:
      operationId: listTools
      parameters:
        - {name: label, in: query, schema: {type: string}}
        - {name: maker, in: query, schema: {type: array, items: {type: string}}}
        - {name: since, in: query, schema: {type: string}}
      responses: {'200': {content: {application/json: {}}}}
      x-contract-effect: {list: tool, many: true}
      x-contract-list:
        items: ''
        filters:
          label: label
          maker: {field: maker.name, operator: in}
          since: {field: maker.since, operator: gt}
x-contract-resources:
  tool: {key: {field: id, made: sequence}, caseless: [label]}
"""


@pytest.mark.parametrize(
    "condition",
    [
        Wanted(Filter("label", "label"), "Saw"),
        Wanted(Filter("label", "label"), "saw"),
        Wanted(Filter("maker", "maker.name", "in"), ["Ann", "Bob"]),
        Wanted(Filter("maker", "maker.name", "in"), [None, "Bob"]),
        Wanted(Filter("since", "maker.since", "gt"), 1990),
        Wanted(Filter("since", "maker.since", "eq"), None),
    ],
    ids=str,
)
def test_a_field_inside_of_a_field_and_one_without_case_are_filtered_exactly(
    condition: Wanted,
) -> None:
    contract = read(parse(TOOLS, name="tools", file="tools.yaml"))
    store = Store("tools", tables(contract), {}, Database())
    store.create()
    makers: list[Any] = [
        None,
        {"name": "Ann", "since": 1990},
        {"name": "Bob", "since": 1991},
        {"name": ["Bob"], "since": None},
        {"since": "1992"},
        {},
    ]
    for number, maker in enumerate(makers):
        store.add("tool", {"label": ("Saw", "saw")[number % 2], "maker": maker})
    store.add("tool", {"label": "SAW"})
    asked = Query((condition,))

    kept = [one for one in store.every("tool", ABSENT) if matches(asked, one, complete=True)]
    assert store.page("tool", ABSENT, asked) == (kept, len(kept))


# -- over HTTP

FLOCK = (
    sheep(11, "hill", name="Ada", weight=70, tags=["black"], born_at="2024-01-01T00:00:00Z"),
    sheep(12, "hill", name="bob", weight=None, tags=["black", "old"]),
    sheep(13, "hill", name="Cleo", weight=80, tags=[], born_at="2024-03-01T00:00:00+00:00"),
    sheep(14, "hill", name="ada", weight=70, tags=["old", "black"]),
)


@pytest.fixture(scope="module")
def herd(tmp_path_factory: pytest.TempPathFactory) -> Herder:
    return herder(Path(tmp_path_factory.mktemp("herd")), {"none": []}, *FLOCK)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"name": "Ada"}, [11]),
        ({"name_eq": "Ada"}, [11]),
        ({"name_ne": "Ada"}, [12, 13, 14]),
        ({"name_like": "D"}, [11, 14]),
        ({"name_gt": "Cleo"}, [12, 14]),
        ({"name_gte": "Cleo"}, [12, 13, 14]),
        ({"name_lt": "Cleo"}, [11]),
        ({"name_lte": "Cleo"}, [11, 13]),
        ({"name_in": "Ada,bob,x"}, [11, 12]),
        ({"name_nin": "Ada,bob,x"}, [13, 14]),
        ({"weight": "70"}, [11, 14]),
        ({"weight_ne": "70"}, [12, 13]),
        ({"weight_gt": "70"}, [13]),
        ({"weight_lte": "80"}, [11, 13, 14]),
        ({"weight_nin": "70"}, [12, 13]),
        ({"tags": "black,old"}, [12]),
        ({"tags_eq": "black"}, [11]),
        ({"tags_ne": "black"}, [12, 13, 14]),
        ({"tags_inc": "old"}, [12, 14]),
        ({"tags_in": "old,x"}, [12, 14]),
        ({"tags_nin": "old,x"}, [11, 13]),
        ({"born_at": "2024-01-01T02:00:00+02:00"}, [11]),
        ({"born_at_ne": "2024-01-01T02:00:00+02:00"}, [12, 13, 14]),
        ({"born_at_gt": "2024-01-01T00:00:00Z"}, [13]),
        ({"born_at_gte": "2024-01-01T00:00:00Z"}, [11, 13]),
        ({"name_like": "d", "weight": "70", "tags_inc": "old"}, [14]),
        ({"sort": "weight"}, [11, 14, 13, 12]),
        ({"sort": "-weight"}, [13, 11, 14, 12]),
        ({"sort": "name"}, [11, 13, 14, 12]),
        ({"sort": "-born_at"}, [13, 11, 12, 14]),
        ({"sort": "-name", "size": "2", "page": "2"}, [13, 11]),
        ({"size": "3", "page": "9"}, []),
    ],
)
def test_a_list_answers(herd: Herder, asked: dict[str, str], found: list[int]) -> None:
    answer = herd.api("GET", f"/sheep?{urlencode(asked)}")

    assert [one["number"] for one in answer.json] == found


@pytest.mark.parametrize("name", ["name_inc", "tags_like", "weight_inc", "born_at_in"])
def test_an_operator_that_a_field_does_not_take_is_refused(herd: Herder, name: str) -> None:
    answer = herd.api("GET", f"/sheep?{name}=1")

    assert (answer.status_code, answer.json["code"]) == (400, "INVALID")
    assert name in answer.json["why"]


def test_an_envelope_is_given_when_it_is_asked_for(herd: Herder) -> None:
    plain = herd.api("GET", "/sheep?size=3&page=2").json
    folded = herd.api("GET", "/sheep?size=3&page=2&meta=true").json

    assert folded == {"rows": plain, "total": 4, "size": 3, "page": 2}
    assert herd.api("GET", "/sheep?size=3&page=2&meta=false").json == plain
    assert herd.api("GET", "/sheep?page=9&size=9&meta=true&name=x").json == {
        "rows": [],
        "total": 0,
        "size": 9,
        "page": 9,
    }
