"""Fields that are forgotten, ignored, cleared, or stored in another form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from mockserver.mutants.edits import (
    Seen,
    carried_out_through,
    carried_out_with,
    on_call,
)
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import (
    Accepting,
    Field,
    does,
    kept_as_sent,
    seen,
    takes,
    way_to_rows,
)
from mockserver.mutants.spots import Change, changed, with_value
from mockserver.store import Store
from spec import (
    ABSENT,
    Absent,
    Context,
    Contract,
    Effect,
    Json,
    Operation,
    Place,
    Record,
    pick,
)

_LONG = 255
Fields: TypeAlias = Mapping[str, Json]


def _fields(contract: Contract, operation: Operation, *actions: str) -> list[Field]:
    """Return the fields whose stored values are seen, when the operation does such a thing."""
    return seen(contract, operation) if does(operation, *actions) else []


def _at(contract: Contract, one: Field) -> Place:
    return contract.document.place(one.pointer)


@in_operations("state", "forget-field")
def lost(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer with a field that is not stored."""
    for one in _fields(contract, operation, "create", "update", "replace"):
        name = f"{operation.id} forgets to store `{one.name}`"
        flaw = Flaw(add=_adding_without(one.at), put=_putting_without(one.at))
        yield Draft(operation.id, name, _at(contract, one), carried_out_with(operation.id, flaw))


def _adding_without(at: str) -> Callable[[Flawed, str, Record], Record]:
    def add(store: Flawed, kind: str, record: Record) -> Record:
        made = store.make(kind, record)
        store.behind.add(kind, with_value(made, at, None))
        return made

    return add


def _putting_without(at: str) -> Callable[[Flawed, str, Record, Record], Record]:
    def put(store: Flawed, kind: str, before: Record, after: Record) -> Record:
        store.behind.put(kind, before, with_value(after, at, pick(before, at)))
        return after

    return put


def _on_rows(operation: Operation, effect: Effect, change: Callable[[Fields], Fields]) -> Edit:
    """Carry out calls as if the records in their bodies were others."""
    way = way_to_rows(effect)

    def row(value: Json) -> Json:
        return change(value) if isinstance(value, dict) else value

    def other(context: Context) -> Context:
        body = context.call.body
        given_ = body if body is ABSENT else changed(body, way, row)
        return replace(context, call=replace(context.call, body=given_), facts={})

    return on_call(operation.id, other)


def _on_field(operation: Operation, effect: Effect, name: str, change: Change) -> Edit:
    return _on_rows(operation, effect, lambda row: changed(row, (name,), change))


@in_operations("state", "ignore-field")
def ignored(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Neither store a field nor answer with it."""
    effect = does(operation, "create", "update", "replace")
    if effect is None:
        return
    for one in seen(contract, operation):
        edit = _on_field(operation, effect, one.name, lambda _: ABSENT)
        name = f"{operation.id} ignores `{one.name}`"
        yield Draft(operation.id, name, _at(contract, one), edit)


@in_operations("state", "ignore-null")
def never_cleared(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take null for a field that was not sent."""
    effect = does(operation, "update")
    accepts = Accepting(contract, operation)
    if effect is not None:
        for one in seen(contract, operation):
            if accepts(one, None):
                edit = _on_field(operation, effect, one.name, _unless(None))
                name = f"{operation.id} ignores null for `{one.name}`"
                yield Draft(operation.id, name, _at(contract, one), edit)


@in_operations("state", "ignore-falsy")
def never_off(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take false, zero, and what is empty for a field that was not sent."""
    effect = does(operation, "create", "update")
    accepts = Accepting(contract, operation)
    if effect is not None:
        for one in kept_as_sent(contract, operation):
            value = next((v for v in _FALSY if accepts(one, v)), None)
            if value is not None and effect.initial.get(one.name, None) != value:
                edit = _on_field(operation, effect, one.name, _unless(value))
                name = f"{operation.id} ignores {value!r} for `{one.name}`"
                yield Draft(operation.id, name, _at(contract, one), edit)


_FALSY: tuple[Json, ...] = (False, 0, "", [], {})


def _unless(unheard: Json) -> Change:
    def change(value: Json) -> Json | Absent:
        return ABSENT if value == unheard and type(value) is type(unheard) else value

    return change


@in_operations("state", "reset-untouched", most=4)
def reset(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Clear what an update does not name."""
    effect = does(operation, "update")
    if effect is None:
        return
    fields = [one for one in seen(contract, operation) if _clearable(contract, operation, one)]
    if fields:
        name = f"{operation.id} clears all that the body does not name"
        edit = carried_out_through(operation.id, _clearing(fields))
        yield Draft(operation.id, name, effect.place, edit)
    for one in fields:
        name = f"{operation.id} clears `{one.name}` where the body does not name it"
        edit = carried_out_through(operation.id, _clearing([one]))
        yield Draft(operation.id, name, _at(contract, one), edit)


def _clearable(contract: Contract, operation: Operation, one: Field) -> bool:
    effect = operation.effect
    resource = contract.resources[effect.kind] if effect else None
    if resource is None or resource.schema is None or takes(contract, one, None):
        return True
    at, _ = contract.document.follow(resource.schema)
    pointer = at + "".join(f"/properties/{name}" for name in one.at.split("/")[1:])
    return contract.schemas.validator(pointer).is_valid(None)


def _clearing(fields: list[Field]) -> Seen:
    def seen_(context: Context, store: Store) -> Store:
        effect = context.call.operation.effect
        named = pick(context.call.body, effect.request, {}) if effect else {}

        def put(flawed: Flawed, kind: str, before: Record, after: Record) -> Record:
            for one in fields:
                if one.name not in named:
                    after = with_value(after, one.at, None)
            return flawed.behind.put(kind, before, after)

        return Flawed(store, Flaw(put=put))

    return seen_


_TEXT_FORMS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "trims `{}`": (" a ", str.strip),
    "writes `{}` in lower case": ("Ab", str.lower),
    f"cuts `{{}}` off after {_LONG} characters": ("a" * (_LONG + 1), lambda text: text[:_LONG]),
}


@in_operations("state", "alter-text", most=4)
def altered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Store a text otherwise than it was sent: trimmed, in lower case, or cut off."""
    effect = does(operation, "create", "update", "replace")
    accepts = Accepting(contract, operation)
    if effect is None:
        return
    for one in kept_as_sent(contract, operation):
        for says, (probe, form) in _TEXT_FORMS.items():
            if accepts(one, probe):
                edit = _on_field(operation, effect, one.name, _if_text(form))
                name = f"{operation.id} {says.format(one.name)}"
                yield Draft(operation.id, name, _at(contract, one), edit)


def _if_text(form: Callable[[str], str]) -> Change:
    return lambda value: form(value) if isinstance(value, str) else value


@in_operations("state", "alter-list")
def reordered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Store a list in another order, or without what is repeated in it."""
    effect = does(operation, "create", "update", "replace")
    accepts = Accepting(contract, operation)
    if effect is None:
        return
    for one in kept_as_sent(contract, operation):
        for verb, probe, form in _LIST_FORMS:
            if accepts(one, probe):
                edit = _on_field(operation, effect, one.name, _if_list(form))
                name = f"{operation.id} {verb} `{one.name}`"
                yield Draft(operation.id, name, _at(contract, one), edit)


_LIST_FORMS: tuple[tuple[str, Json, Callable[[list[Json]], list[Json]]], ...] = (
    ("sorts", ["b", "a"], lambda found: sorted(found, key=str)),
    ("drops what is repeated in", ["a", "a"], lambda found: [*dict.fromkeys(map(str, found))]),
)


def _if_list(form: Callable[[list[Json]], list[Json]]) -> Change:
    return lambda value: form(value) if isinstance(value, list) else value
