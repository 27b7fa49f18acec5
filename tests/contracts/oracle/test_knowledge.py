from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from contracts.keys import PRESUMED_FREE
from contracts.oracle.knowledge import Knowledge, Touch
from contracts.profile import Profile
from spec import ABSENT, UNKNOWN, Contract, Credential

A, B = ("A",), ("B",)
TOUCH = Touch("someOperation", frozenset(), accepted=True, step=0)


@pytest.fixture
def knowledge(fleet: Contract, profile: Profile) -> Knowledge:
    """What the profile says of devices 101 to 106 and 112, and one of our own: 500, of A."""
    found = Knowledge(fleet, profile)
    found.note_created("device", {"id": 500, "company": "A", "serial_number": "OURS"}, TOUCH)
    found.novel.add("cfk-1")
    found.absent.add(("device", "77", None))
    return found


RECORDS: dict[str, tuple[str, str, Any, str]] = {
    "ours": ("device", "500", A, "known"),
    "ours, asked for by a stranger": ("device", "500", B, "none"),
    "of the profile": ("device", "103", A, "known"),
    "of the profile, of another tenant": ("device", "105", A, "none"),
    "deleted, as the profile says": ("device", "112", A, "none"),
    "an id that anybody may have": ("device", "9", A, "unknown"),
    "an id that was deleted here": ("device", "77", A, "none"),
    "an id beyond all that are made": ("device", str(PRESUMED_FREE), A, "none"),
    "an id of forty digits": ("device", "9" * 40, A, "none"),
    "an id just below": ("device", str(PRESUMED_FREE - 1), A, "unknown"),
    "an id in another spelling": ("device", "0500", A, "none"),
    "a text where numbers are made": ("device", "abc", A, "none"),
    "digits of another script": ("device", "\u0661", A, "none"),
    "a text where keys are given": ("company", "ZZZ", ABSENT, "unknown"),
    "a text that we made up": ("company", "cfk-1", ABSENT, "none"),
}


@pytest.mark.parametrize("case", RECORDS)
def test_a_record_is_known_or_surely_none_or_unknown(case: str, knowledge: Knowledge) -> None:
    kind, key, tenant, expected = RECORDS[case]

    found = knowledge.record(kind, key, tenant)

    assert ("unknown" if found is UNKNOWN else "none" if found is None else "known") == expected


def test_of_a_complete_kind_there_are_no_others(fleet: Contract, profile: Profile) -> None:
    whole = Knowledge(fleet, dataclasses.replace(profile, complete=frozenset({"device"})))

    assert whole.record("device", "9", A) is None
    assert whole.record("device", "103", A) is not None
    assert whole.exists("device", {"serial_number": "HERS"}, A, None) is False
    assert whole.record("company", "ZZZ", ABSENT) is UNKNOWN


EXISTS: dict[str, tuple[str, dict[str, Any], str | None, Any]] = {
    "a serial number of ours": ("device", {"serial_number": "OURS"}, None, True),
    "ours, leaving out the record itself": ("device", {"serial_number": "OURS"}, "500", False),
    "a serial number in the profile": ("device", {"serial_number": "PF-3XK9"}, None, True),
    "one that anybody may have": ("device", {"serial_number": "HERS"}, None, UNKNOWN),
    "one that we made up": ("device", {"serial_number": "cfk-1"}, None, False),
    "one of another tenant": ("device", {"serial_number": "HP-B-105"}, None, UNKNOWN),
    "none at all": ("device", {"serial_number": None}, None, UNKNOWN),
    "a user of the tenant": ("user", {"id": 11, "active": True}, None, True),
    "one of another tenant's": ("user", {"id": 21, "active": True}, None, False),
    "a user who is not active": ("user", {"id": 14, "active": True}, None, False),
    "a user whom nobody knows": ("user", {"id": 15, "active": True}, None, UNKNOWN),
    "a field that nobody knows": ("user", {"id": 11, "name": "x"}, None, UNKNOWN),
}


@pytest.mark.parametrize("case", EXISTS)
def test_existence_is_sure_or_unknown(case: str, knowledge: Knowledge) -> None:
    kind, where, excluding, expected = EXISTS[case]

    assert knowledge.exists(kind, where, A, excluding) is expected


def test_a_serial_number_is_free_again_after_its_record_was_deleted(knowledge: Knowledge) -> None:
    knowledge.note_gone("device", "500", A, TOUCH)

    assert knowledge.exists("device", {"serial_number": "OURS"}, A, None) is False
    assert knowledge.record("device", "500", A) is None


def test_less_knowledge_never_turns_an_answer_round(
    knowledge: Knowledge, fleet: Contract, profile: Profile
) -> None:
    nothing = Knowledge(fleet, dataclasses.replace(profile, known={}))

    for kind, where, excluding, expected in EXISTS.values():
        assert nothing.exists(kind, where, A, excluding) in {expected, UNKNOWN}


def test_a_credential_that_the_profile_does_not_list_is_nobody(knowledge: Knowledge) -> None:
    assert knowledge.principal(Credential("bearerAuth", "vnd_writer_a")) == {
        "scope": "WRITE",
        "company": "A",
    }
    assert knowledge.principal(Credential("bearerAuth", "made up")) is None
    assert knowledge.principal(None) is None


def test_a_target_that_takes_any_credential_may_take_that_of_nobody(
    fleet: Contract, profile: Profile
) -> None:
    whoever = Knowledge(fleet, dataclasses.replace(profile, any_credential=True))

    assert whoever.principal(Credential("bearer", "nobodys")) is UNKNOWN
    assert whoever.principal(None) is None


def test_a_shown_record_is_known_and_confirmed(knowledge: Knowledge) -> None:
    knowledge.touch("device", "500", A, TOUCH)

    ours = knowledge.note_shown("device", {"id": 500, "name": "x"}, A)
    theirs = knowledge.note_shown("device", {"id": 9, "name": "y"}, A)

    assert ours.fields == {"id": 500, "company": "A", "serial_number": "OURS", "name": "x"}
    assert ours.since == []
    assert (theirs.fields["company"], theirs.made_here) == ("A", False)


def test_the_living_are_those_of_the_tenant(knowledge: Knowledge) -> None:
    assert [one.key for one in knowledge.living("device", A)] == [
        "101",
        "102",
        "103",
        "106",
        "500",
    ]
    assert [one.key for one in knowledge.living("device", B)] == ["105"]
    assert [one.key for one in knowledge.living("company")] == ["A", "B", "removed", "actorless"]
