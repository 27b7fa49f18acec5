"""Two targets side by side, whose ids and clocks have nothing in common."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

from contracts.compare import Comparison, as_furnished, compare, furniture, grounds
from contracts.profile import Profile
from contracts.profile import load as load_profile
from contracts.run.plan import nonce
from contracts.run.results import Options
from contracts.target import HttpTarget, WsgiTarget
from contracts.walk import World
from mockserver import create_app
from spec import RawAnswer, RawRequest
from tests.agreement import independent
from tests.agreement.mocks import contract, profile


def mock(document: str, *, begin_s: int, step_ms: int, seed: int, **more: Any) -> Any:
    """Return the mock of a document whose clock moves by being looked at, from `begin_s` on."""
    milliseconds = count(begin_s * 1000, step_ms)
    return create_app((document,), clock=lambda: next(milliseconds) / 1000, seed=seed, **more)


def beside(document: str, other: Any, options: Options, its: Profile | None = None) -> Comparison:
    """Compare the mock of a document with another app, which may have a profile of its own."""
    true = contract(document)
    mine = mock(document, begin_s=1_900_000_000, step_ms=3, seed=7)
    targets = WsgiTarget(mine, true.base_path), WsgiTarget(other, true.base_path)
    common = grounds(true, profile(document), its or profile(document))
    return compare(common, *targets, options)


def with_mock(
    document: str, defect: str | None = None, *, walks: int, seed: int = 0, only: Sequence[str] = ()
) -> Comparison:
    """Compare an independent server with our own mock, as `--reference mock` does it."""
    true = contract(document)
    with independent.SERVERS[document].start(defect) as server:
        known = independent.profile(document, server.url)
        target = HttpTarget(server.url)
        found = furniture(World(true, known, target, nonce(true, Options(seed=seed))))
        with tempfile.TemporaryDirectory() as folder:
            fixtures = Path(folder) / "profile.json"
            fixtures.write_text(json.dumps(found.fixtures), "utf-8")
            app = create_app([document], fixtures=fixtures)
        other = as_furnished(true, known, known.url)
        common = grounds(true, known, other, shared=found.shared)
        options = Options(seed=seed, walks=walks, only=tuple(only))
        try:
            return compare(common, target, WsgiTarget(app, true.base_path), options)
        finally:
            target.close()


def told(found: Comparison) -> list[str]:
    """Return what a comparison tells, as lines that a failing test shows."""
    lines = [f"{one.verdict} {one.contradiction.sentence}" for one in found.divergences]
    return lines + [f"~ {one.divergence.contradiction.sentence}" for one in found.unstable]


@dataclass
class Recording:
    """A target that keeps what it is sent."""

    inner: WsgiTarget
    log: list[RawRequest]

    @property
    def base(self) -> str:
        return self.inner.base

    def send(self, request: RawRequest) -> RawAnswer:
        self.log.append(request)
        return self.inner.send(request)

    def close(self) -> None:
        self.inner.close()


def recorded(
    document: str, apps: Sequence[Any], logs: Sequence[list[RawRequest]], options: Options
) -> Comparison:
    """Compare two apps of a document, keeping what each of them is sent."""
    true = contract(document)
    left, right = (
        Recording(WsgiTarget(app, true.base_path), log) for app, log in zip(apps, logs, strict=True)
    )
    return compare(grounds(true, profile(document), profile(document)), left, right, options)


def renamed(document: str, words: Mapping[str, str], folder: Path) -> tuple[Any, Profile]:
    """Return a mock whose records and secrets are called otherwise, and the profile of it."""
    shipped = Path(str(resources.files("mockserver") / "fixtures"))
    for name in (f"{document}.yaml", f"{document}.profile.toml"):
        text = (shipped / name).read_text("utf-8")
        for word, other in words.items():
            text = text.replace(word, other)
        (folder / name).write_text(text, "utf-8")
    app = mock(
        document, begin_s=1_850_000_000, step_ms=2, seed=9, fixtures=folder / f"{document}.yaml"
    )
    return app, load_profile(folder / f"{document}.profile.toml", contract(document))
