"""The suite against servers that share no code with the project; prints the table of defects.

python -m tests.agreement.independent DOCUMENT [DEFECT …]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from contracts.profile import Profile
from contracts.profile import load as load_profile
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import HttpTarget
from spec import read
from tests.independent import edgeiq_server, fleet_server, memfault_server

SERVERS = {"fleet": fleet_server, "edgeiq": edgeiq_server, "memfault": memfault_server}
PROFILES = Path(__file__).parent.parent / "independent"

BEYOND: dict[str, dict[str, str]] = {
    "fleet": {
        "duplicate-keys-accepted": "readers of JSON differ on repeated keys",
        "archived-hidden": "the profile names no archived device, and none can be made",
        "assign-ends-maintenance": "no device in maintenance is the tester's own to change",
    },
    "edgeiq": {
        "entries-reversed": "the document does not say in which order the entries come",
        "bulk-updated-at-stays": "the document does not say that progress moves updated_at",
    },
    "memfault": {
        "basic-empty-user-refused": "the profile has no credential with an empty user",
    },
}
"""Defects that this profile gives a tester no way to see, with the reason."""


@dataclass(frozen=True)
class Result:
    """What a run on one defective server found."""

    document: str
    defect: str
    exit_code: int
    findings: tuple[str, ...]
    shortest: int
    requests: int
    seconds: float


contract = cache(read)


def profile(document: str, url: str) -> Profile:
    """Return what a tester is told about a document's server."""
    return load_profile(PROFILES / f"{document}_profile.toml", contract(document), url=url)


def trial(
    document: str,
    defect: str | None,
    *,
    seed: int = 0,
    walks: int = 0,
    only: tuple[str, ...] = (),
    quick: bool = False,
) -> Report:
    """Run the suite once against a fresh server."""
    with SERVERS[document].start(defect) as server:
        target = HttpTarget(server.url)
        options = Options(seed=seed, walks=walks, only=only, quick=quick)
        try:
            return run(contract(document), profile(document, server.url), target, options)
        finally:
            target.close()


def result(document: str, defect: str) -> Result:
    """Return what is found of one defect."""
    began = time.perf_counter()
    report = trial(document, defect)
    found = list(report.findings)
    return Result(
        document=document,
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
        why = BEYOND[one.document].get(one.defect, "why?")
        mark = "found" if one.exit_code == 1 else f"MISSED ({why})"
        first = one.findings[0] if one.findings else ""
        count = f"{len(one.findings)} finding(s)  {one.shortest} step(s)"
        lines.append(f"{one.defect:36} {mark:7} {count}  {first}")
    return "\n".join(lines)


def main() -> None:
    """Run every defect on two processes and print the table with its totals."""
    document, *names = sys.argv[1:]
    names = names or list(SERVERS[document].DEFECTS)
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(result, [document] * len(names), names))
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
