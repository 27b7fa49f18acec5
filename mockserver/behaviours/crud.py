"""Create, read, list, update, replace, delete: the behaviours that `x-contract-effect` names.

Each takes a call that the judge has let pass, with the world it was judged in, and returns what the
answer says. They store what `spec.effects` computes and decide nothing themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from mockserver.behaviours.replies import (
    Behaviour,
    Reply,
    addressed,
    effect_of,
    owner_for,
    placed,
    replied,
)
from mockserver.problems import ProblemError
from mockserver.store import Store
from spec import Context, Contract, Effect, Json, Listing, Record, Resource
from spec.effects import created, items, replaced, shown, updated
from spec.lists import counters, query


def create(contract: Contract, context: Context, store: Store) -> Reply:
    """Store every record that the body holds, in its order."""
    effect, resource = effect_of(contract, context)
    stored = [
        store.add(resource.kind, created(effect, resource, item, context))
        for item in items(effect, context.call.body)
    ]
    if effect.many:
        return replied(effect, [shown(resource, one) for one in stored])
    headers = _location(contract, context, resource, stored[0]) if effect.status == 201 else {}
    return replied(effect, shown(resource, stored[0]), headers)


def read(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the addressed record."""
    effect, resource = effect_of(contract, context)
    return replied(effect, shown(resource, addressed(context)))


def listing(contract: Contract, context: Context, store: Store) -> Reply:
    """Show the page asked for, in the form asked for, with its counters."""
    effect, resource = effect_of(contract, context)
    declared = context.call.operation.listing or _EVERYTHING
    asked = query(declared, context.call.query)
    records, total = store.page(resource.kind, owner_for(resource.kind, context), asked)
    rows, pointers = declared.form(context.call.query)
    told = counters(asked, shown=len(records), total=total)
    body = placed(rows, [shown(resource, one) for one in records], {})
    for counter, pointer in pointers.items():
        body = placed(pointer, told[counter], body)
    return Reply(effect.status, body)


def update(contract: Contract, context: Context, store: Store) -> Reply:
    """Change what the body names and leave the rest of the record as it is."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    after = updated(effect, resource, before, _item(effect, context), context)
    return _changed(effect, resource, store, before, after)


def replace(contract: Contract, context: Context, store: Store) -> Reply:
    """Put a record made of the body in the place of the addressed one."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    after = replaced(effect, resource, before, _item(effect, context), context)
    return _changed(effect, resource, store, before, after)


def _changed(
    effect: Effect, resource: Resource, store: Store, before: Record, after: Record
) -> Reply:
    stored = store.put(resource.kind, before, store.dated(resource.kind, after))
    return replied(effect, shown(resource, stored))


def delete(contract: Contract, context: Context, store: Store) -> Reply:
    """Take the addressed record out of sight and show its last state."""
    effect, resource = effect_of(contract, context)
    before = addressed(context)
    store.remove(resource.kind, before)
    return replied(effect, shown(resource, before))


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


def _item(effect: Effect, context: Context) -> Mapping[str, Json]:
    found = items(effect, context.call.body)
    return found[0] if found else {}


def _location(
    contract: Contract, context: Context, resource: Resource, record: Record
) -> dict[str, str]:
    """Return where the new record can be read, when its key and the call's path tell."""
    for operation in contract.operations.values():
        effect = operation.effect
        if effect and effect.action == "read" and effect.kind == resource.kind and effect.key:
            known = {**context.call.path, effect.key[-1]: resource.key_of(record)}
            if {*_HOLE.findall(operation.path)} <= known.keys():
                values = {name: quote(str(value), safe="") for name, value in known.items()}
                return {"Location": contract.base_path + operation.path.format_map(values)}
    return {}


_HOLE = re.compile(r"\{([^}]*)\}")
