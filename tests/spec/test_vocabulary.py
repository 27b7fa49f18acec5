import copy
import json
import re
from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spec import ConformockError, DocumentError, RawRequest, decode, read
from spec.document import load, parse, shipped
from spec.vocabulary import words
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.scratch import NOTES, changed, contract, document, line_of

ROOT = Path(__file__).parents[2]

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
    ("a path with an open brace", "  /notes/{note_id}:", "  /notes/{note_id:", None, ["note_id"]),
    ("a parameter without name", "{name: limit, in", "{nam: limit, in",
     "{nam: limit", ["not a parameter", "name"]),
    ("a parameter nowhere", "{name: limit, in: query", "{name: limit, in: quary",
     "in: quary", ["not a parameter"]),
    ("a body without content", "        required: true\n        content:\n",
     "        required: true\n        contents:\n", "requestBody:", ["not a request body"]),
    ("a scheme without place", "{type: apiKey, in: header, name: X-Key}", "{type: apiKey}",
     "{type: apiKey}", ["not a security scheme"]),
]  # fmt: skip


# The same for the words that lamps have and notes have not.
BROKEN_LAMPS = [
    ("an unknown word of reading", "{repeated: first,", "{repeatd: first,",
     "repeatd", ["unknown word 'repeatd'", "Did you mean 'repeated'?"]),
    ("an unknown policy", "{repeated: first,", "{repeated: last,", "repeated: last", ['"last"']),
    ("a policy for repeated values that is none for empty ones", "empty: kept", "empty: first",
     "empty: first", ['"first"']),
    ("an unknown scheme among several", "  scheme: [token, login]", "  scheme: [token, logon]",
     "  scheme: [token, logon]", ["unknown security scheme 'logon'", "Did you mean 'login'?"]),
    ("no scheme at all", "  scheme: [token, login]", "  scheme: []", "  scheme: []", ["[]"]),
    ("an unknown spelling of a scheme's word", "word: any-case", "word: some-case",
     "word: some-case", ['"some-case"']),
    ("an unknown way of being lost", "unrouted: {path: LOST,", "unrouted: {paths: LOST,",
     "paths: LOST", ["unknown word 'paths'", "Did you mean 'path'?"]),
    ("an unknown problem for the lost", "unrouted: {path: LOST,", "unrouted: {path: LAST,",
     "unrouted: {path: LAST", ["unknown problem 'LAST'", "Did you mean 'LOST'?"]),
    ("a tenant by an unknown fact", "tenant: {id: principal.firm}", "tenant: {id: principal.frim}",
     "principal.frim", ["unknown principal fact 'frim'", "Did you mean 'firm'?"]),
    ("a tenant by the body", "tenant: {id: principal.firm}", "tenant: {id: request.body.firm}",
     "request.body.firm", ["request.body.firm"]),
    ("a tenant by nothing", "tenant: {id: principal.firm}", "tenant: {}", "tenant: {}", ["{}"]),
    ("a tree of an unknown kind", "    tree: {kind: firm, parent: above}\n  trait:",
     "    tree: {kind: frim, parent: above}\n  trait:", "{kind: frim",
     ["unknown kind 'frim'", "Did you mean 'firm'?"]),
    ("a tree without parent", "    tree: {kind: firm, parent: above}\n  trait:",
     "    tree: {kind: firm}\n  trait:", "    tree: {kind: firm}\n", ["parent"]),
    ("a tree of tenants named by two fields", "tenant: {id: principal.firm}",
     "tenant: {id: principal.firm, place: request.path.place}",
     "    tree: {kind: firm, parent: above}\n  trait:", ["a tree of tenants named by several"]),
    ("an unknown way to make a key", "key: {field: id, made: objectid}",
     "key: {field: id, made: objctid}", "made: objctid", ['"objctid"']),
    ("an unknown way to make a field", "made: {how: created,", "made: {how: creation,",
     "how: creation", ['"creation"']),
    ("an unknown form of a time", "form: seconds-Z", "form: seconds-z", "seconds-z", ["seconds-z"]),
    ("an unknown word of what is made", "{code: {how: uuid}}", "{code: {haw: uuid}}",
     "{haw: uuid}", ["unknown word 'haw'", "Did you mean 'how'?"]),
    ("caseless fields that are no list", "caseless: [name]", "caseless: name", "caseless: name",
     ["name"]),
    ("a part of an unknown kind", "        of: trait", "        of: trayt", "        of: trayt",
     ["unknown kind 'trayt'", "Did you mean 'trait'?"]),
    ("a part without types", "        typed: sort", "        typd: sort", "        typd: sort",
     ["unknown word 'typd'", "Did you mean 'typed'?"]),
    ("a part's type that is no schema", "TRUTH: {type: boolean}", "TRUTH: {type: bool}",
     "TRUTH: {type: bool}", ["not a JSON Schema"]),
    ("a part that shows half", "shows: {definition: trait, state: now}",
     "shows: {definition: trait}", "shows: {definition: trait}", ["state"]),
    ("a stamp of nothing", "since: created, last", "since: made, last", "since: made", ['"made"']),
    ("a part's unknown form", "        form: millis-Z", "        form: millis",
     "        form: millis", ["millis"]),
    ("an effect on an unknown part", "{entries: lamp, part: traits,",
     "{entries: lamp, part: trait,", "part: trait,",
     ["unknown part 'trait'", "Did you mean 'traits'?"]),
    ("an effect on no part", "{upsert: lamp, part: traits,", "{upsert: lamp,", "{upsert: lamp,",
     ["unknown part ''"]),
    ("an effect on a part of a kind that has none", "{upsert: lamp, part: traits,",
     "{upsert: hall, part: traits,", "{upsert: hall", ["there is none"]),
    ("a part of an effect that has no business with one", "{replace: lamp, key",
     "{replace: lamp, part: trats, key", "{replace: lamp, part", ["unknown part 'trats'"]),
    ("a fact on an unknown part", "part: lamp.traits}}", "part: lamp.trait}}", "part: lamp.trait}}",
     ["unknown part 'lamp.trait'", "Did you mean 'lamp.traits'?"]),
    ("a fact on a part of no kind", "part: lamp.traits}}", "part: traits}}", "part: traits}}",
     ["traits"]),
    ("a mistyped fact from nowhere", "{mistyped: {in: request.body,",
     "{mistyped: {in: request.bod,", "request.bod,", ["'bod'", "Did you mean 'body'?"]),
    ("a found record of an unknown kind", "{found: {kind: lamp,", "{found: {kind: lump,",
     "{kind: lump", ["unknown kind 'lump'", "Did you mean 'lamp'?"]),
    ("a found record from nowhere", "{from: request.body.twin}", "{from: reqest.body.twin}",
     "reqest.body.twin", ["reqest"]),
    ("a found record without where",
     "twin: {found: {kind: lamp, where: {label: {from: request.body.twin}}}}",
     "twin: {found: {kind: lamp}}", "twin: {found", ["where"]),
    ("a fact that is anywhere or not", "anywhere: true", "anywhere: false", "anywhere: false",
     ["true"]),
    ("three equal values", "equal: [request.body.watts, facts.twin.watts]",
     "equal: [request.body.watts, facts.twin.watts, item]", "same_watts: {equal",
     ["more than 2 items"]),
    ("an equal value from nowhere", "equal: [request.body.watts,", "equal: [requst.body.watts,",
     "requst", ["requst"]),
    ("a sentence without words", "message: '{request.body.label} has {request.body.watts} and "
     "{facts.twin.watts}'", "message: ''", "message: ''", ["x-contract-rules"]),
    ("an unknown fact of a template", "else: {from: facts.twin.watts}",
     "else: {from: facts.twins.watts}", "facts.twins.watts",
     ["unknown fact 'twins'", "Did you mean 'twin'?"]),
    ("a template from nowhere", "copied: {label: {from: facts.twin.label}",
     "copied: {label: {from: fact.twin.label}", "fact.twin.label",
     ["unknown part of a call 'fact'", "Did you mean 'facts'?"]),
    ("a template from a number", "copied: {label: {from: facts.twin.label}",
     "copied: {label: {from: 5}", "{from: 5}", ["5 is no path"]),
    ("a template that fits no schema", "fits: {minimum: 10}", "fits: {minimum: ten}",
     "fits: {minimum: ten}", ["not a JSON Schema"]),
    ("an answer that is no schema", "{problem: TAKEN, stage: state, when: {facts.label_taken",
     "{problem: TAKEN, stage: state, answer: {type: strin}, when: {facts.label_taken",
     "answer: {type: strin}", ["not a JSON Schema"]),
    ("a replacement that keeps what is no name", "keeps: [spare]", "keeps: [5]", "keeps: [5]",
     ["5"]),
    ("two actions of one effect", "{replace: lamp, key", "{replace: lamp, update: lamp, key",
     "{replace: lamp, update", ["x-contract-effect"]),
    ("an unknown operator", "watts: [ne, in]", "watts: [ne, inn]", "watts: [ne, inn]", ['"inn"']),
    ("an operator whose parameter is not there", "watts: [ne, in]", "watts: [ne, gt]",
     "watts: [ne, gt]", ["unknown query parameter 'watts_gt'"]),
    ("a field to filter by that has no parameter", "operators: {watts:", "operators: {wats:",
     "operators: {wats:", ["unknown query parameter 'wats'", "Did you mean 'watts'?"]),
    ("a filter whose parameter is not there", "since: {field: made, operator: gt}",
     "sinse: {field: made, operator: gt}", "sinse:", ["'sinse'", "Did you mean 'since'?"]),
    ("a filter with an unknown operator", "since: {field: made, operator: gt}",
     "since: {field: made, operator: after}", "operator: after", ["x-contract-list"]),
    ("a sort parameter that is not there", "sort: by", "sort: buy", "sort: buy",
     ["unknown query parameter 'buy'", "Did you mean 'by'?"]),
    ("a page parameter that is not there", "        page: page", "        page: pages",
     "        page: pages", ["unknown query parameter 'pages'", "Did you mean 'page'?"]),
    ("an envelope whose parameter is not there", "envelope: {when: whole,",
     "envelope: {when: hole,", "envelope: {when: hole",
     ["unknown query parameter 'hole'", "Did you mean 'whole'?"]),
    ("an envelope without rows", "envelope: {when: whole, items: /rows,", "envelope: {when: whole,",
     "envelope: {when: whole", ["items"]),
    ("an unknown counter", "counters: {item_count: /count}", "counters: {items_count: /count}",
     "items_count", ["unknown word 'items_count'", "Did you mean 'item_count'?"]),
    ("a counter of a page that is no pointer", "page_count: /pages", "page_count: pages",
     "page_count: pages", ["pages"]),
    ("a job without its effect", "{act: hall, key: request.path.hall, response: null}",
     "{update: hall, key: request.path.hall, response: null}", "      x-contract-job:",
     ["there is no effect `act` with it"]),
    ("a job without any effect",
     "      x-contract-effect: {act: hall, key: request.path.hall, response: null}\n", "",
     "      x-contract-job:", ["there is no effect `act` with it"]),
    ("an effect without its job", "{replace: lamp, key: request.path.lamp, keeps: [spare]}",
     "{act: lamp, key: request.path.lamp}", "{act: lamp", ["there is no job with it"]),
    ("a job told by an unknown kind", "kind: report\n", "kind: reprt\n", "kind: reprt\n",
     ["unknown kind 'reprt'", "Did you mean 'report'?"]),
    ("a job on members of an unknown kind", "each: lamp", "each: lmap", "each: lmap",
     ["unknown kind 'lmap'", "Did you mean 'lamp'?"]),
    ("a job whose members come from nowhere", "members: resource.lamps", "members: item.lamps",
     "members: item.lamps", ["unknown part of a call 'item'"]),
    ("a job in two states", "states: [waiting, busy, over]", "states: [busy, over]",
     "states: [busy, over]", ["x-contract-job"]),
    ("a job without a counter", "{total: all, done: done, failed: failed}",
     "{total: all, done: done}", "{total: all, done: done}", ["failed"]),
    ("an unknown word of a job", "    handle: /report", "    handel: /report", "handel: /report",
     ["unknown word 'handel'", "Did you mean 'handle'?"]),
    ("a job that leaves a member without outcome",
     "          - {success: true, entry: {code: 0}}\n", "", "        outcomes:",
     ["no outcome is left", "without `when`"]),
    ("an unknown way of changing", "union: {tags:", "unite: {tags:", "unite: {tags:",
     ["unknown word 'unite'", "Did you mean 'union'?"]),
    ("a change in two ways", "union: {tags: {from: request.body.add}}",
     "union: {tags: {from: request.body.add}}, set: {a: 1}", "set: {a: 1}", ["x-contract-job"]),
    ("an unknown fact of a job", "code: 2, watts: {from: record.watts}",
     "code: 2, watts: {from: facts.watts}", "{from: facts.watts}", ["unknown fact 'watts'"]),
]  # fmt: skip


def refused(text, read_text):
    with pytest.raises(DocumentError) as caught:
        read_text(text)
    return str(caught.value)


def says(sentence, file, text, at, expected):
    if at is not None:
        assert sentence.startswith(f"{file}:{line_of(text, at)} (#"), sentence
    assert re.match(rf"{file}:[0-9]+ \(#", sentence)
    for words_of_it in expected:
        assert words_of_it in sentence


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_document_is_refused_with_file_line_and_advice(old, new, at, expected):
    text = changed(old, new)

    says(refused(text, contract), "notes.yaml", text, at, expected)


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [row[1:] for row in BROKEN_LAMPS],
    ids=[row[0] for row in BROKEN_LAMPS],
)
def test_a_broken_document_of_lamps_is_refused_as_well(old, new, at, expected):
    text = lamps.changed(old, new)

    says(refused(text, lamps.contract), "lamps.yaml", text, at, expected)


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

    assert [one.id for one in found.operations.values()] == ["get/a"]


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


META = json.loads((resources.files("spec") / "vocabulary.schema.json").read_text("utf-8"))
# Objects whose members are the document's own: JSON values of records, and templates of them.
OPEN = {
    "/$defs/templates",
    "/$defs/x-contract-effect/properties/initial",
    "/$defs/x-contract-resources/additionalProperties/properties/parts/additionalProperties"
    "/properties/initial",
}


def schemas(schema, at):
    """Every schema inside of a meta-schema's definition, with its pointer."""
    if isinstance(schema, dict):
        yield at, schema
        for word in ("properties", "$defs"):
            for name, inner in schema.get(word, {}).items():
                yield from schemas(inner, f"{at}/{word}/{name}")
        for word in ("additionalProperties", "items", "propertyNames"):
            yield from schemas(schema.get(word), f"{at}/{word}")
        for word in ("anyOf", "oneOf", "allOf"):
            for number, inner in enumerate(schema.get(word, ())):
                yield from schemas(inner, f"{at}/{word}/{number}")


DEFINED = dict(schemas(META, ""))


def test_every_object_of_the_vocabulary_is_closed():
    of_objects = {at for at, one in DEFINED.items() if one.get("type") == "object"}

    opened = {at for at in of_objects if "additionalProperties" not in DEFINED[at]}

    assert opened - {"/$defs/schema"} == OPEN
    assert all(DEFINED[at]["additionalProperties"] is not True for at in of_objects - opened)


def test_what_names_its_members_takes_no_others():
    naming = [at for at, one in DEFINED.items() if "properties" in one]

    assert naming
    assert [at for at in naming if DEFINED[at].get("additionalProperties") is not False] == []


def test_every_definition_of_the_vocabulary_is_a_word_or_used_by_one():
    used = {one["$ref"].removeprefix("#/$defs/") for one in DEFINED.values() if "$ref" in one}

    assert set(META["$defs"]) == used | set(words())
    assert all(META["$defs"][name]["description"] for name in words())


def test_every_pattern_of_the_vocabulary_is_anchored_or_a_beginning():
    patterns = {at: one["pattern"] for at, one in DEFINED.items() if "pattern" in one}

    assert [at for at, one in patterns.items() if not one.startswith("^")] == []
    assert {one for one in patterns.values() if not one.endswith("$")} == {"^#/"}


def test_every_word_of_an_object_is_used_by_a_document():
    """By a shipped one, or else by one of the three that are here to be broken."""
    used = {str(step) for found in WORDED.values() for at in found for step in at}
    known = {name for one in DEFINED.values() for name in one.get("properties", {})}

    assert known <= used


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


TREES = {
    "notes": document().data,
    "lamps": lamps.document().data,
    "inferred": read(ROOT / "tests" / "documents" / "pets.yaml").document.data,
    **{name: load(name).data for name in shipped()},
}
PLACES = {name: [at for at in places(tree) if at] for name, tree in TREES.items()}
WORDED = {
    name: [at for at in found if any(str(step).startswith("x-contract-") for step in at)]
    for name, found in PLACES.items()
}


@examples(250)
@given(data=st.data())
def test_a_mutated_tree_is_read_or_refused(data):
    tree = TREES["notes"]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from([one for one in places(tree) if one]))
        tree = replaced(tree, at, data.draw(st.one_of(st.just(...), ODD)))

    survives(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))


@examples(250)
@given(data=st.data())
def test_a_mutated_document_of_lamps_is_read_or_refused(data):
    tree = TREES["lamps"]
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.sampled_from([one for one in places(tree) if one]))
        tree = replaced(tree, at, data.draw(st.one_of(st.just(...), ODD)))

    survives(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))


@pytest.mark.parametrize("name", ["inferred", *shipped()])
def test_a_mutated_document_of_ours_is_read_or_refused(name):
    @examples(12)
    @given(data=st.data())
    def check(data):
        at = data.draw(st.sampled_from(PLACES[name]) | st.sampled_from(WORDED[name]))
        tree = replaced(TREES[name], at, data.draw(st.one_of(st.just(...), ODD)))

        survives(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))

    check()


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
