"""Read and set the entries of a part of a record, such as a device's attributes."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.behaviours.replies import (
    Behaviour,
    Reply,
    addressed,
    effect_of,
    owner_for,
    replied,
)
from mockserver.store import Store
from spec import Context, Contract, Json, Part, Record, Resource
from spec.effects import items
from spec.entries import definitions, rows, upserted
from spec.times import written


def entries(contract: Contract, context: Context, store: Store) -> Reply:
    """Show every definition with the state of its entry in the addressed record."""
    effect, _ = effect_of(contract, context)
    part = _part(contract, context)
    return replied(effect, _rows(contract, context, store, part, addressed(context)))


def upsert(contract: Contract, context: Context, store: Store) -> Reply:
    """Set and unset entries of the addressed record; what nobody has defined yet is defined."""
    effect, resource = effect_of(contract, context)
    part, before = _part(contract, context), addressed(context)
    given = items(effect, context.call.body)
    tenant = _tenant_fields(contract.resources[part.definitions], context)
    known = store.every(part.definitions, owner_for(part.definitions, context))
    for one in definitions(part, given, known):
        store.add(part.definitions, {**one, **tenant})
    states = upserted(part, before.get(part.name) or {}, given, written(store.now(), part.form))
    after = store.put(resource.kind, before, {**before, part.name: states})
    return replied(effect, _rows(contract, context, store, part, after))


def _part(contract: Contract, context: Context) -> Part:
    part = effect_of(contract, context)[0].part
    assert part is not None, "the document names a part"
    return part


def _rows(
    contract: Contract, context: Context, store: Store, part: Part, record: Record
) -> list[dict[str, Json]]:
    known = store.every(part.definitions, owner_for(part.definitions, context))
    fields = {"definition": contract.resources[part.definitions].top_level}
    return rows(part, known, fields, record.get(part.name) or {})


def _tenant_fields(resource: Resource, context: Context) -> dict[str, Json]:
    """Return the fields that make a new record one of the call's tenant."""
    owner = owner_for(resource.kind, context)
    if resource.tenant is None or not isinstance(owner, tuple):
        return {}
    return dict(zip(resource.tenant.fields, owner, strict=True))


BY_ACTION: Mapping[str, Behaviour] = {"entries": entries, "upsert": upsert}
