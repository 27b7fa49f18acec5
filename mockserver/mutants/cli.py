"""The mutants of a document for other tools: a list of them, and any one of them over HTTP."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NoReturn

import click

from mockserver.cli import frozen_at
from mockserver.jobs import FASTEST, MODES, RATE, Mode, Pace
from mockserver.mutants import GROUPS, Mutant, Mutants, mutants
from spec import ConfigurationError, ConformockError, read

_PROGRAM = "python -m mockserver.mutants"
_HELP = """List the mutants of DOCUMENT, or serve the one with a NUMBER until Ctrl-C.

A DOCUMENT is a shipped name or the path of an OpenAPI file. A mutant is the mock with one bug; the
list has its number, group, kind and name, and the reason where it is doubtful.

\b
Example:
  python -m mockserver.mutants openapi.yaml
  python -m mockserver.mutants openapi.yaml 7 --port 0
"""


@click.command(help=_HELP)
@click.argument("document")
@click.argument("number", required=False, type=int)
@click.option("--every", is_flag=True, help="Take also those that are left out otherwise.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=4010,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes a free one.",
)
@click.option("--fixtures", metavar="FILE", help="First records, in place of the shipped ones.")
@click.option("--seed", default=0, show_default=True, help="The seed of everything random.")
@click.option("--clock", default="real", show_default=True, metavar="TIME", help="real, or a time.")
@click.option("--jobs", default="time", show_default=True, type=click.Choice(MODES))
@click.option(
    "--rate",
    default=RATE,
    show_default=True,
    type=click.FloatRange(0, FASTEST, min_open=True),
    help="How many items a second each job does.",
)
def main(
    document: str,
    number: int | None,
    every: bool,
    host: str,
    port: int,
    fixtures: str | None,
    seed: int,
    clock: str,
    jobs: Mode,
    rate: float,
) -> None:
    """List the mutants or serve one."""
    try:
        if number is None:
            click.echo("\n".join(_listed(derived(document, every))))
            return
        numbered(document, number, every)
        from mockserver.mutants.serving import Served, announce
        from mockserver.server import free_port, serve

        options = Served(
            documents=(document,),
            fixtures=fixtures,
            seed=seed,
            frozen=frozen_at(clock),
            jobs=Pace(jobs, rate),
            host=host,
            port=port,
            number=number,
            every=every,
        )
        options.app()
        serve(replace(options, port=free_port(host, port)), announce)
    except ModuleNotFoundError as error:
        _give_up(f"{error}. Install what the mock needs: pip install 'conformock[mock]'", 2)
    except ConformockError as error:
        _give_up(str(error), error.exit_code)


@cache
def derived(document: str, every: bool) -> Mutants:
    """Return the mutants of a document; a forked worker has them from its parent."""
    return mutants(read(document), every=every)


def numbered(document: str, number: int, every: bool) -> Mutant:
    """Return a mutant by its number in the list, which begins with 1.

    Raises: ConfigurationError: the list is shorter than that.
    """
    found = derived(document, every)
    if not 1 <= number <= len(found):
        expected = f"a number from 1 to {len(found)}"
        raise ConfigurationError(document, f"there is no mutant {number}", expected)
    return found[number - 1]


def _listed(found: Mutants) -> Iterator[str]:
    for number, one in enumerate(found, 1):
        doubt = f"  [doubtful: {one.doubt}]" if one.doubt else ""
        yield f"{number:>5}  {one.group:<14}  {one.kind:<20}  {one.name}{doubt}"
    sums = Counter(one.group for one in found)
    rest = Counter[str]()
    for (group, _, _), left in found.left_out.items():
        rest[group] += left
    yield ", ".join(f"{group} {sums[group]}" for group in GROUPS if sums[group])
    yield f"{len(found)} mutants; {rest.total()} more of the same kinds are left out"


def _give_up(reason: str, code: int) -> NoReturn:
    click.echo(f"{_PROGRAM}: {reason}", err=True)
    sys.exit(code)
