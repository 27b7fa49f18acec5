from __future__ import annotations

import pytest

from contracts.run.ledger import Ledger, State
from spec import Contract

ROW = "getDevice 404 DEVICE_NOT_FOUND"


@pytest.fixture
def ledger(fleet: Contract) -> Ledger:
    return Ledger(fleet)


def test_every_row_begins_unreached_with_a_reason(ledger: Ledger) -> None:
    assert all(row.state is State.UNREACHED and row.reason for row in ledger)


def test_every_status_that_the_document_names_has_a_row(fleet: Contract, ledger: Ledger) -> None:
    for operation in fleet.operations.values():
        rows = {str(row.status) for row in ledger if row.operation == operation.id}
        assert {one for one in operation.responses if one.isdecimal()} <= rows


def test_every_problem_and_rule_has_a_row(fleet: Contract, ledger: Ledger) -> None:
    for operation in fleet.operations.values():
        mine = [row for row in ledger if row.operation == operation.id]
        assert {one.name for one in fleet.stated(operation)} == {
            r.problem for r in mine if r.problem
        }
        for rule in operation.rules:
            if rule.id != rule.problem.name:
                assert any(row.id.endswith(f" {rule.id}") for row in mine), rule.id


def test_rows_point_into_the_document(ledger: Ledger) -> None:
    assert all(row.place.file == "fleet.yaml" and row.place.line > 1 for row in ledger)


def test_a_proven_row_that_is_contradicted_stays_so(ledger: Ledger) -> None:
    ledger.prove([ROW])
    ledger.contradict(ROW, "F-1")
    ledger.prove([ROW])

    assert ledger.rows[ROW].state is State.CONTRADICTED
    assert ledger.rows[ROW].findings == ["F-1"]


def test_the_rows_of_an_operation_off_limits_are_waived(fleet: Contract) -> None:
    ledger = Ledger(fleet, off_limits={"getDevice": "it rings a bell"})

    states = {row.state for row in ledger if row.operation == "getDevice"}

    assert states == {State.WAIVED}
    assert ledger.rows[ROW].reason == "off limits: it rings a bell"
    assert ledger.rows["deleteDevice 401 UNAUTHENTICATED"].state is State.UNREACHED


def test_a_row_holds_each_finding_once_and_under_its_last_name(ledger: Ledger) -> None:
    for one in ("F-1", "F-2", "F-1", "F-3"):
        ledger.contradict(ROW, one)

    ledger.rename({"F-1": "F-2"})

    assert ledger.rows[ROW].findings == ["F-2", "F-3"]


def test_the_reason_of_a_miss_counts_only_while_a_row_is_unreached(ledger: Ledger) -> None:
    ledger.miss({ROW: "no key"})
    missed = ledger.rows[ROW].reason
    ledger.prove([ROW])
    ledger.miss({ROW: "no key"})

    assert missed == "no key"
    assert ledger.rows[ROW].reason == ""


def test_what_ended_in_findings_is_the_reason_under_their_last_names(ledger: Ledger) -> None:
    for one in ("F-1", "F-2", "F-1", "F-3"):
        ledger.end(ROW, one)
    ledger.rename({"F-1": "F-2"})

    ledger.miss({ROW: "no key"})

    assert ledger.rows[ROW].reason == "what was to show it ended in F-2, F-3"


def test_rows_that_nobody_knows_are_no_rows(ledger: Ledger) -> None:
    before = dict(ledger.counts())

    ledger.prove(["flyDevice 200"])
    ledger.contradict("flyDevice 200", "F-1")
    ledger.end("flyDevice 200", "F-1")
    ledger.miss({"flyDevice 200": "no wings"})

    assert ledger.counts() == before


@pytest.mark.parametrize(
    ("key", "waived"),
    [("DEVICE_NOT_FOUND", 3), (ROW, 1), ("getDevice 404", 1), ("NO_SUCH_PROBLEM", 0)],
)
def test_a_waiver_names_a_problem_a_row_or_a_status(key: str, waived: int, fleet: Contract) -> None:
    ledger = Ledger(fleet, {key: "because"})

    assert ledger.counts()[State.WAIVED] == waived
    assert all(row.reason == "because" for row in ledger if row.state is State.WAIVED)


def test_counts_are_of_all_rows(ledger: Ledger) -> None:
    assert sum(ledger.counts().values()) == len(ledger.rows) == 60
