"""`conformock power`: how many bugs of the mock the suite finds."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contracts.cli.running import MOCK, own_profile
from spec import ConfigurationError, ConformockError, nearest, read
from spec.cli import overlaid
from spec.document import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contracts.power.trials import Bench, Mutant

_POWER_HELP = f"""Measure the suite against mutants of DOCUMENT's mock and print what it kills.

A mutant is the mock with one bug that a real implementation may have; they are derived from the
document and its vocabulary. DOCUMENT is a shipped name ({", ".join(shipped())}) or the path of an
OpenAPI file. Survivors are listed with the line of the document that they violate.

\b
Example:
  conformock power {next(iter(shipped()))} --workers 2 --out power.json

\b
Exit codes:
  0 all were killed · 1 some survive, or the mock itself is found wanting
  2 usage, configuration or document error · 5 nothing selected · 130 interrupted
"""


@click.command(help=_POWER_HELP)
@click.argument("document")
@overlaid
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the table as JSON.")  # fmt: skip
@click.option("--profile", "profile_path", metavar="FILE", type=click.Path(path_type=Path),
              help="What the suite is told of the mock; its own unless given.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--walks", default=20, show_default=True, type=click.IntRange(0), metavar="N",
              help="Random walks, after all that is constructed.")  # fmt: skip
@click.option("--max-time", default=30.0, show_default=True, metavar="SECONDS",
              type=click.FloatRange(0, min_open=True),
              help="Begin nothing new on one mutant after so long.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Leave each row of the ledger alone once it is proven.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), metavar="N",
              help="Processes that share the mutants.")  # fmt: skip
@click.option("--only", multiple=True, metavar="TEXT",
              help="Try only mutants with TEXT in their class, kind or name.")  # fmt: skip
@click.pass_context
def power(
    ctx: click.Context,
    document: str,
    overlays: tuple[str, ...],
    out: Path | None,
    profile_path: Path | None,
    seed: int,
    walks: int,
    max_time: float,
    quick: bool,
    workers: int,
    only: tuple[str, ...],
) -> None:
    """Try every mutant."""
    from contracts.power import telling
    from contracts.power.measure import Errand, Power, trials
    from contracts.report.text import printed
    from contracts.run.results import Options

    contract = read(document, overlays=overlays)
    profile = own_profile(contract, profile_path)
    options = Options(seed=seed, walks=walks, max_seconds=max_time, quick=quick, first=True)
    if out is not None:
        _check_writable(out)
    errand = Errand(contract.document, profile, options)
    bench = errand.bench()
    chosen = _chosen(bench.mutants, only)
    if not chosen:
        click.echo(_nothing(bench.mutants, only), err=True)
        ctx.exit(5)
    clean = _clean(bench)
    began = time.monotonic()
    found = []
    for one in trials(errand, chosen, workers):
        found.append(one)
        if sys.stderr.isatty():
            click.echo(f"\r{len(found)}/{len(chosen)}", nl=False, err=True)
    result = Power(contract.name, tuple(found), time.monotonic() - began, *clean)
    printed(telling.lines(result), sys.stdout)
    if out is not None:
        out.write_text(telling.rendered(result), "utf-8")
        click.echo(f"table: {out}")
    ctx.exit(1 if result.survivors else 0)


def _check_writable(out: Path) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.open("a").close()
    except OSError as error:
        raise ConfigurationError(
            f"--out {out}", f"it cannot be written ({error.strerror})", "a path that can be"
        ) from None


def _chosen(mutants: Sequence[Mutant], only: tuple[str, ...]) -> list[int]:
    return [
        number
        for number, one in enumerate(mutants)
        if not only
        or any(text in f"{one.group} {one.kind} {one.operation} {one.name}" for text in only)
    ]


def _nothing(mutants: Sequence[Mutant], only: tuple[str, ...]) -> str:
    if not mutants:
        return "nothing in this document can be got wrong in a way that we know of"
    known = list(dict.fromkeys(word for one in mutants for word in (one.group, one.kind)))
    close = nearest(only[0], known)
    return f"--only leaves no mutant. Classes and kinds: {', '.join(known)}." + (
        f" Did you mean {close!r}?" if close else ""
    )


def _clean(bench: Bench) -> tuple[int, float]:
    """Return how many requests and seconds the mock itself takes, in which nothing is found.

    Raises: MockContradicted: something is; then no mutant would tell anything.
    """
    create = import_module(MOCK).create_app
    report = bench.clean(lambda **choices: create([bench.contract], **choices))
    for finding in report.findings:
        raise MockContradicted(finding.contradiction.sentence)
    return report.requests, report.seconds


class MockContradicted(ConformockError):  # noqa: N818 - it says what happened
    """The suite finds fault with the mock itself, so its power cannot be measured."""

    exit_code = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(f"the mock itself is contradicted: {sentence}")
