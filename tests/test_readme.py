"""What README shows is what happens."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getopt import gnu_getopt
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from contracts.profile import load as load_profile
from contracts.run.ledger import Ledger
from mockserver import create_app
from spec import Json, pick, read
from spec.document import shipped
from tests.independent import fleet_server

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.S)


def blocks(language: str) -> list[str]:
    return [body for found, body in BLOCKS if found == language]


def transcripts() -> Iterator[list[tuple[str, str]]]:
    """Yield the commands of each block, each with what it is shown to print."""
    for block in blocks("console"):
        parts = ("\n" + block.replace("\\\n", " ")).split("\n$ ")[1:]
        lines = [part.partition("\n") for part in parts]
        yield [(line.partition(" #")[0].strip(), printed.strip()) for line, _, printed in lines]


COMMANDS = [command for block in transcripts() for command, _ in block]
SERVING = [block for block in transcripts() if " serve " in block[0][0]]


def conformock(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from spec.cli import main; main()", *arguments]


@contextmanager
def served(command: str) -> Iterator[tuple[str, str]]:
    """Give what `serve` prints, and the mock's URL, on a port of its own."""
    words = [*shlex.split(command)[1:], "--port", "0"]
    started = subprocess.Popen(conformock(*words), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with started as run:
        assert run.stdout is not None
        try:
            lines = []
            for line in run.stdout:
                lines.append(line)
                if line.startswith("READY"):
                    break
            yield "".join(lines), lines[-1].split()[1]
        finally:
            run.send_signal(signal.SIGINT)


def curl(line: str, origin: str) -> tuple[int, str]:
    """Send what a curl line sends, to the server at `origin`, and return status and body."""
    given, (url,) = gnu_getopt(shlex.split(line)[1:], "X:H:d:u:")
    options = dict(given)
    body = options.get("-d")
    headers = {} if body is None else {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= dict(value.split(": ", 1) for name, value in given if name == "-H")
    if "-u" in options:
        headers["Authorization"] = f"Basic {base64.b64encode(options['-u'].encode()).decode()}"
    method = options.get("-X", "GET" if body is None else "POST")
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    try:
        target = urlsplit(url)._replace(scheme="", netloc="").geturl()
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_every_command_is_known_to_this_test() -> None:
    kinds = {" ".join(one.split(" ")[: 1 if one.startswith("curl ") else 2]) for one in COMMANDS}

    assert kinds == {
        "make demo",
        "make browser",
        "make test",
        "make clients",
        "make real",
        "make peers",
        "make recipes",
        ".venv/bin/conformock compare",
        ".venv/bin/conformock power",
        ".venv/bin/conformock serve",
        ".venv/bin/conformock test",
        "curl",
    }


@pytest.mark.parametrize("target", [one for one in COMMANDS if one.startswith("make ")])
def test_a_make_target_exists(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *target.split(" ")[1:]], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_serve_comes_up_with_the_keys_and_curl_lines_that_work() -> None:
    with served(SERVING[0][0][0]) as (printed, origin):
        lines = [line.strip() for line in printed.splitlines() if line.startswith("  curl ")]
        answers = {line: curl(line, origin)[0] for line in lines}

    assert set(answers.values()) <= {200, 201}, answers
    assert any(" -u user@acme.test:key_manager " in line for line in lines)
    for name in shipped():
        contract = read(name)
        about = f"{origin}{contract.base_path}"
        assert f"{about}/openapi.json" in printed
        assert {"GET", "POST"} == {
            "POST" if " -X POST " in line else "GET" for line in lines if about in line
        }
        assert all(secret in printed for secret in secrets(name))


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        (0, []),
        (1, ["clock       stands still at 2024-06-03T09:15:00", "at a rate of 1 items a second"]),
        (2, []),
        (3, ["inferred  pet (see: conformock init pets.yaml)"]),
    ],
)
def test_the_calls_that_are_shown_with_a_running_mock_answer_as_shown(
    number: int, printed: list[str]
) -> None:
    (command, _), *calls = [block for block in SERVING if len(block) > 1][number]
    with served(command) as (told, origin):
        answers = [(line, curl(line, origin)[1]) for line, _ in calls]

    assert answers == calls
    assert all(line in told for line in printed)


def test_the_explanation_that_is_shown_is_what_is_said() -> None:
    client = create_app(("fleet",)).test_client()
    answer = client.patch(
        "/platform/v1/devices/3",
        json={"keyboard_layout": None},
        headers={"Authorization": "Bearer flt_sk_writer"},
    )
    name = answer.headers["X-Mock-Request-Id"]

    told = client.get(f"/__admin/requests/{name}/explain").json

    assert within(json.loads(blocks("json")[0]), told)


def test_the_admin_paths_that_are_named_exist() -> None:
    known = [re.sub("<.*?>", "[^/]+", rule.rule) for rule in create_app().url_map.iter_rules()]

    named = set(re.findall(r"/__admin/[A-Za-z/-]+", TEXT))
    assert [one for one in named if not any(re.fullmatch(rule, one) for rule in known)] == []


def test_test_plans_with_the_profile_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "staging.toml"
    profile.write_text(blocks("toml")[0], "utf-8")
    monkeypatch.setenv("FLEET_WRITE_TOKEN", "one")
    monkeypatch.setenv("FLEET_READ_TOKEN", "two")
    command = next(one for one in COMMANDS if " test " in one)

    done = subprocess.run(
        conformock(*shlex.split(command)[1:], "--plan"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stderr
    assert "DEVICE_PROVISIONING_FAILED" in done.stdout
    assert load_profile(profile, read("fleet")).not_applicable


def test_the_profile_that_is_shown_for_several_schemes_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "staging.toml"
    path.write_text(blocks("toml")[1], "utf-8")
    monkeypatch.setenv("MEMFAULT_KEY", "secret")

    profile = load_profile(path, read("memfault"))

    assert profile.credentials["user"].secret == "user@acme.test:secret"
    assert (profile.job_timeout, profile.parameters["project_slug"]) == (120, "smart-sink")


def test_the_rule_that_is_shown_stands_in_the_document() -> None:
    shown = yaml.safe_load(blocks("yaml")[0])
    update = read("fleet").document.get("/paths/~1devices~1{device_id}/patch")

    assert within(shown, update)


def test_the_job_that_is_shown_stands_in_the_document() -> None:
    shown = yaml.safe_load(blocks("yaml")[1])
    act = read("edgeiq").document.get("/paths/~1fleets~1{fleet_id}~1actions/post")

    assert within(shown, act)


def within(part: Json, whole: Json) -> bool:
    """Tell whether all that is shown is there, though not that all that is there is shown."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and within(value, whole[name]) for name, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        left = iter(whole)
        return all(any(within(one, other) for other in left) for one in part)
    return bool(part == whole)


def test_the_ledger_that_is_shown_is_the_ledger() -> None:
    ledger = Ledger(read("edgeiq"))
    shown, verdict, *_ = blocks("text")

    rows = re.findall(r"^  ✓ (\d+|law) *(.*)", shown, re.M)
    name = shown.split()[0]
    expected = {
        f"{name}: {what}" if kind == "law" else f"{name} {kind} {what}".strip()
        for kind, what in rows
    }
    assert expected == {one.id for one in ledger if one.operation == name}
    assert f"{len(ledger.rows)} rows: ✓ {len(ledger.rows)} proven" in verdict
    assert f"{len(ledger.rows)} of {len(ledger.rows)} rows proven" in verdict


def test_compare_tells_the_divergence_that_is_shown(tmp_path: Path) -> None:
    command = next(one for one in COMMANDS if " compare " in one)
    profile = ROOT / "tests" / "independent" / "fleet_profile.toml"
    with fleet_server.start("delete-lookup-before-scope") as server:
        words = [
            {"staging.toml": str(profile), "http://127.0.0.1:4020/platform/v1": server.url}.get(
                word, word
            )
            for word in shlex.split(command)[1:]
        ]
        done = subprocess.run(
            conformock(*words, "--only", "deleteDevice", "--walks", "0"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    assert done.returncode == 1, done.stderr
    (shown,) = (block for block in blocks("text") if "✗ D-" in block)
    assert shown in done.stdout


def test_the_keys_that_are_shown_are_the_fixtures() -> None:
    table = "".join(re.findall(r"^\| .*\|$", TEXT, re.M))
    shown = {
        one for one in re.findall(r"`([^`]+)`", table) if re.match(r'flt_|tok_|oat_|[^{"]*:', one)
    }

    assert shown == {secret for name in shipped() for secret in secrets(name)}


def secrets(name: str) -> set[str]:
    fixtures = yaml.safe_load((ROOT / f"mockserver/fixtures/{name}.yaml").read_text("utf-8"))
    return {one["secret"] for one in pick(fixtures, "/credentials", [])}
