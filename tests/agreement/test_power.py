"""How much of what may be wrong with an implementation the suite finds: a slow campaign."""

from __future__ import annotations

import time

import pytest

from contracts.power import telling
from contracts.power.measure import SEMANTIC, Errand, Power, trials
from contracts.run.results import Options
from mockserver import create_app
from tests.agreement import mocks

ALL, EACH = 0.98, 0.95
OPTIONS = Options(walks=20, first=True)


@pytest.mark.campaign
@pytest.mark.parametrize("document", mocks.DOCUMENTS)
def test_nearly_every_mutant_is_killed(document: str) -> None:
    contract, profile = mocks.contract(document), mocks.profile(document)
    errand = Errand(contract.document, profile, OPTIONS)
    bench = errand.bench()
    clean = bench.clean(lambda **choices: create_app([contract], **choices))
    began = time.monotonic()

    found = tuple(trials(errand, range(len(bench.mutants)), 1))

    power = Power(document, found, time.monotonic() - began, clean.requests, clean.seconds)
    print(*(line.plain for line in telling.lines(power)), sep="\n")
    assert power.whole.share >= ALL
    assert {
        name: score.share
        for name, score in power.groups.items()
        if name in SEMANTIC and score.share < EACH
    } == {}
