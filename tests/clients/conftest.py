"""What a foreign client needs: its packages, a mock to talk to, and the journal of what it asked.

Nothing is installed here: `make clients` fills `.clients`, which the tests only read. What is
missing skips a test, with the reason, or fails it where CLIENTS=required (as in `make clients`).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn
from urllib.request import ProxyHandler, build_opener

import pytest

from mockserver.testing import Running, running
from spec.document import shipped

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".clients"
Run = Callable[..., str]


@pytest.fixture(params=sorted(shipped()))
def document(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def mock(document: str) -> Iterator[Running]:
    with running([document]) as started:
        yield started


@pytest.fixture
def asked(mock: Running) -> Callable[[], set[str]]:
    """Give the operations that the mock has answered so far."""
    opener = build_opener(ProxyHandler({}))

    def operations() -> set[str]:
        with opener.open(f"{mock.admin}/requests?limit=1000") as answer:
            found = {entry["operation"] for entry in json.load(answer)["requests"]}
        return found - {None}

    return operations


@pytest.fixture(scope="session")
def python() -> Run:
    """Run Python, with the generator and what its clients need, in a folder."""
    environment = INSTALLED / "python"
    _expect_installed(environment, "requirements.txt")
    return lambda folder, *arguments: _run([environment / "bin/python", *arguments], folder)


@pytest.fixture(scope="session")
def node() -> Run:
    """Run Node.js in a folder, with the packages that are installed."""
    if not shutil.which("node"):
        _missing("Node.js is not installed")
    _expect_installed(INSTALLED, "package-lock.json")
    if not (INSTALLED / "node_modules/.package-lock.json").is_file():
        _missing("the packages of tests/clients/package-lock.json are not installed")

    def run(folder: Path, *arguments: object) -> str:
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(INSTALLED / "node_modules")
            shutil.copy(HERE / "package.json", folder)
        return _run(["node", *arguments], folder)

    return run


def _expect_installed(folder: Path, name: str) -> None:
    """Expect the list that `make clients` left where it installed to be ours."""
    left = folder / name
    if not left.is_file():
        _missing(f"the packages of tests/clients/{name} are not installed")
    if left.read_bytes() != (HERE / name).read_bytes():
        _missing(f"the installed packages are not those of tests/clients/{name} any more")


def _missing(what: str) -> NoReturn:
    if os.environ.get("CLIENTS") == "required":
        pytest.fail(f"{what}.", pytrace=False)
    pytest.skip(f"because {what}: run `make clients`")


def _run(command: list[object], folder: Path) -> str:
    """Return what the command prints; no proxy stands between it and the mock."""
    words = [str(word) for word in command]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and name not in {"NODE_OPTIONS", "PYTHONPATH"}
    }
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout
