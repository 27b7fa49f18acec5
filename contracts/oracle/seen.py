"""One exchange as the oracle sees it: the call, what it admits, and the answer that came."""

from __future__ import annotations

from dataclasses import dataclass

from spec import SUCCESS, Call, Contract, Json, Judgement, Operation, RawAnswer


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as the oracle sees it."""

    contract: Contract
    call: Call
    judgement: Judgement
    answer: RawAnswer
    body: Json
    step: int

    @property
    def operation(self) -> Operation:
        """The operation that was called."""
        return self.call.operation

    @property
    def outcome(self) -> str | None:
        """SUCCESS, the name of the problem that the answer states, or None for neither."""
        if 200 <= self.answer.status < 300:
            return SUCCESS
        problem = self.contract.recognise(self.operation, self.answer.status, self.body)
        return problem.name if problem else None

    @property
    def got(self) -> str:
        """What came, in words: the status, and the problem that it states."""
        if self.answer.status == 0:
            return "nothing and closes the connection"
        if self.outcome in {SUCCESS, None}:
            return str(self.answer.status)
        return f"{self.answer.status} {self.outcome}"
