"""Probes of what is no operation: paths and methods that the document has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario
from contracts.walk import Walk
from spec import Operation

_METHODS = ("PUT", "PATCH", "DELETE", "POST", "GET")


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield a probe of a wrong method for each path, and of a path that is not there."""
    contract = drafts.contract
    paths: dict[str, list[Operation]] = {}
    for operation in contract.operations.values():
        paths.setdefault(operation.path, []).append(operation)
    for path, operations in paths.items():
        missing = [one for one in _METHODS if one not in {op.method for op in operations}]
        for method in missing[:1] if contract.unroutable.method else ():
            run = partial(_run, drafts, operations[0], method, "")
            yield Scenario(f"{operations[0].id} {method} {path}", (), run)
    for operation in list(contract.operations.values())[:1] if contract.unroutable.path else ():
        run = partial(_run, drafts, operation, None, "/cfk/unknown")
        yield Scenario(f"{operation.id} a path that is not there", (), run)


def _run(drafts: Drafts, operation: Operation, method: str | None, suffix: str, walk: Walk) -> None:
    """Send the request with a credential and without: routing comes before authentication."""
    step = replace(drafts.draft(walk, operation).step(), method=method, suffix=suffix)
    for credential in (step.credential, None):
        walk.send(replace(step, credential=credential))
