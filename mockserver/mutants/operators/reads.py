"""Records that are seen though they are gone, or as they were, or in the place of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from mockserver.behaviours import Behaviour, Reply
from mockserver.mutants.edits import (
    carried_out_with,
    on_behaviour,
    seen_with,
)
from mockserver.mutants.flaws import Flaw, Flawed, Page, Who
from mockserver.mutants.listings import cut, listing_of, paged
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import Field, kept_as_sent, stamps, takes
from mockserver.mutants.spots import with_value
from mockserver.store import Store
from spec import Context, Contract, Effect, Operation, Record
from spec.lists import Query, in_order, matches
from spec.regions import satisfiable, standalone

_ADDRESSING = ("read", "update", "replace", "delete", "entries", "upsert", "act")


def _addressing(operation: Operation, *actions: str) -> Effect | None:
    """Return the effect of an operation that does one of these things to an addressed record."""
    effect = operation.effect
    found = effect is not None and effect.action in actions and effect.key is not None
    return effect if found else None


def _looking_up(operation: Operation, kind: str, otherwise: Callable[..., Record | None]) -> Edit:
    """Look a record up in another way when there is none."""

    def record(store: Flawed, asked: str, key: str, tenant: Who) -> Record | None:
        found = store.behind.record(asked, key, tenant)
        return otherwise(store, asked, key, tenant) if found is None and asked == kind else found

    flaw = Flaw(record=record, put=_put_back, remove=_if_alive)
    return seen_with(operation.id, flaw)


def _put_back(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    """Store a record in place of what it was, as a new one where that is gone."""
    if store.lives(kind, before) is None:
        return store.behind.add(kind, after)
    return store.behind.put(kind, before, after)


def _if_alive(store: Flawed, kind: str, record: Record) -> None:
    if store.lives(kind, record) is not None:
        store.behind.remove(kind, record)


@in_operations("state", "deleted-record")
def undead(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take a deleted record for one that is there; a change of it lets it live again."""
    effect = _addressing(operation, *_ADDRESSING)
    if effect is not None and contract.doing(effect.kind, "delete"):
        edit = _looking_up(operation, effect.kind, Flawed.dead_record)
        name = f"{operation.id} still knows a deleted {effect.kind}"
        yield Draft(operation.id, name, effect.place, edit)


@in_operations("state", "spelling-of-key")
def misspelt(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take a key in another spelling for a record's."""
    effect = _addressing(operation, *_ADDRESSING)
    if effect is None or effect.key is None:
        return
    resource = contract.resources[effect.kind]
    if resource.key in resource.caseless:
        return
    number = resource.made == "sequence"
    probe = "01" if number else "AB"
    if _may_stand(contract, operation, effect.key[-1], probe):
        says = "with zeros in front" if number else "in another case"
        find = _without_zeros if number else _in_any_case
        edit = _looking_up(operation, effect.kind, find)
        name = f"{operation.id} takes a key {says} for a {effect.kind}'s"
        yield Draft(operation.id, name, effect.place, edit)


def _may_stand(contract: Contract, operation: Operation, parameter: str, probe: str) -> bool:
    """Tell whether a call with such a key passes the shape stage."""
    stage = contract.stage("shape")
    for one in operation.parameters:
        if one.name == parameter and stage is not None and one.location in stage.covers:
            schema = standalone(contract.document, one.schema)
            return satisfiable({"allOf": [schema, {"const": probe}]}) is True
    return True


def _without_zeros(store: Flawed, kind: str, key: str, tenant: Who) -> Record | None:
    return store.behind.record(kind, key.lstrip("0"), tenant) if key.isdecimal() else None


def _in_any_case(store: Flawed, kind: str, key: str, tenant: Who) -> Record | None:
    resource = store.table(kind).resource
    found = store.behind.every(kind, tenant)
    return next((one for one in found if resource.key_of(one).lower() == key.lower()), None)


@in_operations("state", "other-record")
def mistaken(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show another record than the one addressed."""
    effect = _addressing(operation, "read", "entries")
    if effect is not None:
        name = f"{operation.id} shows another {effect.kind} than the one addressed"
        yield Draft(operation.id, name, effect.place, on_behaviour(operation.id, _of_neighbour))


def _of_neighbour(usual: Behaviour) -> Behaviour:
    def behave(contract: Contract, context: Context, store: Store) -> Reply:
        effect, record = context.call.operation.effect, context.resource
        assert effect is not None
        if isinstance(record, Mapping):
            others = Flawed(store, Flaw()).neighbours(effect.kind, record)
            context = replace(context, resource=others[0] if others else record)
        return usual(contract, context, store)

    return behave


# -- reads that are late, and reads that write -----------------------------------------------------


@in_operations("state", "stale-read")
def stale(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show a record as it was before the last write."""
    effect = _addressing(operation, "read", "entries")
    if effect is not None and _written(contract, effect.kind):
        flaw = Flaw(record=_before_last_write)
        edit = seen_with(operation.id, flaw)
        name = f"{operation.id} shows a {effect.kind} as it was before the last write"
        yield Draft(operation.id, name, effect.place, edit)


def _written(contract: Contract, kind: str) -> bool:
    return bool(contract.doing(kind, "create", "update", "replace", "delete", "upsert"))


def _before_last_write(store: Flawed, kind: str, key: str, tenant: Who) -> Record | None:
    found = store.behind.record(kind, key, tenant)
    for change in store.changes:
        gone = change.after is None and store.dead_record(kind, key, tenant) is not None
        if change.kind == kind and change.key == key and (found is not None or gone):
            return change.before
    return found


@in_operations("state", "read-writes")
def touching(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Change a record by reading it."""
    effect = _addressing(operation, "read")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    for stamp in stamps(contract, resource, "changed"):
        name = f"{operation.id} moves `{stamp}`"
        yield Draft(operation.id, name, effect.place, on_behaviour(operation.id, _touched))
    for one in _clearable(contract, effect.kind)[:1] if not resource.changing else ():
        edit = on_behaviour(operation.id, _clearing(one))
        name = f"{operation.id} clears `{one.name}` once it has shown it"
        yield Draft(operation.id, name, effect.place, edit)


def _clearable(contract: Contract, kind: str) -> list[Field]:
    return [
        one
        for operation in contract.doing(kind, "update")
        for one in kept_as_sent(contract, operation)
        if takes(contract, one, None)
    ]


def _touched(usual: Behaviour) -> Behaviour:
    return _and_then(usual, lambda store, kind, record: store.dated(kind, record))


def _clearing(one: Field) -> Callable[[Behaviour], Behaviour]:
    return lambda usual: _and_then(usual, lambda _, __, record: with_value(record, one.at, None))


def _and_then(usual: Behaviour, change: Callable[[Store, str, Record], Record]) -> Behaviour:
    """Return the behaviour that writes once it has read."""

    def behave(contract: Contract, context: Context, store: Store) -> Reply:
        reply = usual(contract, context, store)
        effect, record = context.call.operation.effect, context.resource
        if effect is not None and isinstance(record, Mapping):
            store.put(effect.kind, record, change(store, effect.kind, record))
        return reply

    return behave


@in_operations("state", "resurrection")
def revived(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let the last deleted record live again when another is created."""
    effect = operation.effect
    if effect is not None and effect.action == "create" and contract.doing(effect.kind, "delete"):
        name = f"{operation.id} lets the last deleted {effect.kind} live again"
        edit = carried_out_with(operation.id, Flaw(add=_and_revive))
        yield Draft(operation.id, name, effect.place, edit)


def _and_revive(store: Flawed, kind: str, record: Record) -> Record:
    made = store.behind.add(kind, record)
    last = store.last_dead(kind, made)
    if last is not None and store.lives(kind, last) is None:
        store.behind.add(kind, last)
    return made


# -- lists ----------------------------------------------------------------------------------------


@in_operations("state", "deleted-in-list")
def listed_dead(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show deleted records in a list."""
    known = listing_of(operation)
    if known is not None and contract.doing(known[0].kind, "delete"):

        def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
            every = [*store.behind.every(kind, who), *reversed(store.dead(kind, who))]
            kept = [one for one in every if matches(asked, one, complete=True) is True]
            return cut(in_order(asked, kept), asked)

        name = f"{operation.id} still shows deleted records"
        yield Draft(operation.id, name, known[0].place, paged(operation, paging))


@in_operations("state", "stale-list")
def listed_stale(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """List records as they were before the last write."""
    known = listing_of(operation)
    if known is not None and contract.doing(known[0].kind, "create", "update", "replace"):

        def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
            resource = store.table(kind).resource
            old = {one.key: one.before for one in store.changes if one.kind == kind}
            every = [old.get(resource.key_of(one), one) for one in store.behind.every(kind, who)]
            kept = [one for one in every if one and matches(asked, one, complete=True) is True]
            return cut(in_order(asked, kept), asked)

        name = f"{operation.id} shows records as they were before the last write"
        yield Draft(operation.id, name, known[0].place, paged(operation, paging))
