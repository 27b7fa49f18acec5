"""What to ask a filter for: the values that records hold, those just beside, and those of nobody.

A value is a template: a text may be a `Fresh` one, whose ending is then varied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from contracts.steps import Fresh, Template
from contracts.walk import Walk
from spec import Filter
from spec.times import moment

_ELSEWHERE = timezone(timedelta(hours=2))
_FAR = 1_000_000_007
_LONG_AGO = "1999-12-31T23:59:59Z"


def values(one: Filter, held: Sequence[Template], walk: Walk, *, many: bool) -> list[Template]:
    """Return what to ask a filter for, each once; with `many` every one is a list of values."""
    found: list[Template] = []
    for value in _asked(one, held, walk, many):
        if value not in found:
            found.append(value)
    return found


def _asked(one: Filter, held: Sequence[Template], walk: Walk, many: bool) -> Iterator[Template]:
    if one.operator in {"in", "nin"} or (many and not any(isinstance(v, list) for v in held)):
        yield from _lists(held, walk)
    elif one.operator == "inc":
        yield from (single for single, _ in _members(held))
        yield walk.fresh()
    elif one.operator == "like":
        for value in held[:2]:
            yield from (value, infix(value), other_case(value), shortened(value))
            yield other_case(infix(value))
        yield walk.fresh()
    else:
        yield from held[:3]
        for value in held[:2]:
            yield from beside(value)
        yield from _in_other_cases(held)
        yield from nobodys(held, walk)


def _lists(held: Sequence[Template], walk: Walk) -> Iterator[list[Template]]:
    """Yield lists of one value and of two, in both orders, with nobody's among them."""
    single = [one for one, _ in _members(held)] if _arrays(held) else list(held)
    for value in single[:3]:
        yield [value]
    for left, right in pairwise(single):
        yield [left, right]
        yield [right, left]
    for value in single[:1]:
        yield from ([near] for near in beside(value))
        yield from ([strange, value] for strange in nobodys(single, walk))
        if isinstance(value, (str, Fresh)) and len(single) > 1:
            yield [_ending(value, ",x")]
    yield from ([one] for one in _in_other_cases(single))
    yield [""]


def _arrays(held: Sequence[Template]) -> bool:
    return any(isinstance(one, list) for one in held)


def _members(held: Sequence[Template]) -> Iterator[tuple[Template, int]]:
    """Yield the members of the arrays that are held, each once, with their number."""
    seen: list[Template] = []
    for one in held:
        for member in one if isinstance(one, list) else [one]:
            if member not in seen:
                seen.append(member)
                yield member, len(seen)


def _in_other_cases(held: Sequence[Template]) -> Iterator[Template]:
    """Yield the first value that has letters, in another case."""
    for value in held:
        if isinstance(value, (str, Fresh)) and moment(value) is None and other_case(value) != value:
            yield other_case(value)
            return


# -- beside a value -------------------------------------------------------------------------------


def beside(value: Template) -> Iterator[Template]:
    """Yield values that differ from one by as little as can be."""
    if isinstance(value, list):
        yield from (value[::-1], value[:-1], [*value, *value[:1]])
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value - 1, value + 1)
    elif isinstance(value, str) and moment(value) is not None:
        yield from moments(value)
    elif isinstance(value, (str, Fresh)):
        yield from (other_case(value), shortened(value), _ending(value, "s"))


def moments(text: str) -> Iterator[str]:
    """Yield the same moment as told elsewhere, and the moments just before and just after."""
    digits = re.search(r"[.]([0-9]+)", text)
    precision = {0: "seconds", 3: "milliseconds"}.get(
        len(digits[1]) if digits else 0, "microseconds"
    )
    step = {"seconds": 1_000_000, "milliseconds": 1_000}.get(precision, 1)
    found = datetime.fromisoformat(text.upper())
    before, after = (found + timedelta(microseconds=sign * step) for sign in (-1, 1))
    for one in (found, before):
        yield one.astimezone(_ELSEWHERE).isoformat(timespec=precision)
    for one in (before, after):
        yield one.isoformat(timespec=precision)


def nobodys(held: Sequence[Template], walk: Walk) -> Iterator[Template]:
    """Yield a value of the same type that no record has."""
    if any(isinstance(one, int) for one in held):
        yield _FAR
    elif any(moment(one) is not None for one in held if isinstance(one, str)):
        yield _LONG_AGO
    elif _arrays(held):
        yield [walk.fresh()]
    else:
        yield walk.fresh()


# -- texts ----------------------------------------------------------------------------------------


def other_case(value: Template) -> Template:
    """Return a text with the case of its letters turned round, as far as we have chosen them."""
    if isinstance(value, Fresh):
        return replace(value, suffix=value.suffix.swapcase())
    return value.swapcase() if isinstance(value, str) else value


def shortened(value: Template) -> Template:
    """Return a text without its end."""
    if isinstance(value, Fresh):
        return replace(value, suffix=value.suffix[:-1])
    return value[:-1] if isinstance(value, str) else value


def infix(value: Template) -> Template:
    """Return a part of a text that stands neither at its beginning nor at its end."""
    text = value.suffix if isinstance(value, Fresh) else value
    return text[1:-1] or text if isinstance(text, str) else value


def _ending(value: Template, more: str) -> Template:
    return replace(value, suffix=value.suffix + more) if isinstance(value, Fresh) else value + more
