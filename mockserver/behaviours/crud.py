"""Create, read, list, update, replace, delete: the behaviours that `x-contract-effect` names.

Each takes a call that the judge has let pass, with the world it was judged in, and returns what the
answer says. They store what `spec.effects` computes and decide nothing themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace as altered
from urllib.parse import quote

from mockserver.behaviours.filling import filled, keyed, shaped
from mockserver.behaviours.replies import (
    Behaviour,
    Reply,
    addressed,
    effect_of,
    exemplary,
    framed,
    owner_for,
    placed,
    replied,
    surroundings,
)
from mockserver.store import Store
from spec import Context, Contract, Effect, Json, Listing, Record, Resource, success
from spec.effects import created, items, replaced, shown, updated
from spec.lists import counters, query


def create(contract: Contract, context: Context, store: Store) -> Reply:
    """Store every record that the body holds, in its order."""
    effect, resource = effect_of(contract, context)
    given = [created(effect, resource, item, context) for item in _items(effect, context)]
    if resource.open:
        given = [
            filled(contract, context, one, store) for one in keyed(contract, context, given, store)
        ]
    stored = [store.add(resource.kind, one) for one in given]
    if effect.many:
        return _replied(contract, context, [_shown(contract, effect, one) for one in stored])
    headers = _location(contract, context, resource, stored[0]) if effect.status == 201 else {}
    return _replied(contract, context, _shown(contract, effect, stored[0]), headers)


def read(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the addressed record."""
    effect, _ = effect_of(contract, context)
    return _replied(contract, context, _shown(contract, effect, addressed(context)))


def listing(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the page asked for, in the form asked for, with its counters."""
    effect, resource = effect_of(contract, context)
    declared = context.call.operation.listing or altered(_EVERYTHING, items=effect.response or "")
    asked = query(declared, context.call.query)
    records, total = store.page(resource.kind, owner_for(resource.kind, context), asked)
    rows, pointers = declared.form(context.call.query)
    told = counters(asked, shown=len(records), total=total)
    around = surroundings(contract, context, effect.status) if resource.open else {}
    body = placed(rows, [_shown(contract, effect, one) for one in records], around)
    for counter, pointer in pointers.items():
        body = placed(pointer, told[counter], body)
    reply = Reply(effect.status, body)
    return framed(contract, context, reply) if resource.open else reply


def update(contract: Contract, context: Context, store: Store) -> Reply:
    """Change what the body names and leave the rest of the record as it is."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    after = updated(effect, resource, before, _item(effect, context), context)
    return _changed(contract, context, store, before, after)


def replace(contract: Contract, context: Context, store: Store) -> Reply:
    """Put a record made of the body in the place of the addressed one."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    after = replaced(effect, resource, before, _item(effect, context), context)
    return _changed(contract, context, store, before, after)


def _changed(
    contract: Contract, context: Context, store: Store, before: Record, after: Record
) -> Reply:
    effect, resource = effect_of(contract, context)
    if resource.open:
        after = filled(contract, context, after, store, before)
    stored = store.put(resource.kind, before, store.dated(resource.kind, after))
    return _replied(contract, context, _shown(contract, effect, stored))


def delete(contract: Contract, context: Context, store: Store) -> Reply:
    """Take the addressed record out of sight and show its last state."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    store.remove(resource.kind, before)
    return _replied(contract, context, _shown(contract, effect, before))


def undeclared(contract: Contract, context: Context, store: Store) -> Reply:
    """Show what the document says of success: an example, or a sample."""
    operation = context.call.operation
    return exemplary(contract, operation, success(operation))


BY_ACTION: Mapping[str, Behaviour] = {
    "create": create,
    "read": read,
    "list": listing,
    "update": update,
    "replace": replace,
    "delete": delete,
}
_EVERYTHING = Listing("", None, None, (), None, (), (), {})


def _shown(contract: Contract, effect: Effect, record: Record) -> dict[str, Json]:
    """Return a record as the answer shows it: of an open kind often in another form."""
    resource = contract.resources[effect.kind]
    found = shown(resource, record)
    return found if effect.shows is None else shaped(contract, effect.shows, found)


def _replied(
    contract: Contract, context: Context, body: Json, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return the reply that shows `body` where the effect says, among what the document shows."""
    effect, resource = effect_of(contract, context)
    if resource.stated is None:
        return replied(effect, body, headers)
    around = surroundings(contract, context, effect.status)
    return framed(contract, context, replied(effect, body, headers, around))


def _items(effect: Effect, context: Context) -> list[Mapping[str, Json]]:
    """Return the records that the body holds; one without fields where it cannot be read."""
    return items(effect, context.call.body) or ([] if effect.many else [{}])


def _item(effect: Effect, context: Context) -> Mapping[str, Json]:
    return next(iter(items(effect, context.call.body)), {})


def _location(
    contract: Contract, context: Context, resource: Resource, record: Record
) -> dict[str, str]:
    """Return where the new record can be read, when its key and the call's path tell."""
    for operation in contract.doing(resource.kind, "read"):
        effect = operation.effect
        if effect and effect.key:
            known = {**context.call.path, effect.key[-1]: resource.key_of(record)}
            if {*_HOLE.findall(operation.path)} <= known.keys():
                path = operation.path
                for name, value in known.items():
                    path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
                return _fitting(contract, context, "location", contract.base_path + path)
    return {}


def _fitting(contract: Contract, context: Context, name: str, text: str) -> dict[str, str]:
    """Return a header, unless the document describes it and wants something else there."""
    response = context.call.operation.response(201)
    described = response.headers.get(name) if response else None
    fits = described is None or contract.samples.suits(described, text)
    return {name.title(): text} if fits else {}


_HOLE = re.compile(r"\{([^}]*)\}")
