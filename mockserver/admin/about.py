"""What the mock is, a fresh start, and its end."""

from __future__ import annotations

import threading
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from mockserver.admin.calls import answer, session
from mockserver.problems import ProblemError
from spec import Json
from spec.document import parse

if TYPE_CHECKING:
    from mockserver.app import Mock

_GRACE_S = 0.2


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that tell of the mock itself."""

    @api.get("/health")
    def health() -> Response:
        return answer({"status": "ok"})

    @api.get("/version")
    def tell() -> Response:
        return answer(
            {
                "name": "conformock",
                "version": version(),
                "documents": [
                    {
                        "name": site.contract.name,
                        "title": site.openapi.get("info", {}).get("title"),
                        "version": site.openapi.get("info", {}).get("version"),
                        "base_path": site.base,
                    }
                    for site in app.sites
                ],
                **({"reload": app.reload.told} if app.reload else {}),
            }
        )

    @api.post("/reset")
    def reset() -> Response:
        app.sessions.reset(session())
        return answer({"reset": session() or "base"})

    @api.post("/shutdown")
    def shutdown() -> Response:
        if app.stop is None:
            raise ProblemError(
                409, "Not ours to stop", "The server was not started by 'conformock serve'."
            )
        # The answer goes first.
        threading.Timer(_GRACE_S, app.stop).start()
        return answer({"shutdown": True}, 202)

    @api.get("/docs")
    def docs() -> Response:
        return answer({**document(), "servers": [{"url": request.host_url + "__admin"}]})


@cache
def document() -> dict[str, Json]:
    """Return the OpenAPI document of the admin API."""
    text = resources.files("mockserver.admin").joinpath("openapi.yaml").read_text("utf-8")
    found: dict[str, Json] = parse(text, name="admin", file="openapi.yaml").data
    return found


def version() -> str:
    """Return the version of the package."""
    try:
        return metadata.version("conformock")
    except metadata.PackageNotFoundError:
        return "unknown"
