"""The implementation under test: something that answers raw requests, and nothing more.

Over HTTP by URL, or in process for any WSGI application that is named `module:factory`, as an
application server would name it. No target is asked for more than a vendor's could give.
"""

from __future__ import annotations

import http.client
import io
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

from spec import ConfigurationError, RawAnswer, RawRequest, TargetUnreachable

BY_LOOKS: Mapping[str, float] = {"frozen": 1_800_000_000.0, "step": 0.002}
"""How our own mock's clock is set in this process: in January 2027, later than all times in the
shipped fixtures, it goes so many seconds by being looked at. Nothing depends on the pace of a
machine then, and work goes on slowly enough to be seen between two of its items."""


class Target(Protocol):
    """Whatever answers."""

    @property
    def base(self) -> str:
        """The path under which the document's paths begin."""

    def send(self, request: RawRequest) -> RawAnswer:
        """Return the answer to a request.

        Raises: TargetUnreachable: no answer came, or what came was no HTTP.
        """

    def close(self) -> None:
        """Let go of what is held open."""

    def another(self) -> Target:
        """Return the same target for another process, which can be pickled.

        Raises: ConfigurationError: it lives in this process only.
        """


@dataclass
class HttpTarget:
    """A server by URL; one connection, kept open, reopened when the server closes it."""

    url: str
    timeout: float = 30.0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    @property
    def base(self) -> str:
        """The path of the URL."""
        return urlsplit(self.url).path.rstrip("/")

    def send(self, request: RawRequest) -> RawAnswer:
        """Return the answer; a kept connection that turns out closed is opened once more."""
        kept = self._connection is not None
        try:
            return self._exchange(request)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if not kept:
                raise TargetUnreachable(self.url, _reason(error)) from None
        try:
            return self._exchange(request)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise TargetUnreachable(self.url, _reason(error)) from None

    def _exchange(self, request: RawRequest) -> RawAnswer:
        connection = self._open()
        connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode("utf-8"))
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        answer = connection.getresponse()
        body = answer.read()
        if answer.will_close:
            self.close()
        return RawAnswer(answer.status, tuple(answer.getheaders()), body)

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def another(self) -> HttpTarget:
        """Return the same target without a connection."""
        return HttpTarget(self.url, self.timeout)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


@dataclass
class WsgiTarget:
    """A WSGI application in this process.

    `name` and `arguments` are those of the factory that has made it, if one has.
    """

    app: Callable[..., Iterable[bytes]]
    base: str
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def send(self, request: RawRequest) -> RawAnswer:
        """Return the application's answer to a request in a WSGI environment (PEP 3333)."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda data: None

        chunks = self.app(_environ(request), start_response)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        status, headers = started[-1]
        return RawAnswer(int(status.split(" ", 1)[0]), tuple(headers), body)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def another(self) -> Target:
        """Return what makes the same application once more, with a state of its own.

        Raises: ConfigurationError: nobody knows how it was made.
        """
        if not self.name:
            raise ConfigurationError(
                "--workers", "the target is an application in this process", "--workers 1"
            )
        return NamedTarget(self.name, self.base, self.arguments)


def _environ(request: RawRequest) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "REQUEST_URI": request.target,
        "QUERY_STRING": request.query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if not any(name.lower() == "host" for name, _ in request.headers):
        environ["HTTP_HOST"] = "localhost"
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        text = value.encode("utf-8").decode("latin-1")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    return environ


@dataclass
class NamedTarget:
    """A WSGI application that is made when the first request comes."""

    name: str
    base: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    _made: WsgiTarget | None = field(default=None, repr=False)

    def send(self, request: RawRequest) -> RawAnswer:
        """Return the application's answer."""
        if self._made is None:
            self._made = wsgi(self.name, self.base, **self.arguments)
        return self._made.send(request)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def another(self) -> NamedTarget:
        """Return the same target before its first request."""
        return NamedTarget(self.name, self.base, self.arguments)


def wsgi(name: str, base: str, **arguments: Any) -> WsgiTarget:
    """Return the application that `module:factory` names; a factory is called with `arguments`.

    Raises: ConfigurationError: the name leads to nothing that can be called.
    """
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute or "app")
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            name, f"no such application ({error})", "module:factory, such as mockserver:create_app"
        ) from None
    if not callable(found):
        raise ConfigurationError(name, f"{found!r} cannot be called", "a WSGI application factory")
    made = attribute.startswith(("create", "make", "build"))
    return WsgiTarget(found(**arguments) if made else found, base, name, arguments)
