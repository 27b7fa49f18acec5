"""`conformock test`: an implementation against a document."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contracts.cli.running import (
    OUT,
    check_chosen,
    for_people,
    own_mock,
    own_profile,
    tell,
    tested,
)
from spec import Contract, read
from spec.cli import overlaid
from spec.document import shipped

if TYPE_CHECKING:
    from contracts.profile import Profile
    from contracts.run.results import Options
    from contracts.target import Target

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
@overlaid
@click.option("--url", metavar="URL", help="The target; in place of the profile's.")
@click.option("--mock", is_flag=True, help="Test our own mock, in process.")
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What you know of the target (TOML).")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--walks", default=60, show_default=True, type=click.IntRange(0),
              metavar="N", help="Random walks, after all that is constructed.")  # fmt: skip
@click.option("--max-cases", type=click.IntRange(1), metavar="N",
              help="Play at most so many scenarios, the cheapest first.")  # fmt: skip
@click.option("--max-time", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="Begin nothing new after so long.")  # fmt: skip
@click.option("--quick", is_flag=True,
              help="Leave each row of the ledger alone once it is proven.")  # fmt: skip
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64),
              metavar="N", help="Processes that share the scenarios.")  # fmt: skip
@click.option("--only", multiple=True, metavar="TEXT",
              help="Test only operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--skip", multiple=True, metavar="TEXT",
              help="Leave out operations with TEXT in their id; repeatable.")  # fmt: skip
@click.option("--report", "reports", multiple=True, metavar="FORMAT:PATH",
              help="Write a report: text, json or junit; repeatable.")  # fmt: skip
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path),
              metavar="DIR", help="Where results and findings go.")  # fmt: skip
@click.option("--plan", is_flag=True, help="Print what would be tested, send nothing.")
@click.pass_context
def test(
    ctx: click.Context,
    document: str,
    overlays: tuple[str, ...],
    url: str | None,
    mock: bool,
    profile_path: Path | None,
    seed: int,
    walks: int,
    max_cases: int | None,
    max_time: float | None,
    quick: bool,
    workers: int,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    reports: tuple[str, ...],
    out: Path,
    plan: bool,
) -> None:
    """Run the suite once."""
    from contracts import report as reporting
    from contracts.run.results import Options

    if mock and url:
        raise click.UsageError("--mock and --url exclude each other: which one is to be tested?")
    for one in reports:
        reporting.check(one)
    contract = read(document, overlays=overlays)
    options = Options(
        seed=seed,
        walks=walks,
        cases=max_cases,
        max_seconds=max_time,
        only=only,
        skip=skip,
        quick=quick,
        workers=workers,
    )
    check_chosen(contract, options)
    if plan:
        _plan(contract, profile_path, url, options)
        return
    if not (mock or url or profile_path):
        raise click.UsageError("What is to be tested? Give --url URL, --profile FILE or --mock.")
    reporting.check_folder(out)
    own = own_mock(contract, document, overlays=overlays) if mock else None
    with _target(contract, own, url, profile_path) as (profile, target):
        report = tested(contract, profile, target, options)
    tell(report, document, out, mock=mock, stream=for_people(reports), overlays=overlays)
    for one in reports:
        reporting.write(report, one)
    ctx.exit(report.exit_code)


def _plan(contract: Contract, profile_path: Path | None, url: str | None, options: Options) -> None:
    from contracts.profile import load
    from contracts.report import text
    from contracts.run.ledger import Ledger

    ledger = Ledger(contract)
    if profile_path:
        profile = load(profile_path, contract, url=url)
        ledger = Ledger(contract, profile.not_applicable, profile.off_limits)
    ledger.rows = {k: row for k, row in ledger.rows.items() if options.wants(row.operation)}
    text.printed(text.planned(ledger, contract), sys.stdout)
    click.echo(f"{len(ledger.rows)} rows would be tried. Nothing was sent.")


@contextmanager
def _target(
    contract: Contract, own: Target | None, url: str | None, profile_path: Path | None
) -> Iterator[tuple[Profile, Target]]:
    """Give the profile and the target, our own mock or another, which is closed at the end."""
    from contracts.profile import load
    from contracts.target import HttpTarget

    target: Target
    if own is not None:
        profile = own_profile(contract, profile_path)
        target = own
    else:
        profile = load(profile_path, contract, url=url)
        target = HttpTarget(profile.url, profile.timeout)
    try:
        yield profile, target
    finally:
        target.close()
