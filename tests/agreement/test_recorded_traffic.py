"""What our oracle says of recorded answers, right or wrong, openapi-core says too."""

from __future__ import annotations

import pytest

from contracts.runner import Options, Report, run
from contracts.target import HttpTarget, WsgiTarget
from spec import Call, RawAnswer, RawRequest, decode, violations
from spec.witness import Witness
from tests.agreement import mutants
from tests.agreement.independent import PROFILE as VENDOR
from tests.agreement.test_mutants import CONTRACT, load_profile, profile
from tests.independent import fleet_server

WITNESS = Witness(CONTRACT.document)
EVERY = 25
"""openapi-core takes milliseconds an answer, so only every 25th exchange is shown to it."""


def exchanges(report: Report) -> list[tuple[Call, RawRequest, RawAnswer]]:
    """Return the exchanges that an operation answers, without the forms that divide readers."""
    found = []
    for request, answer in report.log:
        call = decode(CONTRACT, request)
        if isinstance(call, Call) and answer.status and "%" not in request.path:
            found.append((call, request, answer))
    return found[::EVERY]


def disagreements(report: Report) -> list[str]:
    return [
        f"{request.method} {request.target} {answer.status} {answer.body[:80]!r}: {ours} / {theirs}"
        for call, request, answer in exchanges(report)
        for ours in [[str(one) for one in violations(CONTRACT, call.operation, answer)]]
        for theirs in [WITNESS.answer(request, answer)]
        if bool(ours) != bool(theirs)
    ]


def test_both_readers_accept_what_the_mock_answers() -> None:
    target = WsgiTarget(mutants.edited(lambda data: None)(), CONTRACT.base_path)

    report = run(CONTRACT, profile(), target, Options(seed=3, walks=15))

    assert len(exchanges(report)) > 80
    assert disagreements(report) == []


DEFECTS = [
    "get-omits-tracking-number",
    "total-as-string",
    "create-answers-200",
    "not-found-as-html",
]


@pytest.mark.parametrize("defect", DEFECTS)
def test_both_readers_refuse_a_wrong_answer(defect: str) -> None:
    with fleet_server.start(defect) as server:
        vendor = load_profile(VENDOR, CONTRACT, url=server.url)
        target = HttpTarget(server.url)
        report = run(CONTRACT, vendor, target, Options(walks=0, shrink=False))
        target.close()

    wrong = [
        one for one in exchanges(report) if list(violations(CONTRACT, one[0].operation, one[2]))
    ]
    assert wrong
    assert disagreements(report) == []
