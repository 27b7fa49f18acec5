# ruff: noqa: E501  a table reads best in lines
"""Documents without our vocabulary are served with state; what nobody has said is as documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app
from spec import ConfigurationError
from spec.document import parse
from tests.mockserver.anything import DOCUMENTS, FOLDER, Anything

NAMES = [one.stem for one in DOCUMENTS]


@pytest.fixture
def serve() -> Any:
    """The mock of a document by its name."""
    return lambda name, **options: Anything(
        next(one for one in DOCUMENTS if one.stem == name), **options
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_every_operation_answers_as_documented(path: Path) -> None:
    api = Anything(path)

    for operation in api.contract.operations.values():
        answer = api.call(operation)

        assert answer.status_code != 501
        assert answer.status_code < 500, (operation.id, answer.text)
        assert api.contradictions(operation, answer) == [], operation.id


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_the_same_requests_get_the_same_answers(path: Path) -> None:
    def answers() -> list[tuple[int, bytes]]:
        api = Anything(path, frozen=1_700_000_000.0)
        return [
            (one.status_code, one.data) for one in map(api.call, api.contract.operations.values())
        ]

    assert answers() == answers()


LIVES = {
    "pets": ("/pets", {"name": "Tom", "weight": 4.5}, "", {"name": "Tim"}),
    "tasks": ("/tasks/", {"title": "Sweep", "labels": ["a"]}, "", {"title": "Wash"}),
    "articles": ("/articles", {"article": {"title": "One", "body": "Two"}}, "article", {"article": {"title": "Three", "body": "Four"}}),
    "projects": ("/projects", {"name": "Mill", "budget": 7}, "", {"budget": 8}),
    "users": ("/users", {"username": "ada", "password": "Secret12", "age": 3}, "", {"username": "ada", "password": "Secret12", "age": 4}),
    "boards": ("/boards", {"data": {"type": "board", "attributes": {"title": "One"}}}, "data", None),
    "shapes": ("/figures", {"shape": "circle", "radius": 2.5}, "", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LIVES)
def test_what_is_made_can_be_found_read_changed_and_deleted(serve: Any, name: str) -> None:
    path, body, envelope, change = LIVES[name]
    api = serve(name)
    media = {"boards": "application/vnd.api+json"}.get(name, "application/json")
    doing = {
        one.effect.action: one
        for one in api.contract.operations.values()
        if one.effect and one.effect.kind != "node"
    }
    key = api.contract.resources[doing["create"].effect.kind].key

    made = api.send("POST", path, json=body, content_type=media)
    assert made.status_code == doing["create"].effect.status, made.text
    record = made.json[envelope] if envelope else made.json
    item = f"{path.rstrip('/')}/{record[key]}"
    assert str(record[key]) in api.send("GET", path).text
    read = api.send("GET", item)
    assert (read.json[envelope] if envelope else read.json) == record

    if change is not None:
        method = "PATCH" if "update" in doing else "PUT"
        kind = {"projects": "application/merge-patch+json"}.get(name, media)
        assert api.send(method, item, json=change, content_type=kind).status_code < 300
        after = api.send("GET", item).json
        after = after[envelope] if envelope else after
        assert all(
            after[field] == value
            for field, value in inner(change, envelope).items()
            if field in after
        )
        assert after != record

    assert api.send("DELETE", item).status_code == doing["delete"].effect.status
    assert api.send("GET", item).status_code == 404
    assert f'"{record[key]}"' not in api.send("GET", path).text or isinstance(record[key], int)


def inner(body: dict[str, Any], envelope: str) -> dict[str, Any]:
    return body[envelope] if envelope else body


# -- what the server fills in ---------------------------------------------------------------------


def test_what_nobody_has_said_is_filled_in_with_samples(serve: Any) -> None:
    made = serve("pets", frozen=0.0).send("POST", "/pets", json={"name": "Tom"}).json

    assert made == {
        "id": 1, "name": "Tom", "tag": "tag", "species": "cat", "weight": 1,
        "created": "1970-01-01T00:00:00.000Z", "vaccinations": 1,
    }  # fmt: skip


def test_a_partial_update_leaves_the_rest_and_merges_objects(serve: Any) -> None:
    api = serve("projects")
    made = api.send(
        "POST", "/projects", json={"name": "Mill", "settings": {"colour": "red", "depth": 3}}
    ).json

    change = {"settings": {"depth": 4}}
    assert (
        api.send(
            "PATCH",
            f"/projects/{made['uid']}",
            json=change,
            content_type="application/merge-patch+json",
        ).status_code
        == 204
    )

    assert api.send("GET", f"/projects/{made['uid']}").json == {
        **made,
        "settings": {"colour": "red", "depth": 4},
    }


def test_a_replacement_leaves_what_requests_cannot_set(serve: Any) -> None:
    api = serve("articles")
    made = api.send(
        "POST", "/articles", json={"article": {"title": "One", "body": "Two", "tagList": ["x"]}}
    ).json["article"]

    put = api.send(
        "PUT", f"/articles/{made['slug']}", json={"article": {"title": "Three", "body": "Four"}}
    ).json["article"]

    assert (put["slug"], put["favorited"], put["title"]) == (
        made["slug"],
        made["favorited"],
        "Three",
    )
    assert put["tagList"] != ["x"]


def test_what_may_only_be_read_is_the_servers(serve: Any) -> None:
    api = serve("shapes")

    made = api.send(
        "POST", "/figures", json={"id": "mine", "area": 99, "shape": "circle", "radius": 1}
    ).json

    assert made["id"] != "mine"
    assert made["area"] != 99


def test_what_may_only_be_written_is_never_shown(serve: Any) -> None:
    api = serve("users")
    body = {"username": "ada", "password": "Secret12"}

    answers = [
        api.send("POST", "/users", json=body),
        api.send("GET", "/users"),
        api.send("GET", "/users/ada"),
    ]

    assert all("Secret12" not in one.text and "password" not in one.text for one in answers)


def test_a_key_that_a_client_offers_is_taken_while_it_is_free(serve: Any) -> None:
    api = serve("boards")
    body = {"data": {"type": "board", "attributes": {"title": "One"}}}
    assert api.contract.resources["board"].made == "text"

    assert api.send("POST", "/boards", json=body, content_type="application/vnd.api+json").json[
        "data"
    ]["id"]


def test_records_under_one_parent_are_not_seen_under_another(serve: Any) -> None:
    api = serve("projects")
    one, other = (api.send("POST", "/projects", json={"name": name}).json["uid"] for name in "ab")
    node = api.send("POST", f"/projects/{one}/nodes", json={"label": "x"}).json

    assert node["project"] == one
    assert api.send("GET", f"/projects/{one}/nodes").json == [node]
    assert api.send("GET", f"/projects/{other}/nodes").json == []
    assert api.send("GET", f"/projects/{other}/nodes/{node['number']}").status_code == 404


def test_a_list_has_pages_counters_and_its_own_form_of_records(serve: Any) -> None:
    api = serve("projects")
    for number in range(5):
        api.send("POST", "/projects", json={"name": f"p{number}", "budget": number})

    page = api.send("GET", "/projects?per_page=2&page=3").json

    assert (page["total"], page["page"], len(page["data"])) == (5, 3, 1)
    assert page["data"][0].keys() == {"uid", "name"}


def test_an_order_is_kept_where_it_is_inferred(serve: Any) -> None:
    assert serve("shapes").contract.operations["listFigures"].listing.sort == "sort"


# -- first records --------------------------------------------------------------------------------


def test_examples_are_the_first_records(serve: Any) -> None:
    api = serve("articles")

    assert [one["slug"] for one in api.send("GET", "/articles").json["articles"]] == ["how-to-dive"]
    assert api.send("GET", "/articles/how-to-dive").json["article"]["title"] == "How to dive"


def test_records_that_nobody_can_make_are_there_from_the_start(serve: Any) -> None:
    api = serve("catalogue")

    stars = api.send("GET", "/stars/").json
    planets = api.send("GET", f"/stars/{stars[0]['name']}/planets/").json
    assert (len(stars), len(planets)) == (2, 2)
    assert (
        api.send("GET", f"/stars/{stars[0]['name']}/planets/{planets[1]['id']}/").json == planets[1]
    )
    assert (
        api.send("PATCH", f"/stars/{stars[0]['name']}/", json={"nick": "Blue"}).json["nick"]
        == "Blue"
    )
    assert api.send("GET", f"/stars/{stars[0]['name']}/").json["nick"] == "Blue"


def test_where_records_can_be_made_there_are_none_at_first(serve: Any) -> None:
    assert serve("pets").send("GET", "/pets").json == []


# -- refusals -------------------------------------------------------------------------------------

REFUSALS = {
    "a default that stands for all": ("pets", "POST", "/pets", {"name": ""}, 422, "application/json"),
    "the one that is documented": ("tasks", "POST", "/tasks/", {"title": ""}, 422, "application/json"),
    "a value in the path": ("tasks", "GET", "/tasks/x", None, 422, "application/json"),
    "another one that is documented": ("shapes", "POST", "/figures", {"radius": 1}, 400, "application/json"),
    "none at all": ("atlas", "GET", "/maps/x", None, 404, "application/json"),
    "none but in another sense": ("users", "POST", "/users", {"username": "A"}, 422, "application/problem+json"),
    "a class of statuses": ("projects", "GET", "/projects/x", None, 422, "application/problem+json"),
    "a wrong media type": ("projects", "PATCH", "/projects/00000000-0000-4000-8000-000000000001", {}, 415, "application/problem+json"),
    "no record, by default": ("pets", "GET", "/pets/99", None, 404, "application/json"),
    "no record, as documented": ("articles", "GET", "/articles/none", None, 404, "application/json"),
    "no record, with no content": ("users", "GET", "/users/nobody", None, 404, None),
    "no record, gone": ("users", "DELETE", "/users/nobody", None, 410, None),
    "no record, undocumented": ("tasks", "GET", "/tasks/99", None, 404, "application/problem+json"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "method", "path", "body", "status", "media"), REFUSALS.values(), ids=REFUSALS
)
def test_a_refusal_is_the_documented_one_that_says_it_best(
    serve: Any, name: str, method: str, path: str, body: Any, status: int, media: str | None
) -> None:
    api = serve(name)

    answer = api.send(method, path, json=body) if body is not None else api.send(method, path)

    assert (answer.status_code, answer.content_type) == (status, media)
    call = api.contract.router.match(method, api.contract.base_path + path)
    assert api.contradictions(call[0], answer) == []


def test_a_refusal_shows_the_documented_example(serve: Any) -> None:
    assert serve("articles").send("GET", "/articles/none").json == {
        "errors": ["that does not work"]
    }
    assert serve("atlas").send("GET", "/maps/9").json == {"error": "no such map"}


def test_what_was_wrong_is_told_beside_the_answer(serve: Any) -> None:
    api = serve("tasks")

    answer = api.send("POST", "/tasks/", json={"done": "maybe"})

    told = answer.headers["X-Mock-Violations"]
    assert '"pointer": "/done"' in told
    assert '\\"title\\" is a required property' in told
    entry = api.app.test_client().get("/__admin/requests").json["requests"][0]
    assert len(entry["violations"]) == 2
    assert "required property" in entry["note"]


def test_a_refusal_in_the_mocks_own_name_says_what_was_wrong(serve: Any) -> None:
    problem = serve("users").send("POST", "/users", json={"username": "A"}).json

    assert {one["pointer"] for one in problem["violations"]} == {"", "/username"}


def test_a_refused_call_changes_nothing(serve: Any) -> None:
    api = serve("pets")
    api.send("POST", "/pets", json={"name": "Tom"})
    before = api.send("GET", "/pets").data

    api.send("PATCH", "/pets/1", json={"name": 7})
    api.send("POST", "/pets", json={"name": ""})

    assert api.send("GET", "/pets").data == before


def test_a_doubtful_spelling_is_let_through_and_told(serve: Any) -> None:
    answer = serve("pets").send("GET", "/pets?tag=&limit=2&limit=3")

    assert answer.status_code == 200


def test_a_key_that_is_taken_is_a_conflict(serve: Any) -> None:
    api = serve("users")
    body = {"username": "ada", "password": "Secret12"}
    api.send("POST", "/users", json=body)

    again = api.send("POST", "/users", json=body)

    assert (again.status_code, again.content_type, again.text) == (409, "text/plain", "taken")


def test_a_media_type_that_is_not_taken_is_told_those_that_are(serve: Any) -> None:
    answer = serve("projects").send("POST", "/projects", data="x", content_type="text/plain")

    assert (answer.status_code, answer.headers["Accept"]) == (400, "application/json")


# -- credentials ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path", "headers", "status"),
    [
        ("projects", "/projects", {}, 401),
        ("projects", "/projects", {"Authorization": "Bearer x"}, 200),
        ("projects", "/projects", {"Authorization": "bearer x"}, 200),
        ("projects", "/projects", {"Authorization": "Bearer "}, 401),
        ("projects", "/projects", {"Authorization": "Digest x"}, 401),
        ("users", "/users", {}, 401),
        ("users", "/users?api_key=x", {}, 200),
        ("users", "/users?api_key=", {}, 401),
        ("users", "/users", {"Authorization": "Basic YTpi"}, 200),
        ("articles", "/articles", {}, 200),
    ],
)
def test_any_credential_of_a_declared_scheme_is_taken(
    serve: Any, name: str, path: str, headers: Any, status: int
) -> None:
    assert serve(name).send("GET", path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"X-Token": "x"}, 201), ({"Cookie": "sid=x"}, 201), ({"Cookie": "sid="}, 401)],
)
def test_a_key_may_stand_in_a_header_or_a_cookie(serve: Any, headers: Any, status: int) -> None:
    body = {"article": {"title": "One", "body": "Two"}}

    assert (
        serve("articles").send("POST", "/articles", json=body, headers=headers).status_code
        == status
    )


def test_who_carries_no_credential_is_told_how_one_may(serve: Any) -> None:
    answer = serve("projects").send("GET", "/projects", headers={})

    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_missing_credential_is_told_before_anything_else(serve: Any) -> None:
    assert serve("projects").send("GET", "/projects/none", headers={}).status_code == 401


def test_a_scheme_that_the_document_does_not_have_asks_for_nothing() -> None:
    plain = {"responses": {"200": {"description": "Fine."}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Doors", "version": "1"},
        "security": [{"nowhere": []}],
        "paths": {"/door": {"get": plain}},
    }
    app = create_app([parse(json.dumps(document), name="doors", file="doors.json")])

    assert app.test_client().get("/door").status_code == 200


def test_a_credential_that_anybody_made_up_is_not_shown_in_the_journal(serve: Any) -> None:
    api = serve("articles")
    api.send("POST", "/articles", json={}, headers={"X-Token": "s3cret"})

    assert "s3cret" not in api.app.test_client().get("/__admin/requests").text


# -- answers without effect -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method", "path", "status", "media", "text"),
    [
        ("pets", "POST", "/pets/1/vaccinate", 200, "application/json", '{"vaccine":"vaccine"}'),
        ("catalogue", "GET", "/about", 200, "text/html; charset=utf-8", "<p>Stars.</p>"),
        ("catalogue", "GET", "/silent", 200, None, ""),
        ("catalogue", "GET", "/whatever", 200, "application/json", "{}"),
        ("catalogue", "GET", "/picture", 200, "image/svg+xml", "<sample><g>1</g></sample>"),
        ("users", "GET", "/users/ada/portrait.png", 200, "image/png", "sample"),
        ("boards", "QUERY", "/boards/1", 200, "application/json", "[1]"),
    ],
)  # fmt: skip
def test_an_operation_without_effect_shows_an_example_or_a_sample(
    serve: Any, name: str, method: str, path: str, status: int, media: str | None, text: str
) -> None:
    answer = serve(name).send(method, path)

    assert (answer.status_code, answer.text) == (status, text)
    assert (answer.content_type or "").partition(";")[0] == (media or "").partition(";")[0]


def test_headers_that_must_be_there_are_there(serve: Any) -> None:
    api = serve("catalogue")

    assert api.send("GET", "/stars/").headers["X-Count"] == "1"
    moved = api.send("GET", "/old")
    assert (moved.status_code, moved.headers["Location"]) == (301, "https://example.com/a")


def test_a_created_record_is_where_its_location_says(serve: Any) -> None:
    api = serve("projects")

    made = api.send("POST", "/projects", json={"name": "Mill"})

    assert made.headers["Location"] == f"/v2/projects/{made.json['uid']}"


# -- paths ----------------------------------------------------------------------------------------


def test_a_document_is_served_under_the_path_of_each_server(serve: Any) -> None:
    api = serve("projects")

    assert (api.contract.base_path, api.contract.bases) == ("/v2", ("/v2", "/dev"))
    client = api.app.test_client()
    assert client.get("/dev/projects", headers=api.headers).status_code == 200
    assert client.get("/other/projects", headers=api.headers).status_code == 404


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("OPTIONS", 204), ("PUT", 405)])
def test_the_methods_of_http_are_as_ever(serve: Any, method: str, status: int) -> None:
    assert serve("pets").send(method, "/pets").status_code == status


def test_an_overlay_is_for_one_document(tmp_path: Path) -> None:
    overlay = tmp_path / "o.yaml"
    overlay.write_text("overlay: 1.0.0\nactions: [{target: $.info, update: {title: Other}}]\n")

    app = create_app([FOLDER / "pets.yaml"], overlays=[overlay])

    assert app.test_client().get("/v1/openapi.json").json["info"]["title"] == "Other"
    with pytest.raises(ConfigurationError, match="2 documents"):
        create_app([FOLDER / "pets.yaml", FOLDER / "shapes.yaml"], overlays=[overlay])
