"""Problems against responses: is each stated one documented, and does its body fit."""

from __future__ import annotations

from collections.abc import Iterator

from spec.answers import violations
from spec.contract import Contract, Operation, Problem
from spec.lint.report import Remark
from spec.wire import RawAnswer, encode


def differences(contract: Contract) -> Iterator[Remark]:
    """Yield where the problems of an operation and its documented responses differ."""
    if not contract.problems:
        return
    for operation in contract.operations.values():
        stated = contract.stated(operation)
        yield from _undocumented(contract, operation, stated)
        for problem in stated:
            yield from _refused_body(contract, operation, problem)


def _undocumented(
    contract: Contract, operation: Operation, stated: tuple[Problem, ...]
) -> Iterator[Remark]:
    statuses = {problem.status for problem in stated}
    for status, response in operation.responses.items():
        if status.isdigit() and int(status) >= 400 and int(status) not in statuses:
            yield Remark(
                "warning",
                "status-without-problem",
                contract.document.place(f"{operation.pointer}/responses/{status}"),
                f"{operation.id} documents {status}, but no problem of it has this status",
                f"Add a rule, or take the {response.status} away.",
            )


def _refused_body(contract: Contract, operation: Operation, problem: Problem) -> Iterator[Remark]:
    response = operation.response(problem.status)
    if response is None:
        yield Remark(
            "error",
            "problem-without-status",
            operation.place,
            f"{operation.id} may answer with {problem.name}, but documents no {problem.status}",
        )
        return
    media = next(iter(response.media), "application/json")
    answer = RawAnswer(
        problem.status,
        (("Content-Type", media),),
        encode(problem.render()) if response.media else b"",
    )
    for one in violations(contract, operation, answer):
        yield Remark(
            "error",
            "problem-refused",
            contract.document.place(f"{operation.pointer}/responses/{response.status}"),
            f"the {problem.status} of {operation.id} does not take {problem.name}: {one}",
        )
