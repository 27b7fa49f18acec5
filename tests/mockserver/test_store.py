"""The store agrees with the words of `spec`: equality as in JSON, order and search as in lists."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.database import Database
from mockserver.store import Store
from mockserver.tables import canonical, dumped, loaded, sortable, tables
from spec import ABSENT, Filter, read
from spec.document import parse
from spec.lists import Query, Wanted, in_order

DOCUMENT = """
openapi: 3.1.0
info: {title: Things, version: 1.0.0}
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{name: v, in: query, schema: {}}]
      responses: {'200': {content: {application/json: {}}}}
      x-contract-effect: {list: thing, many: true}
      x-contract-list: {items: '', filters: {v: value}, order: [-value, group]}
x-contract-resources:
  thing: {key: {field: id, made: sequence}}
"""


@pytest.fixture
def store() -> Store:
    contract = read(parse(DOCUMENT, name="things", file="things.yaml"))
    made = Store("things", tables(contract), {}, Database())
    made.create()
    return made


def equal(value: Any) -> Query:
    return Query((Wanted(Filter("v", "value"), value),))


VALUES: list[Any] = [
    True,
    False,
    1,
    0,
    2,
    2.5,
    -1,
    1e300,
    10**30,
    10**400,
    -(10**400),
    2**63,
    2**64,
    "1",
    "true",
    "",
    "\u0000",
    "a\u0000b",
    "a\u0000c",
    "\ud800",
    "\U0001f4a9",
    "\uffff",
    "Z",
    "a",
    "\u00e9",
    None,
    [],
    [1],
    {},
    {"a": 1, "b": 2},
]


def test_values_are_equal_as_in_json(store: Store) -> None:
    for number, value in enumerate(VALUES):
        store.add("thing", {"id": number, "value": value})

    for number, value in enumerate(VALUES):
        assert store.exists("thing", {"value": value}, ABSENT, None)
        assert not store.exists("thing", {"value": value}, ABSENT, str(number))
        if value is None:
            continue  # an unset value is not what any filter asks for
        page, total = store.page("thing", ABSENT, equal(value))
        assert ([one["id"] for one in page], total) == ([number], 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (2, 2.0),
        (10**22, 1e22),
        ([1, {"a": 2}], [1.0, {"a": 2.0}]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_equal_values_share_one_text(left: Any, right: Any) -> None:
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize("value", VALUES)
def test_a_record_comes_back_as_it_was(value: Any) -> None:
    assert loaded(dumped({"x": value, "y": [value]})) == {"x": value, "y": [value]}


@pytest.mark.parametrize(
    "order", [("value",), ("-value",), ("group", "-value"), ("-value", "group"), ()]
)
def test_the_order_is_that_of_the_specification(store: Store, order: tuple[str, ...]) -> None:
    comparable = [
        one for one in VALUES if not isinstance(one, bool | list | dict) and one != "\ud800"
    ]
    for number, value in enumerate(comparable):
        store.add("thing", {"id": number, "value": value, "group": ("x", None, 2)[number % 3]})
    asked = Query((), order=order)

    page, _ = store.page("thing", ABSENT, asked)

    expected = in_order(asked, [one.record for one in store.stored("thing")])
    assert [one["id"] for one in page] == [one["id"] for one in expected]


def test_an_unset_field_equals_nothing(store: Store) -> None:
    store.add("thing", {"id": 1})

    assert not store.exists("thing", {"value": None}, ABSENT, None)
    assert store.exists("thing", {}, ABSENT, None)


def test_offsets_and_limits_may_be_enormous(store: Store) -> None:
    store.add("thing", {"id": 1})

    assert store.page("thing", ABSENT, Query((), limit=10**30))[1] == 1
    assert store.page("thing", ABSENT, Query((), limit=1, offset=10**30)) == ([], 1)


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.add("thing", {})
            raise ValueError("a reason")

    with pytest.raises(ValueError, match="a reason"):
        fail()

    assert store.stored("thing") == []
    assert store.changes == []
    assert store.add("thing", {})["id"] == 1


def test_a_write_keeps_the_images_before_and_after(store: Store) -> None:
    with store.transaction():
        first = store.add("thing", {"value": 1})
        second = store.put("thing", first, {**first, "value": 2})
        store.remove("thing", second)

    assert [(one.before, one.after) for one in store.changes] == [
        (None, first),
        (first, second),
        (second, None),
    ]
    assert store.record("thing", "1", ABSENT) is None


def test_numbers_beyond_64_bits_are_ordered_by_their_double() -> None:
    assert sortable(10**400) == float("inf")
    assert sortable(2**64) == float(2**64)


def test_a_record_that_was_looked_up_is_read_anew_after_every_write(store: Store) -> None:
    first = store.add("thing", {"id": 1, "value": True})
    assert store.record("thing", "1", ABSENT) == first

    second = store.put("thing", first, {**first, "value": 1})
    assert store.record("thing", "1", ABSENT) == second
    assert store.page("thing", ABSENT, equal(1)) == ([second], 1)

    store.remove("thing", second)
    assert store.record("thing", "1", ABSENT) is None


def test_a_record_that_was_looked_up_is_not_kept_from_a_transaction_that_fails(
    store: Store,
) -> None:
    first = store.add("thing", {"id": 1, "value": 1})

    def fail() -> None:
        with store.transaction():
            store.put("thing", first, {**first, "value": 2})
            assert store.record("thing", "1", ABSENT) == {"id": 1, "value": 2}
            raise ValueError("a reason")

    with pytest.raises(ValueError, match="a reason"):
        fail()

    assert store.record("thing", "1", ABSENT) == first
