"""What goes on when a call passes that a rule should have refused: as in servers without the rule.

A record that does not exist is shown empty and changed in vain; one with the key of another takes
its place. Where all rules are kept, nothing here makes a difference.
"""

from __future__ import annotations

from dataclasses import replace

from mockserver.behaviours import Behaviour, Reply
from mockserver.behaviours.replies import owner_for
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.store import Store
from spec import Context, Contract, Json, Record, Resource
from spec.effects import blank


def tolerant(usual: Behaviour) -> Behaviour:
    """Return a behaviour that also carries out what no rule of the document lets pass."""

    def behave(contract: Contract, context: Context, store: Store) -> Reply:
        about = _haunted(contract, context) if _astray(context) else context
        return usual(contract, about, Flawed(store, _FORGIVING))

    return behave


def _astray(context: Context) -> bool:
    effect = context.call.operation.effect
    return effect is not None and effect.key is not None and context.resource is None


def _haunted(contract: Contract, context: Context) -> Context:
    """Return the context in which an empty record stands where none exists."""
    effect = context.call.operation.effect
    assert effect is not None, "only operations with an effect address records"
    resource = contract.resources[effect.kind]
    return replace(context, resource=_ghost(resource, context), facts={})


def _ghost(resource: Resource, context: Context) -> Record:
    key = context.resource_key or ""
    number = resource.made == "sequence" and key.isdecimal()
    ghost: dict[str, Json] = {**blank(resource), resource.key: int(key) if number else key}
    owner = owner_for(resource.kind, context)
    if resource.tenant is not None and isinstance(owner, tuple):
        ghost.update(zip(resource.tenant.fields, owner, strict=True))
    return ghost


def _put(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    """Store a change, unless there is nothing to change or another record has the new key."""
    key = store.table(kind).key_of
    collides = key(before) != key(after) and store.lives(kind, after) is not None
    if collides or store.lives(kind, before) is None:
        return after
    return store.behind.put(kind, before, after)


def _remove(store: Flawed, kind: str, record: Record) -> None:
    if store.lives(kind, record) is not None:
        store.behind.remove(kind, record)


_FORGIVING = Flaw(add=lambda store, kind, record: store.lay(kind, record), put=_put, remove=_remove)
