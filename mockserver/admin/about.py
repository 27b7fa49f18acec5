"""What the mock is, and a fresh start."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import answer, session

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that tell of the mock itself."""

    @api.get("/health")
    def health() -> Response:
        return answer({"status": "ok"})

    @api.get("/version")
    def version() -> Response:
        return answer(
            {
                "name": "conformock",
                "version": _version(),
                "documents": [
                    {
                        "name": site.contract.name,
                        "title": site.openapi.get("info", {}).get("title"),
                        "version": site.openapi.get("info", {}).get("version"),
                        "base_path": site.base,
                    }
                    for site in app.sites
                ],
                **({"reload": {"error": app.reload.error}} if app.reload else {}),
            }
        )

    @api.post("/reset")
    def reset() -> Response:
        app.sessions.reset(session())
        return answer({"reset": session() or "base"})


def _version() -> str:
    try:
        return metadata.version("conformock")
    except metadata.PackageNotFoundError:
        return "unknown"
