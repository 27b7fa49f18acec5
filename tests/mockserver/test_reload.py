"""Edits of documents, overlays and fixtures take effect, and the state stays."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.reload import Reload, excerpt
from mockserver.server import Options
from mockserver.testing import running
from spec import DocumentError
from spec.document import load
from tests.mockserver.worlds.exports import export

DOCUMENT = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: /v1}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
        - {name: tag, in: query, schema: {type: string}}
        - {name: name, in: query, schema: {type: string}}
      responses: {'200': {description: Some pets., content: {application/json: {}}}}
      x-contract-effect: {list: pet, response: '', many: true}
      x-contract-list: {items: '', limit: limit, filters: {tag: tag}, order: [id]}
    post:
      operationId: createPet
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {content: {application/json: {}}}}
      x-contract-effect: {create: pet}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: showPet
      responses: &one {'200': &any {content: {application/json: {}}}, '404': *any}
      x-contract-rules: &exists
        - {problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}
      x-contract-effect: {read: pet, key: request.path.id}
    patch:
      operationId: changePet
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: *one
      x-contract-rules: *exists
      x-contract-effect: {update: pet, key: request.path.id}
    delete:
      operationId: dropPet
      responses: {'204': {description: gone}, '404': *any}
      x-contract-rules: *exists
      x-contract-effect: {delete: pet, key: request.path.id, response: null}
x-contract-precedence: [{stage: existence}]
x-contract-problems:
  code: /code
  catalogue: {MISSING: {status: 404, reach: record, body: {code: MISSING}}}
x-contract-resources:
  pet:
    schema: '#/components/schemas/Pet'
    key: {field: id, made: sequence}
components:
  schemas:
    Pet:
      type: object
      properties: {id: {type: integer}, name: {type: string}, tag: {type: [string, 'null']}}
"""


@dataclass
class Desk:
    """A folder with a document, its fixtures and an overlay, and the mock that is made of them."""

    folder: Path
    options: Options

    def __post_init__(self) -> None:
        self.app = self.options.app()
        self.reload = Reload(self.options, self.app)

    @property
    def document(self) -> Path:
        return self.folder / "pets.yaml"

    @property
    def fixtures(self) -> Path:
        return self.folder / "fixtures.yaml"

    def edit(self, old: str, new: str, file: Path | None = None) -> None:
        path = file or self.document
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.reload.look()

    def put_fixtures(self, *pets: dict[str, Any], **more: Any) -> None:
        self.fixtures.write_text(yaml.safe_dump({"records": {"pet": [*pets]}, **more}))
        self.reload.look()

    def ask(self, method: str, path: str, body: Any = None, session: str | None = None) -> Any:
        headers = {"X-Mock-Session": session} if session else {}
        return self.app.test_client().open(path, method=method, json=body, headers=headers)

    def pets(self, session: str | None = None) -> dict[int, str]:
        answer = self.ask("GET", "/v1/pets?limit=50", session=session)
        assert answer.status_code == 200, answer.text
        return {one["id"]: one["name"] for one in answer.json}

    def admin(self, method: str, path: str, body: Any = None, session: str | None = None) -> Any:
        return self.ask(method, f"/__admin{path}", body, session)


def pet(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": name, **more}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "pets.yaml").write_text(DOCUMENT)
    (tmp_path / "overlay.yaml").write_text(
        "overlay: 1.1.0\ninfo: {title: Changes, version: '1'}\n"
        "actions: [{target: $.info, update: {version: '1'}}]\n"
    )
    fixtures = tmp_path / "fixtures.yaml"
    fixtures.write_text(yaml.safe_dump({"records": {"pet": [pet(1, "Tom"), pet(2, "Rex")]}}))
    files = [str(tmp_path / one) for one in ("pets.yaml", "overlay.yaml", "fixtures.yaml")]
    return Desk(
        tmp_path,
        Options((files[0],), overlays=(files[1],), fixtures=files[2], frozen=1_700_000_000),
    )


BY_TAG = "filters: {tag: tag}"
BY_BOTH = "filters: {tag: tag, name: name}"
"""Another filter: the table gets another column."""


def test_an_edited_document_is_served_with_the_state_of_before(desk: Desk) -> None:
    for session in (None, "one"):
        desk.ask("POST", "/v1/pets", {"name": f"new of {session}"}, session)

    desk.edit(BY_TAG, BY_BOTH)

    assert desk.pets() == {1: "Tom", 2: "Rex", 3: "new of None"}
    assert desk.pets("one")[3] == "new of None"
    assert [one["id"] for one in desk.ask("GET", "/v1/pets?name=Rex").json] == [2]
    assert desk.ask("POST", "/v1/pets", {"name": "next"}).json["id"] == 4


def test_the_history_goes_on_while_the_tables_are_the_same(desk: Desk) -> None:
    untouched = export(desk.app.sessions.base)
    desk.ask("POST", "/v1/pets", {"name": "new"})

    desk.edit("description: Some pets.", "description: All pets.")
    assert "All pets." in desk.ask("GET", "/v1/openapi.json").text
    desk.admin("POST", "/undo")
    assert export(desk.app.sessions.base) == untouched

    desk.edit(BY_TAG, BY_BOTH)
    assert desk.admin("POST", "/redo").status_code == 409


def test_snapshots_move_along(desk: Desk) -> None:
    desk.admin("POST", "/snapshots", {"name": "start"})
    desk.ask("DELETE", "/v1/pets/1")
    desk.edit(BY_TAG, BY_BOTH)

    assert desk.admin("POST", "/snapshots/start/restore").status_code == 200

    assert desk.pets() == {1: "Tom", 2: "Rex"}
    assert [one["id"] for one in desk.ask("GET", "/v1/pets?name=Tom").json] == [1]


def test_a_kind_that_is_lost_comes_back_with_its_records(desk: Desk) -> None:
    desk.ask("POST", "/v1/pets", {"name": "new"})
    text = desk.document.read_text()
    desk.fixtures.write_text("records: {}")
    for end in (":\n", ",", "}"):
        text = text.replace(f" pet{end}", f" beast{end}")
    kept = desk.document.read_text()
    desk.document.write_text(text)
    desk.reload.look()
    assert desk.reload.error is None
    assert "pet" not in desk.admin("GET", "/state").json["pets"]

    desk.document.write_text(kept)
    desk.reload.look()

    assert 3 in desk.pets()


def test_a_broken_edit_is_told_with_its_line_and_the_last_good_one_is_served(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.edit("operationId: listPets", "operationId: createPet")

    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("reload      pets.yaml:16 (#/paths/~1pets/post): the operationId")
    assert told[1:] == [
        "        16 |     post:",
        "           |     ^",
        "            The last good version is served on.",
    ]
    assert desk.pets() == {1: "Tom", 2: "Rex"}
    seen = desk.admin("GET", "/version").json["reload"]
    assert seen["error"].startswith("pets.yaml:16 (#/paths/~1pets/post): the operationId")
    assert seen["excerpt"] == told[1:3]


def test_a_stream_of_events_tells_what_became_of_each_edit(desk: Desk) -> None:
    headers = {"Accept": "text/event-stream"}
    stream = desk.app.test_client().get("/__admin/events", headers=headers)
    assert stream.status_code == 200
    events = (text for text in stream.iter_encoded() if b"event: reload" in text)

    def told() -> Any:
        return json.loads(next(events).partition(b"data: ")[2])

    assert told() == {"edits": 0, "error": None, "excerpt": []}
    desk.edit("operationId: listPets", "operationId: createPet")
    broken = told()
    assert broken["edits"] == 0
    assert broken["error"].startswith("pets.yaml:16")
    desk.edit("operationId: createPet\n      param", "operationId: allPets\n      param")
    assert told() == {"edits": 1, "error": None, "excerpt": []}
    stream.close()


def test_the_caret_stands_under_what_is_wrong_though_its_name_comes_twice(
    tmp_path: Path,
) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("info: {title: version, version: 1}\n")
    document = load(file)

    told = [*excerpt(DocumentError(document.place("/info/version"), "no text"), [file], str)]

    assert told == [
        "         1 | info: {title: version, version: 1}",
        "           |                        ^",
    ]


def test_the_line_that_is_wrong_is_shown_without_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fixtures.yaml"
    line = "- {name: writer, secret: hush-hush, facts: {scope: WRITE, company: A}}"
    records = "records: {company: [{id: A, removed: false, has_administrator: true}]}"
    file.write_text(f"credentials:\n{line}\n{records}\n")
    options = Options(("fleet",), fixtures=str(file), reload=True)
    with closing(options.app()) as app:
        reload = Reload(options, app)
        file.write_text(file.read_text().replace("scope: WRITE", "scope: WROTE"))
        reload.look()
        seen = app.test_client().get("/__admin/version").get_data(as_text=True)

    told = capsys.readouterr().err
    assert "fixtures.yaml:2" in told
    _, line, caret, _ = told.splitlines()
    assert "secret: [redacted], facts: {scope: WROTE" in line
    assert line.index("scope") == caret.index("^")
    assert "[redacted]" in seen
    assert "hush" not in told + seen


def test_each_sort_of_broken_file_is_told_and_mended(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for file, broken, said in (
        (desk.document, "openapi: [", "pets.yaml:1"),
        (desk.folder / "overlay.yaml", "overlay: 1.1.0\nactions: 3\n", "overlay.yaml:"),
        (desk.fixtures, "records:\n  pet:\n    - {id: x}\n", "fixtures.yaml:3"),
    ):
        good = file.read_text()
        file.write_text(broken)
        desk.reload.look()
        desk.reload.look()
        told = capsys.readouterr().err
        assert said in told
        assert told.count("reload  ") == 1, told
        assert "^" in told

        file.write_text(good)
        desk.reload.look()

        assert desk.reload.error is None
        assert "the edit is served" in capsys.readouterr().err
        assert desk.pets() == {1: "Tom", 2: "Rex"}


def test_a_file_that_is_gone_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    text = desk.document.read_text()
    desk.document.unlink()
    desk.reload.look()
    assert "there is no such document" in capsys.readouterr().err

    desk.document.write_text(text)
    desk.reload.look()

    assert desk.reload.error is None


def test_an_overlay_is_laid_anew(desk: Desk) -> None:
    desk.edit("version: '1'}}", "version: '2'}}", desk.folder / "overlay.yaml")

    assert desk.admin("GET", "/version").json["documents"][0]["version"] == "2"


def test_edited_first_records_take_effect_where_nobody_changed_them(desk: Desk) -> None:
    desk.put_fixtures(pet(1, "Tom"), pet(2, "Rex"), pet(3, "Ada"), pet(4, "Bo"))
    assert desk.pets() == {1: "Tom", 2: "Rex", 3: "Ada", 4: "Bo"}
    desk.ask("PATCH", "/v1/pets/1", {"name": "mine"})
    desk.ask("PATCH", "/v1/pets/4", {"name": "mine too"}, "one")
    desk.ask("POST", "/v1/pets", {"name": "new"})

    desk.put_fixtures(pet(1, "Thomas"), pet(2, "Rexy"), pet(4, "Bob"), pet(5, "Eve"))

    assert desk.pets() == {1: "mine", 2: "Rexy", 4: "Bob", 5: "new"}
    assert desk.pets("one") == {1: "mine", 2: "Rexy", 4: "mine too", 5: "Eve"}
    desk.admin("POST", "/undo")
    assert desk.pets() == {1: "mine", 2: "Rex", 3: "Ada", 4: "Bo", 5: "new"}
    desk.admin("POST", "/reset")
    assert desk.pets() == {1: "Thomas", 2: "Rexy", 4: "Bob", 5: "Eve"}


def test_records_that_do_not_go_into_the_document_keep_the_old_one(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.ask("POST", "/v1/pets", {"name": "new"}, "one")
    before = {one.name: export(one) for one in desk.app.sessions.worlds()}
    text = desk.document.read_text()
    desk.fixtures.write_text("records: {}")

    desk.document.write_text(
        text.replace("key: {field: id", "key: {field: chip").replace("{id: {type", "{chip: {type")
    )
    desk.reload.look()

    told = capsys.readouterr().err
    assert "the session 'base': its records do not go into the edited document" in told
    assert {one.name: export(one) for one in desk.app.sessions.worlds()} == before
    assert desk.ask("GET", "/v1/pets/1").json["name"] == "Tom"


def test_a_state_file_goes_along(desk: Desk) -> None:
    state = str(desk.folder / "state.db")
    first = Desk(desk.folder, replace(desk.options, state=state))
    first.ask("POST", "/v1/pets", {"name": "new"}, "one")
    first.admin("POST", "/snapshots", {"name": "then"}, "one")
    first.edit(BY_TAG, BY_BOTH)
    first.ask("POST", "/v1/pets", {"name": "later"}, "one")
    before = {one.name: export(one) for one in first.app.sessions.worlds()}
    first.app.close()

    again = Desk(desk.folder, replace(desk.options, state=state))

    assert {one.name: export(one) for one in again.app.sessions.worlds()} == before
    again.admin("POST", "/snapshots/then/restore", session="one")
    assert again.pets("one") == {1: "Tom", 2: "Rex", 3: "new"}
    again.app.close()


def test_credentials_and_jobs_live_through_an_edit(tmp_path: Path) -> None:
    document = Path("spec/edgeiq.yaml").read_text()
    fixtures = Path("mockserver/fixtures/edgeiq.yaml").read_text()
    (tmp_path / "edgeiq.yaml").write_text(document)
    (tmp_path / "fixtures.yaml").write_text(fixtures)
    files = [str(tmp_path / one) for one in ("edgeiq.yaml", "fixtures.yaml")]
    desk = Desk(tmp_path, Options((files[0],), fixtures=files[1], frozen=1_700_000_000))

    def call(method: str, path: str, token: str, body: Any = None) -> Any:
        headers = {"Authorization": token}
        client = desk.app.test_client()
        return client.open(f"/api/v1/platform{path}", method=method, json=body, headers=headers)

    fleet = call("GET", "/fleets", "tok_admin").json[0]["_id"]
    action = {"action": "add_tags", "tags": ["t"]}
    began = call("POST", f"/fleets/{fleet}/actions", "tok_admin", action)
    run = f"/bulk_responses/{began.json['bulk_response_id']}"

    desk.edit("secret: tok_viewer", "secret: tok_guest", tmp_path / "fixtures.yaml")
    desk.edit("executeFleetAction", "actOnFleet", tmp_path / "edgeiq.yaml")
    assert desk.reload.error is None
    desk.admin("POST", "/clock/advance", {"seconds": 60})
    waiting = call("GET", run, "tok_guest").json
    desk.edit("actOnFleet", "executeFleetAction", tmp_path / "edgeiq.yaml")
    desk.admin("POST", "/clock/advance", {"seconds": 60})

    assert call("GET", "/fleets", "tok_viewer").status_code == 401
    assert waiting["status"] != "complete"
    assert call("GET", run, "tok_guest").json["status"] == "complete"
    assert "tok_guest" not in desk.admin("GET", "/requests").text


def test_a_served_mock_notices_an_edit(desk: Desk) -> None:
    arguments = ["--reload", "--fixtures", str(desk.fixtures)]
    with running((str(desk.document),), arguments=arguments) as mock:
        deadline = time.monotonic() + 20
        desk.fixtures.write_text(yaml.safe_dump({"records": {"pet": [pet(7, "Seven")]}}))
        while True:
            with urllib.request.urlopen(f"{mock.url}/pets", timeout=5) as answer:
                told = json.load(answer)
            if [one["name"] for one in told] == ["Seven"]:
                break
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
