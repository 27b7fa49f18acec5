"""What a foreign client needs: its packages, a mock, and the journal of what it asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from mockserver.testing import Running, running
from spec.document import shipped
from tests.foreign import Foreign, output

CLIENTS = Foreign("clients")
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
    environment = CLIENTS.folder / "python"
    CLIENTS.expect("requirements.txt", left=environment)
    return lambda folder, *arguments: output([environment / "bin/python", *arguments], folder)


@pytest.fixture(scope="session")
def node() -> Run:
    """Run Node.js in a folder, with the packages that are installed."""
    CLIENTS.expect_node(CLIENTS.folder / "node_modules/.package-lock.json")

    def run(folder: Path, *arguments: object) -> str:
        CLIENTS.link(folder)
        return output(["node", *arguments], folder)

    return run
