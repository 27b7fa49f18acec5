"""What filters are asked for must tell a right server from the nearly right ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.sequences import asking
from contracts.steps import Fresh, Template, mapped
from spec import Filter

MIKE, KILO, OTHER, LONGER = (Fresh(1, one) for one in ("mike7", "kilo7", "Mike7", "mike7s"))
TEXTS = [MIKE, KILO, OTHER, LONGER]
ARRAYS = [[MIKE, KILO], [KILO, MIKE], [MIKE], [MIKE, KILO, Fresh(2)], [LONGER], []]
NUMBERS = [41, 40, 42]
MOMENTS = [
    "2024-05-03T09:15:00.000Z",
    "2024-05-03T09:15:00.001Z",
    "2024-05-03T23:30:00.000Z",
]
NAMES = ["2.1.0", "2.0.0", "2.1.0+fix.1"]

Test = Callable[[Any, Any], bool]


def plain(value: Template) -> Any:
    return mapped(value, lambda one: f"cfk-{one.number}{one.suffix}")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def naive(text: str) -> datetime:
    return at(text).replace(tzinfo=None)


def asked(operator: str, held: list[Any], *, many: bool = False) -> list[Any]:
    numbers = iter(range(90, 99))
    walk: Any = SimpleNamespace(fresh=lambda: Fresh(next(numbers)))
    one = Filter("name", "name", operator)  # type: ignore[arg-type] - from the table
    return [plain(value) for value in asking.values(one, held, walk, many=many)]


CONFUSED: dict[str, tuple[str, list[Any], bool, Test, Test]] = {
    "eq in any case": (
        "eq", TEXTS, False, lambda got, want: got == want,
        lambda got, want: got.casefold() == want.casefold(),
    ),
    "eq by prefix": (
        "eq", TEXTS, False, lambda got, want: got == want, lambda got, want: got.startswith(want),
    ),
    "eq by infix": (
        "eq", NAMES, False, lambda got, want: got == want, lambda got, want: want in got,
    ),
    "ne as eq": ("ne", NUMBERS, False, lambda g, w: g != w, lambda g, w: g == w),
    "ne ignored": ("ne", TEXTS, False, lambda g, w: g != w, lambda g, w: True),
    "gt as gte": ("gt", NUMBERS, False, lambda g, w: g > w, lambda g, w: g >= w),
    "gte as gt": ("gte", NUMBERS, False, lambda g, w: g >= w, lambda g, w: g > w),
    "lt as lte": ("lt", TEXTS, False, lambda g, w: g < w, lambda g, w: g <= w),
    "lte as lt": ("lte", TEXTS, False, lambda g, w: g <= w, lambda g, w: g < w),
    "gt as lt": ("gt", NUMBERS, False, lambda g, w: g > w, lambda g, w: g < w),
    "gt in any case": (
        "gt", TEXTS, False, lambda g, w: g > w, lambda g, w: g.casefold() > w.casefold(),
    ),
    "lte in any case": (
        "lte", TEXTS, False, lambda g, w: g <= w, lambda g, w: g.casefold() <= w.casefold(),
    ),
    "like minding the case": (
        "like", TEXTS, False, lambda g, w: w.lower() in g.lower(), lambda g, w: w in g,
    ),
    "like at the start": (
        "like", TEXTS, False,
        lambda g, w: w.lower() in g.lower(), lambda g, w: g.lower().startswith(w.lower()),
    ),
    "like at the end": (
        "like", TEXTS, False,
        lambda g, w: w.lower() in g.lower(), lambda g, w: g.lower().endswith(w.lower()),
    ),
    "like as eq": ("like", NAMES, False, lambda g, w: w in g, lambda g, w: g == w),
    "in by the first": ("in", TEXTS, True, lambda g, w: g in w, lambda g, w: g == w[0]),
    "in by the last": ("in", NAMES, True, lambda g, w: g in w, lambda g, w: g == w[-1]),
    "in by all": (
        "in", NUMBERS, True, lambda g, w: g in w, lambda g, w: all(g == one for one in w),
    ),
    "in by prefix": (
        "in", NAMES, True, lambda g, w: g in w, lambda g, w: any(g.startswith(one) for one in w),
    ),
    "in in any case": (
        "in", TEXTS, True,
        lambda g, w: g in w, lambda g, w: g.lower() in [one.lower() for one in w],
    ),
    "in split at commas": (
        "in", TEXTS, True,
        lambda g, w: g in w, lambda g, w: g in [part for one in w for part in one.split(",")],
    ),
    "nin ignored": ("nin", NUMBERS, True, lambda g, w: g not in w, lambda g, w: True),
    "nin by the first": ("nin", TEXTS, True, lambda g, w: g not in w, lambda g, w: g != w[0]),
    "arrays equal in any order": (
        "eq", ARRAYS, True, lambda g, w: g == w, lambda g, w: sorted(g) == sorted(w),
    ),
    "arrays equal when they share one": (
        "eq", ARRAYS, True, lambda g, w: g == w, lambda g, w: bool({*g} & {*w}),
    ),
    "arrays equal when they contain": (
        "eq", ARRAYS, True, lambda g, w: g == w, lambda g, w: {*w} <= {*g},
    ),
    "arrays differ when they share none": (
        "ne", ARRAYS, True, lambda g, w: g != w, lambda g, w: not {*g} & {*w},
    ),
    "arrays with a part of a member": (
        "inc", ARRAYS, False, lambda g, w: w in g, lambda g, w: any(w in one for one in g),
    ),
    "arrays with all": (
        "in", ARRAYS, True, lambda g, w: bool({*g} & {*w}), lambda g, w: {*w} <= {*g},
    ),
    "arrays without all": (
        "nin", ARRAYS, True, lambda g, w: not {*g} & {*w}, lambda g, w: not {*w} <= {*g},
    ),
    "moments without their zone": (
        "eq", MOMENTS, False, lambda g, w: at(g) == at(w), lambda g, w: naive(g) == naive(w),
    ),
    "after moments without their zone": (
        "gt", MOMENTS, False, lambda g, w: at(g) > at(w), lambda g, w: naive(g) > naive(w),
    ),
    "before moments without their zone": (
        "lt", MOMENTS, False, lambda g, w: at(g) < at(w), lambda g, w: naive(g) < naive(w),
    ),
    "after or at the moment": (
        "gt", MOMENTS, False, lambda g, w: at(g) > at(w), lambda g, w: at(g) >= at(w),
    ),
    "moments as texts": ("eq", MOMENTS, False, lambda g, w: at(g) == at(w), lambda g, w: g == w),
    "moments by the second": (
        "gt", MOMENTS, False, lambda g, w: at(g) > at(w),
        lambda g, w: at(g).replace(microsecond=0) > at(w).replace(microsecond=0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFUSED)
def test_what_is_asked_tells_an_operator_from_one_that_is_nearly_right(case: str) -> None:
    operator, held, many, right, nearly = CONFUSED[case]

    wants = asked(operator, held, many=many)

    told = [
        (got, want)
        for want in wants
        for got in plain(held)
        if right(got, want) is not nearly(got, want)
    ]
    assert told, wants


@pytest.mark.parametrize("case", CONFUSED)
def test_what_is_asked_finds_some_and_leaves_some_out(case: str) -> None:
    operator, held, many, right, _ = CONFUSED[case]

    splits = [
        want
        for want in asked(operator, held, many=many)
        if len({right(got, want) for got in plain(held)}) == 2
    ]

    assert splits


@pytest.mark.parametrize(
    ("held", "many"),
    [(TEXTS, False), (TEXTS, True), (ARRAYS, True), (NUMBERS, False), (MOMENTS, False)],
)
@pytest.mark.parametrize("operator", ["eq", "ne", "gt", "in", "nin", "like"])
def test_nothing_is_asked_twice_and_not_too_much(
    operator: str, held: list[Any], many: bool
) -> None:
    wants = asked(operator, held, many=many)

    assert len(wants) <= 16
    assert all(one not in wants[:number] for number, one in enumerate(wants))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (
            "2024-05-03T09:15:00Z",
            ["2024-05-03T11:15:00+02:00", "2024-05-03T11:14:59+02:00", "2024-05-03T09:14:59+00:00",
             "2024-05-03T09:15:01+00:00"],
        ),
        (
            "2024-05-03T09:15:00.000Z",
            ["2024-05-03T11:15:00.000+02:00", "2024-05-03T11:14:59.999+02:00",
             "2024-05-03T09:14:59.999+00:00", "2024-05-03T09:15:00.001+00:00"],
        ),
        (
            "2024-05-03T09:15:00.000000+00:00",
            ["2024-05-03T11:15:00.000000+02:00", "2024-05-03T11:14:59.999999+02:00",
             "2024-05-03T09:14:59.999999+00:00", "2024-05-03T09:15:00.000001+00:00"],
        ),
    ],
)  # fmt: skip
def test_a_moment_has_neighbours_of_its_own_precision(text: str, near: list[str]) -> None:
    assert list(asking.moments(text)) == near


def test_a_text_of_ours_is_varied_where_we_have_chosen_it() -> None:
    assert asking.other_case(MIKE) == Fresh(1, "MIKE7")
    assert asking.shortened(MIKE) == Fresh(1, "mike")
    assert asking.infix(MIKE) == "ike"
