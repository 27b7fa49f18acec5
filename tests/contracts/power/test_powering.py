from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts.cli.running import own_url, shipped_profile
from contracts.power import telling
from contracts.power.measure import Errand, Power, trials
from contracts.power.trials import Trial
from contracts.profile import load
from contracts.run.results import Options
from spec import Place
from spec.cli import main
from tests.agreement import mocks
from tests.contracts.test_cli import PETS, RENAMED

Command = Callable[..., Result]
PLACE = Place("fleet.yaml", "/paths", 12, 1)


@pytest.fixture
def conformock() -> Command:
    return lambda *words: CliRunner().invoke(main, words)


def trial(number: int, group: str, *, killed: bool, **more: object) -> Trial:
    given: dict[str, object] = {
        "kind": "forget-field",
        "operation": "updateDevice",
        "name": f"bug {number}",
        "place": PLACE,
        "doubt": "",
        "requests": 10 * number,
        "seconds": number / 10,
        "steps": number,
    }
    return Trial(number=number, group=group, killed=killed, **{**given, **more})  # type: ignore[arg-type]  # as the fields are


@pytest.fixture
def power() -> Power:
    found = (
        trial(1, "shape", killed=True),
        trial(2, "state", killed=True),
        trial(3, "state", killed=False, steps=0, tried=("updateDevice: read-your-writes",)),
        trial(4, "state", killed=True),
    )
    return Power("fleet", found, 2.5, 3000, 4.5)


def test_scores_are_by_class_and_for_those_that_no_single_answer_tells(power: Power) -> None:
    assert {name: (one.killed, one.total) for name, one in power.groups.items()} == {
        "shape": (1, 1),
        "state": (2, 3),
    }
    assert (power.semantic.killed, power.semantic.total) == (2, 3)
    assert (power.whole.requests, power.whole.steps) == (20, 4)


def test_a_survivor_is_told_with_its_line_and_what_should_have_told_it(power: Power) -> None:
    text = "\n".join(line.plain for line in telling.lines(power))

    assert "✗ survives 3  bug 3\n  state, forget-field; fleet.yaml:12 (#/paths)" in text
    assert "not told by updateDevice: read-your-writes" in text
    assert "bug 2" not in text


def test_the_file_has_what_a_certificate_needs(power: Power) -> None:
    plain = json.loads(telling.rendered(power))

    assert (plain["killed"], plain["total"]) == (3, 4)
    assert plain["classes"]["state"]["killed"] == 2
    assert [one["killed"] for one in plain["mutants"]] == [True, True, False, True]


@pytest.mark.parametrize("workers", [1, 2])
def test_several_processes_try_the_same_mutants_alike(workers: int) -> None:
    contract = mocks.contract("fleet")
    profile = load(shipped_profile(contract), contract, url=own_url(contract))
    options = Options(walks=0, first=True, cases=60)

    found = list(trials(Errand(contract.document, profile, options), [0, 70], workers))

    assert [one.number for one in found] == [0, 70]
    assert [one.killed for one in found] == [True, True]
    assert all(one.steps and one.sentence for one in found)


def test_the_command_tries_the_chosen_ones_and_writes_the_table(
    conformock: Command, tmp_path: Path
) -> None:
    file = tmp_path / "deep" / "power.json"

    result = conformock("power", "fleet", "--only", "getDevice forget", "--out", str(file))
    chosen = conformock(
        "power",
        "fleet",
        "--only",
        "precedence",
        "--walks",
        "0",
        "--max-time",
        "300",
        "--out",
        str(file),
    )

    assert result.exit_code == 5
    assert chosen.exit_code == 0, chosen.output
    assert "precedence" in chosen.output
    assert json.loads(file.read_text())["killed"] == json.loads(file.read_text())["total"] > 10


def test_an_overlay_is_laid_over_the_mock_and_its_mutants_in_every_process(
    conformock: Command, tmp_path: Path
) -> None:
    overlay = tmp_path / "named.yaml"
    overlay.write_text(RENAMED)
    words = ["power", str(PETS), "--only", "readPet shows", "--walks", "0"]

    plain = conformock(*words)
    laid = conformock(*words, "--overlay", str(overlay), "--workers", "2")

    assert plain.exit_code == 5, plain.output
    assert laid.exit_code == 0, laid.output


MISTAKES: dict[str, tuple[list[str], str]] = {
    "an unknown document": (["flete"], "Did you mean 'fleet'?"),
    "an overlay that is not there": (["fleet", "--overlay", "no.yaml"], "no such overlay"),
    "a class that is none": (["fleet", "--only", "authentification"], "Did you mean"),
    "a folder for the table": (["fleet", "--out", "."], "is a directory"),
    "no workers": (["fleet", "--workers", "0"], "is not in the range"),
    "a profile that is not there": (["fleet", "--profile", "no.toml"], "cannot be read"),
}


@pytest.mark.parametrize(("words", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_one_sentence(conformock: Command, words: list[str], said: str) -> None:
    result = conformock("power", *words)

    assert result.exit_code in {2, 5}
    assert said in result.output
    assert "Traceback" not in result.output
