"""The shipped mocks as targets in this process, with the profile that ships beside each of them.

Their clock moves a millisecond at every look at it, so that work goes on, and times move, by what
is sent alone: a run depends on no machine's pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from contracts.profile import Profile
from contracts.profile import load as load_profile
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import WsgiTarget
from mockserver import create_app
from mockserver.factory import Source
from spec import Contract, read

DOCUMENTS = ("fleet", "edgeiq", "memfault")
_BEGIN_S = 1_800_000_000
"""2027: later than any time in the fixtures."""

contract = cache(read)


def mock(source: Source) -> Any:
    """Return the mock of one document, whose clock moves by being looked at."""
    return create_app((source,), frozen=_BEGIN_S, step=0.005)


@cache
def profile(document: str) -> Profile:
    """Return the profile that ships with a mock."""
    path = Path(str(resources.files("mockserver") / "fixtures" / f"{document}.profile.toml"))
    return load_profile(path, contract(document))


def trial(document: str, app: Any, options: Options) -> Report:
    """Run the suite, which reads the true document, against an app."""
    true: Contract = contract(document)
    return run(true, profile(document), WsgiTarget(app, true.base_path), options)


def conforming(document: str, *, seed: int, walks: int = 20, only: Sequence[str] = ()) -> Report:
    """Run the suite against the mock of the true document."""
    return trial(document, mock(document), Options(seed=seed, walks=walks, only=tuple(only)))


recorded = cache(conforming)
"""The same for whoever only looks at a report: a second run would send the same bytes again."""
