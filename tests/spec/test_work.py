"""What a job does to its members, known whole or in part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import UNKNOWN, Context, work
from spec.equality import same
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.worlds import EDGEIQ, Glimpse, World, called, named, world

LAMPS = lamps.contract()
JOB = LAMPS.operations["workHall"].effect.job
NOTHING = World(LAMPS, {"firm": []}, {})
BLIND = Glimpse(NOTHING, lambda name: False)


def context(body, view=NOTHING, resource=None):
    call = called("POST /halls/h/work", body, contract=LAMPS, key=None)
    return Context(call, {}, view, resource=resource)


def after(record, body, view=NOTHING):
    return work.worked(JOB, record, context(body, view))


# -- members and outcomes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "keys"),
    [
        ({"lamps": [3, "b", 3]}, ["3", "b", "3"]),
        ({"lamps": []}, []),
        ({"lamps": None}, []),
        ({}, []),
        (None, []),
    ],
)
def test_members_are_told_by_their_keys_in_their_order(resource, keys):
    assert work.members(JOB, context({}, resource=resource)) == keys


def test_members_that_nobody_knows_are_unknown():
    assert work.members(JOB, context({}, BLIND, resource=UNKNOWN)) is UNKNOWN
    assert work.members(JOB, context({}, BLIND, resource={})) is UNKNOWN


@pytest.mark.parametrize(
    ("record", "view", "code"),
    [
        (None, NOTHING, 1),
        ({"spare": True}, NOTHING, 2),
        ({"spare": False}, NOTHING, 0),
        ({}, NOTHING, 0),
        (None, BLIND, 1),
        ({"spare": True}, BLIND, 2),
        ({"spare": False}, BLIND, 0),
        ({}, BLIND, UNKNOWN),
        (UNKNOWN, BLIND, UNKNOWN),
    ],
)
def test_the_first_outcome_whose_conditions_are_met_is_a_members(record, view, code):
    found = work.outcome(JOB, context({}, view), record)

    assert (found if found is UNKNOWN else found.entry["code"]) == code


def test_an_outcome_before_an_unknown_one_is_certain():
    first, second, last = JOB.outcomes
    job = replace(JOB, outcomes=(second, first, last))

    assert work.outcome(job, context({}, BLIND), {"spare": True}) is second


def test_an_entry_tells_its_member_and_its_outcome():
    _, spare, _ = JOB.outcomes
    about = context({}).showing({"watts": 5})

    assert work.entry(JOB, spare, "7", about) == {"lamp": "7", "code": 2, "watts": 5}


# -- changes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "before", "changed"),
    [
        ({"watts": 5}, {"watts": 9}, {"watts": 5}),
        ({"watts": 5}, {}, {"watts": 5}),
        ({"add": ["b", "c", "b"]}, {"tags": ["a", "b"]}, {"tags": ["a", "b", "c"]}),
        ({"add": ["a"]}, {"tags": ["b", "b"]}, {"tags": ["b", "a"]}),
        ({"add": [True, 1, 1.0]}, {"tags": []}, {"tags": [True, 1]}),
        ({"add": ["a"]}, {"tags": None}, {"tags": ["a"]}),
        ({"add": []}, {"tags": ["a"]}, {"tags": ["a"]}),
        ({"note": {"b": 2}}, {"look": {"a": 1, "b": 1}}, {"look": {"a": 1, "b": 2}}),
        ({"note": {"a": {"y": 1}}}, {"look": {"a": {"x": 1}}}, {"look": {"a": {"y": 1}}}),
        ({"note": {"a": None}}, {"look": {"a": 1}}, {"look": {"a": None}}),
        ({"note": {"a": 1}}, {"look": None}, {"look": {"a": 1}}),
        ({}, {"watts": 9, "tags": ["a"]}, {}),
        ({}, {"watts": 50, "log": []}, {"log": [{"at": 50, "n": 1}]}),
        ({}, {"watts": 50, "log": [{"at": 40}]}, {"log": [{"at": 40}, {"at": 50, "n": 1}]}),
        (
            {},
            {"watts": 50, "log": [{"at": 50, "n": 0}, {"at": 40}]},
            {"log": [{"at": 50, "n": 1}, {"at": 40}]},
        ),
        ({}, {"watts": 50, "log": None}, {"log": [{"at": 50, "n": 1}]}),
        ({}, {"watts": 49, "log": []}, {}),
    ],
    ids=[
        "a value is set in place of another",
        "a value is set where none was",
        "new members come behind the old ones, once each",
        "a list that has a member twice is rid of it",
        "true is another member than 1",
        "a union with nothing is what was added",
        "a union with an empty list changes nothing",
        "keys are merged and the new value wins",
        "only the top keys are merged",
        "null is a value like another",
        "a merge with nothing is what was added",
        "a call that asks for nothing changes nothing",
        "an entry is put into an empty list",
        "an entry of another key comes at the end",
        "an entry of the same key stays in its place",
        "an entry is put where no list was",
        "a condition on the member decides",
    ],
)
def test_a_change_leaves_a_record(body, before, changed):
    assert after({"id": 1, **before}, body) == {"id": 1, **before, **changed}


def test_a_change_does_nothing_to_the_record_it_was_given():
    before = {"watts": 50, "tags": ["a"], "look": {"a": 1}, "log": [{"at": 50}]}

    after(before, {"watts": 5, "add": ["b"], "note": {"b": 2}})

    assert before == {"watts": 50, "tags": ["a"], "look": {"a": 1}, "log": [{"at": 50}]}


def test_changes_are_judged_on_the_record_as_it_was():
    assert after({"watts": 50, "log": []}, {"watts": 5})["log"] == [{"at": 50, "n": 1}]
    assert after({"watts": 5, "log": []}, {"watts": 50})["log"] == []


@pytest.mark.parametrize(
    ("body", "before", "known"),
    [
        ({"add": ["a"]}, {}, set()),
        ({"add": ["a"]}, {"tags": []}, {"tags"}),
        ({"note": {"a": 1}}, {}, set()),
        ({"watts": 5}, {"log": []}, {"watts"}),
        ({}, {"log": []}, set()),
        ({}, {"watts": 50}, {"watts"}),
        ({}, {"watts": 5, "log": []}, {"watts", "log"}),
    ],
)
def test_what_cannot_be_told_is_left_out(body, before, known):
    assert after(before, body, BLIND).keys() == known


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"log"}),
        ({"watts": 5}, {"watts", "log"}),
        ({"add": [], "note": {}}, {"tags", "look", "log"}),
    ],
)
def test_a_job_touches_what_some_member_may_have_changed(body, fields):
    assert work.touched(JOB, context(body)) == fields


RECORDS = st.fixed_dictionaries(
    {
        "watts": st.sampled_from([None, 5, 50, 60]),
        "spare": st.booleans(),
        "tags": st.none() | st.lists(st.sampled_from("abc"), max_size=3),
        "look": st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 2)),
        "log": st.lists(st.fixed_dictionaries({"at": st.sampled_from([50, 60])}), max_size=2),
    }
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "watts": st.integers(0, 99),
        "add": st.lists(st.sampled_from("abcd"), max_size=3),
        "note": st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)),
    },
)


@examples(400)
@given(RECORDS, BODIES, st.sets(st.sampled_from(["watts", "spare", "tags", "look", "log"])))
def test_knowing_less_predicts_no_other_value(record, body, hidden):
    known = {name: value for name, value in record.items() if name not in hidden}

    whole, part = after(record, body), after(known, body, BLIND)

    assert part.keys() <= whole.keys()
    assert all(same(part[name], whole[name]) for name in part)


@examples(300)
@given(RECORDS, st.sets(st.sampled_from(["watts", "spare", "tags"])))
def test_knowing_less_predicts_no_other_outcome(record, hidden):
    known = {name: value for name, value in record.items() if name not in hidden}

    part = work.outcome(JOB, context({}, BLIND), known)

    assert part in {UNKNOWN, work.outcome(JOB, context({}), record)}


@examples(300)
@given(RECORDS, BODIES)
def test_nothing_but_the_touched_fields_changes(record, body):
    found = after(record, body)
    touched = work.touched(JOB, context(body))

    assert {name for name in record if not same(found[name], record[name])} <= touched


@examples(200)
@given(RECORDS, BODIES)
def test_a_union_a_merge_and_an_upsert_twice_are_the_same_as_once(record, body):
    body.pop("watts", None)
    once = after(record, body)

    assert after(once, body) == once


# -- EdgeIQ's actions, as they were decided -------------------------------------------------------

NORTH = world("edgeiq")
GATEWAY, SENSOR, SOUTH, PIER, HQ = NORTH.records["device"]
ACTION = EDGEIQ.operations["executeFleetAction"].effect.job


def given_(action, view=NORTH, **fields):
    fields = {name: named("edgeiq", one) if isinstance(one, str) else one
              for name, one in fields.items()}  # fmt: skip
    line = named("edgeiq", "POST /fleets/<pumps>/actions")
    call = called(line, {"action": action, **fields}, contract=EDGEIQ, key="tok_admin")
    principal = {"role": "admin", "company": named("edgeiq", "<north>")}
    return Context(call, principal, view, resource=NORTH.records["fleet"][0])


SENDING = {"configuration_id": "<base>", "setting_id": "<cell>", "setting_command_id": "apply"}
ACTIONS = [
    ("issue_command", {"gateway_command": "reboot"}),
    ("issue_command", {"command_id": "<restart>"}),
    ("add_tags", {"tags": ["winter"]}),
    ("add_metadata", {"metadata": {"floor": 2}}),
    ("update_heartbeat", {"heartbeat_period": 60}),
    ("send_configuration", SENDING),
]


@pytest.mark.parametrize(
    ("record", "action", "status", "code"),
    [
        (GATEWAY, "issue_command", "success", 200),
        (GATEWAY, "send_configuration", "success", 200),
        (SENSOR, "issue_command", "fail", 422),
        (SENSOR, "send_configuration", "fail", 422),
        (SENSOR, "add_tags", "success", 200),
        (SENSOR, "add_metadata", "success", 200),
        (SENSOR, "update_heartbeat", "success", 200),
        (None, "issue_command", "fail", 404),
        (None, "add_tags", "fail", 404),
    ],
)
def test_an_action_reaches_the_devices_that_it_reaches(record, action, status, code):
    about = given_(action, **dict(ACTIONS)[action])

    found = work.outcome(ACTION, about, record)
    entry = work.entry(ACTION, found, "k", about.showing(record))

    assert (entry["device_id"], entry["status"], entry["status_code"]) == ("k", status, code)
    assert found.success is (status == "success")
    assert (entry["error"] is None, entry["messages"] == []) == (found.success, found.success)
    schema = "/components/schemas/BulkResponseEntry"
    entry["device_id"] = GATEWAY["_id"]
    assert list(EDGEIQ.schemas.violations(schema, entry, "entry")) == []


def test_a_device_of_an_unknown_type_has_no_sure_outcome():
    blind = Glimpse(NORTH, lambda name: name.startswith("exists device_type"))
    about = given_("issue_command", blind, gateway_command="reboot")

    assert work.outcome(ACTION, about, GATEWAY) is UNKNOWN
    assert work.outcome(ACTION, about, None).entry["status_code"] == 404


SENT = named("edgeiq", "<base>"), named("edgeiq", "<cell>")


def noted(version):
    return {"configuration_id": SENT[0], "setting_id": SENT[1], "setting_version": version}


@pytest.mark.parametrize(
    ("action", "fields", "changed"),
    [
        ("issue_command", {"gateway_command": "reboot"},
         {"last_command": {"gateway_command": "reboot"}}),
        ("issue_command", {"command_id": "<restart>"},
         {"last_command": {"command_id": named("edgeiq", "<restart>")}}),
        ("add_tags", {"tags": ["winter", "outdoor", "winter"]}, {"tags": ["outdoor", "winter"]}),
        ("add_metadata", {"metadata": {"site": None, "floor": 2}},
         {"metadata": {"site": None, "floor": 2}}),
        ("update_heartbeat", {"heartbeat_period": 60}, {"heartbeat_period": 60}),
        ("update_heartbeat", {"heartbeat_values": ["cpu"]}, {"heartbeat_values": ["cpu"]}),
        ("send_configuration", SENDING, {"settings": [noted(3)]}),
        ("send_configuration", {**SENDING, "setting_version": 0}, {"settings": [noted(3)]}),
        ("send_configuration", {**SENDING, "setting_version": 9}, {"settings": [noted(9)]}),
        # Fields of other actions are not looked at.
        ("issue_command", {"gateway_command": "reboot", "tags": ["x"], "heartbeat_period": 1},
         {"last_command": {"gateway_command": "reboot"}}),
    ],
)  # fmt: skip
def test_an_action_changes_what_it_is_about_and_nothing_else(action, fields, changed):
    assert work.worked(ACTION, GATEWAY, given_(action, **fields)) == {**GATEWAY, **changed}


def test_a_setting_that_is_sent_again_stays_in_its_place():
    other = {"configuration_id": "c", "setting_id": "s", "setting_version": 1}
    before = {**GATEWAY, "settings": [noted(1), other]}

    found = work.worked(ACTION, before, given_("send_configuration", **SENDING))

    assert found["settings"] == [noted(3), other]


def test_the_latest_version_that_nobody_knows_leaves_the_settings_open():
    blind = Glimpse(NORTH, lambda name: name.endswith(".latest_version"))

    found = work.worked(ACTION, GATEWAY, given_("send_configuration", blind, **SENDING))

    assert "settings" not in found
    assert found["tags"] == ["outdoor"]


@pytest.mark.parametrize(("action", "fields"), ACTIONS)
def test_each_action_touches_what_it_is_about(action, fields):
    about = {
        "issue_command": {"last_command"},
        "add_tags": {"tags"},
        "add_metadata": {"metadata"},
        "update_heartbeat": {"heartbeat_period", "heartbeat_values"},
        "send_configuration": {"settings"},
    }

    assert work.touched(ACTION, given_(action, **fields)) == about[action]


def test_the_members_of_an_action_are_those_of_the_fleet_deleted_ones_included():
    assert work.members(ACTION, given_("add_tags", tags=["a"])) == [
        GATEWAY["_id"],
        SENSOR["_id"],
        named("edgeiq", "<nothing>"),
    ]
