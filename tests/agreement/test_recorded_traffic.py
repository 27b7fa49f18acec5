"""What our oracle says of recorded answers, right or wrong, openapi-core says too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import HttpTarget
from spec import Call, RawAnswer, RawRequest, decode, violations
from spec.witness import Witness
from tests.agreement.independent import SERVERS, profile
from tests.agreement.mocks import DOCUMENTS, contract, recorded

SHOWN = 100
"""openapi-core takes milliseconds an answer, so only about so many exchanges are shown to it."""

Exchange = tuple[Call, RawRequest, RawAnswer]


@cache
def witness(document: str) -> Witness:
    return Witness(contract(document).document)


def exchanges(report: Report) -> Iterator[Exchange]:
    """Yield the exchanges that an operation answers, without the forms that divide readers."""
    for request, answer in report.log:
        call = decode(report.contract, request)
        if isinstance(call, Call) and answer.status and "%" not in request.path:
            yield call, request, answer


def sample(found: list[Exchange]) -> list[Exchange]:
    return found[:: max(1, len(found) // SHOWN)]


def ours(report: Report, exchange: Exchange) -> list[str]:
    call, _, answer = exchange
    return [str(one) for one in violations(report.contract, call.operation, answer)]


def disagreements(report: Report, found: list[Exchange]) -> list[str]:
    return [
        f"{request.method} {request.target} {answer.status} {answer.body[:80]!r}: {mine} / {theirs}"
        for one in found
        for _, request, answer in [one]
        for mine in [ours(report, one)]
        for theirs in [witness(report.contract.name).answer(request, answer)]
        if bool(mine) != bool(theirs)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_readers_accept_what_the_mock_answers(document: str) -> None:
    report = recorded(document, seed=0)

    shown = sample([*exchanges(report)])

    assert len(shown) >= SHOWN
    assert disagreements(report, shown) == []


DEFECTS = [
    ("fleet", "get-omits-tracking-number", "getDevice"),
    ("fleet", "total-as-string", "listDevices"),
    ("fleet", "create-answers-200", "createDevices"),
    ("fleet", "not-found-as-html", "getDevice"),
    ("edgeiq", "fleet-omits-user-id", "getFleet"),
    ("edgeiq", "total-as-string", "listFleets"),
    ("edgeiq", "create-answers-201", "createDevice"),
    ("edgeiq", "not-found-as-html", "getDevice"),
    ("memfault", "never-set-state-missing", "getDeviceAttributes"),
    ("memfault", "conflict-http-code-400", "createDevice"),
    ("memfault", "patch-answers-202", "updateDevice"),
    ("memfault", "not-found-as-html", "getDeviceAttributes"),
]


@pytest.mark.parametrize(("document", "defect", "operation"), DEFECTS)
def test_both_readers_refuse_a_wrong_answer(document: str, defect: str, operation: str) -> None:
    with SERVERS[document].start(defect) as server:
        target = HttpTarget(server.url)
        options = Options(walks=0, shrink=False, only=(operation,))
        report = run(contract(document), profile(document, server.url), target, options)
        target.close()

    found = [*exchanges(report)]
    wrong = [one for one in found if ours(report, one)]
    assert wrong
    assert disagreements(report, sample(found) + sample(wrong)) == []
