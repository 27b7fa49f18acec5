"""Who may call the admin API: its owner, from this machine or with the token, and no web page."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from ipaddress import ip_address

from flask import request

from mockserver.problems import ProblemError

_ALWAYS = {"/__admin/shutdown"}
"""What nobody does without the token: a tool that tries out all there is would end the mock."""

_CONSOLE = "/__admin/console"
"""Whose files hold no secret: a browser names the page's own origin when it loads its modules."""

_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


def guard(token: str, hosts: Collection[str]) -> Callable[[], None]:
    """Return what refuses a request that is not the owner's."""
    names = frozenset(hosts) | _LOOPBACK_NAMES

    def check() -> None:
        name = _host(request.headers.get("Host", ""))
        if name not in names and not name.endswith(".localhost"):
            raise ProblemError(
                403, "Foreign host name", f"The admin API is not served under the name {name!r}."
            )
        near = _is_loopback(request.remote_addr) and request.path not in _ALWAYS
        near = near and ("Origin" not in request.headers or _is_page(request.path))
        if not near and not _carries(token):
            raise ProblemError(
                401,
                "Token required",
                "Send the admin token that the mock printed: 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    return check


def _is_page(path: str) -> bool:
    return path == _CONSOLE or path.startswith(f"{_CONSOLE}/")


def _host(value: str) -> str:
    """Return the name in a Host header, without port and brackets, in lower case."""
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    return value.partition(":")[0].lower().rstrip(".")


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _carries(token: str) -> bool:
    word, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return word.lower() == "bearer" and same
