"""Which records a list call asks for, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import UNKNOWN
from spec.lists import found, in_order, matches, query, words
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
    one = asked().__class__({}, (), (), order, None, 0)

    assert [record["id"] for record in in_order(one, records)] == ids


def test_a_query_has_the_declared_defaults():
    assert (asked().limit, asked().offset) == (50, 0)
    assert (asked("limit=7&offset=3").limit, asked("limit=7&offset=3").offset) == (7, 3)


def test_a_query_is_what_the_parameters_ask_for():
    one = asked("search=Mac++Pro&user_id=3&client_status=ARCHIVED")

    assert one.words == ("mac", "pro")
    assert one.equals == {"user_id": 3, "client_status": "ARCHIVED"}
