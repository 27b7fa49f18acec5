"""The suite passes on the mock, and finds each planted defect of it as one finding."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from contracts.ledger import State
from contracts.profile import Profile
from contracts.profile import load as load_profile
from contracts.runner import Options, Report, run
from contracts.target import WsgiTarget, wsgi
from spec import read
from tests.agreement import mutants

CONTRACT = read("fleet")
PROFILE = Path(str(resources.files("mockserver") / "fixtures" / "fleet.profile.toml"))
SAMPLE = 5
"""Of the mutants that differ only in the property they break, every fifth is run by default."""


def profile() -> Profile:
    return load_profile(PROFILE, CONTRACT, url="http://127.0.0.1:4010/platform/v1")


def trial(mutant: mutants.Mutant) -> Report:
    target = WsgiTarget(mutant.app(), CONTRACT.base_path)
    return run(CONTRACT, profile(), target, Options(walks=0, only=mutant.operations))


def one_finding(report: Report, mutant: mutants.Mutant) -> None:
    found = [finding.contradiction.sentence for finding in report.findings]
    assert report.exit_code == 1, f"survived: {mutant.name}"
    assert len(found) == 1, found


@pytest.mark.parametrize("seed", range(3))
def test_the_mock_conforms_with_nothing_unreached(seed: int) -> None:
    target = wsgi("mockserver:create_app", CONTRACT.base_path)

    report = run(CONTRACT, profile(), target, Options(seed=seed, walks=20))

    assert [finding.contradiction.sentence for finding in report.findings] == []
    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert report.exit_code == 0


RULES = [*mutants.dropped_rules(), *mutants.swapped_problems()]
BEHAVIOURS = list(mutants.behaviours())
PROPERTIES = list(mutants.broken_properties())


@pytest.mark.parametrize("mutant", RULES, ids=lambda one: one.name)
def test_a_defect_in_a_rule_is_one_finding(mutant: mutants.Mutant) -> None:
    one_finding(trial(mutant), mutant)


@pytest.mark.parametrize("mutant", BEHAVIOURS, ids=lambda one: one.name)
def test_a_defect_in_behaviour_is_one_finding(mutant: mutants.Mutant) -> None:
    one_finding(trial(mutant), mutant)


@pytest.mark.parametrize("mutant", PROPERTIES[::SAMPLE], ids=lambda one: one.name)
def test_a_broken_property_is_one_finding(mutant: mutants.Mutant) -> None:
    one_finding(trial(mutant), mutant)


@pytest.mark.campaign
@pytest.mark.parametrize("mutant", PROPERTIES, ids=lambda one: one.name)
def test_every_broken_property_is_one_finding(mutant: mutants.Mutant) -> None:
    one_finding(trial(mutant), mutant)
