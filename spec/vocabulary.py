"""Read a document and its `x-contract-` keys into a `Contract`; the only module that does.

Everything that can be wrong with the vocabulary is found here, at load: an unknown word, a word in
the wrong place, a name that leads nowhere. The closed list of words is `vocabulary.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote, urlsplit

import jsonschema_rs

from spec.contract import (
    ABSENT,
    Action,
    Body,
    Condition,
    Conditions,
    Contract,
    Declared,
    Effect,
    Exists,
    Fact,
    Filter,
    Invariant,
    Listing,
    Location,
    Operation,
    Parameter,
    Problem,
    Repeated,
    Resource,
    Response,
    Router,
    Rule,
    Scheme,
    Setting,
    Stage,
)
from spec.document import METHODS, Document, Json, Place, escape, load, pick, tokens
from spec.exceptions import DocumentError, listed, nearest
from spec.schemas import Schemas, scalar_type

PREFIX = "x-contract-"
Made = TypeVar("Made")
_ROOT_KEYS = {"principals", "precedence", "problems", "resources", "facts", "provenance"}
_OPERATION_KEYS = {"facts", "rules", "effect", "list", "provenance"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PARTS = ("path", "query", "headers", "body")
_SOURCES = ("request", "principal", "resource", "item")
_ACTIONS = ("create", "read", "list", "update", "replace", "delete")
_DEFAULT_STAGES = (
    Stage("authentication", None, frozenset()),
    Stage("shape", None, frozenset({"path", "query", "header", "cookie", "body"})),
)


def read(source: str | Path | Document) -> Contract:
    """Return the contract of a shipped name, a path, or a document that is loaded already.

    Raises: DocumentError: the first thing in the document that cannot be understood.
    """
    document = source if isinstance(source, Document) else load(source)
    _check_version(document)
    _fit(document, "", "document")
    for pointer in document.references():
        document.follow(pointer)
    _check_words(document)
    return _Reader(document).contract()


def words() -> Mapping[str, Json]:
    """Return the definition of every word of the vocabulary, by its full key."""
    return {key: value for key, value in _meta()["$defs"].items() if key.startswith(PREFIX)}


@cache
def _meta(name: str = "vocabulary") -> dict[str, Json]:
    text = (resources.files("spec") / f"{name}.schema.json").read_text("utf-8")
    return cast("dict[str, Json]", json.loads(text))


def _fit(document: Document, pointer: str, kind: str) -> Json:
    """Return the object at `pointer`, which has the shape that reading a `kind` relies on.

    Raises: DocumentError: it has another shape.
    """
    value = document.get(pointer)
    for error in _validator(kind, "openapi").iter_errors(value):
        spot = pointer + "".join(f"/{escape(str(token))}" for token in error.instance_path)
        what = f"not {_article(kind)} as OpenAPI has it: {error.message}"
        raise DocumentError(document.place(spot), what)
    return value


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _check_version(document: Document) -> None:
    if not document.version.startswith(("3.0", "3.1", "3.2")):
        raise DocumentError(
            document.place("/openapi"),
            f"the field 'openapi' is {document.data.get('openapi')!r}",
            "'3.1.0' or another version of OpenAPI 3",
        )
    if "paths" not in document.data:
        raise DocumentError(document.place(""), "there is no 'paths' object", "at least one path")


def _check_words(document: Document) -> None:
    known = words()
    for pointer in document.lines:
        key = tokens(pointer)[-1] if pointer else ""
        if key.startswith(PREFIX):
            _check_word(document, pointer, key, known)


def _check_word(document: Document, pointer: str, key: str, known: Mapping[str, Json]) -> None:
    place = document.place(pointer)
    if key not in known:
        close = nearest(key, known)
        raise DocumentError(
            place,
            f"unknown key {key!r}",
            f"one of {listed(sorted(known))}",
            f"Did you mean {close!r}?" if close else "",
        )
    word = key.removeprefix(PREFIX)
    depth = len(tokens(pointer))
    in_operation = depth == 4 and tokens(pointer)[0] == "paths"
    if word != "provenance" and not (
        (depth == 1 and word in _ROOT_KEYS) or (in_operation and word in _OPERATION_KEYS)
    ):
        spots = [
            spot
            for spot, words_there in (
                ("at the root", _ROOT_KEYS),
                ("inside an operation", _OPERATION_KEYS),
            )
            if word in words_there
        ]
        raise DocumentError(place, f"{key!r} has no meaning here", f"it {' or '.join(spots)}")
    _check_value(document, pointer, key)


def _check_value(document: Document, pointer: str, key: str) -> None:
    validator = _validator(key)
    errors = list(validator.iter_errors(document.get(pointer)))
    # A misspelt word is at the root of what else is missing.
    for error in sorted(errors, key=lambda one: one.kind.name != "additionalProperties"):
        raise _slip(document, pointer, key, error)


@cache
def _validator(key: str, name: str = "vocabulary") -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([(f"urn:{name}", _meta(name))])
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:{name}#/$defs/{quote(key)}"}, registry=registry
    )


def _slip(
    document: Document, pointer: str, key: str, error: jsonschema_rs.ValidationError
) -> DocumentError:
    spot = pointer + "".join(f"/{escape(str(token))}" for token in error.instance_path)
    if error.kind.name != "additionalProperties":
        return DocumentError(document.place(spot), f"{key}: {error.message}")
    unexpected = error.kind.as_dict()["unexpected"][0]
    schema_path = [str(token) for token in error.schema_path][:-1]
    schema = pick(_meta(), "".join(f"/{escape(token)}" for token in schema_path), {})
    known = list(schema.get("properties", {}))
    close = nearest(unexpected, known)
    return DocumentError(
        document.place(f"{spot}/{escape(unexpected)}"),
        f"{key}: unknown word {unexpected!r}",
        f"one of {listed(known)}",
        f"Did you mean {close!r}?" if close else "",
    )


class _Reader:
    """Turns one document into a contract, keeping what several parts of it need."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.schemas = self._compiling("", lambda: Schemas(document))
        self.resources: dict[str, Resource] = {}
        for name in document.get("/components/schemas", {}):
            self._check_schema(f"/components/schemas/{escape(name)}")
        self.problems = dict(self._problems())
        self.stages = tuple(self._stages())
        self.principal_facts: Mapping[str, Json] = self._root("principals", {}).get("facts", {})
        for name in self.principal_facts:
            self._check_schema(f"/{PREFIX}principals/facts/{escape(name)}")
        self.scheme = self._scheme()
        self.resources = {kind: self._resource(kind) for kind in self._root("resources", {})}
        self.root_facts = self._facts(f"/{PREFIX}facts")

    def contract(self) -> Contract:
        operations: dict[str, Operation] = {}
        for operation in self._operations():
            if operation.id in operations:
                raise DocumentError(
                    operation.place,
                    f"the operationId {operation.id!r} stands in "
                    f"{operations[operation.id].place} too",
                )
            operations[operation.id] = operation
        base_path = self._base_path()
        return Contract(
            document=self.document,
            base_path=base_path,
            operations=operations,
            problems=self.problems,
            code_pointer=self._root("problems", {}).get("code"),
            stages=self.stages,
            principal_facts=self.principal_facts,
            scheme=self.scheme,
            schemas=self.schemas,
            router=Router(operations.values(), base_path),
            resources=self.resources,
        )

    # -- the root ---------------------------------------------------------------------------------

    def _root(self, word: str, default: Json) -> Json:
        return self.document.data.get(PREFIX + word, default)

    def _base_path(self) -> str:
        servers = self.document.data.get("servers") or [{"url": "/"}]
        url = str(servers[0].get("url", "/"))
        for name, variable in (servers[0].get("variables") or {}).items():
            url = url.replace("{" + name + "}", str(variable.get("default", "")))
        try:
            return urlsplit(url).path.rstrip("/")
        except ValueError as error:
            place = self.document.place("/servers/0/url")
            raise DocumentError(place, f"{url!r} is no URL ({error})") from None

    def _scheme(self) -> Scheme | None:
        given = self._root("principals", {})
        known = self.document.get("/components/securitySchemes", {})
        if "scheme" in given:
            self._known(given["scheme"], known, f"/{PREFIX}principals/scheme", "security scheme")
        name = given.get("scheme") or next(iter(known), None)
        if name is None:
            return None
        at, _ = self.document.follow(f"/components/securitySchemes/{escape(name)}")
        scheme = _fit(self.document, at, "security scheme")
        if scheme.get("type") == "apiKey":
            return Scheme(name, None, True, scheme["in"], scheme["name"])
        word = str(scheme.get("scheme", "bearer")).capitalize()
        return Scheme(name, word, given.get("word") == "exact", "header", "Authorization")

    def _problems(self) -> Iterator[tuple[str, Problem]]:
        root = f"/{PREFIX}problems"
        code = self.document.get(f"{root}/code")
        for name, given in self.document.get(f"{root}/catalogue", {}).items():
            body = given["body"]
            stated = pick(body, code, ABSENT) if code else ABSENT
            yield (
                name,
                Problem(
                    name=name,
                    status=given["status"],
                    reach=given["reach"],
                    body=body,
                    message=given.get("message", name.replace("_", " ").capitalize() + "."),
                    code=ABSENT if stated == "{message}" else stated,
                    place=self.document.place(f"{root}/catalogue/{escape(name)}"),
                ),
            )

    def _stages(self) -> Iterator[Stage]:
        given = self._root("precedence", None)
        if given is None:
            yield from _DEFAULT_STAGES
            return
        for number, stage in enumerate(given):
            pointer = f"/{PREFIX}precedence/{number}"
            problem = stage.get("problem")
            if problem is not None:
                self._known(problem, self.problems, f"{pointer}/problem", "problem")
            covers = stage.get("of", ["path", "query", "header", "cookie", "body"])
            yield Stage(stage["stage"], problem, frozenset(covers))

    def _resource(self, kind: str) -> Resource:
        pointer = f"/{PREFIX}resources/{escape(kind)}"
        given = self.document.get(pointer)
        nested = tuple(given.get("nested", ()))
        schema = self._schema_pointer(given, f"{pointer}/schema")
        invariants = tuple(
            Invariant(
                id=one["id"],
                never=self._conditions(one["never"], f"{pointer}/invariants/{n}/never", {}),
                place=self.document.place(f"{pointer}/invariants/{n}"),
            )
            for n, one in enumerate(given.get("invariants", ()))
        )
        tenant = given.get("tenant")
        if tenant is not None:
            self._known(tenant, self.principal_facts, f"{pointer}/tenant", "principal fact")
        return Resource(
            kind=kind,
            schema=schema,
            key=given["key"]["field"],
            made=given["key"]["made"],
            tenant=tenant,
            unique=tuple(given.get("unique", ())),
            nested=nested,
            shown=frozenset(self._shown(schema, nested)),
            top_level=tuple(self.document.follow(schema)[1].get("properties", {}))
            if schema
            else (),
            invariants=invariants,
            place=self.document.place(pointer),
        )

    def _schema_pointer(self, given: Mapping[str, Json], pointer: str) -> str | None:
        if "schema" not in given:
            return None
        target = str(given["schema"])[1:]
        if not isinstance(self.document.get(target), dict):
            raise DocumentError(
                self.document.place(pointer), f"{given['schema']!r} does not lead to a schema"
            )
        _fit(self.document, self.document.follow(target)[0], "object schema")
        return target

    def _shown(self, schema: str | None, nested: tuple[str, ...]) -> Iterator[str]:
        if schema is None:
            return
        pointer, value = self.document.follow(schema)
        for name in value.get("properties", {}):
            if name in nested:
                inner = f"{pointer}/properties/{escape(name)}"
                at, _ = self.document.follow(inner)
                found = _fit(self.document, at, "object schema")
                yield from (f"/{name}/{leaf}" for leaf in found.get("properties", {}))
            else:
                yield f"/{name}"

    # -- facts, conditions, rules -----------------------------------------------------------------

    def _facts(self, pointer: str) -> dict[str, Fact]:
        given = self.document.get(pointer, {})
        return {name: self._fact(name, f"{pointer}/{escape(name)}") for name in given}

    def _fact(self, name: str, pointer: str) -> Fact:
        given = self.document.get(pointer)
        if "repeated" in given:
            one = given["repeated"]
            within = self._path(one["in"], f"{pointer}/repeated/in", _SOURCES)
            return Repeated(name, within, one["field"])
        one = given["exists"]
        self._known(one["kind"], self._root("resources", {}), f"{pointer}/exists/kind", "kind")
        return Exists(
            name=name,
            kind=one["kind"],
            where={
                field: self._path(
                    value["from"], f"{pointer}/exists/where/{escape(field)}/from", _SOURCES
                )
                for field, value in one["where"].items()
                if "from" in value
            },
            constants={
                field: value["const"] for field, value in one["where"].items() if "const" in value
            },
            except_resource=one.get("except") == "resource",
        )

    def _conditions(
        self, given: Mapping[str, Json], pointer: str, facts: Mapping[str, Fact]
    ) -> Conditions:
        return tuple(
            self._condition(path, schema, f"{pointer}/{escape(path)}", facts)
            for path, schema in given.items()
        )

    def _condition(
        self, path: str, schema: Json, pointer: str, facts: Mapping[str, Fact]
    ) -> Condition:
        steps = self._path(path, pointer)
        if steps[0] == "facts":
            self._known(steps[1] if len(steps) > 1 else "", facts, pointer, "fact")
        if steps[0] == "principal" and len(steps) > 1:
            self._known(steps[1], self.principal_facts, pointer, "principal fact")
        fits = self._compiling(pointer, lambda: self.schemas.predicate(schema))
        return Condition(steps, schema, fits)

    def _path(self, text: str, pointer: str, roots: Iterable[str] = ()) -> tuple[str, ...]:
        steps = tuple(text.split("."))
        if roots:
            self._known(steps[0], list(roots), pointer, "part of a call")
        if steps[0] == "request":
            self._known(steps[1] if len(steps) > 1 else "", _PARTS, pointer, "part of a request")
        return steps

    def _compiling(self, pointer: str, make: Callable[[], Made]) -> Made:
        try:
            return make()
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise DocumentError(
                self.document.place(pointer), f"not a JSON Schema: {_first_line(error)}"
            ) from None

    def _rules(self, pointer: str, facts: Mapping[str, Fact]) -> Iterator[Rule]:
        seen: dict[str, Place] = {}
        for number, given in enumerate(self.document.get(pointer, [])):
            rule = self._rule(given, f"{pointer}/{number}", facts)
            if rule.id in seen:
                raise DocumentError(
                    rule.place,
                    f"the rule id {rule.id!r} stands in {seen[rule.id]} too",
                    "an id of its own",
                    "Give the rule an `id`.",
                )
            seen[rule.id] = rule.place
            yield rule

    def _rule(self, given: Mapping[str, Json], pointer: str, facts: Mapping[str, Fact]) -> Rule:
        self._known(given["problem"], self.problems, f"{pointer}/problem", "problem")
        stages = [stage.name for stage in self.stages]
        self._known(given["stage"], stages, f"{pointer}/stage", "stage")
        each = given.get("each")
        return Rule(
            id=given.get("id", given["problem"]),
            problem=self.problems[given["problem"]],
            stage=given["stage"],
            when=self._conditions(given.get("when", {}), f"{pointer}/when", facts),
            doubtful=self._conditions(given.get("doubtful", {}), f"{pointer}/doubtful", facts),
            each=self._path(each, f"{pointer}/each", ["request"]) if each else None,
            fault=given.get("fault", False),
            place=self.document.place(pointer),
        )

    # -- operations -------------------------------------------------------------------------------

    def _operations(self) -> Iterator[Operation]:
        for path in self.document.data["paths"]:
            pointer = f"/paths/{escape(path)}"
            if path.startswith("x-"):
                continue
            for method in _fit(self.document, pointer, "path item"):
                if method in METHODS:
                    yield self._operation(path, method, f"{pointer}/{method}")

    def _operation(self, path: str, method: str, pointer: str) -> Operation:
        given = _fit(self.document, pointer, "operation")
        facts = {**self.root_facts, **self._facts(f"{pointer}/{PREFIX}facts")}
        responses = {
            str(status): self._response(str(status), f"{pointer}/responses/{escape(str(status))}")
            for status in given.get("responses", {})
        }
        body = self._body(f"{pointer}/requestBody")
        return Operation(
            id=given.get("operationId", f"{method} {path}"),
            method=method.upper(),
            path=path,
            pointer=pointer,
            parameters=tuple(self._parameters(path, pointer)),
            body=body,
            responses=responses,
            secured=self._secured(given),
            rules=self._ordered(self._rules(f"{pointer}/{PREFIX}rules", facts)),
            facts=facts,
            effect=self._effect(f"{pointer}/{PREFIX}effect", facts, responses),
            listing=self._listing(f"{pointer}/{PREFIX}list"),
            tenants={kind: resource.tenant for kind, resource in self.resources.items()},
            place=self.document.place(pointer),
        )

    def _ordered(self, rules: Iterator[Rule]) -> tuple[Rule, ...]:
        order = {stage.name: number for number, stage in enumerate(self.stages)}
        return tuple(sorted(rules, key=lambda rule: order[rule.stage]))

    def _secured(self, given: Mapping[str, Json]) -> bool:
        wanted = given.get("security", self.document.data.get("security", []))
        return bool(wanted) and {} not in wanted

    def _parameters(self, path: str, pointer: str) -> Iterator[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for owner in (f"/paths/{escape(path)}", pointer):
            for number in range(len(self.document.get(f"{owner}/parameters", []))):
                parameter = self._parameter(f"{owner}/parameters/{number}")
                found[parameter.location, parameter.name] = parameter
        yield from found.values()

    def _parameter(self, pointer: str) -> Parameter:
        pointer, _ = self.document.follow(pointer)
        given = _fit(self.document, pointer, "parameter")
        schema_pointer = f"{pointer}/schema"
        if "content" in given:
            media = next(iter(given["content"]))
            schema_pointer = f"{pointer}/content/{escape(media)}/schema"
        _, schema = self.document.follow(schema_pointer)
        schema = schema if isinstance(schema, dict) else {}
        self._compile(schema_pointer)
        kind = scalar_type(schema)
        return Parameter(
            name=given["name"],
            location=cast("Location", given["in"]),
            required=given.get("required", False),
            schema=schema,
            pointer=schema_pointer,
            type=kind,
            many=kind == "array",
            default=schema.get("default", ABSENT),
        )

    def _body(self, pointer: str) -> Body | None:
        if self.document.get(pointer) is None:
            return None
        pointer, _ = self.document.follow(pointer)
        given = _fit(self.document, pointer, "request body")
        media = {
            name.lower(): f"{pointer}/content/{escape(name)}/schema" for name in given["content"]
        }
        for at in media.values():
            self._compile(at)
        return Body(
            required=given.get("required", False),
            media=media,
            declared={name: self._declared(at, 0) for name, at in media.items()},
        )

    def _compile(self, pointer: str) -> None:
        """Compile a schema now, so that a wrong one is found before the first request."""
        self._check_schema(pointer)
        self._compiling(pointer, lambda: self.schemas.validator(pointer))

    def _check_schema(self, pointer: str) -> None:
        schema = self.document.get(pointer, {})
        try:
            jsonschema_rs.meta.validate(
                schema if isinstance(schema, bool) else {**schema, "$schema": _DIALECT}
            )
        except jsonschema_rs.ValidationError as error:
            spot = pointer + "".join(f"/{escape(str(one))}" for one in error.instance_path)
            raise DocumentError(
                self.document.place(spot), f"not a JSON Schema: {_first_line(error)}"
            ) from None

    def _declared(self, pointer: str, depth: int) -> Declared | None:
        pointer, schema = self.document.follow(pointer)
        if not isinstance(schema, dict) or depth > 6:
            return None
        properties: dict[str, Declared | None] = {
            name: self._declared(f"{pointer}/properties/{escape(name)}", depth + 1)
            for name in schema.get("properties", {})
        }
        items = self._declared(f"{pointer}/items", depth + 1) if "items" in schema else None
        for word in ("allOf", "anyOf", "oneOf"):
            for number in range(len(schema.get(word, []))):
                branch = self._declared(f"{pointer}/{word}/{number}", depth + 1)
                if branch:
                    properties.update(branch.properties)
                    items = items or branch.items
        return Declared(properties, items) if properties or items else None

    def _response(self, status: str, pointer: str) -> Response:
        pointer, _ = self.document.follow(pointer)
        given = _fit(self.document, pointer, "response")
        headers = {
            name.lower(): f"{self._header(f'{pointer}/headers/{escape(name)}')}/schema"
            for name in given.get("headers", {})
            if name.lower() != "content-type"  # OpenAPI ignores a description of it.
        }
        media = {
            name.lower(): f"{pointer}/content/{escape(name)}/schema" if "schema" in one else None
            for name, one in given.get("content", {}).items()
        }
        for at in (*headers.values(), *media.values()):
            if at is not None:
                self._compile(at)
        return Response(status, media, headers, self.document.place(pointer))

    def _header(self, pointer: str) -> str:
        at, _ = self.document.follow(pointer)
        _fit(self.document, at, "header")
        return at

    def _effect(
        self, pointer: str, facts: Mapping[str, Fact], responses: Mapping[str, Response]
    ) -> Effect | None:
        given = self.document.get(pointer)
        if given is None:
            return None
        action = cast("Action", next(word for word in _ACTIONS if word in given))
        self._known(given[action], self.resources, f"{pointer}/{action}", "kind")
        sets = tuple(
            Setting(self._conditions(one["when"], f"{pointer}/sets/{n}/when", facts), one["values"])
            for n, one in enumerate(given.get("sets", ()))
        )
        return Effect(
            action=action,
            kind=given[action],
            key=self._path(given["key"], f"{pointer}/key", ["request"]) if "key" in given else None,
            request=given.get("request", ""),
            response=given.get("response", ""),
            many=given.get("many", False),
            wrap=frozenset(given.get("wrap", ())),
            initial=given.get("initial", {}),
            sets=sets,
            status=self._success(responses, pointer),
        )

    def _success(self, responses: Mapping[str, Response], pointer: str) -> int:
        found = sorted(
            int(status) for status in responses if status[:1] == "2" and status.isdigit()
        )
        if not found:
            raise DocumentError(
                self.document.place(pointer), "an effect, but no 2xx response is documented"
            )
        return found[0]

    def _listing(self, pointer: str) -> Listing | None:
        given = self.document.get(pointer)
        if given is None:
            return None
        search = given.get("search", {})
        return Listing(
            items=given["items"],
            limit=given.get("limit"),
            offset=given.get("offset"),
            filters=tuple(Filter(name, field) for name, field in given.get("filters", {}).items()),
            search=search.get("parameter"),
            search_fields=tuple(search.get("fields", ())),
            order=tuple(given.get("order", ())),
            counters=given.get("counters", {}),
        )

    def _known(self, name: str, known: Collection[str], at: str, what: str) -> None:
        if name in known:
            return
        close = nearest(name, known)
        raise DocumentError(
            self.document.place(at),
            f"unknown {what} {name!r}",
            f"one of {listed(known)}" if known else f"a {what} that is declared; there is none",
            f"Did you mean {close!r}?" if close else "",
        )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
