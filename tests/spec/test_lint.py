"""Each planted slip is found, and what is sound draws no remark."""

import pytest

from spec import DocumentError, load, read
from spec.document import shipped
from spec.lint import examine, lint
from tests.spec.scratch import NOTES, changed, contract, document, line_of
from tests.spec.worlds import FLEET

CODES = "code: {enum: [STRANGER, INVALID, FORBIDDEN, REFUSED, TAKEN, MISSING, BROKEN]}"
RULES = "        - id: rude_title\n"

# What is replaced by what; then severity, rule, the passage on whose line it is, and words.
SLIPS = [
    ("an invalid document", "info: {title: Notes, version: '1'}", "info: {title: Notes}",
     "error", "openapi", "info: {title: Notes}", "version"),
    ("an example that does not fit", "example: [{id: 1, title: milk, pinned: false}]",
     "example: [{id: one, title: milk}]", "error", "example", "example: [{id: one", "id"),
    ("an example of a parameter that does not fit", "default: 3}}", "default: 3}, example: 99}",
     "error", "example", "example: 99", "99"),
    ("a default that does not fit", "default: 3}}", "default: 30}}", "error", "example",
     "default: 30", "30"),
    ("a schema's own example that does not fit", "        pinned: {type: boolean}\n    NewNote",
     "        pinned: {type: boolean, examples: [maybe]}\n    NewNote", "error", "example",
     "examples: [maybe]", "maybe"),
    ("an operation without id", "      operationId: createNote\n", "", "warning", "operation-id",
     "    post:", "POST /notes"),
    ("a requirement of no scheme", "security: [{key: []}]", "security: [{kay: []}]",
     "error", "security", "security: [{kay", "Did you mean 'key'?"),
    ("a body without example", "            example: {title: milk}\n", "", "note", "no-example",
     "          application/json:\n            schema: {$ref: '#/components/schemas/NewNote'}",
     "the request body of createNote"),
    ("a link to nowhere", "{operationId: getNote, parameters", "{operationId: getNite, parameters",
     "error", "link", "readIt", "Did you mean 'getNote'?"),
    ("a link with an unknown parameter", "parameters: {note_id:", "parameters: {id:",
     "error", "link", "readIt", "no parameter 'id'"),
    ("a link that points at nothing", "$response.body#/id", "$response.body#/data/id",
     "error", "link", "readIt", "leads nowhere"),
    ("an enum against its type", "title: {enum: [darn", "title: {type: string, enum: [1, darn",
     None, None, None, None),
    ("an enum member of another type", "        pinned: {type: boolean}\n    NewNote",
     "        pinned: {type: boolean, enum: [true, 'no']}\n    NewNote", "error", "enum-type",
     "enum: [true, 'no']", "'no'"),
    ("a null that the enum forgets", "        pinned: {type: boolean}\n    NewNote",
     "        pinned: {type: [boolean, 'null'], enum: [true]}\n    NewNote", "error", "enum-null",
     "enum: [true]", "null"),
    ("a nullable of OpenAPI 3.0", "        pinned: {type: boolean}\n    NewNote",
     "        pinned: {type: boolean, nullable: true}\n    NewNote", "error", "nullable",
     "nullable: true", "means nothing in OpenAPI 3.1.0"),
    ("a dead branch", CODES,
     "code: {anyOf: [{type: string}, {enum: [TAKEN]}]}", "error", "dead-branch",
     "code: {anyOf", "branch 1 of anyOf is dead: branch 0"),
    ("a branch that takes anything", CODES,
     "code: {anyOf: [{type: string}, {x-any: true}]}", "error", "dead-branch",
     "code: {anyOf", "branch 0 of anyOf is dead: branch 1"),
    ("a branch that is never the only one",
     CODES,
     "code: {oneOf: [{type: string}, {enum: [TAKEN]}]}", "error", "dead-branch",
     "code: {oneOf", "branch 1 of oneOf can never be the only one"),
    ("a pattern that engines read differently", "pattern: '^[0-9]+$'", "pattern: '^\\d+$'",
     "warning", "pattern-portable", "{name: note_id", "[0-9]"),
    ("a pattern that is not anchored", "pattern: '^[0-9]+$'", "pattern: '[0-9]+'",
     "note", "pattern-anchored", "{name: note_id", "not anchored"),
    ("a status without problem", "        '404': {$ref",
     "        '418': {$ref: '#/components/responses/Refused'}\n        '404': {$ref",
     "warning", "status-without-problem", "'418'", "418"),
    ("a problem without status", "        '404': {$ref: '#/components/responses/Refused'}\n", "",
     "error", "problem-without-status",
     "    get:\n      operationId: getNote", "MISSING, but documents no 404"),
    ("a code that the schema refuses", "TAKEN, MISSING, BROKEN]", "TAKEN, BROKEN]",
     "error", "problem-refused", "        '404'", "does not take MISSING"),
    ("provenance of one alone", "\nx-contract-provenance: decided\n",
     "\n      x-contract-provenance: decided\n", "note", "provenance",
     "    NewNote:", "'NewNote'"),
    ("a problem that nobody states", "    BROKEN: {status: 500",
     "    IDLE: {status: 400, reach: request, body: {code: TAKEN}}\n    BROKEN: {status: 500",
     "warning", "unused-problem", "    IDLE", "IDLE"),
    ("a stage without rules", "  - {stage: fault}\n", "  - {stage: fault}\n  - {stage: idle}\n",
     "warning", "unused-stage", "stage: idle", "'idle'"),
    ("a fact that nobody asks for", "{facts.title_taken: {const: true}}",
     "{request.body.title: {const: dust}}", "warning", "unused-fact", "        title_taken:",
     "'title_taken'"),
    ("a doubtful rule", "          when: {request.body.title: {enum: [darn, dash]}}",
     "          when: {request.body.title: {enum: [darn, dash]}}\n"
     "          doubtful: {request.body.title: {const: dash}}",
     "note", "doubtful", RULES, "rude_title or not"),
    ("a rule on a value that its schema refuses", "{enum: [darn, dash]}", "{const: ''}",
     "error", "unreachable", RULES, "rude_title of createNote"),
    ("a rule on a field that is not declared", "when: {request.body.title: {enum",
     "when: {request.body.titel: {enum", "error", "unreachable", RULES, "no call"),
    ("a rule that contradicts itself", "          when: {request.body.title: {enum: [darn, dash]}}",
     "          when: {request.body.title: {enum: [darn, dash]}, request.body: {maxProperties: 0}}",
     "error", "unreachable", RULES, "rude_title"),
    ("a rule on a record where none is addressed",
     "when: {request.body.title: {enum: [darn, dash]}}", "when: {resource.pinned: {const: true}}",
     "error", "unreachable", RULES, "rude_title"),
    ("a rule behind one that covers it", RULES,
     "        - {id: any_title, problem: REFUSED, stage: state, "
     "when: {request.body.title: {minLength: 1}}}\n" + RULES,
     "error", "shadowed", RULES, "any_title comes before it"),
    ("a rule behind one of an earlier stage", RULES,
     "        - {id: members, problem: FORBIDDEN, stage: authorization, "
     "when: {principal.role: {const: member}}}\n" + RULES,
     "error", "shadowed", RULES, "an earlier rule, whichever it is"),
    ("two rules of a stage that overlap", "when: {request.body.title: {enum",
     "when: {request.body.title: {enum", "note", "overlap", "{problem: TAKEN,",
     "rude_title and TAKEN"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "severity", "rule", "at", "expected"),
    [row[1:] for row in SLIPS],
    ids=[row[0] for row in SLIPS],
)
def test_a_planted_slip_is_found(old, new, severity, rule, at, expected):
    text = changed(old, new)

    remarks = lint(document(text))

    if rule is None:  # a condition is no schema of a message
        assert not any(one.severity == "error" for one in remarks)
        return
    lines = [(one.severity, one.rule, one.place.line) for one in remarks]
    assert (severity, rule, line_of(text, at)) in lines, [str(one) for one in remarks]
    assert any(expected in str(one) for one in remarks if one.rule == rule)


def test_of_two_equal_branches_the_later_is_dead():
    text = changed(CODES, "code: {anyOf: [{type: string}, {type: [string]}, {type: integer}]}")

    dead = [one.sentence for one in lint(document(text)) if one.rule == "dead-branch"]

    assert dead == ["branch 1 of anyOf is dead: branch 0 takes all that it takes"]


def test_a_sound_document_draws_no_more_than_notes():
    assert {one.rule for one in lint(document())} == {"overlap"}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_document_has_no_errors_and_no_warnings(name):
    report = examine(name)

    assert [str(one) for one in report.remarks if one.severity != "note"] == []
    assert {one.outcome for one in report.proofs} <= {"reachable", "fault"}


def test_the_summary_counts_what_was_proved():
    operations = FLEET.operations.values()
    rules = [rule for one in operations for rule in one.rules]
    faults = [rule for rule in rules if rule.fault]

    assert examine(FLEET).summary.startswith(
        f"{len(operations)} operations, {len(rules)} rules: {len(rules) - len(faults)} reachable, "
        f"{len(faults)} by fault only, 0 shadowed, 0 unreachable; 0 errors, 0 warnings,"
    )


def test_the_summary_counts_what_was_not():
    text = changed("{enum: [darn, dash]}", "{const: ''}")

    assert examine(document(text)).summary.startswith(
        "3 operations, 5 rules: 3 reachable, 1 by fault only, 0 shadowed, 1 unreachable; 1 error, "
    )


def test_a_document_that_cannot_be_understood_is_one_error():
    report = examine(document(changed("problem: TAKEN,", "problem: TAKN,")))

    assert [(one.severity, one.rule) for one in report.remarks] == [("error", "readable")]
    assert "Did you mean 'TAKEN'?" in report.remarks[0].text
    assert report.failed


def test_a_document_that_is_not_there_is_no_remark():
    with pytest.raises(DocumentError):
        lint("nothing.yaml")


def test_a_contract_and_its_document_draw_the_same_remarks():
    assert lint(contract()) == lint(document())
    assert lint(read("fleet")) == lint(load("fleet")) == lint("fleet")


def test_a_document_without_the_vocabulary_is_linted():
    text = "\n".join(
        line for line in NOTES.splitlines() if line.strip() and "x-contract" not in line
    )
    bare = text[: text.index("  scheme: key")] + text[text.index("components:") :]
    without_rules = "\n".join(
        line for line in bare.splitlines() if "stage:" not in line and "title_taken" not in line
    )
    of_a_rule = ("        - id:", "          problem", "          stage", "          when")
    lines = [line for line in without_rules.splitlines() if not line.startswith(of_a_rule)]

    report = examine(document("\n".join(lines)))

    assert report.operations == 3
    assert not report.failed, [str(one) for one in report.remarks]


SHARED = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets:
    get: {operationId: listPets, responses: {'200': {$ref: '#/components/responses/It'}}}
    post: {operationId: addPet, responses: {'200': {$ref: '#/components/responses/It'}}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getPet, responses: {'200': {$ref: '#/components/responses/It'}}}
components:
  responses:
    It: {description: It., content: {application/json: {schema: {type: object}}}}
"""


def test_what_operations_share_is_remarked_on_once():
    remarks = lint(document(SHARED))

    assert [one.text for one in remarks if one.rule == "no-example"] == [
        "response 200 of listPets and 2 others has no example. [no-example]"
    ]


def test_where_nobody_states_provenance_none_is_missed():
    assert "provenance" not in {one.rule for one in lint(document(SHARED))}


def test_remarks_come_in_the_order_of_the_lines():
    lines = [one.place.line for one in lint("fleet")]

    assert lines == sorted(lines)


def test_a_remark_reads_as_one_line():
    text = changed("        '404': {$ref: '#/components/responses/Refused'}\n", "")

    remark = next(one for one in lint(document(text)) if one.severity == "error")

    assert str(remark) == (
        f"notes.yaml:{remark.place.line}:5: error: getNote may answer with MISSING, "
        "but documents no 404. [problem-without-status]"
    )
