"""Laws of the judge: what knowing less may do to a verdict, and where a stage ends it.

They hold for every shipped document. The calls are drawn for Fleet; for the others they are those
of the truth tables, each with the body of another row and any caller.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import SUCCESS, UNKNOWN, Call, decode, judge
from tests.spec.drawing import examples
from tests.spec.worlds import (
    ABSENT,
    CONTRACTS,
    FLEET,
    Glimpse,
    called,
    fleet_world,
    named,
    sent,
    world,
)

WORLDS = {name: world(name) for name in CONTRACTS}
DOCUMENTS = pytest.mark.parametrize("name", WORLDS)
WORLD = fleet_world()
KEYS = st.sampled_from([None, "stranger", *(one.secret for one in WORLD.credentials)])
SERIALS = st.sampled_from(["", " ", "\u00a0", "S1", "S2", "S4", "S9", "new"])
USERS = st.sampled_from([0, 12, 13, 22, 32, 999, 12.0, 1e3, "12"])
PATCH = st.fixed_dictionaries(
    {},
    optional={
        "serial_number": SERIALS | st.none(),
        "user_id": USERS | st.none(),
        "keyboard_layout": st.sampled_from(["SWISS_QWERTZ", None]),
        "name": st.sampled_from(["x", "", None]),
        "unknown": st.just(1),
    },
)
ROW = st.fixed_dictionaries(
    {"name": st.just("n"), "type": st.just("t"), "category": st.sampled_from(["LAPTOP", ""])},
    optional={"serial_number": SERIALS, "user_id": USERS},
)
BATCH = st.lists(ROW, max_size=3).map(lambda rows: {"devices": rows})
DEVICE = st.sampled_from(["1", "2", "3", "4", "5", "9", "77", "01", "abc"])


@st.composite
def fleet_calls(draw):
    key, device = draw(KEYS), draw(DEVICE)
    faults = draw(st.sets(st.sampled_from(["INVALID_USER", "DEVICE_PROVISIONING_FAILED"])))
    line, body = draw(
        st.one_of(
            st.tuples(st.just("POST /devices"), BATCH),
            st.tuples(st.just(f"PATCH /devices/{device}"), PATCH),
            st.tuples(st.just(f"GET /devices/{device}"), st.just(ABSENT)),
            st.tuples(st.just(f"DELETE /devices/{device}"), st.just(ABSENT)),
            st.tuples(st.sampled_from(["GET /devices", "GET /devices?limit=2e0"]), st.just(ABSENT)),
        )
    )  # fmt: skip
    return called(line, body, key=key).asking_for(*faults)


def rows(name):
    """The rows of a truth table that some operation answers, by method and path."""
    text = (Path(__file__).parent / "truth" / f"{name}.json").read_text("utf-8")
    found = {}
    for row in json.loads(named(name, text)):
        call = decode(CONTRACTS[name], sent(row["call"], contract=CONTRACTS[name], key=None))
        if isinstance(call, Call):
            found.setdefault(call.operation.id, []).append(row)
    return list(found.values())


ROWS = {name: rows(name) for name in ("edgeiq", "memfault")}


@st.composite
def table_calls(draw, name):
    """The path and query of one row, the body of another of its operation, and anybody's key."""
    of_operation = draw(st.sampled_from(ROWS[name]))
    line = draw(st.sampled_from(of_operation))["call"]
    body = draw(st.sampled_from(of_operation)).get("body", ABSENT)
    keys = [one.secret for one in WORLDS[name].credentials]
    key = draw(st.sampled_from([None, "stranger", *keys, *keys]))
    return called(line, body, key=key, contract=CONTRACTS[name])


CALLS = {
    "fleet": fleet_calls(),
    "edgeiq": table_calls("edgeiq"),
    "memfault": table_calls("memfault"),
}


@st.composite
def glimpses(draw, name):
    """A view that hides a random part of the world, always the same part."""
    chance, random = draw(st.sampled_from([0.1, 0.5, 0.9, 1.0])), draw(st.randoms())
    hidden = {}

    def hides(name):
        return hidden.setdefault(name, random.random() < chance)

    return Glimpse(WORLDS[name], hides)


def whole(name, call):
    """The judgement of who knows everything."""
    return judge(CONTRACTS[name], call, WORLDS[name])


def by_label(judgement):
    return {(one.stage, one.label): one.broken for one in judgement.verdicts}


@DOCUMENTS
def test_who_knows_everything_is_never_in_doubt(name):
    @examples(100)
    @given(CALLS[name])
    def law(call):
        judgement = whole(name, call)

        assert UNKNOWN not in by_label(judgement).values()
        assert judgement.certain or judgement.sole == SUCCESS

    law()


@DOCUMENTS
def test_knowing_less_never_turns_a_verdict_into_its_opposite(name):
    @examples(250)
    @given(CALLS[name], glimpses(name))
    def law(call, glimpse):
        known = by_label(judge(CONTRACTS[name], call, glimpse))
        true = by_label(whole(name, call))

        for label in true.keys() & known.keys():
            assert known[label] in {true[label], UNKNOWN}, label

    law()


@DOCUMENTS
def test_knowing_less_admits_no_fewer_answers(name):
    @examples(250)
    @given(CALLS[name], glimpses(name))
    def law(call, glimpse):
        assert whole(name, call).admitted <= judge(CONTRACTS[name], call, glimpse).admitted

    law()


@DOCUMENTS
def test_an_answer_that_is_sure_from_less_is_the_answer(name):
    @examples(100)
    @given(CALLS[name], glimpses(name))
    def law(call, glimpse):
        sole = judge(CONTRACTS[name], call, glimpse).sole

        if sole is not None:
            assert whole(name, call).sole == sole

    law()


@DOCUMENTS
def test_nothing_is_judged_after_a_stage_that_surely_refuses(name):
    @examples(100)
    @given(CALLS[name], glimpses(name) | st.just(WORLDS[name]))
    def law(call, view):
        verdicts = judge(CONTRACTS[name], call, view).verdicts
        order = [stage.name for stage in CONTRACTS[name].stages]

        stages = [order.index(one.stage) for one in verdicts]
        sure = [order.index(one.stage) for one in verdicts if one.broken is True]

        assert stages == sorted(stages)
        assert not sure or max(stages) == min(sure)

    law()


@DOCUMENTS
def test_success_is_admitted_unless_a_refusal_is_sure(name):
    @examples(120)
    @given(CALLS[name], glimpses(name))
    def law(call, view):
        judgement = judge(CONTRACTS[name], call, view)

        assert (SUCCESS in judgement.admitted) is not judgement.certain

    law()


@DOCUMENTS
def test_what_nobody_has_told_of_a_credential_refuses_nothing(name):
    """A profile may name a credential without its facts."""

    @examples(80)
    @given(CALLS[name])
    def law(call):
        untold = Glimpse(WORLDS[name], lambda name: name.startswith("principal ") is False)

        assert whole(name, call).admitted <= judge(CONTRACTS[name], call, untold).admitted

    law()


@DOCUMENTS
def test_being_thorough_admits_the_same_and_judges_every_stage(name):
    @examples(120)
    @given(CALLS[name], glimpses(name) | st.just(WORLDS[name]))
    def law(call, view):
        plain, thorough = (
            judge(CONTRACTS[name], call, view),
            judge(CONTRACTS[name], call, view, thorough=True),
        )

        assert thorough.verdicts == plain.verdicts
        assert plain.beyond == ()
        assert thorough.admitted == plain.admitted
        judged = {one.label for one in (*thorough.verdicts, *thorough.beyond)}
        assert {rule.id for rule in call.operation.rules} <= judged

    law()


@DOCUMENTS
def test_judging_twice_gives_the_same(name):
    @examples(80)
    @given(CALLS[name])
    def law(call):
        assert whole(name, call).verdicts == whole(name, call).verdicts

    law()


def test_a_null_condition_is_not_met_by_a_record_that_is_not_there():
    text_of = FLEET.operations["updateDevice"].rules
    assert any(one.path == ("resource", "category") for rule in text_of for one in rule.when)

    judgement = judge(FLEET, called("PATCH /devices/77", {"name": "x"}), WORLD)

    assert judgement.context.value(("resource", "category")) is ABSENT
    assert judgement.context.value(("resource",)) is None


def test_a_device_of_an_untold_company_is_neither_there_nor_missing():
    untold = Glimpse(WORLD, lambda name: name == "principal.company")

    judgement = judge(FLEET, called("GET /devices/1"), untold)

    assert judgement.admitted == {SUCCESS, "DEVICE_NOT_FOUND"}


def test_a_body_that_others_may_read_otherwise_is_admitted_every_answer():
    nobody = Glimpse(WORLD, lambda name: False)

    twice = judge(FLEET, called("PATCH /devices/1", raw=b'{"user_id": "x", "user_id": 12}'), nobody)
    first = judge(FLEET, called("PATCH /devices/1", raw=b'{"user_id": 12, "user_id": "x"}'), nobody)

    for judgement in (twice, first):
        assert {SUCCESS, "INVALID_REQUEST", "INVALID_USER"} <= judgement.admitted
