"""The ids of the ledger's rows for outcomes, by which they are planned and proven."""

from __future__ import annotations

from collections.abc import Iterator

from spec import SUCCESS, Contract, Operation, refusals
from spec.contract import Cause


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


def undescribed(contract: Contract, operation: Operation) -> Iterator[str]:
    """Yield the documented statuses, ranges and `default` that no outcome stands for."""
    statuses = [problem.status for problem in contract.stated(operation)]
    success = row_of(operation, SUCCESS, contract).rpartition(" ")[2]
    covered = {success, *map(str, statuses)}
    covered.update(one.status for status in statuses if (one := operation.response(status)))
    yield from (documented for documented in operation.responses if documented not in covered)


def documented_row(contract: Contract, operation: Operation, status: int) -> str | None:
    """Return the id of the row for a documented answer that no outcome stands for."""
    response = operation.response(status)
    if response is None or response.status not in undescribed(contract, operation):
        return None
    return f"{operation.id} {response.status}"


def unsaid_rows(contract: Contract, operation: Operation, *causes: Cause) -> Iterator[str]:
    """Yield the ids of the rows of documented answers by which an operation refuses for a cause."""
    for cause in causes:
        row = documented_row(contract, operation, refusals.status(operation, cause))
        if row is not None:
            yield row
