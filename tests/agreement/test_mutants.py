"""The suite passes on the mocks, and finds each planted defect of them as one finding."""

from __future__ import annotations

import pytest

from contracts.run.ledger import State
from contracts.run.results import Options, Report
from tests.agreement import edgeiq_mutants, fleet_mutants, memfault_mutants, mocks, mutants
from tests.agreement.mocks import DOCUMENTS, recorded
from tests.agreement.mutants import Mutant

EVERY = 10
"""Of mutants that differ only in the place they break, every tenth is run by default."""

RULES = [
    mutant
    for document in DOCUMENTS
    for mutant in (*mutants.dropped_rules(document), *mutants.swapped_problems(document))
]
BEHAVIOURS = [
    mutant
    for made in (fleet_mutants, edgeiq_mutants, memfault_mutants)
    for mutant in made.behaviours()
]
PROPERTIES = [one for document in DOCUMENTS for one in mutants.broken_properties(document)]


def sample(found: list[Mutant], every: int, *whole: str) -> list[Mutant]:
    """Return some mutants of each document, all of those that are named."""
    return [
        one
        for document in DOCUMENTS
        for one in [m for m in found if m.document == document][
            :: 1 if document in whole else every
        ]
    ]


def trial(mutant: Mutant) -> Report:
    return mocks.trial(mutant.document, mutant.app(), Options(walks=0, only=mutant.operations))


def is_found(mutant: Mutant) -> None:
    report = trial(mutant)
    found = [finding.contradiction.sentence for finding in report.findings]
    assert report.exit_code == 1, f"survived: {mutant}"
    assert len(found) == 1 or mutant.several, found


CLEAN = [
    pytest.param(document, seed, id=f"{document}-{seed}")
    for document, seeds in (("fleet", 3), ("edgeiq", 2), ("memfault", 2))
    for seed in range(seeds)
]


@pytest.mark.parametrize(("document", "seed"), CLEAN)
def test_the_mock_conforms_with_nothing_unreached(document: str, seed: int) -> None:
    report = recorded(document, seed=seed)

    assert [finding.contradiction.sentence for finding in report.findings] == []
    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert report.exit_code == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mutant", sample(RULES, EVERY, "fleet"), ids=str)
def test_a_defect_in_a_rule_is_one_finding(mutant: Mutant) -> None:
    is_found(mutant)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mutant", sample(BEHAVIOURS, EVERY, "fleet"), ids=str)
def test_a_defect_in_behaviour_is_one_finding(mutant: Mutant) -> None:
    is_found(mutant)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mutant", sample(PROPERTIES, EVERY), ids=str)
def test_a_broken_property_is_one_finding(mutant: Mutant) -> None:
    is_found(mutant)


@pytest.mark.usefixtures("impatient")
@pytest.mark.campaign
@pytest.mark.parametrize("mutant", [*RULES, *BEHAVIOURS, *PROPERTIES], ids=str)
def test_every_mutant_is_one_finding(mutant: Mutant) -> None:
    is_found(mutant)
