"""What was done in a session, there and back, and what differs between two of its states."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from mockserver.admin.calls import answer, limit, told_time, world_of
from mockserver.worlds import Difference, Step, World
from spec import Json

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls about the history."""

    @api.get("/history")
    def history() -> Response:
        world = world_of(app)
        with world.lock:
            return answer({**_position(world), "steps": _steps(world)})

    @api.post("/undo")
    def undo() -> Response:
        world = world_of(app)
        with world.lock:
            step = world.undo()
            app.wake()
            return answer({**_position(world), "undone": _told(world, step)})

    @api.post("/redo")
    def redo() -> Response:
        world = world_of(app)
        with world.lock:
            step = world.redo()
            app.wake()
            return answer({**_position(world), "redone": _told(world, step)})

    @api.get("/diff")
    def diff() -> Response:
        world = world_of(app)
        most = limit(request.args.get("limit", "1000"))
        with world.lock:
            spots = [
                _spot(request.args.get("from", str(world.history.first))),
                _spot(request.args.get("to", str(world.history.position))),
            ]
            before, after = map(world.state_at, spots)
        # Both are copies, so that nobody has to wait while they are compared.
        found = world.differences(before, after)
        told = [_shown(one) for one in islice(found, most)]
        more = next(found, None) is not None
        return answer({"from": spots[0], "to": spots[1], "changes": told, "more": more})


def _spot(given: str) -> int | str:
    """Return a position of the history, or the name of a snapshot."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else given


def _position(world: World) -> dict[str, Json]:
    history = world.history
    return {"position": history.position, "first": history.first, "last": history.last}


def _steps(world: World) -> list[Json]:
    history = world.history
    steps = [*history.steps, *reversed(history.undone)]
    return [
        {"position": number, **_told(world, one), "undone": number > history.position}
        for number, one in enumerate(steps, start=history.first + 1)
    ]


def _told(world: World, step: Step) -> dict[str, Json]:
    return {"by": step.by, "at": told_time(step.at), "changed": world.named(step.touched())}


def _shown(one: Difference) -> Json:
    return {
        "document": one.document,
        "kind": one.kind,
        "key": one.key,
        "before": one.before,
        "after": one.after,
    }
