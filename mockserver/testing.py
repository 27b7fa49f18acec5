"""Run a real mock for the length of a test: another process, a free port, clean at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO
from urllib.parse import urlsplit

from mockserver.cli import READY
from spec import TargetUnreachable, read
from spec.document import shipped

_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A mock that answers: `urls` are the base URLs by document, `url` is the first one."""

    origin: str
    urls: dict[str, str]
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The base URL of the first document."""
        return next(iter(self.urls.values()))

    @property
    def admin(self) -> str:
        """The URL of the admin API."""
        return f"{self.origin}/__admin"

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return urlsplit(self.origin).port or 0


@contextmanager
def running(
    documents: Sequence[str] = (), port: int = 0, *, arguments: Sequence[str] = ()
) -> Iterator[Running]:
    """Give a mock of the documents, served by another process until the block is left.

    It serves all shipped ones when none is named.

    Raises: TargetUnreachable: it did not start; the reason is what it printed.
    """
    command = ["mockserver", *documents, "--port", str(port), *arguments]
    with _running(command, documents or [*shipped()], port) as mock:
        yield mock


@contextmanager
def running_mutant(
    document: str, number: int, port: int = 0, *, arguments: Sequence[str] = ()
) -> Iterator[Running]:
    """Give a mutant of the mock by its number, served by another process until the block is left.

    Raises: TargetUnreachable: it did not start; the reason is what it printed.
    """
    command = ["mockserver.mutants", document, str(number), "--port", str(port), *arguments]
    with _running(command, [document], port) as mutant:
        yield mutant


@contextmanager
def _running(command: Sequence[str], documents: Sequence[str], port: int) -> Iterator[Running]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        origin, printer = _ready(process, port)
        urls = {one.name: origin + one.base_path for one in map(read, documents)}
        yield Running(origin, urls, process)
        _stop(process)
        printer.join(_PATIENCE)
    finally:
        _stop(process)


def _ready(process: subprocess.Popen[str], port: int) -> tuple[str, threading.Thread]:
    """Return the server's origin once it answers, and the thread that goes on reading."""
    assert process.stdout is not None
    watch = threading.Timer(_PATIENCE, process.kill)
    watch.start()
    printed = []
    try:
        for line in process.stdout:
            printed.append(line.strip())
            if line.startswith(f"{READY} "):
                printer = threading.Thread(target=_pass_on, args=(process.stdout,), daemon=True)
                printer.start()
                return line.split()[1], printer
    finally:
        watch.cancel()
    process.stdout.close()
    raise TargetUnreachable(f"http://127.0.0.1:{port}", " ".join(printed) or "it printed nothing")


def _pass_on(output: TextIO) -> None:
    """Read what the mock prints, so that it never waits for a reader."""
    with output:
        for line in output:
            sys.stderr.write(line)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
