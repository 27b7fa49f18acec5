"""Probes of query parameters: texts outside their schemas, each instance, and unknown names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from contracts.probes.single import rows_of, valid
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario, usual_size
from contracts.steps import text
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Json, Operation, Parameter
from spec.contract import Stage

_ODD_TEXTS = ("", "abc", "1.5", "-1", "0", "null", "99999999999999999999")
_ODD_BOOLEANS = ("TRUE", "True", "yes", "2", "truefalse")
_ODD_MOMENTS = (
    "2024-01-15T10:00:00",
    "2024-01-15T10:00:00.000",
    "2024-01-15T10:00:00 00:00",  # a plus sign that nobody has written as %2B
    "2024-01-15T10:00:00+0000",
    "2024-01-15",
    "2024-13-45T10:00:00Z",
    "10:00:00Z",
    "1705312800",
)
_FIRST_AND_SECOND = ["1", "2"]


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of each parameter, and one of a parameter that is not declared."""
    refuses = partial(_probe, drafts, operation, stage.problem)
    takes = partial(_probe, drafts, operation, SUCCESS)
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        inside = _inside(drafts, parameter)
        for texts in _outside(drafts, parameter, inside):
            yield refuses(parameter.name, texts)
        for one in inside:
            yield takes(parameter.name, [one])
        first = drafts.contract.reading.repeated == "first"
        for texts in _repeated(operation, parameter, inside) if first else ():
            yield takes(parameter.name, texts)
        if drafts.contract.reading.repeated == "refused":
            yield refuses(parameter.name, inside[:1] * 2)
    for name in sorted(operation.listing.refused) if operation.listing else ():
        yield refuses(name, [_sample(drafts, operation, name)])
    yield takes("cfk_unknown", ["1"])


# -- what fits ------------------------------------------------------------------------------------


def _inside(drafts: Drafts, parameter: Parameter) -> list[str]:
    """Return texts that a parameter should take, each once; the judge says whether it does."""
    values = drafts.values.instances(_single(drafts, parameter))
    found = [text(one) for one in values if one is not None]
    empty = [""] if drafts.contract.reading.empty == "kept" else []
    return list(dict.fromkeys([*found, *empty]))


def _single(drafts: Drafts, parameter: Parameter) -> dict[str, Json]:
    """Return the schema of one value of a parameter."""
    schema = drafts.values.schema(parameter.schema)
    return drafts.values.schema(schema.get("items", {})) if parameter.many else schema


def _repeated(operation: Operation, parameter: Parameter, inside: list[str]) -> Iterator[list[str]]:
    """Yield values to send one after the other, whose answers differ if the wrong one counts."""
    listing = operation.listing
    if listing and parameter.name in {listing.limit, listing.page, listing.offset}:
        yield _FIRST_AND_SECOND
    elif len(inside) > 1:
        yield inside[:2]


def _sample(drafts: Drafts, operation: Operation, refused: str) -> str:
    """Return a value that another filter on the same field takes."""
    listing = operation.listing
    fields = {one.parameter: one.field for one in listing.filters} if listing else {}
    for one in operation.parameters:
        if one.name in fields and refused.startswith(f"{fields[one.name]}_"):
            return next(iter(_inside(drafts, one)), "1")
    return "1"


# -- what does not --------------------------------------------------------------------------------


def _outside(drafts: Drafts, parameter: Parameter, inside: list[str]) -> Iterator[list[str]]:
    """Yield values that a parameter may refuse, each once; the judge says which it does."""
    schema = _single(drafts, parameter)
    values = [value for _, value in drafts.values.outside(schema) if _is_plain(value)]
    texts = [*_ODD_TEXTS, *map(text, values), *_misspelt(schema, inside)]
    for one in dict.fromkeys(texts):
        yield [one]
    if parameter.many and inside:
        good = inside[0]
        if parameter.explode:
            yield from ([good, bad] for bad in texts[:1] + [text(one) for one in values])
        else:
            bads = dict.fromkeys(["", *map(text, values)])
            yield from ([f"{good},{bad}"] for bad in bads)
            yield [f",{good}"]


def _misspelt(schema: dict[str, Json], inside: list[str]) -> Iterator[str]:
    """Yield texts that are nearly right for the type."""
    if schema.get("type") == "boolean":
        yield from _ODD_BOOLEANS
    if schema.get("format") == "date-time":
        yield from _ODD_MOMENTS
    if "enum" in schema:
        yield from (f"-{one}" for one in inside[:1])
        yield from ("-", "+", "-abc")
    if "pattern" in schema or "enum" in schema:
        for one in inside[:1]:
            yield from (f"{one}0", one[:-1], f" {one}", one.swapcase())


def _is_plain(value: Json) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _probe(
    drafts: Drafts, operation: Operation, wanted: str | None, name: str, texts: list[str]
) -> Scenario:
    kind = "takes" if wanted == SUCCESS else "refuses"
    label = f"{operation.id} {kind} {name}={','.join(texts)[:24]}"
    rows = rows_of(drafts.contract, operation, wanted)
    pairs = [(name, one) for one in texts]
    return Scenario(label, rows, partial(_run, drafts, operation, wanted, pairs))


def _run(
    drafts: Drafts,
    operation: Operation,
    wanted: str | None,
    pairs: list[tuple[str, str]],
    walk: Walk,
) -> None:
    step = valid(drafts, walk, operation).step()
    size = usual_size(operation) if wanted == SUCCESS else {}
    usual = [(name, one) for name, one in size.items() if name not in dict(pairs)]
    asked = replace(step, query=(*step.query, *pairs, *usual))
    judgement = walk.judged(asked)
    if judgement is None or (wanted is not None and judgement.sole != wanted):
        raise Unreached(f"{wanted} is not the only admitted answer")
    walk.send(asked)
