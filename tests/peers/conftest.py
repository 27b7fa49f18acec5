"""Other people's mocks, which `make peers` installs into `.peers`, served for a test.

What is missing skips a test, with the reason, or fails it where PEERS=required
(as in `make peers`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".peers"
PRISM = INSTALLED / "node_modules/@stoplight/prism-cli/dist/index.js"
_READY = "Prism is listening on "
_PATIENCE_S = 60.0

Prism = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def prism() -> Prism:
    """Serve a document's file with Prism, with more arguments; gives the URL."""
    if not shutil.which("node"):
        _missing("Node.js is not installed")
    left = INSTALLED / "package-lock.json"
    if not left.is_file() or not PRISM.is_file():
        _missing("the packages of tests/peers/package-lock.json are not installed")
    if left.read_bytes() != (HERE / left.name).read_bytes():
        _missing("the installed packages are not those of tests/peers/package-lock.json any more")
    return _served


def _missing(what: str) -> NoReturn:
    if os.environ.get("PEERS") == "required":
        pytest.fail(f"{what}.", pytrace=False)
    pytest.skip(f"skipped, because {what}: run `make peers`")


@contextmanager
def _served(file: Path, *arguments: str) -> Iterator[str]:
    words = ["node", str(PRISM), "mock", "--port", "0", *arguments, str(file)]
    environment = {**os.environ, "NO_COLOR": "1"}
    process = subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watch = threading.Timer(_PATIENCE_S, process.kill)
    watch.start()
    assert process.stdout is not None
    with process, process.stdout as output:
        try:
            printed = []
            for line in output:
                printed.append(line)
                if _READY in line:
                    break
            watch.cancel()
            assert _READY in printed[-1], "".join(printed)
            # It tells of each request; nobody wants that, but it must not wait for a reader.
            reader = threading.Thread(target=output.read, daemon=True)
            reader.start()
            yield printed[-1].partition(_READY)[2].strip()
        finally:
            watch.cancel()
            process.terminate()
        reader.join()
