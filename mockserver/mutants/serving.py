"""Serve a mutant over HTTP as the mock is served: in a worker process of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from mockserver.app import Mock
from mockserver.cli import READY
from mockserver.mutants.cli import numbered
from mockserver.mutants.mutant import Mutant
from mockserver.server import Options


@dataclass(frozen=True, slots=True)
class Served(Options):
    """What a served mutant is made from; plain values, since its worker is another process."""

    number: int = 1
    every: bool = False

    def mutant(self) -> Mutant:
        """Return the mutant itself."""
        return numbered(self.documents[0], self.number, self.every)

    def app(self, *, afresh: bool = False) -> Mock:
        """Return the mutant's app."""
        return self.mutant().app(
            fixtures=self.fixtures,
            seed=self.seed,
            frozen=self.frozen,
            jobs=self.jobs,
            cors=self.cors,
            admin_token=self.admin_token,
            hosts=(self.host,),
        )


def announce(url: str, options: Options, app: Mock) -> None:
    """Say which mutant answers at a URL."""
    assert isinstance(options, Served)
    one = options.mutant()
    click.echo(f"mutant {options.number}: {one.name}\nviolates {one.place}\n{READY} {url}")
    sys.stdout.flush()
