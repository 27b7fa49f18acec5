"""Links: do they lead to operations and parameters, and do their expressions find something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spec.contract import ABSENT, Contract, Operation, Response
from spec.document import Json, Place, escape, pick
from spec.exceptions import nearest
from spec.lint.report import Remark
from spec.lint.walk import example_spots
from spec.places import mapping


def astray(contract: Contract) -> Iterator[Remark]:
    """Yield what is wrong with the links of all responses."""
    for operation in contract.operations.values():
        for response in operation.responses.values():
            yield from _of_response(contract, response)


def _of_response(contract: Contract, response: Response) -> Iterator[Remark]:
    document = contract.document
    root = f"{response.place.pointer}/links"
    for name in mapping(document.get(root)):
        pointer, link = document.follow(f"{root}/{escape(name)}")
        yield from _link(contract, response, pointer, mapping(link))


def _link(
    contract: Contract, response: Response, pointer: str, link: Mapping[str, Json]
) -> Iterator[Remark]:
    document = contract.document
    target = _target(contract, link)
    if target is None:
        wanted = link.get("operationId", link.get("operationRef"))
        close = nearest(str(wanted), contract.operations)
        advice = f"Did you mean {close!r}?" if close else ""
        place = document.place(pointer)
        yield Remark("error", "link", place, f"the link leads to no operation: {wanted!r}", advice)
        return
    names = {one.name for one in target.parameters}
    for given, expression in mapping(link.get("parameters")).items():
        place = document.place(f"{pointer}/parameters/{escape(given)}")
        if given.rpartition(".")[2] not in names:
            yield Remark("error", "link", place, f"{target.id} has no parameter {given!r}")
        yield from _expression(contract, response, place, expression)


def _target(contract: Contract, link: Mapping[str, Json]) -> Operation | None:
    operations = contract.operations.values()
    if "operationId" in link:
        # By the document's own name for it; ours has no blanks.
        named = {contract.document.get(f"{one.pointer}/operationId"): one for one in operations}
        return named.get(link["operationId"])
    pointer = str(link.get("operationRef", "")).removeprefix("#")
    return next((one for one in operations if one.pointer == pointer), None)


def _expression(
    contract: Contract, response: Response, place: Place, expression: Json
) -> Iterator[Remark]:
    """Try an expression that points into the answer on the answer's examples."""
    if not str(expression).startswith("$response.body#"):
        return
    pointer = str(expression).partition("#")[2]
    for at in response.media.values():
        for spot in example_spots(contract.document, (at or "").removesuffix("/schema")):
            if pick(contract.document.get(spot), pointer, ABSENT) is ABSENT:
                sentence = f"{expression!r} leads nowhere in the example at line "
                line = contract.document.place(spot).line
                yield Remark("error", "link", place, f"{sentence}{line}")
