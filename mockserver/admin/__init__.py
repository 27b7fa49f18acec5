"""The admin API under `/__admin`: state, journal, faults, clock, jobs, worlds; the console.

It acts on the session that the request names, or on the base world. It is no part of any document,
is never open to other origins, and asks for a token unless the caller sits on the same machine and
is no web page.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from mockserver.admin import (
    about,
    console,
    coverage,
    events,
    explain,
    faults,
    history,
    journal,
    state,
    time,
    worlds,
)
from mockserver.admin.access import guard
from mockserver.admin.calls import stated
from mockserver.problems import ProblemError

if TYPE_CHECKING:
    from mockserver.app import Mock

__all__ = ["MOST_BODY", "PREFIX", "install", "is_admin"]

PREFIX = "/__admin"
MOST_BODY = 64 * 1024 * 1024
"""A whole state may be put at once."""
_MOST_NEAR = 8


def is_admin(path: str) -> bool:
    """Tell whether a path belongs to the admin API."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def install(app: Mock, *, token: str, hosts: Collection[str]) -> None:
    """Give an app its admin API."""
    api = Blueprint("admin", __name__, url_prefix=PREFIX)
    api.before_request(guard(token, hosts))
    parts = (
        about,
        state,
        journal,
        explain,
        events,
        faults,
        coverage,
        time,
        worlds,
        history,
        console,
    )
    for part in parts:
        part.add(api, app)
    app.register_blueprint(api)
    app.register_error_handler(ProblemError, stated)
    app.register_error_handler(HTTPException, lambda error: stated(_explained(app, error)))
    app.register_error_handler(Exception, lambda error: _failed(app))


def _explained(app: Mock, error: HTTPException) -> ProblemError:
    status, name = error.code or 500, error.name
    if status not in {404, 405}:
        return ProblemError(status, name, f"{request.method} {request.path}: {error.description}")
    known = sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    asked = f"{request.method} {request.path}"
    near = sorted(known, key=lambda one: -SequenceMatcher(None, one, asked[:200]).ratio())
    detail = f"{asked}: {name}. Nearest: {', '.join(near[:_MOST_NEAR])}"
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return ProblemError(status, name, detail, headers=headers, known=known)


def _failed(app: Mock) -> Response:
    app.report(f"{request.method} {request.path}")
    return stated(ProblemError(500, "Defect in the mock", "Its standard error has the details."))
