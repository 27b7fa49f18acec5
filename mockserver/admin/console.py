"""The console: one page under `/__admin/console`, its parts, and Swagger UI to try operations out.

Its files are sent as they are; what it shows it asks the admin API for, as anybody would. It loads
nothing from anywhere else, and its browser is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from mockserver.problems import unknown

if TYPE_CHECKING:
    from mockserver.app import Mock

PATH = "/console"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Swagger UI's icons stand in its style sheet
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_SWAGGER_UI = ("swagger-ui-bundle.js", "swagger-ui.css")


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str


def add(api: Blueprint, app: Mock) -> None:
    """Add the page and all that it loads."""

    @api.get(PATH)
    def console() -> Response:
        return _sent("index.html")

    @api.get(f"{PATH}/")
    def console_below() -> Redirect:
        return redirect("../console", 308)  # what the page loads stands beside it

    @api.get(f"{PATH}/<path:name>")
    def console_file(name: str) -> Response:
        return _sent(name)


def _sent(name: str) -> Response:
    found = files().get(name)
    if found is None:
        raise unknown("file of the console", name, sorted(files()))
    answer = Response(found.content, headers=_HEADERS, content_type=found.media_type)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@cache
def files() -> dict[str, _File]:
    """Return the console's files by their names below its path."""
    own = resources.files("mockserver").joinpath("console")
    swagger_ui = resources.files("flask_swagger_ui").joinpath("dist")
    found = {one.name: _file(one) for one in own.iterdir() if _ending(one) in _MEDIA_TYPES}
    for name in _SWAGGER_UI:
        found[f"swagger-ui/{name}"] = _file(swagger_ui.joinpath(name))
    return found


def _file(place: Traversable) -> _File:
    return _File(place.read_bytes(), _MEDIA_TYPES[_ending(place)])


def _ending(place: Traversable) -> str:
    return place.name.rpartition(".")[2]
