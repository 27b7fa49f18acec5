"""How far a run is, on the standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
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
