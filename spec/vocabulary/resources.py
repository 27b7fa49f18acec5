"""The kinds of records that a document names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from spec.contract import ABSENT, Generated, Invariant, Part, Resource, Tenant, Tree
from spec.document import Document, Json, escape
from spec.exceptions import DocumentError
from spec.shapes import properties, says
from spec.vocabulary.conditions import Terms, conditions
from spec.vocabulary.meta import PREFIX, fit
from spec.vocabulary.names import check_known
from spec.vocabulary.schemas import compiling


def resource(terms: Terms, kind: str) -> Resource:
    """Return what the document says of one kind of record."""
    document = terms.document
    pointer = f"/{PREFIX}resources/{escape(kind)}"
    given = document.get(pointer)
    nested = tuple(given.get("nested", ()))
    schema = _schema_pointer(document, given, f"{pointer}/schema")
    invariants = tuple(
        Invariant(
            id=one["id"],
            never=conditions(terms, one["never"], f"{pointer}/invariants/{n}/never", {}),
            place=document.place(f"{pointer}/invariants/{n}"),
        )
        for n, one in enumerate(given.get("invariants", ()))
    )
    return Resource(
        kind=kind,
        schema=schema,
        key=given["key"]["field"],
        made=given["key"]["made"],
        tenant=_tenant(terms, given, pointer),
        unique=tuple(given.get("unique", ())),
        nested=nested,
        shown=frozenset(_shown(document, schema, nested)),
        top_level=tuple(_readable(document, schema)),
        invariants=invariants,
        place=document.place(pointer),
        generated={name: Generated(**one) for name, one in given.get("generated", {}).items()},
        caseless=frozenset(given.get("caseless", ())),
        parts={
            name: _part(terms, name, one, f"{pointer}/parts/{escape(name)}")
            for name, one in given.get("parts", {}).items()
        },
        times=frozenset(_times(document, schema)),
        takes=_taking(terms, given, schema) if given["key"]["made"] == "client" else None,
        stated=frozenset(given["stated"]) if "stated" in given else None,
        fixed=frozenset(_fixed(document, schema)) if "stated" in given else frozenset(),
        spelled=_spelling(terms, given, schema, f"{pointer}/key"),
    )


def _key_schema(terms: Terms, given: Mapping[str, Json], schema: str | None) -> str | None:
    """Return where the key is described, None where it is not."""
    return properties(terms.document, schema).get(given["key"]["field"]) if schema else None


def _taking(
    terms: Terms, given: Mapping[str, Json], schema: str | None
) -> Callable[[Json], bool] | None:
    pointer = _key_schema(terms, given, schema)
    return None if pointer is None else terms.schemas.predicate({"$ref": f"#{pointer}"})


def _spelling(
    terms: Terms, given: Mapping[str, Json], schema: str | None, spot: str
) -> Callable[[int, str], Json] | None:
    """Return what makes keys where all that is known of them is a type and a schema."""
    made = given["key"]["made"]
    if made not in {"number", "text"}:
        return None
    pointer = _key_schema(terms, given, schema)
    fits = _taking(terms, given, schema) or (lambda _: True)

    def spelled(number: int, uuid: str) -> Json:
        plain = [number] if made == "number" else [uuid, uuid.replace("-", "")[:24], str(number)]
        drawn = terms.schemas.samples.of(pointer, number - 1) if pointer else ABSENT
        return next((one for one in plain if fits(one)), drawn)

    if spelled(1, _UUID) is ABSENT or spelled(1, _UUID) == spelled(2, _UUID[::-1]):
        raise DocumentError(terms.document.place(spot), f"no {made} can be made that fits as a key")
    return spelled


_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
"""Any: keys are tried when a document is read, before one is made."""


def _readable(document: Document, schema: str | None) -> Iterator[str]:
    """Yield the fields that answers show, in the document's order."""
    for name, pointer in properties(document, schema).items() if schema else ():
        if says(document, pointer, "writeOnly") is not True:
            yield name


def _fixed(document: Document, schema: str | None) -> Iterator[str]:
    for name, pointer in properties(document, schema).items() if schema else ():
        if says(document, pointer, "readOnly") is True:
            yield name


def _tenant(terms: Terms, given: Mapping[str, Json], pointer: str) -> Tenant | None:
    tenant = given.get("tenant")
    if tenant is None:
        return None
    document = terms.document
    fields = {tenant: f"principal.{tenant}"} if isinstance(tenant, str) else tenant
    for name, path in fields.items():
        root, _, fact = path.partition(".")
        if root == "principal":
            spot = f"{pointer}/tenant" + ("" if isinstance(tenant, str) else f"/{escape(name)}")
            check_known(document, fact, terms.principal_facts, spot, "principal fact")
    tree = given.get("tree")
    if tree is not None:
        kinds = document.get(f"/{PREFIX}resources")
        check_known(document, tree["kind"], kinds, f"{pointer}/tree/kind", "kind")
        if len(fields) != 1:
            raise DocumentError(
                document.place(f"{pointer}/tree"), "a tree of tenants named by several fields"
            )
    return Tenant(
        {name: tuple(path.split(".")) for name, path in fields.items()},
        Tree(tree["kind"], tree["parent"]) if tree else None,
    )


def _part(terms: Terms, name: str, given: Mapping[str, Json], pointer: str) -> Part:
    document = terms.document
    kinds = document.get(f"/{PREFIX}resources")
    check_known(document, given["of"], kinds, f"{pointer}/of", "kind")
    shows = given.get("shows", {})
    optional = {key: given[key] for key in ("value", "stamps", "form") if key in given}
    return Part(
        name=name,
        definitions=given["of"],
        named=given["named"],
        typed=given["typed"],
        types=given["types"],
        fits={
            kind: compiling(
                document, f"{pointer}/types/{escape(kind)}", partial(terms.schemas.predicate, one)
            )
            for kind, one in given["types"].items()
        },
        initial=given.get("initial", {}),
        shows_definition=shows.get("definition", "definition"),
        shows_state=shows.get("state", "state"),
        **optional,
    )


def _times(document: Document, schema: str | None) -> Iterator[str]:
    """Yield the top-level fields whose schema says that they are date-times."""
    if schema is None:
        return
    for name, pointer in properties(document, schema).items():
        _, inner = document.follow(pointer)
        branches = inner.get("anyOf", [inner]) if isinstance(inner, dict) else []
        for one in branches:
            reference = one.get("$ref") if isinstance(one, dict) else None
            found = document.follow(reference[1:])[1] if reference else one
            if isinstance(found, dict) and found.get("format") == "date-time":
                yield name


def _schema_pointer(document: Document, given: Mapping[str, Json], pointer: str) -> str | None:
    if "schema" not in given:
        return None
    target = str(given["schema"])[1:]
    if not isinstance(document.get(target), dict):
        raise DocumentError(
            document.place(pointer), f"{given['schema']!r} does not lead to a schema"
        )
    fit(document, document.follow(target)[0], "object schema")
    return target


def _shown(document: Document, schema: str | None, nested: tuple[str, ...]) -> Iterator[str]:
    if schema is None:
        return
    described = properties(document, schema)
    for name in _readable(document, schema):
        if name in nested:
            at, _ = document.follow(described[name])
            found = fit(document, at, "object schema")
            yield from (f"/{name}/{leaf}" for leaf in found.get("properties", {}))
        else:
            yield f"/{escape(name)}"
