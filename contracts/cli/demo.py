"""`conformock demo`: the mock, certified against all shipped documents."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from contracts.cli.running import MOCK, OUT, shipped_profile, tell, tested
from spec import ConformockError, read
from spec.document import shipped

_READY = "READY "
_PATIENCE = 30.0

_DEMO_HELP = """Start the mock on a free port, test it against all shipped documents.

Prints the ledger and where the report is. The exit code is that of `conformock test`.

\b
Example:
  conformock demo --out demo-report
"""


@click.command(help=_DEMO_HELP)
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path),
              metavar="DIR", help="Where results and findings go.")  # fmt: skip
@click.option("--walks", default=20, show_default=True, type=click.IntRange(0),
              metavar="N", help="The number of random walks.")  # fmt: skip
@click.pass_context
def demo(ctx: click.Context, out: Path, walks: int) -> None:
    """Test the mock against every shipped document."""
    from contracts import report as reporting
    from contracts.profile import load
    from contracts.run.results import Options
    from contracts.target import HttpTarget

    reporting.check_folder(out)
    began = time.monotonic()
    codes = []
    with _served(tuple(shipped())) as url:
        click.echo(f"the mock answers at {url}", err=True)
        for name in shipped():
            contract = read(name)
            profile = load(shipped_profile(contract), contract, url=url + contract.base_path)
            target = HttpTarget(profile.url, profile.timeout)
            try:
                report = tested(contract, profile, target, Options(walks=walks))
            finally:
                target.close()
            tell(report, name, out / name, mock=True, stream=sys.stdout)
            codes.append(report.exit_code)
            if report.interrupted:
                break
    click.echo(
        f"{len(codes)} document{'s' * (len(codes) != 1)} in {time.monotonic() - began:.1f} s"
    )
    ctx.exit(_worst(codes))


def _worst(codes: list[int]) -> int:
    return next((one for one in (130, 1, 3, 4) if one in codes), 0)


@contextmanager
def _served(documents: tuple[str, ...]) -> Iterator[str]:
    """Give the URL of a mock in a child process, which is stopped at the end."""
    command = [sys.executable, "-m", MOCK, *documents, "--port", "0"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield _ready(child)
    finally:
        child.terminate()
        try:
            child.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()


def _ready(child: subprocess.Popen[str]) -> str:
    """Return the URL that the child prints once it answers.

    Raises: MockDidNotStart: it ended before that, or took too long.
    """
    timer = threading.Timer(_PATIENCE, child.kill)
    timer.start()
    try:
        assert child.stdout is not None, "the pipe was asked for"
        for line in child.stdout:
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
    finally:
        timer.cancel()
    child.wait()
    said = child.stderr.read().strip() if child.stderr else ""
    raise MockDidNotStart(child.returncode, said.splitlines()[-1] if said else "")


@dataclass
class MockDidNotStart(ConformockError):  # noqa: N818 - it says what happened
    """The demo's mock ended before it answered."""

    code: int
    said: str
    exit_code = 3

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        how = (
            f"after {_PATIENCE:.0f} s without an answer"
            if self.code == -signal.SIGKILL
            else (f"with {self.code}")
        )
        return f"the mock did not start: it ended {how}. {self.said}".strip()
