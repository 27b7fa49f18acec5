from __future__ import annotations

import dataclasses
import json
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest

from contracts.profile import load
from contracts.report import json as as_json
from contracts.report import text
from contracts.run.findings import Findings
from contracts.run.results import Options, Report
from contracts.run.roots import roots
from contracts.run.runner import run
from contracts.target import HttpTarget
from spec import read
from tests.contracts.conftest import PROFILE
from tests.contracts.run.canned import Canned
from tests.independent import fleet_server

PEERS = Path(__file__).parents[2] / "peers"


@cache
def report_on(name: str) -> Report:
    """Return what the suite makes of a target that keeps nothing."""
    contract = read(name)
    profile = load(PEERS / f"{name}_profile.toml", contract, url="http://127.0.0.1:9")
    return run(contract, profile, Canned(contract), Options(walks=0))


@pytest.mark.parametrize("name", ["fleet", "edgeiq"])
def test_who_keeps_nothing_is_told_so(name: str) -> None:
    found = roots(report_on(name))

    assert [one.sentence.partition(":")[0] for one in found] == [
        "It seems to keep no records",
        "Lists seem to be the same whatever is asked for",
        "It seems to make no difference who calls",
    ]
    ids = [one.id for one in report_on(name).findings]
    explained = [one for root in found for one in root.findings]
    assert len(explained) == len(set(explained))
    assert set(explained) <= set(ids)


def test_a_root_names_what_shows_it_as_the_readme_does() -> None:
    forgetful = roots(report_on("fleet"))[0].sentence

    assert f"■ {forgetful}\n" in (PEERS.parents[1] / "README.md").read_text("utf-8")


def test_the_report_tells_roots_first_and_their_findings_once() -> None:
    report = report_on("edgeiq")
    shown = text.render(report)
    plain = json.loads(as_json.render(report))

    begins = [shown.index(f"■ {one['sentence']}") for one in plain["roots"]]
    others = [one.id for one in report.findings]
    for one in plain["roots"]:
        others = [name for name in others if name not in one["findings"]]
    assert begins == sorted(begins)
    assert all(shown.index(f"✗ {name}") > begins[-1] for name in others)
    for finding in report.findings:
        assert shown.count(f"✗ {finding.id} ") == 1


def only(report: Report, operations: frozenset[str]) -> Report:
    """Return a run that found no more than records that nobody has made, on these operations."""
    found = Findings()
    for one in report.findings:
        if one.contradiction.cause == ("refusal", "DEVICE_NOT_FOUND", "success"):
            found.add(dataclasses.replace(one, operations=operations))
    assert len(found) == 1
    return dataclasses.replace(report, findings=found)


def test_what_was_proven_of_records_speaks_against_the_root() -> None:
    report = dataclasses.replace(report_on("fleet"), ledger=deepcopy(report_on("fleet").ledger))
    report.ledger.prove(["updateDevice: untouched-fields-stay"])

    assert not any(one.sentence.startswith("It seems to keep") for one in roots(report))


def test_one_finding_alone_has_no_root() -> None:
    report = report_on("fleet")

    assert roots(only(report, frozenset({"getDevice", "updateDevice"}))) == []


def test_a_row_behind_a_contradiction_says_behind_which() -> None:
    report = report_on("fleet")

    reason = report.ledger.rows["updateDevice: untouched-fields-stay"].reason

    ids = {one.id for one in report.findings}
    assert reason.startswith("what was to show it ended in F-")
    assert set(reason.removeprefix("what was to show it ended in ").split(", ")) <= ids


def test_what_the_document_has_not_contradicts_no_row() -> None:
    report = report_on("edgeiq")
    (routing,) = [one for one in report.findings if one.contradiction.cause[0] == "routing"]

    assert routing.id not in [one for row in report.ledger for one in row.findings]


@pytest.mark.parametrize(
    "defect", ["delete-does-nothing", "status-filter-ignored", "reader-may-delete"]
)
def test_one_defect_of_a_server_that_keeps_records_has_no_root(defect: str) -> None:
    contract = read("fleet")
    with fleet_server.start(defect) as server:
        target = HttpTarget(server.url)
        profile = load(PROFILE, contract, url=server.url)
        report = run(contract, profile, target, Options(walks=0, quick=True))
        target.close()

    assert len(report.findings)
    assert roots(report) == []
