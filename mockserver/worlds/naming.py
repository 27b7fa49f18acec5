"""How a request names its world: by a header, by a prefix of its path, or by a cookie.

The prefix is for clients that can only be given a URL: `/__world/NAME` in front of everything else.
It is taken off before anybody looks at the request, and put on again where the answer leads back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from mockserver.problems import ProblemError

HEADER = "X-Mock-Session"
COOKIE = "mock_session"
PREFIX = "/__world"

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]

_VARIABLE = "HTTP_X_MOCK_SESSION"
_TAKEN_OFF = "conformock.prefix"
_LEADING = {"location", "content-location"}
_IN_COOKIES = re.compile(rf'(?:^|;)\s*{COOKIE}="?([^;"]*)"?\s*(?:;|$)')
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def check(name: str) -> None:
    """Make sure that a name is one that a world can have.

    Raises: ProblemError: it is not.
    """
    if not _NAME.fullmatch(name):
        raise ProblemError(
            400,
            "Bad session name",
            f"{name[:80]!r} is no name of a session; it has 1 to 64 of the characters"
            " A-Z a-z 0-9 . _ -",
        )


def is_prefixed(path: str) -> bool:
    """Tell whether a path names a world."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def unprefixed(environ: Environ) -> Environ:
    """Return the environ of a request without the prefix of its path.

    The header has the name from now on, if it had no other.
    """
    name = environ["PATH_INFO"].split("/")[2:3] or [""]
    changed = {_VARIABLE: name[0], **environ, "PATH_INFO": _inner(environ["PATH_INFO"])}
    for sent in ("RAW_URI", "REQUEST_URI"):
        if environ.get(sent):
            changed[sent] = _inner(environ[sent])
    return {**changed, _TAKEN_OFF: f"{PREFIX}/{name[0]}"}


def _inner(target: str) -> str:
    if not target.startswith("/"):  # a URL, as proxies are sent it
        target = "/" + target.partition("://")[2].partition("/")[2]
    return "/" + "".join(target.split("/", 3)[3:])


def by_cookie(environ: Environ) -> Environ:
    """Return the environ of a request whose cookies name a world, as if its header did."""
    found = _IN_COOKIES.search(environ["HTTP_COOKIE"])
    return {_VARIABLE: found[1], **environ} if found else environ


def prefix_of(environ: Environ) -> str:
    """Return the prefix that was taken off a request's path."""
    return str(environ.get(_TAKEN_OFF, ""))


def leading_back(start_response: StartResponse, environ: Environ) -> StartResponse:
    """Return what starts an answer in which what leads to this server leads into the same world."""
    prefix, host = prefix_of(environ), environ.get("HTTP_HOST", "")
    origin = f"{environ.get('wsgi.url_scheme', 'http')}://{host}"

    def start(status: str, headers: Sequence[tuple[str, str]], *rest: Any) -> Any:
        changed = [
            (name, _prefixed(value, prefix, origin) if name.lower() in _LEADING else value)
            for name, value in headers
        ]
        return start_response(status, changed, *rest)

    return start


def _prefixed(url: str, prefix: str, origin: str) -> str:
    host = origin if url.startswith(f"{origin}/") else ""
    path = url[len(host) :]
    return f"{host}{prefix}{path}" if path.startswith("/") and not path.startswith("//") else url
