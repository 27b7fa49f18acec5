"""Examples: do they fit their schemas, and which messages have none."""

from __future__ import annotations

from collections.abc import Iterator

from spec.contract import Contract, Operation
from spec.document import Place
from spec.lint.report import Remark
from spec.lint.walk import example_spots, exemplified, schemas
from spec.places import sequence


def misfits(contract: Contract) -> Iterator[Remark]:
    """Yield the examples and defaults that do not fit their schemas."""
    for pointer, schema_pointer in exemplified(contract):
        yield from _fitting(contract, pointer, schema_pointer)
    for pointer, schema in schemas(contract.document):
        spots = [f"{pointer}/examples/{n}" for n, _ in enumerate(sequence(schema.get("examples")))]
        spots += [f"{pointer}/{word}" for word in ("example", "default") if word in schema]
        for spot in spots:
            yield from _checked(contract, spot, pointer)


def _fitting(contract: Contract, pointer: str, schema_pointer: str) -> Iterator[Remark]:
    for spot in example_spots(contract.document, pointer):
        yield from _checked(contract, spot, schema_pointer)


def _checked(contract: Contract, spot: str, schema_pointer: str) -> Iterator[Remark]:
    value = contract.document.get(spot)
    for one in contract.schemas.violations(schema_pointer, value, "value"):
        place = contract.document.place(spot + one.pointer)
        yield Remark("error", "example", place, f"the example does not fit its schema: {one}")


def missing(contract: Contract) -> Iterator[Remark]:
    """Yield the requests and responses that no example shows; those that are shared come once."""
    found: dict[tuple[Place, str], list[str]] = {}
    for operation in contract.operations.values():
        for what, place in _unshown(contract, operation):
            found.setdefault((place, what), []).append(operation.id)
    for (place, what), (first, *others) in found.items():
        rest = [f"{len(others)} others"] if len(others) > 1 else others
        sentence = f"{what} of {' and '.join([first, *rest])} has no example"
        yield Remark("note", "no-example", place, sentence)


def _unshown(contract: Contract, operation: Operation) -> Iterator[tuple[str, Place]]:
    document = contract.document
    media = dict(operation.body.media) if operation.body else {}
    spots = [("the request body", pointer) for pointer in media.values()]
    for response in operation.responses.values():
        spots += [(f"response {response.status}", at) for at in response.media.values() if at]
    for what, pointer in spots:
        owner = pointer.removesuffix("/schema")
        if not any(True for _ in example_spots(document, owner)):
            yield what, document.place(owner)
