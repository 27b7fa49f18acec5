"""Parameters that are judged by another schema, or read in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from mockserver.mutants.edits import on_contract
from mockserver.mutants.mutant import Draft, Edit, in_document, in_operations
from mockserver.mutants.schemas import LAID, covers, laid, moved, without
from spec import Contract, Json, Operation, Parameter, regions
from spec.contract import Reading
from spec.regions import standalone
from spec.vocabulary.meta import spot


@in_operations("shape", "parameter", most=5)
def unparsed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Judge a parameter by another schema."""
    for parameter in operation.parameters:
        if covers(contract, parameter.location):
            at, schema = contract.document.follow(parameter.pointer)
            for says, other in _other_schemas(schema):
                if _differ(contract, parameter, schema, other):
                    edit = _read_by(operation, parameter, other)
                    name = f"{operation.id} {says} of the parameter `{parameter.name}`"
                    yield Draft(operation.id, name, contract.document.place(at), edit)


def _other_schemas(schema: Json) -> Iterator[tuple[str, Json]]:
    if not isinstance(schema, dict):
        return
    for says, word, bound in moved(schema):
        yield says, {**schema, word: bound}
    for word in ("enum", "pattern", "format"):
        if word in schema:
            yield f"does not mind the {word}", without(word, schema)


def _differ(contract: Contract, parameter: Parameter, old: Json, new: Json) -> bool:
    """Tell whether a value that can be sent shows which of two schemas it is judged by."""
    sent: list[Json] = [{"type": parameter.type}]
    if parameter.location == "query":
        # An empty value has a rule of its own, and a list without values is not sent at all.
        sent.append({"minLength": 0 if contract.reading.empty == "kept" else 1, "minItems": 1})
    ways = [standalone(contract.document, one) for one in (old, new)]
    return any(
        regions.satisfiable({"allOf": [*sent, one, {"not": other}]}) is True
        for one, other in (ways, reversed(ways))
    )


def _read_by(operation: Operation, parameter: Parameter, schema: Json) -> Edit:
    """Judge a parameter by another schema."""
    other = replace(parameter, pointer=f"/{LAID}", schema=schema)
    parameters = tuple(other if one is parameter else one for one in operation.parameters)
    changed = replace(operation, parameters=parameters)
    return on_contract(lambda contract: laid(contract, changed, schema))


@in_document("shape", "reading")
def misread(contract: Contract) -> Iterator[Draft]:
    """Read repeated or empty parameters otherwise than the document says."""
    place = spot(contract.document, "reading")
    reading = contract.reading
    others = {
        "a repeated parameter counts once": replace(reading, repeated="first"),
        "a repeated parameter is refused": replace(reading, repeated="refused"),
        "an empty parameter is taken for a text": replace(reading, empty="kept"),
        "an empty parameter is refused": replace(reading, empty="refused"),
    }
    asked = [
        one
        for operation in contract.operations.values()
        for one in operation.parameters
        if one.location == "query"
    ]
    for says, other in others.items() if asked and covers(contract, "query") else ():
        opened = "open" in {
            reading.repeated if other.repeated != reading.repeated else "",
            reading.empty if other.empty != reading.empty else "",
        }
        if other != reading and not opened:
            edit = on_contract(partial(_reading_by, other))
            of_empty = {reading.empty, other.empty} == {"kept", "refused"}
            unseen = of_empty and not any(_takes_empty(contract, one) for one in asked)
            yield Draft("", says, place, edit, _ANYHOW if unseen else "")


_ANYHOW = "the schema of every parameter refuses an empty text"


def _takes_empty(contract: Contract, parameter: Parameter) -> bool:
    """Tell whether a parameter's schema takes an empty text."""
    schema = standalone(contract.document, parameter.schema)
    read = [""] if parameter.many else ""
    return regions.satisfiable({"allOf": [{"const": read}, schema]}) is not False


def _reading_by(reading: Reading, contract: Contract) -> Contract:
    return replace(contract, reading=reading)
