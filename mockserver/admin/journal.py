"""The journal of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from mockserver.admin.calls import answer, limit, world_of
from mockserver.problems import unknown

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that show and clear the journal."""

    @api.get("/requests")
    def requests() -> Response:
        world = world_of(app)
        most = limit(request.args.get("limit", "100"))
        with world.lock:
            newest = [*world.journal.newest(most)]
            return answer({"requests": newest, "total": len(world.journal)})

    @api.delete("/requests")
    def clear() -> Response:
        world = world_of(app)
        with world.lock:
            world.journal.clear()
        return Response(status=204)

    @api.get("/requests/<name>")
    def entry(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            found = world.journal.entry(name)
            known = [str(one["id"]) for one in world.journal.newest(12)]
        if found is None:
            raise unknown("request", name, known)
        return answer(found)
