"""Scalars for schemas: texts of every format, and numbers within bounds.

Plausible ones come first; nothing here is sure to fit, who needs a valid one tries them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from spec.document import Json
from spec.samples import patterns

BEGINNING = datetime(2024, 1, 15, 10, 0, 0, tzinfo=timezone.utc)  # noqa: UP017 - as elsewhere


def _day(number: int) -> date:
    return BEGINNING.date() + timedelta(days=number)


FORMATS: Mapping[str, Callable[[int], str]] = {
    "date-time": lambda number: (
        (BEGINNING + timedelta(days=number)).isoformat().replace("+00:00", "Z")
    ),
    "date": lambda number: _day(number).isoformat(),
    "time": lambda number: f"{(10 + number) % 24:02}:00:00Z",
    "duration": lambda number: f"PT{number + 1}H",
    "email": lambda number: f"someone{number or ''}@example.com",
    "idn-email": lambda number: f"someone{number or ''}@example.com",
    "uuid": lambda number: f"00000000-0000-4000-8000-{number + 1:012x}",
    "uri": lambda number: f"https://example.com/{number or 'a'}",
    "url": lambda number: f"https://example.com/{number or 'a'}",
    "uri-reference": lambda number: f"/{number or 'a'}",
    "uri-template": lambda number: f"/{number or 'a'}/{{id}}",
    "iri": lambda number: f"https://example.com/{number or 'a'}",
    "iri-reference": lambda number: f"/{number or 'a'}",
    "hostname": lambda number: f"host{number or ''}.example.com",
    "idn-hostname": lambda number: f"host{number or ''}.example.com",
    "ipv4": lambda number: f"192.0.2.{number % 254 + 1}",
    "ipv6": lambda number: f"2001:db8::{number % 9999 + 1}",
    "json-pointer": lambda number: f"/{number or 'a'}",
    "relative-json-pointer": lambda number: f"{number}",
    "regex": lambda number: "^.*$",
    "byte": lambda number: "c2FtcGxl",
    "binary": lambda number: "sample",
}
"""For each format of texts a maker of different ones."""


def texts(schema: Mapping[str, Json], name: str, number: int) -> Iterator[str]:
    """Yield texts for a schema; where it leaves the choice, they tell the property's `name`."""
    least, most = _size(schema, "minLength", 0), _size(schema, "maxLength", None)
    if isinstance(schema.get("pattern"), str):
        yield from patterns.texts(schema["pattern"], least or 0, number)
    made = FORMATS.get(str(schema.get("format")))
    if made is not None:
        yield made(number)
    plain = f"{name or 'text'}{f' {number + 1}' if number else ''}"
    if most is not None and len(plain) > most:
        plain = f"{number + 1:0{most}}"[:most] if number else plain[:most]
    yield plain + "x" * ((least or 0) - len(plain))


def _size(schema: Mapping[str, Json], word: str, default: int | None) -> int | None:
    found = schema.get(word)
    return int(found) if isinstance(found, int | float) else default


def numbers(schema: Mapping[str, Json], kind: str, number: int) -> Iterator[Json]:
    """Yield numbers for a schema, small ones first."""
    low, high = _bounds(schema, kind)
    start = 1 if low is None or low <= 1 else low
    start = high if high is not None and start > high else start
    unit = schema.get("multipleOf")
    if isinstance(unit, int | float) and unit > 0:
        yield from _multiples(unit, start, high)
        return
    value = start + number
    value = start if high is not None and value > high else value
    yield _plain(value, kind)
    yield from (_plain(one, kind) for one in (low, high) if one is not None)
    for one in (value + 1, Fraction(0), Fraction(-1)):
        if (low is None or one >= low) and (high is None or one <= high):
            yield _plain(one, kind)


def _bounds(schema: Mapping[str, Json], kind: str) -> tuple[Fraction | None, Fraction | None]:
    """Return the least and the greatest number that a schema allows."""
    step = Fraction(1) if kind == "integer" else Fraction(1, 2)
    low = _stated(schema, minimum=Fraction(0), exclusiveMinimum=step)
    high = _stated(schema, maximum=Fraction(0), exclusiveMaximum=-step)
    least, most = max(low, default=None), min(high, default=None)
    if least is not None and most is not None and least > most and kind == "number":
        least = most = (least + most) / 2
    if kind == "integer" and least is not None:
        least = Fraction(math.ceil(least))
    return least, most


def _stated(schema: Mapping[str, Json], **steps: Fraction) -> list[Fraction]:
    """Return the bounds that stand under some words, each moved by a step."""
    found = [(schema.get(word), step) for word, step in steps.items()]
    return [
        Fraction(bound) + step
        for bound, step in found
        if isinstance(bound, int | float) and not isinstance(bound, bool) and math.isfinite(bound)
    ]


def _multiples(unit: float, start: Fraction | int, high: Fraction | None) -> Iterator[Json]:
    exact = Fraction(str(unit))
    times = math.ceil(Fraction(start) / exact)
    if high is not None and times * exact > high:
        times = math.floor(high / exact)
    yield _plain(times * exact, "integer" if exact.denominator == 1 else "number")


def _plain(value: Fraction | int, kind: str) -> Json:
    return int(value) if kind == "integer" or Fraction(value).denominator == 1 else float(value)
