"""What a page of a list must hold: a small document, and a table of pages that keep or break it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from contracts.oracle import laws
from contracts.oracle.knowledge import Knowledge, Touch
from contracts.oracle.laws import Breach
from contracts.oracle.pages import Page, breaches
from contracts.profile import Profile
from spec import ABSENT, Contract, lists, read
from spec.document import parse

TASKS = """\
openapi: 3.1.0
info: {title: Tasks, version: '1'}
servers: [{url: /v1}]
paths:
  /tasks:
    get:
      operationId: listTasks
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: size, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 9}}
        - {name: counted, in: query, schema: {type: boolean, default: false}}
        - {name: by, in: query, schema: {type: string, enum: [rank, '-rank']}}
        - {name: title_like, in: query, schema: {type: string}}
        - {name: rank_gt, in: query, schema: {type: integer}}
        - {name: rank_ne, in: query, schema: {type: integer}}
        - {name: rank, in: query, schema: {type: integer}}
        - {name: title, in: query, schema: {type: string}}
      responses:
        '200':
          description: A page.
          content: {application/json: {schema: {}, example: []}}
      x-contract-effect: {list: task, response: '', many: true}
      x-contract-list:
        items: ''
        limit: size
        page: page
        filters:
          title_like: {field: title, operator: like}
          rank_gt: {field: rank, operator: gt}
          rank_ne: {field: rank, operator: ne}
          rank: rank
          title: title
        sort: by
        order: [id]
        envelope:
          when: counted
          items: /rows
          counters: {total: /total, limit: /size, page: /page, page_count: /pages}
x-contract-provenance: decided
x-contract-resources:
  task: {schema: '#/components/schemas/Task', key: {field: id, made: sequence}}
components:
  schemas:
    Task:
      type: object
      properties:
        id: {type: integer}
        title: {type: string}
        rank: {type: [integer, 'null']}
"""

ROWS = {
    1: {"id": 1, "title": "Milk", "rank": 7},
    2: {"id": 2, "title": "bread", "rank": None},
    3: {"id": 3, "title": "oat milk", "rank": 7},
    4: {"id": 4, "title": "Eggs", "rank": 2},
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read(parse(TASKS, name="tasks", file="tasks.yaml"))


@pytest.fixture
def knowledge(contract: Contract) -> Knowledge:
    """Tasks 1 to 4, made here; 5, deleted."""
    return _known(contract, Profile("http://h/v1", isolation="session"))


def _known(contract: Contract, profile: Profile) -> Knowledge:
    found = Knowledge(contract, profile)
    touch = Touch("createTask", frozenset(), True, 0)
    for row in ROWS.values():
        found.note_created("task", dict(row), touch)
    found.note_created("task", {"id": 5}, touch)
    found.note_gone("task", "5", ABSENT, touch)
    return found


def page(contract: Contract, rows: Sequence[Any], total: int | None = None, **sent: Any) -> Page:
    """Return a page of these tasks; with `total` it is in the envelope and counts right."""
    operation = contract.operations["listTasks"]
    assert operation.listing is not None
    used = {"page": 1, "size": 9, "counted": total is not None, **sent}
    shown = [ROWS[one] if isinstance(one, int) else one for one in rows]
    body: Any = shown
    if total is not None:
        pages = -(-total // used["size"])
        body = {
            "rows": shown,
            "total": total,
            "size": used["size"],
            "page": used["page"],
            "pages": pages,
        }
    return Page(
        operation=operation,
        resource=contract.resources["task"],
        asked=lists.query(operation.listing, used),
        parameters=used,
        rows=shown,
        body=body,
        tenant=ABSENT,
    )


def broken(one: Page, knowledge: Knowledge) -> list[Breach]:
    return list(breaches(one, knowledge, set()))


HELD: dict[str, tuple[list[int], dict[str, Any]]] = {
    "everything": ([1, 2, 3, 4], {}),
    "everything, counted": ([1, 2, 3, 4], {"total": 4}),
    "a first page of three": ([1, 2, 3], {"size": 3, "total": 4}),
    "a second page that is not full": ([4], {"page": 2, "size": 3, "total": 4}),
    "nothing past the end": ([], {"page": 7, "size": 3, "total": 4}),
    "a text in any case": ([1, 3], {"title_like": "MILK"}),
    "what is greater, unset ones left out": ([1, 3], {"rank_gt": 2}),
    "what differs, unset ones among it": ([2, 4], {"rank_ne": 7}),
    "what fits both filters": ([1], {"rank": 7, "title": "Milk"}),
    "nothing, on no page": ([], {"title": "nobody", "total": 0}),
    "an order with ties by id and unset ones last": ([4, 1, 3, 2], {"by": "rank"}),
    "the order turned round, ties and unset ones as before": ([1, 3, 4, 2], {"by": "-rank"}),
    "the first of an order": ([4, 1], {"by": "rank", "size": 2}),
}


@pytest.mark.parametrize("case", HELD)
def test_a_right_page_breaks_no_law(case: str, contract: Contract, knowledge: Knowledge) -> None:
    rows, sent = HELD[case]

    assert broken(page(contract, rows, **sent), knowledge) == []


SORT = laws.sort_law("by")
BROKEN: dict[str, tuple[list[int], dict[str, Any], str]] = {
    "a text in another case is missing": (
        [3],
        {"title_like": "milk"},
        laws.filter_law("title_like"),
    ),
    "an equal one is greater": ([1, 3, 4], {"rank_gt": 2}, laws.filter_law("rank_gt")),
    "an unset one is greater": ([1, 2, 3], {"rank_gt": 2}, laws.filter_law("rank_gt")),
    "an unset one does not differ": ([4], {"rank_ne": 7}, laws.filter_law("rank_ne")),
    "one that fits one of two": ([1, 3], {"rank": 7, "title": "Milk"}, laws.filter_law("title")),
    "unset ones first": ([2, 4, 1, 3], {"by": "rank"}, SORT),
    "unset ones first, turned round": ([2, 1, 3, 4], {"by": "-rank"}, SORT),
    "ties turned round as well": ([3, 1, 4, 2], {"by": "-rank"}, SORT),
    "ascending where descending is asked": ([4, 1, 3, 2], {"by": "-rank"}, SORT),
    "the wrong ones on the first page": ([1, 3], {"by": "rank", "size": 2}, SORT),
    "the newest first": ([4, 3, 2, 1], {}, laws.ORDER),
    "a total of the page": ([1, 2], {"size": 2, "total": 2}, laws.COUNTERS),
    "rows past the end": ([4], {"page": 7, "size": 3, "total": 4}, laws.PAGES),
    "one row twice": ([1, 1, 2, 3, 4], {}, laws.PAGES),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_page_breaks_its_law(case: str, contract: Contract, knowledge: Knowledge) -> None:
    rows, sent, law = BROKEN[case]

    assert broken(page(contract, rows, **sent), knowledge)[0].law == law


@pytest.mark.parametrize(
    ("counter", "value"), [("size", 9), ("page", 2), ("pages", 1), ("pages", 3)]
)
def test_a_counter_with_another_value_breaks_the_law(
    counter: str, value: int, contract: Contract, knowledge: Knowledge
) -> None:
    one = page(contract, [1, 2], size=2, total=4)
    one.body[counter] = value

    assert [breach.law for breach in broken(one, knowledge)] == [laws.COUNTERS]


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_other_form_than_asked_for_breaks_the_law(
    wrapped: bool, contract: Contract, knowledge: Knowledge
) -> None:
    one = page(contract, [1, 2, 3, 4], total=None if wrapped else 4, counted=wrapped)

    assert broken(one, knowledge)[0].law == laws.FORM


def _after(knowledge: Knowledge, first: Page, second: Page) -> set[str]:
    assert broken(first, knowledge) == []
    return {breach.law for breach in broken(second, knowledge)}


@pytest.mark.parametrize(("second", "counted"), [([2, 3], False), ([2, 3], True), ([4, 3], False)])
def test_a_page_that_disagrees_with_another_one_in_either_form_breaks_the_law(
    second: list[int], counted: bool, contract: Contract, knowledge: Knowledge
) -> None:
    whole = page(contract, [1, 2, 3, 4])
    part = page(contract, second, 4 if counted else None, page=2, size=2)

    assert laws.PAGES in _after(knowledge, whole, part)


def test_two_defects_of_one_operator_or_of_one_field_share_a_suspect(
    contract: Contract, knowledge: Knowledge
) -> None:
    greater = broken(page(contract, [1, 3, 4], rank_gt=2), knowledge)[0].cause
    differs = broken(page(contract, [4], rank_ne=7), knowledge)[0].cause

    assert greater == ("effect", "listTasks filter of rank", "operators of order")
    assert differs == ("effect", "listTasks filter of rank", "operator ne")


PROOFS: dict[str, tuple[list[int], dict[str, Any], set[str]]] = {
    "an order of different values": ([4, 1, 3, 2], {"by": "rank"}, {SORT, laws.COMPLETE}),
    "an order of equal values alone": ([1, 3], {"by": "rank", "rank": 7}, {"list-filter-rank"}),
    "a filter that leaves nothing out": ([1, 2, 3, 4], {"rank_ne": 9}, {laws.ORDER}),
    "of two filters the one that leaves something out": (
        [1, 3],
        {"rank": 7, "rank_gt": 6},
        {"list-filter-rank", "list-filter-rank_gt", laws.ORDER},
    ),
    "an envelope": (
        [1, 2, 3, 4],
        {"total": 4},
        {laws.FORM, laws.COUNTERS, laws.COMPLETE, laws.ORDER},
    ),
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_page_proves_only_what_it_could_have_broken(
    case: str, contract: Contract, knowledge: Knowledge
) -> None:
    rows, sent, laws_proven = PROOFS[case]
    proven: set[str] = set()

    assert list(breaches(page(contract, rows, **sent), knowledge, proven)) == []
    assert proven - {laws.GONE} == laws_proven


def test_what_others_may_delete_is_not_missed_in_a_shared_world(contract: Contract) -> None:
    knowledge = Knowledge(contract, Profile("http://h/v1", isolation="none"))
    knowledge.note_shown("task", ROWS[1], ABSENT)

    assert broken(page(contract, [2, 3, 4]), knowledge) == []
