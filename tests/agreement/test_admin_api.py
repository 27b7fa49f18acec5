"""The admin API is an implementation of its own document, and no finding comes of testing it."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

import mockserver.admin
from contracts.cli import test as command
from mockserver.testing import running

DOCUMENT = Path(mockserver.admin.__file__).with_name("openapi.yaml")


PROFILE = """
[target]
url = "{url}"

[[known.state]]
kind = "device"
"""
"""A tester knows that there are devices."""


def test_the_suite_finds_nothing_that_contradicts_the_document(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    with running(("fleet",)) as mock:
        profile.write_text(PROFILE.format(url=mock.admin))
        arguments = ["--profile", str(profile), "--walks", "10", "--out", str(tmp_path)]
        result = CliRunner().invoke(command, [str(DOCUMENT), *arguments])

        counts = re.search(r"✓ (\d+) proven ✗ (\d+) contradicted", result.output)
        assert counts is not None, result.output
        assert int(counts[2]) == 0, result.output
        assert int(counts[1]) >= 100, result.output
        assert result.exit_code == 4
        assert mock.process.poll() is None
