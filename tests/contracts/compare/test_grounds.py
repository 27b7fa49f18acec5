from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from contracts.compare import grounds
from contracts.profile import Profile, load
from spec import ConfigurationError, Contract, read

HEAD = '[target]\nurl = "http://127.0.0.1:{port}/v1"\n'
ONE = """\
[credentials.writer]
token = "one_writer"
facts = {scope = "WRITE", company = "A"}
[credentials.reader]
token = "one_reader"
facts = {scope = "READ", company = "A"}
[[known.user]]
id = 11
company = "A"
active = true
[[known.device]]
id = 101
company = "A"
serial_number = "ONE-000-101"
source = "FLEET"
"""
OTHER = (
    ONE.replace("one_", "two_").replace("ONE", "TWO").replace('"A"', '"north"')
    .replace("id = 11\n", "id = 7\n").replace("101", "3")
)  # fmt: skip


def two(tmp_path: Path, contract: Contract, one: str = ONE, other: str = OTHER) -> list[Profile]:
    found = []
    for port, text in ((4020, one), (4021, other)):
        path = tmp_path / f"{port}.toml"
        path.write_text(HEAD.format(port=port) + text, "utf-8")
        found.append(load(path, contract))
    return found


def test_one_profile_for_both_means_the_same_on_both_sides(
    fleet: Contract, profile: Profile
) -> None:
    found = grounds(fleet, profile, profile)

    assert found.notes == ()
    assert not found.scope.alike
    pair = found.pairs.of_left("device", "101")
    assert pair is not None
    assert pair.right == 101


def test_worlds_that_are_started_afresh_are_alike(fleet: Contract, profile: Profile) -> None:
    fresh = dataclasses.replace(profile, isolation="session")

    assert grounds(fleet, fresh, fresh).scope.alike
    assert not grounds(fleet, fresh, profile).scope.alike


def test_records_are_matched_by_their_place_and_credentials_by_name(
    fleet: Contract, tmp_path: Path
) -> None:
    found = grounds(fleet, *two(tmp_path, fleet))

    assert not found.scope.alike
    assert found.pairs.are_paired(101, 3)
    assert found.pairs.are_paired(11, 7)
    assert found.pairs.are_paired("A", "north")
    assert found.secrets["one_writer"] == "two_writer"
    assert found.secrets["ONE_WRITER"] == "TWO_WRITER"
    assert found.secrets["one_write"] == "two_write"
    assert found.scope.listed[("device", "101")] >= {"source", "serial_number"}


def test_what_one_side_only_has_is_left_out_and_told(fleet: Contract, tmp_path: Path) -> None:
    less = OTHER.replace("[credentials.reader]", "[credentials.guest]")
    more = '[[known.user]]\nid = 8\ncompany = "north"\nactive = true\n'

    found = grounds(fleet, *two(tmp_path, fleet, other=less + more))

    assert list(found.left.credentials) == list(found.right.credentials) == ["writer"]
    assert len(found.right.known["user"]) == 1
    assert found.notes == (
        "1 of the users that are known on B only",
        "the credentials that A only has: reader",
        "the credentials that B only has: guest",
    )


def test_what_can_be_provoked_on_one_side_only_is_not_provoked(
    fleet: Contract, profile: Profile
) -> None:
    found = grounds(fleet, profile, dataclasses.replace(profile, provoke={}))

    assert found.left.provoke == {}
    assert found.notes == ("what can be provoked on A only: DEVICE_PROVISIONING_FAILED",)


MISMATCHES = {
    "another kind of record": (
        ('source = "FLEET"', 'source = "EXTERNAL"'),
        "[[known.device]] number 1: source is 'FLEET' in the profile and 'EXTERNAL' in the",
    ),
    "another state": (
        ("active = true", "active = false"),
        "[[known.user]] number 1: active is True in the profile and False in the reference's.",
    ),
    "a record that is gone": (
        ('source = "FLEET"', 'source = "FLEET"\ndeleted = true'),
        "[[known.device]] number 1: deleted is None in the profile and True in the",
    ),
    "a credential that may do something else": (
        ('scope = "READ"', 'scope = "WRITE"'),
        "[credentials.reader] facts.scope: it is 'READ' in the profile and 'WRITE' in the",
    ),
    "another tenant": (
        ('scope = "READ", company = "north"', 'scope = "READ", company = "south"'),
        "[credentials.reader] facts.company: it is 'A' in the profile and 'south' in the",
    ),
}


@pytest.mark.parametrize("case", MISMATCHES)
def test_things_in_the_same_place_that_are_not_the_same_are_refused(
    case: str, fleet: Contract, tmp_path: Path
) -> None:
    (old, new), said = MISMATCHES[case]
    assert old in OTHER

    with pytest.raises(ConfigurationError) as caught:
        grounds(fleet, *two(tmp_path, fleet, other=OTHER.replace(old, new)))

    assert said in str(caught.value)


def test_one_record_cannot_stand_for_two(fleet: Contract, tmp_path: Path) -> None:
    again = '[[known.user]]\nid = {}\ncompany = "{}"\n'

    with pytest.raises(ConfigurationError, match="number 2: id is 12 in the profile and 7 in the"):
        grounds(
            fleet,
            *two(tmp_path, fleet, ONE + again.format(12, "A"), OTHER + again.format(7, "north")),
        )


def test_parameters_are_given_for_both_or_for_none(tmp_path: Path) -> None:
    memfault = read("memfault")
    both = two(tmp_path, memfault, '[parameters]\norganization_slug = "acme"\n', "")

    with pytest.raises(ConfigurationError, match="'organization_slug' stands in the profile only"):
        grounds(memfault, *both)


def test_parameters_stand_for_one_another(tmp_path: Path) -> None:
    memfault = read("memfault")
    mine, its = (f'[parameters]\norganization_slug = "{one}"\n' for one in ("acme", "apex-works"))

    found = grounds(memfault, *two(tmp_path, memfault, mine, its))

    assert found.pairs.are_paired("acme", "apex-works")
