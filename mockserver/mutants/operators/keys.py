"""Times and keys that the server makes, and makes wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mockserver.behaviours import Reply
from mockserver.mutants.edits import (
    carried_out_with,
    on_reply,
)
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.sight import (
    does,
    readers,
    shown,
    stamps,
    way_to_records,
)
from mockserver.mutants.spots import Way, changed
from spec import (
    ABSENT,
    Context,
    Contract,
    Json,
    Operation,
    Record,
)
from spec.document import tokens


@in_operations("state", "keep-changed-time")
def undated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave the time of the last change as it was."""
    effect = does(operation, "update", "replace")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    for field in stamps(contract, resource, "changed"):
        name = f"{operation.id} does not move `{field}`"
        place = contract.document.place(f"{resource.place.pointer}/generated/{field}")
        flaw = Flaw(dated=lambda store, kind, record, moment: record)
        yield Draft(operation.id, name, place, carried_out_with(operation.id, flaw))


@in_operations("state", "move-created-time")
def redated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Move the time of creation with a change."""
    effect = does(operation, "update", "replace")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    for field in stamps(contract, resource, "created"):
        name = f"{operation.id} moves `{field}`"
        place = contract.document.place(f"{resource.place.pointer}/generated/{field}")
        yield Draft(
            operation.id, name, place, carried_out_with(operation.id, Flaw(put=_moving(field)))
        )


def _moving(name: str) -> Callable[[Flawed, str, Record, Record], Record]:
    def put(store: Flawed, kind: str, before: Record, after: Record) -> Record:
        made = store.make(kind, {key: value for key, value in after.items() if key != name})
        return store.behind.put(kind, before, {**after, name: made[name]})

    return put


@in_operations("state", "wrong-key-answered")
def misnamed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer with another key than the one stored."""
    effect = does(operation, "create", "act")
    if effect is None:
        return
    kind = effect.job.kind if effect.job else effect.kind
    resource = contract.resources[kind]
    if resource.made in {"client", "given"} or not _addressable(contract, kind):
        return
    way = (*way_to_records(effect), resource.key)
    if effect.job:
        way = tuple(tokens(effect.job.handle))
    if effect.job or effect.response is not None:
        name = f"{operation.id} answers with another key than it stores"
        yield Draft(operation.id, name, effect.place, on_reply(operation.id, _renaming(way)))


def _addressable(contract: Contract, kind: str) -> bool:
    return any(one.effect and one.effect.key for one in readers(contract, kind))


def _renaming(way: Way) -> Callable[[Context, Reply], Reply]:
    return lambda context, reply: replace(reply, body=changed(reply.body, way, _next_key))


def _next_key(key: Json) -> Json:
    if isinstance(key, int):
        return key + 1
    return f"{key[:-1]}{'0' if key[-1:] != '0' else '1'}"


@in_operations("state", "reuse-number")
def reused(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Give a number a second time once nothing has it any more."""
    effect = does(operation, "create")
    if effect is None or not contract.doing(effect.kind, "delete"):
        return
    resource = contract.resources[effect.kind]
    counted = [resource.key] if resource.made == "sequence" else []
    counted += [name for name, one in resource.generated.items() if one.how == "sequence"]
    for field in counted:
        if shown(contract, resource, f"/{field}"):
            name = f"{operation.id} gives the `{field}` of a deleted {effect.kind} again"
            edit = carried_out_with(operation.id, Flaw(add=_numbering(field)))
            yield Draft(operation.id, name, effect.place, edit)


def _numbering(name: str) -> Callable[[Flawed, str, Record], Record]:
    def add(store: Flawed, kind: str, record: Record) -> Record:
        taken = [one[name] for one in store.behind.every(kind, ABSENT)]
        return store.behind.add(kind, {**record, name: max(taken, default=0) + 1})

    return add
