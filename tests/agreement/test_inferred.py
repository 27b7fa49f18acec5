"""What is inferred without vocabulary holds for our mock, and accuses no other server falsely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

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
@pytest.mark.parametrize(
    "whims",
    [{"refusal": 400}, {"keys": "high", "refusal": 422}, {"keys": "high", "deletion": "marked"}],
    ids=" ".join,
)
def test_a_server_that_does_what_the_document_leaves_open_is_not_accused(
    seed: int, whims: dict[str, Any]
) -> None:
    found = contract("pets.yaml")
    target = WsgiTarget(Whimsical(seed, **whims), found.base_path)

    report = run(found, Profile("http://test/v1"), target, Options(seed=seed, walks=40))

    assert sentences(report) == []
    assert counts(report)["proven"] >= 15
    assert not [row.reason for row in report.ledger if "did not make" in row.reason]


# -- planted defects ------------------------------------------------------------------------------


Defect: TypeAlias = Callable[[Contract, Context, Any, Callable[[], Reply]], Reply]


def planted(document: str, operation: str, change: Defect) -> Mock:
    """The mock of a document with a defect in one operation."""
    app = create_app([FOLDER / document], frozen=1_800_000_000.0)
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
    if isinstance(before, dict) and reply.status == 200:
        store.put("pet", store.record("pet", str(before["id"]), ()), before)
    return reply


def resets(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A change touches a field that it does not name."""
    reply = true()
    known = context.resource
    if reply.status == 200 and "weight" not in context.call.body:
        now = store.record("pet", str(known["id"]), ())
        store.put("pet", now, {**now, "weight": 77})
        return Reply(reply.status, {**reply.body, "weight": 77}, reply.headers, media=reply.media)
    return reply


def hides(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A list leaves its last record out."""
    reply = true()
    return replace(reply, body=reply.body[:-1]) if reply.status == 200 else reply


def lowers(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A name is stored in another spelling."""
    reply = true()
    if reply.status == 201:
        pet = store.record("pet", str(reply.body["id"]), ())
        store.put("pet", pet, {**pet, "name": pet["name"].upper()})
    return reply


def keeps(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A deletion is answered and not carried out."""
    reply = true()
    if isinstance(context.resource, dict):
        store.add("pet", dict(context.resource))
    return reply


def crashes(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """What does not fit the document is not refused but falls over, with a body as documented."""
    reply = true()
    return replace(reply, status=500) if context.call.violations else reply


def traces(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A refused change leaves something behind."""
    reply = true()
    known = context.resource
    if reply.status >= 400 and isinstance(known, dict):
        store.put("pet", known, {**known, "weight": 99})
    return reply


def strays(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A refused creation makes a record all the same."""
    reply = true()
    if reply.status >= 400:
        key = 77
        while store.record("pet", str(key), ()) is not None:
            key += 1
        store.add("pet", {"id": key, **PET})
    return reply


def invents(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A record is shown for whatever key is asked for."""
    if context.resource or context.call.violations:
        return true()
    return Reply(200, {"id": int(context.resource_key or 0), **PET})


def mislays(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A record that is there is not found."""
    return Reply(404, {"code": 4, "message": "no such pet"})


def revives(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """A change of what is deleted is accepted."""
    key = context.resource_key or ""
    if context.resource or context.call.violations or not key.isdecimal() or len(key) > 6:
        return true()
    return Reply(200, {"id": int(key), **PET})


def welcomes(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """Who has no credential is let in."""
    if context.call.credential is not None:
        return true()
    return Reply(200, {"data": [], "total": 0, "page": 1})


def misleads(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """The Location of what was made leads elsewhere."""
    reply = true()
    if reply.status != 201:
        return reply
    elsewhere = reply.headers["Location"][:-12] + "0" * 12
    return replace(reply, headers={**reply.headers, "Location": elsewhere})


def toggles(contract: Contract, context: Context, store: Any, true: Callable[[], Reply]) -> Reply:
    """The same replacement turns a field that it does not name over each time."""
    reply = true()
    known = context.resource
    if reply.status != 200 or not isinstance(known, dict) or "active" in context.call.body:
        return reply
    home = (str(context.call.path["project"]),)
    now = store.record("node", str(known["number"]), home)
    store.put("node", now, {**now, "active": not known.get("active")})
    return replace(reply, body={**reply.body, "active": not known.get("active")})


PET = {"name": "ghost", "created": "2024-01-15T10:00:00Z"}

DEFECTS: dict[str, tuple[str, str, Defect, str]] = {
    "a change that is forgotten": ("pets.yaml", "changePet", forgets, "changePet"),
    "a change of another field": ("pets.yaml", "changePet", resets, "changePet"),
    "a list that is not complete": ("pets.yaml", "listPets", hides, "listPets"),
    "a name that is stored otherwise": ("pets.yaml", "createPet", lowers, "createPet"),
    "a deletion that is none": ("pets.yaml", "dropPet", keeps, "which was deleted"),
    "a crash under default": ("pets.yaml", "createPet", crashes, "createPet fails with 500"),
    "a crash of a list": ("pets.yaml", "listPets", crashes, "listPets fails with 500"),
    "a trace of a refused change": ("pets.yaml", "changePet", traces, "was refused"),
    "a record of a refused creation": ("pets.yaml", "createPet", strays, "refused createPet"),
    "a record that never was": ("pets.yaml", "showPet", invents, "answers 200 for the pet"),
    "a record that is not found": ("pets.yaml", "showPet", mislays, "made before and not deleted"),
    "a change of the deleted": ("pets.yaml", "changePet", revives, "which was deleted before"),
    "an open door": ("projects.yaml", "listProjects", welcomes, "lets in a call without"),
    "a Location elsewhere": ("projects.yaml", "createProject", misleads, "its Location leads to"),
    "a replacement that toggles": ("projects.yaml", "replaceNode", toggles, "replaceNode"),
}


@pytest.mark.parametrize(("document", "operation", "defect", "said"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_without_any_vocabulary(
    document: str, operation: str, defect: Defect, said: str
) -> None:
    found = contract(document)
    target = WsgiTarget(planted(document, operation, defect), found.base_path)

    report = run(found, own_profile(found, None), target, Options(walks=12))

    assert report.exit_code == 1
    assert said in sentences(report)[0]
    assert len(report.findings) == (2 if defect is resets else 1)


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
