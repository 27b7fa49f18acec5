from __future__ import annotations

from typing import Any

import pytest

from contracts.compare.pairs import Pairs
from contracts.compare.roles import roles
from contracts.compare.values import Bodies, Difference, Terms
from spec import Contract

UUIDS = [f"5c0de7a1-93b4-4f26-8d1e-0a7b62c4f30{n}" for n in range(4)]
IDS = [f"65a0de00000000000000000{n}" for n in range(4)]
EARLY, LATE = "2027-01-15T08:00:00.000Z", "2030-03-17T17:46:40.123456+00:00"


def terms(fleet: Contract) -> Terms:
    return Terms(fleet, roles(fleet), Pairs())


def differences(
    fleet: Contract, left: Any, right: Any, *, status: int = 200, shared: Terms | None = None
) -> list[Difference]:
    bodies = Bodies(
        terms=shared or terms(fleet),
        operation=fleet.operations["listDevices"],
        call=None,
        number=0,
        status=status,
        media="application/json",
        left=left,
        right=right,
    )
    return list(bodies.values(left, right, bodies.root()))


ALIKE: dict[str, tuple[Any, Any]] = {
    "members in another order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "a number written otherwise": ({"a": 5}, {"a": 5.0}),
    "a large number written otherwise": (
        {"a": -23954952192847770},
        {"a": -2.395495219284777e16},
    ),
    "two moments": ({"at": EARLY}, {"at": LATE}),
    "two uuids": ({"a": UUIDS[0]}, {"a": UUIDS[1]}),
    "two object ids": ({"a": IDS[0]}, {"a": IDS[1]}),
    "one id twice": ({"a": IDS[0], "b": IDS[0]}, {"a": IDS[1], "b": IDS[1]}),
    "ids in lists": ([IDS[0], IDS[1]], [IDS[1], IDS[0]]),
    "an id within a text": (
        {"a": IDS[0], "b": f"/x/{IDS[0]}"},
        {"a": IDS[1], "b": f"/x/{IDS[1]}"},
    ),
    "null": ({"a": None}, {"a": None}),
}
UNLIKE: dict[str, tuple[Any, Any]] = {
    "another text": ({"a": "x"}, {"a": "y"}),
    "another number": ({"a": 1}, {"a": 2}),
    "two large numbers": ({"a": 23954952192847770}, {"a": 23954952192847771}),
    "a number and nothing like it": ({"a": 5.0}, {"a": 10**400}),
    "true and 1": ({"a": True}, {"a": 1}),
    "a number and a text": ({"a": 1}, {"a": "1"}),
    "null and nothing": ({"a": None}, {}),
    "null and a moment": ({"at": None}, {"at": EARLY}),
    "a moment and another text": ({"at": EARLY}, {"at": "yesterday"}),
    "a uuid and an object id": ({"a": UUIDS[0]}, {"a": IDS[0]}),
    "one id and two": ({"a": IDS[0], "b": IDS[0]}, {"a": IDS[1], "b": IDS[2]}),
    "an object and a list": ({"a": {}}, {"a": []}),
    "a shorter list": ({"a": [1, 2]}, {"a": [1]}),
    "two sentences": ({"a": "not now"}, {"a": "not today"}),
}


@pytest.mark.parametrize("case", ALIKE)
def test_values_are_alike_when_they_play_the_same_part(case: str, fleet: Contract) -> None:
    left, right = ALIKE[case]

    assert differences(fleet, left, right) == []
    assert differences(fleet, right, left) == []


@pytest.mark.parametrize("case", UNLIKE)
def test_values_differ_when_they_do_not(case: str, fleet: Contract) -> None:
    left, right = UNLIKE[case]

    assert len(differences(fleet, left, right)) == 1
    assert len(differences(fleet, right, left)) == 1


def test_the_sentences_of_a_refusal_are_for_people(fleet: Contract) -> None:
    said = {"error": "NO", "why": "You may not."}, {"error": "NO", "why": "Somebody else may."}
    codes = {"error": "NO"}, {"error": "NEVER"}

    assert differences(fleet, *said, status=403) == []
    assert len(differences(fleet, *codes, status=403)) == 1


def test_the_same_members_in_another_order_are_one_difference(fleet: Contract) -> None:
    (found,) = differences(fleet, {"tags": ["a", "b", "c"]}, {"tags": ["b", "a", "c"]})

    assert found.what == "order"
    assert found.sentence == (
        'listDevices 200: /tags is in the order ["a", "b", "c"] on A and ["b", "a", "c"] on B'
    )


def test_what_both_were_sent_stands_for_nothing_else(fleet: Contract) -> None:
    shared = terms(fleet)
    shared.send([IDS[0], EARLY])

    assert len(differences(fleet, {"a": IDS[0]}, {"a": IDS[1]}, shared=shared)) == 1
    assert len(differences(fleet, {"at": EARLY}, {"at": LATE}, shared=shared)) == 1
    spelt = "2027-01-15T09:00:00+01:00"
    assert differences(fleet, {"at": EARLY}, {"at": spelt}, shared=shared) == []


def test_a_key_is_that_of_the_record_it_was_before(fleet: Contract) -> None:
    shared = terms(fleet)
    shared.pairs.pair("user", 11, 511)

    assert differences(fleet, {"user_id": 11}, {"user_id": 511}, shared=shared) == []
    assert len(differences(fleet, {"user_id": 11}, {"user_id": 11}, shared=shared)) == 1
    assert len(differences(fleet, {"user_id": 12}, {"user_id": 511}, shared=shared)) == 1


def test_a_difference_has_the_line_of_the_document(fleet: Contract) -> None:
    (found,) = differences(fleet, {"data": [{"name": "x"}]}, {"data": [{"name": "y"}]})

    assert found.place.pointer == "/components/schemas/Device/properties/name"
    assert found.place.line > 1
    assert found.sentence == 'listDevices 200: /data/0/name is "x" on A and "y" on B'
