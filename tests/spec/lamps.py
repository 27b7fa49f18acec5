"""A second small document to be broken: lamps in halls, with the words that notes do not use."""

from __future__ import annotations

from spec import Contract, Document, read
from spec.document import parse

LAMPS = """\
openapi: 3.1.0
info: {title: Lamps, version: '1'}
servers: [{url: /v2}]
security: [{token: []}, {login: []}]
paths:
  /lamps:
    get:
      operationId: listLamps
      parameters:
        - {name: size, in: query, schema: {type: integer, minimum: 1, maximum: 9, default: 3}}
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: whole, in: query, schema: {type: boolean, default: false}}
        - {name: by, in: query, schema: {enum: [watts, -watts, made]}}
        - {name: since, in: query, schema: {type: string, format: date-time}}
        - {name: watts, in: query, schema: {type: integer}}
        - {name: watts_ne, in: query, schema: {type: integer}}
        - {name: watts_in, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: made, in: query, schema: {type: string, format: date-time}}
        - {name: made_lt, in: query, schema: {type: string, format: date-time}}
        - {name: colour, in: query, schema: {type: array, items: {type: string}}}
        - {name: flag, in: query, schema: {type: array, items: {type: boolean}}}
      responses: {'200': {description: A page.}}
      x-contract-effect: {list: lamp, many: true}
      x-contract-list:
        items: ''
        limit: size
        page: page
        sort: by
        order: [made]
        operators: {watts: [ne, in], made: [lt]}
        filters: {colour: {field: look.colour, operator: in}, since: {field: made, operator: gt}}
        counters: {item_count: /count}
        envelope: {when: whole, items: /rows, counters: {total: /total, page_count: /pages}}
    post:
      operationId: createLamp
      requestBody: &lamp
        content:
          application/json:
            schema:
              type: object
              properties:
                label: {type: string}
                watts: {type: integer}
                twin: {type: string}
                firm: {type: string}
                look: {type: object}
      responses: {'200': {description: The lamp.}}
      x-contract-facts:
        label_taken:
          exists: {kind: lamp, anywhere: true, where: {label: {from: request.body.label}}}
        twin: {found: {kind: lamp, where: {label: {from: request.body.twin}}}}
        same_watts: {equal: [request.body.watts, facts.twin.watts]}
      x-contract-rules:
        - {problem: TAKEN, stage: state, when: {facts.label_taken: {const: true}}}
        - id: other_watts
          problem: WRONG
          stage: state
          message: '{request.body.label} has {request.body.watts} and {facts.twin.watts}'
          when: {facts.same_watts: {const: false}, facts.twin: {type: object}}
      x-contract-effect:
        create: lamp
        initial: {spare: true}
        sets:
          - when: {request.body: {type: object}}
            values:
              power:
                from: request.body.watts
                fits: {minimum: 10}
                else: {from: facts.twin.watts}
              copied: {label: {from: facts.twin.label}, fixed: [1, {from: request.body.watts}]}
  /lamps/{lamp}:
    put:
      operationId: replaceLamp
      parameters: [{name: lamp, in: path, required: true, schema: {type: string}}]
      requestBody: *lamp
      responses: {'200': {description: The lamp.}}
      x-contract-effect: {replace: lamp, key: request.path.lamp, keeps: [spare]}
  /lamps/{lamp}/traits:
    parameters: [{name: lamp, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readTraits
      responses: {'200': {description: The traits.}}
      x-contract-effect: {entries: lamp, part: traits, key: request.path.lamp}
    patch:
      operationId: setTraits
      requestBody:
        content:
          application/json:
            schema:
              type: array
              items:
                type: object
                properties: {name: {type: string}, worth: true}
      responses: {'200': {description: The traits.}}
      x-contract-facts:
        wrong_kind: {mistyped: {in: request.body, part: lamp.traits}}
      x-contract-rules:
        - {problem: WRONG, stage: shape, when: {facts.wrong_kind: {const: true}}}
      x-contract-effect: {upsert: lamp, part: traits, key: request.path.lamp, many: true}
  /halls/{hall}/work:
    post:
      operationId: workHall
      parameters: [{name: hall, in: path, required: true, schema: {type: string}}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties: {watts: {type: integer}, add: {type: array}, note: {type: object}}
      responses: {'202': {description: Accepted.}}
      x-contract-effect: {act: hall, key: request.path.hall, response: null}
      x-contract-job:
        kind: report
        handle: /report
        members: resource.lamps
        each: lamp
        counters: {total: all, done: done, failed: failed}
        state: state
        states: [waiting, busy, over]
        entries: {field: told, member: lamp, telling: [code]}
        initial: {asked: {from: request.body.watts}}
        outcomes:
          - {when: {record: {type: 'null'}}, entry: {code: 1}}
          - {when: {record.spare: {const: true}}, entry: {code: 2, watts: {from: record.watts}}}
          - {success: true, entry: {code: 0}}
        changes:
          - {when: {request.body: {required: [watts]}}, set: {watts: {from: request.body.watts}}}
          - {when: {request.body: {required: [add]}}, union: {tags: {from: request.body.add}}}
          - {when: {request.body: {required: [note]}}, merge: {look: {from: request.body.note}}}
          - when: {record.watts: {minimum: 50}}
            upsert: {log: {at: {from: record.watts}, n: 1}}
            by: [at]
x-contract-principals:
  scheme: [token, login]
  word: any-case
  facts: {firm: {type: string}}
x-contract-reading: {repeated: first, empty: kept}
x-contract-precedence:
  - {stage: authentication, problem: STRANGER}
  - {stage: shape, problem: WRONG}
  - {stage: state}
x-contract-problems:
  unrouted: {path: LOST, method: BARRED}
  catalogue:
    STRANGER: {status: 401, reach: credential, body: {}}
    WRONG: {status: 400, reach: request, body: {say: '{message}'}}
    TAKEN: {status: 409, reach: request, body: {}}
    LOST: {status: 404, reach: request, body: {}}
    BARRED: {status: 405, reach: request, body: {}}
x-contract-resources:
  firm:
    key: {field: id, made: given}
    tenant: {id: principal.firm}
    tree: {kind: firm, parent: above}
  trait:
    key: {field: name, made: client}
    tenant: {firm: principal.firm}
    caseless: [name]
    generated: {code: {how: uuid}}
  hall:
    key: {field: id, made: given}
    tenant: firm
  report:
    key: {field: id, made: objectid}
    tenant: firm
  lamp:
    schema: '#/components/schemas/Lamp'
    key: {field: id, made: sequence}
    tenant: {firm: principal.firm}
    tree: {kind: firm, parent: above}
    generated:
      made: {how: created, form: seconds-Z}
      touched: {how: changed, form: micros-offset}
    parts:
      traits:
        of: trait
        named: name
        typed: sort
        types:
          TRUTH: {type: boolean}
          WHOLE: {type: integer}
          REAL: {type: number}
          TEXT: {type: string}
        initial: {title: '{name}', bounds: {low: null}}
        shows: {definition: trait, state: now}
        value: worth
        stamps: {since: created, last: changed}
        form: millis-Z
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    login: {type: http, scheme: basic}
  schemas:
    Lamp:
      type: object
      properties:
        id: {type: integer}
        label: {type: [string, 'null']}
        watts: {type: [integer, 'null']}
        spare: {type: boolean}
        made: {type: string, format: date-time}
        touched: {anyOf: [{type: string, format: date-time}, {type: 'null'}]}
        look: {type: object}
"""


def document(text: str = LAMPS) -> Document:
    return parse(text, name="lamps", file="lamps.yaml")


def contract(text: str = LAMPS) -> Contract:
    return read(document(text))


def changed(old: str, new: str) -> str:
    """The document with one passage, which occurs once, replaced."""
    assert LAMPS.count(old) == 1, (LAMPS.count(old), old)
    return LAMPS.replace(old, new)
