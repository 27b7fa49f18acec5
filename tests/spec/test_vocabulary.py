import copy
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spec import ConformockError, DocumentError, RawRequest, decode, read
from spec.document import load, parse, shipped
from spec.vocabulary import words
from tests.spec.drawing import examples
from tests.spec.scratch import NOTES, changed, contract, document, line_of

# What is replaced by what, the passage on whose line the error is, and words of the sentence.
BROKEN = [
    ("an unknown key", "x-contract-provenance: decided", "x-contract-provenence: decided",
     "x-contract-provenence", ["unknown key", "Did you mean 'x-contract-provenance'?"]),
    ("a root key inside an operation", "      x-contract-list:", "      x-contract-problems:",
     "      x-contract-problems: {", ["has no meaning here", "at the root"]),
    ("an operation's key at the root", "x-contract-provenance: decided", "x-contract-rules: []",
     "x-contract-rules: []", ["has no meaning here", "inside an operation"]),
    ("a key inside a schema", "    NewNote:\n", "    NewNote:\n      x-contract-effect: {}\n",
     "x-contract-effect: {}", ["has no meaning here"]),
    ("an unknown word", "when: {principal.role", "wen: {principal.role",
     "wen: {principal.role", ["unknown word 'wen'", "Did you mean 'when'?"]),
    ("an unknown word in a fact", "{kind: note, where", "{kindd: note, where",
     "kindd", ["unknown word 'kindd'", "Did you mean 'kind'?"]),
    ("an unknown kind of fact", "{exists: {kind", "{exist: {kind",
     "exist: {kind", ["unknown word 'exist'", "Did you mean 'exists'?"]),
    ("an unknown action", "{create: note,", "{make: note,",
     "{make: note,", ["unknown word 'make'"]),
    ("an unknown word in a list", "items: '', limit: limit", "items: '', limits: limit",
     "limits", ["unknown word 'limits'", "Did you mean 'limit'?"]),
    ("an unknown provenance", "provenance: decided", "provenance: guessed", "guessed", ["guessed"]),
    ("an unknown problem in a rule", "problem: TAKEN,", "problem: TAKN,",
     "problem: TAKN,", ["unknown problem 'TAKN'", "Did you mean 'TAKEN'?"]),
    ("an unknown problem of a stage", "problem: STRANGER}", "problem: STRANGE}",
     "problem: STRANGE}", ["unknown problem 'STRANGE'", "Did you mean 'STRANGER'?"]),
    ("an unknown stage", "stage: existence, when", "stage: exist, when",
     "stage: exist, when", ["unknown stage 'exist'", "Did you mean 'existence'?"]),
    ("an unknown fact", "{facts.title_taken:", "{facts.title_take:",
     "facts.title_take:", ["unknown fact 'title_take'", "Did you mean 'title_taken'?"]),
    ("the facts as a whole", "{facts.title_taken:", "{facts:", "{facts:", ["unknown fact ''"]),
    ("an unknown kind in a fact", "{kind: note, where", "{kind: nite, where",
     "{kind: nite", ["unknown kind 'nite'", "Did you mean 'note'?"]),
    ("an unknown kind in an effect", "{read: note,", "{read: noot,",
     "{read: noot,", ["unknown kind 'noot'", "Did you mean 'note'?"]),
    ("an unknown principal fact", "{principal.role:", "{principal.rol:",
     "principal.rol:", ["unknown principal fact 'rol'", "Did you mean 'role'?"]),
    ("an unknown security scheme", "  scheme: key", "  scheme: kee",
     "  scheme: kee", ["unknown security scheme 'kee'", "Did you mean 'key'?"]),
    ("an unknown part of a call", "{request.body.title: {enum", "{reqest.body.title: {enum",
     "reqest.body.title", ["reqest.body.title"]),
    ("an unknown part of a request", "{request.body.title: {enum", "{request.bdy.title: {enum",
     "request.bdy.title", ["unknown part of a request 'bdy'", "Did you mean 'body'?"]),
    ("the request as a whole", "{request.body.title: {enum", "{request: {enum",
     "{request: {enum", ["unknown part of a request ''"]),
    ("a fact from nowhere", "{from: request.body.title}", "{from: request.boddy}",
     "request.boddy", ["'boddy'", "Did you mean 'body'?"]),
    ("a fact from a fact", "{from: request.body.title}", "{from: facts.title_taken}",
     "{from: facts.title_taken}", ["unknown part of a call 'facts'"]),
    ("a wrong schema in a condition", "{enum: [darn, dash]}", "{type: strin}",
     "{type: strin}", ["not a JSON Schema"]),
    ("a wrong pattern in a condition", "{enum: [darn, dash]}", "{pattern: '['}",
     "{pattern: '['}", ["not a JSON Schema"]),
    ("a condition that is no schema", "{enum: [darn, dash]}", "3", "request.body.title: 3", ["3"]),
    ("a wrong schema of a body", "title: {type: string, minLength: 1}", "title: {type: text}",
     "title: {type: text}", ["not a JSON Schema"]),
    ("a wrong keyword deep in a schema", "        id: {type: integer}\n",
     "        id: {anyOf: [{required: [null]}]}\n", "id: {anyOf", ["not a JSON Schema"]),
    ("a wrong schema of a parameter", "minimum: 1, maximum: 9", "minimum: one",
     "{name: limit", ["not a JSON Schema"]),
    ("a wrong schema of a principal fact", "facts: {role: {enum: [guest, member]}}",
     "facts: {role: {type: yes}}", "facts: {role: {type: yes}}", ["not a JSON Schema"]),
    ("a dangling reference", "items: {$ref: '#/components/schemas/Note'}",
     "items: {$ref: '#/components/schemas/Not'}",
     "items: {$ref: '#/components/schemas/Not'}", ["leads nowhere", "Did you mean 'Note'?"]),
    ("a reference to itself", "    NewNote:\n      type: object",
     "    NewNote:\n      $ref: '#/components/schemas/NewNote'",
     "    NewNote:", ["refers to itself"]),
    ("a reference to a file", "items: {$ref: '#/components/schemas/Note'}",
     "items: {$ref: 'other.yaml#/Note'}", "other.yaml", ["leaves the file"]),
    ("a reference to a server", "items: {$ref: '#/components/schemas/Note'}",
     "items: {$ref: 'https://example.com/n'}", "example.com", ["leaves the file"]),
    ("a response that is a schema", "'404': {$ref: '#/components/responses/Refused'}",
     "'404': {$ref: '#/components/schemas/Note/properties/title/type'}", None,
     ["not a response"]),
    ("a second operationId", "operationId: getNote\n", "operationId: listNotes\n",
     "    get:\n      operationId: listNotes\n      parameters:\n        - {name: note_id",
     ["'listNotes' stands in notes.yaml:"]),
    ("a second rule id", "id: rude_title", "id: TAKEN", "{problem: TAKEN,", ["'TAKEN' stands in"]),
    ("a rule without id whose problem occurs twice", "{problem: TAKEN, stage: state",
     "{problem: FORBIDDEN, stage: state", "{problem: FORBIDDEN, stage: state", ["Give the rule"]),
    ("a rule without condition", ", when: {facts.title_taken: {const: true}}}", "}",
     "{problem: TAKEN, stage: state}", ["x-contract-rules"]),
    ("a rule without stage", "{problem: TAKEN, stage: state,", "{problem: TAKEN,",
     "{problem: TAKEN,", ["stage"]),
    ("a status that is no refusal", "TAKEN: {status: 409", "TAKEN: {status: 209",
     "TAKEN: {status: 209", ["209"]),
    ("an effect without success", "        '200':\n          description: The note.\n",
     "        '300':\n          description: The note.\n", "{read: note", ["no 2xx response"]),
    ("an unknown tenant", "    unique: [title]", "    tenant: compny",
     "    tenant: compny", ["unknown principal fact 'compny'"]),
    ("a kind without schema", "    schema: '#/components/schemas/Note'",
     "    schema: '#/components/schemas/Nope'", "schemas/Nope", ["does not lead to a schema"]),
    ("OpenAPI 2", "openapi: 3.1.0", "swagger: '2.0'", "swagger: '2.0'", ["'3.1.0'"]),
    ("a version of the future", "openapi: 3.1.0", "openapi: 4.0.0", "openapi: 4.0.0", ["4.0.0"]),
    ("no paths", "paths:", "path:", "openapi: 3.1.0", ["no 'paths' object"]),
    ("a path without slash", "  /notes:\n", "  notes:\n", None, ["notes"]),
    ("a path with a parameter inside a segment", "  /notes/{note_id}:", "  /notes/{note_id}.json:",
     None, ["note_id"]),
    ("a parameter without name", "{name: limit, in", "{nam: limit, in",
     "{nam: limit", ["not a parameter", "name"]),
    ("a parameter nowhere", "{name: limit, in: query", "{name: limit, in: quary",
     "in: quary", ["not a parameter"]),
    ("a body without content", "        required: true\n        content:\n",
     "        required: true\n        contents:\n", "requestBody:", ["not a request body"]),
    ("a scheme without place", "{type: apiKey, in: header, name: X-Key}", "{type: apiKey}",
     "{type: apiKey}", ["not a security scheme"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_document_is_refused_with_file_line_and_advice(old, new, at, expected):
    text = changed(old, new)

    with pytest.raises(DocumentError) as caught:
        contract(text)

    sentence = str(caught.value)
    if at is not None:
        assert sentence.startswith(f"notes.yaml:{line_of(text, at)} (#"), sentence
    assert re.match(r"notes\.yaml:[0-9]+ \(#", sentence)
    for words_of_it in expected:
        assert words_of_it in sentence


def test_the_unbroken_document_is_read():
    found = contract()

    assert list(found.operations) == ["listNotes", "createNote", "getNote"]
    assert [rule.id for rule in found.operations["createNote"].rules] == [
        "FORBIDDEN",
        "rude_title",
        "TAKEN",
        "BROKEN",
    ]


def test_a_document_without_any_word_is_read():
    bare = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {}}},
    }

    found = read(parse(yaml.safe_dump(bare), name="bare", file="bare.yaml"))

    assert [one.id for one in found.operations.values()] == ["get /a"]


def test_rules_are_sorted_into_the_order_of_the_stages():
    text = changed(
        "        - {problem: BROKEN, stage: fault, fault: true}\n",
        "        - {problem: BROKEN, stage: fault, fault: true}\n"
        "        - {id: late, problem: FORBIDDEN, stage: authorization, fault: true}\n",
    )

    rules = contract(text).operations["createNote"].rules

    assert [rule.id for rule in rules] == ["FORBIDDEN", "late", "rude_title", "TAKEN", "BROKEN"]


def test_a_default_of_null_is_a_default():
    text = changed("maximum: 9, default: 3", "maximum: 9, default: null")

    assert contract(text).operations["listNotes"].parameters[0].default is None


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_document_is_understood(name):
    found = read(name)

    assert found.operations
    assert all(operation.rules or operation.listing for operation in found.operations.values())


def test_each_word_of_the_vocabulary_is_defined_once():
    assert {"x-contract-rules", "x-contract-facts", "x-contract-effect"} <= set(words())


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 9),
    st.just(1.5),
    st.sampled_from(["", "x", "/a", "#/paths", "request", "item.x", "string", "{", "[", "$ref"]),
    st.sampled_from([[], {}, [1], {"x": 1}, [[]], {"$ref": "#/paths"}, {"$ref": 1}, {"type": 3}]),
)


def places(value, at=()):
    yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*at, number))


def replaced(tree, at, new):
    result = copy.deepcopy(tree)
    place = result
    for step in at[:-1]:
        place = place[step]
    if new is ...:
        del place[at[-1]]
    else:
        place[at[-1]] = new
    return result


def outcome(text):
    """The contract of a text, or the sentence that refuses it."""
    try:
        return read(parse(text, name="fuzz", file="fuzz.yaml"))
    except ConformockError as error:
        return str(error)


def survives(text):
    """Read a text as a document; whatever can be read can also decode a request."""
    found = outcome(text)
    if isinstance(found, str):
        assert "fuzz.yaml" in found, found
        return
    json_type = (("Content-Type", "application/json"),)
    for operation in found.operations.values():
        path = found.base_path + re.sub(r"\{[^}]*\}", "1", operation.path)
        decode(found, RawRequest(operation.method, path, "limit=2&x=1", json_type, b'{"a":1}'))


TREES = {"notes": document().data, "fleet": load("fleet").data}
PLACES = {name: [at for at in places(tree) if at] for name, tree in TREES.items()}


@examples(250)
@given(data=st.data())
def test_a_mutated_tree_is_read_or_refused(data):
    tree = TREES["notes"]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([one for one in places(tree) if one]))
        tree = replaced(tree, at, data.draw(st.one_of(st.just(...), ODD)))

    survives(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))


@examples(25)
@given(data=st.data())
def test_a_mutated_fleet_is_read_or_refused(data):
    at = data.draw(st.sampled_from(PLACES["fleet"]))
    tree = replaced(TREES["fleet"], at, data.draw(st.one_of(st.just(...), ODD)))

    survives(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))


@examples(150)
@given(
    cut=st.tuples(st.integers(0, len(NOTES)), st.integers(0, 40)),
    insertion=st.text(st.sampled_from(" \n\t:{}[]'\"#&*!|>-,?@%~a0$/x"), max_size=8),
)
def test_a_mutated_text_is_read_or_refused(cut, insertion):
    start, length = cut

    survives(NOTES[:start] + insertion + NOTES[start + length :])


@examples(100)
@given(lines=st.permutations(NOTES.splitlines()[:12]), dropped=st.integers(12, 100))
def test_lines_in_disorder_are_read_or_refused(lines, dropped):
    rest = NOTES.splitlines()[12:]
    del rest[dropped - 12 : dropped - 10]

    survives("\n".join([*lines, *rest]))
