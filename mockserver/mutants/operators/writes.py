"""Writes that store nothing, too much or elsewhere, or answer something else than they store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from mockserver.behaviours import Reply
from mockserver.behaviours.replies import placed
from mockserver.mutants.edits import (
    carried_out_through,
    carried_out_with,
    on_reply,
)
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.sight import (
    does,
    owners,
    seen,
    settable,
    told,
)
from mockserver.mutants.spots import changed
from mockserver.store import Store
from spec import (
    Context,
    Contract,
    Operation,
    Record,
    Resource,
    pick,
)
from spec.document import tokens
from spec.effects import shown as shown_part


@in_operations("state", "forget-write")
def forgotten(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer as ever, and store nothing."""
    effect = does(operation, "create", "update", "replace", "delete", "upsert", "act")
    if effect is not None and told(contract, effect):
        name = f"{operation.id} answers, but stores nothing"
        yield Draft(operation.id, name, effect.place, carried_out_with(operation.id, _FORGETFUL))


_FORGETFUL = Flaw(
    add=lambda store, kind, record: store.make(kind, record),
    put=lambda store, kind, before, after: after,
    remove=lambda store, kind, record: None,
)


@in_operations("state", "forget-row")
def halved(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Store all rows of a batch but the last, and answer with all."""
    effect = does(operation, "create")
    if effect is not None and effect.many and told(contract, effect):
        name = f"{operation.id} does not store the last row of a batch"
        edit = carried_out_through(operation.id, _but_the_last)
        yield Draft(operation.id, name, effect.place, edit)


def _but_the_last(context: Context, store: Store) -> Store:
    effect = context.call.operation.effect
    rows = pick(context.call.body, effect.request, []) if effect else []
    left = len(rows) if isinstance(rows, list) else 0

    def add(flawed: Flawed, kind: str, record: Record) -> Record:
        nonlocal left
        left -= 1
        last = left == 0
        return flawed.make(kind, record) if last else flawed.behind.add(kind, record)

    return Flawed(store, Flaw(add=add))


@in_operations("state", "wrong-record")
def misdirected(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Change or delete another record than the one addressed."""
    effect = does(operation, "update", "replace", "delete", "upsert")
    if effect is not None and told(contract, effect):
        name = f"{operation.id} is applied to another {effect.kind} than the one addressed"
        flaw = Flaw(put=_elsewhere, remove=_another)
        yield Draft(operation.id, name, effect.place, carried_out_with(operation.id, flaw))


def _identity(resource: Resource) -> set[str]:
    """Return the fields that make a record the one it is."""
    return {resource.key, *resource.generated, *resource.unique, *owners(resource)}


def _moved(store: Flawed, kind: str, other: Record, before: Record, after: Record) -> Record:
    """Return another record with what was changed in one."""
    own = _identity(store.table(kind).resource)
    changes = {
        name: value
        for name, value in after.items()
        if name not in own and value != before.get(name)
    }
    return {**other, **changes}


def _elsewhere(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    others = store.neighbours(kind, before)
    if not others:
        return store.behind.put(kind, before, after)
    store.behind.put(kind, others[0], _moved(store, kind, others[0], before, after))
    return after


def _another(store: Flawed, kind: str, record: Record) -> None:
    others = store.neighbours(kind, record)
    store.behind.remove(kind, others[0] if others else record)


@in_operations("state", "too-many-records")
def spread_out(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Change or delete another record besides the one addressed."""
    effect = does(operation, "update", "replace", "delete", "upsert")
    if effect is not None and told(contract, effect):
        name = f"{operation.id} is applied to another {effect.kind} besides the one addressed"
        flaw = Flaw(put=_here_and_there, remove=_both)
        yield Draft(operation.id, name, effect.place, carried_out_with(operation.id, flaw))


def _here_and_there(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    for other in store.neighbours(kind, before)[:1]:
        store.behind.put(kind, other, _moved(store, kind, other, before, after))
    return store.behind.put(kind, before, after)


def _both(store: Flawed, kind: str, record: Record) -> None:
    for one in [*store.neighbours(kind, record)[:1], record]:
        store.behind.remove(kind, one)


@in_operations("state", "second-write-lost")
def once(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Lose the second write to a record."""
    effect = does(operation, "update", "replace")
    if effect is not None and told(contract, effect) and seen(contract, operation):
        name = f"{operation.id} loses the second change of a {effect.kind}"
        yield Draft(
            operation.id,
            name,
            effect.place,
            carried_out_with(operation.id, Flaw(put=_unless_second)),
        )


def _unless_second(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    place = (kind, store.table(kind).key_of(before))
    store.memory[place] = store.memory.get(place, 0) + 1
    return after if store.memory[place] == 2 else store.behind.put(kind, before, after)


@in_operations("state", "answer-old")
def outdated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Store the change, and answer with the record as it was before."""
    effect = does(operation, "update", "replace")
    if effect is None or effect.response is None or effect.status == 204:
        return
    resource = contract.resources[effect.kind]
    if any(one.at in resource.shown for one in settable(contract, operation)):
        name = f"{operation.id} answers with the {effect.kind} as it was before"
        yield Draft(operation.id, name, effect.place, on_reply(operation.id, _before(contract)))


def _before(contract: Contract) -> Callable[[Context, Reply], Reply]:
    def change(context: Context, reply: Reply) -> Reply:
        effect, record = context.call.operation.effect, context.resource
        if effect is None or effect.response is None or not isinstance(record, Mapping):
            return reply
        old = shown_part(contract.resources[effect.kind], record)
        return replace(reply, body=placed(effect.response, old, {}))

    return change


@in_operations("state", "reverse-batch")
def reversed_(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer with the rows of a batch in the reverse order."""
    effect = does(operation, "create")
    if effect is not None and effect.many and effect.response is not None:
        way = tuple(tokens(effect.response))
        name = f"{operation.id} answers with the rows in the reverse order"

        def change(context: Context, reply: Reply) -> Reply:
            return replace(reply, body=changed(reply.body, way, lambda rows: rows[::-1]))

        yield Draft(operation.id, name, effect.place, on_reply(operation.id, change))
