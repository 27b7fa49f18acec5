"""Answers that a client chooses among those of the document: by status, by example, made up.

Whatever the request holds, nothing is judged and nothing is done.
"""

from __future__ import annotations

import zlib

from mockserver.behaviours import Reply
from mockserver.behaviours.replies import exemplary
from mockserver.problems import challenges
from mockserver.wishes.preferences import Wishes, impossible
from spec import ABSENT, Absent, Contract, Json, Operation, listed, success
from spec.contract import Response
from spec.media import is_json

_NUMBERS = 10_000


def chosen(contract: Contract, operation: Operation, wishes: Wishes, number: int) -> Reply:
    """Return the answer that a client wishes for; `number` is the seed where it has none.

    Raises: ProblemError: the document has no such answer.
    """
    status = wishes.code if wishes.code is not None else success(operation)
    if operation.response(status) is None:
        raise _undeclared(operation, status)
    if wishes.example is not None:
        reply = _example(contract, operation, wishes, status)
    elif wishes.dynamic:
        reply = _made(contract, operation, status, _seed(wishes, number))
    else:
        reply = _usual(contract, operation, status)
    challenge = challenges(contract) if reply.status == 401 else ""
    return Reply(
        reply.status,
        reply.body,
        {**({"WWW-Authenticate": challenge} if challenge else {}), **reply.headers},
        media=reply.media,
        content=reply.content,
        note="chosen by the client; nothing was done",
    )


def undeclared_error(contract: Contract, operation: Operation, name: str) -> Exception:
    """Return the refusal of an error that an operation does not declare."""
    known = [one.name for one in contract.stated(operation)]
    detail = f"{operation.id} has no error {name[:80]!r}. It has: {listed(known, 100) or 'none'}"
    return impossible(detail, errors=known)


def _undeclared(operation: Operation, status: int) -> Exception:
    known = [*operation.responses]
    detail = f"{operation.id} does not document {status}. It documents: {listed(known, 100)}"
    return impossible(detail, codes=known)


def _usual(contract: Contract, operation: Operation, status: int) -> Reply:
    """Return the answer of a status: the first problem that has it, or an example or sample."""
    problems = (one for one in contract.stated(operation) if one.status == status)
    problem = next(problems, None)
    if problem is not None:
        return Reply(status, problem.render())
    return exemplary(contract, operation, status)


def _example(contract: Contract, operation: Operation, wishes: Wishes, status: int) -> Reply:
    """Return a named example: of the status asked for, or else of success, or of any other."""
    known: list[str] = []
    for response in _responses(operation, wishes, status):
        for name, media, value in contract.samples.named(response):
            if name == wishes.example:
                return _shown(
                    contract, operation, response, _status(response, status), media, value
                )
            known.append(name)
    known = [*dict.fromkeys(known)]
    where = f" for {status}" if wishes.code is not None else ""
    raise impossible(
        f"{operation.id} has no example {str(wishes.example)[:80]!r}{where}."
        f" It has: {listed(known, 100) or 'none'}",
        examples=known,
    )


def _responses(operation: Operation, wishes: Wishes, status: int) -> list[Response]:
    first = operation.response(status)
    found = [first] if first else []
    if wishes.code is None:
        found += [one for one in operation.responses.values() if one is not first]
    return found


def _status(response: Response, status: int) -> int:
    """Return a status that a documented answer can have."""
    if response.status.isdecimal():
        return int(response.status)
    if response.status[1:].upper() == "XX" and int(response.status[0]) != status // 100:
        return int(response.status[0]) * 100
    return status


def _shown(
    contract: Contract,
    operation: Operation,
    response: Response,
    status: int,
    media: str,
    value: Json,
) -> Reply:
    headers = contract.samples.answer(response).headers
    if is_json(media):
        return Reply(status, value, headers, media=media)
    content = value if isinstance(value, str) else ""
    return Reply(status, ABSENT, headers, media=media, content=content.encode())


def _made(contract: Contract, operation: Operation, status: int, number: int) -> Reply:
    """Return an answer that is made up, another one for each number."""
    reply = exemplary(contract, operation, status)
    response = operation.response(status)
    pointers = [*response.media.values()] if response and reply.body is not ABSENT else []
    value: Json | Absent = ABSENT
    for pointer in pointers[:1] if pointers and pointers[0] is not None else ():
        value = contract.samples.made(str(pointer), number)
    return reply if value is ABSENT else Reply(status, value, reply.headers, media=reply.media)


def _seed(wishes: Wishes, number: int) -> int:
    if wishes.seed is None:
        return number % _NUMBERS
    return zlib.crc32(wishes.seed.encode()) % _NUMBERS
