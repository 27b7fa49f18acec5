"""The admin API is an implementation of its own document, and no finding comes of testing it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

import mockserver.admin
from contracts.cli import test as command
from mockserver.testing import running

DOCUMENT = Path(mockserver.admin.__file__).with_name("openapi.yaml")


def test_the_suite_finds_nothing_that_contradicts_the_document(tmp_path: Path) -> None:
    with running(("fleet",)) as mock:
        arguments = [str(DOCUMENT), "--url", mock.admin, "--walks", "10", "--out", str(tmp_path)]
        result = CliRunner().invoke(command, arguments)

        assert "✗ 0 contradicted" in result.output, result.output
        assert result.exit_code == 4
        assert mock.process.poll() is None
