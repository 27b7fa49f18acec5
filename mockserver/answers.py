"""What goes back: replies and refusals as they go over the wire, checked before they leave."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from mockserver.behaviours import Reply
from mockserver.behaviours.replies import exemplary
from mockserver.faults import Delivery
from mockserver.journal import plain
from mockserver.problems import MEDIA_TYPE, ProblemError, allowed, challenges, printable
from mockserver.redaction import Redaction
from mockserver.store import Change
from spec import (
    ABSENT,
    Call,
    Context,
    Contract,
    Judgement,
    Operation,
    RawAnswer,
    Unrouted,
    Verdict,
    Violation,
    encode,
    forbidden,
    violations,
)

_MOST_VIOLATIONS = 8 * 1024


@dataclass(slots=True)
class Answer:
    """What goes back, with what the journal and the X-Mock headers tell of how it came about.

    It is completed on its way out, so it is not frozen.
    """

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    document: str | None = None
    operation: str | None = None
    rule: str | None = None
    problem: str | None = None
    violations: tuple[Violation, ...] = ()
    changes: tuple[Change, ...] = ()
    note: str | None = None
    begun: bool = False
    judgement: Judgement | None = None
    applied: tuple[str, ...] = ()
    delay_ms: float = 0.0
    wait_s: float | None = None
    """How long it waits for the work that was begun; None as long as the pace of jobs says."""
    delivery: Delivery | None = None

    def remark(self, note: str) -> None:
        """Add what the mock has to say to a journal's note."""
        self.note = f"{self.note}; {note}" if self.note else note

    @classmethod
    def of(cls, problem: ProblemError) -> Answer:
        """Return the answer that states a problem of the mock itself."""
        headers = [("Content-Type", MEDIA_TYPE), *problem.headers.items()]
        return cls(
            problem.status,
            problem.body(),
            headers,
            violations=problem.wrong,
            note=printable(str(problem)),
        )


def refused(contract: Contract, verdict: Verdict) -> Reply:
    """Return the reply that states the problem of a verdict."""
    problem = verdict.problem
    headers = {}
    if problem.status == 401 and (challenge := challenges(contract)):
        headers["WWW-Authenticate"] = challenge
    message = printable(verdict.message) if verdict.message else None
    return Reply(problem.status, problem.render(message), headers)


def turned_away(contract: Contract, found: Unrouted, why: ProblemError) -> Answer | None:
    """Return the document's own answer to a request that no operation answers, if it has one.

    It says what the mock would have said.
    """
    problem = contract.unroutable.method if found.allowed else contract.unroutable.path
    if problem is None:
        return None
    headers = [("Content-Type", "application/json")]
    if found.allowed:
        headers.append(("Allow", allowed(found)))
    return Answer(
        problem.status,
        encode(problem.render(printable(why.detail))),
        headers,
        document=contract.name,
        rule=problem.name,
        problem=problem.name,
        note=printable(str(why)),
    )


def sent(call: Call, reply: Reply, refusal: Verdict | None) -> Answer:
    """Return a reply as it goes over the wire."""
    headers = [*reply.headers.items()]
    answer = Answer(reply.status, b"", headers)
    if reply.body is not ABSENT:
        headers.insert(0, ("Content-Type", reply.media or _media_type(call, reply.status)))
        answer.body = encode(reply.body)
    elif reply.content is not None:
        headers.insert(0, ("Content-Type", str(reply.media)))
        answer.body = reply.content
    answer.note, answer.violations = reply.note, reply.violations
    if refusal is not None:
        answer.rule = refusal.label
        answer.problem = refusal.problem.name
        answer.violations = call.violations if refusal.stage == "shape" else ()
    return answer


def verify(contract: Contract, context: Context, answer: Answer, reply: Reply) -> None:
    """Make sure that an answer is one the document describes.

    Raises: ProblemError: the mock, its fixtures or the document contradict the document.
    """
    operation = context.call.operation
    raw = RawAnswer(answer.status, tuple(answer.headers), answer.body)
    wrong = next(violations(contract, operation, raw, value=reply.body), None)
    if wrong is None and answer.rule is None:
        wrong = next(forbidden(contract, context, reply.body), None)
    if wrong is not None:
        raise contradiction(contract, operation, answer.status, wrong)


def contradiction(
    contract: Contract, operation: Operation, status: int, wrong: Violation
) -> ProblemError:
    """Return the problem of an answer of ours that the document does not allow."""
    return ProblemError(
        500,
        "Own answer contradicts the document",
        f"{operation.id} {status}: {wrong}. See {contract.document.file}#{wrong.schema}",
        pointer=wrong.pointer,
        schema=wrong.schema,
    )


def failed(contract: Contract, call: Call, status: int, retry_after: int | None) -> Answer:
    """Return the answer of a server that fails with a status: the document's, or else our own."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    declared = (one for one in contract.stated(call.operation) if one.status == status)
    problem = next(declared, None)
    if problem is not None:
        answer = sent(call, Reply(status, problem.render(), headers), None)
        answer.rule = answer.problem = problem.name
        return answer
    if call.operation.response(status) is not None:
        reply = exemplary(contract, call.operation, status)
        return sent(call, replace(reply, headers={**reply.headers, **headers}), None)
    title = HTTPStatus(status).phrase if status in _PHRASES else "Fault"
    return Answer.of(ProblemError(status, title, "A fault was asked for.", headers=headers))


_PHRASES = {one.value for one in HTTPStatus}


def _media_type(call: Call, status: int) -> str:
    response = call.operation.response(status)
    return response.usual if response else "application/json"


def mock_headers(name: str, answer: Answer, redaction: Redaction) -> list[tuple[str, str]]:
    """Return what every answer tells of how it came about."""
    headers = [("X-Mock-Request-Id", name)]
    if answer.operation:
        headers.append(("X-Mock-Operation", answer.operation))
    if answer.rule:
        headers.append(("X-Mock-Rule", answer.rule))
    if answer.violations:
        headers.append(("X-Mock-Violations", _listed(answer.violations, redaction)))
    return headers


def _listed(wrong: Iterable[Violation], redaction: Redaction) -> str:
    """Return as many violations as fit, as one JSON array in ASCII."""
    parts: list[str] = []
    room = _MOST_VIOLATIONS
    for one in wrong:
        part = redaction.text(json.dumps(plain(one)))
        room -= len(part) + 2
        if room < 2:
            break
        parts.append(part)
    return f"[{', '.join(parts)}]"
