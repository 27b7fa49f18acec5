"""What Fleet answers, row by row: hand-written from the decisions, judged in a complete world."""

import json
from pathlib import Path

import pytest

from spec import SUCCESS, judge
from tests.spec.worlds import ABSENT, FLEET, called, fleet_world

ROWS = json.loads(Path(__file__).with_name("fleet.json").read_text("utf-8"))


def answered(row):
    headers = tuple(tuple(one) for one in row["headers"]) if "headers" in row else None
    call = called(
        row["call"], row.get("body", ABSENT), key=row.get("key", "writer"), headers=headers
    ).asking_for(*row.get("faults", ()))
    return judge(FLEET, call, fleet_world())


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_first_refusal(row):
    judgement = answered(row)

    assert (judgement.first.problem.name if judgement.first else SUCCESS) == row["expect"]


@pytest.mark.parametrize("operation", FLEET.operations.values(), ids=lambda one: one.id)
def test_each_rule_is_the_first_to_be_broken_in_some_row(operation):
    first = {
        judgement.first.label
        for judgement in map(answered, ROWS)
        if judgement.first and judgement.context.call.operation == operation
    }

    assert {rule.id for rule in operation.rules} <= first
