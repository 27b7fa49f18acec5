"""`conformock compare`: the same sequences against two implementations."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

import click

from contracts.cli.progress import progress
from contracts.cli.running import interruptible, own_mock, own_url
from spec import ConfigurationError, Contract, read
from spec.document import shipped

if TYPE_CHECKING:
    from contracts.compare import Comparison, Grounds
    from contracts.profile import Profile
    from contracts.run.results import Options
    from contracts.target import Target

MOCK = "mock"
OUT = Path("conformock-comparison")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {"http": 80, "https": 443}

_COMPARE_HELP = f"""Send the same sequences to two implementations and report where they differ.

DOCUMENT is a shipped name ({", ".join(shipped())}) or the path of an OpenAPI file. A is the target
at --url, B the reference: another URL, or our own mock, which then begins with the credentials and
records that --profile tells of. Keys and times are compared by the part they play. Of each
difference it is said which side contradicts the document, or that both are admitted; it comes with
the shortest sequence of requests, once for A and once for B.

Without --reference-profile, --profile is that of both. With it, credentials are matched by name and
known records by their place. A credential that one side only has is not used.

\b
Example:
  conformock compare openapi.yaml --url https://new.example.com/v1 \\
      --reference https://old.example.com/v1 --profile staging.toml
  conformock compare {next(iter(shipped()))} --url http://127.0.0.1:8080/base \\
      --profile staging.toml --reference mock

\b
Exit codes:
  0 no divergence · 1 divergences, whoever contradicts the document; unstable
  differences do not count · 2 usage, configuration or document error
  3 a target unreachable or credentials refused · 4 cut short, or nothing could be
  compared · 5 nothing selected · 130 interrupted
"""


@click.command(help=_COMPARE_HELP)
@click.argument("document")
@click.option("--url", metavar="URL", help="A, the target; in place of the profile's.")
@click.option("--reference", metavar="URL|mock", help="B, what it is compared with.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of A, and of B (TOML).")  # fmt: skip
@click.option("--reference-profile", "other_path", metavar="FILE",
              type=click.Path(path_type=Path), help="What you know of B alone.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--walks", default=60, show_default=True, type=click.IntRange(0),
              metavar="N", help="Random walks, after all that is constructed.")  # fmt: skip
@click.option("--max-cases", type=click.IntRange(1), metavar="N",
              help="Play at most so many scenarios, the cheapest first.")  # fmt: skip
@click.option("--max-time", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="Begin nothing new after so long.")  # fmt: skip
@click.option("--only", multiple=True, metavar="TEXT",
              help="Compare only operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--skip", multiple=True, metavar="TEXT",
              help="Leave out operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--report", "reports", multiple=True, metavar="FORMAT:PATH",
              help="Write a report: text, json or junit; repeatable.")  # fmt: skip
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path),
              metavar="DIR", help="Where results and scripts go.")  # fmt: skip
@click.pass_context
def compare(
    ctx: click.Context,
    document: str,
    url: str | None,
    reference: str | None,
    profile_path: Path | None,
    other_path: Path | None,
    seed: int,
    walks: int,
    max_cases: int | None,
    max_time: float | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    reports: tuple[str, ...],
    out: Path,
) -> None:
    """Compare two implementations once."""
    from contracts import report as reporting
    from contracts.report import compared
    from contracts.run.results import Options

    for one in reports:
        reporting.check(one, compared.FORMATS)
    contract = read(document)
    options = Options(
        seed=seed, walks=walks, cases=max_cases, max_seconds=max_time, only=only, skip=skip
    )
    if not any(options.wants(name) for name in contract.operations):
        click.echo(
            f"{contract.document.file}: --only and --skip leave no operation. "
            f"Known: {', '.join(contract.operations)}",
            err=True,
        )
        ctx.exit(5)
    if not (url or profile_path):
        raise click.UsageError("What is to be compared? Give --url URL or --profile FILE.")
    if not (reference or other_path):
        raise click.UsageError(
            f"With what is it to be compared? Give --reference URL or --reference {MOCK}."
        )
    reporting.check_folder(out)
    with ExitStack() as stack:
        left = stack.enter_context(_target(contract, profile_path, url))
        if reference == MOCK:
            right = stack.enter_context(_mock(contract, document, left, other_path, options))
        else:
            right = stack.enter_context(
                _reference(contract, left[0], other_path or profile_path, reference)
            )
        found = _compared(right[0], left[1], right[1], options)
    found.mock = reference == MOCK
    # What a program reads from the standard output must not be mixed with what people read.
    piped = any(one.endswith(":-") for one in reports)
    _tell(found, out, stream=sys.stderr if piped else sys.stdout)
    for one in reports:
        compared.write(found, one)
    ctx.exit(found.exit_code)


# -- the two sides --------------------------------------------------------------------------------


@contextmanager
def _target(
    contract: Contract, path: Path | None, url: str | None
) -> Iterator[tuple[Profile, Target]]:
    """Give a profile and its target, which is closed at the end."""
    from contracts.profile import load
    from contracts.target import HttpTarget

    profile = load(path, contract, url=url)
    target = HttpTarget(profile.url, profile.timeout)
    try:
        yield profile, target
    finally:
        target.close()


@contextmanager
def _reference(
    contract: Contract, left: Profile, path: Path | None, url: str | None
) -> Iterator[tuple[Grounds, Target]]:
    """Give what a reference has in common with the target, and the reference.

    Raises: ConfigurationError: it is the target itself, or the profiles do not fit together.
    """
    from contracts.compare import grounds

    with _target(contract, path, url) as (profile, target):
        if _address(profile.url) == _address(left.url):
            raise ConfigurationError(
                "--reference", f"{profile.url} is the target itself", f"another URL, or {MOCK!r}"
            )
        yield grounds(contract, left, profile), target


def _address(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.scheme, "loopback" if host in _LOOPBACK else host, port, parts.path.rstrip("/")


@contextmanager
def _mock(
    contract: Contract,
    document: str,
    left: tuple[Profile, Target],
    path: Path | None,
    options: Options,
) -> Iterator[tuple[Grounds, Target]]:
    """Give our own mock: as its profile tells, or furnished with what the target's tells."""
    from contracts.compare import as_furnished, furniture, grounds
    from contracts.profile import load
    from contracts.run.plan import nonce
    from contracts.walk import World

    profile, target = left
    url = own_url(contract)
    if path is not None:
        other = load(path, contract, url=url)
        yield grounds(contract, profile, other), own_mock(contract, document)
        return
    found = furniture(World(contract, profile, target, nonce(contract, options)))
    other = as_furnished(contract, profile, url)
    mock = _furnished(contract, document, json.dumps(found.fixtures))
    yield grounds(contract, profile, other, shared=found.shared), mock


def _furnished(contract: Contract, document: str, fixtures: str) -> Target:
    """Return our own mock with these fixtures.

    Raises: ConfigurationError: it does not take them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.json"
        path.write_text(fixtures, "utf-8")
        try:
            return own_mock(contract, document, fixtures=path)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"--reference {MOCK}",
                "the mock cannot begin with what the profile and the target tell "
                f"({error.where}: {error.found})",
                error.expected,
                "With --reference-profile it begins with its own records.",
            ) from None


# -- comparing and telling ------------------------------------------------------------------------


def _compared(grounds: Grounds, left: Target, right: Target, options: Options) -> Comparison:
    """Compare, showing how far it is; the first Ctrl-C ends it between two requests."""
    from contracts import compare as comparing

    with progress() as told, interruptible(left) as patient:
        return comparing.compare(grounds, patient, right, options, progress=told)


def _tell(found: Comparison, out: Path, *, stream: TextIO) -> None:
    from contracts.report import compared
    from contracts.report.compared import text

    compared.save(found, out)
    text.show(found, stream, out / "divergences")
    click.echo(f"report: {out / 'report.txt'}", file=stream)
    if found.interrupted:
        click.echo("interrupted: the report holds what was found until then", err=True)
    if found.lost:
        click.echo(f"{found.lost} The report holds what was found until then.", err=True)
