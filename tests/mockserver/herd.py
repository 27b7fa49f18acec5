"""A small document with the words that shipped ones may use otherwise tomorrow: sheep and farms.

Farms form a tree; a flock can be sheared, which is a job; sheep have traits, which are a part.
"""

from __future__ import annotations

import base64
import json
from itertools import count
from typing import Any

import yaml
from werkzeug.test import TestResponse

from mockserver import Mock, create_app
from mockserver.jobs import Pace
from spec import Contract, read
from spec.document import parse

DOCUMENT = """
openapi: 3.1.0
info: {title: Herd, version: '1'}
servers: [{url: /herd}]
security: [{token: []}, {login: []}]
paths:
  /sheep:
    get:
      operationId: listSheep
      parameters: [] # of OPERATORS
      responses: {'200': {content: {application/json: {}}}, '400': &refusal {content: {application/json: {}}}, '401': *refusal}
      x-contract-effect: {list: sheep, response: '', many: true}
      x-contract-list:
        items: ''
        limit: size
        page: page
        operators:
          name: [eq, ne, like, gt, gte, lt, lte, in, nin]
          tags: [eq, ne, inc, in, nin]
          weight: [eq, ne, gt, gte, lt, lte, in, nin]
          born_at: [eq, ne, gt, gte, lt, lte]
        sort: sort
        order: [_id]
        envelope: {when: meta, items: /rows, counters: {total: /total, limit: /size, page: /page}}
    post:
      operationId: addSheep
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewSheep'}}}}
      responses: {'201': {content: {application/json: {schema: {$ref: '#/components/schemas/Sheep'}}}}, '401': *refusal, '409': *refusal}
      x-contract-facts: {taken: {exists: {kind: sheep, anywhere: true, where: {name: {from: request.body.name}}}}}
      x-contract-rules:
        - {problem: TAKEN, stage: state, when: {facts.taken: {const: true}}, message: 'There is a {request.body.name} already'}
      x-contract-effect: {create: sheep, initial: {tags: [], breed: mixed}}
  /sheep/{id}:
    parameters: &by_id [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readSheep
      responses: &one {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Sheep'}}}}, '401': *refusal, '404': *refusal}
      x-contract-rules: &exists [{problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}]
      x-contract-effect: {read: sheep, key: request.path.id}
    put:
      operationId: replaceSheep
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewSheep'}}}}
      responses: *one
      x-contract-rules: *exists
      x-contract-effect: {replace: sheep, key: request.path.id, initial: {tags: []}, keeps: [breed]}
    patch:
      operationId: changeSheep
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NewSheep'}}}}
      responses: *one
      x-contract-rules: *exists
      x-contract-effect: {update: sheep, key: request.path.id}
    delete:
      operationId: dropSheep
      responses: {'204': {description: gone}, '401': *refusal, '404': *refusal}
      x-contract-rules: *exists
      x-contract-effect: {delete: sheep, key: request.path.id, response: null}
  /sheep/{id}/traits:
    parameters: *by_id
    get:
      operationId: readTraits
      responses: &traits {'200': {content: {application/json: {}}}, '400': *refusal, '401': *refusal, '404': *refusal}
      x-contract-rules: *exists
      x-contract-effect: {entries: sheep, part: traits, key: request.path.id, response: /data}
    patch:
      operationId: setTraits
      requestBody:
        content:
          application/json:
            schema: {type: array, items: {type: object, properties: {trait: {type: string}, value: {}}}}
      responses: *traits
      x-contract-facts: {mistyped: {mistyped: {in: request.body, part: sheep.traits}}}
      x-contract-rules:
        - {problem: MISSING, stage: existence, when: {resource: {type: 'null'}}}
        - {problem: INVALID, stage: state, when: {facts.mistyped: {const: true}}}
      x-contract-effect: {upsert: sheep, part: traits, key: request.path.id, response: /data, many: true}
  /flocks/{id}/shear:
    parameters: *by_id
    post:
      operationId: shearFlock
      requestBody:
        content: {application/json: {schema: {type: object, properties: {tag: {type: string}, weight: {type: integer}}}}}
      responses: {'202': {content: {application/json: {}}}, '401': *refusal, '404': *refusal}
      x-contract-rules: *exists
      x-contract-facts: {farm: {found: {kind: farm, where: {_id: {from: record.farm}}}}}
      x-contract-effect: {act: flock, key: request.path.id, response: null}
      x-contract-job:
        kind: run
        handle: /run
        members: resource.sheep
        each: sheep
        counters: {total: total, done: shorn, failed: escaped}
        state: state
        states: [waiting, shearing, shorn]
        entries: {field: told, member: sheep}
        initial: {farm: {from: resource.farm}}
        outcomes:
          - {when: {record: {type: 'null'}}, entry: {well: false, why: gone}}
          - {when: {facts.farm.open: {const: false}}, entry: {well: false, why: closed}}
          - {success: true, entry: {well: true, name: {from: record.name}}}
        changes:
          - {when: {request.body.tag: {type: string}}, union: {tags: [{from: request.body.tag}]}}
          - {when: {request.body.weight: {type: integer}}, set: {weight: {from: request.body.weight}}}
  /runs/{id}:
    parameters: *by_id
    get:
      operationId: readRun
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Run'}}}}, '401': *refusal, '404': *refusal}
      x-contract-rules: *exists
      x-contract-effect: {read: run, key: request.path.id}
x-contract-principals: {scheme: [token, login], facts: {farm: {type: string}}}
x-contract-precedence:
  - {stage: authentication, problem: STRANGER}
  - {stage: shape, problem: INVALID, of: [query, body]}
  - {stage: existence}
  - {stage: state}
x-contract-problems:
  code: /code
  unrouted: {path: MISSING, method: METHOD}
  catalogue:
    STRANGER: {status: 401, reach: credential, body: {code: STRANGER}}
    INVALID: {status: 400, reach: request, body: {code: INVALID, why: '{message}'}}
    TAKEN: {status: 409, reach: request, body: {code: TAKEN, why: '{message}'}}
    MISSING: {status: 404, reach: record, body: {code: MISSING, why: '{message}'}}
    METHOD: {status: 405, reach: request, body: {code: METHOD, why: '{message}'}}
x-contract-resources:
  farm:
    key: {field: _id, made: given}
    tenant: {_id: principal.farm}
    tree: &tree {kind: farm, parent: above}
  sheep:
    schema: '#/components/schemas/Sheep'
    key: {field: _id, made: objectid}
    tenant: {farm: principal.farm}
    tree: *tree
    unique: [name]
    generated:
      number: {how: sequence}
      mark: {how: uuid}
      created_at: {how: created, form: millis-Z}
      updated_at: {how: changed, form: micros-offset}
    parts:
      traits:
        of: trait
        named: trait
        typed: type
        types: {WHOLE: {type: integer}, NUMBER: {type: number}, TEXT: {type: string}}
        initial: {label: '{name}'}
        stamps: {since: created, at: changed}
        form: seconds-Z
  trait:
    schema: '#/components/schemas/Trait'
    key: {field: id, made: uuid}
    tenant: {farm: principal.farm}
    caseless: [trait]
  flock:
    key: {field: _id, made: given}
    tenant: {farm: principal.farm}
    tree: *tree
  run:
    schema: '#/components/schemas/Run'
    key: {field: _id, made: objectid}
    tenant: {farm: principal.farm}
    tree: *tree
    generated: {updated_at: {how: changed, form: micros-Z}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}, login: {type: http, scheme: basic}}
  schemas:
    Sheep:
      type: object
      properties:
        _id: {type: string}
        farm: {type: string}
        name: {type: string}
        breed: {type: [string, 'null']}
        weight: {type: [integer, 'null']}
        tags: {type: [array, 'null']}
        born_at: {type: [string, 'null'], format: date-time}
        number: {type: integer}
        mark: {type: string}
        created_at: {type: string, format: date-time}
        updated_at: {type: string, format: date-time}
    NewSheep:
      type: object
      properties:
        name: {type: string}
        breed: {type: string}
        weight: {type: [integer, 'null']}
        tags: {type: array, items: {type: string}}
        born_at: {type: string, format: date-time}
    Trait:
      type: object
      properties: {id: {type: string}, trait: {type: string}, type: {type: string}, label: {type: string}}
    Run:
      type: object
      properties:
        _id: {type: string}
        farm: {type: string}
        total: {type: integer}
        shorn: {type: integer}
        escaped: {type: integer}
        state: {enum: [waiting, shearing, shorn]}
        told: {type: array}
        updated_at: {type: string}
"""  # noqa: E501  a table reads best in lines
TYPES = {"name": "string", "weight": "integer", "tags": "string", "born_at": "string"}
LISTS = {"eq", "in", "nin", "ne"}
START = 1_700_000_000.0
BASIC = base64.b64encode(b"jo:wool").decode()


def _parameters() -> list[dict[str, Any]]:
    """The query parameters of the list, one for each field and operator."""
    given = yaml.safe_load(DOCUMENT)["paths"]["/sheep"]["get"]["x-contract-list"]
    fields = {"size": "integer", "page": "integer", "meta": "boolean"}
    made = [{"name": name, "in": "query", "schema": {"type": one}} for name, one in fields.items()]
    names = [f"{sign}{one}" for one in TYPES for sign in ("", "-")]
    made.append({"name": "sort", "in": "query", "schema": {"type": "string", "enum": names}})
    for name, operators in given["operators"].items():
        for operator in ["", *operators]:
            schema: dict[str, Any] = {"type": TYPES[name]}
            whole = name == "tags" and operator in {"", *LISTS}
            if operator in {"in", "nin"} or whole:
                schema = {"type": "array", "items": schema}
            label = f"{name}_{operator}" if operator else name
            one = {"name": label, "in": "query", "schema": schema}
            made.append(one | ({"explode": False} if schema["type"] == "array" else {}))
    return made


def contract() -> Contract:
    text = DOCUMENT.replace("[] # of OPERATORS", json.dumps(_parameters()))
    return read(parse(text, name="herd", file="herd.yaml"))


CONTRACT = contract()
_numbers = count()


def sheep(number: int, farm: str = "hill", **more: Any) -> dict[str, Any]:
    """A stored sheep."""
    return {
        "_id": f"{number:024x}",
        "farm": farm,
        "name": f"sheep {number}",
        "tags": [],
        "number": number,
        "mark": "",
        "created_at": "2020-01-01T00:00:00.000Z",
        "updated_at": "2020-01-01T00:00:00.000000+00:00",
        **more,
    }


def fixtures(
    flocks: dict[str, list[int]], *others: dict[str, Any], closed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A world: farms `top` over `hill` over `den`, `far` beside them; flocks of sheep of `hill`."""
    farms = {"top": None, "hill": "top", "den": "hill", "far": None}
    members = sorted({one for flock in flocks.values() for one in flock})
    return {
        "credentials": [
            *({"name": one, "secret": one, "facts": {"farm": one}} for one in farms),
            {"name": "jo", "secret": "jo:wool", "scheme": "login", "facts": {"farm": "hill"}},
        ],
        "records": {
            "farm": [
                {"_id": one, "above": above, "open": one not in closed}
                for one, above in farms.items()
            ],
            "flock": [
                {"_id": one, "farm": "hill", "sheep": [f"{n:024x}" for n in flock]}
                for one, flock in flocks.items()
            ],
            "sheep": [*map(sheep, members), *others],
        },
    }


class Herder:
    """A client of the herd's mock, in one session; its clock stands still unless it is told."""

    def __init__(self, app: Mock, session: str | None = None, *, key: str = "hill") -> None:
        self.app = app
        self.session = session
        self.key = key

    def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        if self.session:
            headers["X-Mock-Session"] = self.session
        client = self.app.test_client()
        if isinstance(body, bytes):
            return client.open(path, method=method, data=body, headers=headers)
        return client.open(path, method=method, json=body, headers=headers)

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send(method, f"/herd{path}", body, **options)

    def admin(self, method: str, path: str, body: Any = None) -> TestResponse:
        return self.send(method, f"/__admin{path}", body)

    def shear(self, flock: str = "all", **body: Any) -> str:
        answer = self.api("POST", f"/flocks/{flock}/shear", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json["run"])

    def run(self, name: str) -> dict[str, Any]:
        answer = self.api("GET", f"/runs/{name}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def progress(self, name: str) -> tuple[str, int, int, int]:
        """State, successes, failures, and the number of entries."""
        run = self.run(name)
        return run["state"], run["shorn"], run["escaped"], len(run["told"])

    def sheep(self, number: int) -> dict[str, Any]:
        answer = self.api("GET", f"/sheep/{number:024x}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def advance(self, seconds: float) -> TestResponse:
        answer = self.admin("POST", "/clock/advance", {"seconds": seconds})
        assert answer.status_code == 200, answer.text
        return answer


def herder(
    folder: Any,
    flocks: dict[str, list[int]] | None = None,
    *others: dict[str, Any],
    pace: Pace = Pace(rate=10),  # noqa: B008  it is frozen
    closed: tuple[str, ...] = (),
    **options: Any,
) -> Herder:
    """A mock of the herd with its own fixtures; its clock stands at START unless told."""
    path = folder / f"herd{next(_numbers)}.json"
    path.write_text(json.dumps(fixtures(flocks or {"all": [1, 2, 3, 4]}, *others, closed=closed)))
    app = create_app([CONTRACT], fixtures=path, jobs=pace, **({"frozen": START} | options))
    return Herder(app)
