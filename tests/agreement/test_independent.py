"""A correct server is never blamed, and the defects of an independent one are found."""

from __future__ import annotations

import pytest

from contracts.ledger import State
from tests.agreement.independent import BEYOND, result, trial
from tests.independent.fleet_server import DEFECTS

VISIBLE = [name for name in DEFECTS if name not in BEYOND]
SAMPLE = VISIBLE[::6]


def nothing_wrong(seed: int, walks: int) -> None:
    report = trial(None, seed=seed, walks=walks)

    assert [finding.contradiction.sentence for finding in report.findings] == []
    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert report.exit_code == 0


def test_a_correct_server_conforms_with_nothing_unreached() -> None:
    nothing_wrong(seed=1, walks=20)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(20))
def test_a_correct_server_is_never_blamed(seed: int) -> None:
    nothing_wrong(seed=seed, walks=60)


@pytest.mark.parametrize("defect", SAMPLE)
def test_a_defect_is_found_as_one_finding(defect: str) -> None:
    found = result(defect)

    assert found.exit_code == 1, DEFECTS[defect]
    assert len(found.findings) == 1, found.findings


@pytest.mark.campaign
@pytest.mark.parametrize("defect", VISIBLE)
def test_every_visible_defect_is_found(defect: str) -> None:
    assert result(defect).exit_code == 1, DEFECTS[defect]


@pytest.mark.campaign
@pytest.mark.parametrize("defect", BEYOND)
def test_what_the_profile_cannot_show_is_not_guessed(defect: str) -> None:
    assert result(defect).findings == ()
