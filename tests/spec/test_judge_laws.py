"""Laws of the judge: what knowing less may do to a verdict, and where a stage ends it."""

from hypothesis import given
from hypothesis import strategies as st

from spec import SUCCESS, UNKNOWN, judge
from tests.spec.drawing import examples
from tests.spec.worlds import ABSENT, FLEET, Glimpse, called, fleet_world

WORLD = fleet_world()
KEYS = st.sampled_from([None, "stranger", *WORLD.credentials])
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
def calls(draw):
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


@st.composite
def glimpses(draw):
    """A view that hides a random part of the world, always the same part."""
    chance, random = draw(st.sampled_from([0.1, 0.5, 0.9, 1.0])), draw(st.randoms())
    hidden = {}

    def hides(name):
        return hidden.setdefault(name, random.random() < chance)

    return Glimpse(WORLD, hides)


def by_label(judgement):
    return {(one.stage, one.label): one.broken for one in judgement.verdicts}


@examples(150)
@given(calls())
def test_who_knows_everything_is_never_in_doubt(call):
    judgement = judge(FLEET, call, WORLD)

    assert UNKNOWN not in by_label(judgement).values()
    assert judgement.certain or judgement.sole == SUCCESS


@examples(400)
@given(calls(), glimpses())
def test_knowing_less_never_turns_a_verdict_into_its_opposite(call, glimpse):
    whole, part = by_label(judge(FLEET, call, WORLD)), by_label(judge(FLEET, call, glimpse))

    for name in whole.keys() & part.keys():
        assert part[name] in {whole[name], UNKNOWN}, name


@examples(400)
@given(calls(), glimpses())
def test_knowing_less_admits_no_fewer_answers(call, glimpse):
    assert judge(FLEET, call, WORLD).admitted <= judge(FLEET, call, glimpse).admitted


@examples(150)
@given(calls(), glimpses())
def test_an_answer_that_is_sure_from_less_is_the_answer(call, glimpse):
    sole = judge(FLEET, call, glimpse).sole

    if sole is not None:
        assert judge(FLEET, call, WORLD).sole == sole


@examples(150)
@given(calls(), glimpses() | st.just(WORLD))
def test_nothing_is_judged_after_a_stage_that_surely_refuses(call, view):
    verdicts = judge(FLEET, call, view).verdicts
    order = [stage.name for stage in FLEET.stages]

    stages = [order.index(one.stage) for one in verdicts]
    sure = [order.index(one.stage) for one in verdicts if one.broken is True]

    assert stages == sorted(stages)
    assert not sure or max(stages) == min(sure)


@examples(200)
@given(calls(), glimpses())
def test_success_is_admitted_unless_a_refusal_is_sure(call, view):
    judgement = judge(FLEET, call, view)

    assert (SUCCESS in judgement.admitted) is not judgement.certain


@examples(100)
@given(calls())
def test_what_nobody_has_told_of_a_credential_refuses_nothing(call):
    """A profile may name a credential without its facts."""
    untold = Glimpse(WORLD, lambda name: name.startswith("principal ") is False)

    assert judge(FLEET, call, WORLD).admitted <= judge(FLEET, call, untold).admitted


@examples(200)
@given(calls(), glimpses() | st.just(WORLD))
def test_being_thorough_admits_the_same_and_judges_every_stage(call, view):
    plain, thorough = judge(FLEET, call, view), judge(FLEET, call, view, thorough=True)

    assert thorough.verdicts == plain.verdicts
    assert plain.beyond == ()
    assert thorough.admitted == plain.admitted
    judged = {one.label for one in (*thorough.verdicts, *thorough.beyond)}
    assert {rule.id for rule in call.operation.rules} <= judged


@examples(100)
@given(calls())
def test_judging_twice_gives_the_same(call):
    assert judge(FLEET, call, WORLD).verdicts == judge(FLEET, call, WORLD).verdicts


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
