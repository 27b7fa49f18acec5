"""The suite beside plain Schemathesis on the same mutants, each with the same wall time; it prints.

`make bench ARGS="-k mutants"` tries every 20th mutant, `EVERY=1 make bench …` all of them, which
takes hours. Our runs are in process as `conformock power` does them; Schemathesis is its command
with all checks (but the one that calls a correct 409 a defect), the writer's token and a time limit
of what our whole run on the mock takes. It ends at its first failure, as ours does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from werkzeug.serving import make_server

from contracts.power.measure import SEMANTIC
from contracts.power.trials import Bench
from contracts.run.results import Options
from mockserver import create_app
from spec import Contract, carried
from spec.document import shipped
from tests.agreement import mocks
from tests.benchmarks.machine import machine

EVERY = int(os.environ.get("EVERY", "20"))
ST = Path(sys.executable).parent / "st"
CHECKS = ["-c", "all", "--exclude-checks", "positive_data_acceptance"]


@dataclass(frozen=True)
class Both:
    """Who killed a mutant, and in how many seconds."""

    group: str
    ours: bool
    our_seconds: float
    peers: bool
    peer_seconds: float


@pytest.mark.parametrize("document", mocks.DOCUMENTS)
def test_mutants_that_are_killed(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    contract, profile = mocks.contract(document), mocks.profile(document)
    bench = Bench(contract, profile, Options(walks=20, first=True, shrink=False))
    clean = bench.clean(lambda **choices: create_app([contract], **choices))
    seconds = ceil(clean.seconds)
    header = ": ".join(carried(contract, next(iter(profile.credentials.values())).sent))
    assert not len(clean.findings)
    assert not killed(contract, lambda: create_app([contract]), header, seconds)[0]

    found = []
    for number in range(0, len(bench.mutants), EVERY):
        mutant = bench.mutants[number]
        ours = bench.trial(number)
        peers, took = killed(contract, mutant.app, header, seconds)
        found.append(Both(mutant.group, ours.killed, ours.seconds, peers, took))

    with capsys.disabled():
        print(f"\n{machine()}; {document}, every {EVERY}. mutant, {seconds} s each")
        for line in table(found):
            print(f"  {line}")


def killed(contract: Contract, app: Any, header: str, seconds: int) -> tuple[bool, float]:
    """Tell whether Schemathesis finds a failure in an app, and after how many seconds."""
    document = shipped()[contract.name]
    with served(app()) as origin:
        command = [
            *(str(ST), "run", str(document), "--url", origin + contract.base_path),
            *("--max-time", str(seconds), "--max-failures", "1", "--no-shrink"),
            *("-H", header, "--seed", "1", *CHECKS),
        ]
        began = time.perf_counter()
        told = subprocess.run(command, capture_output=True, text=True, timeout=20 * seconds + 60)
        took = time.perf_counter() - began
    assert told.returncode in {0, 1}, told.stdout + told.stderr
    return told.returncode == 1, took


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Give the origin under which an app answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def table(found: list[Both]) -> Iterator[str]:
    groups: dict[str, list[Both]] = defaultdict(list)
    for one in found:
        groups[one.group].append(one)
    groups["semantic"] = [one for one in found if one.group in SEMANTIC]
    groups["all"] = found
    yield f"{'':16}{'conformock':>20}{'Schemathesis':>22}"
    for name, some in groups.items():
        ours = [one.our_seconds for one in some if one.ours]
        peers = [one.peer_seconds for one in some if one.peers]
        yield f"{name:16}{share(ours, some):>20}{share(peers, some):>22}"


def share(seconds: list[float], some: list[Both]) -> str:
    if not some:
        return "-"
    middle = f", {median(seconds):.1f} s" if seconds else ""
    return f"{len(seconds)}/{len(some)} {100 * len(seconds) / len(some):.0f} %{middle}"
