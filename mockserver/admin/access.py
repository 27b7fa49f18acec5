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
"""Whose files hold no secret, and are for everyone: what they ask for needs the token or nearness.

In a container nobody is near, and a page can't say who it is before it is loaded.
"""

_FORWARDED = ("Forwarded", "X-Forwarded-For")
"""What a proxy adds: it may be on this machine, and whom it speaks for is not."""


def guard(token: str, hosts: Collection[str]) -> Callable[[], None]:
    """Return what refuses a request that is not the owner's."""
    names = sorted({host.lower() for host in hosts if not _is_own(host)})
    known = ", ".join(["localhost", "IP addresses", *names])

    def check() -> None:
        name = _host(request.headers.get("Host", ""))
        if name not in names and not _is_own(name):
            raise ProblemError(
                403,
                "Foreign host name",
                f"The admin API is not served under the name {name!r}, but under {known}. A name "
                "that is yours can be allowed where the mock is started: --allowed-host NAME.",
            )
        if not (_is_page(request.path) or _is_near() or _carries(token)):
            raise ProblemError(
                401,
                "Token required",
                "Send the admin token that the mock printed: 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    return check


def _is_near() -> bool:
    """Return whether a request comes from this machine, and not by way of a web page or a proxy."""
    return (
        _is_loopback(request.remote_addr)
        and request.path not in _ALWAYS
        and "Origin" not in request.headers
        and not any(name in request.headers for name in _FORWARDED)
    )


def _is_page(path: str) -> bool:
    return path == _CONSOLE or path.startswith(f"{_CONSOLE}/")


def _host(value: str) -> str:
    """Return the name in a Host header, without port and brackets, in lower case."""
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    return value.partition(":")[0].lower().rstrip(".")


def _is_own(name: str) -> bool:
    """Return whether a name is nobody else's: DNS leads neither an IP address nor localhost."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _carries(token: str) -> bool:
    word, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return word.lower() == "bearer" and same
