"""From the body of `POST /__admin/faults` to a fault, with WireMock's names for what it has too.

A session's clients rely on the document, so a fault may answer only what the document declares;
whoever wants other statuses asks for `chaos`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from mockserver.faults.delays import MOST_MS, Delay
from mockserver.faults.delivery import Breaking, Dribble
from mockserver.faults.table import Fault
from mockserver.patterns import pattern
from mockserver.problems import ProblemError
from spec import Contract, Json, Operation, listed, nearest

_MOST_TIMES = 10**9
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?|100)", re.ASCII)
Reader = Callable[[Json], bool]


def read(given: Mapping[str, Json], contracts: Sequence[Contract]) -> Fault:
    """Return the fault that an object asks for.

    Raises: ProblemError: it makes no sense, or no operation that it is for declares its answer.
    """
    _check(given, _MEMBERS)
    effects = [name for name in _EFFECTS if name in given]
    answers = [name for name in _ANSWERS if name in given]
    if not effects:
        raise _misfit("", "the fault does nothing", f"one of {listed(_EFFECTS)}")
    if len(answers) > 1:
        raise _misfit(f"/{answers[1]}", "two answers", f"only one of {listed(_ANSWERS)}")
    if "fixedDelayMilliseconds" in given and "delayDistribution" in given:
        raise _misfit("/delayDistribution", "two delays", "one of them")
    if "retryAfter" in given and "status" not in given:
        raise _misfit("/retryAfter", "there is no status", "a status to go with it")
    asked = {
        **given.get("request", {}),
        **{name: given[name] for name in ("operation", "document") if name in given},
    }
    meant = [*_operations(asked, contracts)]
    _check_declared(given, meant)
    return Fault(
        pattern(asked, "/request"),
        dict(given),
        times=given.get("times"),
        probability=given.get("probability", 1.0),
        seed=given.get("seed", 0),
        delay=_delay(given),
        error=given.get("error"),
        status=given.get("status"),
        retry_after=given.get("retryAfter"),
        breaking=Breaking(given["fault"]) if "fault" in given else None,
        dribble=_dribble(given.get("chunkedDribbleDelay")),
        chaos=given.get("chaos", False),
    )


def _operations(
    asked: Mapping[str, Json], contracts: Sequence[Contract]
) -> Iterator[tuple[Contract, Operation]]:
    """Yield the operations that a fault may be for.

    Raises: ProblemError: there is none of the name that was given.
    """
    document, name = asked.get("document"), asked.get("operation")
    documents = {one.name: one for one in contracts}
    if document is not None and document not in documents:
        raise _unknown("document", document, [*documents])
    found = [one for one in contracts if document in {None, one.name}]
    known = [(one, operation) for one in found for operation in one.operations.values()]
    if name is not None and name not in {operation.id for _, operation in known}:
        raise _unknown("operation", name, [operation.id for _, operation in known])
    yield from ((one, operation) for one, operation in known if name in {None, operation.id})


def _check_declared(given: Mapping[str, Json], meant: Sequence[tuple[Contract, Operation]]) -> None:
    error, status = given.get("error"), given.get("status")
    if error is not None:
        known = [one.name for contract, operation in meant for one in contract.stated(operation)]
        if error not in known:
            raise _unknown("error", error, [*dict.fromkeys(known)])
    if (
        status is not None
        and given.get("chaos") is not True
        and not any(one.response(status) for _, one in meant)
    ):
        known = [status for _, one in meant for status in one.responses]
        raise _unknown("status", str(status), sorted({*known}), ' Or ask for "chaos": true.')


def _unknown(what: str, name: object, known: Sequence[str], advice: str = "") -> ProblemError:
    close = nearest(str(name), known)
    hint = f" Did you mean {close!r}?" if close else ""
    expected = f"{listed(known, 40) or 'none'}.{hint}{advice}"
    text = str(name)[:80]
    return _misfit(f"/{what}", f"{what} {text!r} is declared by no operation meant", expected)


def _misfit(pointer: str, found: str, expected: str) -> ProblemError:
    detail = f"{found}; expected {expected}"
    return ProblemError(422, "Body does not fit", detail, pointer=pointer)


def _check(
    given: Mapping[str, Json], known: Mapping[str, tuple[str, Reader]], at: str = ""
) -> None:
    for name, value in given.items():
        if name not in known:
            close = nearest(name, known)
            advice = f" Did you mean {close!r}?" if close else ""
            expected = f"{listed(known, 20)}.{advice}"
            raise _misfit(f"{at}/{name}", f"unknown member {name[:80]!r}", expected)
        expected, fits = known[name]
        if not fits(value):
            raise _misfit(f"{at}/{name}", f"{name} is {repr(value)[:80]}", expected)


def _delay(given: Mapping[str, Json]) -> Delay | None:
    if "fixedDelayMilliseconds" in given:
        return Delay.fixed(float(given["fixedDelayMilliseconds"]))
    spread = given.get("delayDistribution")
    if spread is None:
        return None
    at = "/delayDistribution"
    kind = spread.get("type")
    if kind == "fixed":
        _check(spread, {"type": _ANY, "milliseconds": _MILLISECONDS}, at)
        return Delay.fixed(float(_needed(spread, "milliseconds", at)))
    if kind == "normal":
        _check(spread, {"type": _ANY, "mean": _MILLISECONDS, "deviation": _MILLISECONDS}, at)
        mean, deviation = (float(_needed(spread, one, at)) for one in ("mean", "deviation"))
        return Delay(mean=mean, deviation=deviation)
    if kind == "percentile":
        return Delay(_points({name: one for name, one in spread.items() if name != "type"}, at))
    raise _misfit(f"{at}/type", f"type is {kind!r}", "fixed, normal or percentile")


def _points(given: Mapping[str, Json], at: str) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for name, value in given.items():
        match = _PERCENTILE.fullmatch(name)
        if match is None:
            raise _misfit(f"{at}/{name}", f"unknown member {name[:80]!r}", "p50, p95, p99.9, …")
        if not _MILLISECONDS[1](value):
            raise _misfit(f"{at}/{name}", f"{name} is {repr(value)[:80]}", _MILLISECONDS[0])
        points.append((float(match[1]) / 100, float(value)))
    points.sort()
    if not points:
        raise _misfit(at, "there is no percentile", "one or more, such as p50 and p99")
    if [most for _, most in points] != sorted(most for _, most in points):
        raise _misfit(at, "a higher percentile is faster", "milliseconds that rise")
    return points


def _dribble(given: Json) -> Dribble | None:
    if given is None:
        return None
    at = "/chunkedDribbleDelay"
    _check(given, {"numberOfChunks": _CHUNKS, "totalDuration": _MILLISECONDS}, at)
    return Dribble(_needed(given, "numberOfChunks", at), float(_needed(given, "totalDuration", at)))


def _needed(given: Mapping[str, Json], name: str, at: str) -> Json:
    if name not in given:
        raise _misfit(at, f"there is no {name!r}", f"a member {name!r}")
    return given[name]


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(least: int, most: int) -> Reader:
    return lambda value: type(value) is int and least <= value <= most


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


_ANY: tuple[str, Reader] = ("anything", lambda value: True)
_OBJECT: tuple[str, Reader] = ("an object", lambda value: isinstance(value, dict))
_TEXT: tuple[str, Reader] = ("a text", _is_text)
_MILLISECONDS: tuple[str, Reader] = (
    f"milliseconds, from 0 to {MOST_MS:,.0f}",
    lambda value: _number(value) and 0 <= value <= MOST_MS,
)
_CHUNKS: tuple[str, Reader] = ("a whole number from 1 to 1000", _whole(1, 1_000))
_ANSWERS = ("error", "status", "fault")
_EFFECTS = (*_ANSWERS, "fixedDelayMilliseconds", "delayDistribution", "chunkedDribbleDelay")
_MEMBERS: Mapping[str, tuple[str, Reader]] = {
    "document": _TEXT,
    "operation": _TEXT,
    "request": _OBJECT,
    "times": (f"a whole number from 1 to {_MOST_TIMES}", _whole(1, _MOST_TIMES)),
    "probability": ("a number from 0 to 1", lambda value: _number(value) and 0 <= value <= 1),
    "seed": ("a whole number", _whole(-(2**63), 2**63)),
    "error": _TEXT,
    "status": (
        "429 or a status from 500 to 599",
        lambda value: _whole(500, 599)(value) or (type(value) is int and value == 429),
    ),
    "retryAfter": ("whole seconds, from 0 to 86400", _whole(0, 86_400)),
    "fault": (
        listed(Breaking, 9),
        lambda value: _is_text(value) and value in {one.value for one in Breaking},
    ),
    "fixedDelayMilliseconds": _MILLISECONDS,
    "delayDistribution": _OBJECT,
    "chunkedDribbleDelay": _OBJECT,
    "chaos": ("true or false", lambda value: isinstance(value, bool)),
}
