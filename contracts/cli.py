"""The suite's commands: `test`, `replay` and `demo`.

The mock is reached by name alone, as any other implementation would be: nothing of it is imported.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from spec import ConfigurationError, ConformockError, Contract, RawAnswer, RawRequest, read
from spec.document import find, shipped

if TYPE_CHECKING:
    from contracts.profile import Profile
    from contracts.runner import Options, Report
    from contracts.steps import Exchange
    from contracts.target import Target

_MOCK = "mockserver"
_READY = "READY "
_PATIENCE = 30.0
_OUT = Path("conformock-report")

_TEST_HELP = f"""Test an implementation against DOCUMENT and print the ledger of what it keeps.

DOCUMENT is a shipped name ({", ".join(shipped())}) or the path of an OpenAPI file. Every
documented behaviour ends as proven, contradicted, unreached (with the reason) or waived; each
finding comes with the line of the document, the shortest sequence of requests, and a command that
sends it again.

\b
Example:
  conformock test openapi.yaml --url http://127.0.0.1:8080/v1 --profile staging.toml
  conformock test {next(iter(shipped()))} --mock --report junit:junit.xml
  conformock test openapi.yaml --plan

\b
Exit codes:
  0 conforms · 1 contradicted · 2 usage, configuration or document error
  3 target unreachable or credentials refused · 4 inconclusive
  5 nothing selected · 130 interrupted
"""


@click.command(help=_TEST_HELP)
@click.argument("document")
@click.option("--url", metavar="URL", help="The target; in place of the profile's.")
@click.option("--mock", is_flag=True, help="Test our own mock, in process.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of the target (TOML).")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--max-cases", default=60, show_default=True, type=click.IntRange(0),
              metavar="N", help="The number of random walks.")  # fmt: skip
@click.option("--max-time", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="Begin nothing new after so long.")  # fmt: skip
@click.option("--only", multiple=True, metavar="TEXT",
              help="Test only operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--skip", multiple=True, metavar="TEXT",
              help="Leave out operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--report", "reports", multiple=True, metavar="FORMAT:PATH",
              help="Write a report: text, json or junit; repeatable.")  # fmt: skip
@click.option("--out", default=_OUT, show_default=True, type=click.Path(path_type=Path),
              metavar="DIR", help="Where results and findings go.")  # fmt: skip
@click.option("--plan", is_flag=True, help="Print what would be tested, send nothing.")
@click.pass_context
def test(
    ctx: click.Context,
    document: str,
    url: str | None,
    mock: bool,
    profile_path: Path | None,
    seed: int,
    max_cases: int,
    max_time: float | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    reports: tuple[str, ...],
    out: Path,
    plan: bool,
) -> None:
    """Run the suite once."""
    from contracts import report as reporting
    from contracts.runner import Options

    if mock and url:
        raise click.UsageError("--mock and --url exclude each other: which one is to be tested?")
    for one in reports:
        reporting.check(one)
    contract = read(document)
    options = Options(seed=seed, walks=max_cases, max_seconds=max_time, only=only, skip=skip)
    if not any(options.wants(name) for name in contract.operations):
        click.echo(
            f"{contract.document.file}: --only and --skip leave no operation. "
            f"Known: {', '.join(contract.operations)}",
            err=True,
        )
        ctx.exit(5)
    if plan:
        _plan(contract, profile_path, url, options)
        return
    if not (mock or url or profile_path):
        raise click.UsageError("What is to be tested? Give --url URL, --profile FILE or --mock.")
    reporting.check_folder(out)
    with _target(contract, document, url, profile_path, mock=mock) as (profile, target):
        report = _tested(contract, profile, target, options)
    # What a program reads from the standard output must not be mixed with what people read.
    piped = any(one.endswith(":-") for one in reports)
    _tell(report, document, out, mock=mock, stream=sys.stderr if piped else sys.stdout)
    for one in reports:
        reporting.write(report, one)
    ctx.exit(report.exit_code)


def _plan(contract: Contract, profile_path: Path | None, url: str | None, options: Options) -> None:
    from contracts.ledger import Ledger
    from contracts.profile import load
    from contracts.report import text

    waived = {}
    if profile_path:
        waived = dict(load(profile_path, contract, url=url).not_applicable)
    ledger = Ledger(contract, waived)
    ledger.rows = {k: row for k, row in ledger.rows.items() if options.wants(row.operation)}
    text.printed(text.planned(ledger, contract), sys.stdout)
    click.echo(f"{len(ledger.rows)} rows would be tried. Nothing was sent.")


@contextmanager
def _target(
    contract: Contract, document: str, url: str | None, profile_path: Path | None, *, mock: bool
) -> Iterator[tuple[Profile, Target]]:
    """Give the profile and the target, which is closed at the end."""
    from contracts.profile import load
    from contracts.target import HttpTarget

    target: Target
    if mock:
        profile = load(profile_path or _shipped_profile(contract), contract, url=_own_url(contract))
        target = _mock(contract, document)
    else:
        profile = load(profile_path, contract, url=url)
        target = HttpTarget(profile.url, profile.timeout)
    try:
        yield profile, target
    finally:
        target.close()


def _own_url(contract: Contract) -> str:
    """Return where `conformock serve` would serve the document, for those who try a finding."""
    return f"http://127.0.0.1:4010{contract.base_path}"


def _mock(contract: Contract, document: str) -> Target:
    """Return our own mock of a document, in this process."""
    from contracts.target import WsgiTarget

    try:
        create = import_module(_MOCK).create_app
    except ImportError as error:
        raise ConfigurationError(
            "--mock",
            f"the mock is not installed (the module {error.name!r} is missing)",
            advice="Install it with: pip install 'conformock[mock]'",
        ) from None
    return WsgiTarget(create([find(document)]), contract.base_path)


def _shipped_profile(contract: Contract) -> Path | None:
    """Return the profile that comes with the mock's fixtures, None where there is none."""
    try:
        folder = resources.files(f"{_MOCK}.fixtures")
    except ModuleNotFoundError:
        return None
    path = Path(str(folder / f"{contract.name}.profile.toml"))
    return path if path.is_file() else None


def _tested(contract: Contract, profile: Profile, target: Target, options: Options) -> Report:
    from contracts.runner import run

    with _progress() as progress, _interruptible(target) as patient:
        report = run(contract, profile, patient, options, progress=progress)
    if report.lost and not report.log:
        # No answer ever came: there is nothing to report on.
        error = ConformockError(report.lost)
        error.exit_code = 3
        raise error
    return report


@dataclass
class _Interruptible:
    """A target that can be interrupted between two requests only, so that a walk can clean up."""

    target: Target
    wanted: bool = False

    @property
    def base(self) -> str:
        return self.target.base

    def send(self, request: RawRequest) -> RawAnswer:
        if self.wanted:
            self.wanted = False
            raise KeyboardInterrupt
        return self.target.send(request)

    def close(self) -> None:
        self.target.close()


@contextmanager
def _interruptible(target: Target) -> Iterator[Target]:
    """Give the target, which the first Ctrl-C interrupts; the second one ends it all at once."""
    patient = _Interruptible(target)
    if threading.current_thread() is not threading.main_thread():
        yield patient
        return

    def interrupt(*_: object) -> None:
        patient.wanted = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield patient
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(report: Report, document: str, out: Path, *, mock: bool, stream: TextIO) -> None:
    """Save a run and print it."""
    from contracts import report as reporting
    from contracts.report import text

    reporting.save(report, out, document, mock=mock)
    text.show(report, stream, out / "findings")
    click.echo(f"report: {out / 'report.txt'}", file=stream)
    if report.interrupted:
        click.echo("interrupted: the report holds what was found until then", err=True)
    if report.lost:
        click.echo(f"{report.lost} The report holds what was found until then.", err=True)


# -- progress -------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that is told phase, done and total; it writes to the standard error."""
    if not sys.stderr.isatty():
        yield _Lines().tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("starting", total=None)

        def tell(phase: str, done: int, total: int) -> None:
            bars.update(task, description=phase, completed=done, total=total)

        yield tell


@dataclass
class _Lines:
    """One plain line for each phase."""

    _phase: str = ""

    def tell(self, phase: str, done: int, total: int) -> None:
        if phase != self._phase:
            self._phase = phase
            click.echo(f"{phase}: {total}", err=True)


# -- replay ---------------------------------------------------------------------------------------


_REPLAY_HELP = """Send the requests of the finding in FILE again, from a fresh start.

Without --profile, the secrets are taken from environment variables such as WRITER_TOKEN. Exits
with 1 when the contradiction is still there, with 0 when it is gone.

\b
Example:
  conformock replay conformock-report/findings/F-5c79e8a7.json --profile staging.toml
"""


@click.command(help=_REPLAY_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--url", metavar="URL", help="The target; in place of the one in FILE.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of the target; in place of what is in FILE.")  # fmt: skip
@click.pass_context
def replay(ctx: click.Context, file: Path, url: str | None, profile_path: Path | None) -> None:
    """Replay one finding."""
    from contracts import replay as replaying
    from contracts.profile import load
    from contracts.target import HttpTarget

    saved = replaying.read(file)
    contract = read(saved.document)
    target: Target
    if saved.mock and not url:
        chosen = profile_path or _shipped_profile(contract)
        profile = load(chosen, contract, url=_own_url(contract))
        target = _mock(contract, saved.document)
    else:
        recorded = url or str(saved.data["target"]["url"])
        if profile_path:
            profile = load(profile_path, contract, url=recorded)
        else:
            profile = replaying.profile(saved, recorded)
        target = HttpTarget(profile.url, profile.timeout)
    show = partial(_show, profile)
    try:
        found = replaying.replay(saved, contract, profile, target, show=show)
    finally:
        target.close()
    if found is None:
        click.echo("gone: every answer is as documented")
        return
    from contracts.report.hidden import forms
    from contracts.steps import redacted

    still = "still there" if found.cause == saved.cause else "another contradiction"
    click.echo(redacted(f"{still}: {found.sentence}", forms(profile)))
    click.echo(f"document: {found.place}")
    ctx.exit(1)


def _show(profile: Profile, exchange: Exchange) -> None:
    from contracts.report.hidden import forms
    from contracts.steps import redacted

    request = exchange.request
    line = redacted(f"{request.method} {request.target}", forms(profile))
    click.echo(f"{line} -> {exchange.answer.status}")


# -- demo -----------------------------------------------------------------------------------------


_DEMO_HELP = """Start the mock on a free port, test it against all shipped documents.

Prints the ledger and where the report is. The exit code is that of `conformock test`.

\b
Example:
  conformock demo --out demo-report
"""


@click.command(help=_DEMO_HELP)
@click.option("--out", default=_OUT, show_default=True, type=click.Path(path_type=Path),
              metavar="DIR", help="Where results and findings go.")  # fmt: skip
@click.option("--max-cases", default=20, show_default=True, type=click.IntRange(0),
              metavar="N", help="The number of random walks.")  # fmt: skip
@click.pass_context
def demo(ctx: click.Context, out: Path, max_cases: int) -> None:
    """Test the mock against every shipped document."""
    from contracts import report as reporting
    from contracts.profile import load
    from contracts.runner import Options
    from contracts.target import HttpTarget

    reporting.check_folder(out)
    began = time.monotonic()
    codes = []
    with _served(tuple(shipped())) as url:
        click.echo(f"the mock answers at {url}", err=True)
        for name in shipped():
            contract = read(name)
            profile = load(_shipped_profile(contract), contract, url=url + contract.base_path)
            target = HttpTarget(profile.url, profile.timeout)
            try:
                report = _tested(contract, profile, target, Options(walks=max_cases))
            finally:
                target.close()
            _tell(report, name, out / name, mock=True, stream=sys.stdout)
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
    command = [sys.executable, "-m", _MOCK, *documents, "--port", "0"]
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
