"""What all behaviours have in common: the records they are about, and how an answer holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

from mockserver.problems import ProblemError
from mockserver.store import Store
from spec import (
    ABSENT,
    Absent,
    Context,
    Contract,
    Effect,
    Json,
    Operation,
    Owner,
    Record,
    Resource,
    Unknown,
    Violation,
)
from spec.document import tokens
from spec.rules import owner_of


@dataclass(frozen=True, slots=True)
class Begun:
    """Work that a call set going: the key of the record that tells of it, and its members' keys."""

    key: str
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a behaviour answers with, and the work to begin; a body that is ABSENT is not sent.

    `media` is the type of the body where it is not the document's first; with `content` the body is
    these bytes. `note` and `violations` are for the journal.
    """

    status: int
    body: Json | Absent
    headers: Mapping[str, str] = field(default_factory=dict)
    begun: Begun | None = None
    media: str | None = None
    content: bytes | None = None
    note: str | None = None
    violations: tuple[Violation, ...] = ()


Behaviour: TypeAlias = Callable[[Contract, Context, Store], Reply]


def effect_of(contract: Contract, context: Context) -> tuple[Effect, Resource]:
    """Return what the call does, and to which kind."""
    effect = context.call.operation.effect
    assert effect is not None, "undeclared() serves operations without an effect"
    return effect, contract.resources[effect.kind]


def addressed(context: Context) -> Record:
    """Return the record that the call addresses."""
    record = context.resource
    effect = context.call.operation.effect
    if context.resource_key is None and effect is not None and effect.key is not None:
        # The judge looks a record up for the rules that ask for it; here there are none.
        key = str(context.value(effect.key))
        record = context.view.record(effect.kind, key, owner_for(effect.kind, context))
    if not isinstance(record, Mapping):
        raise ProblemError(
            500,
            "Rule missing",
            f"{context.call.operation.place} lets a call pass whose record does not exist.",
        )
    return record


def owner_for(kind: str, context: Context) -> Owner | Absent:
    """Return the tenant that the call is confined to for a kind."""
    found = owner_of(kind, context)
    assert not isinstance(found, Unknown), "who knows everything can tell"
    return found


def replied(
    effect: Effect,
    body: Json,
    headers: Mapping[str, str] | None = None,
    around: Json = None,
) -> Reply:
    """Return the reply that shows `body` where the effect says, in `around` if that is given."""
    shows = effect.response is not None and effect.status != 204
    return Reply(
        effect.status,
        placed(cast("str", effect.response), body, around or {}) if shows else ABSENT,
        headers or {},
    )


def exemplary(contract: Contract, operation: Operation, status: int) -> Reply:
    """Return the documented answer of a status as its examples have it, or else a sample of it."""
    response = operation.response(status)
    if response is None:
        return Reply(status, ABSENT)
    found = contract.samples.answer(response)
    if status in _BARE or found.media is None:
        return Reply(status, ABSENT, found.headers)
    if found.value is ABSENT:
        return Reply(status, ABSENT, found.headers, media=found.media, content=found.content)
    return Reply(status, found.value, found.headers, media=found.media)


_BARE = {204, 205, 304}


def framed(contract: Contract, context: Context, reply: Reply) -> Reply:
    """Return a reply about an open kind with what the document says of the rest of the answer.

    The record stands where the effect says; what is around it is an example or a sample.
    """
    frame = exemplary(contract, context.call.operation, reply.status)
    headers = {
        name: value
        for name, value in frame.headers.items()
        if name not in {one.lower() for one in reply.headers}
    }
    if reply.body is ABSENT:
        return replace(frame, headers={**headers, **reply.headers})
    return replace(reply, headers={**headers, **reply.headers}, media=frame.media)


def surroundings(contract: Contract, context: Context, status: int) -> Json:
    """Return the body that a record of an open kind is placed into, to be changed at will."""
    body = exemplary(contract, context.call.operation, status).body
    return deepcopy(body) if isinstance(body, dict) else {}


def placed(pointer: str, value: Json, body: Json) -> Json:
    """Return `body` with `value` where the pointer leads; objects on the way are made."""
    path = tokens(pointer)
    if not path:
        return value
    place: dict[str, Any] = body
    for name in path[:-1]:
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
    place[path[-1]] = value
    return body
