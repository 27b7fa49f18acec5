"""What README shows is what happens."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from contracts.ledger import Ledger
from contracts.profile import load as load_profile
from spec import pick, read

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.S)


def blocks(language: str) -> list[str]:
    return [body for found, body in BLOCKS if found == language]


def commands() -> list[str]:
    lines = "".join(blocks("console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").partition("#")[0].strip() for line in lines if line[:2] == "$ "]


def conformock(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from spec.cli import main; main()", *arguments]


def test_every_command_is_known_to_this_test() -> None:
    kinds = {command.split(" ")[0] + " " + command.split(" ")[1] for command in commands()}

    assert kinds == {
        "make demo",
        "make test",
        ".venv/bin/conformock serve",
        ".venv/bin/conformock test",
    }


@pytest.mark.parametrize("target", [one for one in commands() if one.startswith("make ")])
def test_a_make_target_exists(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *target.split(" ")[1:]], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


def test_serve_comes_up() -> None:
    command = next(one for one in commands() if " serve " in one)
    arguments = shlex.split(command)[1:]
    arguments[arguments.index("--port") + 1] = "0"

    started = subprocess.Popen(conformock(*arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with started as run:
        assert run.stdout is not None
        lines = []
        for line in run.stdout:
            lines.append(line)
            if line.startswith("READY"):
                break
        run.send_signal(signal.SIGINT)

    printed = "".join(lines)
    assert "/platform/v1/openapi.json" in printed
    assert "flt_sk_writer" in printed
    assert printed.count("curl ") == 2


def test_test_plans_with_the_profile_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "staging.toml"
    profile.write_text(blocks("toml")[0], "utf-8")
    monkeypatch.setenv("FLEET_WRITE_TOKEN", "one")
    monkeypatch.setenv("FLEET_READ_TOKEN", "two")
    command = next(one for one in commands() if " test " in one)

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


def test_the_rule_that_is_shown_stands_in_the_document() -> None:
    shown = yaml.safe_load(blocks("yaml")[0])
    update = read("fleet").document.get("/paths/~1devices~1{device_id}/patch")

    assert shown["x-contract-rules"][0] in update["x-contract-rules"]
    effect = update["x-contract-effect"]
    assert shown["x-contract-effect"].items() <= effect.items()


def test_the_ledger_that_is_shown_is_the_ledger() -> None:
    ledger = Ledger(read("fleet"))
    shown = blocks("text")[0]

    rows = re.findall(r"^  ✓ (\d+|law) *(\S*)", shown, re.M)
    expected = {
        f"deleteDevice: {name}" if kind == "law" else f"deleteDevice {kind} {name}".strip()
        for kind, name in rows
    }
    assert expected == {one.id for one in ledger if one.operation == "deleteDevice"}
    assert f"{len(ledger.rows)} rows: ✓ {len(ledger.rows)} proven" in shown


def test_the_keys_that_are_shown_are_the_fixtures() -> None:
    fixtures = yaml.safe_load((ROOT / "mockserver/fixtures/fleet.yaml").read_text("utf-8"))
    secrets = {one["secret"] for one in pick(fixtures, "/credentials", [])}

    assert set(re.findall(r"flt_sk_[a-z]+", TEXT)) == secrets
