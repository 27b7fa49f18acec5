"""Create, read, list, update, replace, delete: the behaviours that `x-contract-effect` names.

Each takes a call that the judge has let pass, with the world it was judged in, and returns what the
answer says. They store what `spec.effects` computes and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import quote

from mockserver.problems import ProblemError
from mockserver.store import Store
from spec import ABSENT, Absent, Context, Contract, Effect, Json, Listing, Record, Resource
from spec.document import tokens
from spec.effects import created, items, shown, updated
from spec.lists import Query, query


@dataclass(frozen=True, slots=True)
class Reply:
    """What a behaviour answers with; a body that is ABSENT is not sent."""

    status: int
    body: Json | Absent
    headers: Mapping[str, str] = field(default_factory=dict)


Behaviour: TypeAlias = Callable[[Contract, Context, Store], Reply]


def create(contract: Contract, context: Context, store: Store) -> Reply:
    """Store every record that the body holds, in its order."""
    effect, resource = _effect(contract, context)
    stored = [
        store.add(resource.kind, created(effect, resource, item, context))
        for item in items(effect, context.call.body)
    ]
    if effect.many:
        return _reply(effect, [shown(resource, one) for one in stored])
    return _reply(effect, shown(resource, stored[0]), _location(contract, resource, stored[0]))


def read(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the addressed record."""
    effect, resource = _effect(contract, context)
    return _reply(effect, shown(resource, _addressed(context)))


def listing(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the page asked for, with the counters that the document declares."""
    effect, resource = _effect(contract, context)
    declared = context.call.operation.listing or _EVERYTHING
    asked = query(declared, context.call.query)
    records, total = store.page(resource.kind, resource.tenant_of(context.principal), asked)
    body = _placed(declared.items, [shown(resource, one) for one in records], {})
    for counter, pointer in declared.counters.items():
        body = _placed(pointer, _count(counter, asked, total), body)
    return Reply(effect.status, body)


def update(contract: Contract, context: Context, store: Store) -> Reply:
    """Change what the body names and leave the rest of the record as it is."""
    effect, resource = _effect(contract, context)
    before = _addressed(context)
    after = updated(effect, resource, before, _item(effect, context), context)
    store.put(resource.kind, before, after)
    return _reply(effect, shown(resource, after))


def replace(contract: Contract, context: Context, store: Store) -> Reply:
    """Put a record made of the body alone in the place of the addressed one."""
    effect, resource = _effect(contract, context)
    before = _addressed(context)
    after = created(effect, resource, _item(effect, context), context)
    after[resource.key] = before[resource.key]
    store.put(resource.kind, before, after)
    return _reply(effect, shown(resource, after))


def delete(contract: Contract, context: Context, store: Store) -> Reply:
    """Take the addressed record out of sight and show its last state."""
    effect, resource = _effect(contract, context)
    before = _addressed(context)
    store.remove(resource.kind, before)
    return _reply(effect, shown(resource, before))


def undeclared(contract: Contract, context: Context, store: Store) -> Reply:
    """Refuse to make up what the document leaves open."""
    raise ProblemError(
        501,
        "No effect declared",
        f"{context.call.operation.place} has no x-contract-effect, so the mock can't carry it out.",
    )


BY_ACTION: Mapping[str, Behaviour] = {
    "create": create,
    "read": read,
    "list": listing,
    "update": update,
    "replace": replace,
    "delete": delete,
}
_EVERYTHING = Listing("", None, None, (), None, (), (), {})


def _effect(contract: Contract, context: Context) -> tuple[Effect, Resource]:
    effect = context.call.operation.effect
    assert effect is not None, "undeclared() serves operations without an effect"
    return effect, contract.resources[effect.kind]


def _addressed(context: Context) -> Record:
    record = context.resource
    if not isinstance(record, Mapping):
        raise ProblemError(
            500,
            "Rule missing",
            f"{context.call.operation.place} lets a call pass whose record does not exist.",
        )
    return record


def _item(effect: Effect, context: Context) -> Mapping[str, Json]:
    found = items(effect, context.call.body)
    return found[0] if found else {}


def _reply(effect: Effect, body: Json, headers: Mapping[str, str] | None = None) -> Reply:
    shows = effect.response is not None and effect.status != 204
    return Reply(
        effect.status,
        _placed(cast("str", effect.response), body, {}) if shows else ABSENT,
        headers or {},
    )


def _placed(pointer: str, value: Json, body: Json) -> Json:
    """Return `body` with `value` where the pointer leads; objects on the way are made."""
    path = tokens(pointer)
    if not path:
        return value
    place: dict[str, Any] = body
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = value
    return body


def _count(counter: str, asked: Query, total: int) -> int:
    return {"total": total, "limit": asked.limit or 0, "offset": asked.offset}[counter]


def _location(contract: Contract, resource: Resource, record: Record) -> dict[str, str]:
    """Return where the new record can be read, when one path segment of a read names it."""
    for operation in contract.operations.values():
        effect = operation.effect
        if effect and effect.action == "read" and effect.kind == resource.kind and effect.key:
            name = "{" + effect.key[-1] + "}"
            path = operation.path.replace(name, quote(resource.key_of(record), safe=""))
            return {} if "{" in path else {"Location": contract.base_path + path}
    return {}
