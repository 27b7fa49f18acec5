from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from mockserver.testing import running
from spec.cli import Commands
from tests.contracts.conftest import PROFILE
from tests.contracts.test_cli import FOUND, PETS, PROGRAM, ROOT, saved_finding, total
from tests.independent import fleet_server

Command = Callable[..., Result]
SECRETS = ("vnd_writer_a", "vnd_reader_a", "vnd_writer_b", "vnd_removed", "vnd_actorless")


@pytest.fixture
def conformock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    group = Commands(name="conformock", found=FOUND)
    return lambda *words: CliRunner().invoke(group, [str(one) for one in words])


@pytest.fixture(scope="module")
def server() -> Iterator[fleet_server.Running]:
    with fleet_server.start() as running:
        yield running


def quick(operation: str = "getDevice") -> list[str]:
    return ["--only", operation, "--walks", "0"]


def test_a_target_that_answers_like_our_mock_gives_0(
    conformock: Command, server: fleet_server.Running, tmp_path: Path
) -> None:
    result = conformock(
        "compare", "fleet", "--url", server.url, "--profile", PROFILE, "--reference", "mock",
        *quick(), "--report", "junit:ci/junit.xml", "--report", "json:all.json",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert re.search(r"No divergence in \d\d answers\.\nexit 0: no divergence", result.output)
    assert "(our mock, in this process)" in result.output
    plain = json.loads((tmp_path / "all.json").read_text())
    assert plain["divergences"] == []
    assert plain["targets"]["B"]["mock"] is True
    assert ET.parse(tmp_path / "ci" / "junit.xml").getroot().get("failures") == "0"
    assert (tmp_path / "conformock-comparison" / "report.txt").is_file()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("comparison")


@pytest.fixture(scope="module")
def differing(folder: Path) -> Result:
    """The output of a comparison of a broken server with a right one."""
    group = Commands(name="conformock", found=FOUND)
    words = ["compare", "fleet", "--profile", str(PROFILE), "--only", "deleteDevice"]
    words += ["--walks", "0", "--out", str(folder / "out")]
    words += ["--report", f"json:{folder / 'all.json'}", "--report", f"junit:{folder / 'all.xml'}"]
    with fleet_server.start("delete-lookup-before-scope") as one, fleet_server.start() as other:
        return CliRunner().invoke(group, [*words, "--url", one.url, "--reference", other.url])


def test_a_divergence_gives_1_and_is_told_from_both_sides(differing: Result) -> None:
    text = differing.output

    assert differing.exit_code == 1, text
    assert "A contradicts the document: deleteDevice answers 404" in text
    assert "differ    deleteDevice answers 404 DEVICE_NOT_FOUND on A and 403 INSUFFICI" in text
    assert re.search(r"document  fleet\.yaml:\d+ \(#/", text)
    assert re.search(r'A said    404 \{"error": ?"DEVICE_NOT_FOUND"\}', text)
    assert re.search(r'B said    403 \{"error": ?"INSUFFICIENT_SCOPE"\}', text)
    assert text.count("curl -isS -X DELETE") == 2
    assert "1 divergence: A contradicts the document in 1.\nexit 1: divergences" in text


def test_a_divergence_is_written_for_programs(differing: Result, folder: Path) -> None:
    plain = json.loads((folder / "all.json").read_text())
    (one,) = plain["divergences"]

    assert plain["exitCode"] == differing.exit_code
    assert one["verdict"] == "A"
    assert one["A"]["contradicts"] == one["sentence"]
    assert one["B"]["contradicts"] is None
    assert [len(one[side]["steps"]) for side in "AB"] == [1, 1]
    assert one["A"]["said"].startswith("404 ")
    assert one["document"]["line"] > 1
    (failure,) = ET.parse(folder / "all.xml").getroot().iter("failure")
    assert failure.get("type") == "divergence A"


def test_the_scripts_show_the_divergence(differing: Result, folder: Path) -> None:
    plain = json.loads((folder / "all.json").read_text())
    name = plain["divergences"][0]["id"]
    files = sorted(one.name for one in (folder / "out" / "divergences").iterdir())

    assert differing.exit_code == 1
    assert files == [f"{name}.A.sh", f"{name}.B.sh", f"{name}.json"]
    for one in files[:2]:
        text = (folder / "out" / "divergences" / one).read_text()
        assert text.startswith("#!/usr/bin/env bash\n# A contradicts the document: ")
        assert subprocess.run(["bash", "-n"], input=text, text=True).returncode == 0


def test_a_divergence_can_be_replayed_until_it_is_gone(
    differing: Result, folder: Path, conformock: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (saved,) = (folder / "out" / "divergences").glob("D-*.json")
    assert f"again     conformock replay {saved}" in differing.output
    with (
        fleet_server.start("delete-lookup-before-scope") as broken,
        fleet_server.start() as right,
        fleet_server.start() as mended,
    ):
        both = ["--url", broken.url, "--reference", right.url]
        nameless = conformock("replay", saved, *both)
        monkeypatch.setenv("READER_TOKEN", "vnd_reader_a")
        again = conformock("replay", saved, *both)
        furnished = conformock("replay", saved, "--url", broken.url, "--reference", "mock")
        swapped = conformock("replay", saved, "--url", right.url, "--reference", broken.url)
        gone = conformock("replay", saved, "--url", mended.url, "--reference", right.url)
    dead = conformock("replay", saved)

    assert nameless.exit_code == 2
    assert "READER_TOKEN is not set" in nameless.output
    for one in (again, furnished):
        assert one.exit_code == 1, one.output
        a, b, told, place = one.output.splitlines()
        assert (a[:12], a[-6:], b[:12], b[-6:]) == (
            "A: DELETE /p",
            "-> 404",
            "B: DELETE /p",
            "-> 403",
        )
        assert told.startswith("still there: A contradicts the document: deleteDevice answers 404")
        assert place.startswith("document: fleet.yaml:")
        assert "vnd_" not in one.output
    assert swapped.exit_code == 1
    assert "another divergence: B contradicts the document: deleteDevice" in swapped.output
    assert gone.exit_code == 0, gone.output
    assert "gone: A and B answer alike" in gone.output
    assert dead.exit_code == 3


def test_no_secret_leaves_the_tool(differing: Result, folder: Path) -> None:
    texts = [one.read_text() for one in folder.rglob("*") if one.is_file()]

    assert len(texts) == 8
    for text in [differing.output, *texts]:
        assert not any(secret in text for secret in SECRETS)


def test_standard_output_is_the_report_alone_when_it_is_asked_for(
    conformock: Command, server: fleet_server.Running
) -> None:
    result = conformock(
        "compare", "fleet", "--url", server.url, "--profile", PROFILE, "--reference", "mock",
        *quick(), "--report", "json:-",
    )  # fmt: skip

    assert json.loads(result.stdout)["exitCode"] == 0


def test_a_credential_of_one_side_only_is_told_and_not_used(
    conformock: Command, server: fleet_server.Running, tmp_path: Path
) -> None:
    text = PROFILE.read_text("utf-8")
    (tmp_path / "other.toml").write_text(text.replace("[credentials.reader]", "[credentials.new]"))
    with fleet_server.start() as other:
        result = conformock(
            "compare", "fleet", "--url", server.url, "--profile", PROFILE,
            "--reference", other.url, "--reference-profile", "other.toml", *quick("deleteDevice"),
        )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert "left out: the credentials that A only has: reader" in result.output
    assert "left out: the credentials that B only has: new" in result.output


def test_the_mock_may_have_a_profile_of_its_own(
    conformock: Command, server: fleet_server.Running, tmp_path: Path
) -> None:
    poor = '[credentials.writer]\ntoken = "{}"\nfacts = {{scope = "WRITE", company = "A"}}\n'
    (tmp_path / "a.toml").write_text(poor.format("vnd_writer_a"))
    (tmp_path / "b.toml").write_text(poor.format("flt_sk_writer"))

    result = conformock(
        "compare", "fleet", "--url", server.url, "--profile", "a.toml", "--reference", "mock",
        "--reference-profile", "b.toml", *quick(),
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert "No divergence" in result.output
    assert "walks could not be set up" in result.output


def test_the_second_sides_own_secrets_have_variables_of_their_own(
    conformock: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = '[credentials.reader]\ntoken = "{}"\nfacts = {{scope = "READ", company = "A"}}\n'
    (tmp_path / "a.toml").write_text(reader.format("vnd_reader_a"))
    (tmp_path / "b.toml").write_text(reader.format("flt_sk_reader"))
    with fleet_server.start("delete-lookup-before-scope") as broken:
        words = ["--url", broken.url, "--profile", "a.toml"]
        own = ["--reference-profile", "b.toml"]
        result = conformock(
            "compare", "fleet", *words, "--reference", "mock", *own, *quick("deleteDevice")
        )
        (saved,) = (tmp_path / "conformock-comparison" / "divergences").glob("D-*.json")
        monkeypatch.setenv("READER_TOKEN", "vnd_reader_a")
        nameless = conformock("replay", saved)
        monkeypatch.setenv("REFERENCE_READER_TOKEN", "flt_sk_reader")
        again = conformock("replay", saved)
        with_profiles = conformock("replay", saved, *words, *own)

    assert result.exit_code == 1, result.output
    assert "flt_sk" not in saved.read_text()
    assert nameless.exit_code == 2
    assert "REFERENCE_READER_TOKEN is not set" in nameless.output
    for one in (again, with_profiles):
        assert one.exit_code == 1, one.output
        assert "still there: A contradicts the document" in one.output


CHIPPED = """
overlay: 1.1.0
info: {title: Pets have chips, version: '1'}
actions:
- target: $.servers
  update: [{url: /v9}]
- target: $.servers[0]
  remove: true
- target: $.components.schemas.Pet.allOf[1]
  update: {required: [chip], properties: {chip: {type: string}}}
"""


def test_an_overlay_is_laid_over_the_document_for_both_sides_and_for_the_replay(
    conformock: Command, tmp_path: Path
) -> None:
    (tmp_path / "chips.yaml").write_text(CHIPPED)
    with running([str(PETS)]) as unchipped:
        words = ["--url", unchipped.url, "--reference", "mock"]
        plain = conformock("compare", PETS, *words, *quick("createPet"))
        laid = conformock("compare", PETS, *words, *quick("createPet"), "--overlay", "chips.yaml")
        (saved,) = (tmp_path / "conformock-comparison" / "divergences").glob("D-*.json")
        again = conformock("replay", saved)

    assert plain.exit_code == 0, plain.output
    assert laid.exit_code == 1, laid.output
    assert "1 divergence: A contradicts the document in 1." in laid.output
    assert again.exit_code == 1, again.output
    assert "still there: A contradicts the document: createPet 201: body" in again.output


def test_a_divergence_of_which_too_little_is_saved_gets_one_sentence(
    conformock: Command, tmp_path: Path
) -> None:
    (tmp_path / "finding.json").write_text(saved_finding())
    broken = json.loads(saved_finding()) | {"reference": {"target": {"mock": True}}}
    (tmp_path / "broken.json").write_text(json.dumps(broken))

    alone = conformock("replay", "finding.json", "--reference", "mock")
    little = conformock("replay", "broken.json")

    assert (alone.exit_code, little.exit_code) == (2, 2)
    assert "finding.json holds a finding, which has no reference." in alone.output
    assert "broken.json: there is no 'divergence'" in little.output


NOBODY = "http://127.0.0.1:9/platform/v1"
BAD: dict[str, tuple[list[str], int, str]] = {
    "no such overlay": (
        ["fleet", "--url", "U", "--reference", "mock", "--overlay", "no.yaml"],
        2,
        "no.yaml: there is no such overlay",
    ),
    "no document": ([], 2, "Missing argument 'DOCUMENT'"),
    "an unknown document": (["flet", "--url", "U", "--reference", "mock"], 2, "mean 'fleet'?"),
    "no target": (["fleet", "--reference", "mock"], 2, "Give --url URL or --profile FILE."),
    "no reference": (["fleet", "--url", "U"], 2, "Give --reference URL or --reference mock."),
    "no URL": (["fleet", "--url", "localhost", "--reference", "mock"], 2, "is no URL"),
    "a reference that is no URL": (["fleet", "--url", "U", "--reference", "mok"], 2, "is no URL"),
    "the same URL twice": (["fleet", "--url", "U", "--reference", "U"], 2, "the target itself"),
    "the same host otherwise": (
        ["fleet", "--url", "U", "--reference", "S"],
        2,
        "is the target itself. Expected another URL, or 'mock'.",
    ),
    "no such profile": (
        ["fleet", "--url", "U", "--reference", "mock", "--profile", "no.toml"],
        2,
        "no.toml: the profile cannot be read",
    ),
    "no such profile of the reference": (
        ["fleet", "--url", "U", "--reference", "mock", "--reference-profile", "no.toml"],
        2,
        "no.toml: the profile cannot be read",
    ),
    "profiles that do not fit": (
        ["fleet", "--url", "U", "--reference", "N", "--profile", "a.toml",
         "--reference-profile", "b.toml"],
        2,
        "facts.scope: it is 'WRITE' in the profile and 'READ' in the reference's.",
    ),
    "a profile that the mock cannot begin with": (
        ["fleet", "--url", "U", "--reference", "mock", "--profile", "bad.toml"],
        2,
        "With --reference-profile it begins with its own records.",
    ),
    "an unknown report": (
        ["fleet", "--url", "U", "--reference", "mock", "--report", "jso:x"], 2, "mean 'json'",
    ),
    "a file as folder": (
        ["fleet", "--url", "U", "--reference", "mock", "--out", "a.toml"], 2, "cannot be written",
    ),
    "nothing selected": (
        ["fleet", "--url", "U", "--reference", "mock", "--only", "zebra"], 5, "leave no operation",
    ),
    "nobody at A": (["fleet", "--url", "N", "--reference", "U"], 3, "no answer"),
    "nobody at B": (["fleet", "--url", "U", "--reference", "N"], 3, "9/platform/v1: no answer"),
    "a credential that A refuses": (
        ["fleet", "--url", "U", "--reference", "mock", "--profile", "a.toml"],
        3,
        "the credential 'writer' of the profile is refused with 401",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_sentence_and_an_exit_code(
    case: str, conformock: Command, server: fleet_server.Running, tmp_path: Path
) -> None:
    words, code, said = BAD[case]
    credential = '[credentials.writer]\ntoken = "x"\nfacts = {{scope = "{}", company = "A"}}\n'
    (tmp_path / "a.toml").write_text(credential.format("WRITE"))
    (tmp_path / "b.toml").write_text(credential.format("READ"))
    (tmp_path / "bad.toml").write_text('[[known.device]]\nid = "seven"\n')
    urls = {"U": server.url, "N": NOBODY, "S": server.url.replace("127.0.0.1", "localhost") + "/"}

    result = conformock("compare", *(urls.get(word, word) for word in words))

    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, (AttributeError, KeyError, TypeError))
    *usage, sentence = result.output.splitlines()
    assert said in sentence
    assert all(one.startswith(("Usage:", "Try ")) or not one for one in usage), usage


def test_an_interrupt_gives_130_and_cleans_up_on_both_sides(
    server: fleet_server.Running, tmp_path: Path
) -> None:
    with fleet_server.start() as other:
        before = total(server.url), total(other.url)
        words = ["--url", server.url, "--reference", other.url, "--profile", str(PROFILE)]
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "compare", "fleet", "--out", str(tmp_path / "out"),
             *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert child.stderr is not None
        assert child.stderr.readline().startswith("rows:")
        time.sleep(0.2)  # anywhere in the run will do

        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)

        assert child.returncode == 130, errors
        assert "Traceback" not in errors
        assert json.loads((tmp_path / "out" / "results.json").read_text())["interrupted"]
        assert (total(server.url), total(other.url)) == before
