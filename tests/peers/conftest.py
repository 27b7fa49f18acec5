"""Other people's mocks, served for a test."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.foreign import Foreign

PEERS = Foreign("peers")
PRISM = PEERS.folder / "node_modules/@stoplight/prism-cli/dist/index.js"
_READY = "Prism is listening on "
_PATIENCE_S = 60.0

Prism = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def prism() -> Prism:
    """Serve a document's file with Prism, with more arguments; gives the URL."""
    PEERS.expect_node(PRISM)
    return _served


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
