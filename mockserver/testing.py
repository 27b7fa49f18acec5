"""Run a real mock for the length of a test: another process, a free port, clean at the end.

    with running(["openapi.yaml"]) as mock:
        requests.get(f"{mock.url}/pets")

pytest has it as a fixture; see `mockserver.pytest_plugin`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from mockserver.cli import READY
from mockserver.remote import AdminError, MockWorld
from spec import TargetUnreachable
from spec.document import shipped

__all__ = ["AdminError", "MockWorld", "Running", "running", "running_mutant"]

_PATIENCE_S = 60.0


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

    def world(self, name: str) -> MockWorld:
        """Return the world of a session, which begins with its first request.

        A name has 1 to 64 of the characters A-Z a-z 0-9 . _ -
        """
        return MockWorld(name, self.origin, self.urls)


@contextmanager
def running(
    documents: Sequence[str] = (),
    port: int = 0,
    *,
    arguments: Sequence[str] = (),
    folder: Path | None = None,
) -> Iterator[Running]:
    """Give a mock of the documents, served by another process until the block is left.

    It serves all shipped ones when none is named, and on a free port when that is 0. `arguments`
    are more of those that `conformock serve` takes, such as `["--clock", "2024-05-03T09:15:00Z"]`;
    relative paths start from `folder`, or else from where this process works.

    Raises: TargetUnreachable: it did not start; the reason is what it printed.
    """
    command = ["mockserver", *documents, "--port", str(port), *arguments]
    with _running(command, documents or [*shipped()], port, folder) as mock:
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
def _running(
    command: Sequence[str], documents: Sequence[str], port: int, folder: Path | None = None
) -> Iterator[Running]:
    paths = [os.path.abspath(one) for one in sys.path if one]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=folder,
    )
    try:
        origin, printer = _ready(process, port)
        yield Running(origin, _urls(origin, documents), process)
        _stop(process)
        printer.join(_PATIENCE_S)
    finally:
        _stop(process)


def _ready(process: subprocess.Popen[str], port: int) -> tuple[str, threading.Thread]:
    """Return the server's origin once it answers, and the thread that goes on reading."""
    assert process.stdout is not None
    watch = threading.Timer(_PATIENCE_S, process.kill)
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


def _urls(origin: str, documents: Sequence[str]) -> dict[str, str]:
    """Return the base URLs by document, in the order in which the documents are named."""
    with build_opener(ProxyHandler({})).open(f"{origin}/__admin/version") as answer:
        served = {one["name"]: one["base_path"] for one in json.load(answer)["documents"]}
    return {name: origin + served[name] for name in (Path(one).stem for one in documents)}


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
