"""Which requests are meant: patterns with WireMock's names, for the journal and for faults.

    {"method": "PATCH", "urlPathPattern": "/v1/devices/[0-9]+", "operation": "updateDevice",
     "headers": {"X-Team": {"contains": "blue"}}, "bodyPatterns": [{"matchesJsonPath": "$.name"}]}

Whatever is given must hold. `operation` and `document` are ours; all else means what WireMock says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from mockserver.problems import ProblemError
from spec import ABSENT, Json, RawRequest, listed, nearest
from spec.equality import same
from spec.wire import parse, query_pairs

Text: TypeAlias = Callable[[str | None], bool]
Test: TypeAlias = Callable[["Asked"], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and the operation of a document that it was for."""

    request: RawRequest
    document: str | None
    operation: str | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A set of requests; `shown` is how it was given."""

    shown: Json
    tests: tuple[Test, ...]

    def matches(self, asked: Asked) -> bool:
        """Tell whether a request is meant."""
        return all(test(asked) for test in self.tests)


def pattern(given: Json, at: str = "") -> Pattern:
    """Return the pattern of a JSON object that stands at the pointer `at` of a body.

    Raises: ProblemError: it says something that makes no sense.
    """
    if not isinstance(given, dict):
        raise _misfit(at, f"{_short(given)} is no pattern", "an object")
    tests: list[Test] = []
    for name, value in given.items():
        make = _MEMBERS.get(name)
        if make is None:
            close = nearest(name, _MEMBERS)
            advice = f" Did you mean {close!r}?" if close else ""
            expected = f"{listed(_MEMBERS, 20)}.{advice}"
            raise _misfit(f"{at}/{name}", f"unknown member {name[:80]!r}", expected)
        tests.extend(make(value, f"{at}/{name}"))
    return Pattern(given, tuple(tests))


def _misfit(pointer: str, found: str, expected: str) -> ProblemError:
    return ProblemError(422, "Body does not fit", f"{found}; expected {expected}", pointer=pointer)


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(value: Json, at: str) -> str:
    if not isinstance(value, str):
        raise _misfit(at, f"{_short(value)}", "a text")
    return value


def _regex(value: Json, at: str) -> re.Pattern[str]:
    try:
        return re.compile(_text(value, at)[:1_000], re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise _misfit(at, f"{_short(value)} is no regular expression ({error})", "one") from None


def _method(value: Json, at: str) -> Iterator[Test]:
    wanted = _text(value, at).upper()
    yield lambda asked: wanted == "ANY" or asked.request.method == wanted


def _equal(get: Callable[[Asked], str | None]) -> Callable[[Json, str], Iterator[Test]]:
    def made(value: Json, at: str) -> Iterator[Test]:
        wanted = _text(value, at)
        yield lambda asked: get(asked) == wanted

    return made


def _fitting(get: Callable[[Asked], str]) -> Callable[[Json, str], Iterator[Test]]:
    def made(value: Json, at: str) -> Iterator[Test]:
        wanted = _regex(value, at)
        yield lambda asked: wanted.fullmatch(get(asked)) is not None

    return made


def _named(
    get: Callable[[Asked, str], list[str]],
) -> Callable[[Json, str], Iterator[Test]]:
    """Return the maker of tests of named texts, such as headers: one of the values must pass."""

    def made(value: Json, at: str) -> Iterator[Test]:
        if not isinstance(value, dict):
            raise _misfit(at, f"{_short(value)}", "an object of names and what their values are")
        for name, wanted in value.items():
            yield _on_values(name, _on_text(wanted, f"{at}/{name}"))

    def _on_values(name: str, test: Text) -> Test:
        def on_any(asked: Asked) -> bool:
            found = get(asked, name)
            return any(map(test, found)) if found else test(None)

        return on_any

    return made


def _headers(asked: Asked, name: str) -> list[str]:
    return [value for key, value in asked.request.headers if key.lower() == name.lower()]


def _query(asked: Asked, name: str) -> list[str]:
    return [value for key, value in query_pairs(asked.request.query) if key == name]


def _cookies(asked: Asked, name: str) -> list[str]:
    found = asked.request.cookies.get(name)
    return [] if found is None else [found]


def _on_text(wanted: Json, at: str) -> Text:
    """Return the test of a text (None: it is not there), such as `{"contains": "x"}`."""
    if not isinstance(wanted, dict) or not wanted:
        raise _misfit(at, f"{_short(wanted)}", f"one or more of {listed(_OPERATORS, 20)}")
    caseless = wanted.get("caseInsensitive", False)
    if not isinstance(caseless, bool):
        raise _misfit(f"{at}/caseInsensitive", _short(caseless), "true or false")
    tests: list[Text] = []
    for name, value in wanted.items():
        if name == "caseInsensitive":
            continue
        if name not in _OPERATORS:
            expected = f"one of {listed(_OPERATORS, 20)}"
            raise _misfit(f"{at}/{name}", f"unknown operator {name[:80]!r}", expected)
        tests.append(_OPERATORS[name](value, f"{at}/{name}", caseless))
    return lambda text: all(test(text) for test in tests)


def _equal_to(value: Json, at: str, caseless: bool) -> Text:
    wanted = _text(value, at)
    if caseless:
        return lambda text: text is not None and text.lower() == wanted.lower()
    return lambda text: text == wanted


def _contains(value: Json, at: str, _: bool) -> Text:
    wanted = _text(value, at)
    return lambda text: text is not None and wanted in text


def _lacks(value: Json, at: str, _: bool) -> Text:
    wanted = _text(value, at)
    return lambda text: text is None or wanted not in text


def _matches(value: Json, at: str, _: bool) -> Text:
    wanted = _regex(value, at)
    return lambda text: text is not None and wanted.fullmatch(text) is not None


def _differs(value: Json, at: str, _: bool) -> Text:
    wanted = _regex(value, at)
    return lambda text: text is None or wanted.fullmatch(text) is None


def _absent(value: Json, at: str, _: bool) -> Text:
    if not isinstance(value, bool):
        raise _misfit(at, _short(value), "true or false")
    return lambda text: (text is None) == value


def _equal_json(value: Json, at: str, _: bool) -> Text:
    wanted = value
    if isinstance(value, str):
        wanted, wrong = parse(value.encode("utf-8", "surrogatepass"))
        if wrong is not None:
            raise _misfit(at, f"{_short(value)} is no JSON", "a JSON value, or its text")
    return lambda text: text is not None and _read(text) is not ABSENT and same(_read(text), wanted)


def _json_path(value: Json, at: str, _: bool) -> Text:
    """Return the test whether a path finds something, or something of which a test holds."""
    from jsonpath import JSONPathError
    from jsonpath import compile as jsonpath

    expression, inner = value, None
    if isinstance(value, dict):
        expression = value.get("expression")
        rest = {name: one for name, one in value.items() if name != "expression"}
        inner = _on_text(rest, at) if rest else None
    try:
        path = jsonpath(_text(expression, at))
    except (JSONPathError, RecursionError) as error:
        raise _misfit(at, f"{_short(expression)} is no JSONPath ({error})", "one") from None

    def test(text: str | None) -> bool:
        body = ABSENT if text is None else _read(text)
        if not isinstance(body, dict | list):
            return False
        found = path.findall(body)
        return bool(found) if inner is None else any(inner(_as_text(one)) for one in found)

    return test


def _read(text: str) -> Json:
    return parse(text.encode("utf-8", "surrogateescape"))[0]


def _as_text(value: Json) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _bodies(value: Json, at: str) -> Iterator[Test]:
    if not isinstance(value, list):
        raise _misfit(at, _short(value), "a list of what the body is")
    for number, wanted in enumerate(value):
        yield _on_body(_on_text(wanted, f"{at}/{number}"))


def _on_body(test: Text) -> Test:
    def made(asked: Asked) -> bool:
        body = asked.request.body
        return test(body.decode("utf-8", "surrogateescape") if body else None)

    return made


_OPERATORS: Mapping[str, Callable[[Json, str, bool], Text]] = {
    "equalTo": _equal_to,
    "contains": _contains,
    "doesNotContain": _lacks,
    "matches": _matches,
    "doesNotMatch": _differs,
    "absent": _absent,
    "equalToJson": _equal_json,
    "matchesJsonPath": _json_path,
}
_MEMBERS: Mapping[str, Callable[[Json, str], Iterator[Test]]] = {
    "method": _method,
    "url": _equal(lambda asked: asked.request.target),
    "urlPattern": _fitting(lambda asked: asked.request.target),
    "urlPath": _equal(lambda asked: asked.request.path),
    "urlPathPattern": _fitting(lambda asked: asked.request.path),
    "queryParameters": _named(_query),
    "headers": _named(_headers),
    "cookies": _named(_cookies),
    "bodyPatterns": _bodies,
    "operation": _equal(lambda asked: asked.operation),
    "document": _equal(lambda asked: asked.document),
}
