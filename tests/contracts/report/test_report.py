from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from contracts import report as reporting
from contracts.profile import Credential, Profile, load
from contracts.report import json as as_json
from contracts.report import junit, text
from contracts.report.hidden import hidden
from contracts.run.findings import Finding
from contracts.run.results import Report
from contracts.steps import Exchange
from spec import ConfigurationError, Contract, RawAnswer
from tests.contracts.conftest import PROFILE
from tests.contracts.made import CREATE, MADE, create, on, report, shown
from tests.independent import fleet_server

MISSED = "\N{EN DASH}"


@pytest.fixture(scope="module")
def finding(fleet: Contract) -> Iterator[Finding]:
    with fleet_server.start("patch-steals-serial") as server:
        steps = [create(CREATE), on(MADE, "updateDevice", body={"serial_number": "FL-MBP-0101"})]
        yield shown(fleet, load(PROFILE, fleet, url=server.url), steps)


@pytest.fixture
def run(fleet: Contract, profile: Profile, finding: Finding) -> Report:
    return report(fleet, profile, finding)


def test_text_shows_each_row_with_its_state_and_why(run: Report, finding: Finding) -> None:
    shown_lines = text.render(run).splitlines()

    assert "  ✓ 200" in shown_lines
    assert "  ✓ law  gone-after-delete" in shown_lines
    assert any(re.fullmatch(rf"  ✗ 400  INVALID_SERIAL.* {finding.id}", one) for one in shown_lines)
    assert any(
        f"{MISSED} 401" in one and "unreached: nothing that was sent" in one for one in shown_lines
    )
    assert any("~ 404" in one and "waived: no key of a removed" in one for one in shown_lines)
    assert f"60 rows: ✓ 2 proven ✗ 1 contradicted {MISSED} 56 unreached ~ 1 waived" in shown_lines


def test_text_tells_of_a_finding_what_where_and_how_to_see_it_again(
    run: Report, finding: Finding
) -> None:
    shown_text = text.render(run, Path("out/findings"))

    one = finding.contradiction
    assert f"✗ {finding.id} {one.sentence}" in shown_text
    assert f"document  fleet.yaml:{one.place.line} (#{one.place.pointer})" in shown_text
    assert "expected  400 INVALID_SERIAL_NUMBER" in shown_text
    assert "got       200" in shown_text
    assert f"conformock replay {Path('out/findings')}/{finding.id}.json" in shown_text
    assert "curl -isS -X PATCH" in shown_text


@pytest.mark.parametrize(
    ("reproduced", "said"), [(None, "not sent again"), (True, "reproduced"), (False, "FLAKY")]
)
def test_text_says_whether_a_finding_came_back(
    reproduced: bool | None, said: str, fleet: Contract, profile: Profile, finding: Finding
) -> None:
    run = report(fleet, profile, dataclasses.replace(finding, reproduced=reproduced))

    assert f"2 requests from a fresh start; {said}" in text.render(run)


def test_text_of_a_flaky_finding_tells_both_answers(
    fleet: Contract, profile: Profile, finding: Finding
) -> None:
    last = finding.exchanges[-1]
    refused = dataclasses.replace(last, answer=RawAnswer(400, (), b'{"code": "BAD"}'))
    flaky = dataclasses.replace(finding, reproduced=False, again=(*finding.exchanges[:-1], refused))

    said = text.render(report(fleet, profile, flaky))

    assert "first     request 2 was answered 200 " in said
    assert 'then      request 2 was answered 400 {"code": "BAD"}' in said


KINDS = ("a small", "an odd", "a wide", "another")


def test_text_names_a_few_of_the_other_variants(
    fleet: Contract, profile: Profile, finding: Finding
) -> None:
    many = dataclasses.replace(
        finding,
        notes=[
            f"{kind} variant of {number} and 'x{number}'" for kind in KINDS for number in (1, 2)
        ],
        operations=frozenset({"updateDevice", "createDevices"}),
    )

    shown_text = text.render(report(fleet, profile, many))

    assert "also on   createDevices" in shown_text
    for kind in KINDS[:3]:
        assert f"also      {kind} variant of 1 and 'x1'" in shown_text
    assert shown_text.count("variant of") == 3
    assert "and 5 other variants" in shown_text


def test_text_is_not_wrapped_and_not_coloured_in_a_pipe(run: Report) -> None:
    stream = io.StringIO()

    text.show(run, stream)

    assert stream.getvalue() == text.render(run)
    assert "\x1b" not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_text_on_a_terminal_has_colour_unless_no_color_is_set(
    quiet: bool, run: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if quiet:
        monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()

    text.show(run, stream)

    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert ("\x1b[32m" in stream.getvalue()) is not quiet
    assert [one.rstrip() for one in plain.splitlines()] == [
        one.rstrip() for one in text.render(run).splitlines()
    ]


def test_text_is_ascii_where_the_stream_can_do_no_more(run: Report) -> None:
    raw = io.BytesIO()

    with io.TextIOWrapper(raw, encoding="ascii", write_through=True) as stream:
        text.show(run, stream)
        shown_bytes = raw.getvalue()

    assert b"  + 200" in shown_bytes
    assert b"60 rows: + 2 proven x 1 contradicted - 56 unreached" in shown_bytes


def test_text_lets_no_control_character_through(
    fleet: Contract, profile: Profile, finding: Finding
) -> None:
    evil = dataclasses.replace(finding.contradiction, got="500 \x1b[2J\x07\r\n")

    shown_text = text.render(
        report(fleet, profile, dataclasses.replace(finding, contradiction=evil))
    )

    assert "\x1b" not in shown_text
    assert r"got       500 \x1b[2J\x07\r\n" in shown_text


@pytest.mark.parametrize(
    ("change", "last"),
    [
        ("finding", "exit 1: contract violated"),
        ("unreached", "exit 4: inconclusive"),
        ("cut short", "exit 4: inconclusive"),
        ("proven", "exit 0: conforms"),
    ],
)
def test_text_ends_with_the_verdict_and_the_exit_code(
    change: str, last: str, fleet: Contract, profile: Profile, finding: Finding
) -> None:
    run = report(fleet, profile, *([finding] if change == "finding" else []))
    if change in {"proven", "cut short"}:
        run.ledger.prove(list(run.ledger.rows))
    run.cut_short = change == "cut short"

    assert text.render(run).splitlines()[-1] == last
    assert last.startswith(f"exit {run.exit_code}")


def test_json_holds_the_run(run: Report, finding: Finding) -> None:
    plain = json.loads(as_json.render(run))

    assert plain["schemaVersion"] == 1
    assert plain["document"]["file"] == "fleet.yaml"
    assert plain["target"]["url"] == run.profile.url
    assert plain["options"]["seed"] == 3
    assert plain["counts"] == {"proven": 2, "contradicted": 1, "unreached": 56, "waived": 1}
    assert [row["id"] for row in plain["rows"]] == list(run.ledger.rows)
    assert [one["id"] for one in plain["findings"]] == [finding.id]
    assert plain["findings"][0]["curl"].startswith("URL=")


def test_junit_has_one_case_for_each_row(run: Report, finding: Finding) -> None:
    suite = ET.fromstring(junit.render(run))[0]
    cases = {case.get("name"): case for case in suite.iter("testcase")}

    assert list(cases) == list(run.ledger.rows)
    assert cases["getDevice 200"].get("classname") == "fleet.getDevice"
    assert len(cases["getDevice 200"]) == 0
    failure = cases[finding.contradiction.row].find("failure")
    assert failure is not None
    assert finding.contradiction.sentence in (failure.get("message") or "")
    assert "curl -isS" in (failure.text or "")
    skipped = cases["getDevice 401 UNAUTHENTICATED"].find("skipped")
    assert skipped is not None
    assert skipped.get("message", "").startswith("unreached: ")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("60", "1", "57")


def test_junit_names_do_not_change_with_what_was_found(
    fleet: Contract, profile: Profile, run: Report
) -> None:
    def names(one: Report) -> list[tuple[str | None, str | None]]:
        cases = ET.fromstring(junit.render(one)).iter("testcase")
        return [(case.get("classname"), case.get("name")) for case in cases]

    assert names(run) == names(report(fleet, profile))


def test_junit_keeps_a_finding_whose_row_was_not_selected(run: Report, finding: Finding) -> None:
    run.ledger.rows = {k: v for k, v in run.ledger.rows.items() if v.operation == "getDevice"}

    cases = list(ET.fromstring(junit.render(run)).iter("testcase"))

    assert cases[-1].get("name") == finding.contradiction.row
    assert cases[-1].find("failure") is not None


def test_junit_is_xml_whatever_the_target_says(
    fleet: Contract, profile: Profile, finding: Finding
) -> None:
    evil = dataclasses.replace(
        finding.contradiction,
        sentence="a\0b\x0b\ufffe\ud800 ]]> <x> & \"'",
        got="y" * 100_000,
    )
    run = report(fleet, profile, dataclasses.replace(finding, contradiction=evil))

    written = junit.render(run)

    root = ET.fromstring(written.encode("utf-8"))
    assert root.find(".//failure") is not None
    assert len(written) < 40_000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("jnit:x.xml", "Did you mean 'junit'?"),
        ("yaml:x", "one of json, junit, text"),
        ("json", "there is no path"),
        ("json:", "there is no path"),
        ("json:{folder}", "cannot be written (Is a directory)"),
        ("json:{folder}/file/x", "cannot be written"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_in_one_sentence(
    given: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("taken")

    with pytest.raises(ConfigurationError) as refused:
        reporting.check(given.format(folder=tmp_path))

    assert said.replace("one of", "a format of") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_checking_a_report_leaves_no_file_behind(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("before")

    reporting.check(f"json:{tmp_path / 'new' / 'x.json'}")
    reporting.check(f"json:{kept}")

    assert not (tmp_path / "new" / "x.json").exists()
    assert kept.read_text() == "before"


@pytest.mark.parametrize("name", ["json", "junit", "text"])
def test_a_report_is_written_with_the_folders_on_the_way(
    name: str, run: Report, tmp_path: Path
) -> None:
    reporting.write(run, f"{name}:{tmp_path}/a/b/out")

    assert (tmp_path / "a" / "b" / "out").stat().st_size > 1000


def test_findings_of_an_earlier_run_are_removed_and_nothing_else(
    fleet: Contract, profile: Profile, run: Report, finding: Finding, tmp_path: Path
) -> None:
    reporting.save_findings(run, tmp_path)
    (tmp_path / "notes.json").write_text("mine")

    reporting.save_findings(report(fleet, profile), tmp_path)

    assert [one.name for one in tmp_path.iterdir()] == ["notes.json"]


CANARIES = {
    "writer": "canary-w",
    "reader": 'quo"te\\d',
    "other": "a/b+c=d e",
    "removed": "ünïcode-canary",
}


@pytest.fixture
def leaky(fleet: Contract, profile: Profile, finding: Finding) -> Report:
    """A run whose target sends every secret back, wherever it can."""
    echo = " ".join(CANARIES.values())
    credentials = {
        name: Credential(name, secret, {"scope": "WRITE", "company": "A"})
        for name, secret in CANARIES.items()
    }
    leaking = dataclasses.replace(
        profile, url=f"http://u:canary-w@h/v1?k={CANARIES['writer']}", credentials=credentials
    )
    one = dataclasses.replace(
        finding.contradiction, sentence=f"It says {echo!s}.", got=echo, expected=echo
    )
    exchanges = tuple(
        Exchange(
            exchange.step,
            dataclasses.replace(
                exchange.request,
                headers=(*exchange.request.headers, *(("X-T", s) for s in CANARIES.values())),
            ),
            RawAnswer(400, (("X-Echo", echo),), json.dumps({"echo": [echo]}).encode()),
            exchange.body,
        )
        for exchange in finding.exchanges
    )
    full = dataclasses.replace(finding, contradiction=one, exchanges=exchanges, notes=[echo])
    run = report(fleet, leaking, full)
    run.ledger.miss({"getDevice 401 UNAUTHENTICATED": f"refused: {echo}"})
    return run


def test_no_artefact_holds_a_secret(leaky: Report, tmp_path: Path) -> None:
    reporting.save(leaky, tmp_path, "fleet")
    artefacts = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*.*")}
    stream = Terminal()
    text.show(leaky, stream)
    artefacts["terminal"] = stream.getvalue()

    assert len(artefacts) == 6
    for name, content in artefacts.items():
        for secret in CANARIES.values():
            for form in (secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3]):
                assert form not in content, (name, form)
        assert "$WRITER_TOKEN" in content, name


def test_hiding_reaches_keys_and_depths_and_the_longer_secret_first() -> None:
    secrets = {"abc": "$A", "abcdef": "$B"}

    plain: Any = hidden({"abc": [{"x": ("abcdef", 1, None)}]}, secrets)

    assert plain == {"$A": [{"x": ["$B", 1, None]}]}
