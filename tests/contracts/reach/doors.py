"""A small document to find ways in: doors of houses, whose states only some calls bring about.

A door is made shut; `lockDoor` locks a shut one, `sealDoor` seals a locked one. Nothing breaks one.
"""

from __future__ import annotations

from spec import Contract, read
from spec.document import parse

DOORS = """\
openapi: 3.1.0
info: {title: Doors, version: '1'}
servers: [{url: /v1}]
paths:
  /houses:
    post:
      operationId: createHouse
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewHouse'}}}}
      responses:
        '201': {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/House'}}}}
        '400': {$ref: '#/components/responses/Refused'}
      x-contract-effect: {create: house}
  /houses/{house_id}:
    parameters:
      - {$ref: '#/components/parameters/House'}
    get:
      operationId: getHouse
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/House'}}}}
        '404': {$ref: '#/components/responses/Refused'}
      x-contract-rules: [{problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}]
      x-contract-effect: {read: house, key: request.path.house_id}
  /houses/{house_id}/doors:
    parameters:
      - {$ref: '#/components/parameters/House'}
    post:
      operationId: createDoor
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewDoor'}}}}
      responses:
        '201': {description: Made., content: {application/json: {schema: {$ref: '#/components/schemas/Door'}}}}
        '400': {$ref: '#/components/responses/Refused'}
        '404': {$ref: '#/components/responses/Refused'}
      x-contract-rules: [{id: no_house, problem: MISSING, stage: existence, when: {facts.house: {const: false}}}]
      x-contract-effect: {create: door, initial: {state: SHUT, label: none}}
  /houses/{house_id}/doors/{door_id}:
    parameters:
      - {$ref: '#/components/parameters/House'}
      - {$ref: '#/components/parameters/Door'}
    get:
      operationId: getDoor
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Door'}}}}
        '404': {$ref: '#/components/responses/Refused'}
      x-contract-rules: [{problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}]
      x-contract-effect: {read: door, key: request.path.door_id}
    delete:
      operationId: deleteDoor
      responses:
        '204': {description: Gone.}
        '404': {$ref: '#/components/responses/Refused'}
        '409': {$ref: '#/components/responses/Refused'}
      x-contract-rules:
        - {problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}
        - {problem: SEALED, stage: state, when: {resource.state: {const: SEALED}}}
        - {problem: BROKEN, stage: state, when: {resource.state: {const: BROKEN}}}
      x-contract-effect: {delete: door, key: request.path.door_id, response: null}
  /houses/{house_id}/doors/{door_id}/lock:
    parameters:
      - {$ref: '#/components/parameters/House'}
      - {$ref: '#/components/parameters/Door'}
    post:
      operationId: lockDoor
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Locking'}}}}
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Door'}}}}
        '400': {$ref: '#/components/responses/Refused'}
        '404': {$ref: '#/components/responses/Refused'}
      x-contract-rules: [{problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}]
      x-contract-effect:
        update: door
        key: request.path.door_id
        sets:
          - {when: {request.body.turns: {minimum: 2}, record.state: {const: SHUT}}, values: {state: LOCKED}}
          - {when: {request.body.label: {type: string}}, values: {label: {from: request.body.label}}}
  /houses/{house_id}/doors/{door_id}/seal:
    parameters:
      - {$ref: '#/components/parameters/House'}
      - {$ref: '#/components/parameters/Door'}
    post:
      operationId: sealDoor
      responses:
        '200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/Door'}}}}
        '404': {$ref: '#/components/responses/Refused'}
        '409': {$ref: '#/components/responses/Refused'}
      x-contract-rules:
        - {problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}
        - {problem: OPEN, stage: state, when: {resource.state: {const: SHUT}}}
      x-contract-effect:
        update: door
        key: request.path.door_id
        sets: [{when: {record.state: {const: LOCKED}}, values: {state: SEALED}}]
x-contract-facts:
  house: {exists: {kind: house, where: {id: {from: request.path.house_id}}}}
x-contract-precedence:
  - {stage: existence}
  - {stage: shape, problem: INVALID, of: [body]}
  - {stage: state}
x-contract-problems:
  code: /code
  catalogue:
    INVALID: {status: 400, reach: request, body: {code: INVALID}}
    MISSING: {status: 404, reach: record, body: {code: MISSING}}
    SEALED: {status: 409, reach: record, body: {code: SEALED}}
    BROKEN: {status: 409, reach: record, body: {code: BROKEN}}
    OPEN: {status: 409, reach: record, body: {code: OPEN}}
x-contract-resources:
  house: {schema: '#/components/schemas/House', key: {field: id, made: sequence}}
  door:
    schema: '#/components/schemas/Door'
    key: {field: id, made: sequence}
    tenant: {house: request.path.house_id}
components:
  parameters:
    House: {name: house_id, in: path, required: true, schema: {type: integer}}
    Door: {name: door_id, in: path, required: true, schema: {type: integer}}
  responses:
    Refused: {description: No., content: {application/json: {schema: {$ref: '#/components/schemas/Refusal'}}}}
  schemas:
    House: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
    NewHouse: {type: object, required: [name], properties: {name: {type: string}}}
    Door:
      type: object
      required: [id, state, width, label]
      properties:
        id: {type: integer}
        state: {enum: [SHUT, LOCKED, SEALED, BROKEN]}
        width: {type: integer}
        label: {type: string}
    NewDoor: {type: object, required: [width], properties: {width: {type: integer, minimum: 60, maximum: 90}}}
    Locking: {type: object, required: [turns], properties: {turns: {type: integer, minimum: 1, maximum: 3}, label: {type: string}}}
    Refusal: {type: object, required: [code], properties: {code: {enum: [INVALID, MISSING, SEALED, BROKEN, OPEN]}}}
"""  # noqa: E501 - a document reads better unbroken


def contract() -> Contract:
    return read(parse(DOORS, name="doors", file="doors.yaml"))
