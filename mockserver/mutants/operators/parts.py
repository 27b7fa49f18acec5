"""Entries of a part that are set, shown and kept otherwise than they should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from mockserver.behaviours import Reply
from mockserver.mutants.edits import carried_out_with, on_call, on_reply
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import stamps, way_to_rows
from mockserver.mutants.spots import Way, changed
from spec import Context, Contract, Effect, Json, Operation, Part, Record
from spec.document import tokens


def _of_part(operation: Operation, action: str) -> tuple[Effect, Part] | None:
    """Return the effect that reads or sets entries, with their part."""
    effect = operation.effect
    if effect is None or effect.part is None or effect.action != action:
        return None
    return effect, effect.part


def _putting(
    operation: Operation, part: Part, change: Callable[[Mapping[str, Json], Record], Json]
) -> Edit:
    """Store other entries than those that an upsert leaves."""

    def put(store: Flawed, kind: str, before: Record, after: Record) -> Record:
        states = change(after[part.name] or {}, before.get(part.name) or {})
        return store.behind.put(kind, before, {**after, part.name: states})

    return carried_out_with(operation.id, Flaw(put=put))


def _on_items(
    operation: Operation, effect: Effect, change: Callable[[list[Json]], list[Json]]
) -> Edit:
    """Carry out an upsert of other items."""
    way = way_to_rows(effect)[:-1] if effect.many else way_to_rows(effect)

    def other(context: Context) -> Context:
        body = changed(
            context.call.body, way, lambda rows: change(rows) if isinstance(rows, list) else rows
        )
        return replace(context, call=replace(context.call, body=body), facts={})

    return on_call(operation.id, other)


@in_operations("state", "items-of-upsert", most=4)
def misread(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Set other entries than the items of a call say."""
    found = _of_part(operation, "upsert")
    if found is None:
        return
    effect, part = found

    def unless_null(rows: list[Json]) -> list[Json]:
        return [one for one in rows if not _null(one, part)]

    def unless_falsy(rows: list[Json]) -> list[Json]:
        return [{**one, part.value: one.get(part.value) or None} for one in rows]

    readings: Mapping[str, Callable[[list[Json]], list[Json]]] = {
        "leaves out the last of several items": _but_the_last,
        "lets the first item count where a name is repeated": _reversed,
        "takes null for an item that was not sent": unless_null,
        "takes what is false, zero or empty for null": unless_falsy,
    }
    for says, change in readings.items():
        edit = _on_items(operation, effect, change)
        yield Draft(operation.id, f"{operation.id} {says}", effect.place, edit)


def _but_the_last(rows: list[Json]) -> list[Json]:
    return rows[: max(1, len(rows) - 1)]


def _null(one: Json, part: Part) -> bool:
    return isinstance(one, dict) and one.get(part.value) is None


@in_operations("state", "other-entries")
def cleared(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget the entries that a call does not name, or the new ones."""
    found = _of_part(operation, "upsert")
    if found is None:
        return
    effect, part = found

    def named(after: Mapping[str, Json], before: Record) -> Json:
        return {name: one for name, one in after.items() if before.get(name) != one}

    def known(after: Mapping[str, Json], before: Record) -> Json:
        return {name: one for name, one in after.items() if name in before}

    changes = {
        "unsets what the items do not name": named,
        "sets only entries that were set before": known,
    }
    for says, change in changes.items():
        edit = _putting(operation, part, change)
        yield Draft(operation.id, f"{operation.id} {says}", effect.place, edit)


@in_operations("state", "time-of-entry", most=4)
def mistimed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Move the time of an entry's creation, or leave that of its change."""
    found = _of_part(operation, "upsert")
    if found is None:
        return
    effect, part = found
    changing = [name for name, how in part.stamps.items() if how == "changed"]
    for stamp, how in part.stamps.items():
        other = changing[0] if how == "created" and changing else None
        if how == "changed" or other:
            verb = "moves" if other else "does not move"
            name = f"{operation.id} {verb} `{stamp}` of an entry that was set before"
            edit = _putting(operation, part, _stamping(stamp, other))
            yield Draft(operation.id, name, effect.place, edit)


def _stamping(stamp: str, other: str | None) -> Callable[[Mapping[str, Json], Record], Json]:
    def change(after: Mapping[str, Json], before: Record) -> Json:
        def stamped(name: str, state: Json) -> Json:
            if name not in before or before[name] == state:
                return state
            return {**state, stamp: state[other] if other else before[name][stamp]}

        return {name: stamped(name, state) for name, state in after.items()}

    return change


@in_operations("state", "touch-record")
def touched(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Move the time of a record's last change when only its entries change."""
    found = _of_part(operation, "upsert")
    if found is None:
        return
    effect, _ = found
    flaw = Flaw(put=_dating)
    for stamp in stamps(contract, contract.resources[effect.kind], "changed"):
        edit = carried_out_with(operation.id, flaw)
        name = f"{operation.id} moves `{stamp}` of the {effect.kind}"
        yield Draft(operation.id, name, effect.place, edit)


def _dating(store: Flawed, kind: str, before: Record, after: Record) -> Record:
    return store.behind.put(kind, before, store.dated(kind, after))


@in_operations("state", "new-definition")
def undefined(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Define nothing for a new entry."""
    found = _of_part(operation, "upsert")
    if found is not None:
        effect, part = found
        flaw = Flaw(add=lambda store, kind, record: store.make(kind, record))
        edit = carried_out_with(operation.id, flaw)
        name = f"{operation.id} defines no {part.definitions} for a new name"
        yield Draft(operation.id, name, effect.place, edit)


@in_operations("state", "entries-survive")
def surviving(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Give a new record the entries of a deleted one that had its key."""
    effect = operation.effect
    if effect is None or effect.action != "create" or not contract.doing(effect.kind, "delete"):
        return
    resource = contract.resources[effect.kind]
    for part in resource.parts.values() if resource.made in {"client", "given"} else ():
        flaw = Flaw(add=_inheriting(part))
        edit = carried_out_with(operation.id, flaw)
        name = f"{operation.id} gives the {part.name} of a deleted {effect.kind} to the next"
        yield Draft(operation.id, name, effect.place, edit)


def _inheriting(part: Part) -> Callable[[Flawed, str, Record], Record]:
    def add(store: Flawed, kind: str, record: Record) -> Record:
        before = store.predecessor(kind, record)
        left = record if before is None else {**record, part.name: before.get(part.name)}
        return store.behind.add(kind, left)

    return add


# -- what is shown --------------------------------------------------------------------------------


@in_operations("state", "rows-of-entries")
def misshown(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out entries that are not set, or show the definitions in another order."""
    found = _of_part(operation, "entries") or _of_part(operation, "upsert")
    if found is None:
        return
    effect, part = found
    way = tuple(tokens(effect.response or ""))
    showings: Mapping[str, Callable[[Json], Json]] = {
        "leaves out what is not set": partial(_that_are_set, part),
        "shows the definitions in the reverse order": _reversed,
    }
    for says, change in showings.items():
        edit = on_reply(operation.id, partial(_showing, way, change))
        yield Draft(operation.id, f"{operation.id} {says}", effect.place, edit)


def _reversed(rows: Json) -> Json:
    return rows[::-1]


def _that_are_set(part: Part, rows: Json) -> Json:
    return [one for one in rows if one.get(part.shows_state) is not None]


def _showing(way: Way, change: Callable[[Json], Json], context: Context, reply: Reply) -> Reply:
    return replace(reply, body=changed(reply.body, way, change))
