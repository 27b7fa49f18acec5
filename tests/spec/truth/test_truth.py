"""What each document answers, row by row: hand-written from the decisions, judged in a whole world.

A row names the call, who makes it (by default the first credential of the world), and what is
expected. `<name>` stands for a name of the world, `<x*9>` for nine letters.
"""

import json
import re
from pathlib import Path

import pytest

from spec import SUCCESS, Unrouted, decode, judge
from tests.spec.worlds import ABSENT, CONTRACTS, named, sent, world

HERE = Path(__file__).parent
WORLDS = {name: world(name) for name in CONTRACTS}
ROWS = {
    name: json.loads(named(name, (HERE / f"{name}.json").read_text("utf-8"))) for name in CONTRACTS
}


CASES = [
    pytest.param(name, row, id=f"{name}: {row['id']}")
    for name, rows in ROWS.items()
    for row in rows
]
OPERATIONS = [
    pytest.param(contract.name, operation, id=f"{contract.name}: {operation.id}")
    for contract in CONTRACTS.values()
    for operation in contract.operations.values()
]


def decoded(name, row):
    key = row.get("key", next(iter(WORLDS[name].credentials)).secret)
    headers = tuple(map(tuple, row["headers"])) if "headers" in row else None
    raw = sent(
        row["call"], row.get("body", ABSENT), key=key, headers=headers, contract=CONTRACTS[name]
    )
    return decode(CONTRACTS[name], raw)


def judged(name, row):
    """The judgement of a row, None where no operation answers."""
    call = decoded(name, row)
    if isinstance(call, Unrouted):
        return None
    return judge(CONTRACTS[name], call.asking_for(*row.get("faults", ())), WORLDS[name])


@pytest.mark.parametrize(("name", "row"), CASES)
def test_the_first_refusal(name, row):
    judgement = judged(name, row)

    if judgement is None:
        unroutable, found = CONTRACTS[name].unroutable, decoded(name, row)
        answer = (unroutable.method if found.allowed else unroutable.path).name
    else:
        answer = judgement.first.problem.name if judgement.first else SUCCESS
    assert answer == row["expect"]


@pytest.mark.parametrize("name", ROWS)
def test_no_two_rows_claim_the_same(name):
    ids = [row["id"] for row in ROWS[name]]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[^\s].*[^.\s]", one) for one in ids)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_each_rule_is_the_first_to_be_broken_in_some_row(name, operation):
    judgements = [judged(name, row) for row in ROWS[name]]

    first = {
        one.first.label
        for one in judgements
        if one and one.first and one.context.call.operation is operation
    }

    assert {rule.id for rule in operation.rules} <= first
