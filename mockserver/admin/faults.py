"""What goes wrong with a session's next calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import answer, body, world_of
from mockserver.faults import MOST_FAULTS, read
from mockserver.problems import ProblemError, unknown

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that show, arm and disarm faults."""

    @api.get("/faults")
    def faults() -> Response:
        world = world_of(app)
        with world.lock:
            return answer({"faults": world.faults.shown()})

    @api.post("/faults")
    def arm() -> Response:
        world = world_of(app)
        fault = read(body(), [site.contract for site in app.sites])
        with world.lock:
            if len(world.faults) >= MOST_FAULTS:
                raise ProblemError(
                    409,
                    "Too many faults",
                    f"The session has {MOST_FAULTS}, used ones included; DELETE /__admin/faults.",
                )
            return answer(world.faults.add(fault), 201)

    @api.delete("/faults")
    def disarm() -> Response:
        world = world_of(app)
        with world.lock:
            world.faults.clear()
        return Response(status=204)

    @api.delete("/faults/<name>")
    def disarm_one(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            if not world.faults.clear(name):
                raise unknown("fault", name, [str(one["id"]) for one in world.faults.shown()])
        return Response(status=204)
