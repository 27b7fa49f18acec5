"""What an upsert leaves of a record's entries, and what an answer shows of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.entries import definitions, read, rows, upserted, values
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.worlds import MEMFAULT

LAMP = lamps.contract().resources["lamp"].parts["traits"]
ATTRIBUTES = MEMFAULT.resources["device"].parts["attributes"]
KNOWN = [{"code": "u1", "name": "Colour", "sort": "TEXT"}, {"code": "u2", "name": "age"}]


def item(name, worth):
    return {"name": name, "worth": worth}


def state(worth, since=1, last=1):
    return {"worth": worth, "since": since, "last": last}


# -- states ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "items", "after"),
    [
        ({}, [item("a", 1)], {"a": state(1, 9, 9)}),
        ({"a": state(1)}, [item("a", 2)], {"a": state(2, 1, 9)}),
        ({"a": state(1)}, [item("a", 1)], {"a": state(1, 1, 9)}),
        ({"a": state(1)}, [item("A", 2)], {"a": state(2, 1, 9)}),
        ({"a": state(1)}, [item("b", 2)], {"a": state(1), "b": state(2, 9, 9)}),
        ({"a": state(1)}, [item("a", None)], {}),
        ({}, [item("a", None)], {}),
        ({"a": state(1)}, [item("a", None), item("a", 2)], {"a": state(2, 1, 9)}),
        ({}, [item("a", 1), item("A", 2)], {"a": state(2, 9, 9)}),
        ({}, [item("a", 1), item("a", None)], {}),
        ({"a": state(1)}, [], {"a": state(1)}),
        ({}, [item("a", False)], {"a": state(False, 9, 9)}),
        ({}, [item("a", 0)], {"a": state(0, 9, 9)}),
        ({}, [item("a", "")], {"a": state("", 9, 9)}),
        ({}, [item("STRASSE", 1), item("straße", 2)], {"strasse": state(2, 9, 9)}),
    ],
    ids=[
        "a first value is set and begins now",
        "a later value leaves the time of the first",
        "the same value again is a change",
        "a name in another case is the same",
        "what no item names stays",
        "null unsets",
        "null leaves what is not set",
        "of two items for one name the last counts, a value",
        "of two items in two cases the last counts",
        "of two items for one name the last counts, null",
        "no item changes nothing",
        "false is a value",
        "zero is a value",
        "the empty text is a value",
        "names are folded and not only put in lower case",
    ],
)
def test_an_upsert_leaves_states(before, items, after):
    assert upserted(LAMP, before, items, 9) == after


def test_an_upsert_changes_nothing_in_what_it_was_given():
    before = {"a": state(1), "b": state(2)}

    upserted(LAMP, before, [item("a", 5), item("b", None)], 9)

    assert before == {"a": state(1), "b": state(2)}


def test_an_entry_that_was_unset_begins_anew():
    gone = upserted(LAMP, {"a": state(1)}, [item("a", None)], 5)

    assert upserted(LAMP, gone, [item("a", 1)], 9) == {"a": state(1, 9, 9)}


def test_every_stamp_of_an_attribute_but_the_first_moves():
    first = upserted(ATTRIBUTES, {}, [{"string_key": "K", "value": 1}], "T1")
    second = upserted(ATTRIBUTES, first, [{"string_key": "k", "value": 2}], "T2")

    assert first["k"] == {"value": 1, "time": "T1", "created_date": "T1", "updated_date": "T1"}
    assert second["k"] == {"value": 2, "time": "T2", "created_date": "T1", "updated_date": "T2"}


@pytest.mark.parametrize("odd", [None, 1, "a", [], {}, {"worth": 1}])
def test_what_is_no_item_is_passed_over(odd):
    assert upserted(LAMP, {}, [odd, item("a", 1)], 9) == {"a": state(1, 9, 9)}
    assert definitions(LAMP, [odd], []) == []
    assert values(LAMP, [odd]) == {}


def test_an_item_without_value_unsets():
    assert upserted(LAMP, {"a": state(1)}, [{"name": "a"}], 9) == {}


NAMES = st.sampled_from(["a", "A", "b", "ß", "SS"])
ITEMS = st.lists(st.builds(item, NAMES, st.none() | st.integers(0, 3) | st.booleans()), max_size=5)
STATES = st.dictionaries(
    st.sampled_from(["a", "b", "ss", "z"]), st.builds(state, st.integers(0, 3)), max_size=3
)


@examples(300)
@given(STATES, ITEMS)
def test_after_an_upsert_every_named_entry_has_its_last_value(before, items):
    after = upserted(LAMP, before, items, 9)
    last = values(LAMP, items)

    for name, value in last.items():
        assert (after[name]["worth"] if name in after else None) is value
    for name in before.keys() - last.keys():
        assert after[name] == before[name]
    assert after.keys() <= before.keys() | last.keys()


@examples(200)
@given(STATES, ITEMS)
def test_the_same_upsert_twice_is_the_same_as_once(before, items):
    once = upserted(LAMP, before, items, 9)

    assert upserted(LAMP, once, items, 9) == once


@examples(200)
@given(STATES, ITEMS)
def test_only_the_last_item_of_a_name_matters(before, items):
    last = {LAMP.folded(one["name"]): one for one in items}

    assert upserted(LAMP, before, list(last.values()), 9) == upserted(LAMP, before, items, 9)


# -- definitions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "made"),
    [
        ([item("new", 1)], [("new", "WHOLE")]),
        ([item("new", 1.5)], [("new", "REAL")]),
        ([item("new", True)], [("new", "TRUTH")]),
        ([item("new", "x")], [("new", "TEXT")]),
        ([item("new", "1")], [("new", "TEXT")]),
        ([item("new", None)], []),
        ([item("colour", "red")], []),
        ([item("COLOUR", "red"), item("Age", 1)], []),
        ([item("new", 1), item("NEW", 2)], [("new", "WHOLE")]),
        ([item("new", None), item("NEW", 2)], [("NEW", "WHOLE")]),
        ([item("new", 1), item("new", None)], [("new", "WHOLE")]),
        ([item("b", 1), item("a", 1)], [("b", "WHOLE"), ("a", "WHOLE")]),
        ([item("new", [1])], [("new", None)]),
    ],
    ids=[
        "a whole number",
        "a fraction",
        "a truth",
        "a text",
        "a text of digits",
        "null makes nothing",
        "a known name makes nothing",
        "a known name in another case makes nothing",
        "a name is made once, as it was first spelt",
        "null does not spell a name",
        "a name that is unset again was made all the same",
        "names are made in the order of the items",
        "a value of no type",
    ],
)
def test_an_upsert_makes_definitions(items, made):
    found = definitions(LAMP, items, KNOWN)

    assert [(one["name"], one["sort"]) for one in found] == made


def test_a_new_definition_has_the_initial_values_and_its_own_name():
    (made,) = definitions(LAMP, [item("New", 1)], KNOWN)

    assert made == {"title": "New", "bounds": {"low": None}, "name": "New", "sort": "WHOLE"}


def test_a_new_metric_is_what_was_decided():
    (made,) = definitions(ATTRIBUTES, [{"string_key": "Lid.Closed", "value": False}], [])

    assert made == {
        "string_key": "Lid.Closed",
        "display_name": "Lid.Closed",
        "description": "",
        "data_type": "BOOL",
        "favorite": False,
        "device_write_policy": "writable",
        "range": {"min": None, "max": None, "min_inclusive": True, "max_inclusive": True},
        "range_violation_behavior": "accept",
    }


@examples(200)
@given(ITEMS)
def test_every_entry_has_a_definition_afterwards(items):
    made = definitions(LAMP, items, KNOWN)
    names = [LAMP.folded(one["name"]) for one in [*KNOWN, *made]]

    assert upserted(LAMP, {}, items, 9).keys() <= set(names)
    assert len(names) == len(set(names))


# -- answers --------------------------------------------------------------------------------------

SHOWN = {"definition": ["name", "sort", "bounds"]}


def test_an_answer_shows_every_definition_set_or_not():
    found = rows(LAMP, KNOWN, SHOWN, {"colour": state("red")})

    assert found == [
        {"trait": {"name": "Colour", "sort": "TEXT"}, "now": state("red")},
        {"trait": {"name": "age"}, "now": None},
    ]


def test_what_an_answer_shows_is_read_back():
    states = {"colour": state("red")}

    found = read(LAMP, rows(LAMP, KNOWN, SHOWN, states))

    assert found == {
        "colour": ({"name": "Colour", "sort": "TEXT"}, "red"),
        "age": ({"name": "age"}, None),
    }


@pytest.mark.parametrize(
    "row", [None, 1, [], {}, {"trait": None}, {"trait": {}}, {"now": {"worth": 1}}]
)
def test_a_row_without_a_name_is_passed_over(row):
    assert read(LAMP, [row]) == {}


@pytest.mark.parametrize("now", [None, {}, 5, "x"])
def test_a_state_without_value_is_unset(now):
    assert read(LAMP, [{"trait": {"name": "a"}, "now": now}]) == {"a": ({"name": "a"}, None)}
