"""A server that nobody here wrote, started afresh for each test: GNS3's, as PyPI has it.

Nothing is installed here: `make real` fills `.real`, which the tests only read. They take minutes,
so that they run there only.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.foreign import Foreign, without_proxies

HERE = Path(__file__).parent
REAL = Foreign("real")
_PATIENCE_S = 120
_CONFIG = """\
[Server]
host = 127.0.0.1
port = {port}
report_errors = False
"""
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Server:
    """A server that answers, with its document and what a tester needs to know of it."""

    url: str
    document: Path
    admin: str
    observer: str

    def ask(self, path: str, token: str, body: Any = None) -> Any:
        """Return the JSON of an answer; with a body the request is a POST."""
        return _asked(f"{self.url}{path}", body, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if os.environ.get("REAL") != "required":
        pytest.skip("skipped, because it takes minutes: run `make real`")
    REAL.expect("requirements.txt")
    port = _free_port()
    home = tmp_path / "home"
    home.mkdir()
    (home / "server.conf").write_text(_CONFIG.format(port=port), "utf-8")
    command = [REAL.folder / "bin/gns3server", "--config", home / "server.conf", "--local"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**without_proxies(), "HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _begun(f"http://127.0.0.1:{port}", process, tmp_path)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _begun(url: str, process: subprocess.Popen[bytes], folder: Path) -> Server:
    """Wait until a server answers, and make a user without privileges on it."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            document = _asked(f"{url}/openapi.json")
            break
        except URLError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.2)
    path = folder / "openapi.json"
    path.write_text(json.dumps(document, indent=1), "utf-8")
    admin = _token(url, "admin", "admin")
    observer = {"username": "observer", "password": "observer"}
    Server(url, path, admin, "").ask("/v3/access/users", admin, observer)
    return Server(url, path, admin, _token(url, **observer))


def _token(url: str, username: str, password: str) -> str:
    body = {"username": username, "password": password}
    return str(_asked(f"{url}/v3/access/users/authenticate", body)["access_token"])


def _asked(url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    with _OPENER.open(request) as answer:
        return json.load(answer)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
