"""What the document does not allow in an answer."""

import json
import re

import pytest

from spec import Context, RawAnswer, content, forbidden, records, violations
from tests.spec.scratch import changed, contract
from tests.spec.worlds import ABSENT, EDGEIQ, FLEET, called, fleet_world

GET = FLEET.operations["getDevice"]
DEVICE = FLEET.document.get(
    "/paths/~1devices~1{device_id}/get/responses/200/content/application~1json/examples/"
    "enrolledLaptop/value/data"
)


def answer(body, status=200, kind="application/json", headers=()):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = (("content-type", kind),) if kind else ()
    return RawAnswer(status, (*given, *headers), data)


def found(given, operation=GET, source=FLEET, **more):
    return [(one.location, one.pointer) for one in violations(source, operation, given, **more)]


def test_a_documented_answer_has_no_violation():
    assert found(answer({"data": DEVICE})) == []


def test_an_unknown_field_in_an_answer_is_no_violation():
    assert found(answer({"data": {**DEVICE, "extra": 1}, "more": 2})) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": "42"}, "/data/id"),
        ({"client_status": "LOST"}, "/data/client_status"),
        ({"characteristics": {}}, "/data/characteristics"),
        ({"mdm": {**DEVICE["mdm"], "is_locked": "no"}}, "/data/mdm/is_locked"),
    ],
)
def test_a_violation_points_at_the_value(change, pointer):
    assert ("body", pointer) in found(answer({"data": {**DEVICE, **change}}))


def test_of_alternatives_the_message_tells_of_the_one_that_comes_closest():
    operation = EDGEIQ.operations["listBulkResponses"]
    examples = f"{operation.pointer}/responses/200/content/application~1json/examples"
    rows = next(iter(EDGEIQ.document.get(examples).values()))["value"]
    wrong = [{**rows[0], "total": "many", "origin": 7}, *rows[1:]]

    (one,) = violations(EDGEIQ, operation, answer(wrong))

    assert one.pointer == ""
    assert re.fullmatch(
        r"fits none of the alternatives; in the nearest, /0/(total|origin): .* is not of type .*",
        one.message,
    )


def test_a_missing_field_is_a_violation_where_it_is_missing():
    without = {name: value for name, value in DEVICE.items() if name != "rent"}

    assert found(answer({"data": without})) == [("body", "/data")]


@pytest.mark.parametrize(
    ("given", "location"),
    [
        (answer({"data": DEVICE}, status=202), "status"),
        (answer({"data": DEVICE}, kind=None), "header Content-Type"),
        (answer({"data": DEVICE}, kind="text/json"), "header Content-Type"),
        (answer(b""), "body"),
        (answer(b"nonsense"), "body"),
        (answer(b'{"data": NaN}'), "body"),
        (answer(b"\xff"), "body"),
        (answer('{"data": null}'.encode("utf-16")), "body"),
    ],
    ids=[
        "an undocumented status",
        "no Content-Type",
        "another Content-Type",
        "no body",
        "no JSON",
        "a number that is none",
        "no UTF-8",
        "UTF-16",
    ],
)
def test_a_wrong_answer_is_told_by_where_it_is_wrong(given, location):
    assert [where for where, _ in found(given)] == [location]


def test_a_content_type_may_have_parameters_and_any_case():
    assert found(answer({"data": DEVICE}, kind="Application/JSON; charset=utf-8")) == []


def test_the_answer_to_head_has_headers_and_no_body():
    assert found(answer(b""), head=True) == []
    assert found(answer(b"", status=202), head=True) == [("status", "")]


def test_a_status_is_documented_exactly_or_by_class_or_by_default():
    text = changed(
        "        '404': {$ref: '#/components/responses/Refused'}\n",
        "        4XX: {$ref: '#/components/responses/Refused'}\n"
        "        default: {description: Anything.}\n",
    )
    operation = contract(text).operations["getNote"]

    statuses = {status: operation.response(status).status for status in (200, 401, 404, 418, 500)}

    assert statuses == {200: "200", 401: "401", 404: "4XX", 418: "4XX", 500: "default"}


HEADERS = """          headers:
            X-Left: {required: true, schema: {type: integer, minimum: 0}}
            X-Kind: {schema: {enum: [a, b]}}
            X-Free: {description: No schema.}
            Content-Type: {schema: {const: nothing}}
"""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("x-left", "3"),), []),
        ((("X-LEFT", "0"), ("x-kind", "a"), ("x-free", "?")), []),
        ((), ["header x-left"]),
        ((("x-left", "-1"),), ["header x-left"]),
        ((("x-left", "many"),), ["header x-left"]),
        ((("x-left", "1"), ("x-kind", "c")), ["header x-kind"]),
    ],
)
def test_headers_are_judged_as_the_type_they_are_declared_with(headers, expected):
    passage = "        '200':\n          description: The note.\n"
    source = contract(changed(passage, passage + HEADERS))
    given = answer({"id": 1, "title": "t"}, headers=headers)

    got = found(given, source.operations["getNote"], source)

    assert [location for location, _ in got] == expected


def test_a_body_where_none_is_documented_is_a_violation():
    passage = (
        "          content:\n            application/json:\n"
        "              schema: {type: array, items: {$ref: '#/components/schemas/Note'}}\n"
        "              example: [{id: 1, title: milk, pinned: false}]\n"
    )
    source = contract(changed(passage, ""))
    operation = source.operations["listNotes"]

    assert found(answer(b"", kind=None), operation, source) == []
    assert found(answer([]), operation, source) == [("body", "")]


def test_content_is_the_json_value():
    assert content(answer({"a": [1.5, None, "é"]})) == {"a": [1.5, None, "é"]}
    assert content(answer(b"x")) is ABSENT


def test_records_are_found_where_the_effect_says():
    listed = FLEET.operations["listDevices"]
    created = FLEET.operations["createDevices"]

    assert records(FLEET, GET, {"data": DEVICE}) == [DEVICE]
    assert records(FLEET, listed, {"data": [DEVICE, 1, {}]}) == [DEVICE]
    assert records(FLEET, created, {"data": {"devices": [DEVICE]}}) == [DEVICE]
    assert records(FLEET, GET, {"error": "x"}) == []
    assert records(FLEET, GET, None) == []


@pytest.mark.parametrize(
    ("mdm", "broken"),
    [
        (None, []),
        (DEVICE["mdm"], []),
        ({**DEVICE["mdm"], "status": "DRAFT"}, ["draft_enrolment_is_hidden"]),
    ],
)
def test_a_record_that_no_answer_may_show_is_told_by_its_invariant(mdm, broken):
    context = Context(called("GET /devices/1"), {}, fleet_world())

    got = forbidden(FLEET, context, {"data": {**DEVICE, "mdm": mdm}})

    assert [one.keyword for one in got] == broken


@pytest.mark.parametrize("operation", FLEET.operations.values(), ids=lambda one: one.id)
def test_each_problem_is_an_answer_that_its_operation_documents(operation):
    for problem in FLEET.stated(operation):
        body = problem.render()
        assert found(answer(body, status=problem.status), operation) == []
        assert FLEET.recognise(operation, problem.status, body) == problem


@pytest.mark.parametrize(
    ("operation", "status", "body", "problem"),
    [
        ("updateDevice", 400, {"error": "INVALID_USER"}, "INVALID_USER"),
        ("updateDevice", 400, {"error": "/name: is empty"}, "INVALID_REQUEST"),
        ("updateDevice", 400, {"error": 1}, "INVALID_REQUEST"),
        ("updateDevice", 400, {}, "INVALID_REQUEST"),
        ("updateDevice", 400, "text", "INVALID_REQUEST"),
        ("updateDevice", 400, {"error": "DEVICE_NOT_FOUND"}, None),
        ("updateDevice", 404, {"error": "INVALID_USER"}, None),
        ("updateDevice", 418, {"error": "INVALID_USER"}, None),
        ("getDevice", 400, {"error": "INVALID_USER"}, None),
        ("getDevice", 401, {"error": "No key."}, "UNAUTHENTICATED"),
    ],
)
def test_a_problem_is_recognised_by_status_and_code(operation, status, body, problem):
    got = FLEET.recognise(FLEET.operations[operation], status, body)

    assert (got.name if got else None) == problem


def test_a_problem_tells_the_sentence_it_is_given():
    assert FLEET.problems["INVALID_REQUEST"].render("/name: x") == {"error": "/name: x"}
    assert FLEET.problems["INVALID_USER"].render("/name: x") == {"error": "INVALID_USER"}
