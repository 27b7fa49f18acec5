"""The app as a whole: several documents, its own answers, its own defects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app
from mockserver.behaviours import Reply
from mockserver.fixtures import shipped_with
from mockserver.site import Site
from spec import ConfigurationError, Contract, DocumentError, load, read
from spec.document import parse

TINY = """
openapi: 3.1.0
info: {title: Notes, version: 1.0.0}
servers: [{url: %s}]
paths:
  /notes:
    post:
      operationId: addNote
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      x-contract-effect: {create: note}
  /notes/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readNote
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
        '404': {content: {application/json: {schema: {type: object}}}}
      x-contract-rules: [{problem: GONE, stage: existence, when: {resource: {type: 'null'}}}]
      x-contract-effect: {read: note, key: request.path.name}
    put:
      operationId: replaceNote
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      x-contract-effect: {replace: note, key: request.path.name}
    delete:
      operationId: dropNote
      responses: {'204': {description: gone}}
      x-contract-effect: {delete: note, key: request.path.name}
  /plain:
    get: {operationId: plain, responses: {'200': {description: ok}}}
x-contract-precedence: [{stage: shape}, {stage: existence}]
x-contract-problems: {catalogue: {GONE: {status: 404, reach: record, body: {}}}}
x-contract-resources:
  note: {schema: '#/components/schemas/Note', key: {field: name, made: client}}
components:
  schemas:
    Note:
      type: object
      required: [name]
      properties: {name: {type: string}, text: {type: [string, 'null']}}
"""


def tiny(base: str = "/tiny", name: str = "tiny") -> Any:
    return parse(TINY % base, name=name, file=f"{name}.yaml")


@pytest.fixture
def notes() -> Any:
    return create_app((tiny(),)).test_client()


def test_a_small_document_is_served_whole(notes: Any) -> None:
    made = notes.post("/tiny/notes", json={"name": "a/b", "text": "x"})

    assert (made.status_code, made.headers["Location"]) == (201, "/tiny/notes/a%2Fb")
    assert notes.get(made.headers["Location"]).json == {"name": "a/b", "text": "x"}
    assert notes.put("/tiny/notes/a%2Fb", json={"name": "z"}).json == {"name": "a/b", "text": None}
    gone = notes.delete("/tiny/notes/a%2Fb")
    assert (gone.status_code, gone.data) == (204, b"")
    assert notes.get("/tiny/notes/a%2Fb").status_code == 404


def test_a_key_made_by_clients_can_be_used_again_after_a_delete(notes: Any) -> None:
    for text in ("x", "y"):
        assert notes.post("/tiny/notes", json={"name": "a", "text": text}).status_code == 201
        assert notes.get("/tiny/notes/a").json["text"] == text
        assert notes.delete("/tiny/notes/a").status_code == 204


def test_an_operation_without_effect_answers_as_documented(notes: Any) -> None:
    answer = notes.get("/tiny/plain")

    assert (answer.status_code, answer.data) == (200, b"")


def test_a_rule_that_is_missing_is_told_and_not_guessed(notes: Any) -> None:
    assert notes.delete("/tiny/notes/none").json["title"] == "Rule missing"


def test_a_missing_record_is_told_where_no_rule_of_the_document_speaks_of_one() -> None:
    rule = "      x-contract-rules: [{problem: GONE, stage: existence"
    lines = [one for one in (TINY % "/tiny").splitlines() if not one.startswith(rule)]
    notes = create_app((parse("\n".join(lines), name="tiny", file="tiny.yaml"),)).test_client()

    declared, other = notes.get("/tiny/notes/none"), notes.delete("/tiny/notes/none")

    assert (declared.status_code, declared.content_type) == (404, "application/json")
    assert (other.status_code, other.content_type) == (404, "application/problem+json")
    assert other.json["detail"] == "there is no note 'none'."


def test_documents_are_served_beside_each_other(caller: Any) -> None:
    app = create_app(("fleet", tiny(), tiny("/tiny/inner", "inner")))
    client = app.test_client()
    client.post("/tiny/inner/notes", json={"name": "n"})

    assert caller(app).get("/3").status_code == 200
    assert client.get("/tiny/inner/notes/n").status_code == 200
    assert client.get("/tiny/notes/n").status_code == 404
    assert client.get("/tiny/openapi.json").json["info"]["title"] == "Notes"
    known = client.get("/__admin/state/nothing").json["known"]
    assert {"note", "tiny.note", "inner.note", "fleet.device"} <= set(known)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ((), "at least one document"),
        (("fleet", "fleet"), "base path '/platform/v1' is that of fleet.yaml too"),
        ((tiny("/a"), tiny("/b")), "a second document 'tiny'"),
        ((tiny("/__admin/x"),), "belongs to the mock itself"),
        (("flet",), "Did you mean 'fleet'?"),
    ],
)
def test_documents_that_collide_stop_the_start(documents: Any, message: str) -> None:
    with pytest.raises((ConfigurationError, DocumentError)) as caught:
        create_app(documents)

    assert message in str(caught.value)


def broken(behaviour: Any) -> Any:
    """A Fleet mock whose updateDevice behaves in another way."""
    app = create_app(("fleet",))
    app.sites[0].behaviours["updateDevice"] = behaviour  # type: ignore[index] # a dict in fact
    return app


def test_an_answer_that_contradicts_the_document_does_not_leave(caller: Any) -> None:
    def lies(contract: Any, context: Any, store: Any) -> Reply:
        store.put("device", context.resource, {**context.resource, "name": "lost"})
        shown = {name: context.resource[name] for name in contract.resources["device"].top_level}
        return Reply(200, {"data": shown | {"id": "three"}})

    fleet = caller(broken(lies))
    before = fleet.state()
    answer = fleet.patch(3, {"name": "x"})

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.json["title"] == "Own answer contradicts the document"
    assert answer.json["pointer"] == "/data/id"
    assert "fleet.yaml#" in answer.json["detail"]
    assert fleet.state() == before


def test_a_status_that_is_not_documented_does_not_leave(caller: Any) -> None:
    answer = caller(broken(lambda *_: Reply(202, {"data": None}))).patch(3, {"name": "x"})

    assert answer.status_code == 500
    assert "202 is not documented for updateDevice" in answer.json["detail"]


def test_an_invariant_is_kept(caller: Any) -> None:
    def drafts(contract: Any, context: Any, store: Any) -> Reply:
        record = {**context.resource, "mdm": {**context.resource["mdm"], "status": "DRAFT"}}
        shown = {name: record[name] for name in contract.resources["device"].top_level}
        return Reply(200, {"data": shown})

    answer = caller(broken(drafts)).patch(3, {"name": "x"})

    assert answer.status_code == 500
    assert "no answer may show" in answer.json["detail"]


def test_a_defect_is_logged_and_rolled_back_without_telling_the_caller(
    caller: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(contract: Any, context: Any, store: Any) -> Reply:
        store.put("device", context.resource, {**context.resource, "name": "lost"})
        raise KeyError("s3cret")

    fleet = caller(broken(fails))
    before = fleet.state()
    answer = fleet.patch(3, {"name": "x"})

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "s3cret" not in answer.text
    assert "s3cret" in caplog.text
    assert fleet.state() == before
    assert fleet.get("/3").status_code == 200
    assert fleet.admin("GET", "/requests").json["requests"][1]["answer"]["status"] == 500


def test_a_site_may_have_something_else_in_the_place_of_a_step(caller: Any) -> None:
    def unchecked(contract: Contract) -> Site:
        odd = {"updateDevice": lambda *_: Reply(202, {"data": None})}
        return replace(Site.of(contract), behaviours=odd, checking=lambda *_: None)

    answer = caller(create_app(("fleet",), site=unchecked)).patch(3, {"name": "x"})

    assert (answer.status_code, answer.json) == (202, {"data": None})


def test_fixtures_may_be_given_as_they_were_read(caller: Any) -> None:
    contract = read("fleet")
    found = shipped_with(contract)
    few = replace(found, records=tuple(one for one in found.records if one[1].get("id") != 3))

    fleet = caller(create_app((contract,), fixtures=few))

    assert [fleet.get(f"/{number}").status_code for number in (3, 4)] == [404, 200]


def test_a_path_is_a_document_too(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(TINY % "/mine")

    app = create_app((tmp_path / "mine.yaml", load("fleet")))

    assert {site.contract.name for site in app.sites} == {"mine", "fleet"}
