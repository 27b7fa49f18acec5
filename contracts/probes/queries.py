"""Probes of query parameters: texts outside their schemas, each instance, and unknown names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from contracts.drafts import Drafts
from contracts.probes.single import valid
from contracts.rows import row_of
from contracts.scenarios import Scenario
from contracts.walk import Unreached, Walk
from spec import SUCCESS, Json, Operation, Parameter
from spec.contract import Stage

_ODD_TEXTS = ("", "abc", "1.5", "-1", "0", "null", "99999999999999999999")


def scenarios(drafts: Drafts, operation: Operation, stage: Stage) -> Iterator[Scenario]:
    """Yield the probes of each parameter, and one of a parameter that is not declared."""
    refuses = partial(_probe, drafts, operation, stage.problem or "")
    takes = partial(_probe, drafts, operation, SUCCESS)
    for parameter in operation.parameters:
        if parameter.location != "query":
            continue
        for text in _outside(drafts, parameter):
            yield refuses(parameter.name, [text])
        for value in drafts.values.instances(parameter.schema):
            if value is not None:
                yield takes(parameter.name, [str(value)])
        sample = drafts.values.instance(parameter.schema)
        yield refuses(parameter.name, [str(sample)] * 2)
    yield takes("cfk_unknown", ["1"])


def _outside(drafts: Drafts, parameter: Parameter) -> list[str]:
    """Return texts that a parameter may refuse, each once; the judge says which it does."""
    values = [value for _, value in drafts.values.outside(parameter.schema)]
    return list(dict.fromkeys([*_ODD_TEXTS, *(str(one) for one in values if _is_plain(one))]))


def _is_plain(value: Json) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _probe(
    drafts: Drafts, operation: Operation, wanted: str, name: str, texts: list[str]
) -> Scenario:
    kind = "takes" if wanted == SUCCESS else "refuses"
    label = f"{operation.id} {kind} {name}={','.join(texts)[:24]}"
    row = row_of(operation, wanted, drafts.contract)
    pairs = [(name, text) for text in texts]
    return Scenario(label, (row,), partial(_run, drafts, operation, wanted, pairs))


def _run(
    drafts: Drafts, operation: Operation, wanted: str, pairs: list[tuple[str, str]], walk: Walk
) -> None:
    step = valid(drafts, walk, operation).step()
    asked = replace(step, query=(*step.query, *pairs))
    judgement = walk.judged(asked)
    if judgement is None or judgement.sole != wanted:
        raise Unreached(f"{wanted} is not the only admitted answer")
    walk.send(asked)
