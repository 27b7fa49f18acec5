"""Facts, templates and sentences, in worlds that are known whole or in part."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import ABSENT, UNKNOWN, Context, Credential, judge
from spec.contract import From
from spec.rules import filled, owner, owner_of
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.worlds import EDGEIQ, Glimpse, World, called, named, world

LAMPS = lamps.contract()
WORLD = World(
    LAMPS,
    {
        "firm": [
            {"id": "top", "above": None},
            {"id": "mid", "above": "top"},
            {"id": "low", "above": "mid"},
            {"id": "side", "above": "top"},
        ],
        "lamp": [
            {"id": 1, "firm": "mid", "label": "one", "watts": 5},
            {"id": 2, "firm": "low", "label": "two", "watts": 9},
            {"id": 3, "firm": "side", "label": "three", "watts": 5},
            {"id": 4, "firm": "mid", "label": "one", "watts": 7},
            {"id": 5, "firm": "mid", "label": "dark", "watts": None},
        ],
        "trait": [
            {"firm": "mid", "name": "Colour", "sort": "TEXT"},
            {"firm": "mid", "name": "age", "sort": "WHOLE"},
            {"firm": "side", "name": "weight", "sort": "REAL"},
        ],
    },
    {Credential("token", "mid"): {"firm": "mid"}},
)


def blind(*hidden):
    """The world as somebody sees it who does not know these things."""
    return Glimpse(WORLD, lambda name: name in hidden)


def context(body=ABSENT, view=WORLD, line="POST /lamps", firm="mid", **more):
    principal = {} if firm is None else {"firm": firm}
    return Context(called(line, body, contract=LAMPS, key=None), principal, view, **more)


# -- found ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("twin", "firm", "found"),
    [
        ("two", "mid", 2),
        ("one", "mid", 1),
        ("one", "top", 1),
        ("three", "top", 3),
        ("three", "mid", ABSENT),
        ("one", "low", ABSENT),
        ("nobody", "mid", ABSENT),
    ],
    ids=[
        "the record of one below",
        "the first of several",
        "a record of one far below",
        "a record of another branch, seen from the top",
        "not a sibling's",
        "not that of one above",
        "not what is not there",
    ],
)
def test_a_found_record_is_the_first_that_the_caller_sees(twin, firm, found):
    about = context({"twin": twin}, firm=firm)

    record = about.value(("facts", "twin"))

    assert (record if record is ABSENT else record["id"]) == found
    assert about.value(("facts", "twin", "id")) == found


@pytest.mark.parametrize("body", [{}, ABSENT, [], {"twin": None}])
def test_what_is_not_asked_for_is_not_found(body):
    assert context(body).value(("facts", "twin")) is ABSENT
    assert context(body).value(("facts", "twin", "watts")) is ABSENT


def test_a_field_of_a_found_record_may_be_null():
    assert context({"twin": "dark"}).value(("facts", "twin", "watts")) is None


def test_a_field_that_a_found_record_lacks_is_absent_to_who_knows_everything():
    assert context({"twin": "two"}).value(("facts", "twin", "spare")) is ABSENT
    assert context({"twin": "two"}, blind()).value(("facts", "twin", "spare")) is UNKNOWN


@pytest.mark.parametrize(
    ("hidden", "path"),
    [
        ("exists lamp [('label', 'two')] None", ("facts", "twin")),
        ("exists lamp [('label', 'two')] None", ("facts", "twin", "watts")),
        ("lamp 2.watts", ("facts", "twin", "watts")),
    ],
)
def test_what_nobody_knows_is_found_unknown(hidden, path):
    assert context({"twin": "two"}, blind(hidden)).value(path) is UNKNOWN


def test_a_caller_whose_firm_nobody_knows_finds_nothing_for_sure():
    assert context({"twin": "two"}, blind(), firm=None).value(("facts", "twin")) is UNKNOWN


# -- equal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"watts": 9, "twin": "two"}, True),
        ({"watts": 9.0, "twin": "two"}, True),
        ({"watts": 8, "twin": "two"}, False),
        ({"watts": True, "twin": "two"}, False),
        ({"watts": None, "twin": "two"}, False),
        ({"watts": None, "twin": "dark"}, True),
        ({"twin": "two"}, False),
        ({"watts": 9}, False),
        ({"watts": 9, "twin": "three"}, False),
        ({}, False),
        (ABSENT, False),
    ],
    ids=[
        "the same number",
        "the same number, written with a point",
        "another number",
        "a truth is no number",
        "null is no number",
        "null is null",
        "nothing on the left",
        "nothing on the right",
        "a record on the right that is not there",
        "nothing on either side",
        "no body",
    ],
)
def test_two_values_are_equal_where_both_are_there(body, verdict):
    assert context(body).fact("same_watts") is verdict


@pytest.mark.parametrize(
    ("body", "verdict"),
    [({"watts": 9, "twin": "two"}, UNKNOWN), ({"twin": "two"}, False), ({"watts": 9}, False)],
)
def test_an_unknown_value_may_be_equal_to_one_that_is_there(body, verdict):
    assert context(body, blind("lamp 2.watts")).fact("same_watts") is verdict


# -- mistyped -------------------------------------------------------------------------------------


def mistyped(*pairs, view=WORLD, firm="mid", body=None):
    items = [{"name": name, "worth": worth} for name, worth in pairs] if body is None else body
    return context(items, view, "PATCH /lamps/1/traits", firm).fact("wrong_kind")


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([], False),
        ([("age", 5)], False),
        ([("age", 5.0)], False),
        ([("age", 5.5)], True),
        ([("age", "5")], True),
        ([("age", True)], True),
        ([("age", None)], False),
        ([("AGE", "5")], True),
        ([("colour", "red")], False),
        ([("colour", 5)], True),
        ([("new", [1])], True),
        ([("weight", "heavy")], False),
        ([("age", 1), ("colour", 1)], True),
        ([("age", "x"), ("age", 1)], True),
        ([("new", 1), ("new", 2)], False),
        ([("new", 1), ("NEW", "x")], True),
        ([("new", 1), ("new", 1.5)], True),
        ([("new", 1.5), ("new", 1)], False),
        ([("new", "x"), ("new", None), ("new", 1)], True),
        ([("new", None), ("new", 1)], False),
        ([("new", None), ("new", 1), ("new", "x")], True),
        ([("new", True), ("new", 1)], True),
        ([("new", 1), ("old", "x"), ("new", 2), ("old", "y")], False),
    ],
    ids=[
        "no item",
        "a whole number for a whole number",
        "5.0 for a whole number",
        "a fraction for a whole number",
        "a text for a whole number",
        "a truth for a whole number",
        "null for anything",
        "the name in another case",
        "a text for a text",
        "a number for a text",
        "a value of no type",
        "a name of another firm is new here",
        "one wrong item among right ones",
        "a wrong item that a right one follows",
        "a new name twice with one type",
        "a new name twice with two types",
        "a whole number binds against a fraction",
        "a fraction takes a whole number",
        "null does not unbind",
        "null does not bind",
        "the first value after null binds",
        "a truth binds against a number",
        "each name binds for itself",
    ],
)
def test_an_item_is_of_its_entrys_type(pairs, verdict):
    assert mistyped(*pairs) is verdict


@pytest.mark.parametrize("body", [{}, "x", None, ABSENT, [None, 1, {}, {"worth": 1}]])
def test_what_names_no_entry_is_of_no_wrong_type(body):
    assert mistyped(body=body) is False


def test_whether_an_unknown_definition_takes_a_value_is_unknown():
    view = blind("exists trait [('name', 'age')] None")

    assert mistyped(("age", 5), view=view) is UNKNOWN
    assert mistyped(("age", None), view=view) is False
    assert mistyped(("age", 5), ("colour", 5), view=view) is True
    assert mistyped(("age", 5), ("age", "x"), view=view) is UNKNOWN


def test_whether_a_definition_of_unknown_type_takes_a_value_is_unknown():
    assert mistyped(("age", "x"), view=blind("trait age.sort")) is UNKNOWN
    assert mistyped(("age", "x"), view=blind("trait age.code")) is True


def test_5_0_makes_a_whole_number_to_some_and_a_fraction_to_others():
    assert mistyped(("new", 5.0), ("new", 1.5)) is True
    assert mistyped(("new", 5.0), ("new", 1.5), view=blind()) is UNKNOWN
    assert mistyped(("new", 5.0), view=blind()) is False
    assert mistyped(("new", 5), ("new", 1.5), view=blind()) is True


VALUES = st.none() | st.booleans() | st.sampled_from([1, 2, 1.5, 5.0, "x", "1"])
PAIRS = st.lists(
    st.tuples(st.sampled_from(["age", "AGE", "colour", "new", "NEW", "other"]), VALUES), max_size=4
)
HIDDEN = st.sets(
    st.sampled_from(
        [
            "trait age.sort",
            "trait Colour.sort",
            *(f"exists trait [('name', '{name}')] None" for name in ("age", "AGE", "new", "NEW")),
        ]
    )
)


@examples(400)
@given(PAIRS, HIDDEN)
def test_knowing_less_of_definitions_never_turns_a_verdict(pairs, hidden):
    assert mistyped(*pairs, view=blind(*hidden)) in {mistyped(*pairs), UNKNOWN}


@examples(200)
@given(PAIRS, PAIRS)
def test_more_items_never_mend_a_wrong_one(pairs, more):
    if mistyped(*pairs):
        assert mistyped(*pairs, *more)


# -- whose records --------------------------------------------------------------------------------


def test_an_owner_is_told_by_the_fields_of_its_tenant():
    about = context({})

    assert owner_of("lamp", about) == ("mid",)
    assert owner_of("firm", about) == ("mid",)
    assert owner(LAMPS.resources["lamp"].tenant, context({}, firm=None)) == (None,)
    assert owner_of("lamp", context({}, blind(), firm=None)) is UNKNOWN


def test_a_kind_without_tenant_is_everybodys():
    about = Context(called("GET /devices", contract=EDGEIQ, key=None), {}, world("edgeiq"))

    assert owner_of("device_type", about) is ABSENT


# -- templates ------------------------------------------------------------------------------------


def hole(path, **more):
    return From(tuple(path.split(".")), **more)


def at_least_10(value):
    return value >= 10


@pytest.mark.parametrize(
    ("template", "value"),
    [
        (5, 5),
        (None, None),
        ("{name}", "{name}"),
        ([1, "x"], [1, "x"]),
        (hole("request.body.watts"), 12),
        (hole("request.body.twin"), "two"),
        (hole("request.body.none"), ABSENT),
        (hole("request.body.none", otherwise=7), 7),
        (hole("request.body.none", otherwise=None), None),
        (hole("request.body.none", otherwise=hole("request.body.watts")), 12),
        (hole("request.body.watts", fits=at_least_10), 12),
        (hole("facts.twin.watts", fits=at_least_10), ABSENT),
        (hole("facts.twin.watts", fits=at_least_10, otherwise=10), 10),
        (hole("facts.twin.watts", fits=at_least_10, otherwise={"a": hole("item")}), {}),
        ({"a": hole("request.body.watts"), "b": 1}, {"a": 12, "b": 1}),
        ({"a": hole("request.body.none"), "b": 1}, {"b": 1}),
        ({"a": {"b": hole("request.body.none")}}, {"a": {}}),
        ({"a": [hole("request.body.watts")]}, {"a": [12]}),
        (hole("principal.firm"), "mid"),
    ],
)
def test_a_template_is_filled_from_the_call(template, value):
    about = context({"watts": 12, "twin": "two"})

    assert filled(template, about) == value


@pytest.mark.parametrize(
    "template",
    [
        hole("facts.twin.watts"),
        {"a": hole("facts.twin.watts"), "b": 1},
        {"a": {"b": hole("facts.twin.watts")}},
        [1, hole("facts.twin.watts")],
        hole("request.body.none", otherwise=hole("facts.twin.watts")),
        hole("facts.twin.watts", fits=at_least_10, otherwise=1),
    ],
)
def test_one_unknown_hole_makes_all_of_a_template_unknown(template):
    assert filled(template, context({"twin": "two"}, blind("lamp 2.watts"))) is UNKNOWN


def test_the_documents_own_templates_are_read_as_they_are_written():
    (setting,) = LAMPS.operations["createLamp"].effect.sets

    def values(**body):
        return filled(setting.values, context(body))

    assert values(watts=12, twin="two")["power"] == 12
    assert values(watts=5, twin="two")["power"] == 9
    assert "power" not in values(watts=5)
    assert values(watts=12, twin="two")["copied"] == {"label": "two", "fixed": [1, 12]}


# -- sentences ------------------------------------------------------------------------------------


def refusal(body, view=WORLD):
    call = called("POST /lamps", body, contract=LAMPS, key="mid")
    return judge(LAMPS, call, view).first


def test_a_refusal_says_its_sentence_with_the_values_of_the_call():
    found = refusal({"label": "new", "watts": 5, "twin": "two"})

    assert found.label == "other_watts"
    assert found.message == "new has 5 and 9"
    assert found.problem.render(found.message) == {"say": "new has 5 and 9"}


def test_a_rule_without_a_sentence_leaves_it_to_the_problem():
    found = refusal({"label": "one"})

    assert (found.label, found.message) == ("TAKEN", None)
    assert found.problem.render(found.message) == {}


def test_a_value_with_braces_is_not_filled_again():
    found = refusal({"label": "{request.body.watts}", "watts": 5, "twin": "two"})

    assert found.message == "{request.body.watts} has 5 and 9"


def test_what_is_not_broken_says_nothing():
    call = called("POST /lamps", {"label": "new", "watts": 9, "twin": "two"},
                  contract=LAMPS, key="mid")  # fmt: skip

    assert [one.message for one in judge(LAMPS, call, WORLD).verdicts] == [None] * 4


@pytest.mark.parametrize(
    ("line", "body", "sentence"),
    [
        (
            "POST /devices",
            {"name": "n", "unique_id": "gw-south", "device_type_id": "<any-type>"},
            "A Device with unique id 'gw-south' already exists",
        ),
        (
            "PUT /devices/<gateway>",
            {"name": "n", "unique_id": "s-1", "device_type_id": "<any-type>"},
            "A Device with unique id 's-1' already exists",
        ),
        (
            "POST /devices",
            {"name": "n", "unique_id": "GW", "device_type_id": "<any-type>"},
            '"unique_id" can only contain lower case letters, numbers or the special charaters '
            '"-", ":", or "_"',
        ),
        (
            "PUT /devices/<gateway>",
            {"name": "n", "unique_id": "a b", "device_type_id": "<any-type>"},
            '"unique_id" can only contain lower case letters, numbers or the special charaters '
            '"-", ":", or "_"',
        ),
    ],
)
def test_the_sentences_that_the_vendors_sdk_reads_come_first(line, body, sentence):
    body = {name: named("edgeiq", value) for name, value in body.items()}
    call = called(named("edgeiq", line), body, contract=EDGEIQ, key="tok_admin")

    found = judge(EDGEIQ, call, world("edgeiq")).first

    assert found.problem.render(found.message)["messages"][0] == sentence


# -- rules in the shape stage ---------------------------------------------------------------------


def test_a_rule_of_the_shape_stage_speaks_before_the_schema_does():
    call = called("PATCH /lamps/1/traits", [{"name": 5, "worth": 1}, {"name": "age", "worth": "x"}],
                  contract=LAMPS, key="mid")  # fmt: skip

    shape = [one for one in judge(LAMPS, call, WORLD).verdicts if one.stage == "shape"]

    assert [(one.rule is not None, one.broken) for one in shape] == [(True, True), (False, True)]


def test_a_fact_is_forgotten_when_another_item_is_looked_at():
    about = context({"twin": "two"})
    about.facts["twin"] = {"watts": 1}

    assert about.value(("facts", "twin", "watts")) == 1
    assert about.of({}).value(("facts", "twin", "watts")) == 9
    assert about.showing({"a": 1}).value(("facts", "twin", "watts")) == 9
    assert replace(about).value(("facts", "twin", "watts")) == 1
