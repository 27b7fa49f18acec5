"""What operators derive, and what they leave alone because no request could show it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mockserver.fixtures import Fixtures
from mockserver.mutants import Mutant, Mutants, mutants
from spec import Contract, RawAnswer, read, violations
from spec.document import parse
from tests.mockserver import herd
from tests.mockserver.mutants.talk import every_mutant, mutated

PLAIN = """
openapi: 3.1.0
info: {title: Plain, version: '1'}
servers: [{url: /plain}]
paths:
  /things:
    get:
      operationId: listThings
      responses:
        '200':
          headers:
            X-Total: {required: true, schema: {type: integer}}
            X-Hint: {schema: {enum: [more, end]}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}
    post:
      operationId: makeThing
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  /things/{id}:
    delete:
      operationId: dropThing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: gone}}
components:
  schemas:
    Thing:
      type: object
      required: [id, kind]
      properties:
        id: {type: integer, minimum: 1}
        kind: {enum: [big, small]}
        born: {type: string, format: date-time}
"""  # noqa: E501  a table reads best in lines
BARE = """
openapi: 3.1.0
info: {title: Bare, version: '1'}
servers: [{url: /bare}]
paths:
  /ping: {get: {operationId: ping, responses: {'204': {description: alive}}}}
"""


def plain() -> Contract:
    return read(parse(PLAIN, name="plain", file="plain.yaml"), infer=False)


def ask(mutant: Mutant, operation: str) -> TestResponse:
    client = mutant.app().test_client()
    if operation == "listThings":
        return client.get("/plain/things")
    if operation == "makeThing":
        return client.post("/plain/things", json={"id": 1, "kind": "big"})
    return client.delete("/plain/things/1")


def misfits(contract: Contract, operation: str, answer: TestResponse) -> list[str]:
    raw = RawAnswer(answer.status_code, tuple(answer.headers.items()), answer.get_data())
    return [one.location for one in violations(contract, contract.operations[operation], raw)]


def named(name: str, start: str) -> list[str]:
    return [one for one in every_mutant(name) if one.startswith(start)]


# -- documents that say little --------------------------------------------------------------------


def test_without_vocabulary_there_are_mutants_of_the_shape_alone() -> None:
    assert {one.group for one in mutants(plain())} == {"shape"}


def test_a_document_that_promises_nothing_has_few_mutants() -> None:
    contract = read(parse(BARE, name="bare", file="bare.yaml"))

    assert [one.kind for one in mutants(contract, every=True)] == ["unexpected-body"]


@pytest.mark.parametrize(
    "name",
    [
        one.name
        for one in mutants(plain(), every=True)
        if one.kind not in {"accept-media", "refuse-unknown"} and "accept" not in one.kind
    ],
)
def test_without_vocabulary_an_answer_contradicts_the_document(name: str) -> None:
    contract = plain()
    mutant = next(one for one in mutants(contract, every=True) if one.name == name)

    answer = ask(mutant, mutant.operation)

    assert misfits(contract, mutant.operation, answer) or mutant.doubt


def test_without_vocabulary_other_operations_answer_as_the_document_says() -> None:
    contract = plain()
    mutant = next(one for one in mutants(contract) if one.operation == "listThings")

    assert misfits(contract, "makeThing", ask(mutant, "makeThing")) == []
    assert ask(mutant, "dropThing").status_code == 204


def test_without_vocabulary_what_mutants_differ_from_answers_as_the_document_says() -> None:
    contract = plain()
    client = mutants(contract).mock().test_client()

    answers = {
        "listThings": client.get("/plain/things"),
        "makeThing": client.post("/plain/things", json={"id": 1, "kind": "big"}),
        "dropThing": client.delete("/plain/things/1"),
    }

    assert [misfits(contract, name, one) for name, one in answers.items()] == [[], [], []]


def test_a_documented_header_is_left_out_or_does_not_fit() -> None:
    found = [one.name for one in mutants(plain(), every=True) if one.kind == "header"]

    assert found == [
        "listThings with 200 leaves out the header `x-total`",
        "listThings with 200 gives the header `x-total` a value that does not fit",
        "listThings with 200 gives the header `x-hint` a value that does not fit",
    ]


# -- any document ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def herd_mutants() -> Mutants:
    return mutants(herd.CONTRACT)


CALLS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/sheep?meta=true&size=1&page=2&name_like=sheep&sort=-weight", None),
    ("POST", "/sheep", {"name": "new", "tags": ["b", "a"]}),
    ("POST", "/sheep", {"name": "sheep 1"}),
    ("PATCH", f"/sheep/{2:024x}", {"name": "other", "weight": None}),
    ("PUT", f"/sheep/{2:024x}", {"name": "third"}),
    ("GET", f"/sheep/{2:024x}/traits", None),
    ("PATCH", f"/sheep/{2:024x}/traits", [{"trait": "Speed", "value": 5}]),
    ("PATCH", f"/sheep/{2:024x}/traits", [{"trait": "a", "value": 5}, {"trait": "A"}]),
    ("POST", "/flocks/all/shear", {"tag": "x", "weight": 3}),
    ("DELETE", f"/sheep/{3:024x}", None),
    ("DELETE", f"/sheep/{3:024x}", None),
    ("PATCH", f"/sheep/{3:024x}", {"name": "gone"}),
    ("GET", f"/sheep/{4:024x}", None),
    ("GET", "/runs/0", None),
)  # fmt: skip


def test_mutants_of_any_document_answer(herd_mutants: Mutants, tmp_path: Path) -> None:
    file = tmp_path / "herd.json"
    file.write_text(json.dumps(herd.fixtures({"all": [1, 2, 3, 4]}, closed=("far",))))

    broken = [
        (mutant.name, method, path, answer.text)
        for mutant in herd_mutants
        for herder in [herd.Herder(mutant.app(fixtures=file, frozen=herd.START))]
        for method, path, body in CALLS
        for answer in [herder.api(method, path, body)]
        if answer.status_code in {500, 501}
    ]

    assert broken == []


def test_a_document_with_all_words_has_mutants_of_all_groups(herd_mutants: Mutants) -> None:
    assert len({one.group for one in herd_mutants}) == 8


def test_mutants_can_do_without_fixtures(herd_mutants: Mutants) -> None:
    app = herd_mutants[0].app(fixtures=Fixtures())

    assert app.test_client().get("/herd/sheep").status_code == 401


# -- what nobody could see ------------------------------------------------------------------------


def test_no_exchange_of_stages_is_planted_that_no_request_sees() -> None:
    # Who is not known has no role that could be too low.
    assert "updateDevice judges authorization before authentication" not in every_mutant("fleet")
    # A record that does not exist came through no order.
    assert "updateDevice judges permission before existence" not in every_mutant("fleet")
    # Both answer the same.
    assert "replaceDevice judges reference before existence" not in every_mutant("edgeiq")


def test_no_condition_is_dropped_that_others_imply() -> None:
    found = named("memfault", "getDevice: the rule unknown_device does not ask")

    assert found == ["getDevice: the rule unknown_device does not ask whether resource is null"]


def test_no_field_is_forgotten_that_nobody_sees() -> None:
    assert not any("client_purchase_price" in one for one in named("fleet", "updateDevice forgets"))
    assert "updateDevice forgets to store `user_id`" in every_mutant("fleet")


def test_nothing_is_changed_in_answers_that_is_never_there() -> None:
    found = named("fleet", "createDevices leaves out `data.devices.*.mdm")

    assert found == ["createDevices leaves out `data.devices.*.mdm`"]


def test_what_no_call_makes_is_doubtful() -> None:
    mutant = every_mutant("fleet")["getDevice leaves out `data.mdm.status`"]

    assert mutant.doubt == "no call gives `mdm` of a device a value"


def test_a_shape_that_a_rule_refuses_alike_is_no_mutant() -> None:
    # The rule on illegal characters says it before the schema does.
    assert "createDevice does not mind the pattern of `unique_id`" not in every_mutant("edgeiq")
    assert "updateDevice ignores '' for `serial_number`" not in every_mutant("fleet")


# -- answers like those of real servers -----------------------------------------------------------


def test_a_record_that_does_not_exist_is_shown_empty() -> None:
    talk = mutated("fleet", every_mutant("fleet")["getDevice forgets the rule DEVICE_NOT_FOUND"])

    answer = talk.say("GET /devices/999")

    assert (answer.status, answer.body["data"]["id"], answer.body["data"]["name"]) == (
        200,
        999,
        None,
    )


def test_a_record_that_does_not_exist_is_changed_in_vain() -> None:
    talk = mutated("fleet", every_mutant("fleet")["updateDevice forgets the rule DEVICE_NOT_FOUND"])

    answer = talk.say('PATCH /devices/999 {"name": "x"}')

    assert (answer.status, answer.body["data"]["name"]) == (200, "x")
    assert talk.say("GET /devices/999").status == 404


def test_a_record_with_the_key_of_another_takes_its_place() -> None:
    talk = mutated(
        "memfault", every_mutant("memfault")["createDevice forgets the rule ConflictError"]
    )

    answer = talk.say(
        'POST ~/devices {"device_serial": "SINK-2001", "owner_ref": "me", "hardware_version": "h"}'
    )

    assert answer.status == 200
    assert talk.say("GET ~/devices/SINK-2001").body["data"]["owner_ref"] == "me"


def test_a_deleted_record_that_is_changed_lives_again() -> None:
    talk = mutated("fleet", every_mutant("fleet")["updateDevice still knows a deleted device"])
    talk.say("DELETE /devices/3")

    assert talk.say('PATCH /devices/3 {"name": "back"}').status == 200
    assert talk.say("GET /devices/3").body["data"]["name"] == "back"
