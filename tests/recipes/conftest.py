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


@pytest.fixture
def cypress() -> Path:
    """Return the folder with Cypress itself, which comes from its makers and not from npm."""
    folder = RECIPES.folder / "cypress"
    if not any(folder.glob("*/Cypress*")):
        pytest.skip("skipped, because Cypress itself could not be downloaded by `make recipes`")
    return folder


def _run(folder: Path, script: str, *arguments: str, **variables: str) -> str:
    """Return what a script of a package, or of the folder, prints; without a proxy."""
    RECIPES.link(folder)
    own = (folder / script).is_file()
    words: list[object] = ["node", script if own else f"node_modules/{script}", *arguments]
    return output(words, folder, CI="1", NO_COLOR="1", **variables)
