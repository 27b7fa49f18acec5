"""`conformock compare`: the same sequences against two implementations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from contracts.cli.progress import progress
from contracts.cli.running import check_chosen, for_people, interruptible, own_url
from contracts.cli.sides import MOCK, Source, sides
from spec import read
from spec.cli import overlaid
from spec.document import shipped

if TYPE_CHECKING:
    from contracts.compare import Comparison, Grounds
    from contracts.profile import Profile
    from contracts.report.compared import Origin
    from contracts.run.results import Options
    from contracts.target import Target

OUT = Path("conformock-comparison")

_COMPARE_HELP = f"""Send the same sequences to two implementations and report where they differ.

DOCUMENT is a shipped name ({", ".join(shipped())}) or the path of an OpenAPI file. A is the target
at --url, B the reference: another URL, or our own mock, which then begins with the credentials and
records that --profile tells of. Keys and times are compared by the part they play. Of each
difference it is said which side contradicts the document, or that both are admitted; it comes with
the shortest sequence of requests, once for A and once for B.

Without --reference-profile, --profile is that of both. With it, credentials are matched by name and
known records by their place. A credential that one side only has is not used. Each divergence can
be sent again with `conformock replay`.

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
@overlaid
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
    overlays: tuple[str, ...],
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
    from contracts.profile import load
    from contracts.report import compared
    from contracts.run.plan import nonce
    from contracts.run.results import Options

    for one in reports:
        reporting.check(one, compared.FORMATS)
    contract = read(document, overlays=overlays)
    options = Options(
        seed=seed, walks=walks, cases=max_cases, max_seconds=max_time, only=only, skip=skip
    )
    check_chosen(contract, options)
    if not (url or profile_path):
        raise click.UsageError("What is to be compared? Give --url URL or --profile FILE.")
    if not (reference or other_path):
        raise click.UsageError(
            f"With what is it to be compared? Give --reference URL or --reference {MOCK}."
        )
    reporting.check_folder(out)
    mock = reference == MOCK
    profile = load(profile_path, contract, url=url)
    second: Profile | None = None
    if other_path or not mock:
        address = own_url(contract) if mock else reference
        second = load(other_path or profile_path, contract, url=address)
    source = Source(contract, document, overlays, nonce(contract, options))
    with sides(source, profile, second, mock=mock) as (grounds, left, right):
        found = _compared(grounds, left, right, options)
    found.mock = mock
    origin = compared.Origin(document, overlays, own=other_path is not None)
    _tell(found, out, origin, stream=for_people(reports))
    for one in reports:
        compared.write(found, one)
    ctx.exit(found.exit_code)


def _compared(grounds: Grounds, left: Target, right: Target, options: Options) -> Comparison:
    """Compare, showing how far it is; the first Ctrl-C ends it between two requests."""
    from contracts import compare as comparing

    with progress() as told, interruptible(left) as patient:
        return comparing.compare(grounds, patient, right, options, progress=told)


def _tell(found: Comparison, out: Path, origin: Origin, *, stream: TextIO) -> None:
    from contracts.report import compared
    from contracts.report.compared import text

    compared.save(found, out, origin)
    text.show(found, stream, out / "divergences")
    click.echo(f"report: {out / 'report.txt'}", file=stream)
    if found.interrupted:
        click.echo("interrupted: the report holds what was found until then", err=True)
    if found.lost:
        click.echo(f"{found.lost} The report holds what was found until then.", err=True)
