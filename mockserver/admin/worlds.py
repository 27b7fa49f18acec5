"""The sessions that there are, and a new one; the snapshots of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import answer, called, members, session, text, told_time, world_of
from mockserver.worlds import MOST_SESSIONS, Snapshot, World
from spec import Json

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls about sessions and their snapshots."""
    _sessions(api, app)
    _snapshots(api, app)


def _sessions(api: Blueprint, app: Mock) -> None:
    @api.get("/sessions")
    def sessions() -> Response:
        known = [_told(one) for one in app.sessions.worlds()]
        return answer({"sessions": known, "most": MOST_SESSIONS})

    @api.post("/sessions")
    def fork() -> Response:
        given = members(_FORK, ["name"])
        world = app.sessions.add(given["name"], given.get("from"))
        return answer(_told(world), 201)

    @api.delete("/sessions")
    def forget_all() -> Response:
        app.sessions.forget(session())
        return Response(status=204)

    @api.delete("/sessions/<name>")
    def forget(name: str) -> Response:
        app.sessions.known(name)
        app.sessions.forget(name)
        return Response(status=204)


def _snapshots(api: Blueprint, app: Mock) -> None:
    @api.get("/snapshots")
    def snapshots() -> Response:
        world = world_of(app)
        with world.lock:
            return answer({"snapshots": [_shown(one) for one in world.snapshots]})

    @api.post("/snapshots")
    def take() -> Response:
        name = members(_SNAPSHOT, ["name"])["name"]
        world = world_of(app)
        with world.lock:
            world.catch_up()
            new = name not in world.snapshots
            return answer(_shown(world.take_snapshot(name)), 201 if new else 200)

    @api.delete("/snapshots/<name>")
    def drop(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            world.forget_snapshot(name)
        return Response(status=204)

    @api.post("/snapshots/<name>/restore")
    def restore(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            world.catch_up()
            snapshot = world.restore(name, called())
            app.wake()
            return answer({"restored": _shown(snapshot), "position": world.history.position})


def _told(world: World) -> Json:
    with world.lock:
        return {
            "name": world.name or None,
            "requests": world.requests,
            "position": world.history.position,
            "snapshots": [one.name for one in world.snapshots],
            "clock": {"mode": world.clock.mode, "now": told_time(world.clock.peek())},
        }


def _shown(snapshot: Snapshot) -> Json:
    return {
        "name": snapshot.name,
        "taken": told_time(snapshot.taken),
        "position": snapshot.position,
    }


_NAME = ("1 to 64 of the characters A-Z a-z 0-9 . _ -", text)
_FORK = {"name": _NAME, "from": ("the name of a session", text)}
_SNAPSHOT = {"name": _NAME}
