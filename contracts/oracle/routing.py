"""Requests that no operation answers: what the document says of paths and methods it has not."""

from __future__ import annotations

from contracts.oracle.contradictions import Contradiction
from contracts.steps import Exchange
from spec import ABSENT, Contract, Problem, Unrouted, pick

ROUTING = "routing"
"""The category of their causes."""


def examine(contract: Contract, found: Unrouted, exchange: Exchange) -> Contradiction | None:
    """Return how the answer to a request without an operation contradicts the document."""
    word = "method" if found.allowed else "path"
    problem = contract.unroutable.method if found.allowed else contract.unroutable.path
    if problem is None or (_states(contract, problem, exchange) and _allows(found, exchange)):
        return None
    operation = contract.operations[exchange.step.operation]
    request, answer = exchange.request, exchange.answer
    due = f"{problem.status} {problem.name}{' with Allow' if found.allowed else ''}"
    return Contradiction(
        cause=(ROUTING, f"no such {word}", "" if exchange.step.credential else "no credential"),
        row=f"{operation.id} no such {word}",
        operation=operation.id,
        sentence=f"{request.method} {request.path} answers {answer.status} where {due} is due: "
        f"the document has no such {word}.",
        expected=due,
        got=f"{answer.status} {answer.body[:120].decode('utf-8', 'replace')}",
        place=problem.place,
    )


def _allows(found: Unrouted, exchange: Exchange) -> bool:
    """Tell whether a refused method comes with those that are there (RFC 9110, 15.5.6)."""
    return not found.allowed or exchange.answer.header("allow") is not None


def _states(contract: Contract, problem: Problem, exchange: Exchange) -> bool:
    if exchange.answer.status != problem.status:
        return False
    if problem.code is ABSENT or contract.code_pointer is None:
        return True
    return bool(pick(exchange.body, contract.code_pointer, ABSENT) == problem.code)
