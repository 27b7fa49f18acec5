"""What the suite's own tests share: the Fleet contract, and a server that keeps what it gets."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from contracts.profile import Profile, load
from spec import Contract, read

PROFILE = Path(__file__).parents[1] / "independent" / "fleet_profile.toml"


@dataclass(frozen=True)
class Received:
    """A request as a server read it."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Recorder:
    """A server that keeps what it receives and answers `body`; `closing` ends each connection."""

    url: str
    received: list[Received] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    body: bytes = b"{}"
    closing: bool = False


class _Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = tuple(self.headers.items())
            found.received.append(Received(self.command, self.path, headers, body))
            found.connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)
            # Without a word in the headers: the client finds out when it sends the next request.
            self.close_connection = found.closing

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    found = Recorder(f"http://127.0.0.1:{server.server_port}/platform/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def fleet() -> Contract:
    return read("fleet")


@pytest.fixture(scope="session")
def profile(fleet: Contract) -> Profile:
    return load(PROFILE, fleet)
