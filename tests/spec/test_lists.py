"""Which records a list call asks for, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import ABSENT, UNKNOWN, Filter
from spec.contract import OPERATORS
from spec.lists import (
    Query,
    Wanted,
    counters,
    field,
    found,
    holds,
    in_order,
    matches,
    query,
    words,
)
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.worlds import FLEET, called

LISTING = FLEET.operations["listDevices"].listing


def asked(line=""):
    return query(LISTING, called(f"GET /devices?{line}").query)


@pytest.mark.parametrize(
    ("search", "text", "hit"),
    [
        ("mac", "MacBook Pro", True),
        ("book", "MacBook Pro", False),
        ("pro", "MacBook Pro", True),
        ("pro", "MacBook-Pro", True),
        ("pro", "MacBook_Pro", True),
        ("pro", "MacBook(Pro)", True),
        ("pro", "MacBook14Pro", False),
        ("14", 'screen 14"', True),
        ("4", "screen 14", False),
        ("sn123", "SN123", True),
        ("n123", "SN123", False),
        ("-c", "USB-C", False),
        ("usb-c", "USB-C", True),
        ("c", "USB-C", True),
        ("mac pro", "MacBook Pro", True),
        ("pro mac", "MacBook Pro", True),
        ("mac air", "MacBook Pro", False),
        ("  mac  ", "MacBook", True),
        (" ", "anything", True),
        ("é", "Écran", True),
        ("cran", "Écran", False),
        ("strasse", "Straße 1", True),
        ("STRASSE", "Straße 1", True),
        ("日", "日本 語", True),
        ("本", "日本 語", False),
        ("語", "日本 語", True),
        ("aa", "aaa aaaa", True),
        ("ab", "aab ab", True),
        ("x", "", False),
    ],
)
def test_a_word_begins_a_word_of_the_text(search, text, hit):
    assert all(found(word, text) for word in words(search)) is hit


def test_words_may_be_found_in_different_fields():
    record = {"name": "Pro", "brand": "Apple", "serial_number": None}

    assert matches(asked("search=app+pro"), record, complete=True) is True
    assert matches(asked("search=app+air"), record, complete=True) is False


def test_a_field_that_is_not_searched_is_not_found():
    assert matches(asked("search=hidden"), {"name": "x", "ram": "hidden"}, complete=True) is False


@pytest.mark.parametrize(
    ("line", "record", "complete", "verdict"),
    [
        ("", {}, True, True),
        ("", {}, False, True),
        ("user_id=1", {"user_id": 1}, True, True),
        ("user_id=1", {"user_id": 2}, True, False),
        ("user_id=1", {"user_id": None}, True, False),
        ("user_id=1", {"user_id": True}, True, False),
        ("user_id=1", {}, True, False),
        ("user_id=1", {}, False, UNKNOWN),
        ("user_id=1", {"user_id": 2}, False, False),
        ("user_id=1&client_status=ARCHIVED", {"client_status": "AVAILABLE"}, False, False),
        ("user_id=1&client_status=ARCHIVED", {"client_status": "ARCHIVED"}, False, UNKNOWN),
        ("search=a", {"name": "b"}, True, False),
        ("search=a", {"name": "b"}, False, UNKNOWN),
        ("search=a", {"name": "a"}, False, True),
        ("search=a+z", {"name": "a"}, False, UNKNOWN),
        (
            "search=z",
            dict.fromkeys(("name", "serial_number", "brand", "type", "category", "comment")),
            False,
            False,
        ),
        ("user_id=1&search=z", {"user_id": 2}, False, False),
        ("user_id=1&search=a", {"name": "a"}, False, UNKNOWN),
    ],
)
def test_a_record_belongs_in_the_list(line, record, complete, verdict):
    assert matches(asked(line), record, complete=complete) is verdict


FIELDS = ("name", "user_id", "client_status", "brand")
RECORD = st.fixed_dictionaries(
    {
        "name": st.none() | st.sampled_from(["mac pro", "air", "pro-mac"]),
        "user_id": st.none() | st.integers(1, 2),
        "client_status": st.sampled_from(["AVAILABLE", "ARCHIVED"]),
        "brand": st.none() | st.sampled_from(["apple", "mac"]),
    }
)
LINE = st.sampled_from(
    [
        "",
        "user_id=1",
        "search=mac",
        "search=mac+app",
        "user_id=2&search=pro",
        "client_status=ARCHIVED",
    ]
)


@examples(300)
@given(LINE, RECORD, st.sets(st.sampled_from(FIELDS)))
def test_knowing_fewer_fields_never_turns_the_verdict(line, record, hidden):
    part = {name: value for name, value in record.items() if name not in hidden}

    whole = matches(asked(line), record, complete=True)

    assert matches(asked(line), part, complete=False) in {whole, UNKNOWN}


def test_the_newest_id_comes_first():
    records = [{"id": 2}, {"id": 10}, {"id": 1}]

    assert [one["id"] for one in in_order(asked(), records)] == [10, 2, 1]


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (("name",), [3, 1, 2, 4]),
        (("-name",), [1, 3, 2, 4]),
        (("name", "-id"), [3, 1, 4, 2]),
        (("id",), [1, 2, 3, 4]),
        ((), [1, 2, 3, 4]),
    ],
)
def test_unset_values_come_last_and_ties_keep_their_order(order, ids):
    records = [{"id": 1, "name": "b"}, {"id": 2, "name": None}, {"id": 3, "name": "a"}, {"id": 4}]

    assert [record["id"] for record in in_order(Query((), order=order), records)] == ids


def test_a_query_has_the_declared_defaults():
    assert (asked().limit, asked().offset) == (50, 0)
    assert (asked("limit=7&offset=3").limit, asked("limit=7&offset=3").offset) == (7, 3)


def test_a_query_is_what_the_parameters_ask_for():
    one = asked("search=Mac++Pro&user_id=3&client_status=ARCHIVED")

    assert one.words == ("mac", "pro")
    assert [
        (wanted.filter.field, wanted.filter.operator, wanted.value) for wanted in one.conditions
    ] == [
        ("user_id", "eq", 3),
        ("client_status", "eq", "ARCHIVED"),
    ]


# -- relations ------------------------------------------------------------------------------------

EARLY, NOON = "2024-05-03T11:59:59.999Z", "2024-05-03T12:00:00.000Z"
ABROAD = "2024-05-03T14:00:00+02:00"  # Noon, too.

# Operator, what is wanted, and which of the values stand in that relation to it.
RELATIONS = [
    ("eq", "b", {"a": False, "b": True, "B": False, "": False, None: False}),
    ("ne", "b", {"a": True, "b": False, "B": True, "": True, None: True}),
    ("like", "B", {"abc": True, "b": True, "ABC": True, "ac": False, "": False, None: False}),
    ("like", "ss", {"Straße": True, "strasse": True, None: False}),
    ("gt", "b", {"a": False, "b": False, "ba": True, "B": False, "é": True, None: False}),
    ("gte", "b", {"a": False, "b": True, "ba": True, None: False}),
    ("lt", "b", {"a": True, "b": False, "": True, "B": True, None: False}),
    ("lte", "b", {"a": True, "b": True, "ba": False, None: False}),
    ("in", ["a", "b"], {"a": True, "b": True, "c": False, "ab": False, None: False}),
    ("nin", ["a", "b"], {"a": False, "b": False, "c": True, "ab": True, None: True}),
    ("in", "b", {"a": False, "b": True, None: False}),
    ("nin", "b", {"a": True, "b": False, None: True}),
    ("inc", "b", {"b": False, "abc": False, None: False}),
    ("eq", 5, {4: False, 5.0: True, "5": False, True: False, None: False}),
    ("ne", 5, {4: True, 5: False, "5": True, True: True, None: True}),
    ("gt", 5, {4: False, 5: False, 5.5: True, 10: True, "6": False, None: False}),
    ("gte", 5, {4: False, 5: True, 10: True, None: False}),
    ("lt", 5, {4: True, 5: False, 10: False, -1: True, None: False}),
    ("lte", 5, {4: True, 5: True, 10: False, None: False}),
    ("in", [4, 5], {4: True, 5.0: True, 6: False, True: False, None: False}),
    ("nin", [4, 5], {4: False, 6: True, None: True}),
    ("in", [1], {True: False}),
    ("like", "1", {21: True, 3: False}),
    ("eq", True, {True: True, False: False, None: False}),
    ("ne", True, {True: False, False: True, None: True}),
    # A list as a whole, in its order; its members; its members one by one.
    ("eq", ["a", "b"], {("a", "b"): True, ("b", "a"): False, ("a",): False, (): False}),
    ("ne", ["a", "b"], {("a", "b"): False, ("b", "a"): True, (): True, None: True}),
    ("inc", "a", {("a", "b"): True, ("b",): False, ("ab",): False, (): False, None: False}),
    ("in", ["a", "c"], {("a", "b"): True, ("b",): False, (): False, None: False}),
    ("nin", ["a", "c"], {("a", "b"): False, ("b",): True, (): True, None: True}),
]
INSTANTS = [
    ("eq", NOON, {EARLY: False, NOON: True, ABROAD: True, None: False}),
    ("eq", ABROAD, {EARLY: False, NOON: True, ABROAD: True, None: False}),
    ("ne", NOON, {EARLY: True, NOON: False, ABROAD: False, None: True}),
    ("gt", EARLY, {EARLY: False, NOON: True, ABROAD: True, None: False}),
    ("gt", NOON, {EARLY: False, NOON: False, ABROAD: False, None: False}),
    ("gte", NOON, {EARLY: False, NOON: True, ABROAD: True, None: False}),
    ("lt", ABROAD, {EARLY: True, NOON: False, ABROAD: False, None: False}),
    ("lte", ABROAD, {EARLY: True, NOON: True, ABROAD: True, None: False}),
    ("in", [EARLY, ABROAD], {EARLY: True, NOON: True, None: False}),
    ("nin", [EARLY], {EARLY: False, NOON: True, None: True}),
    ("gt", NOON, {"yesterday": False}),
]


def rows():
    for instant, relations in ((False, RELATIONS), (True, INSTANTS)):
        for operator, want, gots in relations:
            for got, verdict in gots.items():
                value = list(got) if isinstance(got, tuple) else got
                words_of = f"{value!r} is {'' if verdict else 'not '}{operator} {want!r}"
                yield pytest.param(operator, want, value, instant, verdict, id=words_of)


@pytest.mark.parametrize(("operator", "want", "got", "instant", "verdict"), list(rows()))
def test_a_value_is_in_a_relation(operator, want, got, instant, verdict):
    wanted = Wanted(Filter("p", "f", operator, instant), want)

    assert holds(wanted, got) is verdict


def test_every_operator_is_in_the_table():
    assert {operator for operator, *_ in RELATIONS} == set(OPERATORS)


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["", "a", "b", "ab", NOON, ABROAD])
    | st.lists(st.sampled_from(["a", "b"]), max_size=2)
)
WANTS = VALUES.filter(lambda value: value is not None)


def related(operator, want, got, *, instant=False):
    return holds(Wanted(Filter("p", "f", operator, instant), want), got)


@examples(300)
@given(WANTS, VALUES, st.booleans())
def test_a_value_is_equal_or_different_and_never_both(want, got, instant):
    equal = related("eq", want, got, instant=instant)

    assert related("ne", want, got, instant=instant) is not equal


@examples(300)
@given(st.lists(WANTS, min_size=1, max_size=3), VALUES)
def test_a_value_is_among_others_or_not_and_never_both(wants, got):
    assert related("nin", wants, got) is not related("in", wants, got)


@examples(300)
@given(WANTS.filter(lambda one: not isinstance(one, list)), VALUES)
def test_to_be_among_one_is_to_equal_it(want, got):
    if not isinstance(got, list):
        assert related("in", [want], got) is related("eq", want, got)


NUMBERS, TEXTS = st.integers(-5, 5) | st.floats(-5, 5), st.text(max_size=3)


@examples(300)
@given(st.tuples(NUMBERS, NUMBERS) | st.tuples(TEXTS, TEXTS))
def test_of_less_equal_and_greater_exactly_one_is_true(pair):
    want, got = pair

    verdicts = [related(one, want, got) for one in ("lt", "eq", "gt")]

    assert verdicts.count(True) == 1
    assert related("lte", want, got) is (verdicts[0] or verdicts[1])
    assert related("gte", want, got) is (verdicts[2] or verdicts[1])


@examples(200)
@given(st.sampled_from(OPERATORS), WANTS, st.booleans())
def test_what_is_unset_differs_and_is_in_no_other_relation(operator, want, instant):
    assert related(operator, want, None, instant=instant) is (operator in {"ne", "nin"})


@examples(300)
@given(st.sampled_from(OPERATORS), WANTS, VALUES, st.booleans())
def test_any_two_values_are_compared_without_a_crash(operator, want, got, instant):
    assert related(operator, want, got, instant=instant) in {True, False}


# -- fields, pages, counters ----------------------------------------------------------------------

LAMPS = lamps.contract().operations["listLamps"].listing


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a": None}, "a", None),
        ({}, "a", ABSENT),
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": {"b": None}}, "a.b", None),
        ({"a": {}}, "a.b", ABSENT),
        ({"a": None}, "a.b", None),
        ({}, "a.b", ABSENT),
        ({"a": 1}, "a.b", ABSENT),
        ({"a": [1]}, "a.0", ABSENT),
        ({"a": {"b": None}}, "a.b.c", None),
    ],
)
def test_nothing_stands_inside_of_null(record, name, value):
    assert field(record, name) == value


def test_a_dotted_filter_on_null_is_a_filter_on_what_is_unset():
    asked_for = query(LAMPS, {"colour": ["red"]})

    assert matches(asked_for, {"look": {"colour": "red"}}, complete=True) is True
    assert matches(asked_for, {"look": {"colour": "blue"}}, complete=True) is False
    assert matches(asked_for, {"look": None}, complete=False) is False
    assert matches(asked_for, {"look": {}}, complete=False) is UNKNOWN
    assert matches(asked_for, {}, complete=True) is False


@pytest.mark.parametrize(
    ("parameters", "limit", "offset", "page"),
    [
        ({}, None, 0, 1),
        ({"size": 3, "page": 1}, 3, 0, 1),
        ({"size": 3, "page": 2}, 3, 3, 2),
        ({"size": 1, "page": 9}, 1, 8, 9),
        ({"page": 4}, None, 0, 1),
        ({"size": 3, "page": "x"}, 3, 0, 1),
        ({"size": 3, "page": 0}, 3, 0, 1),
        ({"size": "x", "page": 2}, None, 0, 1),
    ],
)
def test_a_page_begins_behind_the_ones_before_it(parameters, limit, offset, page):
    asked_for = query(LAMPS, parameters)

    assert (asked_for.limit, asked_for.offset, asked_for.page) == (limit, offset, page)


@examples(100)
@given(st.integers(1, 9), st.integers(1, 50))
def test_the_number_of_a_page_is_read_back_from_where_it_begins(size, page):
    assert query(LAMPS, {"size": size, "page": page}).page == page


@pytest.mark.parametrize(
    ("by", "order"),
    [
        (None, ("made",)),
        ("watts", ("watts", "made")),
        ("-watts", ("-watts", "made")),
        ("made", ("made",)),
        ("-made", ("-made",)),
        ("", ("made",)),
        (5, ("made",)),
    ],
)
def test_a_chosen_order_comes_before_the_lists_own(by, order):
    assert query(LAMPS, {} if by is None else {"by": by}).order == order


@pytest.mark.parametrize(
    ("limit", "total", "pages"),
    [
        (3, 0, 0),
        (3, 1, 1),
        (3, 3, 1),
        (3, 4, 2),
        (3, 6, 2),
        (3, 7, 3),
        (1, 7, 7),
        (100, 7, 1),
        (None, 7, 1),
        (None, 0, 1),
    ],
)
def test_a_page_that_is_not_full_is_a_page(limit, total, pages):
    counted = counters(Query((), limit=limit), shown=0, total=total)

    assert counted["page_count"] == pages


def test_a_page_is_counted():
    counted = counters(Query((), limit=3, offset=6), shown=1, total=7)

    assert counted == {
        "total": 7,
        "limit": 3,
        "offset": 6,
        "page": 3,
        "page_count": 3,
        "item_count": 1,
    }


@pytest.mark.parametrize("whole", [False, None, "true", 1, ABSENT])
def test_an_answer_is_bare_unless_the_envelope_is_asked_for(whole):
    parameters = {} if whole is ABSENT else {"whole": whole}

    assert LAMPS.form(parameters) == ("", {"item_count": "/count"})


def test_an_envelope_has_its_own_rows_and_counters():
    assert LAMPS.form({"whole": True}) == ("/rows", {"total": "/total", "page_count": "/pages"})


def test_a_list_without_envelope_has_one_form():
    assert LISTING.form({"page_meta": True}) == (LISTING.items, LISTING.counters)


def test_times_are_compared_as_moments():
    asked_for = query(LAMPS, {"since": EARLY, "made": ABROAD})

    assert all(one.filter.instant for one in asked_for.conditions)
    assert matches(asked_for, {"made": NOON}, complete=True) is True


def test_times_are_put_in_the_order_of_their_moments():
    records = [{"id": 1, "made": ABROAD}, {"id": 2, "made": EARLY}, {"id": 3, "made": NOON}]

    assert [one["id"] for one in in_order(query(LAMPS, {}), records)] == [2, 1, 3]


def test_descending_order_keeps_the_order_of_ties():
    records = [{"id": 1, "watts": 5}, {"id": 2, "watts": 7}, {"id": 3, "watts": 5}, {"id": 4}]

    up, down = (
        [one["id"] for one in in_order(Query((), order=(by,)), records)]
        for by in ("watts", "-watts")
    )

    assert (up, down) == ([1, 3, 2, 4], [2, 1, 3, 4])


@examples(200)
@given(st.lists(VALUES | st.dictionaries(st.sampled_from("ab"), st.none()), max_size=6))
def test_whatever_a_field_shows_can_be_put_in_order(values):
    records = [{"id": number, "f": value} for number, value in enumerate(values)]

    up = in_order(Query((), order=("f",)), records)

    assert sorted(one["id"] for one in up) == list(range(len(values)))
    assert in_order(Query((), order=("f",)), up) == up


def test_a_condition_reads_as_a_relation():
    assert str(Wanted(Filter("p", "watts", "gte"), 5)) == "watts >= 5"
    assert str(Wanted(Filter("p", "look.colour", "in"), ["red"])) == "look.colour in ['red']"
