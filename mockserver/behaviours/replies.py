"""What all behaviours have in common: the records they are about, and how an answer holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    Owner,
    Record,
    Resource,
    Unknown,
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
    """What a behaviour answers with, and the work to begin; a body that is ABSENT is not sent."""

    status: int
    body: Json | Absent
    headers: Mapping[str, str] = field(default_factory=dict)
    begun: Begun | None = None


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


def replied(effect: Effect, body: Json, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the reply that shows `body` where the effect says."""
    shows = effect.response is not None and effect.status != 204
    return Reply(
        effect.status,
        placed(cast("str", effect.response), body, {}) if shows else ABSENT,
        headers or {},
    )


def placed(pointer: str, value: Json, body: Json) -> Json:
    """Return `body` with `value` where the pointer leads; objects on the way are made."""
    path = tokens(pointer)
    if not path:
        return value
    place: dict[str, Any] = body
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = value
    return body
