"""Answers with another envelope, status or content type, or without their body or a header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from mockserver.answers import Answer
from mockserver.behaviours import Reply
from mockserver.mutants.edits import on_answers, set_header
from mockserver.mutants.messages import messages, successes
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.samples import success
from mockserver.mutants.sight import READING
from mockserver.mutants.spots import there
from spec import Context, Contract, Json, Operation, Place, encode, pick
from spec.contract import Response
from spec.document import tokens
from spec.regions import satisfiable, standalone

_NO_CONTENT = frozenset({204, 205, 304})
_LIKELY_STATUS = {200: 202, 201: 200, 202: 200, 203: 200, 206: 200}


@in_operations("shape", "envelope")
def unwrapped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out the envelope of an answer, give it another name, or put a second one around it."""
    for message in successes(contract, operation):
        effect = operation.effect
        response = effect.response if effect else None
        way = tuple(tokens(response)) if response else ()
        if way:
            where = f"the envelope `{way[0]}`"
            yield from message.draft(
                f"{message.label} leaves out {where}",
                partial(_inside, name=way[0]),
                message.pointer,
            )
            yield from message.draft(
                f"{message.label} renames {where}",
                partial(_renamed, name=way[0]),
                message.pointer,
            )
        yield from message.draft(
            f"{message.label} nests what it shows once more",
            there(way, lambda value: {"data": value}),
            message.pointer,
        )


def _inside(body: Json, name: str) -> Json:
    return pick(body, f"/{name}", body)


def _renamed(body: Json, name: str) -> Json:
    if not isinstance(body, dict):
        return body
    return {"result" if one == name else one: value for one, value in body.items()}


@in_operations("shape", "content-type")
def untyped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Send the right body under a wrong content type, or under none."""
    for message in messages(contract, operation):
        for value in ("text/html; charset=utf-8", None):
            says = f"says that its body is {value}" if value else "does not say what its body is"
            yield Draft(
                operation.id,
                f"{message.label} {says}",
                _content(contract, message.response),
                on_answers(operation.id, _typed(message.status, value)),
            )


def _typed(status: int, value: str | None) -> Callable[[Context, Answer, Reply], None]:
    def change(context: Context, answer: Answer, reply: Reply) -> None:
        if answer.status == status:
            set_header(answer, "Content-Type", value)

    return change


def _content(contract: Contract, response: Response) -> Place:
    return contract.document.place(f"{response.place.pointer}/content")


@in_operations("shape", "wrong-status")
def misplaced(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer success with another status."""
    status = success(operation)
    response = operation.response(status)
    for other in _other_statuses(operation, status):
        if response is not None and operation.response(other) is None:
            yield Draft(
                operation.id,
                f"{operation.id} answers {other} for {status}",
                response.place,
                on_answers(operation.id, _under_status(status, other)),
            )


def _other_statuses(operation: Operation, status: int) -> Iterator[int]:
    if status == 200 and operation.method == "POST":
        yield 201
    if status in _LIKELY_STATUS:
        yield _LIKELY_STATUS[status]
    if status not in _NO_CONTENT and operation.effect and operation.effect.action not in READING:
        yield 204


def _under_status(status: int, other: int) -> Callable[[Context, Answer, Reply], None]:
    def change(context: Context, answer: Answer, reply: Reply) -> None:
        if answer.status == status:
            answer.status = other
            if other in _NO_CONTENT:
                answer.body = b""
                set_header(answer, "Content-Type", None)

    return change


@in_operations("shape", "unexpected-body")
def bodied(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Send a body where none is documented; after 204, which has none, under 200."""
    status = success(operation)
    response = operation.response(status)
    if response is None or response.media:
        return
    other = 200 if status in _NO_CONTENT else status
    if other == status or operation.response(other) is None:

        def change(context: Context, answer: Answer, reply: Reply) -> None:
            if answer.status == status:
                answer.status = other
                answer.body = encode({"success": True})
                set_header(answer, "Content-Type", "application/json")

        under = f" under {other}" if other != status else ""
        name = f"{operation.id} sends a body{under} where none is documented"
        yield Draft(operation.id, name, response.place, on_answers(operation.id, change))


@in_operations("shape", "missing-body")
def bodiless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Send no body where one is documented, or one that is not JSON."""
    for message in successes(contract, operation):
        place = _content(contract, message.response)
        for says, body in (("sends no body", b""), ("breaks its body off", None)):
            edit = on_answers(operation.id, _broken_off(message.status, body))
            yield Draft(operation.id, f"{message.label} {says}", place, edit)


def _broken_off(status: int, body: bytes | None) -> Callable[[Context, Answer, Reply], None]:
    def change(context: Context, answer: Answer, reply: Reply) -> None:
        if answer.status == status:
            answer.body = answer.body[: len(answer.body) // 2] if body is None else body

    return change


@in_operations("shape", "header")
def headless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out a documented header, or give it a value that does not fit."""
    for status, response in operation.responses.items():
        for name, pointer in response.headers.items():
            if status.isdigit():
                yield from _header_drafts(contract, operation, int(status), name, pointer)


def _header_drafts(
    contract: Contract, operation: Operation, status: int, name: str, pointer: str
) -> Iterator[Draft]:
    document = contract.document
    if document.get(f"{pointer.removesuffix('/schema')}/required"):
        yield Draft(
            operation.id,
            f"{operation.id} with {status} leaves out the header `{name}`",
            document.place(pointer),
            on_answers(operation.id, _with_header(status, name, None)),
        )
    schema = standalone(document, document.get(pointer, {}))
    if satisfiable({"allOf": [schema, {"const": "?"}]}) is False:
        yield Draft(
            operation.id,
            f"{operation.id} with {status} gives the header `{name}` a value that does not fit",
            document.place(pointer),
            on_answers(operation.id, _with_header(status, name, "?")),
            "" if document.get(f"{pointer.removesuffix('/schema')}/required") else _OPTIONAL,
        )


_OPTIONAL = "the header may never be sent"


def _with_header(
    status: int, name: str, value: str | None
) -> Callable[[Context, Answer, Reply], None]:
    def change(context: Context, answer: Answer, reply: Reply) -> None:
        if answer.status == status:
            set_header(answer, name, value)

    return change
