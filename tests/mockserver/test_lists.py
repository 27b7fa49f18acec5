"""Filters, search, order, pages and counters of the list."""

from __future__ import annotations

from typing import Any

import pytest


def meta(fleet: Any, query: str = "") -> dict[str, int]:
    found: dict[str, int] = fleet.get(query).json["meta"]
    return found


def test_the_newest_id_comes_first_without_the_deleted_ones(fleet: Any) -> None:
    ids = fleet.ids()

    assert len(ids) == 28
    assert ids == sorted(ids, reverse=True)
    assert not {38, 39} & set(ids)


def test_an_archived_device_is_listed(fleet: Any) -> None:
    assert fleet.ids("?client_status=ARCHIVED") == [14]


def test_the_counters_tell_the_page_that_was_used(fleet: Any) -> None:
    assert meta(fleet) == {"total": 28, "limit": 50, "offset": 0}
    assert meta(fleet, "?limit=2&offset=3") == {"total": 28, "limit": 2, "offset": 3}
    assert meta(fleet, "?limit=2.0&client_status=ARCHIVED")["total"] == 1


@pytest.mark.parametrize("limit", [1, 3, 10, 28, 100])
def test_pages_put_together_are_the_list(fleet: Any, limit: int) -> None:
    pages = [fleet.ids(f"?limit={limit}&offset={at}") for at in range(0, 28 + limit, limit)]

    assert [one for page in pages for one in page] == fleet.ids()
    assert pages[-1] == []


def test_a_user_filters_though_it_is_never_shown(fleet: Any) -> None:
    assert fleet.ids("?user_id=12") == [4, 3]
    assert fleet.ids("?user_id=31") == []
    assert fleet.ids(f"?user_id={10**20}") == []


def test_filters_are_combined(fleet: Any) -> None:
    assert fleet.ids("?user_id=15&client_status=IN_MAINTENANCE") == [13]
    assert fleet.ids("?user_id=15&client_status=IN_MAINTENANCE&search=macbook") == []


SEARCHES = [
    ("macbook", True, "a word of the name"),
    ("MACBOOK", True, "in any case"),
    ("mac", True, "the beginning of a word"),
    ("acbook", False, "the middle of a word"),
    ("pro macbook", True, "two words in any order"),
    ("pro%20%20macbook", True, "more than one blank"),
    ("pro%20x", False, "a word that is missing"),
    ("C02", True, "the beginning of the serial number"),
    ("02T", False, "the middle of the serial number"),
    ("apple", True, "the hidden brand"),
    ("lap", True, "the category"),
    ("14", True, "the type"),
    ("handle", True, "the comment, after a bracket"),
    ("left", True, "the comment, after a hyphen"),
    ("under_score", True, "underscores in a word"),
    ("score", True, "after an underscore, which is no letter"),
    ("%C3%89cran", True, "an accent in another case"),
    ("%25", False, "a wildcard of SQL"),
    ("_", False, "another wildcard of SQL"),
    ("%00", False, "NUL"),
    ("IN_SERVICE", False, "the status, which is not searched"),
    ("%09macbook", False, "a tab, which is no blank"),
]


@pytest.mark.parametrize(("words", "found", "why"), SEARCHES, ids=[one[2] for one in SEARCHES])
def test_a_search_finds_words_by_their_beginning(
    fleet: Any, words: str, found: bool, why: str
) -> None:
    number = fleet.made(
        name="MacBook Pro",
        serial_number="C02TX",
        type="Book 14",
        category="LAPTOP",
        brand="Apple",
        comment="(handle) on the-left of under_score \u00e9cran",
    )["id"]

    assert (number in fleet.ids(f"?search={words}")) is found


def test_blanks_alone_search_for_nothing(fleet: Any) -> None:
    assert len(fleet.ids("?search=%20%20")) == 28


def test_the_total_counts_what_matches_on_all_pages(fleet: Any) -> None:
    everything = fleet.ids("?search=macbook")

    assert meta(fleet, "?search=macbook&limit=1")["total"] == len(everything) > 1
