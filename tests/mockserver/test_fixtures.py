"""Shipped fixtures fit their document and the profile; wrong ones stop the start."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app, fixtures
from spec import ConfigurationError, read

FLEET = read("fleet")
GOOD = """
credentials:
  - {name: w, secret: s1, facts: {scope: WRITE, company: A}}
records:
  company: [{id: A, removed: false, has_administrator: true}]
  user: [{id: 1, company: A, active: true}]
  device:
    - {id: 1, company: A, client_status: AVAILABLE, serial_number: x, characteristics: {ram: 1 GB}}
deleted:
  device:
    - {id: 2, company: A, client_status: AVAILABLE, serial_number: x}
"""


def shipped() -> fixtures.Fixtures:
    path = fixtures.shipped("fleet")
    assert path is not None
    return fixtures.read(FLEET, path)


def test_the_credentials_are_the_documented_ones() -> None:
    assert {
        one.secret: (one.facts["company"], one.facts["scope"]) for one in shipped().credentials
    } == {
        "flt_sk_writer": ("A", "WRITE"),
        "flt_sk_reader": ("A", "READ"),
        "flt_sk_other": ("B", "WRITE"),
        "flt_sk_orphan": ("removed", "WRITE"),
        "flt_sk_actorless": ("actorless", "WRITE"),
    }


def test_there_is_something_of_everything() -> None:
    devices = [record for kind, record in shipped().records if kind == "device"]
    owned = [one for one in devices if one["company"] == "A"]

    assert (len(owned), len(devices) - len(owned), len(shipped().deleted)) == (28, 10, 2)
    assert {"ARCHIVED", "IN_MAINTENANCE", "IN_SERVICE"} <= {one["client_status"] for one in owned}
    for source, category in (
        ("FLEET", "LAPTOP"),
        ("EXTERNAL", "LAPTOP"),
        ("EXTERNAL", "KEYBOARD"),
        ("EXTERNAL", "PHONE"),
        ("EXTERNAL", "MONITOR"),
    ):
        assert [one for one in owned if (one["source"], one["category"]) == (source, category)]
    named = {
        name
        for one in devices
        for name, value in one["characteristics"].items()
        if value is not None
    }
    assert len(named) == 22


def test_users_of_devices_are_active_and_of_the_same_company() -> None:
    users = {record["id"]: record for kind, record in shipped().records if kind == "user"}

    for kind, record in shipped().records:
        if kind == "device" and record.get("user_id") is not None:
            user = users[record["user_id"]]
            assert (user["company"], user["active"]) == (record["company"], True)
            assert record["client_status"] != "AVAILABLE"


def test_the_profile_agrees_with_the_fixtures() -> None:
    text = (resources.files("mockserver.fixtures") / "fleet.profile.toml").read_text()
    profile = tomllib.loads(text)
    given = shipped()
    known: dict[tuple[str, Any], Any] = {
        (kind, record["id"]): record | {"deleted": deleted}
        for deleted, records in ((False, given.records), (True, given.deleted))
        for kind, record in records
    }

    assert profile["target"]["isolation"] == "session"
    assert {name: (one["token"], one["facts"]) for name, one in profile["credentials"].items()} == {
        one.name: (one.secret, one.facts) for one in given.credentials
    }
    for kind, rows in profile["known"].items():
        for row in rows:
            assert row.items() <= known[kind, row["id"]].items()
    assert len(profile["known"]["user"]) == 12
    assert profile["provoke"].keys() == {
        name for name, one in FLEET.problems.items() if one.reach == "fault"
    }


def test_fields_that_are_left_out_are_null(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(GOOD)

    device = dict(fixtures.read(FLEET, tmp_path / "f.yaml").records)["device"]

    assert (device["name"], device["mdm"], device["characteristics"]["ram"]) == (None, None, "1 GB")
    assert len(device["characteristics"]) == 22


BROKEN = [
    ("no YAML", GOOD, "a: [", "f.yaml:", "not YAML"),
    ("no mapping", GOOD, "[]", "f.yaml:1", "no mapping"),
    ("an unknown part", "deleted:", "delete:", "f.yaml:9 (#/delete)", "Did you mean 'deleted'?"),
    ("an unknown kind", "  user:", "  usr:", "f.yaml:6 (#/records/usr)", "Did you mean 'user'?"),
    ("a kind of no list", "[{id: 1, company: A, active: true}]", "{}", "#/records/user", "no list"),
    (
        "a record of no fields",
        "{id: 1, company: A, active: true}",
        "3",
        "#/records/user/0",
        "no mapping",
    ),
    (
        "a key twice in the file",
        "removed: false",
        "removed: false, id: B",
        "f.yaml:5",
        "second time",
    ),
    (
        "a wrong value",
        "AVAILABLE, serial_number: x, ch",
        "NOPE, ch",
        "#/records/device/0/client_status",
        "NOPE",
    ),
    (
        "a wrong nested value",
        "ram: 1 GB",
        "ram: 1",
        "f.yaml:8 (#/records/device/0/characteristics/ram)",
        "string",
    ),
    (
        "an unknown nested field",
        "ram: 1 GB",
        "rum: x",
        "#/records/device/0/characteristics/rum",
        "unknown field",
    ),
    (
        "a nested field outside",
        "id: 1, company: A, cl",
        "id: 1, ram: x, company: A, cl",
        "/0/ram",
        "characteristics",
    ),
    ("no key", "{id: 1, company: A, active", "{company: A, active", "#/records/user/0", "no 'id'"),
    (
        "no tenant",
        "{id: 1, company: A, active",
        "{id: 1, active",
        "#/records/user/0",
        "no 'company'",
    ),
    (
        "a key that a deleted record has",
        "id: 2",
        "id: 1",
        "#/deleted/device/0/id",
        "stands at f.yaml:8",
    ),
    (
        "an unknown fact",
        "scope: WRITE",
        "scop: WRITE",
        "#/credentials/0/facts/scop",
        "Did you mean 'scope'?",
    ),
    (
        "a wrong fact",
        "scope: WRITE",
        "scope: ALL",
        "#/credentials/0/facts/scope",
        "'ALL' is no scope",
    ),
    ("a missing fact", "scope: WRITE, ", "", "#/credentials/0/facts", "no 'scope'"),
    ("no secret", "secret: s1, ", "", "#/credentials/0", "not a credential"),
    (
        "a secret that can't be sent",
        "secret: s1",
        "secret: \u00e9",
        "#/credentials/0/secret",
        "cannot be sent",
    ),
    (
        "two records of a unique value",
        "deleted:\n  device:\n",
        "    - {id: 3, company: A, client_status: AVAILABLE, serial_number: x}\n"
        "deleted:\n  device:\n",
        "#/records/device/1/serial_number",
        "unique",
    ),
    (
        "an enrolment that no answer may show",
        "characteristics: {ram: 1 GB}",
        "mdm: {id: 1, status: DRAFT}",
        "#/records/device/0",
        "",
    ),
]


@pytest.mark.parametrize(
    ("claim", "old", "new", "where", "what"), BROKEN, ids=[one[0] for one in BROKEN]
)
def test_wrong_fixtures_stop_the_start(
    tmp_path: Path, claim: str, old: str, new: str, where: str, what: str
) -> None:
    assert old in GOOD
    (tmp_path / "f.yaml").write_text(GOOD.replace(old, new))

    with pytest.raises(ConfigurationError) as caught:
        create_app(("fleet",), fixtures=tmp_path / "f.yaml")

    assert re.search(re.escape(where), str(caught.value)), str(caught.value)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_enrolment_in_draft_stops_the_start(tmp_path: Path) -> None:
    mdm = ", ".join(
        f"{name}: null"
        for name in FLEET.document.get("/components/schemas/Mdm/required")
        if name not in {"id", "status"}
    )
    text = GOOD.replace("characteristics: {ram: 1 GB}", f"mdm: {{id: 1, status: DRAFT, {mdm}}}")
    (tmp_path / "f.yaml").write_text(text)

    with pytest.raises(ConfigurationError, match=r"#/records/device/0.*no answer may show"):
        create_app(("fleet",), fixtures=tmp_path / "f.yaml")


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        create_app(("fleet",), fixtures=tmp_path / name)


def test_one_file_does_not_serve_two_documents(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="one file of fixtures for 2 documents"):
        create_app((FLEET.document, other(tmp_path)), fixtures=tmp_path / "f.yaml")


def other(folder: Path) -> Path:
    path = folder / "other.yaml"
    path.write_text(
        "openapi: 3.1.0\nservers: [{url: /other}]\npaths: {/x: {get: {responses: {}}}}\n"
    )
    return path
