"""What every part of the admin API does: find the session, read a body, answer in JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

from flask import Response, request

from mockserver.problems import MEDIA_TYPE, ProblemError
from mockserver.worlds import HEADER, World
from spec import Json, encode, listed, nearest
from spec.times import written
from spec.wire import parse

if TYPE_CHECKING:
    from mockserver.app import Mock

Test: TypeAlias = Callable[[Json], bool]


def session() -> str | None:
    """Return the name of the session that the request is about; None is the base world."""
    return request.headers.get(HEADER)


def world_of(app: Mock) -> World:
    """Return the session's world."""
    return app.sessions.world(session())


def called() -> str:
    """Return what the request does, as the history tells it."""
    return f"{request.method} {request.path}"


def limit(given: str) -> int:
    """Return how many things the caller wants to see at most.

    Raises: ProblemError: it is no number, or too large a one.
    """
    if not (given.isascii() and given.isdecimal() and 0 < int(given[:9]) <= 1_000):
        raise ProblemError(400, "Bad limit", f"{given[:80]!r} is no number from 1 to 1000")
    return int(given)


def told_time(seconds: float) -> str:
    """Return a time as this API tells it."""
    return written(seconds, "micros-Z")


def body() -> dict[str, Json]:
    """Return the JSON object in the request's body.

    Raises: ProblemError: there is none.
    """
    value, violation = parse(request.get_data())
    if violation is not None or not isinstance(value, dict):
        reason = violation.message if violation else "no object"
        raise ProblemError(400, "Bad body", f"The body must be a JSON object: {reason}.")
    return value


def members(known: Mapping[str, tuple[str, Test]], required: Collection[str]) -> dict[str, Json]:
    """Return the members of the request's body, each of which passes its test.

    `known` says in words what a member must be, and how that is told.

    Raises: ProblemError: the first that is unknown, missing or does not pass.
    """
    given = body()
    for name, value in given.items():
        if name not in known:
            close = nearest(name, known)
            advice = f" Did you mean {close!r}?" if close else ""
            raise misfit(name, f"unknown member {name[:80]!r}", f"{listed(known)}.{advice}")
        expected, test = known[name]
        if not test(value):
            raise misfit(name, f"{name} is {_short(value)}", expected)
    for name in required:
        if name not in given:
            raise misfit(name, f"there is no {name!r}", known[name][0])
    return given


def misfit(name: str, found: str, expected: str) -> ProblemError:
    """Return the problem of a member that is not what is expected, or of the whole for ""."""
    title, detail = "Body does not fit", f"{found}; expected {expected}"
    return ProblemError(422, title, detail, pointer=f"/{name}" if name else "")


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def number(value: Json) -> bool:
    """Tell whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def text(value: Json) -> bool:
    """Tell whether a JSON value is a text."""
    return isinstance(value, str)


def answer(value: Json, status: int = 200) -> Response:
    """Return an answer with a JSON value."""
    return Response(encode(value), status, content_type="application/json")


def stated(problem: ProblemError) -> Response:
    """Return the answer that states a problem."""
    return Response(problem.body(), problem.status, problem.headers, content_type=MEDIA_TYPE)
