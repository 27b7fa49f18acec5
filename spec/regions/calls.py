"""The documents of the calls of an operation, as a schema, and what is declared at their paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spec.contract import ABSENT, Contract, Declared, Found, Operation, Parameter, Rule
from spec.document import Json
from spec.regions.algebra import NOTHING
from spec.regions.definitions import lift_defs, with_defs
from spec.regions.inlining import standalone
from spec.regions.paths import Path, descend, gathered, nested
from spec.regions.sets import simplest


def base(contract: Contract, operation: Operation, rule: Rule | None = None) -> Json:
    """Return the schema of the documents of all calls that pass the shape stage.

    With a rule that has `each`, the document has `item`, one row of that list.
    """
    parts = {
        "request": _request(contract, operation),
        "principal": _principal(contract, operation),
        "resource": _resource(contract, operation),
        "facts": _facts(operation),
    }
    if rule is not None and rule.each is not None:
        parts["item"] = _item(contract, operation, rule.each)
    return lift_defs(_object(parts, parts))


def _facts(operation: Operation) -> Json:
    """Return the schema of the facts: most are true or false, some are a record or absent."""
    records = [name for name, fact in operation.facts.items() if isinstance(fact, Found)]
    schemas: dict[str, Json] = {
        name: {"type": "object"} if name in records else {"type": "boolean"}
        for name in operation.facts
    }
    return _object(schemas, schemas.keys() - set(records))


def _covered(contract: Contract) -> frozenset[str]:
    stage = contract.stage("shape")
    return stage.covers if stage else frozenset()


def _request(contract: Contract, operation: Operation) -> Json:
    parts = {
        "path": _parameters(contract, operation, "path"),
        "query": _parameters(contract, operation, "query"),
        "headers": _parameters(contract, operation, "header"),
    }
    required = set(parts)
    if operation.body:
        parts["body"] = _body(contract, operation)
        if operation.body.required and "body" in _covered(contract):
            required.add("body")
    return _object(parts, required)


def _body(contract: Contract, operation: Operation) -> Json:
    assert operation.body is not None
    branches = []
    for media, pointer in operation.body.media.items():
        closed = _closed(operation.body.declared[media])
        if "body" in _covered(contract):
            declared = standalone(contract.document, contract.document.get(pointer, {}))
            closed = {"allOf": [declared, closed]} if closed else declared
        branches.append(closed)
    return branches[0] if len(branches) == 1 else {"anyOf": branches}


def _closed(declared: Declared | None) -> Json:
    """Return the schema of what `Declared.known` leaves as it is."""
    if declared is None:
        return {}
    schema: dict[str, Json] = {}
    if declared.properties:
        schema["properties"] = {name: _closed(inner) for name, inner in declared.properties.items()}
        schema["additionalProperties"] = False
    if declared.items:
        schema["items"] = _closed(declared.items)
    return schema


def _parameters(contract: Contract, operation: Operation, location: str) -> Json:
    given = [one for one in operation.parameters if one.location == location]
    sure = location in _covered(contract)
    schemas = {
        one.name: standalone(contract.document, one.schema) if sure else _unchecked(one)
        for one in given
    }
    # A parameter with a default is always there; a path cannot be matched without its own.
    always = [
        one.name
        for one in given
        if one.default is not ABSENT or location == "path" or (sure and one.required)
    ]
    return _object(schemas, always)


def _unchecked(parameter: Parameter) -> Json:
    """Return what a parameter may hold that no stage judges: a value of its type, or any text."""
    text = {"type": "string", "minLength": 1}
    if parameter.many:
        return {"type": "array", "items": {"type": "string"}}
    if parameter.type in {"integer", "number", "boolean"}:
        return {"anyOf": [{"type": parameter.type}, text]}
    return text


def _principal(contract: Contract, operation: Operation) -> Json:
    if not operation.secured:
        return _object({}, ())
    facts = {
        name: standalone(contract.document, schema)
        for name, schema in contract.principal_facts.items()
    }
    return {"type": "object", "properties": facts, "required": sorted(facts)}


def _resource(contract: Contract, operation: Operation) -> Json:
    effect = operation.effect
    if effect is None or effect.key is None:
        return {"type": "null"}
    return {"anyOf": [_record(contract, effect.kind), {"type": "null"}]}


def _record(contract: Contract, kind: str) -> Json:
    """Return the schema of stored records of a kind, whose hidden fields are open."""
    pointer = contract.resources[kind].schema
    if pointer is None:
        return {"type": "object"}
    schema = standalone(contract.document, contract.document.get(pointer))
    if schema.get("additionalProperties") == NOTHING:
        schema = {key: one for key, one in schema.items() if key != "additionalProperties"}
    return schema


def _item(contract: Contract, operation: Operation, each: Path) -> Json:
    rows = descend(lift_defs(_request(contract, operation)), each[1:])
    found = gathered(rows, lambda one: one.get("items"))
    return with_defs(found, rows) if found is not None else {}


def path_schema(
    contract: Contract, operation: Operation, path: Path, rule: Rule | None = None
) -> Json:
    """Return the declared schema of the values at a condition's path, as one that stands alone.

    What `item` is depends on the rule; without one, on the operation's first rule with `each`,
    else it is the body. The schema admits nothing where the document declares nothing.
    """
    if path[:1] == ("item",):
        owner = rule if rule is not None and rule.each else _first_with_rows(operation)
        if owner is None:
            return path_schema(contract, operation, ("request", "body", *path[1:]))
        root: Json = _object({"item": _item(contract, operation, owner.each or ())}, ["item"])
    elif path[:2] == ("request", "path"):
        # Judged as declared here, even where a malformed value passes the shape stage.
        declared = {
            one.name: standalone(contract.document, one.schema)
            for one in operation.parameters
            if one.location == "path"
        }
        root = nested(("request", "path"), _object(declared, declared))
    else:
        root = base(contract, operation)
    return simplest(descend(lift_defs(root), path))


def _first_with_rows(operation: Operation) -> Rule | None:
    return next((rule for rule in operation.rules if rule.each), None)


def _object(properties: Mapping[str, Json], required: Iterable[str]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(required),
        "additionalProperties": False,
    }
