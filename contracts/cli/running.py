"""What the commands share: our own mock as a target, one run of the suite, and telling of it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from importlib import import_module, resources
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from contracts.cli.progress import progress
from spec import ConfigurationError, ConformockError, Contract, RawAnswer, RawRequest
from spec.document import find

if TYPE_CHECKING:
    from contracts.profile import Profile
    from contracts.run.results import Options, Report
    from contracts.target import Target

MOCK = "mockserver"
OUT = Path("conformock-report")


def check_chosen(contract: Contract, options: Options) -> None:
    """End the command with 5 when --only and --skip leave no operation."""
    if any(options.wants(name) for name in contract.operations):
        return
    click.echo(
        f"{contract.document.file}: --only and --skip leave no operation. "
        f"Known: {', '.join(contract.operations)}",
        err=True,
    )
    sys.exit(5)


def for_people(reports: Sequence[str]) -> TextIO:
    """Return the stream for people; standard output is a report's alone where one goes there."""
    return sys.stderr if any(one.endswith(":-") for one in reports) else sys.stdout


def own_url(contract: Contract) -> str:
    """Return where `conformock serve` would serve the document, for those who try a finding."""
    return f"http://127.0.0.1:4010{contract.base_path}"


def own_mock(
    contract: Contract,
    document: str,
    *,
    overlays: Sequence[str] = (),
    fixtures: Path | None = None,
) -> Target:
    """Return our own mock of a document with its overlays, in this process.

    `fixtures` take the shipped ones' place. Its clock goes by being looked at, so that nothing
    depends on the pace of a machine. With fixtures of somebody else, whose times are of today, it
    is the real one.
    """
    from contracts.target import BY_LOOKS, wsgi

    try:
        import_module(MOCK)
    except ImportError as error:
        raise ConfigurationError(
            "--mock",
            f"the mock is not installed (the module {error.name!r} is missing)",
            advice="Install it with: pip install 'conformock[mock]'",
        ) from None
    clock = BY_LOOKS if fixtures is None else {}
    documents = [find(document)]
    return wsgi(
        f"{MOCK}:create_app",
        contract.base_path,
        documents=documents,
        overlays=[*overlays],
        fixtures=fixtures,
        **clock,
    )


def shipped_profile(contract: Contract) -> Path | None:
    """Return the profile that comes with the mock's fixtures, None where there is none."""
    try:
        folder = resources.files(f"{MOCK}.fixtures")
    except ModuleNotFoundError:
        return None
    path = Path(str(folder / f"{contract.name}.profile.toml"))
    return path if path.is_file() else None


def own_profile(contract: Contract, path: Path | None) -> Profile:
    """Return what is known of our own mock: the profile given, the shipped one, or what is plain.

    Where nobody has written fixtures it takes any credential.
    """
    from contracts.profile import Credential, load

    path = path or shipped_profile(contract)
    profile = load(path, contract, url=own_url(contract))
    if path is not None:
        return profile
    scheme = contract.scheme(None)
    secret = "anyone:anyones-key" if scheme and scheme.basic else "anyones-key"
    anyone = Credential("anyone", secret, {}, scheme.name) if scheme else None
    return replace(
        profile,
        isolation="session",
        any_credential=True,
        credentials={anyone.name: anyone} if anyone else {},
    )


def tested(contract: Contract, profile: Profile, target: Target, options: Options) -> Report:
    """Run the suite, showing how far it is; the first Ctrl-C ends it between two requests.

    Raises: ConformockError: no answer ever came; exit code 3.
    """
    from contracts.run.runner import run

    # Several processes are interrupted by the one that leads them, which sends nothing itself.
    patiently = interruptible(target) if options.workers == 1 else nullcontext(target)
    with progress() as told, patiently as patient:
        report = run(contract, profile, patient, options, progress=told)
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

    def another(self) -> Target:
        return self.target.another()


@contextmanager
def interruptible(target: Target) -> Iterator[Target]:
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


def tell(
    report: Report,
    document: str,
    out: Path,
    *,
    mock: bool,
    stream: TextIO,
    overlays: Sequence[str] = (),
) -> None:
    """Save a run and print it."""
    from contracts import report as reporting
    from contracts.report import text

    reporting.save(report, out, document, mock=mock, overlays=overlays)
    text.show(report, stream, out / "findings")
    click.echo(f"report: {out / 'report.txt'}", file=stream)
    if report.interrupted:
        click.echo("interrupted: the report holds what was found until then", err=True)
    if report.lost:
        click.echo(f"{report.lost} The report holds what was found until then.", err=True)
