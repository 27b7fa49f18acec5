"""The test runners of frontends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.foreign import Foreign, output

RECIPES = Foreign("recipes")


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run a script of an installed package in a folder; gives what it prints."""
    RECIPES.expect_node(RECIPES.folder / "node_modules/.package-lock.json")
    return _run


def _run(folder: Path, script: str, *arguments: str) -> str:
    """Return what the script prints; no proxy stands between it and the mock."""
    RECIPES.link(folder)
    return output(["node", f"node_modules/{script}", *arguments], folder, CI="1", NO_COLOR="1")
