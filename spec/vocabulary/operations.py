"""The operations of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spec.contract import Operation
from spec.document import METHODS, Json, escape
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import facts as declared_facts
from spec.vocabulary.effects import effect
from spec.vocabulary.lists import listing
from spec.vocabulary.messages import body, parameters, response
from spec.vocabulary.meta import PREFIX, fit
from spec.vocabulary.root import Root
from spec.vocabulary.rules import rules


def operations(root: Root) -> dict[str, Operation]:
    """Return all operations of the document by their ids."""
    found: dict[str, Operation] = {}
    for operation in _each(root):
        if operation.id in found:
            raise DocumentError(
                operation.place,
                f"the operationId {operation.id!r} stands in {found[operation.id].place} too",
            )
        found[operation.id] = operation
    return found


def _each(root: Root) -> Iterator[Operation]:
    for path in root.document.data["paths"]:
        pointer = f"/paths/{escape(path)}"
        if path.startswith("x-"):
            continue
        for method in fit(root.document, pointer, "path item"):
            if method in METHODS:
                yield _operation(root, path, method, f"{pointer}/{method}")


def _operation(root: Root, path: str, method: str, pointer: str) -> Operation:
    given = fit(root.document, pointer, "operation")
    facts = {**root.facts, **declared_facts(root.terms, f"{pointer}/{PREFIX}facts")}
    responses = {
        str(status): response(root, str(status), f"{pointer}/responses/{escape(str(status))}")
        for status in given.get("responses", {})
    }
    # Before the parameters: of two wrong schemas, the first to be read is named.
    request_body = body(root, f"{pointer}/requestBody")
    declared = tuple(parameters(root, path, pointer))
    return Operation(
        id=_name(given, method, path),
        method=method.upper(),
        path=path,
        pointer=pointer,
        parameters=declared,
        body=request_body,
        responses=responses,
        secured=_secured(root, given),
        rules=rules(root, f"{pointer}/{PREFIX}rules", facts),
        facts=facts,
        effect=effect(root, pointer, facts, responses),
        listing=listing(root, pointer, declared),
        tenants={kind: resource.tenant for kind, resource in root.resources.items()},
        place=root.document.place(pointer),
    )


def _name(given: Mapping[str, Json], method: str, path: str) -> str:
    """Return the operationId, or else one made of method and path; in neither is a blank."""
    return "_".join(str(given.get("operationId", f"{method}{path}")).split())


def _secured(root: Root, given: Mapping[str, Json]) -> bool:
    wanted = given.get("security", root.document.data.get("security", []))
    return bool(wanted) and {} not in wanted
