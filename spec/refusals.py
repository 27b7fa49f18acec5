"""How an operation refuses where the vocabulary says nothing of it.

Whoever writes an OpenAPI document says which answers there are, but seldom all of those by which
HTTP itself refuses: to a call without credentials, to one that does not fit the document, for a
record that is not there. Where no problem of the vocabulary stands for such a cause
(`Operation.unsaid`), the documented status that says it best answers, and else the usual one,
documented or not.
"""

from __future__ import annotations

from collections.abc import Mapping

from spec.contract import Cause, Operation

_SAYING: Mapping[Cause, tuple[int, ...]] = {
    "credential": (401, 403),
    "shape": (400, 422),
    "media": (415, 400, 422),
    "record": (404, 410),
    "conflict": (409, 400, 422),
}
"""For each cause the statuses that say it, the one that says it best first."""

_USUAL: Mapping[Cause, int] = {
    "credential": 401,
    "shape": 422,
    "media": 415,
    "record": 404,
    "conflict": 409,
}
_NEVER_OF_SHAPE = {401, 402, 403, 407, 408, 409, 412, 423, 425, 426, 428, 429, 431, 451}
_ALWAYS = frozenset({406, 413, 414, 429, 431})
"""Statuses that HTTP, and those who stand between client and server, may answer to anything."""


def admits(operation: Operation, status: int) -> bool:
    """Tell whether an operation may answer with a status that its document does not have."""
    said = {one for cause in operation.unsaid for one in _SAYING[cause]}
    return status in said or (bool(said) and status in _ALWAYS)


def says(status: int, cause: Cause) -> bool:
    """Tell whether a status says that a call was refused for a cause."""
    return status in _SAYING[cause][:2]


def status(operation: Operation, cause: Cause) -> int:
    """Return the status by which an operation refuses for a cause."""
    exact = [int(one) for one in operation.responses if one.isdecimal()]
    for one in _SAYING[cause]:
        if one in exact:
            return one
    if cause in {"shape", "media"}:
        others = [one for one in exact if 400 <= one < 500 and one not in _NEVER_OF_SHAPE]
        return next(iter(others), _USUAL[cause])
    return _USUAL[cause]
