"""Every documented behaviour, and what a run can say of it. Unreached is never green.

The rows are computed from the contract before anything is sent, so that *nothing found* and
*nothing tried* never look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from contracts.oracle import laws
from contracts.oracle.rows import row_of, rule_row, undescribed
from spec import SUCCESS, Contract, Operation, Place, listed


class State(Enum):
    """What is known of a row."""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    UNREACHED = "unreached"
    WAIVED = "waived"


@dataclass
class Row:
    """One documented behaviour: an outcome of an operation, a rule behind one, or a law."""

    id: str
    kind: Literal["outcome", "rule", "law"]
    operation: str
    status: int | None
    problem: str | None
    place: Place
    state: State = State.UNREACHED
    reason: str = "nothing that was sent could show it"
    findings: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """The findings in which ended what was to show it."""


class Ledger:
    """The rows of one run, by id, in the order of the document."""

    def __init__(
        self,
        contract: Contract,
        not_applicable: Mapping[str, str] | None = None,
        off_limits: Mapping[str, str] | None = None,
    ) -> None:
        """Plan every row of the contract.

        `not_applicable` waives rows with a reason, `off_limits` all those of an operation.
        """
        self.rows: dict[str, Row] = {row.id: row for row in _rows(contract)}
        for key, reason in (not_applicable or {}).items():
            for row in self.rows.values():
                if key in {row.problem, row.id, f"{row.operation} {row.status}"}:
                    row.state, row.reason = State.WAIVED, reason
        for row in self.rows.values():
            if off_limits and row.operation in off_limits:
                row.state, row.reason = State.WAIVED, f"off limits: {off_limits[row.operation]}"

    def prove(self, ids: Iterable[str]) -> None:
        """Mark rows as proven; a contradicted one stays contradicted."""
        for one in ids:
            row = self.rows.get(one)
            if row is not None and row.state in {State.UNREACHED, State.WAIVED}:
                row.state, row.reason = State.PROVEN, ""

    def contradict(self, row_id: str, finding: str) -> None:
        """Mark a row as contradicted by a finding; an id that names no row is passed over."""
        row = self.rows.get(row_id)
        if row is None:
            return
        row.state, row.reason = State.CONTRADICTED, ""
        if finding not in row.findings:
            row.findings.append(finding)

    def end(self, row_id: str, finding: str) -> None:
        """Note that what was to show a row ended in a finding."""
        row = self.rows.get(row_id)
        if row is not None and finding not in row.ended:
            row.ended.append(finding)

    def rename(self, ids: Mapping[str, str]) -> None:
        """Put the ids of merged findings in the place of those they were merged from."""
        for row in self.rows.values():
            row.findings = list(dict.fromkeys(ids.get(one, one) for one in row.findings))
            row.ended = list(dict.fromkeys(ids.get(one, one) for one in row.ended))

    def miss(self, reasons: Mapping[str, str]) -> None:
        """Say why rows could not be reached, of those that were not after all.

        What ended in a contradiction could be set up, so that this is the reason that counts.
        """
        for row in self.rows.values():
            if row.state is not State.UNREACHED:
                continue
            if row.ended:
                row.reason = f"what was to show it ended in {listed(row.ended, most=3)}"
            else:
                row.reason = reasons.get(row.id, row.reason)

    def counts(self) -> dict[State, int]:
        """Return how many rows are in each state."""
        return {state: sum(row.state is state for row in self.rows.values()) for state in State}

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())


def _rows(contract: Contract) -> Iterator[Row]:
    promised = list(laws.laws_of(contract))
    for operation in contract.operations.values():
        yield from _outcomes(contract, operation)
        for law in promised:
            if law.operation == operation.id:
                spot = operation.effect.place if operation.effect else operation.place
                yield Row(str(law), "law", operation.id, None, None, spot)


def _outcomes(contract: Contract, operation: Operation) -> Iterator[Row]:
    success = row_of(operation, SUCCESS, contract)
    status = success.rpartition(" ")[2]
    number = int(status) if status.isdecimal() else None
    yield Row(success, "outcome", operation.id, number, None, operation.place)
    stated = contract.stated(operation)
    for problem in stated:
        spot = row_of(operation, problem.name, contract)
        yield Row(spot, "outcome", operation.id, problem.status, problem.name, problem.place)
        for rule in operation.rules:
            if rule.problem is problem and rule.id != problem.name:
                name = rule_row(operation, rule.id, problem.name, contract)
                yield Row(name, "rule", operation.id, problem.status, problem.name, rule.place)
    for documented in undescribed(contract, operation):
        yield Row(
            f"{operation.id} {documented}",
            "outcome",
            operation.id,
            int(documented) if documented.isdecimal() else None,
            None,
            operation.responses[documented].place,
            reason="no problem of the vocabulary says how this answer is reached",
        )
