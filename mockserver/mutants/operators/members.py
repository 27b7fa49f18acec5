"""Answers whose members are not what the document says: what a serializer or a migration does.

A draft is shown to be one on a body that fits the document and, changed, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from mockserver.mutants.messages import Message, absence, messages, successes
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.spots import EACH, Change, Spot, Way, there
from spec import ABSENT, Contract, Json, Operation

_At: TypeAlias = Callable[[Spot], Iterator[tuple[str, Change]]]


def _at_members(messages: Iterator[Message], change_at: _At) -> Iterator[Draft]:
    """Yield the drafts that change a member of a message, which may be null."""
    return _drafts(messages, change_at, 1)


def _at_values(messages: Iterator[Message], change_at: _At) -> Iterator[Draft]:
    """Yield the drafts that change a value in a message, unless it is null."""
    return _drafts(messages, change_at, 0)


def _drafts(messages: Iterator[Message], change_at: _At, above: int) -> Iterator[Draft]:
    for message in messages:
        for spot in message.spots:
            doubt = absence(message, spot.way[: len(spot.way) - above])
            for says, change in change_at(spot) if doubt is not None else ():
                yield from message.draft(
                    f"{message.label} {says.format(spot.label)}",
                    there(spot.way, change),
                    spot.pointer,
                    doubt or "",
                )


def _unless_null(change: Change) -> Change:
    return lambda value: None if value is None else change(value)


@in_operations("shape", "drop-required")
def dropped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out a required member."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        if spot.required:
            yield "leaves out `{}`", lambda _: ABSENT

    return _at_members(messages(contract, operation), at)


@in_operations("shape", "null-required")
def nulled(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show null where none is allowed."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        if spot.required and not spot.nullable:
            yield "shows null for `{}`", lambda _: None

    return _at_members(messages(contract, operation), at)


@in_operations("shape", "widen-enum")
def widened(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a word that is none of those listed."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        words = spot.word("enum")
        if words is not ABSENT and any(isinstance(one, str) for one in words):
            yield "shows a word in `{}` that is not listed", _unless_null(_unlisted)

    return _at_values(successes(contract, operation), at)


def _unlisted(value: Json) -> Json:
    return f"{value}_2" if isinstance(value, str) else value


@in_operations("shape", "wrong-type", most=4)
def mistyped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a value of another type."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        for kind, (word, change) in _OTHER_TYPE.items():
            if spot.types == {kind}:
                yield f"shows `{{}}` as {word}", _unless_null(change)

    return _at_values(messages(contract, operation), at)


def _listed(value: Json) -> Json:
    return ",".join(str(one) for one in value) if isinstance(value, list) else value


def _texted(value: Json) -> Json:
    return str(value).lower() if isinstance(value, bool) else str(value)


_OTHER_TYPE: dict[str, tuple[str, Change]] = {
    "integer": ("a text of digits", _texted),
    "number": ("a text of digits", _texted),
    "boolean": ("0 or 1", lambda value: int(value) if isinstance(value, bool) else value),
    "string": ("a list of one", lambda value: [value]),
    "array": ("one text with commas", _listed),
    "object": ("a list of one", lambda value: [value]),
}


@in_operations("shape", "wrong-format")
def misformatted(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a text in another form than its format or pattern."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        if spot.types != {"string"}:
            return
        if spot.word("format") == "date-time":
            yield "shows `{}` without a zone", _unless_null(_zoneless)
            yield (
                "shows `{}` in seconds since 1970, as a text",
                _unless_null(lambda _: "1714727700"),
            )
        elif spot.word("format") is not ABSENT or spot.word("pattern") is not ABSENT:
            yield "shows `{}` in quotes", _unless_null(lambda value: f'"{value}"')

    return _at_values(successes(contract, operation), at)


def _zoneless(value: Json) -> Json:
    return value[:19].replace("T", " ") if isinstance(value, str) else value


@in_operations("shape", "beyond-bound")
def unbound(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a value just beyond a bound of its schema."""

    def at(spot: Spot) -> Iterator[tuple[str, Change]]:
        for word, beyond in _BEYOND.items():
            bound = spot.word(word)
            if bound is not ABSENT and isinstance(bound, int):
                yield f"shows `{{}}` beyond its {word}", _unless_null(beyond(bound))

    return _at_values(successes(contract, operation), at)


def _longer(bound: int) -> Change:
    return lambda value: value.ljust(bound + 1, "x") if isinstance(value, str) else value


def _shorter(bound: int) -> Change:
    return lambda value: value[: bound - 1] if isinstance(value, str | list) and bound else value


def _more(bound: int) -> Change:
    return lambda value: (value * (bound + 1))[: bound + 1] if isinstance(value, list) else value


def _number(beyond: int) -> Change:
    return lambda value: beyond if type(value) in {int, float} else value


_BEYOND: dict[str, Callable[[int], Change]] = {
    "minimum": lambda bound: _number(bound - 1),
    "maximum": lambda bound: _number(bound + 1),
    "exclusiveMinimum": _number,
    "exclusiveMaximum": _number,
    "maxLength": _longer,
    "minLength": _shorter,
    "maxItems": _more,
    "minItems": _shorter,
}


@in_operations("shape", "undeclared-member")
def undeclared(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a member that the document rules out, as a server does that shows what it stores."""
    for message in successes(contract, operation):
        for way, owner in _closed_objects(message):
            label = ".".join("*" if one is EACH else str(one) for one in way)
            name = f"{message.label} shows an undeclared `_version`" + (label and f" in `{label}`")
            yield from message.draft(name, there(way, _with_version), f"{owner}/properties")


def _with_version(value: Json) -> Json:
    return {**value, "_version": 1} if isinstance(value, dict) else value


def _closed_objects(message: Message) -> Sequence[tuple[Way, str]]:
    found = {spot.way[:-1]: spot.owner for spot in message.spots}
    document = message.contract.document
    return [
        (way, owner)
        for way, owner in found.items()
        if document.get(f"{owner}/additionalProperties") is False
    ]
