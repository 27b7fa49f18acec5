"""Foreign tools that tests are run with, where their make target has installed them.

A target installs into a folder of its own at the top (`make peers` into `.peers`), which tests only
read. What is missing skips a test, with the reason, or fails it where that is required, as it is in
the target itself (PEERS=required).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Foreign:
    """What one target installs; its tests and its lists of packages stand in `tests/name`."""

    name: str

    @property
    def room(self) -> Path:
        """The folder of the tests."""
        return TESTS / self.name

    @property
    def folder(self) -> Path:
        """The folder that is installed into."""
        return TESTS.parent / f".{self.name}"

    def expect(self, packages: str, *files: Path, left: Path | None = None) -> None:
        """Expect the list of packages that was left where they are (`left`) to be ours.

        `files` are some of what was installed by it.
        """
        stamp = (left or self.folder) / packages
        if not all(one.is_file() for one in (stamp, *files)):
            self.missing(f"the packages of tests/{self.name}/{packages} are not installed")
        if stamp.read_bytes() != (self.room / packages).read_bytes():
            stale = f"tests/{self.name}/{packages}"
            self.missing(f"the installed packages are not those of {stale} any more")

    def expect_node(self, *files: Path) -> None:
        """Expect Node.js, and the packages for it."""
        if not shutil.which("node"):
            self.missing("Node.js is not installed")
        self.expect("package-lock.json", *files)

    def missing(self, what: str) -> NoReturn:
        """Skip the test, or fail it where nothing may be missing."""
        if os.environ.get(self.name.upper()) == "required":
            pytest.fail(f"{what}.", pytrace=False)
        pytest.skip(f"skipped, because {what}: run `make {self.name}`")

    def link(self, folder: Path) -> None:
        """Let a folder have the installed packages for Node.js."""
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(self.folder / "node_modules")
            shutil.copy(self.room / "package.json", folder)


def without_proxies() -> dict[str, str]:
    """Return the environment of a program that talks to this machine, as a user would have it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in {"NODE_OPTIONS", "PYTHONPATH"}
    }


def output(words: list[object], folder: Path, **variables: str) -> str:
    """Return what a command prints, which must succeed."""
    command = [str(word) for word in words]
    environment = {**without_proxies(), **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
