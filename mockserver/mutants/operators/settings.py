"""What a write sets of its own accord, keeps or rules out, and does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mockserver.mutants.edits import (
    Seen,
    carried_out_through,
    on_effect,
    on_operation,
)
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.sight import (
    Field,
    does,
    given,
    owners,
    seen,
    settable,
    shown,
    visible,
    way_to_rows,
)
from mockserver.mutants.spots import EACH, Way, with_value
from mockserver.store import Store
from spec import (
    Context,
    Contract,
    Effect,
    Json,
    Operation,
    Record,
    Resource,
    pick,
)
from spec.contract import Body, Declared


@in_operations("state", "forget-setting", most=4)
def unset(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget what an effect sets of its own accord."""
    effect = does(operation, "create", "update", "replace")
    if effect is None:
        return
    resource, place = contract.resources[effect.kind], effect.place.pointer
    for number, setting in enumerate(effect.sets):
        if any(visible(contract, resource, name, f"/{name}") for name in setting.values):
            rest = tuple(one for one in effect.sets if one is not setting)
            when = " and ".join(str(one) for one in setting.when)
            yield Draft(
                operation.id,
                f"{operation.id} does not set `{', '.join(setting.values)}` where {when}",
                contract.document.place(f"{place}/sets/{number}"),
                on_effect(operation.id, _with(sets=rest)),
            )


@in_operations("state", "forget-initial")
def uninitial(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget a value that a new record begins with."""
    effect = does(operation, "create", "replace")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    for field, value in effect.initial.items():
        kept = effect.action == "replace" and field in effect.keeps
        if value is not None and not kept and visible(contract, resource, field, f"/{field}"):
            rest = {name: one for name, one in effect.initial.items() if name != field}
            yield Draft(
                operation.id,
                f"{operation.id} does not begin with {value!r} for `{field}`",
                contract.document.place(f"{effect.place.pointer}/initial/{field}"),
                on_effect(operation.id, _with(initial=rest)),
            )


@in_operations("state", "forget-wrap")
def unwrapped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Store a single value as it is where it is to be a list of one."""
    effect = does(operation, "create", "update", "replace")
    if effect is None:
        return
    for one in seen(contract, operation):
        if one.name in effect.wrap:
            yield Draft(
                operation.id,
                f"{operation.id} does not make a list of a single `{one.name}`",
                contract.document.place(f"{effect.place.pointer}/wrap"),
                on_effect(operation.id, _with(wrap=effect.wrap - {one.name})),
            )


@in_operations("state", "forget-kept")
def unkept(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Unset a field that a replacement leaves as it is."""
    effect = does(operation, "replace")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    for field in sorted(effect.keeps):
        if shown(contract, resource, f"/{field}"):
            told = given(contract, effect.kind, (field, "*"))
            yield Draft(
                operation.id,
                f"{operation.id} does not keep `{field}`",
                contract.document.place(f"{effect.place.pointer}/keeps"),
                on_effect(operation.id, _with(keeps=effect.keeps - {field})),
                "" if told else f"no call gives `{field}` of a {effect.kind} another value",
            )


def _with(**changes: Json) -> Callable[[Effect], Effect]:
    return lambda effect: replace(effect, **changes)


@in_operations("state", "mass-assignment")
def assigned(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let a request set what only the server sets."""
    effect = does(operation, "create", "update", "replace")
    if effect is None or operation.body is None:
        return
    resource = contract.resources[effect.kind]
    known = {one.name for one in settable(contract, operation)}
    for field in resource.top_level:
        at = f"/{field}"
        free = field not in known and field not in _unsettable(effect, resource)
        if free and shown(contract, resource, at) and _open(contract, operation):
            yield Draft(
                operation.id,
                f"{operation.id} lets a request set `{field}`",
                contract.document.place(f"{resource.schema}/properties/{field}"),
                on_operation(operation.id, _declaring(field)),
            )


def _unsettable(effect: Effect, resource: Resource) -> set[str]:
    """Return the fields that the mock gives a value after all that a request says."""
    fixed = {resource.key, *resource.nested, *resource.parts}
    fixed |= {*(resource.changing if effect.action == "update" else resource.generated)}
    if effect.action == "replace":
        fixed |= {*owners(resource), *effect.keeps}
    return fixed | {name for one in effect.sets for name in one.values}


def _open(contract: Contract, operation: Operation) -> bool:
    """Tell whether a request may carry what is not declared."""
    owned = {one.pointer.rpartition("/properties/")[0] for one in settable(contract, operation)}
    return all(contract.document.get(f"{one}/additionalProperties") is not False for one in owned)


def _declaring(name: str) -> Callable[[Operation], Operation]:
    def change(operation: Operation) -> Operation:
        effect, body = operation.effect, operation.body
        assert effect is not None
        assert body is not None
        way = way_to_rows(effect)
        declared = {media: _declared(one, way, name) for media, one in body.declared.items()}
        return replace(operation, body=Body(body.required, body.media, declared))

    return change


def _declared(one: Declared | None, way: Way, name: str) -> Declared | None:
    """Return what is declared, with one more property at the end of a way."""
    if one is None:
        return None
    if not way:
        return Declared({**one.properties, name: None}, one.items)
    step, rest = way[0], way[1:]
    if step is EACH:
        return Declared(one.properties, _declared(one.items, rest, name))
    inner = {**one.properties, str(step): _declared(one.properties.get(str(step)), rest, name)}
    return Declared(inner, one.items)


@in_operations("state", "protected-field")
def unprotected(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let a change move what it has to leave as it is."""
    effect = does(operation, "update", "replace")
    if effect is None:
        return
    resource = contract.resources[effect.kind]
    fixed = {*resource.generated, *effect.keeps, *owners(resource)} - {resource.key}
    for one in settable(contract, operation):
        if one.name in fixed and effect.action == "replace":
            edit = carried_out_through(operation.id, _overwriting(one.name))
            name = f"{operation.id} overwrites `{one.name}`"
            yield Draft(operation.id, name, contract.document.place(one.pointer), edit)


def _overwriting(name: str) -> Seen:
    def seen_(context: Context, store: Store) -> Store:
        effect = context.call.operation.effect
        row = pick(context.call.body, effect.request, {}) if effect else {}

        def put(flawed: Flawed, kind: str, before: Record, after: Record) -> Record:
            return flawed.behind.put(
                kind, before, {**after, name: row[name]} if name in row else after
            )

        return Flawed(store, Flaw(put=put))

    return seen_


@in_operations("state", "merge-for-replace")
def merged(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave what a replacement does not name as it was."""
    effect = does(operation, "replace")
    if effect is not None:
        fields = seen(contract, operation)
        optional = [one for one in fields if not _required(contract, one)]
        if optional:
            name = f"{operation.id} leaves what the body does not name as it was"
            edit = carried_out_through(operation.id, _keeping(optional))
            yield Draft(operation.id, name, effect.place, edit)


def _required(contract: Contract, one: Field) -> bool:
    owner, _, name = one.pointer.rpartition("/properties/")
    return name in (contract.document.get(f"{owner}/required") or ())


def _keeping(fields: list[Field]) -> Seen:
    def seen_(context: Context, store: Store) -> Store:
        effect = context.call.operation.effect
        named = pick(context.call.body, effect.request, {}) if effect else {}

        def put(flawed: Flawed, kind: str, before: Record, after: Record) -> Record:
            for one in fields:
                if one.name not in named:
                    after = with_value(after, one.at, pick(before, one.at))
            return flawed.behind.put(kind, before, after)

        return Flawed(store, Flaw(put=put))

    return seen_
