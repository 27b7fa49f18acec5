"""Two readers, and for bodies a third, of one document: they agree on all that is not in doubt.

What is excluded, and why:

* *doubtful* forms, on which correct implementations differ (a repeated key, 2e0 for 2 …): that is
  what the word means. NaN in a body is of this kind to the witness, whose parser takes it.
* A number written `2.0` for an integer: JSON Schema calls it an integer and so do we (decided); the
  witness asks Python's `int`.
* A repeated parameter: refused here (decided), while the witness looks at one of its values only.
* A body in another media type than JSON or none: both refuse it, but the witness takes a missing
  Content-Type for the first that is documented.
* Requests that no operation answers: the witness has no notion of a nearest operation or of HEAD.
"""

import json
import re

import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spec import Call, RawAnswer, RawRequest, decode, load, regions, violations
from spec.document import shipped
from spec.wire import query_pairs
from spec.witness import Witness
from tests.spec.drawing import examples
from tests.spec.worlds import BASE, CONTRACTS, FLEET, JSON, sent

WITNESSES = {name: Witness(one.document) for name, one in CONTRACTS.items()}
WITNESS = WITNESSES["fleet"]
GENERATORS = {
    name: schemathesis.openapi.from_dict(one.document.data) for name, one in CONTRACTS.items()
}


def cases(contract, operation, mode):
    found = GENERATORS[contract.name][operation.path][operation.method]
    return found.as_strategy(generation_mode=schemathesis.GenerationMode(mode))


def raw_of(case, contract):
    """The bytes that a generated case stands for, as they would be sent."""
    given_ = case.as_transport_kwargs(base_url="http://witness.test" + contract.base_path)
    made = requests.Request(**given_).prepare()
    path, _, query = made.path_url.partition("?")
    body = made.body or b""
    return RawRequest(
        made.method,
        path,
        query,
        tuple((name, str(value)) for name, value in made.headers.items()),
        body if isinstance(body, bytes) else body.encode(),
    )


def excluded(raw, call):
    several = {one.name for one in call.operation.parameters if one.many and one.explode}
    names = [name for name, _ in query_pairs(raw.query) if name not in several]
    whole = "|".join(one.name for one in call.operation.parameters if one.items == "integer")
    return (
        any(one.doubtful for one in call.violations)
        or len(names) != len(set(names))
        or re.search(rf"({whole})=([^&]*,)?-?[0-9]+\.0*(,|&|$)", raw.query) is not None
        or (call.operation.body is not None and "json" not in (raw.header("content-type") or ""))
        or b"NaN" in raw.body
        or b"Infinity" in raw.body
    )


def agree(raw, contract=FLEET):
    call = decode(contract, raw)
    if not isinstance(call, Call) or excluded(raw, call):
        return
    theirs = WITNESSES[contract.name].request(raw)

    assert bool(call.violations) == bool(theirs), (raw, call.violations, theirs)


OPERATIONS = list(FLEET.operations.values())
EVERY = [
    pytest.param(contract, operation, id=f"{contract.name}: {operation.id}")
    for contract in CONTRACTS.values()
    for operation in contract.operations.values()
]


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(("contract", "operation"), EVERY)
def test_both_readers_agree_on_a_generated_request(contract, operation, mode):
    @examples(40 if contract is FLEET else 12)
    @given(cases(contract, operation, mode))
    def check(case):
        agree(raw_of(case, contract), contract)

    check()


PIECES = st.sampled_from(
    [
        *("limit", "offset", "search", "user_id", "client_status", "=", "&", "0", "1", "99"),
        *("101", "-", "AVAILABLE", "x", "%20", "%2B", "é", "+", "."),
    ]
)


@examples(200)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_both_readers_agree_on_an_improvised_query(query):
    agree(RawRequest("GET", BASE + "/devices", query))


VALUES = st.sampled_from([None, True, 0, 1, 2.0, 2.5, -1, "", "x", "CE", [], ["x"], [1], {}])
NAMES = st.sampled_from(
    [*sorted(FLEET.document.get("/components/schemas/PatchDeviceBody/properties")), "unknown"]
)
ROWS = st.dictionaries(NAMES | st.sampled_from(["type", "category", "added_via"]), VALUES)
BODIES = st.one_of(
    st.tuples(st.just("PATCH /devices/1"), st.dictionaries(NAMES, VALUES, max_size=4) | VALUES),
    st.tuples(
        st.just("POST /devices"),
        st.fixed_dictionaries({"devices": st.lists(ROWS, max_size=2) | VALUES}) | VALUES,
    ),
)
SCHEMAS = {
    "PATCH": regions.standalone(FLEET.document, {"$ref": "#/components/schemas/PatchDeviceBody"}),
    "POST": regions.standalone(FLEET.document, {"$ref": "#/components/schemas/CreateDevicesBody"}),
}


@examples(250)
@given(BODIES)
def test_three_readers_agree_on_a_body(line_and_body):
    line, body = line_and_body
    raw = sent(line, body)

    ours = list(decode(FLEET, raw).violations)
    theirs = WITNESS.request(raw)
    plain = Draft202012Validator(SCHEMAS[raw.method]).is_valid(body)

    assert [bool(ours), bool(theirs)] == [not plain, not plain], (body, ours, theirs)


# -- answers --------------------------------------------------------------------------------------


def documented():
    """Every example answer of the document, with the request it answers."""
    for operation in OPERATIONS:
        path = BASE + operation.path.replace("{device_id}", "42")
        raw = RawRequest(operation.method, path)
        for response in operation.responses.values():
            owner = response.media["application/json"].removesuffix("/schema")
            for example in FLEET.document.get(f"{owner}/examples").values():
                yield operation, raw, int(response.status), example["value"]


ANSWERS = list(documented())


def judged(operation, raw, status, data, kind="application/json"):
    answer = RawAnswer(status, (("Content-Type", kind),), data)
    return (
        [str(one) for one in violations(FLEET, operation, answer)],
        WITNESS.answer(raw, answer),
    )


@pytest.mark.parametrize(
    ("operation", "raw", "status", "value"),
    ANSWERS,
    ids=[f"{one.id}-{status}-{number}" for number, (one, _, status, _) in enumerate(ANSWERS)],
)
def test_both_readers_accept_the_documents_own_examples(operation, raw, status, value):
    assert judged(operation, raw, status, json.dumps(value).encode()) == ([], [])


def spots(value, at=()):
    yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from spots(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from spots(inner, (*at, number))


def with_change(value, at, new):
    if not at:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(at) == 1 and new is ...:
        del copy[at[0]]
    else:
        copy[at[0]] = with_change(copy[at[0]], at[1:], new)
    return copy


@examples(250)
@given(st.sampled_from(ANSWERS), st.data())
def test_both_readers_agree_on_a_changed_answer(case, data):
    operation, raw, status, value = case
    at = data.draw(st.sampled_from([one for one in spots(value) if one]))
    new = data.draw(VALUES | st.just(...))
    status = data.draw(st.sampled_from([status, status, 200, 400, 404, 418]))

    ours, theirs = judged(operation, raw, status, json.dumps(with_change(value, at, new)).encode())

    assert bool(ours) == bool(theirs), (at, new, status, ours, theirs)


@pytest.mark.parametrize(
    ("status", "data", "kind"),
    [
        (200, b"", "application/json"),
        (200, b"not json", "application/json"),
        (200, b"{}", "text/html"),
        (200, b"\xff", "application/json"),
        (500, b'{"error": "x"}', "application/json"),
        (404, b'{"error": "DEVICE_NOT_FOUND "}', "application/json"),
        (404, b"[]", "application/json"),
    ],
)
def test_both_readers_refuse_a_wrong_answer(status, data, kind):
    operation = FLEET.operations["getDevice"]

    ours, theirs = judged(operation, RawRequest("GET", BASE + "/devices/1"), status, data, kind)

    assert ours
    assert theirs


# -- the witness itself ---------------------------------------------------------------------------


def test_a_missing_credential_is_no_violation():
    assert WITNESS.request(sent("GET /devices", key=None)) == []


def test_a_violation_names_its_parameter():
    assert "limit" in WITNESS.request(sent("GET /devices?limit=0"))[0]


def test_a_route_that_is_not_there_is_a_violation():
    assert WITNESS.request(sent("GET /nothing"))
    assert WITNESS.request(sent("PUT /devices"))


@pytest.mark.parametrize("data", [b"\xff", b"[" * 20_000, b'{"a":' * 20_000])
def test_the_witness_survives_what_it_cannot_read(data):
    raw = RawRequest("PATCH", BASE + "/devices/1", "", (JSON,), data)

    assert WITNESS.request(raw)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_document_can_be_witnessed(name):
    assert Witness(load(name)).request(RawRequest("GET", "/nowhere"))
