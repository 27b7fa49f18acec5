"""What an accepted call does to records."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import Context, regions
from spec.effects import (
    blank,
    created,
    differences,
    field_pointer,
    items,
    same,
    shown,
    updated,
)
from tests.spec.drawing import examples
from tests.spec.worlds import ABSENT, FLEET, Glimpse, called, fleet_world

WORLD = fleet_world()
DEVICE = FLEET.resources["device"]
CREATE = FLEET.operations["createDevices"].effect
UPDATE = FLEET.operations["updateDevice"].effect
PRINCIPAL = {"scope": "WRITE", "company": "A"}
ROW = {"name": "n", "type": "t", "category": "LAPTOP"}


def context(view=WORLD):
    return Context(called("PATCH /devices/1", {"name": "x"}), PRINCIPAL, view)


def added(row, view=WORLD):
    return created(CREATE, DEVICE, row, context(view))


def changed(before, patch, view=WORLD):
    return updated(UPDATE, DEVICE, before, patch, context(view))


def test_a_new_record_is_all_null_but_for_what_is_given():
    record = added(ROW)

    assert record["name"] == "n"
    assert record["rent"] is None
    assert record["mdm"] is None
    assert record["characteristics"]["ram"] is None
    assert record["source"] == "EXTERNAL"
    assert record["company"] == "A"
    assert "id" not in record


def test_a_new_record_shows_what_the_document_says_of_a_device():
    record = shown(DEVICE, {"id": 7, **added(ROW)})
    schema = regions.standalone(FLEET.document, {"$ref": "#/components/schemas/Device"})

    assert list(FLEET.schemas.violations("/components/schemas/Device", record, "device")) == []
    assert record.keys() == schema["properties"].keys()


@pytest.mark.parametrize(
    ("row", "status"),
    [({}, "AVAILABLE"), ({"user_id": 12}, "IN_SERVICE"), ({"user_id": None}, "AVAILABLE")],
)
def test_a_new_device_is_in_service_when_it_has_a_user(row, status):
    assert added({**ROW, **row})["client_status"] == status


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ("AVAILABLE", {"user_id": 12}, "IN_SERVICE"),
        ("IN_SERVICE", {"user_id": 12}, "IN_SERVICE"),
        ("IN_SERVICE", {"user_id": None}, "AVAILABLE"),
        ("AVAILABLE", {"user_id": None}, "AVAILABLE"),
        ("ARCHIVED", {"user_id": 12}, "ARCHIVED"),
        ("OUT_OF_SERVICE", {"user_id": None}, "OUT_OF_SERVICE"),
        ("AVAILABLE", {"name": "x"}, "AVAILABLE"),
    ],
)
def test_a_user_moves_a_device_between_two_states_and_no_others(before, patch, after):
    record = {**added(ROW), "client_status": before}

    assert changed(record, patch)["client_status"] == after


def test_settings_are_judged_on_the_record_as_it_was():
    first, second = UPDATE.sets
    both = (first, replace(second, when=(first.when[1].__class__(
        ("record", "client_status"), {"const": "IN_SERVICE"}, lambda value: value == "IN_SERVICE"
    ),)))  # fmt: skip
    effect = replace(UPDATE, sets=both)

    record = updated(effect, DEVICE, {"client_status": "AVAILABLE"}, {"user_id": 12}, context())

    assert record["client_status"] == "IN_SERVICE"


def test_a_creation_s_settings_are_judged_on_the_record_before_the_first_of_them():
    condition = UPDATE.sets[0].when[1]
    in_service = replace(
        condition, schema={"const": "IN_SERVICE"}, fits=lambda value: value == "IN_SERVICE"
    )
    again = replace(CREATE.sets[0], when=(in_service,), values={"client_status": "ARCHIVED"})
    effect = replace(CREATE, sets=(*CREATE.sets, again))

    record = created(effect, DEVICE, {**ROW, "user_id": 12}, context())

    assert record["client_status"] == "IN_SERVICE"


def test_an_unknown_state_stays_unknown_after_a_change_that_may_touch_it():
    glimpse = Glimpse(WORLD, lambda name: False)

    record = changed({"name": "n"}, {"user_id": 12}, glimpse)

    assert "client_status" not in record
    assert record["user_id"] == 12


def test_flat_fields_go_into_the_object_that_has_them():
    assert field_pointer(DEVICE, "ram") == "/characteristics/ram"
    assert field_pointer(DEVICE, "name") == "/name"
    assert field_pointer(DEVICE, "user_id") == "/user_id"
    assert added({**ROW, "ram": "8 GB"})["characteristics"]["ram"] == "8 GB"


@pytest.mark.parametrize(
    ("given_", "stored"), [("CE", ["CE"]), (["CE"], ["CE"]), ([], []), (None, None)]
)
def test_a_single_label_is_stored_as_a_list_of_one(given_, stored):
    assert added({**ROW, "connection_type": given_})["characteristics"]["connection_type"] == stored


PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=3),
        "comment": st.none() | st.text(max_size=3),
        "ram": st.none() | st.text(max_size=3),
        "compliance": st.none() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2),
        "user_id": st.none() | st.integers(1, 20),
        "keyboard_layout": st.sampled_from([None, "SWISS_QWERTZ"]),
    },
)
STATES = st.sampled_from(["AVAILABLE", "IN_SERVICE", "ARCHIVED"])


@examples(200)
@given(PATCHES, STATES)
def test_what_a_patch_does_not_name_stays(patch, state):
    before = {**added(ROW), "id": 1, "client_status": state}

    after = changed(before, patch)

    touched = {field_pointer(DEVICE, name) for name in patch} | (
        {"/client_status"} if "user_id" in patch else set()
    )
    assert {pointer for pointer, *_ in differences(DEVICE, before, after)} <= touched
    assert before == {**added(ROW), "id": 1, "client_status": state}


@examples(200)
@given(PATCHES, STATES)
def test_the_same_patch_twice_is_the_same_as_once(patch, state):
    once = changed({**added(ROW), "client_status": state}, patch)

    assert changed(once, patch) == once


@examples(200)
@given(PATCHES, STATES, st.sets(st.sampled_from(["name", "client_status", "comment"])))
def test_knowing_fewer_fields_predicts_no_other_value(patch, state, hidden):
    before = {**added(ROW), "client_status": state}
    glimpse = Glimpse(WORLD, lambda name: False)
    known = {name: value for name, value in before.items() if name not in hidden}

    whole, part = changed(before, patch), changed(known, patch, glimpse)

    assert differences(DEVICE, part, whole) == []
    assert part.keys() <= whole.keys()


def test_items_are_found_where_the_effect_says():
    assert items(CREATE, {"devices": [ROW, ROW]}) == [ROW, ROW]
    assert items(CREATE, {"devices": [ROW, 1]}) == [ROW]
    assert items(UPDATE, {"name": "x"}) == [{"name": "x"}]
    assert items(UPDATE, ABSENT) == []
    assert items(CREATE, {}) == []


def test_a_blank_record_has_every_shown_field():
    assert set(shown(DEVICE, blank(DEVICE))) == set(DEVICE.top_level)


def test_a_difference_is_told_with_both_values():
    found = differences(DEVICE, {"id": 1, "name": "a", "hidden": 1}, {"id": True, "name": "b"})

    assert found == [("/id", 1, True), ("/name", "a", "b")]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        ("1", 1, False),
        (None, False, False),
        ([1, [True]], [1.0, [True]], True),
        ([1], [True], False),
        ([1], [1, 1], False),
        ({"a": 1, "b": None}, {"b": None, "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": None}, {}, False),
        (2**53 + 1, 2**53, False),
    ],
)
def test_equality_is_json_s(left, right, equal):
    assert same(left, right) is equal
    assert same(right, left) is equal
