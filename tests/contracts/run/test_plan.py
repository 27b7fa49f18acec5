from __future__ import annotations

from itertools import pairwise

import pytest

from contracts.run.plan import Planned, plan, rounds
from contracts.run.results import Options
from spec import Contract

PHASES = ["rows", "depth", "random"]


@pytest.fixture(scope="module")
def whole(fleet: Contract) -> list[Planned]:
    return plan(fleet, Options(walks=3))


def test_every_row_is_tried_before_any_is_tried_again(whole: list[Planned]) -> None:
    assert list(dict.fromkeys(one.phase for one in whole)) == PHASES
    order = [PHASES.index(one.phase) for one in whole]
    assert all(left <= right for left, right in pairwise(order))


def test_every_scenario_has_a_number_of_its_own(whole: list[Planned]) -> None:
    assert [one.number for one in whole] == list(range(1, len(whole) + 1))


def test_a_plan_is_the_same_whenever_it_is_made(fleet: Contract, whole: list[Planned]) -> None:
    again = plan(fleet, Options(walks=3))

    assert [one.scenario.id for one in again] == [one.scenario.id for one in whole]


def test_a_budget_takes_the_beginning_of_the_plan(fleet: Contract, whole: list[Planned]) -> None:
    some = plan(fleet, Options(walks=3, cases=50))

    assert [one.scenario.id for one in some] == [one.scenario.id for one in whole[:50]]


def test_a_round_tries_no_row_only_a_second_time(whole: list[Planned]) -> None:
    for some in rounds(whole):
        tried: set[str] = set()
        for one in some:
            assert not one.scenario.rows or not tried.issuperset(one.scenario.rows)
            tried.update(one.scenario.rows)


def test_the_first_round_tries_every_row_that_any_does(whole: list[Planned]) -> None:
    first, *later = rounds(whole)

    rows = {row for some in later for one in some for row in one.scenario.rows}
    assert rows <= {row for one in first for row in one.scenario.rows}
