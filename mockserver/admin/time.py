"""The clock of a session, and the jobs that go on with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import (
    Test,
    answer,
    called,
    members,
    misfit,
    number,
    told_time,
    world_of,
)
from mockserver.clock import EARLIEST, LATEST, MOST_FACTOR, Clock
from mockserver.jobs import FASTEST, MODES, Pace
from mockserver.problems import ProblemError
from mockserver.worlds import World
from spec import Json
from spec.times import moment

if TYPE_CHECKING:
    from mockserver.app import Mock

_MOST_ITEMS = 10**9


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that tell and change how time goes and jobs go on."""
    _clock(api, app)
    _jobs(api, app)


def _clock(api: Blueprint, app: Mock) -> None:
    @api.get("/clock")
    def clock() -> Response:
        world = world_of(app)
        with world.lock:
            return answer(_time(world))

    @api.put("/clock")
    def set_clock() -> Response:
        given = members(_CLOCK, ["mode"])
        for name, mode in (("factor", "scaled"), ("step", "stepped")):
            if name in given and given["mode"] != mode:
                raise misfit(name, f"there is a {name!r}", f"it with the mode {mode!r} only")
        if given["mode"] == "scaled" and "factor" not in given:
            raise misfit("factor", "there is no 'factor'", _CLOCK["factor"][0])
        finer = {name: given[name] for name in ("factor", "step") if name in given}

        def change(clock: Clock) -> None:
            clock.set(given["mode"], moment(given.get("now")), **finer)

        return _moved(app, change)

    @api.post("/clock/advance")
    def advance() -> Response:
        seconds = members(_ADVANCE, ["seconds"])["seconds"]

        def step(clock: Clock) -> None:
            if clock.peek() + seconds > LATEST:
                raise misfit("seconds", f"seconds is {seconds!r}", "a time before the year 10000")
            clock.advance(seconds)

        return _moved(app, step)


def _moved(app: Mock, change: Callable[[Clock], None]) -> Response:
    """Answer with the new time, and the jobs that moved with it."""
    world = world_of(app)
    with world.lock:
        world.catch_up()
        before = world.told_jobs()
        with world.step(called()) as step:
            world.set_clock(change)
        app.wake()
        changed = world.named(step.touched())
        return answer({**_time(world), "jobs": _since(before, world), "changed": changed})


def _jobs(api: Blueprint, app: Mock) -> None:
    @api.get("/jobs")
    def jobs() -> Response:
        world = world_of(app)
        with world.lock:
            world.catch_up()
            return answer({**_pace(world), "jobs": [*map(_shown, world.told_jobs())]})

    @api.put("/jobs")
    def set_pace() -> Response:
        given = members(_PACE, ())
        if not given:
            raise misfit("", "the object is empty", "a mode, a rate, or both")
        world = world_of(app)
        with world.lock:
            world.catch_up()
            before = world.told_jobs()
            pace = world.pace
            with world.step(called()):
                world.set_pace(Pace(given.get("mode", pace.mode), given.get("rate", pace.rate)))
            app.wake()
            return answer({**_pace(world), "jobs": _since(before, world)})

    @api.post("/jobs/advance")
    def work_off() -> Response:
        items = members(_ITEMS, ["items"])["items"]
        world = world_of(app)
        with world.lock:
            if world.pace.mode != "manual":
                raise ProblemError(
                    409,
                    "Jobs go on by themselves",
                    f"Their mode is {world.pace.mode!r}; expected 'manual'."
                    " Change it with PUT /__admin/jobs.",
                )
            before = world.told_jobs()
            with world.step(called()):
                world.work_off(items)
            return answer({**_pace(world), "jobs": _since(before, world)})


def _time(world: World) -> dict[str, Json]:
    clock = world.clock
    told = {"mode": clock.mode, "now": told_time(clock.peek())}
    match clock.mode:
        case "scaled":
            return {**told, "factor": clock.factor}
        case "stepped":
            return {**told, "step": clock.step}
        case "real" | "frozen":
            return told


def _pace(world: World) -> dict[str, Json]:
    return {"mode": world.pace.mode, "rate": world.pace.rate}


def _since(before: list[dict[str, Json]], world: World) -> list[Json]:
    """Return the jobs that are further than they were."""
    return [_shown(one) for one in world.told_jobs() if one not in before]


def _shown(job: dict[str, Json]) -> Json:
    return {**job, "accepted": told_time(job["accepted"])}


def _is_time(value: Json) -> bool:
    found = moment(value)
    return found is not None and EARLIEST <= found <= LATEST


def _one_of(*known: str) -> tuple[str, Test]:
    return " or ".join(map(repr, known)), lambda value: isinstance(value, str) and value in known


def _above_0(most: float) -> Test:
    return lambda value: number(value) and 0 < value <= most


_CLOCK = {
    "mode": _one_of("real", "frozen", "stepped", "scaled"),
    "now": ("an RFC 3339 time with a zone, from 1970 to 9999", _is_time),
    "factor": (
        f"how many times as fast as real time, above 0 and up to {MOST_FACTOR:,.0f}",
        _above_0(MOST_FACTOR),
    ),
    "step": ("the seconds that each look takes, above 0 and up to 3600", _above_0(3600)),
}
_ADVANCE = {"seconds": ("a number above 0", _above_0(LATEST))}
_PACE = {
    "mode": _one_of(*MODES),
    "rate": (f"items a second, above 0 and up to {FASTEST:,.0f}", _above_0(FASTEST)),
}
_ITEMS = {
    "items": (
        f"a whole number from 1 to {_MOST_ITEMS}",
        lambda value: type(value) is int and 0 < value <= _MOST_ITEMS,
    )
}
