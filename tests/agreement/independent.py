"""The suite against a server that shares no code with the project; prints the table of defects.

python -m tests.agreement.independent [DEFECT …]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from contracts.profile import load as load_profile
from contracts.runner import Options, Report, run
from contracts.target import HttpTarget
from spec import read
from tests.independent import fleet_server

PROFILE = Path(__file__).parent.parent / "independent" / "fleet_profile.toml"
CONTRACT = read("fleet")

BEYOND = {
    "duplicate-keys-accepted": "readers of JSON differ on repeated keys, so any answer is admitted",
    "archived-hidden": "the profile names no archived device, and none can be made",
    "assign-ends-maintenance": "no device in maintenance is the tester's own to change",
}
"""Defects that this profile gives a tester no way to see, with the reason."""


@dataclass(frozen=True)
class Result:
    """What a run on one defective server found."""

    defect: str
    exit_code: int
    findings: tuple[str, ...]
    shortest: int
    requests: int
    seconds: float


def trial(defect: str | None, *, seed: int = 0, walks: int = 0) -> Report:
    """Run the suite once against a fresh server."""
    with fleet_server.start(defect) as server:
        profile = load_profile(PROFILE, CONTRACT, url=server.url)
        target = HttpTarget(server.url)
        try:
            return run(CONTRACT, profile, target, Options(seed=seed, walks=walks))
        finally:
            target.close()


def result(defect: str) -> Result:
    """Return what is found of one defect."""
    began = time.perf_counter()
    report = trial(defect)
    found = list(report.findings)
    return Result(
        defect=defect,
        exit_code=report.exit_code,
        findings=tuple(one.contradiction.sentence for one in found),
        shortest=min((len(one.steps) for one in found), default=0),
        requests=report.requests,
        seconds=time.perf_counter() - began,
    )


def table(results: Iterable[Result]) -> str:
    """Return the results as lines: found or not, findings, steps, the sentence of the first."""
    lines = []
    for one in results:
        mark = "found" if one.exit_code == 1 else f"MISSED ({BEYOND.get(one.defect, 'why?')})"
        first = one.findings[0] if one.findings else ""
        count = f"{len(one.findings)} finding(s)  {one.shortest} step(s)"
        lines.append(f"{one.defect:36} {mark:7} {count}  {first}")
    return "\n".join(lines)


def main() -> None:
    """Run every defect on two processes and print the table with its totals."""
    names = sys.argv[1:] or list(fleet_server.DEFECTS)
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(result, names))
    print(table(results))
    found = [one for one in results if one.exit_code == 1]
    several = [one.defect for one in found if len(one.findings) > 1]
    print(f"{len(found)} of {len(results)} found; more than one finding: {several}")
    for one in found:
        if len(one.findings) > 1:
            print(f"  {one.defect}", *one.findings, sep="\n    ")
    if found:
        print(f"median steps {median(one.shortest for one in found)}, requests a run", end=" ")
        print(
            f"{median(one.requests for one in found)}, {median(one.seconds for one in found):.1f} s"
        )


if __name__ == "__main__":
    main()
