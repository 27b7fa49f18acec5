"""How fast the served mock is, next to granian alone in the same run; it prints, never judges.

`make bench` runs it with wrk on the PATH. Every figure is a median; the ratios carry further than
the requests a second, which another machine or a busy one changes.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from mockserver.server import free_port
from mockserver.testing import running
from tests.benchmarks.machine import machine

HERE = Path(__file__).parent
KEY = "Authorization: Bearer flt_sk_writer"
DEVICE = "/devices/3"
ROUNDS = 3
SECONDS = 3
CONNECTIONS = 8

pytestmark = pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")


@dataclass(frozen=True, slots=True)
class Speed:
    """Requests a second, and the milliseconds within which 99 of 100 were answered."""

    rate: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.rate:>8,.0f} requests/s   p99 {self.p99_ms:>7.2f} ms"


def test_requests_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    with running(("fleet",)) as mock, bare(size=1257) as baseline:
        reads, writes, alone = [], [], []
        for _ in range(ROUNDS):  # by turns, so that a busy minute is shared by all
            reads.append(measured(mock.url + DEVICE))
            writes.append(measured(mock.url + DEVICE, script="patch.lua"))
            alone.append(measured(baseline))

    read, write, floor = middle(reads), middle(writes), middle(alone)
    with capsys.disabled():
        print(f"\n{machine()}; {CONNECTIONS} connections, median of {ROUNDS} x {SECONDS} s")
        print(f"  GET one device   {read}   {read.rate / floor.rate:.2f} of granian alone")
        print(f"  PATCH one device {write}   {write.rate / floor.rate:.2f} of granian alone")
        print(f"  granian alone    {floor}")


def test_seconds_to_the_first_answer(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = [started() for _ in range(5)]

    with capsys.disabled():
        told = ", ".join(f"{one:.2f}" for one in sorted(seconds))
        print(f"\n{machine()}\n  start to first answer {median(seconds):.2f} s, median of {told}")


def started() -> float:
    began = time.perf_counter()
    with running():
        return time.perf_counter() - began


def measured(url: str, script: str | None = None) -> Speed:
    scripted = ["-s", str(HERE / script)] if script else []
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--latency", "-H", KEY]
    told = subprocess.run([*command, *scripted, url], capture_output=True, text=True, check=True)
    assert "Non-2xx" not in told.stdout, told.stdout
    assert "Socket errors" not in told.stdout, told.stdout
    rate, late = (
        re.search(pattern, told.stdout)
        for pattern in (r"Requests/sec:\s+([\d.]+)", r"\n\s+99%\s+([\d.]+)(us|ms|s)\n")
    )
    assert rate, told.stdout
    assert late, told.stdout
    return Speed(float(rate[1]), float(late[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[late[2]])


def middle(speeds: Sequence[Speed]) -> Speed:
    return Speed(median(one.rate for one in speeds), median(one.p99_ms for one in speeds))


@contextmanager
def bare(*, size: int) -> Iterator[str]:
    """The URL of granian with an app that answers `size` bytes of JSON and does nothing else."""
    port = free_port("127.0.0.1", 0)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "bare.py"), str(port), str(size)], env=environment
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        deadline = time.monotonic() + 10
        while not listens(port):
            assert time.monotonic() < deadline, "granian does not start"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
