"""Records that a path stands under, where several kinds have keys of one name."""

from __future__ import annotations

import dataclasses
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from contracts.profile import Profile
from contracts.reach.drafts import Drafts
from contracts.reach.parents import parent
from contracts.target import WsgiTarget
from contracts.walk import Unreached, Walk, World
from spec import Contract, read

PROFILE = Profile(url="http://127.0.0.1:1/")

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}},
}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}


def content(**more: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": PET, **more}}}


def collection(kind: str, *, creates: bool = True, **more: Any) -> dict[str, Any]:
    created = {"201": {"description": "Made.", **content()}}
    create = {"operationId": f"create_{kind}", "requestBody": content(**more), "responses": created}
    shown = {"200": {"description": "Shown.", **content()}}
    done = {"operationId": f"feed_{kind}", "responses": {"204": {"description": "Fed."}}}
    return {
        **({f"/{kind}s": {"post": create}} if creates else {}),
        f"/{kind}s/{{id}}": {
            "parameters": [ID],
            "get": {"operationId": f"get_{kind}", "responses": shown},
        },
        f"/{kind}s/{{id}}/feed": {"parameters": [ID], "post": done},
    }


def contract(folder: Path, *collections: dict[str, Any]) -> Contract:
    paths = {path: item for one in collections for path, item in one.items()}
    document = {"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": paths}
    (folder / "pets.json").write_text(json.dumps(document))
    return read(folder / "pets.json")


def server(*names: str) -> Flask:
    """Return a server that takes only pets of these names, or of any where there are none."""
    app, ids = Flask(__name__), count(7)

    @app.post("/<kind>")
    def create(kind: str) -> Any:
        body = request.get_json()
        if names and body["name"] not in names:
            return {"error": "no such name"}, 422
        return {"id": next(ids), **body}, 201

    return app


def begun(pets: Contract, app: Flask, profile: Profile = PROFILE) -> Walk:
    return World(pets, profile, WsgiTarget(app, ""), "0a1b2c3d").start()


def sent(walk: Walk) -> list[str]:
    return [one.step.operation for one in walk.exchanges]


@pytest.mark.parametrize(
    ("parameter", "path", "kind"),
    [
        ("id", "/dogs/{id}/feed", "dog"),
        ("id", "/homes/{id}/dogs", None),
        ("owner", "/owners/{owner}", None),
    ],
)
def test_a_parameter_is_the_key_of_what_the_path_says_if_anything(
    parameter: str, path: str, kind: str | None, tmp_path: Path
) -> None:
    pets = contract(tmp_path, collection("cat"), collection("dog"))

    assert parent(pets, parameter, path) == kind


@pytest.mark.parametrize("kind", ["cat", "dog"])
def test_the_parent_is_of_the_kind_that_stands_before_it_in_the_path(
    kind: str, tmp_path: Path
) -> None:
    pets = contract(tmp_path, collection("cat"), collection("dog"))
    walk = begun(pets, server())

    draft = Drafts(pets).draft(walk, pets.operations[f"feed_{kind}"])

    assert sent(walk) == [f"create_{kind}"]
    assert walk.value(draft.step().path["id"]) == 7


def test_a_walk_may_stand_under_one_after_the_other(tmp_path: Path) -> None:
    pets = contract(tmp_path, collection("cat"), collection("dog"))
    walk = begun(pets, server())
    drafts = Drafts(pets)

    for name in ("feed_cat", "feed_dog", "feed_dog", "feed_cat"):
        drafts.draft(walk, pets.operations[name])

    assert sent(walk) == ["create_cat", "create_dog", "create_cat"]


def test_a_parent_that_cannot_be_made_is_one_that_the_profile_knows(tmp_path: Path) -> None:
    pets = contract(tmp_path, collection("cat", creates=False))
    feed = pets.operations["feed_cat"]
    with pytest.raises(Unreached, match="no operation creates a cat"):
        Drafts(pets).draft(begun(pets, server()), feed)

    profile = dataclasses.replace(PROFILE, known={"cat": ({"id": 3},)})
    walk = begun(pets, server(), profile)
    draft = Drafts(pets).draft(walk, feed)

    assert sent(walk) == []
    assert str(walk.value(draft.step().path["id"])) == "3"


def test_what_the_target_refuses_is_made_as_the_document_shows_it(tmp_path: Path) -> None:
    shown = {"wrong": {"value": {"name": "Tom"}}, "right": {"value": {"name": "Rex"}}}
    pets = contract(tmp_path, collection("dog", examples=shown))
    walk = begun(pets, server("Rex"))

    made = Drafts(pets).make(walk, "dog")

    names = [json.loads(one.request.body)["name"] for one in walk.exchanges]
    assert names[1:] == ["Tom", "Rex"]
    assert made.known.fields == {"id": 7, "name": "Rex"}


def test_what_the_target_refuses_all_the_same_is_unreached(tmp_path: Path) -> None:
    pets = contract(tmp_path, collection("dog", example={"name": "Tom"}))

    with pytest.raises(Unreached, match=r"create_dog did not make a dog \(422\)"):
        Drafts(pets).make(begun(pets, server("Rex")), "dog")
