"""What an accepted call does to records."""

import copy
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
    replaced,
    same,
    shown,
    updated,
)
from tests.spec.drawing import examples
from tests.spec.worlds import (
    ABSENT,
    EDGEIQ,
    FLEET,
    MEMFAULT,
    Glimpse,
    called,
    fleet_world,
    named,
    world,
)

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


# -- replacements, generated fields, parts ---------------------------------------------------------

NORTH, ACME = world("edgeiq"), world("memfault")
THING = EDGEIQ.resources["device"]
REPLACE = EDGEIQ.operations["replaceDevice"].effect
ADD = EDGEIQ.operations["createDevice"].effect
GIVEN = {"name": "n", "unique_id": "u", "device_type_id": "a" * 24}
BEFORE = {
    **NORTH.records["device"][0],
    "origin": "import",
    "user_id": "anna",
    "created_at": "T0",
    "updated_at": "T1",
    "last_command": {"gateway_command": "reboot"},
    "settings": [{"setting_id": "s"}],
}
KEPT = ["_id", "company_id", "origin", "user_id", "created_at", "last_command", "settings"]


def in_north(line="PUT /devices/x", view=NORTH):
    principal = {"role": "admin", "company": named("edgeiq", "<north>")}
    return Context(called(line, GIVEN, contract=EDGEIQ, key=None), principal, view)


def put(item, before=BEFORE, view=NORTH):
    return replaced(REPLACE, THING, before, item, in_north(view=view))


def test_a_replacement_keeps_what_the_document_says_and_no_more():
    after = put(GIVEN)

    assert {name: after[name] for name in KEPT} == {name: BEFORE[name] for name in KEPT}
    assert {name: after[name] for name in GIVEN} == GIVEN


def test_what_a_replacement_leaves_out_is_as_in_a_new_record():
    after = put(GIVEN)

    unset = {"tags": [], "metadata": {}, "heartbeat_period": None, "heartbeat_values": []}
    assert {name: after[name] for name in unset} == unset


@pytest.mark.parametrize("name", [*KEPT, "updated_at"])
def test_a_replacement_cannot_set_what_is_kept(name):
    assert put({**GIVEN, name: "mine"})[name] == BEFORE[name]


def test_a_replacement_leaves_the_record_it_was_given_alone():
    before = copy.deepcopy(BEFORE)

    put({**GIVEN, "tags": ["x"]}, before)

    assert before == BEFORE


def test_who_does_not_know_everything_cannot_tell_the_time_of_the_change():
    after = put(GIVEN, view=Glimpse(NORTH, lambda name: False))

    assert "updated_at" not in after
    assert after["created_at"] == "T0"


ITEMS = st.fixed_dictionaries(
    {name: st.sampled_from([value, value * 2]) for name, value in GIVEN.items()},
    optional={
        "tags": st.lists(st.sampled_from("ab"), max_size=2),
        "metadata": st.dictionaries(st.sampled_from("ab"), st.none()),
        "heartbeat_period": st.none() | st.integers(1, 9),
    },
)


@examples(200)
@given(ITEMS, ITEMS)
def test_nothing_of_an_earlier_replacement_is_left_but_what_is_kept(first, second):
    assert put(second, put(first)) == put(second)


@examples(200)
@given(ITEMS, st.sets(st.sampled_from([*KEPT, "tags", "name"])))
def test_knowing_less_of_a_record_predicts_no_other_replacement(item, hidden):
    known = {name: value for name, value in BEFORE.items() if name not in hidden}

    part = put(item, known, Glimpse(NORTH, lambda name: False))

    assert differences(THING, part, put(item)) == []
    assert not part.keys() & hidden & set(KEPT)


def test_what_the_server_makes_is_not_in_a_new_record():
    record = created(ADD, THING, {**GIVEN, "created_at": "mine"}, in_north("POST /devices"))

    assert not {"_id", "created_at", "updated_at"} & record.keys()
    assert (record["origin"], record["settings"], record["last_command"]) == ("api", [], None)
    assert record["company_id"] == named("edgeiq", "<north>")


def test_a_new_record_goes_to_the_tenant_that_it_names():
    company = named("edgeiq", "<harbour>")

    record = created(ADD, THING, {**GIVEN, "company_id": company}, in_north("POST /devices"))

    assert record["company_id"] == company


UNIT = MEMFAULT.resources["device"]
HERE = named("memfault", "<here>")
NEW = {"device_serial": "NEW", "owner_ref": "", "hardware_version": "evt"}


def in_sink(line, body, view=ACME):
    call = called(line.replace("~", HERE), body, contract=MEMFAULT, key=None)
    return Context(call, {"role": "manager", "organization": "acme"}, view)


def unit(view=ACME, **more):
    effect = MEMFAULT.operations["createDevice"].effect
    body = {**NEW, **more}
    return created(effect, UNIT, body, in_sink("POST ~/devices", body, view))


def test_a_client_s_key_is_its_own_and_the_server_s_number_is_not_told():
    record = unit()

    assert record["device_serial"] == "NEW"
    assert not {"id", "created_date", "updated_date"} & record.keys()
    assert (record["organization"], record["project"]) == ("acme", "smart-sink")


def test_a_new_record_has_its_parts_and_nothing_in_them():
    assert unit()["attributes"] == {}


@pytest.mark.parametrize(
    ("body", "cohort"),
    [
        ({}, {"id": 1, "name": "Default", "slug": "default"}),
        ({"cohort": "beta"}, {"id": 2, "name": "Beta", "slug": "beta"}),
    ],
)
def test_a_named_record_is_shown_in_the_place_of_its_name(body, cohort):
    assert unit(**body)["cohort"] == cohort


def test_a_record_that_nobody_knows_leaves_its_place_open():
    blind = Glimpse(ACME, lambda name: name.startswith("exists cohort"))

    assert "cohort" not in unit(blind, cohort="beta")
    assert unit(blind)["owner_ref"] == ""


def test_an_update_leaves_what_the_server_made_and_the_entries():
    effect = MEMFAULT.operations["updateDevice"].effect
    before = {**unit(), "id": 9, "created_date": "T0", "attributes": {"boots": {"value": 1}}}
    body = {"cohort": "beta"}

    after = updated(effect, UNIT, before, body, in_sink("PATCH ~/devices/NEW", body))

    assert after == {**before, "cohort": {"id": 2, "name": "Beta", "slug": "beta"}}
