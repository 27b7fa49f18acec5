"""The ids of the ledger's rows for outcomes, by which they are planned and proven."""

from __future__ import annotations

from spec import SUCCESS, Contract, Operation


def row_of(operation: Operation, outcome: str, contract: Contract) -> str:
    """Return the id of the ledger's row for an outcome of an operation."""
    if outcome == SUCCESS:
        status = operation.effect.status if operation.effect else _first_success(operation)
        return f"{operation.id} {status}"
    return f"{operation.id} {contract.problems[outcome].status} {outcome}"


def _first_success(operation: Operation) -> str:
    return next((one for one in operation.responses if one.startswith("2")), "2XX")


def rule_row(operation: Operation, verdict_id: str, problem: str, contract: Contract) -> str:
    """Return the id of the ledger's row for one of several rules behind one problem."""
    return f"{row_of(operation, problem, contract)} {verdict_id}"
