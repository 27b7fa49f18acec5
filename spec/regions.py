"""Which calls meet a rule and no earlier one: sets of calls as JSON Schemas, and their remainders.

The only importer of the canonical algebra of `jsonschema_rs` (`spec.schemas` and `spec.vocabulary`
import that library too, but to validate). The algebra is young: where it cannot tell, the answer
here is None or a schema to generate from and filter with `Region.contains`, never a guess.

A *document* here is the synthetic one that conditions speak of: `{request, principal, resource,
facts}`, and for a rule with `each` also `item`, the one row that is looked at. In a document
without `item`, a fact about rows holds of all rows alike: such a world can be chosen, so what is
shown to be reachable is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Final, TypeAlias

import jsonschema_rs
from jsonschema_rs import canonical

from spec.contract import (
    ABSENT,
    Absent,
    Condition,
    Conditions,
    Contract,
    Declared,
    Exists,
    Fact,
    Operation,
    Parameter,
    Repeated,
    Rule,
)
from spec.document import Document, Json

Path: TypeAlias = tuple[str, ...]

_TRIES = 60
_DEPTH = 40
_TEXTS = ("a", "A1", "x-y", "0", "1", "", " ", "2024-01-15", "2024-01-15T09:30:00Z", "a@b.test")
_NOTHING: Final[Json] = {"not": {}}
_NOT_NULL: Final[Json] = {"type": ["boolean", "integer", "number", "string", "array", "object"]}
_SCHEMAS_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_COMBINED = ("allOf", "anyOf", "oneOf")
_SCHEMA_LISTS = (*_COMBINED, "prefixItems")
_ONE_SCHEMA = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
)
_ANNOTATIONS = {
    *("title", "description", "example", "examples", "default", "deprecated", "readOnly"),
    *("writeOnly", "externalDocs", "xml", "discriminator", "$comment", "$schema", "nullable"),
}


# -- the algebra, three-valued --------------------------------------------------------------------


def _form(schema: Json) -> jsonschema_rs.CanonicalSchema | None:
    """Return the canonical form, None for what the algebra does not model."""
    try:
        form = jsonschema_rs.canonicalize(
            schema, draft=jsonschema_rs.Draft202012, validate_formats=True
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
    return None if form.kind is canonical.CanonicalKind.RAW else form


def _plain(form: jsonschema_rs.CanonicalSchema) -> Json:
    schema = form.to_json_schema()
    if isinstance(schema, dict):
        return {key: value for key, value in schema.items() if key != "$schema"}
    return {} if schema else _NOTHING


def _known(answer: canonical.Satisfiability | canonical.Containment) -> bool | None:
    return {"yes": True, "no": False}.get(answer.value)


def satisfiable(schema: Json) -> bool | None:
    """Tell whether any value fits a schema, None when neither a proof nor a value was found."""
    form = _form(schema)
    return _settled(schema, form)


def _settled(schema: Json, form: jsonschema_rs.CanonicalSchema | None) -> bool | None:
    answer = _known(form.satisfiability()) if form else None
    if answer is None and example(schema) is not ABSENT:
        return True
    return answer


def example(schema: Json) -> Json | Absent:
    """Return some value that fits a schema, ABSENT when none was found (there may be some)."""
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    form = _form(schema)
    plain = _plain(form) if form else schema
    found = (one for one in islice(_tried(plain, plain), _TRIES) if validator.is_valid(one))
    return next(found, ABSENT)


def _tried(schema: Json, whole: Json, depth: int = 0) -> Iterator[Json]:
    """Yield values that may fit a schema in canonical form, the plain ones first."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    if "const" in schema or "enum" in schema:
        yield from schema.get("enum", [schema.get("const")])
        return
    if "$ref" in schema:
        yield from _tried(_followed(schema, whole), whole, depth + 1)
        return
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for branch in branches:
        yield from _tried({**_without(schema, "anyOf", "oneOf"), **branch}, whole, depth + 1)
    kinds = schema.get("type", ["null", "string", "object"])
    for kind in [] if branches else [kinds] if isinstance(kinds, str) else kinds:
        yield from _of_type(kind, schema, whole, depth)


def _without(schema: Json, *words: str) -> Json:
    return {key: value for key, value in schema.items() if key not in words}


def _of_type(kind: str, schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    if kind == "object":
        yield from _objects(schema, whole, depth)
    elif kind == "array":
        row = schema.get("items", schema.get("contains", {}))
        length = schema.get("minItems", 1 if "contains" in schema else 0)
        yield from ([one] * length for one in _fitting(row, whole, depth + 1))
        yield []
    elif kind in {"integer", "number"}:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low))
        step = schema.get("multipleOf", 1)
        yield from (low, math.ceil(low / step) * step, low + 1, high, high - 1, 0, 1, -1, 0.5)
    elif kind == "string":
        shortest = schema.get("minLength", 0)
        yield from (one.ljust(shortest, one[-1:] or "x") for one in _TEXTS)
    else:
        yield from {"null": (None,), "boolean": (False, True)}[kind]


def _objects(schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    declared = schema.get("properties", {})
    names = list(schema.get("required", ()))
    spare = [name for name in declared if name not in names]
    names += spare[: max(0, schema.get("minProperties", 0) - len(names))]
    found = {
        name: next(_fitting(declared.get(name, {}), whole, depth + 1), ABSENT) for name in names
    }
    if ABSENT not in found.values():
        yield found


def _fitting(schema: Json, whole: Json, depth: int) -> Iterator[Json]:
    """Yield the tried values that do fit."""
    validator = jsonschema_rs.Draft202012Validator(_with_defs(schema, whole), validate_formats=True)
    return (one for one in islice(_tried(schema, whole, depth), _TRIES) if validator.is_valid(one))


def covers(wide: Json, narrow: Json) -> bool | None:
    """Tell whether every value that fits `narrow` fits `wide`, None when it cannot be told."""
    rest = satisfiable(outside(narrow, wide))
    return None if rest is None else not rest


def values(base_schema: Json, condition_schema: Json) -> Json:
    """Return the schema of the values of a base that meet a condition."""
    return _canonical({"allOf": [base_schema, condition_schema]})


def outside(base_schema: Json, condition_schema: Json) -> Json:
    """Return the schema of the values of a base that do not meet a condition."""
    return _canonical({"allOf": [base_schema, {"not": condition_schema}]})


def _canonical(schema: Json) -> Json:
    lifted = _lifted(schema)
    form = _form(lifted)
    return _plain(form) if form else lifted


def _lifted(schema: Json) -> Json:
    """Return a composed schema with the `$defs` of its parts at its root, where they are named."""
    defs: dict[str, Json] = {}

    def without(part: Json) -> Json:
        if isinstance(part, list):
            return [without(one) for one in part]
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("$defs"), dict):
            defs.update(part["$defs"])
        return {key: without(value) for key, value in part.items() if key != "$defs"}

    bare = without(schema)
    return {**bare, "$defs": defs} if defs else bare


def enumerated(schema: Json) -> list[Json] | None:
    """Return all values that fit a schema when they are few and listed, else None."""
    form = _form(schema)
    return _members(_plain(form)) if form else None


def _members(schema: Json) -> list[Json] | None:
    match schema:
        case {"const": value}:
            return [value]
        case {"enum": list(found)}:
            return list(found)
        case {"type": "null", **rest} if not rest:
            return [None]
        case {"type": "boolean", **rest} if not rest:
            return [False, True]
        case {"not": inner, **rest} if not rest and inner in ({}, True):
            return []
        case {"type": list(types), **rest} if not rest and set(types) <= {"null", "boolean"}:
            return [one for kind in types for one in ([None] if kind == "null" else [False, True])]
        case {"anyOf": list(branches), **rest} if not rest:
            found = [_members(branch) for branch in branches]
            known = [members for members in found if members is not None]
            return [one for members in known for one in members] if known == found else None
    return None


# -- schemas of a document that stand alone -------------------------------------------------------


def standalone(document: Document, schema: Json) -> Json:
    """Return a schema without references into the document and without annotations.

    Only what refers to itself stays a reference, into the result's own `$defs`.
    """
    return _Inlining(document).whole(schema)


class _Inlining:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self._waiting: list[str] = []

    def whole(self, schema: Json) -> Json:
        result = self._inline(schema, ())
        defs: dict[str, Json] = {}
        while self._waiting:
            pointer = self._waiting.pop()
            defs[self._names[pointer]] = self._inline(self._document.get(pointer), (pointer,))
        return {**result, "$defs": defs} if defs else result

    def _inline(self, schema: Json, within: tuple[str, ...]) -> Json:
        if not isinstance(schema, dict):
            return {} if schema is True else _NOTHING if schema is False else schema
        rest = {
            key: self._keyword(key, value, within)
            for key, value in schema.items()
            if key != "$ref" and key not in _ANNOTATIONS and not key.startswith("x-")
        }
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return rest
        target = self._target(reference, within)
        return {"allOf": [target, rest]} if rest else target

    def _target(self, reference: str, within: tuple[str, ...]) -> Json:
        pointer = reference.removeprefix("#")
        if pointer in within or pointer in self._names:
            if pointer not in self._names:
                # The pointer itself is the name, so that definitions of two schemas can be merged.
                self._names[pointer] = pointer.strip("/").replace("/", ".")
                self._waiting.append(pointer)
            return {"$ref": f"#/$defs/{self._names[pointer]}"}
        return self._inline(self._document.get(pointer), (*within, pointer))

    def _keyword(self, key: str, value: Json, within: tuple[str, ...]) -> Json:
        if key in _SCHEMAS_BY_NAME and isinstance(value, dict):
            return {name: self._inline(one, within) for name, one in value.items()}
        if key in _SCHEMA_LISTS and isinstance(value, list):
            return [self._inline(one, within) for one in value]
        if key in _ONE_SCHEMA and isinstance(value, (dict, bool)):
            return self._inline(value, within)
        return value


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


def _nested(path: Path, schema: Json) -> Json:
    """Return the schema of a document at whose `path` a value stands that fits `schema`."""
    for step in reversed(path):
        schema = {"type": "object", "properties": {step: schema}, "required": [step]}
    return schema


def _object(properties: Mapping[str, Json], required: Iterable[str]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(required),
        "additionalProperties": False,
    }


# -- the document of a call -----------------------------------------------------------------------


def base(contract: Contract, operation: Operation, rule: Rule | None = None) -> Json:
    """Return the schema of the documents of all calls that pass the shape stage.

    With a rule that has `each`, the document has `item`, one row of that list.
    """
    parts = {
        "request": _request(contract, operation),
        "principal": _principal(contract, operation),
        "resource": _resource(contract, operation),
        "facts": _object({name: {"type": "boolean"} for name in operation.facts}, operation.facts),
    }
    if rule is not None and rule.each is not None:
        parts["item"] = _item(contract, operation, rule.each)
    return _lifted(_object(parts, parts))


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
    if schema.get("additionalProperties") == _NOTHING:
        schema = {key: one for key, one in schema.items() if key != "additionalProperties"}
    return schema


def _item(contract: Contract, operation: Operation, each: Path) -> Json:
    rows = _descend(_lifted(_request(contract, operation)), each[1:])
    found = _gathered(rows, lambda one: one.get("items"))
    return _with_defs(found, rows) if found is not None else {}


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
        root = _nested(("request", "path"), _object(declared, declared))
    else:
        root = base(contract, operation)
    return _canonical(_descend(_lifted(root), path))


def _first_with_rows(operation: Operation) -> Rule | None:
    return next((rule for rule in operation.rules if rule.each), None)


def _descend(schema: Json, path: Path) -> Json:
    found = schema
    for step in path:
        inner = _gathered(_followed(found, schema), partial(_property, name=step))
        found = _NOTHING if inner is None else inner
    return _with_defs(found, schema)


def _followed(schema: Json, whole: Json) -> Json:
    """Return the schema that a reference into the `$defs` of `whole` stands for."""
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def _property(schema: Json, name: str) -> Json | None:
    if schema == _NOTHING:
        return None
    if name in schema.get("properties", {}):
        return schema["properties"][name]
    kinds = schema.get("type", "object")
    extra = schema.get("additionalProperties", {})
    if extra == _NOTHING or extra is False or "object" not in kinds:
        return None
    return {} if extra is True else extra


def _gathered(schema: Json, get: Callable[[Json], Json | None]) -> Json | None:
    """Return what `get` finds in a schema or, alike combined, in the branches that make it up."""
    own = {key: one for key, one in schema.items() if key not in {*_COMBINED, "$defs"}}
    found = [get(own)] if own else []
    found.extend(_gathered(one, get) for one in schema.get("allOf", ()))
    for word in ("anyOf", "oneOf"):
        if word in schema:
            inner = [_gathered(one, get) for one in schema[word]]
            known = [one for one in inner if one is not None]
            found.append({"anyOf": known} if known else None)
    if not found or any(one is None for one in found):
        return None
    return found[0] if len(found) == 1 else {"allOf": found}


def _with_defs(schema: Json, whole: Json) -> Json:
    if isinstance(whole, dict) and "$defs" in whole and isinstance(schema, dict):
        return {**schema, "$defs": whole["$defs"]}
    return schema


# -- rules as sets --------------------------------------------------------------------------------


def condition(contract: Contract, rule: Rule, *, within: Rule | None = None) -> Json:
    """Return the schema of the documents that meet a rule.

    The documents are those of `base(contract, operation, within)`: where they have no `item` of the
    rule's own list, some row of the list must meet the conditions on `item`.
    """
    return _conjunction(contract, rule.when, rule.each, within)


def _conjunction(
    contract: Contract, conditions: Conditions, each: Path | None, within: Rule | None
) -> Json:
    on_rows = [one for one in conditions if one.path[0] == "item"]
    others = [one for one in conditions if one.path[0] != "item"]
    parts = [_conjunct(contract, one) for one in others]
    if each is None or (within is not None and within.each == each):
        parts.extend(_conjunct(contract, one) for one in on_rows)
    else:
        row = {"allOf": [_conjunct(contract, one)["properties"]["item"] for one in on_rows]}
        rows = {"type": "array", "contains": row} if on_rows else {"type": "array", "minItems": 1}
        parts.append(_nested(each, rows))
    return {"allOf": parts} if parts else {}


def _conjunct(contract: Contract, one: Condition) -> Json:
    return _nested(one.path, standalone(contract.document, one.schema))


def _grounds(operation: Operation, rule: Rule) -> Iterator[Json]:
    """Yield what must stand in a document for the facts that a rule wants to be true at all."""
    for one in rule.when:
        if one.path[0] == "facts" and one.fits(True) and not one.fits(False):
            yield from _ground(operation.facts[one.path[1]], rule)


def _ground(fact: Fact, rule: Rule) -> Iterator[Json]:
    if isinstance(fact, Repeated):
        yield _nested(fact.within, {"type": "array", "minItems": 2})
    elif isinstance(fact, Exists):
        for path in fact.where.values():
            if path[0] in {"request", "resource", "principal"} or (path[0] == "item" and rule.each):
                yield _nested(path, _NOT_NULL)


@dataclass(frozen=True)
class Region:
    """A set of documents. Made by `region`, `success` and `given`.

    `definition` states the set in plain words; `schema` is the algebra's simpler form of it, or the
    definition again where the algebra has none. `satisfiable` is None where it cannot be told.
    """

    definition: Json
    schema: Json
    satisfiable: bool | None

    def contains(self, document: Json) -> bool:
        """Tell whether a document belongs to the region; judged by its definition."""
        return self._validator.is_valid(document)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.definition, validate_formats=True)

    def given(self, **parts: Json) -> Region:
        """Return what is left when parts of the document are known.

        Of a mapping the given members are fixed and the others stay open, so that a record of which
        only some fields are known can be given. Use as `given(principal=…, resource=…, facts=…)`.
        """
        known = {name: _fixed(value) for name, value in parts.items()}
        wanted = {"type": "object", "properties": known, "required": sorted(known)}
        return _made({"allOf": [self.definition, wanted]})

    def part(self, *path: str) -> Json | None:
        """Return the schema of what stands at a path in the region's documents.

        Exact when `given` has fixed all that the rules ask for elsewhere, otherwise each value
        occurs in some document. None when nothing can stand there or the form is not understood.
        """
        if self.satisfiable is False:
            return None
        found = _projected(self.schema, path)
        return None if found is None else _canonical(_with_defs(found, self.schema))

    @property
    def body(self) -> Json | None:
        """The schema of the request body, as `part` gives it."""
        return self.part("request", "body")


def _fixed(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {
            "type": "object",
            "properties": {name: {"const": one} for name, one in value.items()},
            "required": sorted(value),
        }
    return {"const": value}


def _projected(schema: Json, path: Path) -> Json | None:
    if not path:
        return schema
    if not isinstance(schema, dict) or schema.keys() - {
        "type", "properties", "required", "additionalProperties", "propertyNames", "anyOf", "$defs",
        "minProperties", "maxProperties",
    }:  # fmt: skip
        return None
    if "anyOf" in schema:
        if schema.keys() - {"anyOf", "$defs"}:
            return None
        found = [_projected(branch, path) for branch in schema["anyOf"]]
        known = [one for one in found if one is not None]
        return {"anyOf": known} if known else None
    if schema.get("type") != "object":
        return None
    inner = schema.get("properties", {}).get(path[0])
    return None if inner is None else _projected(inner, path[1:])


def _made(definition: Json) -> Region:
    definition = _lifted(definition)
    form = _form(definition)
    if form is None:
        return Region(definition, definition, _settled(definition, None))
    return Region(definition, _plain(form), _settled(definition, form))


def region(contract: Contract, operation: Operation, rule: Rule) -> Region:
    """Return the calls for which `rule` is the first to be broken, and beyond doubt.

    A fault rule's region are the calls that reach it when the fault is provoked.
    """
    earlier = operation.rules[: operation.rules.index(rule)]
    wanted = [condition(contract, rule, within=rule), *_grounds(operation, rule)]
    refused = [*_doubts(contract, [rule], rule), *_refused(contract, earlier, rule)]
    return _region(base(contract, operation, rule), wanted, refused)


def success(contract: Contract, operation: Operation) -> Region:
    """Return the calls that no rule refuses, and beyond doubt."""
    return _region(base(contract, operation), [], list(_refused(contract, operation.rules, None)))


def meeting(
    contract: Contract, operation: Operation, rule: Rule, also: Iterable[Rule] = ()
) -> Region:
    """Return the calls that meet `rule` and all of `also`, whatever other rules say."""
    wanted = [condition(contract, one, within=rule) for one in (rule, *also)]
    return _region(base(contract, operation, rule), [*wanted, *_grounds(operation, rule)], [])


def _refused(contract: Contract, rules: Iterable[Rule], within: Rule | None) -> Iterator[Json]:
    conditional = [rule for rule in rules if not rule.fault]
    for rule in conditional:
        yield condition(contract, rule, within=within)
    yield from _doubts(contract, conditional, within)


def _doubts(contract: Contract, rules: Iterable[Rule], within: Rule | None) -> Iterator[Json]:
    for rule in rules:
        if rule.doubtful:
            yield _conjunction(contract, rule.doubtful, rule.each, within)


def _region(base_schema: Json, wanted: list[Json], refused: list[Json]) -> Region:
    return _made({"allOf": [base_schema, *wanted, *({"not": one} for one in refused)]})
