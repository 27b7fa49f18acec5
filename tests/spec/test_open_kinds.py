# ruff: noqa: E501  a table reads best in lines
"""Kinds of which requests decide a few fields alone: what is known of them, and by whom."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spec import (
    ABSENT,
    Call,
    Context,
    DocumentError,
    RawRequest,
    decode,
    effects,
    lists,
    read,
    refusals,
)
from spec.document import parse
from tests.spec.scratch import NOTES
from tests.spec.worlds import World

FOLDER = Path(__file__).parents[1] / "documents"
PETS = read(FOLDER / "pets.yaml")
PROJECTS = read(FOLDER / "projects.yaml")
SHAPES = read(FOLDER / "shapes.yaml")


def context(contract: Any, operation: str, body: Any, *, complete: bool, **path: Any) -> Context:
    found = contract.operations[operation]
    call = Call(found, None, path, {}, {}, body)
    return Context(call, {}, World(contract, {}, {}, complete=complete))


@pytest.mark.parametrize(("complete", "tag"), [(True, {"tag": None}), (False, {})])
def test_of_a_new_record_only_what_was_given_is_known(complete: bool, tag: Any) -> None:
    """What is given as null a server may fill in: who does not know everything cannot tell."""
    effect, resource = PETS.operations["createPet"].effect, PETS.resources["pet"]
    item = {"name": "Tom", "tag": None, "id": 7}

    made = effects.created(
        effect, resource, item, context(PETS, "createPet", item, complete=complete)
    )

    assert made == {"name": "Tom", **tag}


def test_the_path_says_whose_a_new_record_is() -> None:
    effect, resource = PROJECTS.operations["createNode"].effect, PROJECTS.resources["node"]
    item = {"label": "x"}
    about = context(PROJECTS, "createNode", item, complete=False, project="p")

    assert effects.created(effect, resource, item, about) == {"label": "x", "project": "p"}


@pytest.mark.parametrize(("complete", "kept"), [(True, {"vaccinations": 3}), (False, {})])
def test_a_replacement_leaves_what_requests_cannot_set_if_anybody_knows(
    complete: bool, kept: Any
) -> None:
    operation = replace(PETS.operations["createPet"], id="put")
    effect = replace(operation.effect, action="replace")
    before = {"id": 1, "name": "Tom", "weight": 4, "vaccinations": 3}
    item = {"name": "Tim", "id": 9}
    about = context(PETS, "createPet", item, complete=complete)

    after = effects.replaced(effect, PETS.resources["pet"], before, item, about)

    assert after == {"id": 1, "name": "Tim", **kept}


def test_an_update_merges_objects_and_never_moves_the_key() -> None:
    effect, resource = PROJECTS.operations["changeProject"].effect, PROJECTS.resources["project"]
    before = {"uid": "u", "settings": {"colour": "red", "depth": 1}, "name": "a"}
    item = {"uid": "v", "settings": {"depth": 2}}

    after = effects.updated(
        effect, resource, before, item, context(PROJECTS, "changeProject", item, complete=True)
    )

    assert after == {"uid": "u", "settings": {"colour": "red", "depth": 2}, "name": "a"}


def test_what_may_only_be_read_is_passed_over() -> None:
    effect, resource = SHAPES.operations["drawFigure"].effect, SHAPES.resources["figure"]
    item = {"shape": "circle", "area": 9, "radius": 1}

    made = effects.created(
        effect, resource, item, context(SHAPES, "drawFigure", item, complete=True)
    )

    assert made == {"shape": "circle", "radius": 1}


def test_only_the_key_and_what_requests_decide_is_compared() -> None:
    known = {"id": 1, "name": "Tom", "created": "then", "vaccinations": 1, "tag": "a"}
    shown = {"id": 1, "name": "Tim", "created": "now", "vaccinations": 2}

    assert effects.differences(PETS.resources["pet"], known, shown) == [("/name", "Tom", "Tim")]


def test_a_closed_kind_is_compared_as_it_is_shown() -> None:
    found = read(parse(NOTES, name="notes", file="notes.yaml")).resources["note"]

    assert not found.open
    assert found.steady == found.shown


# -- calls of which nobody knows what they do -----------------------------------------------------


def call(contract: Any, line: str, body: Any = None) -> Call:
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    headers = (("Content-Type", "application/json"),) if body is not None else ()
    data = json.dumps(body).encode() if body is not None else b""
    found = decode(contract, RawRequest(method, contract.base_path + path, query, headers, data))
    assert isinstance(found, Call)
    return found


@pytest.mark.parametrize(
    ("line", "body", "foreseen"),
    [
        ("POST /pets", {"name": "Tom"}, True),
        ("POST /pets", {"name": ""}, False),
        ("POST /pets", None, False),
        ("PATCH /pets/1", {"name": "Tom"}, True),
        ("PATCH /pets/x", {"name": "Tom"}, False),
        ("GET /pets/1", None, True),
        ("GET /pets?limit=0", None, False),
    ],
)
def test_what_an_accepted_call_has_done_is_said_or_not(
    line: str, body: Any, foreseen: bool
) -> None:
    found = call(PETS, line, body)
    effect = found.operation.effect

    assert effects.foreseen(effect, PETS.resources[effect.kind], found) is foreseen


@pytest.mark.parametrize(("key", "foreseen"), [(ABSENT, True), ("ada", True), ("bob", False)])
def test_a_body_that_names_another_key_than_the_path_is_not_foreseen(
    key: Any, foreseen: bool
) -> None:
    users = read(FOLDER / "users.yaml")
    body = {"username": key, "password": "Secret12"}
    found = call(
        users, "PUT /users/ada", {name: one for name, one in body.items() if one is not ABSENT}
    )
    found = replace(found, violations=())

    assert effects.foreseen(found.operation.effect, users.resources["user"], found) is foreseen


@pytest.mark.parametrize(
    ("parameters", "open_"),
    [
        ({"limit": 5, "offset": 0}, False),
        ({"limit": 5}, False),
        ({"offset": 0}, True),
        ({"limit": 0, "offset": 0}, True),
        ({"limit": 5, "tag": "a"}, True),
    ],
)
def test_a_list_call_is_open_by_what_nobody_has_explained(parameters: Any, open_: bool) -> None:
    listing = PETS.operations["listPets"].listing

    assert lists.query(listing, parameters).open is open_


# -- refusals that no problem stands for ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "operation", "causes"),
    [
        ("pets.yaml", "listPets", {"shape", "media"}),
        ("pets.yaml", "createPet", {"shape", "media", "conflict"}),
        ("pets.yaml", "dropPet", {"shape", "media", "record", "conflict"}),
        ("projects.yaml", "showProject", {"credential", "shape", "media", "record"}),
        ("articles.yaml", "getArticle", {"shape", "media", "record"}),
        ("catalogue.yaml", "about", set()),
    ],
)
def test_an_operation_may_refuse_for_causes_of_which_nothing_is_said(
    name: str, operation: str, causes: Any
) -> None:
    assert read(FOLDER / name).operations[operation].unsaid == causes


@pytest.mark.parametrize("name", ["fleet", "edgeiq", "memfault"])
def test_a_document_that_says_how_it_refuses_leaves_nothing_open(name: str) -> None:
    assert {one.unsaid for one in read(name).operations.values()} == {frozenset()}


@pytest.mark.parametrize(
    ("operation", "status", "admitted"),
    [("createPet", 409, True), ("createPet", 404, False), ("showPet", 404, True), ("showPet", 401, False),
     ("showPet", 500, False), ("showPet", 429, True), ("listPets", 409, False)],
)  # fmt: skip
def test_an_undocumented_refusal_is_admitted_for_such_a_cause(
    operation: str, status: int, admitted: bool
) -> None:
    assert refusals.admits(PETS.operations[operation], status) is admitted


# -- keys -----------------------------------------------------------------------------------------


def keyed(schema: Any, made: str) -> Any:
    text = NOTES.replace("key: {field: id, made: sequence}", f"key: {{field: id, made: {made}}}")
    text = text.replace("id: {type: integer}", f"id: {json.dumps(schema)}")
    return read(parse(text, name="notes", file="notes.yaml")).resources["note"].spelled


@pytest.mark.parametrize(
    ("made", "schema", "key"),
    [
        ("number", {"type": "integer"}, 3),
        ("number", {"type": "integer", "minimum": 1000}, 1002),
        ("text", {"type": "string"}, "00000000-0000-4000-8000-0123456789ab"),
        ("text", {"type": "string", "pattern": "^[0-9a-f]{24}$"}, "000000000000400080000123"),
        ("text", {"type": "string", "maxLength": 8}, "3"),
        ("text", {"type": "string", "pattern": "^note_[a-z]$"}, "note_c"),
    ],
)
def test_a_key_of_which_little_is_known_fits_its_schema(made: str, schema: Any, key: Any) -> None:
    assert keyed(schema, made)(3, "00000000-0000-4000-8000-0123456789ab") == key


def test_a_key_that_nobody_can_make_is_refused_when_the_document_is_read() -> None:
    with pytest.raises(DocumentError, match="no text can be made that fits as a key"):
        keyed({"type": "string", "enum": ["only"]}, "text")


def test_an_update_of_a_kind_that_is_known_wholly_does_not_move_the_key_either() -> None:
    accounts = read(FOLDER.parent / "agreement/accounts.yaml")
    effect, resource = accounts.operations["changeAccount"].effect, accounts.resources["account"]
    before = {"account_id": "u", "title": "a", "open": True}
    item = {"account_id": "v", "open": False}
    about = context(accounts, "changeAccount", item, complete=True)

    after = effects.updated(effect, resource, before, item, about)

    assert after == {"account_id": "u", "title": "a", "open": False}
