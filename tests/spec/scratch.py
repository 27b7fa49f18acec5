"""A small document to be broken: notes on a board, with every kind of word of the vocabulary."""

from __future__ import annotations

from spec import Contract, Document, read
from spec.document import parse

NOTES = """\
openapi: 3.1.0
info: {title: Notes, version: '1'}
servers: [{url: /v1}]
security: [{key: []}]
paths:
  /notes:
    get:
      operationId: listNotes
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 3}}
      responses:
        '200':
          description: A page.
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Note'}}
              example: [{id: 1, title: milk, pinned: false}]
        '400': {$ref: '#/components/responses/Refused'}
        '401': {$ref: '#/components/responses/Refused'}
      x-contract-effect: {list: note, many: true}
      x-contract-list: {items: '', limit: limit, order: [-id]}
    post:
      operationId: createNote
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewNote'}
            example: {title: milk}
      responses:
        '201':
          description: The note.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Note'}
              example: {id: 1, title: milk, pinned: false}
          links:
            readIt: {operationId: getNote, parameters: {note_id: $response.body#/id}}
        '400': {$ref: '#/components/responses/Refused'}
        '401': {$ref: '#/components/responses/Refused'}
        '403': {$ref: '#/components/responses/Refused'}
        '409': {$ref: '#/components/responses/Refused'}
      x-contract-facts:
        title_taken: {exists: {kind: note, where: {title: {from: request.body.title}}}}
      x-contract-rules:
        - {problem: FORBIDDEN, stage: authorization, when: {principal.role: {const: guest}}}
        - id: rude_title
          problem: REFUSED
          stage: state
          when: {request.body.title: {enum: [darn, dash]}}
        - {problem: TAKEN, stage: state, when: {facts.title_taken: {const: true}}}
        - {problem: BROKEN, stage: fault, fault: true}
      x-contract-effect: {create: note, initial: {pinned: false}}
  /notes/{note_id}:
    get:
      operationId: getNote
      parameters:
        - {name: note_id, in: path, required: true, schema: {type: string, pattern: '^[0-9]+$'}}
      responses:
        '200':
          description: The note.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Note'}
              example: {id: 1, title: milk, pinned: false}
        '401': {$ref: '#/components/responses/Refused'}
        '404': {$ref: '#/components/responses/Refused'}
      x-contract-rules:
        - {problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}
      x-contract-effect: {read: note, key: request.path.note_id}
x-contract-provenance: decided
x-contract-principals:
  scheme: key
  facts: {role: {enum: [guest, member]}}
x-contract-precedence:
  - {stage: authentication, problem: STRANGER}
  - {stage: authorization}
  - {stage: shape, problem: INVALID, of: [query, body]}
  - {stage: existence}
  - {stage: state}
  - {stage: fault}
x-contract-problems:
  code: /code
  catalogue:
    STRANGER: {status: 401, reach: credential, body: {code: STRANGER}}
    INVALID: {status: 400, reach: request, body: {code: INVALID}}
    FORBIDDEN: {status: 403, reach: credential, body: {code: FORBIDDEN}}
    REFUSED: {status: 400, reach: request, body: {code: REFUSED}}
    TAKEN: {status: 409, reach: request, body: {code: TAKEN}}
    MISSING: {status: 404, reach: record, body: {code: MISSING}}
    BROKEN: {status: 500, reach: fault, body: {code: BROKEN}}
x-contract-resources:
  note:
    schema: '#/components/schemas/Note'
    key: {field: id, made: sequence}
    unique: [title]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  responses:
    Refused:
      description: Refused.
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Refusal'}
          example: {code: TAKEN}
  schemas:
    Note:
      type: object
      required: [id, title]
      properties:
        id: {type: integer}
        title: {type: string}
        pinned: {type: boolean}
    NewNote:
      type: object
      required: [title]
      properties:
        title: {type: string, minLength: 1}
        pinned: {type: boolean}
    Refusal:
      type: object
      required: [code]
      properties:
        code: {enum: [STRANGER, INVALID, FORBIDDEN, REFUSED, TAKEN, MISSING, BROKEN]}
"""
NOTES = NOTES.replace(
    "        '409': {$ref: '#/components/responses/Refused'}\n",
    "        '409': {$ref: '#/components/responses/Refused'}\n"
    "        '500': {$ref: '#/components/responses/Refused'}\n",
)


def document(text: str = NOTES) -> Document:
    return parse(text, name="notes", file="notes.yaml")


def contract(text: str = NOTES) -> Contract:
    return read(document(text))


def changed(old: str, new: str) -> str:
    """The document with one passage, which occurs once, replaced."""
    assert NOTES.count(old) == 1, (NOTES.count(old), old)
    return NOTES.replace(old, new)


def line_of(text: str, passage: str) -> int:
    """The line on which a passage begins that occurs once."""
    assert text.count(passage) == 1, (text.count(passage), passage)
    return text[: text.index(passage)].count("\n") + 1
