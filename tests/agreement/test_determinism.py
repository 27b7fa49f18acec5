"""The same document, profile, seed and budget send the same bytes in the same order."""

from __future__ import annotations

import pytest

from contracts.run.ledger import State
from contracts.run.results import Options
from spec import RawRequest
from tests.agreement.mocks import DOCUMENTS, conforming, mock, recorded, trial

READING = {"fleet": "getDevice", "edgeiq": "getFleet", "memfault": "getDeviceAttributes"}
WRITING = {"fleet": "createDevices", "edgeiq": "executeFleetAction", "memfault": "createDevice"}


def sent(document: str, seed: int, *only: str) -> list[RawRequest]:
    report = conforming(document, seed=seed, walks=10, only=only)
    return [request for request, _ in report.log]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_same_seed_sends_the_same_bytes_in_the_same_order(document: str) -> None:
    some = (READING[document], WRITING[document])

    first, second = sent(document, 7, *some), sent(document, 7, *some)

    assert len(first) > 500
    assert first == second


@pytest.mark.campaign
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_whole_run_sends_the_same_bytes_again(document: str) -> None:
    assert sent(document, 7) == sent(document, 7)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_another_seed_sends_other_bytes(document: str) -> None:
    assert sent(document, 7, READING[document]) != sent(document, 8, READING[document])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_second_run_is_not_misled_by_what_the_first_left_behind(document: str) -> None:
    app = mock(document)
    options = Options(seed=7, walks=3, only=(WRITING[document],))

    assert [trial(document, app, options).exit_code for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_quick_run_proves_all_that_a_thorough_one_does(document: str) -> None:
    report = trial(document, mock(document), Options(walks=0, quick=True))

    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert 3 * report.requests < recorded(document, seed=0).requests
