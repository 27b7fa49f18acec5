"""What is inferred without vocabulary holds for our mock, and accuses no other server falsely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from contracts.cli.running import own_mock, own_profile
from contracts.profile import Profile
from contracts.run.ledger import State
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import WsgiTarget
from mockserver import Mock, create_app
from mockserver.behaviours import Reply
from spec import Context, Contract, read
from tests.agreement.whimsical import Whimsical

FOLDER = Path(__file__).parents[1] / "documents"
LEAST_PROVEN = {
    "pets.yaml": 15, "tasks.json": 14, "articles.yaml": 10, "projects.yaml": 25, "users.yaml": 14,
    "shapes.yaml": 10, "boards.yaml": 9, "catalogue.yaml": 6, "atlas/atlas.yaml": 1,
}  # fmt: skip
"""How many rows a run must prove at least, or it would agree for want of trying."""

contract = cache(lambda name: read(FOLDER / name))


def counts(report: Report) -> dict[str, int]:
    return {state.value: number for state, number in report.ledger.counts().items()}


def sentences(report: Report) -> list[str]:
    return [one.contradiction.sentence for one in report.findings]


@pytest.mark.parametrize("name", LEAST_PROVEN)
def test_the_mock_of_a_document_without_vocabulary_conforms_to_it(name: str) -> None:
    found = contract(name)

    report = run(
        found, own_profile(found, None), own_mock(found, str(FOLDER / name)), Options(walks=12)
    )

    assert sentences(report) == []
    assert report.exit_code in {0, 4}
    assert counts(report)["proven"] >= LEAST_PROVEN[name]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("keys", "refusal"), [("low", 400), ("high", 422)])
def test_a_server_that_does_what_the_document_leaves_open_is_not_accused(
    seed: int, keys: str, refusal: int
) -> None:
    found = contract("pets.yaml")
    target = WsgiTarget(Whimsical(seed, keys=keys, refusal=refusal), found.base_path)

    report = run(found, Profile("http://test/v1"), target, Options(seed=seed, walks=40))

    assert sentences(report) == []
    assert counts(report)["proven"] >= 15
    assert not [row.reason for row in report.ledger if "did not make" in row.reason]


# -- planted defects ------------------------------------------------------------------------------


def planted(
    operation: str, change: Callable[[Contract, Context, Any, Callable[[], Reply]], Reply]
) -> Mock:
    """The mock of the pets with a defect in one operation."""
    app = create_app([FOLDER / "pets.yaml"], frozen=1_800_000_000.0)
    behaviours: Any = app.sites[0].behaviours
    true = behaviours[operation]

    def behaviour(contract: Contract, context: Context, store: Any) -> Reply:
        return change(contract, context, store, lambda: true(contract, context, store))

    behaviours[operation] = behaviour
    return app


def forgets(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A change is answered and not kept."""
    before = context.resource
    reply = true()
    if isinstance(before, dict):
        store.put("pet", store.record("pet", str(before["id"]), ()), before)
    return reply


def resets(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A change touches a field that it does not name."""
    reply = true()
    known = context.resource
    if isinstance(known, dict) and "weight" not in context.call.body:
        now = store.record("pet", str(known["id"]), ())
        store.put("pet", now, {**now, "weight": 77})
        return Reply(reply.status, {**reply.body, "weight": 77}, reply.headers, media=reply.media)
    return reply


def hides(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A list leaves its last record out."""
    reply = true()
    return Reply(reply.status, reply.body[:-1], reply.headers, media=reply.media)


def lowers(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A name is stored in another spelling."""
    reply = true()
    pet = store.record("pet", str(reply.body["id"]), ())
    store.put("pet", pet, {**pet, "name": pet["name"].upper()})
    return reply


def keeps(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A deletion is answered and not carried out."""
    reply = true()
    store.add("pet", dict(context.resource))
    return reply


DEFECTS = {
    "a change that is forgotten": ("changePet", forgets, "changePet"),
    "a change of another field": ("changePet", resets, "changePet"),
    "a list that is not complete": ("listPets", hides, "listPets"),
    "a name that is stored otherwise": ("createPet", lowers, "createPet"),
    "a deletion that is none": ("dropPet", keeps, "Pet"),
}


@pytest.mark.parametrize(("operation", "defect", "named"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_without_any_vocabulary(operation: str, defect: Any, named: str) -> None:
    found = contract("pets.yaml")
    target = WsgiTarget(planted(operation, defect), found.base_path)

    report = run(found, own_profile(found, None), target, Options(walks=12))

    assert report.exit_code == 1
    assert any(named in one for one in sentences(report))


def test_the_same_status_is_another_finding_wherever_a_server_fails() -> None:
    found = contract("pets.yaml")
    mock = create_app([FOLDER / "pets.yaml"], frozen=1_800_000_000.0)

    def failing(environ: Any, start: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in {"DELETE", "PATCH"}:
            start("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"Internal Server Error"]
        return mock(environ, start)

    target = WsgiTarget(failing, found.base_path)

    report = run(found, own_profile(found, None), target, Options(walks=0))

    assert {one.contradiction.operation for one in report.findings} == {"changePet", "dropPet"}
    assert len(report.findings) == 2


def test_a_slip_in_the_form_of_texts_is_one_finding_and_hides_nothing_behind_it() -> None:
    found = contract("pets.yaml")
    mock = create_app([FOLDER / "pets.yaml"], frozen=1_800_000_000.0)

    def without_zones(environ: Any, start: Any) -> list[bytes]:
        content = b"".join(mock(environ, start))
        # As many bytes as before, since the length has been told already.
        return [re.sub(rb'"created":("[^"]*)Z"', rb'"created": \1"', content)]

    report = run(
        found,
        own_profile(found, None),
        WsgiTarget(without_zones, found.base_path),
        Options(walks=4),
    )

    states = {row.id: row.state for row in report.ledger}
    assert len(report.findings) == 1
    assert 'is not a "date-time"' in sentences(report)[0]
    assert {states[one] for one in ("createPet 201", "showPet 200", "changePet 200")} == {
        State.CONTRADICTED
    }
    assert states["changePet: untouched-fields-stay"] is State.PROVEN
    assert states["dropPet: gone-after-delete"] is State.PROVEN
