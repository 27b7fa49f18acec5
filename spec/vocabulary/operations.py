"""The operations of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from spec.contract import Cause, Operation, Rule
from spec.document import METHODS, Json, escape
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import facts as declared_facts
from spec.vocabulary.effects import effect
from spec.vocabulary.lists import listing
from spec.vocabulary.messages import body, parameters, response
from spec.vocabulary.meta import PREFIX, fit
from spec.vocabulary.root import Root, carries
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
    missing = any(_looks_up(rule) for one in found.values() for rule in one.rules)
    return {
        name: replace(one, unsaid=frozenset(_unsaid(root, one, missing=missing)))
        for name, one in found.items()
    }


def _each(root: Root) -> Iterator[Operation]:
    for path in root.document.data["paths"]:
        pointer = f"/paths/{escape(path)}"
        if path.startswith("x-"):
            continue
        item = fit(root.document, pointer, "path item")
        for method in item:
            if method in METHODS:
                yield _operation(root, path, method, f"{pointer}/{method}")
        for method in item.get("additionalOperations", {}):
            spot = f"{pointer}/additionalOperations/{escape(method)}"
            yield _operation(root, path, method, spot)


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
    does = effect(root, pointer, facts, responses)
    refusing = rules(root, f"{pointer}/{PREFIX}rules", facts)
    return Operation(
        id=_name(given, method, path),
        method=method.upper(),
        path=path,
        pointer=pointer,
        parameters=declared,
        body=request_body,
        responses=responses,
        secured=_secured(root, given),
        rules=refusing,
        facts=facts,
        effect=does,
        listing=listing(root, pointer, declared),
        tenants={kind: resource.tenant for kind, resource in root.resources.items()},
        place=root.document.place(pointer),
    )


def _unsaid(root: Root, operation: Operation, *, missing: bool) -> Iterator[Cause]:
    """Yield the causes for which an operation may refuse and no problem says how.

    `missing` says that somewhere in the document a rule refuses for a record that is not there.
    """
    problems = {stage.name: stage.problem for stage in root.stages}
    if operation.secured and not problems.get("authentication"):
        yield "credential"
    if (operation.parameters or operation.body) and not problems.get("shape"):
        yield from ("shape", "media")
    addressed = bool(operation.effect and operation.effect.key)
    about_one = addressed or ("{" in operation.path and not root.problems)
    if about_one and not missing:
        yield "record"
    if operation.writes and not root.problems:
        yield "conflict"


def _looks_up(rule: Rule) -> bool:
    """Tell whether a rule refuses where the addressed record is not there."""
    return any(one.path == ("resource",) and one.fits(None) for one in rule.when)


def _name(given: Mapping[str, Json], method: str, path: str) -> str:
    """Return the operationId, or else one made of method and path; in neither is a blank."""
    return "_".join(str(given.get("operationId", f"{method}{path}")).split())


def _secured(root: Root, given: Mapping[str, Json]) -> bool:
    wanted = given.get("security", root.document.data.get("security", []))
    return bool(wanted) and all(
        any(carries(root.document, name) for name in requirement) for requirement in wanted
    )
