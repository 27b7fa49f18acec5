from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts.oracle import laws
from contracts.oracle.knowledge import Knowledge, Touch
from contracts.oracle.laws import compared, laws_of
from contracts.oracle.pages import Page, breaches
from contracts.profile import Profile
from spec import Contract, lists

REST = {"brand": None, "type": "thing", "category": "LAPTOP", "comment": None}
ROWS = {
    number: {
        "id": number,
        "name": name,
        "serial_number": f"S{number}",
        "client_status": status,
        **REST,
    }
    for number, name, status in [
        (501, "red fox", "AVAILABLE"),
        (502, "blue fox", "ARCHIVED"),
        (503, "red hen", "AVAILABLE"),
    ]
}
FOREIGN = {"id": 600, "name": "grey", "serial_number": "S600", "client_status": "AVAILABLE"}


def touch(operation: str, *fields: str, accepted: bool = True) -> Touch:
    return Touch(operation, frozenset(fields), accepted, 0)


@pytest.fixture
def knowledge(fleet: Contract) -> Knowledge:
    """Devices 501 to 503 of company A, made here; 504, deleted; 600, of company B."""
    found = Knowledge(fleet, Profile("http://h/v1"))
    for row in ROWS.values():
        found.note_created("device", {**row, "company": "A"}, touch("createDevices"))
    found.note_created("device", {"id": 504, "company": "A"}, touch("createDevices"))
    found.note_gone("device", "504", ("A",), touch("deleteDevice"))
    found.note_created("device", {**FOREIGN, "company": "B"}, touch("createDevices"))
    return found


def page(fleet: Contract, rows: Sequence[Any], total: int | None = None, **parameters: Any) -> Page:
    operation = fleet.operations["listDevices"]
    assert operation.listing is not None
    used = {"limit": 50, "offset": 0, **parameters}
    shown = [ROWS[one] if isinstance(one, int) else one for one in rows]
    count = len(rows) if total is None else total
    meta = {"total": count, "limit": used["limit"], "offset": used["offset"]}
    return Page(
        operation=operation,
        resource=fleet.resources["device"],
        asked=lists.query(operation.listing, used),
        parameters=used,
        rows=shown,
        body={"data": shown, "meta": meta},
        tenant=("A",),
    )


def broken(one: Page, knowledge: Knowledge) -> set[str]:
    return {breach.law for breach in breaches(one, knowledge, set())}


HELD: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "all that live, newest first": ([503, 502, 501], {}),
    "a first page": ([503, 502], {"limit": 2, "total": 3}),
    "a later page": ([501], {"limit": 2, "offset": 2, "total": 3}),
    "nothing beyond the end": ([], {"offset": 9, "total": 3}),
    "those of a status": ([503, 501], {"client_status": "AVAILABLE"}),
    "those with a word": ([502, 501], {"search": "FOX"}),
    "those with two words": ([501], {"search": "fox red"}),
    "those with both conditions": ([503, 501], {"search": "red", "client_status": "AVAILABLE"}),
    "none with a strange word": ([], {"search": "zebra"}),
    "a record that nobody knows": ([{"id": 999, "name": "x"}, 503, 502, 501], {}),
}


@pytest.mark.parametrize("case", HELD)
def test_a_right_page_breaks_no_law(case: str, fleet: Contract, knowledge: Knowledge) -> None:
    rows, parameters = HELD[case]

    assert broken(page(fleet, rows, **parameters), knowledge) == set()


STATUS, SEARCH = laws.filter_law("client_status"), laws.filter_law("search")
BROKEN: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "a record is missing": ([503, 501], {}, laws.COMPLETE),
    "a record in the middle of a first page is missing": (
        [503, 501],
        {"limit": 2, "total": 3},
        laws.COMPLETE,
    ),
    "a deleted record is shown": ([{"id": 504, "name": "x"}, 503, 502, 501], {}, laws.GONE),
    "a stranger's record is shown": ([FOREIGN, 503, 502, 501], {}, laws.TENANTS),
    "one record is shown twice": ([503, 503, 502, 501], {}, laws.PAGES),
    "the oldest comes first": ([501, 502, 503], {}, laws.ORDER),
    "more than the limit": ([503, 502], {"limit": 1, "total": 3}, laws.PAGES),
    "a page that is too short": ([503], {"limit": 2, "total": 3}, laws.COUNTERS),
    "a later page that is too short": ([502], {"limit": 3, "offset": 1, "total": 5}, laws.PAGES),
    "a total below what is shown": ([503, 502, 501], {"total": 2}, laws.COUNTERS),
    "a total above what there is": ([503, 502, 501], {"total": 4}, laws.COUNTERS),
    "another status is shown": ([503, 502, 501], {"client_status": "AVAILABLE"}, STATUS),
    "one of the status is missing": ([503], {"client_status": "AVAILABLE"}, STATUS),
    "one without the word is shown": ([503, 502, 501], {"search": "fox"}, SEARCH),
    "one with the word is missing": ([502], {"search": "fox"}, SEARCH),
    "one with one of two words is shown": ([502, 501], {"search": "red fox"}, SEARCH),
    "a field is not as it was set": (
        [{**ROWS[503], "name": "red cow"}, 502, 501],
        {},
        laws.UNTOUCHED,
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_page_breaks_its_law(case: str, fleet: Contract, knowledge: Knowledge) -> None:
    rows, parameters, law = BROKEN[case]

    assert law in broken(page(fleet, rows, **parameters), knowledge)


@pytest.mark.parametrize("counter", ["limit", "offset"])
def test_a_counter_that_states_another_value_breaks_the_law(
    counter: str, fleet: Contract, knowledge: Knowledge
) -> None:
    one = page(fleet, [503, 502, 501])
    one.body["meta"][counter] = 17

    assert broken(one, knowledge) == {laws.COUNTERS}


def test_texts_beyond_ascii_are_not_held_against_a_search(
    fleet: Contract, knowledge: Knowledge
) -> None:
    knowledge.note_created(
        "device", {"id": 505, "company": "A", "name": "straße"}, touch("createDevices")
    )

    assert broken(page(fleet, [], search="strasse"), knowledge) == set()


PROOFS: dict[str, tuple[list[Any], dict[str, Any], set[str]]] = {
    "an empty list proves no filter": ([], {"search": "zebra"}, set()),
    "one row proves no order": ([501], {"search": "fox red"}, {SEARCH}),
    "a filter that leaves something out": (
        [503, 501],
        {"client_status": "AVAILABLE"},
        {STATUS, laws.ORDER},
    ),
    "a whole list": ([503, 502, 501], {}, {laws.COMPLETE, laws.ORDER}),
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_law_is_proven_only_where_it_could_have_failed(
    case: str, fleet: Contract, knowledge: Knowledge
) -> None:
    rows, parameters, expected = PROOFS[case]
    proven: set[str] = set()

    assert list(breaches(page(fleet, rows, **parameters), knowledge, proven)) == []

    always = {laws.GONE, laws.TENANTS, laws.COUNTERS}
    assert proven - always == expected


SHOWN: dict[str, tuple[list[Touch], dict[str, Any], tuple[str, str] | None]] = {
    "as it was": ([touch("updateDevice", "/name")], {"name": "red fox"}, None),
    "fields that nobody knows": ([], {"colour": "green"}, None),
    "what an update has set is lost": (
        [touch("updateDevice", "/name")],
        {"name": "old"},
        (laws.READ_YOUR_WRITES, "updateDevice"),
    ),
    "what an update did not name is changed": (
        [touch("updateDevice", "/comment")],
        {"name": "new"},
        (laws.UNTOUCHED, "updateDevice"),
    ),
    "a refused update has an effect": (
        [touch("updateDevice", "/name", accepted=False)],
        {"name": "new"},
        (laws.REFUSED, "updateDevice"),
    ),
    "a refused deletion has an effect": (
        [touch("deleteDevice", accepted=False)],
        {"client_status": "ARCHIVED"},
        (laws.REFUSED, "deleteDevice"),
    ),
    "nothing was written in between": ([], {"name": "new"}, (laws.PURE, "getDevice")),
    "the last of two updates counts": (
        [touch("replaceDevice", "/name"), touch("updateDevice", "/name")],
        {"name": "old"},
        (laws.READ_YOUR_WRITES, "updateDevice"),
    ),
}


@pytest.mark.parametrize("case", SHOWN)
def test_a_difference_is_laid_to_the_call_that_is_responsible(
    case: str, fleet: Contract, knowledge: Knowledge
) -> None:
    since, shown, expected = SHOWN[case]
    known = knowledge.records["device", "501", None]
    known.since = since

    breach = compared(knowledge, fleet.resources["device"], known, shown, "getDevice")

    assert (breach and (breach.law, breach.operation)) == expected


def test_a_record_that_others_may_change_is_not_held_to_what_we_knew(
    fleet: Contract, knowledge: Knowledge
) -> None:
    known = knowledge.records["device", "501", None]
    known.made_here = False
    known.since = []

    assert compared(knowledge, fleet.resources["device"], known, {"name": "x"}, "getDevice") is None


PROMISES: dict[str, Callable[[set[str]], bool]] = {
    "createDevices": lambda found: {laws.BATCH, laws.ORDERED, laws.KEYS} <= found,
    "getDevice": lambda found: {laws.PURE, laws.GONE, laws.TENANTS} == found,
    "updateDevice": lambda found: {laws.UNTOUCHED, laws.REFUSED} <= found,
    "deleteDevice": lambda found: {laws.REFUSED, laws.GONE} <= found,
    "listDevices": lambda found: {laws.PAGES, laws.COUNTERS, STATUS, SEARCH} <= found,
}


@pytest.mark.parametrize("operation", PROMISES)
def test_an_operation_promises_the_laws_of_its_effect(operation: str, fleet: Contract) -> None:
    found = {one.name for one in laws_of(fleet) if one.operation == operation}

    assert PROMISES[operation](found)
