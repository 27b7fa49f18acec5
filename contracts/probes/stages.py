"""Probes of what every operation has: authentication, the shape of a request, and their order."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.probes import authentication, precedence, routing, shape, unsaid
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the probes of authentication, shape and precedence, operation by operation."""
    for operation in drafts.contract.operations.values():
        for stage in drafts.contract.stages:
            if stage.problem and stage.name == "authentication" and operation.secured:
                yield from authentication.scenarios(drafts, operation, stage)
            if stage.name == "shape" and (stage.problem or "shape" in operation.unsaid):
                yield from shape.scenarios(drafts, operation, stage)
        yield from unsaid.scenarios(drafts, operation)
        yield from precedence.scenarios(drafts, operation)
    yield from routing.scenarios(drafts)
