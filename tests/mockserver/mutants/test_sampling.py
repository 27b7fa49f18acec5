"""Which of many drafts become mutants."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.mutants.mutant import Draft, Operator
from mockserver.mutants.sampling import sampled, spread
from spec import Place

PLACE = Place("a.yaml", "", 1, 1)


def drafts(number: int, operation: str = "one", doubt: str = "") -> list[Draft]:
    return [
        Draft(operation, f"{operation} {n}", PLACE, lambda site: site, doubt) for n in range(number)
    ]


@pytest.mark.parametrize(("number", "most", "taken"), [(0, 3, 0), (2, 3, 2), (9, 3, 3), (9, 0, 0)])
def test_no_more_are_taken_than_allowed(number: int, most: int, taken: int) -> None:
    assert len(spread(drafts(number), most)) == taken


def test_one_of_each_stretch_is_taken_in_their_order() -> None:
    found = drafts(30)

    taken = [found.index(one) for one in spread(found, 3)]

    assert [number // 10 for number in taken] == [0, 1, 2]


def test_the_choice_is_the_same_each_time() -> None:
    assert [one.name for one in spread(drafts(50), 4)] == [
        one.name for one in spread(drafts(50), 4)
    ]


def test_doubtful_ones_are_taken_where_sure_ones_do_not_suffice() -> None:
    operator: Any = Operator("job", "any", lambda contract: (), most=3)

    few = sampled(operator, [*drafts(9, doubt="maybe"), *drafts(2, "sure")])

    assert [bool(one.doubt) for one in few].count(False) == 2
    assert len(few) == 5


def test_each_operation_has_its_share() -> None:
    operator = Operator("state", "any", lambda contract: (), most=2)

    taken = sampled(operator, [*drafts(20, "a"), *drafts(20, "b")])

    assert [one.operation for one in taken] == ["a", "a", "b", "b"]
