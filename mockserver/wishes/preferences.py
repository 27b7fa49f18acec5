"""The `Prefer` header (RFC 7240): what a client asks of the mock beside what it asks of the API.

Clients that cannot set headers ask in the query: `__code`, `__example`, `__dynamic`, `__seed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mockserver.problems import ProblemError
from spec import Json, Operation, RawRequest
from spec.wire import query_pairs

MOST_DELAY_MS = 60_000
MOST_WAIT_S = 60
TWINS = {f"__{name}": name for name in ("code", "example", "dynamic", "seed")}

_PREFERENCE = re.compile(
    r"""\s* (?P<name>[^\s=,;"]+) \s*
        (?: = \s* (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<plain>[^\s,;"]*) ) \s* )?
        (?: [,;] | $ )""",
    re.VERBOSE,
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request asks of the mock.

    `code`, `example` and `dynamic` choose an answer of the document, whatever the request holds.
    `wait_s` is how long the answer may wait for the work that the call sets going; None leaves it
    to the pace of jobs, 0 means that it shall not wait.
    """

    errors: tuple[str, ...] = ()
    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None
    delay_ms: int = 0
    wait_s: float | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    """The preferences as they were given, by name."""

    @property
    def choose(self) -> bool:
        """Whether the answer is chosen, and nothing is done."""
        return self.code is not None or self.example is not None or self.dynamic is True

    def applied(self, *names: str) -> str:
        """Return the value of Preference-Applied for those of these preferences that were given."""
        return ", ".join(_written(one, self.given[one]) for one in names if one in self.given)


NOTHING = Wishes()


def wished(raw: RawRequest, operation: Operation) -> Wishes:
    """Return what a request asks of the mock.

    Raises: ProblemError: a value that we know the name of makes no sense.
    """
    if raw.header("prefer") is None:
        return _of_query(raw, operation) if "__" in raw.query else NOTHING
    errors: list[str] = []
    given: dict[str, str] = {}
    for header in (value for name, value in raw.headers if name.lower() == "prefer"):
        for name, value in preferences(header):
            if name == "error":
                errors.append(value)
            else:
                given.setdefault(name, value)  # RFC 7240, section 2: the first one counts
    return _wishes(given, tuple(errors))


def _of_query(raw: RawRequest, operation: Operation) -> Wishes:
    declared = {one.name for one in operation.parameters if one.location == "query"}
    given: dict[str, str] = {}
    for name, value in query_pairs(raw.query):
        if name in TWINS and name not in declared:
            given.setdefault(TWINS[name], value)
    return _wishes(given, ())


def _wishes(given: Mapping[str, str], errors: tuple[str, ...]) -> Wishes:
    wait = _number(given, "wait", MOST_WAIT_S, "seconds")
    return Wishes(
        errors,
        code=_number(given, "code", 599, "a status"),
        example=given.get("example"),
        dynamic=_switch(given),
        seed=given.get("seed"),
        delay_ms=_number(given, "delay", MOST_DELAY_MS, "milliseconds") or 0,
        wait_s=0 if "respond-async" in given and wait is None else wait,
        given=given,
    )


def _number(given: Mapping[str, str], name: str, most: int, unit: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) <= most):
        raise impossible(f"{name} is {text[:80]!r}; expected {unit}, a number up to {most}")
    return int(text)


def _switch(given: Mapping[str, str]) -> bool | None:
    known = {"true": True, "false": False, "": True}
    text = given.get("dynamic")
    if text is None:
        return None
    if text.lower() not in known:
        raise impossible(f"dynamic is {text[:80]!r}; expected true or false")
    return known[text.lower()]


def impossible(detail: str, **members: Json) -> ProblemError:
    """Return the refusal of a preference that cannot be met."""
    return ProblemError(400, "Preference not possible", detail, **members)


def _written(name: str, value: str) -> str:
    if not value:
        return name
    if _TOKEN.fullmatch(value):
        return f"{name}={value}"
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    sendable = value.isascii() and value.isprintable()
    return f'{name}="{escaped}"' if sendable else name


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
