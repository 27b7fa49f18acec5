"""Whether an answer is one that the document describes: status, media type, headers and body.

The mock checks its own answers with this before they leave, the suite a target's when they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from spec import refusals
from spec.contract import ABSENT, Absent, Contract, Operation, Response
from spec.document import Json, pick
from spec.media import described, is_json, media_type
from spec.rules import Context, met
from spec.schemas import Violation
from spec.shapes import text_kind
from spec.styles import scalar
from spec.wire import RawAnswer, header, parse


def violations(
    contract: Contract,
    operation: Operation,
    answer: RawAnswer,
    *,
    head: bool = False,
    value: Json | Absent = ABSENT,
) -> Iterator[Violation]:
    """Yield what the document does not allow in an answer; the first is the one to show.

    `head` is an answer to HEAD, which never has a body. `value` is what the body was encoded from,
    for who made it; otherwise the body is read.
    """
    response = operation.response(answer.status)
    if response is None and (not operation.responses or refusals.admits(operation, answer.status)):
        return
    if response is None:
        documented = ", ".join(operation.responses)
        yield Violation(
            "status",
            "",
            f"{answer.status} is not documented for {operation.id}; documented: {documented}",
            schema=f"{operation.pointer}/responses",
            keyword="status",
        )
        return
    yield from _headers(contract, response, answer)
    if not head:
        yield from _content(contract, response, answer, value)


def _headers(contract: Contract, response: Response, answer: RawAnswer) -> Iterator[Violation]:
    for name, pointer in response.headers.items():
        text = header(answer.headers, name)
        location = f"header {name}"
        if text is not None:
            value, _ = scalar(text_kind(contract.document, pointer), text)
            yield from contract.schemas.violations(pointer, value, location)
        elif contract.document.get(f"{pointer.removesuffix('/schema')}/required"):
            yield Violation(location, "", "is missing", pointer, "required")


def _content(
    contract: Contract, response: Response, answer: RawAnswer, value: Json | Absent
) -> Iterator[Violation]:
    place = response.place.pointer
    if not response.media:
        if answer.body:
            yield Violation(
                "body", "", "there is a body where none is documented", place, "content"
            )
        return
    found = media_type(answer.header("content-type"))
    known = found if found in response.media else described(found, response.media)
    if known is None:
        expected = " or ".join(response.media)
        message = f"is {found!r}, documented is {expected}" if found else f"is missing, {expected}"
        yield Violation("header Content-Type", "", message, f"{place}/content", "content-type")
        return
    pointer = response.media[known]
    if pointer is None or not is_json(found):
        return
    body = content(answer) if value is ABSENT else value
    if body is ABSENT:
        yield Violation("body", "", "is not JSON", pointer, "json")
        return
    yield from contract.schemas.violations(pointer, body, "body")


def success(operation: Operation) -> int:
    """Return the status of an accepted call where no effect says it.

    That is the least documented one that is no refusal, 200 where a range or none is documented.
    """
    statuses = sorted(int(one) for one in operation.responses if one.isdecimal())
    for least, most in ((200, 299), (100, 399)):
        found = [one for one in statuses if least <= one <= most]
        if found:
            return found[0]
        if {"2XX", "default"} & operation.responses.keys():
            return 200
    return statuses[0] if statuses else 200


def content(answer: RawAnswer) -> Json | Absent:
    """Return the JSON value of an answer's body, ABSENT when it holds none."""
    return parse(answer.body)[0]


def records(contract: Contract, operation: Operation, body: Json) -> list[Mapping[str, Json]]:
    """Return the records of the operation's kind that the body of a successful answer shows."""
    effect = operation.effect
    if effect is None or effect.response is None:
        return []
    if effect.action in {"entries", "upsert", "act"}:
        return []
    found = _rows(operation, effect.response, body)
    rows = found if isinstance(found, list) else [found]
    key = contract.resources[effect.kind].key
    return [row for row in rows if isinstance(row, Mapping) and key in row]


def _rows(operation: Operation, pointer: str, body: Json) -> Json:
    """Return what stands where the records are shown; a list may be told in two forms."""
    listing = operation.listing
    if listing is None:
        return pick(body, pointer)
    forms = [listing.items, *([listing.envelope.items] if listing.envelope else [])]
    return next((found for one in forms if isinstance(found := pick(body, one), list)), None)


def forbidden(contract: Contract, context: Context, body: Json) -> Iterator[Violation]:
    """Yield the invariants of the kind that a record shown in the body breaks."""
    effect = context.call.operation.effect
    if effect is None:
        return
    for row in records(contract, context.call.operation, body):
        for invariant in contract.resources[effect.kind].invariants:
            if met(invariant.never, context.showing(row)) is True:
                stated = "; ".join(str(one) for one in invariant.never)
                yield Violation(
                    "body",
                    effect.response or "",
                    f"shows a record that no answer may show ({stated})",
                    invariant.place.pointer,
                    invariant.id,
                )
