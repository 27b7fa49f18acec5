"""The algebra against brute force, and regions against the judge."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spec import ABSENT, SUCCESS, Call, Exists, RawRequest, decode, judge, regions
from spec.wire import encode
from tests.spec.drawing import examples
from tests.spec.scratch import NOTES, contract
from tests.spec.worlds import BASE, FLEET, JSON

SMALL: list = [
    {"const": 1},
    {"enum": ["a", None]},
    {"type": "null"},
    {"type": "boolean"},
    {"type": ["string", "null"]},
    {"type": "integer", "minimum": 1},
    {"type": "object", "required": ["x"]},
    {"type": "object", "properties": {"x": {"const": 1}}},
    {"type": "object", "properties": {"x": {"type": "null"}}, "additionalProperties": False},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 1},
    {"type": "array", "contains": {"const": 1}},
    {"anyOf": [{"type": "string"}, {"const": 1}]},
    {"not": {"type": "string"}},
    {"type": "string", "pattern": "^a+$"},
    {"maxProperties": 0},
    {},
    {"not": {}},
]
VALUES = [None, True, False, 0, 1, 2.5, "", "a", "ab", [], [1], [1, 2], [None], {}, {"x": 1},
          {"x": None}, {"x": 1, "y": 2}]  # fmt: skip


def fits(schema, value):
    return Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("left", SMALL, ids=str)
def test_the_algebra_agrees_with_brute_force(left):
    for right in SMALL:
        both, rest = regions.values(left, right), regions.outside(left, right)

        for value in VALUES:
            assert fits(both, value) == (fits(left, value) and fits(right, value)), value
            assert fits(rest, value) == (fits(left, value) and not fits(right, value)), value


@pytest.mark.parametrize("left", SMALL, ids=str)
def test_a_proof_is_never_contradicted_by_a_value(left):
    for right in SMALL:
        covered = regions.covers(left, right)
        empty = regions.satisfiable(regions.values(left, right)) is False

        for value in VALUES:
            if covered is True and fits(right, value):
                assert fits(left, value), value
            if empty:
                assert not (fits(left, value) and fits(right, value)), value


@pytest.mark.parametrize("left", SMALL, ids=str)
def test_an_example_fits(left):
    for right in SMALL:
        schema = regions.values(left, right)

        found = regions.example(schema)

        assert found is ABSENT or fits(schema, found)
        if any(fits(schema, value) for value in VALUES):
            assert regions.satisfiable(schema) is True
        if found is not ABSENT:
            assert regions.satisfiable(schema) is True


@pytest.mark.parametrize(
    ("schema", "members"),
    [
        ({"const": 1}, [1]),
        ({"enum": ["b", "a"]}, ["a", "b"]),
        ({"type": "null"}, [None]),
        ({"type": "boolean"}, [False, True]),
        ({"type": ["boolean", "null"]}, [False, None, True]),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, [None, "a"]),
        ({"type": "integer", "minimum": 3, "maximum": 3}, [3]),
        ({"allOf": [{"enum": [1, "a"]}, {"type": "string"}]}, ["a"]),
        (False, []),
        ({"type": "string"}, None),
        ({"type": "integer", "minimum": 0}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_finite_schema_is_enumerated(schema, members):
    found = regions.enumerated(schema if isinstance(schema, dict) else {"not": {}})

    assert (found and sorted(found, key=str)) == (members and sorted(members, key=str))


def test_what_the_algebra_does_not_model_is_left_undecided():
    schema = {"type": "string", "pattern": "^a$", "not": {"pattern": "^[a]$"}}

    assert regions.satisfiable(schema) is None
    assert regions.covers({"pattern": "^[a]$"}, {"type": "string", "pattern": "^a$"}) is None


# -- standing alone -------------------------------------------------------------------------------


def test_a_schema_that_stands_alone_accepts_what_the_document_accepts():
    for pointer in ("/components/schemas/PatchDeviceBody", "/components/schemas/Device"):
        alone = regions.standalone(FLEET.document, FLEET.document.get(pointer))
        assert "$ref" not in json.dumps(alone)
        for value in ({}, {"name": ""}, {"name": "x"}, {"user_id": 0}, {"compliance": [1]}, []):
            expected = not list(FLEET.schemas.violations(pointer, value, "x"))
            assert fits(alone, value) == expected


TREE = """
    Tree:
      type: object
      description: A tree.
      properties:
        value: {type: integer}
        left: {$ref: '#/components/schemas/Tree'}
        right: {anyOf: [{$ref: '#/components/schemas/Tree'}, {type: 'null'}]}
"""


def test_a_schema_that_refers_to_itself_stands_alone_and_can_be_combined():
    document = contract(NOTES + TREE.lstrip("\n")).document
    alone = regions.standalone(document, {"$ref": "#/components/schemas/Tree"})

    left = regions.values(alone, {"required": ["left"]})

    for schema, value, expected in (
        (alone, {"left": {"left": {"value": 1}}}, True),
        (alone, {"left": {"right": {"value": "x"}}}, False),
        (left, {"left": {"right": None}}, True),
        (left, {"right": None}, False),
        (left, {"left": {"left": {"value": "x"}}}, False),
    ):
        assert fits(schema, value) is expected


@pytest.mark.parametrize(
    ("operation", "path", "takes", "refuses"),
    [
        ("createDevices", "item.user_id", [1, 2.0], [0, None, "1"]),
        ("createDevices", "item.serial_number", ["", "x"], [None, 1]),
        ("createDevices", "item", [{"name": "n", "type": "t", "category": "c"}], [{}, []]),
        ("createDevices", "request.body.devices", [], [[], {}]),
        ("createDevices", "request.body.devices.name", [], ["x", None]),
        ("updateDevice", "request.body.serial_number", ["", None], [1]),
        ("updateDevice", "request.body.keyboard_layout", ["SWISS_QWERTZ", None], ["x"]),
        ("updateDevice", "request.body.unheard_of", [], [None, 1, {}]),
        ("updateDevice", "request.body", [{}, {"comment": None}], [{"foo": 1}, [], {"name": ""}]),
        ("updateDevice", "item.user_id", [1, None], [0]),
        ("updateDevice", "resource", [None], [1]),
        ("updateDevice", "resource.category", ["LAPTOP", None], [1]),
        ("updateDevice", "resource.characteristics.has_webcam", [True, None], ["x"]),
        ("updateDevice", "resource.hidden", [1, "x"], []),
        ("updateDevice", "request.path.device_id", ["42"], ["042", "x", 42]),
        ("updateDevice", "principal.scope", ["READ"], ["x", None]),
        ("updateDevice", "facts.user_active", [True, False], [None]),
        ("listDevices", "request.query.limit", [1, 100], [0, 101, "1"]),
        ("listDevices", "request.query.client_status", ["AVAILABLE"], ["x"]),
        ("listDevices", "resource", [None], [{}]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_the_schema_at_a_path_is_the_declared_one(operation, path, takes, refuses):
    schema = regions.path_schema(FLEET, FLEET.operations[operation], tuple(path.split(".")))

    assert [value for value in takes if not fits(schema, value)] == []
    assert [value for value in refuses if fits(schema, value)] == []


# -- rules as sets --------------------------------------------------------------------------------

CONDITIONS = {
    "principal.role": [{"const": "guest"}, {"enum": ["guest", "member"]}],
    "request.body.title": [{"const": "a"}, {"type": "null"}, {"type": "string"}, {}],
    "request.body.pinned": [{"const": True}, {"type": "boolean"}],
    "request.body": [{"maxProperties": 0}, {"required": ["title"]}],
    "facts.title_taken": [{"const": True}, {"const": False}],
    "resource": [{"type": "null"}, {"type": "object"}],
    "resource.pinned": [{"const": True}, {"type": "null"}],
}
RULE = st.dictionaries(
    st.sampled_from(list(CONDITIONS)), st.integers(0, 3), min_size=1, max_size=3
).map(lambda one: {path: CONDITIONS[path][n % len(CONDITIONS[path])] for path, n in one.items()})


def rule_book(rules, doubtful=None):
    """The notes with a PATCH under these rules."""
    lines = []
    for number, when in enumerate(rules):
        more = f", doubtful: {json.dumps(doubtful)}" if doubtful and number == 0 else ""
        named = f"id: r{number}, problem: REFUSED, stage: state"
        lines.append(f"        - {{{named}, when: {json.dumps(when)}{more}}}")
    patch = f"""
    patch:
      operationId: changeNote
      parameters:
        - {{name: note_id, in: path, required: true, schema: {{type: string}}}}
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                title: {{enum: [a, b, null]}}
                pinned: {{type: boolean}}
      responses:
        '200': {{description: Done.}}
      x-contract-facts:
        title_taken: {{exists: {{kind: note, where: {{title: {{from: request.body.title}}}}}}}}
      x-contract-rules:
{chr(10).join(lines)}
      x-contract-effect: {{update: note, key: request.path.note_id, response: null}}
"""
    return contract(
        NOTES.replace("x-contract-provenance", patch.strip("\n") + "\nx-contract-provenance", 1)
    )


BODIES = [
    {**title, **pinned}
    for title in ({}, {"title": "a"}, {"title": "b"}, {"title": None})
    for pinned in ({}, {"pinned": True}, {"pinned": False})
]
RECORDS = [None, {"id": 1, "title": "a"}, {"id": 1, "title": "a", "pinned": True}]
DOCUMENTS = [
    {
        "request": {"path": {"note_id": "1"}, "query": {}, "headers": {}, "body": body},
        "principal": {"role": role},
        "resource": record,
        "facts": {"title_taken": taken},
    }
    for body in BODIES
    for role in ("guest", "member")
    for record in RECORDS
    for taken in (True, False)
]


def stands(document, path):
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return ABSENT
        document = document[step]
    return document


def is_met(when, document):
    found = {path: stands(document, path) for path in when}
    return all(found[path] is not ABSENT and fits(when[path], found[path]) for path in when)


def realizable(document, when):
    """A fact about a title that is not there is false in every world."""
    wants = when.get("facts.title_taken") == {"const": True}
    return not wants or stands(document, "request.body.title") not in (ABSENT, None)


@examples(30)
@given(st.lists(RULE, min_size=1, max_size=4), st.none() | RULE)
def test_a_region_is_what_brute_force_finds(rules, doubtful):
    found = rule_book(rules, doubtful)
    operation = found.operations["changeNote"]
    made = {
        number: regions.region(found, operation, operation.rules[number])
        for number in range(len(rules))
    } | {None: regions.success(found, operation)}

    for document in DOCUMENTS:
        doubt = doubtful is not None and is_met(doubtful, document)
        first = next((n for n, when in enumerate(rules) if is_met(when, document)), None)
        for number, region in made.items():
            expected = first == number and not doubt
            if number is not None:
                expected = expected and realizable(document, rules[number])
            assert region.contains(document) == expected
            assert fits(region.schema, document) == expected
            assert not (expected and region.satisfiable is False)


@examples(20)
@given(st.lists(RULE, min_size=2, max_size=3), st.sampled_from(RECORDS), st.booleans())
def test_what_is_given_is_fixed_and_the_body_that_is_left_is_exact(rules, record, taken):
    found = rule_book(rules)
    operation = found.operations["changeNote"]
    region = regions.region(found, operation, operation.rules[-1])

    left = region.given(principal={"role": "member"}, resource=record, facts={"title_taken": taken})

    for document in DOCUMENTS:
        same = (
            document["principal"]["role"] == "member"
            and document["facts"]["title_taken"] is taken
            and (document["resource"] == record or (record is not None and stands(
                document, "resource.pinned") is True and "pinned" not in record))
        )  # fmt: skip
        assert left.contains(document) == (region.contains(document) and same)
    if record is None or "pinned" in record:
        possible = [one["request"]["body"] for one in DOCUMENTS if left.contains(one)]
        for body in BODIES:
            assert (left.body is not None and fits(left.body, body)) == (body in possible)


def test_a_rule_on_rows_is_met_by_a_list_when_one_row_meets_all_its_conditions():
    text = NOTES.replace("title: {type: string, minLength: 1}", "title: {type: string}").replace(
        "        - id: rude_title\n",
        "        - id: both\n"
        "          problem: REFUSED\n"
        "          stage: state\n"
        "          each: request.body.rows\n"
        "          when: {item.a: {const: true}, item.b: {const: true}}\n"
        "        - {id: some, problem: REFUSED, stage: state, when: {request.body.rows: {}}}\n"
        "        - id: rude_title\n",
    )
    row = "{type: object, properties: {a: {type: boolean}, b: {type: boolean}}}"
    found = contract(
        text.replace(
            "    NewNote:\n      type: object\n      required: [title]\n      properties:\n",
            "    NewNote:\n      type: object\n      required: [title]\n      properties:\n"
            f"        rows: {{type: array, items: {row}}}\n",
        )
    )
    operation = found.operations["createNote"]
    both, some = (next(r for r in operation.rules if r.id == name) for name in ("both", "some"))
    rows = [{}, {"a": True}, {"b": True}, {"a": True, "b": True}, {"a": False, "b": True}]

    for one in rows:
        for other in rows:
            document = {
                "request": {
                    "path": {}, "query": {}, "headers": {},
                    "body": {"title": "x", "rows": [one, other]},
                },
                "principal": {"role": "member"},
                "resource": None,
                "facts": {"title_taken": False},
            }  # fmt: skip
            full = {"a": True, "b": True}
            listed = regions.region(found, operation, some)
            of_a_row = regions.region(found, operation, both)
            assert listed.contains(document) == (full not in (one, other))
            assert fits(listed.schema, document) == (full not in (one, other))
            assert of_a_row.contains({**document, "item": one}) == (one == full)


def test_every_rule_of_fleet_can_be_reached_and_every_operation_can_succeed():
    for operation in FLEET.operations.values():
        assert regions.success(FLEET, operation).satisfiable is True
        for rule in operation.rules:
            assert regions.region(FLEET, operation, rule).satisfiable is True


def test_the_schema_of_a_region_refers_to_nothing_outside_of_it():
    for operation in FLEET.operations.values():
        for rule in operation.rules:
            region = regions.region(FLEET, operation, rule)
            text = json.dumps([region.schema, region.definition])
            assert "urn:" not in text
            assert "#/components" not in text
            assert "$schema" not in text


def test_a_pair_of_record_and_credential_tells_whether_it_can_provoke_a_code():
    operation = FLEET.operations["updateDevice"]
    rule = next(one for one in operation.rules if one.id == "KEYBOARD_LAYOUT_REQUIRED")
    region = regions.region(FLEET, operation, rule)
    writer = {"scope": "WRITE"}

    laptop = region.given(principal=writer, resource={"category": "LAPTOP", "source": "EXTERNAL"})
    screen = region.given(principal=writer, resource={"category": "SCREEN", "source": "EXTERNAL"})
    bought = region.given(principal=writer, resource={"category": "LAPTOP", "source": "FLEET"})
    reader = region.given(principal={"scope": "READ"}, resource={"category": "LAPTOP"})

    assert laptop.satisfiable is True
    assert fits(laptop.body, {"keyboard_layout": None})
    assert not fits(laptop.body, {"keyboard_layout": "SWISS_QWERTZ"})
    assert not fits(laptop.body, {"keyboard_layout": None, "serial_number": " "})
    assert [one.satisfiable for one in (screen, bought, reader)] == [False, False, False]
    assert screen.body is None


# -- drawn from a region --------------------------------------------------------------------------


def drawn(schema):
    """Values of a schema, through the public interface of a generator of requests."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/r": {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": schema}},
                    },
                    "responses": {"200": {"description": "ok"}},
                }
            }
        },
    }
    operation = schemathesis.openapi.from_dict(document)["/r"]["POST"]
    mode = schemathesis.GenerationMode.POSITIVE
    return operation.as_strategy(generation_mode=mode).map(lambda case: case.body)


@dataclass
class Told:
    """A view that has what a drawn document tells, whoever asks."""

    operation: Any
    document: Any
    complete: bool = True

    def principal(self, credential):
        return self.document["principal"]

    def record(self, kind, key, tenant):
        return self.document["resource"]

    def exists(self, kind, where, tenant, excluding):
        name = next(
            name
            for name, fact in self.operation.facts.items()
            if isinstance(fact, Exists)
            and fact.kind == kind
            and fact.where.keys() | fact.constants.keys() == where.keys()
        )
        return self.document["facts"][name]


def made_real(operation, document):
    """The call that a drawn document describes."""
    asked = document["request"]
    body = asked.get("body", ABSENT)
    if "item" in document:
        body = {"devices": [document["item"]]}
    elif document["facts"].get("serial_repeated") is True:
        body = {"devices": [{**row, "serial_number": "twice"} for row in body["devices"]]}
    elif body is not ABSENT and "devices" in body:
        body = {"devices": without_repetition(body["devices"])}
    path = operation.path
    for name, value in asked["path"].items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    data = b"" if body is ABSENT else encode(body)
    raw = RawRequest(
        operation.method, BASE + path, urlencode(asked["query"]), (JSON,) if data else (), data
    )
    call = decode(FLEET, raw)
    assert isinstance(call, Call)
    return call


def without_repetition(rows):
    seen, kept = set(), []
    for row in rows:
        if row.get("serial_number") not in seen:
            kept.append(row)
        seen.add(row.get("serial_number", ABSENT))
    return kept


CASES = [
    (operation, rule)
    for operation in FLEET.operations.values()
    for rule in (*operation.rules, None)
    if rule is None or not rule.fault
]


@pytest.mark.parametrize(
    ("operation", "rule"),
    CASES,
    ids=[f"{one.id}-{rule.id if rule else SUCCESS}" for one, rule in CASES],
)
def test_a_call_drawn_from_a_region_is_well_formed_and_hits_its_rule_first(operation, rule):
    region = regions.region(FLEET, operation, rule) if rule else regions.success(FLEET, operation)

    @examples(15)
    @given(drawn(region.schema))
    def check(document):
        assert region.contains(document)
        call = made_real(operation, document)
        judgement = judge(FLEET, call, Told(operation, document))

        assert [one for one in call.violations if one.location != "path"] == []
        assert (judgement.first.label if judgement.first else SUCCESS) == (
            rule.id if rule else SUCCESS
        )

    check()


@pytest.mark.parametrize("zone", ["Z", "[+]00:00"])
@pytest.mark.parametrize("fraction", ["", "[.][0-9]{3}", "[.][0-9]{6}"])
def test_an_example_of_a_time_in_any_form_is_found(fraction, zone):
    """Records hold such times; without one no call on a record could be shown to exist."""
    pattern = f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:]{{8}}{fraction}{zone}$"

    found = regions.satisfiable({"type": "string", "format": "date-time", "pattern": pattern})

    assert found is True
