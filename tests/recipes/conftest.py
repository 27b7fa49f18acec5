"""The test runners of frontends, which `make recipes` installs into `.recipes`.

What is missing skips a test, with the reason, or fails it where RECIPES=required
(as in `make recipes`).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".recipes"
MODULES = INSTALLED / "node_modules"


@pytest.fixture(scope="session")
def node() -> Callable[..., str]:
    """Run a script of an installed package in a folder; gives what it prints."""
    if not shutil.which("node"):
        _missing("Node.js is not installed")
    left = INSTALLED / "package-lock.json"
    if not left.is_file() or not (MODULES / ".package-lock.json").is_file():
        _missing("the packages of tests/recipes/package-lock.json are not installed")
    if left.read_bytes() != (HERE / left.name).read_bytes():
        _missing("the installed packages are not those of tests/recipes/package-lock.json any more")
    return _run


def _missing(what: str) -> NoReturn:
    if os.environ.get("RECIPES") == "required":
        pytest.fail(f"{what}.", pytrace=False)
    pytest.skip(f"skipped, because {what}: run `make recipes`")


def _run(folder: Path, script: str, *arguments: str) -> str:
    """Return what the script prints; no proxy stands between it and the mock."""
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(MODULES)
        shutil.copy(HERE / "package.json", folder)
    words = ["node", f"node_modules/{script}", *arguments]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in {"NODE_OPTIONS", "PYTHONPATH"}
    }
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment | {"CI": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout
