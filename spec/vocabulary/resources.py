"""The kinds of records that a document names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spec.contract import Invariant, Resource
from spec.document import Document, Json, escape
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import Terms, conditions
from spec.vocabulary.meta import PREFIX, fit
from spec.vocabulary.names import check_known


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
    tenant = given.get("tenant")
    if tenant is not None:
        check_known(document, tenant, terms.principal_facts, f"{pointer}/tenant", "principal fact")
    return Resource(
        kind=kind,
        schema=schema,
        key=given["key"]["field"],
        made=given["key"]["made"],
        tenant=tenant,
        unique=tuple(given.get("unique", ())),
        nested=nested,
        shown=frozenset(_shown(document, schema, nested)),
        top_level=tuple(document.follow(schema)[1].get("properties", {})) if schema else (),
        invariants=invariants,
        place=document.place(pointer),
    )


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
    pointer, value = document.follow(schema)
    for name in value.get("properties", {}):
        if name in nested:
            inner = f"{pointer}/properties/{escape(name)}"
            at, _ = document.follow(inner)
            found = fit(document, at, "object schema")
            yield from (f"/{name}/{leaf}" for leaf in found.get("properties", {}))
        else:
            yield f"/{name}"
