"""What calls can set in records and see of them: a bug in what nobody sees is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mockserver.mutants.spots import EACH, Way
from spec import Contract, Document, Effect, Exists, Found, Json, Operation, Resource, regions
from spec.document import escape, tokens
from spec.effects import field_pointer
from spec.regions.paths import nested

READING = frozenset({"read", "list", "entries"})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record that a request may set; `pointer` leads to its schema."""

    name: str
    pointer: str
    at: str
    """Where it stands in the record, as a pointer."""


def readers(contract: Contract, kind: str) -> tuple[Operation, ...]:
    """Return the operations that show records of a kind and change none."""
    return contract.doing(kind, *READING)


def settable(contract: Contract, operation: Operation) -> list[Field]:
    """Return the fields of a record that an operation's requests may set, as they are declared."""
    effect = operation.effect
    if effect is None or operation.body is None:
        return []
    resource = contract.resources[effect.kind]
    found: dict[str, Field] = {}
    for pointer in operation.body.media.values():
        for name, at in _properties(contract.document, pointer, _way(effect)):
            found.setdefault(name, Field(name, at, field_pointer(resource, name)))
    return list(found.values())


def _way(effect: Effect) -> list[str]:
    """Return the steps from a body to a record in it; `*` stands for the items of a list."""
    return [*tokens(effect.request), *(["*"] if effect.many else [])]


def _properties(
    document: Document, pointer: str, way: list[str], depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield name and pointer of the properties of what stands at the end of a way."""
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > 8:
        return
    for word in ("allOf", "anyOf", "oneOf"):
        for number in range(len(schema.get(word, ()))):
            yield from _properties(document, f"{at}/{word}/{number}", way, depth + 1)
    if way and way[0] == "*":
        if "items" in schema:
            yield from _properties(document, f"{at}/items", way[1:], depth + 1)
    elif way:
        if way[0] in schema.get("properties", {}):
            inner = f"{at}/properties/{escape(way[0])}"
            yield from _properties(document, inner, way[1:], depth + 1)
    else:
        for name in schema.get("properties", {}):
            yield name, f"{at}/properties/{escape(name)}"


def seen(contract: Contract, operation: Operation) -> list[Field]:
    """Return the settable fields of which some call can tell what is stored."""
    effect = operation.effect
    if effect is None:
        return []
    resource = contract.resources[effect.kind]
    fixed = {resource.key, *resource.generated}
    if effect.action != "create":
        fixed |= {*owners(resource)}
    return [
        one
        for one in settable(contract, operation)
        if one.name not in fixed and visible(contract, resource, one.name, one.at)
    ]


def owners(resource: Resource) -> tuple[str, ...]:
    """Return the fields of a kind that say whose a record is."""
    return tuple(resource.tenant.fields) if resource.tenant else ()


def visible(contract: Contract, resource: Resource, name: str, at: str) -> bool:
    """Tell whether some call shows a stored field or depends on it."""
    return shown(contract, resource, at) or name in set(_asked_for(contract, resource.kind))


def shown(contract: Contract, resource: Resource, at: str) -> bool:
    """Tell whether a call that changes nothing shows a field."""
    showing = any(
        one.effect and one.effect.action in {"read", "list"}
        for one in readers(contract, resource.kind)
    )
    return showing and at in resource.shown


def _asked_for(contract: Contract, kind: str) -> Iterator[str]:
    """Yield the fields of a kind that filters, searches and facts ask for."""
    for operation in contract.operations.values():
        effect, listing = operation.effect, operation.listing
        if listing and effect and effect.kind == kind:
            yield from (one.field.partition(".")[0] for one in listing.filters)
            yield from listing.search_fields if listing.search else ()
        for fact in operation.facts.values():
            if isinstance(fact, Exists | Found) and fact.kind == kind:
                yield from fact.where


def gives(contract: Contract, operation: Operation, way: tuple[str, ...]) -> bool:
    """Tell whether an operation may put something at a way inside a record of its kind.

    A way is made of names, and `*` for the items of a list.
    """
    effect = operation.effect
    assert effect is not None, "only operations with an effect show records"
    resource = contract.resources[effect.kind]
    if way[0] in {resource.key, *resource.generated, *owners(resource), *resource.parts}:
        return True
    at = "/" + "/".join(map(escape, way))
    if any(f"{at}/".startswith(f"{one.at}/") for one in settable(contract, operation)):
        return True
    initial = effect.initial.get(way[0])
    if initial is not None and (len(way) == 1 or initial not in ({}, [])):
        return True
    return any(way[0] in one.values for one in effect.sets) or way in {
        (name,) for name in resource.nested
    }


def given(contract: Contract, kind: str, way: tuple[str, ...]) -> bool:
    """Tell whether some operation may put something at a way inside a record of a kind."""
    for operation in contract.operations.values():
        effect = operation.effect
        if effect is None:
            continue
        job = effect.job
        if job and (job.kind == kind or any(way[0] in one.values for one in job.changes)):
            return True
        writes = effect.kind == kind and effect.action in {"create", "update", "replace"}
        if writes and gives(contract, operation, way):
            return True
    return False


def takes(contract: Contract, field: Field, value: Json) -> bool:
    """Tell whether a request may give a field this value."""
    return contract.schemas.validator(field.pointer).is_valid(value)


class Accepting:
    """Whether an operation takes a value for a field, and no rule refuses it."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        """Ask about the fields of the records that an operation's requests carry."""
        self._contract = contract
        self._operation = operation

    @cached_property
    def _accepted(self) -> Json:
        return regions.success(self._contract, self._operation).definition

    def __call__(self, field: Field, value: Json) -> bool:
        """Tell whether some call with this value is accepted, as far as can be told."""
        fits = takes(self._contract, field, value)
        if not fits or not _ruled(self._operation, field):
            return fits
        effect = self._operation.effect
        assert effect is not None, "only operations with an effect have fields of records"
        row = nested((field.name,), {"const": value})
        if effect.many:
            row = {"type": "array", "contains": row}
        wanted = nested(("request", "body", *tokens(effect.request)), row)
        return regions.satisfiable({"allOf": [self._accepted, wanted]}) is not False


def _ruled(operation: Operation, field: Field) -> bool:
    """Tell whether some rule may depend on what a request gives a field."""
    for rule in operation.rules:
        for one in (*rule.when, *rule.doubtful):
            if field.name in one.path or one.path == ("request", "body"):
                return True
            fact = operation.facts.get(one.path[-1]) if one.path[0] == "facts" else None
            if isinstance(fact, Exists) and any(field.name in path for path in fact.where.values()):
                return True
    return False


def kept_as_sent(contract: Contract, operation: Operation) -> list[Field]:
    """Return the fields that are stored as a request gives them and shown as they are stored."""
    effect = operation.effect
    if effect is None:
        return []
    resource = contract.resources[effect.kind]
    computed = {name for one in effect.sets for name in one.values}
    return [
        one
        for one in seen(contract, operation)
        if one.name not in computed and shown(contract, resource, one.at)
    ]


def stamps(contract: Contract, resource: Resource, how: str) -> list[str]:
    """Return the shown fields of a kind that hold the time of its creation or last change."""
    return [
        name
        for name, one in resource.generated.items()
        if one.how == how and shown(contract, resource, f"/{name}")
    ]


def does(operation: Operation, *actions: str) -> Effect | None:
    """Return the effect of an operation that does one of these things."""
    effect = operation.effect
    return effect if effect is not None and effect.action in actions else None


def told(contract: Contract, effect: Effect) -> bool:
    """Tell whether a call shows the records that an effect leaves."""
    return bool(readers(contract, effect.job.kind if effect.job else effect.kind))


def way_to_rows(effect: Effect) -> Way:
    """Return the way from a request body to the fields of a record."""
    return (*tokens(effect.request), *((EACH,) if effect.many else ()))


def way_to_records(effect: Effect) -> Way:
    """Return the way from the body of an answer to the records that it shows."""
    return (*tokens(effect.response or ""), *((EACH,) if effect.many else ()))
