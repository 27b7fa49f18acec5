"""The `Prefer` header (RFC 7240): what a client asks of the mock beside what it asks of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mockserver.problems import ProblemError
from spec import Call, Contract, RawRequest, listed

_PREFERENCE = re.compile(
    r"""\s* (?P<name>[^\s=,;"]+) \s*
        (?: = \s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<plain>[^\s,;"]*) ) \s* )?
        (?: [,;] | $ )""",
    re.VERBOSE,
)


def preferences(header: str) -> Iterator[tuple[str, str]]:
    """Yield the names (in lower case) and values of a list with commas or semicolons.

    What cannot be read is skipped: a server may ignore any preference.
    """
    at = 0
    while at < len(header):
        found = _PREFERENCE.match(header, at)
        if found is None:
            following = re.compile("[,;]").search(header, at)
            if following is None:
                return
            at = following.end()
            continue
        quoted = found["quoted"]
        value = found["plain"] or "" if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        yield found["name"].lower(), value
        at = found.end()


def errors_asked_for(raw: RawRequest) -> list[str]:
    """Return the names under `error` in the request's Prefer headers."""
    if raw.header("prefer") is None:
        return []
    headers = (value for name, value in raw.headers if name == "prefer")
    return [value for one in headers for name, value in preferences(one) if name == "error"]


def with_faults(contract: Contract, call: Call, names: Sequence[str]) -> Call:
    """Return the call with the problems of these names provoked.

    Raises: ProblemError: the operation does not declare one of them.
    """
    if not names:
        return call
    known = [one.name for one in contract.stated(call.operation)]
    for name in names:
        if name not in known:
            raise ProblemError(
                400,
                "Preference not possible",
                f"{call.operation.id} has no error {name[:80]!r}. It has: {listed(known, 100)}",
                errors=known,
            )
    return call.asking_for(*names)
