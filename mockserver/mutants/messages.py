"""The answers of an operation, and what a change of them would contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from mockserver.mutants.edits import on_bodies
from mockserver.mutants.mutant import Draft
from mockserver.mutants.samples import samples, success
from mockserver.mutants.sight import given, gives
from mockserver.mutants.spots import EACH, Each, Spot, Way, distinct, spots
from spec import Contract, Json, Operation
from spec.contract import Response
from spec.document import tokens


@dataclass(frozen=True)
class Message:
    """The answers of an operation with one status, and bodies that they may have."""

    contract: Contract
    operation: Operation
    status: int
    response: Response
    pointer: str
    bodies: tuple[Json, ...]

    @cached_property
    def spots(self) -> list[Spot]:
        """The spots of the body."""
        return distinct(spots(self.contract.document, self.pointer))

    def always(self, way: Way) -> bool:
        """Tell whether something stands at a way in every answer that shows a record."""
        named = {spot.way: spot for spot in self.spots}
        steps = [named.get(way[:n]) for n in range(1, len(way) + 1) if way[n - 1] is not EACH]
        listed = sum(one is EACH for one in way)
        outer = self.operation.effect is not None and self.operation.effect.many
        sure = all(one is not None and one.required and not one.nullable for one in steps)
        return sure and listed <= outer

    @property
    def label(self) -> str:
        """What it is called in a sentence."""
        success_ = self.status < 400
        return self.operation.id if success_ else f"{self.operation.id} with {self.status}"

    def misfits(self, change: Callable[[Json], Json]) -> bool:
        """Tell whether a body that fits the document no longer does after a change."""
        fits = self.contract.schemas.validator(self.pointer).is_valid
        return any(not fits(change(one)) for one in self.bodies)

    def draft(
        self, name: str, change: Callable[[Json], Json], pointer: str, doubt: str = ""
    ) -> Iterator[Draft]:
        """Yield the draft that changes the body, if that is seen."""
        if self.misfits(change):
            place = self.contract.document.place(pointer)
            edit = on_bodies(self.operation.id, self.status, change)
            yield Draft(self.operation.id, name, place, edit, doubt)


def messages(contract: Contract, operation: Operation) -> Iterator[Message]:
    """Yield the successful answer of an operation, then those of its refusals."""
    statuses = [success(operation)]
    statuses += sorted({one.status for one in contract.stated(operation)} - set(statuses))
    for status in statuses:
        response = operation.response(status)
        pointer = next((one for one in response.media.values() if one), None) if response else None
        if response is not None and pointer is not None:
            bodies = tuple(samples(contract, response))
            yield Message(contract, operation, status, response, pointer, bodies)


def successes(contract: Contract, operation: Operation) -> Iterator[Message]:
    """Yield the successful answer of an operation."""
    return (one for one in messages(contract, operation) if one.status < 400)


def absence(message: Message, way: Way) -> str | None:
    """Return why an answer may never show anything at a way, None where it never does."""
    operation, effect = message.operation, message.operation.effect
    inside = _in_record(operation, way) if effect and message.status < 400 else None
    if effect is None or inside is None or message.always(way):
        return ""
    if effect.action == "create":
        return "" if gives(message.contract, operation, inside) else None
    if given(message.contract, effect.kind, inside):
        return ""
    return f"no call gives `{inside[0]}` of a {effect.kind} a value"


def _in_record(operation: Operation, way: Way) -> tuple[str, ...] | None:
    """Return the steps that lead to a spot inside a record, None outside of records."""
    effect, listing = operation.effect, operation.listing
    if effect is None or effect.action in {"entries", "upsert", "act"}:
        return None
    forms = [effect.response] if listing is None else [listing.items]
    forms += [listing.envelope.items] if listing and listing.envelope else []
    for form in forms:
        start: Way = (*tokens(form or ""), *((EACH,) if effect.many else ()))
        if way[: len(start)] == start and len(way) > len(start):
            return tuple("*" if isinstance(one, Each) else one for one in way[len(start) :])
    return None
