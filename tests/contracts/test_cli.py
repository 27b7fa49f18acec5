from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from contracts.profile import load
from contracts.run.ledger import Ledger
from contracts.run.results import Options
from contracts.run.runner import run
from contracts.target import HttpTarget
from spec import Contract, RawAnswer, RawRequest, read
from spec.cli import Commands
from spec.document import shipped
from tests.contracts.conftest import PROFILE
from tests.independent import fleet_server

ROOT = Path(__file__).parents[2]
NAMES = ("test", "compare", "replay", "demo")
FOUND = {name: EntryPoint(name, f"contracts.cli:{name}", "conformock.commands") for name in NAMES}
PROGRAM = """
import sys
from tests.contracts.test_cli import FOUND, Commands
Commands(name="conformock", found=FOUND)()
"""
PETS = ROOT / "tests" / "documents" / "pets.yaml"
RENAMED = """
overlay: 1.0.0
info: {title: Another name, version: '1'}
actions:
- target: $.paths['/pets/{petId}'].get
  update: {operationId: readPet}
"""
Command = Callable[..., Result]


@pytest.fixture
def conformock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in an empty folder, importable from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    group = Commands(name="conformock", found=FOUND)
    return lambda *words: CliRunner().invoke(group, [str(one) for one in words])


@pytest.fixture(scope="module")
def server() -> Iterator[fleet_server.Running]:
    with fleet_server.start() as running:
        yield running


def quick(operation: str = "getDevice") -> list[str]:
    return ["--only", operation, "--walks", "0"]


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_an_example(name: str, conformock: Command) -> None:
    result = conformock(name, "--help")

    assert result.exit_code == 0
    assert f"Example:\n    conformock {name}" in result.output


def test_a_target_that_conforms_gives_0_and_the_reports(
    conformock: Command, server: fleet_server.Running, tmp_path: Path
) -> None:
    result = conformock(
        "test", "fleet", "--url", server.url, "--profile", PROFILE, *quick(),
        "--report", "junit:ci/junit.xml", "--report", "json:all.json", "--report", "text:all.txt",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert "exit 0: conforms" in result.output
    assert json.loads((tmp_path / "all.json").read_text())["counts"]["proven"] == 6
    assert ET.parse(tmp_path / "ci" / "junit.xml").getroot().get("failures") == "0"
    assert "6 of 6 rows proven" in (tmp_path / "all.txt").read_text()
    assert (tmp_path / "conformock-report" / "results.json").is_file()


def test_standard_output_is_the_report_alone_when_it_is_asked_for(
    conformock: Command, server: fleet_server.Running
) -> None:
    result = conformock(
        "test", "fleet", "--url", server.url, "--profile", PROFILE, *quick(), "--report", "json:-"
    )

    assert json.loads(result.stdout)["exitCode"] == 0


def test_our_own_mock_is_tested_in_process_by_its_name(conformock: Command) -> None:
    result = conformock("test", "fleet", "--mock", *quick())

    assert result.exit_code == 0, result.output
    assert "6 of 6 rows proven" in result.output


def test_a_contradiction_gives_1_and_can_be_replayed_until_it_is_gone(
    conformock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet_server.start("deleted-device-410") as broken:
        result = conformock(
            "test", "fleet", "--url", broken.url, "--profile", PROFILE, *quick(), "--out", "out"
        )
        assert result.exit_code == 1, result.output
        (saved,) = (tmp_path / "out" / "findings").glob("F-*.json")
        assert f"conformock replay {Path('out/findings') / saved.name}" in result.output

        nameless = conformock("replay", saved)
        with_profile = conformock("replay", saved, "--profile", PROFILE, "--url", broken.url)
        monkeypatch.setenv("WRITER_TOKEN", "vnd_writer_a")
        again = conformock("replay", saved)

    with fleet_server.start() as mended:
        gone = conformock("replay", saved, "--url", mended.url)
    dead = conformock("replay", saved)

    assert nameless.exit_code == 2
    assert "WRITER_TOKEN is not set" in nameless.output
    assert with_profile.exit_code == 1, with_profile.output
    assert again.exit_code == 1
    assert "-> 410" in again.output
    assert "still there: getDevice" in again.output
    assert "vnd_" not in again.output
    assert gone.exit_code == 0
    assert "-> 404" in gone.output
    assert "gone" in gone.output
    assert dead.exit_code == 3


def test_replay_cleans_up_after_itself(fleet: Contract, conformock: Command) -> None:
    with fleet_server.start("deleted-device-410") as broken:
        words = ["--url", broken.url, "--profile", PROFILE]
        conformock("test", "fleet", *words, *quick(), "--out", "out")
        (saved,) = Path("out/findings").glob("F-*.json")
        before = total(broken.url)

        conformock("replay", saved, *words)

        assert total(broken.url) == before


def total(url: str) -> int:
    target = HttpTarget(url)
    headers = (("Authorization", "Bearer vnd_writer_a"),)
    body = target.send(RawRequest("GET", f"{target.base}/devices", "", headers)).body
    target.close()
    return int(json.loads(body)["meta"]["total"])


def test_rows_that_were_not_reached_give_4(conformock: Command, tmp_path: Path) -> None:
    with fleet_server.start() as server:
        poor = tmp_path / "poor.toml"
        poor.write_text('[credentials.writer]\ntoken = "vnd_writer_a"\n')

        result = conformock("test", "fleet", "--url", server.url, "--profile", poor, *quick())

    assert result.exit_code == 4, result.output
    assert "unreached: " in result.output
    assert "the profile could tell more: [[known.company]]" in result.output
    assert "exit 4: inconclusive" in result.output


def test_an_overlay_is_laid_over_the_document_for_the_suite_and_for_its_mock(
    conformock: Command, tmp_path: Path
) -> None:
    (tmp_path / "named.yaml").write_text(RENAMED)

    plain = conformock("test", PETS, "--mock", *quick("showPet"))
    laid = conformock("test", PETS, "--mock", "--overlay", "named.yaml", *quick("readPet"))
    missing = conformock("test", PETS, "--mock", "--overlay", "no.yaml", *quick("showPet"))

    assert plain.exit_code in {0, 4}, plain.output
    assert laid.exit_code in {0, 4}, laid.output
    assert missing.exit_code == 2
    assert "no.yaml: there is no such overlay" in missing.output


def test_a_finding_is_replayed_on_the_document_with_its_overlays(
    conformock: Command, tmp_path: Path
) -> None:
    (tmp_path / "named.yaml").write_text(RENAMED)
    finding = json.loads(saved_finding(str(PETS), operation="readPet", path={"petId": 1}))
    finding["target"]["mock"] = True
    (tmp_path / "plain.json").write_text(json.dumps(finding))
    (tmp_path / "laid.json").write_text(json.dumps(finding | {"overlays": ["named.yaml"]}))

    plain = conformock("replay", "plain.json")
    laid = conformock("replay", "laid.json")

    assert plain.exit_code == 2
    assert "no operation 'readPet'" in plain.output
    assert laid.exit_code == 0, laid.output
    assert "gone" in laid.output


def test_a_plan_lists_the_rows_and_needs_no_target(conformock: Command, tmp_path: Path) -> None:
    result = conformock("test", "fleet", "--plan", "--skip", "Devices")

    assert result.exit_code == 0, result.output
    assert "31 rows would be tried. Nothing was sent." in result.output
    assert "listDevices" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_plan_shows_what_is_waived(conformock: Command, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        '[target]\nurl = "http://127.0.0.1:1/v1"\n[not_applicable]\nUNAUTHENTICATED = "all are"\n'
    )

    result = conformock("test", "fleet", "--plan", "--profile", "p.toml")

    assert "waived: all are" in result.output


BAD: dict[str, tuple[list[str], int, str]] = {
    "no document": (["test"], 2, "Missing argument 'DOCUMENT'"),
    "an unknown document": (["test", "flet", "--mock"], 2, "Did you mean 'fleet'?"),
    "no target": (["test", "fleet"], 2, "Give --url URL, --profile FILE or --mock."),
    "two targets": (["test", "fleet", "--mock", "--url", "http://h"], 2, "exclude each other"),
    "no such profile": (["test", "fleet", "--profile", "no.toml"], 2, "no.toml: the profile"),
    "a profile that is no TOML": (["test", "fleet", "--profile", "file"], 2, "not TOML"),
    "a folder as profile": (["test", "fleet", "--profile", "."], 2, "cannot be read"),
    "no URL": (["test", "fleet", "--url", "localhost"], 2, "'localhost' is no URL"),
    "an unknown flag": (["test", "fleet", "--reprot", "x"], 2, "No such option '--reprot'"),
    "a negative budget": (["test", "fleet", "--walks", "-1"], 2, "is not in the range"),
    "no time at all": (["test", "fleet", "--max-time", "0"], 2, "is not in the range"),
    "an unknown report": (["test", "fleet", "--mock", "--report", "jso:x"], 2, "mean 'json'"),
    "a file as folder": (["test", "fleet", "--mock", "--out", "file"], 2, "cannot be written"),
    "nothing selected": (["test", "fleet", "--mock", "--only", "zebra"], 5, "leave no operation"),
    "nobody there": (["test", "fleet", "--url", "http://127.0.0.1:9/v1"], 3, "no answer"),
    "no such finding": (["replay", "no.json"], 2, "no.json: it cannot be read"),
    "a finding that is no JSON": (["replay", "file"], 2, "not JSON"),
    "JSON that is no finding": (["replay", "list.json"], 2, "schemaVersion is None"),
    "a finding without steps": (["replay", "empty.json"], 2, "there is no 'finding'"),
    "a finding of another document": (["replay", "other.json"], 2, "no such document"),
    "a step of no operation": (["replay", "nameless.json"], 2, "no operation 'fly'"),
    "a step that looks ahead": (["replay", "ahead.json"], 2, "does not come before it"),
}
STEP = {
    "operation": "getDevice",
    "credential": None,
    "path": {},
    "query": [],
    "body": None,
    "headers": [],
    "raw": None,
    "content_type": None,
}


def saved_finding(document: str = "fleet", **step: object) -> str:
    target = {
        "url": "http://127.0.0.1:9/v1",
        "mock": False,
        "isolation": "none",
        "reset": None,
        "session_header": "X",
    }
    finding = {"cause": ["a"], "sentence": "b", "steps": [{**STEP, **step}]}
    return json.dumps(
        {
            "schemaVersion": 1,
            "document": document,
            "target": target,
            "credentials": {},
            "parameters": {},
            "known": {},
            "provoke": {},
            "finding": finding,
        }
    )


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_sentence_and_an_exit_code(
    case: str, conformock: Command, tmp_path: Path
) -> None:
    words, code, said = BAD[case]
    (tmp_path / "file").write_text("x = [")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "empty.json").write_text('{"schemaVersion": 1}')
    (tmp_path / "other.json").write_text(saved_finding("zebra"))
    (tmp_path / "nameless.json").write_text(saved_finding(operation="fly"))
    (tmp_path / "ahead.json").write_text(saved_finding(path={"device_id": {"$ref": [0, "/id"]}}))

    result = conformock(*words)

    assert result.exit_code == code, result.output
    assert said in result.output
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, (AttributeError, KeyError, TypeError))
    phases = ("sequences:", "probes:", "shape:")
    said_lines = [one for one in result.output.splitlines() if not one.startswith(phases)]
    *usage, sentence = said_lines
    assert said in sentence
    assert all(one.startswith(("Usage:", "Try ")) or not one for one in usage), usage


def test_an_interrupt_gives_130_and_the_report_so_far(
    server: fleet_server.Running, tmp_path: Path
) -> None:
    before = total(server.url)
    words = ["--url", server.url, "--profile", str(PROFILE)]
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "test", "fleet", "--out", str(tmp_path / "out"), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    assert child.stderr.readline().startswith("rows:")
    time.sleep(0.2)  # anywhere in the run will do

    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)

    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    assert "interrupted" in errors
    plain = json.loads((tmp_path / "out" / "results.json").read_text())
    assert plain["exitCode"] == 130
    assert total(server.url) == before


class Impatient:
    """A target whose user presses Ctrl-C after some requests."""

    def __init__(self, target: HttpTarget, after: int) -> None:
        self.target, self.left = target, after

    @property
    def base(self) -> str:
        return self.target.base

    def send(self, request: RawRequest) -> RawAnswer:
        self.left -= 1
        answer = self.target.send(request)
        if self.left == 0:
            raise KeyboardInterrupt
        return answer

    def close(self) -> None:
        self.target.close()


@pytest.mark.parametrize("after", [3, 20, 57])
def test_an_interrupted_run_says_so_and_sends_no_more_than_it_must_to_clean_up(
    after: int, fleet: Contract, server: fleet_server.Running
) -> None:
    target = Impatient(HttpTarget(server.url), after)

    report = run(fleet, load(PROFILE, fleet, url=server.url), target, Options(walks=3))
    target.close()

    assert report.interrupted
    assert report.exit_code == 130
    assert target.left >= -5


def test_demo_certifies_every_shipped_document_and_stops_the_mock(
    conformock: Command, tmp_path: Path
) -> None:
    result = conformock("demo", "--walks", "0")

    assert result.exit_code == 0, result.output
    verdicts = re.findall(r"The target conforms: (\d+) of (\d+) rows proven", result.output)
    assert verdicts == [(str(rows), str(rows)) for rows in map(rows_of, shipped())]
    for name in shipped():
        assert (tmp_path / "conformock-report" / name / "results.json").is_file()
    url = result.output.partition("the mock answers at ")[2].split()[0]
    assert conformock("test", "fleet", "--url", f"{url}/platform/v1").exit_code == 3


def rows_of(name: str) -> int:
    return len(Ledger(read(name)).rows)
