"""Cross-origin requests: browsers may call the documents' operations from anywhere.

Preflights are answered before routing, so that a mistyped path is a readable 404 in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from spec import ConfigurationError

EXPOSED = (
    "Location, Allow, Preference-Applied, Retry-After, WWW-Authenticate, "
    "X-Mock-Operation, X-Mock-Request-Id, X-Mock-Rule, X-Mock-Violations"
)
_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^/?#@\sA-Z]+")
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class Cors:
    """Which origins may read answers: all of them, none, or those that are listed."""

    def __init__(self, allowed: bool | Collection[str]) -> None:
        """Allow all (True), none (False) or some origins.

        Raises: ConfigurationError: one is nothing that a browser sends as its origin.
        """
        self._all = allowed is True
        self._some = frozenset() if isinstance(allowed, bool) else frozenset(allowed)
        for one in sorted(self._some):
            if not _ORIGIN.fullmatch(one):
                raise ConfigurationError(
                    "--cors-origin",
                    f"{one!r} is no origin",
                    "scheme, host and port as browsers send them, such as http://localhost:3000",
                )

    @property
    def active(self) -> bool:
        """Whether any origin is allowed."""
        return self._all or bool(self._some)

    def is_preflight(self, environ: Mapping[str, object]) -> bool:
        """Tell whether a request only asks whether another one would be allowed."""
        return (
            self.active
            and environ["REQUEST_METHOD"] == "OPTIONS"
            and "HTTP_ORIGIN" in environ
            and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        )

    def preflight(self, environ: Mapping[str, object]) -> list[tuple[str, str]]:
        """Return the headers that answer a preflight."""
        vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        headers = [("Vary", vary)]
        permitted = self._permission(environ)
        if not permitted:
            return headers
        headers += permitted
        headers.append(("Access-Control-Allow-Methods", _METHODS))
        headers.append(("Access-Control-Max-Age", "600"))
        asked = _sendable(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"))
        if asked:
            headers.append(("Access-Control-Allow-Headers", asked))
        if "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK" in environ:
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        return headers

    def headers(self, environ: Mapping[str, object]) -> list[tuple[str, str]]:
        """Return the headers that let a browser show an answer to the page that asked for it."""
        if not self.active:
            return []
        permitted = self._permission(environ)
        exposed = [("Access-Control-Expose-Headers", EXPOSED)] if permitted else []
        return [("Vary", "Origin"), *permitted, *exposed]

    def _permission(self, environ: Mapping[str, object]) -> list[tuple[str, str]]:
        origin = _sendable(environ.get("HTTP_ORIGIN"))
        if not origin or not (self._all or origin in self._some):
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
        ]


def _sendable(value: object) -> str | None:
    """Return a request header's value when it can be sent back as it is."""
    sendable = isinstance(value, str) and value.isascii() and value.isprintable()
    return str(value) if sendable else None
