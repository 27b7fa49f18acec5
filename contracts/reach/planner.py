"""How a record comes to be as a row of the ledger needs it: by the fewest calls of the API's own.

Routes are worked out backwards, from the fields that are wanted to the operations that give them:
by a field of a request, by what an effect sets under its conditions, by what is there from the
start. A route is tried by walking it; whether each call may be sent is for the judge to say. Where
none leads there, a known record of the profile may do; else it is said what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from contracts.reach.drafts import Draft, Drafts, Made
from contracts.reach.links import linked
from contracts.reach.scenarios import known_to, made_by_one_of, read_back, users
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import ABSENT, Json, Operation, pick
from spec.contract import Conditions, From
from spec.effects import field_pointer
from spec.equality import same

_MOST_WAYS = 4
_MOST_ROUTES = 12
_DEEPEST = 3
_CHANGING = ("update", "replace")


@dataclass(frozen=True, slots=True)
class Move:
    """A call that gives a record fields: the operation, and what its request must say.

    `before` are fields that the record must have for it.
    """

    operation: Operation
    item: Mapping[str, Template] = field(default_factory=dict)
    before: Mapping[str, Json] = field(default_factory=dict)

    @property
    def creates(self) -> bool:
        """Whether the record comes into being by it."""
        return self.operation.effect is not None and self.operation.effect.action == "create"


# -- the routes -----------------------------------------------------------------------------------


def routes(drafts: Drafts, kind: str, wanted: Mapping[str, Json]) -> list[list[Move]]:
    """Return ways to make a record with these field values, the shortest first.

    Each begins with the call that creates it.
    """
    found: list[list[Move]] = []
    for creating in drafts.contract.doing(kind, "create"):
        for moves in islice(_ways(drafts, kind, creating, wanted, _DEEPEST), _MOST_ROUTES):
            if moves not in found:
                found.append(moves)
    return sorted(found, key=len)


def _ways(
    drafts: Drafts, kind: str, creating: Operation, wanted: Mapping[str, Json], depth: int
) -> Iterator[list[Move]]:
    operations = [creating, *drafts.contract.doing(kind, *_CHANGING)]
    choices = [
        list(islice(_givers(drafts, operations, name, value), _MOST_WAYS))
        for name, value in wanted.items()
    ]
    for chosen in product(*choices):
        yield from _ordered(drafts, kind, creating, chosen, depth)


def _ordered(
    drafts: Drafts, kind: str, creating: Operation, chosen: Sequence[Move], depth: int
) -> Iterator[list[Move]]:
    """Yield the chosen moves as a route: those of one operation as one call, creation first."""
    merged: dict[str, Move] = {creating.id: Move(creating)}
    for one in chosen:
        other = merged.get(one.operation.id, Move(one.operation))
        both = Move(one.operation, {**other.item, **one.item}, {**other.before, **one.before})
        merged[one.operation.id] = both
    first, *later = merged.values()
    needed = {name: value for one in later for name, value in one.before.items()}
    if not needed:
        yield [first, *later]
    elif depth > 1:
        for earlier in _ways(drafts, kind, creating, needed, depth - 1):
            begun, *rest = earlier
            opening = Move(creating, {**begun.item, **first.item}, begun.before)
            yield [opening, *rest, *later]


def _givers(
    drafts: Drafts, operations: Sequence[Operation], name: str, value: Json
) -> Iterator[Move]:
    """Yield the calls that give a record's field a value."""
    for operation in operations:
        yield from giving(drafts, operation, name, value)


def giving(drafts: Drafts, operation: Operation, name: str, value: Json) -> Iterator[Move]:
    """Yield the ways in which one operation gives a field a value."""
    effect = operation.effect
    if effect is None:
        return
    resource = drafts.contract.resources[effect.kind]
    for given, schema in drafts.fields(operation).items():
        takes = drafts.contract.schemas.predicate(schema)
        if field_pointer(resource, given) == f"/{name}" and takes(value):
            yield Move(operation, {given: value})
    if effect.action == "create" and same(pick(effect.initial, f"/{name}", ABSENT), value):
        yield Move(operation)
    for setting in effect.sets:
        template = setting.values.get(name, ABSENT)
        found = _met(drafts, operation, setting.when)
        if template is ABSENT or found is None:
            continue
        if isinstance(template, From):
            given = template.path[-1]
            if template.path[:2] == ("request", "body") and template.path[2:] == (given,):
                yield Move(operation, {**found.item, given: value}, found.before)
        elif same(template, value):
            yield found


def _met(drafts: Drafts, operation: Operation, conditions: Conditions) -> Move | None:
    """Return a call that meets conditions, as far as its body and its record can; None if not."""
    item: dict[str, Json] = {}
    before: dict[str, Json] = {}
    fields = drafts.fields(operation)
    kind = operation.effect.kind if operation.effect else ""
    for one in conditions:
        name = one.path[-1]
        if one.path == ("request", "body", name) or one.path == ("item", name):
            values = drafts.values.instances(fields.get(name, {"const": None}))
            takes = drafts.contract.schemas.predicate(fields.get(name, {}))
            fitting = [value for value in values if one.fits(value) and takes(value)]
        elif one.path in {("resource", name), ("record", name)}:
            fitting = [value for value in obtainable(drafts, kind, name) if one.fits(value)]
        else:
            continue  # What credentials and facts allow is found out when the call is made.
        if not fitting:
            return None
        (item if one.path[0] in {"request", "item"} else before)[name] = fitting[0]
    return Move(operation, item, before)


def obtainable(drafts: Drafts, kind: str, name: str) -> Iterator[Json]:
    """Yield the values that calls can give to a field, each once."""
    seen: list[Json] = []
    for value in _told(drafts, kind, name):
        if not any(same(value, one) for one in seen):
            seen.append(value)
            yield value


def _told(drafts: Drafts, kind: str, name: str) -> Iterator[Json]:
    resource = drafts.contract.resources[kind]
    for operation in drafts.contract.doing(kind, "create", *_CHANGING):
        effect = operation.effect
        assert effect is not None
        for given, schema in drafts.fields(operation).items():
            if field_pointer(resource, given) == f"/{name}":
                takes = drafts.contract.schemas.predicate(schema)
                yield from (one for one in drafts.values.instances(schema) if takes(one))
        if name in effect.initial:
            yield effect.initial[name]
        for setting in effect.sets:
            template = setting.values.get(name, ABSENT)
            if template is not ABSENT and not isinstance(template, (From, dict, list)):
                yield template


# -- walking one ----------------------------------------------------------------------------------


def reached(
    drafts: Drafts,
    walk: Walk,
    kind: str,
    names: list[str],
    wanted: Mapping[str, Template],
) -> Made:
    """Bring about a record of a kind with these field values, by one of these credentials.

    Raises: Unreached: no route leads there; it is said which field nothing gives, or what a route
    was stopped by.
    """
    if not wanted:
        return made_by_one_of(drafts, walk, kind, names)
    stopped = ""
    for route in routes(drafts, kind, wanted):
        try:
            made = _walked(drafts, walk, route, names)
        except Unreached as error:
            stopped = stopped or str(error)
            continue
        if _is_so(drafts, walk, made, wanted):
            return made
        stopped = stopped or f"{route[-1].operation.id} did not give it"
    raise Unreached(lack(drafts, kind, wanted, stopped))


def _walked(drafts: Drafts, walk: Walk, route: list[Move], names: list[str]) -> Made:
    creating, *later = route
    kind = creating.operation.effect.kind if creating.operation.effect else ""
    made = made_by_one_of(drafts, walk, kind, names, fields=dict(creating.item))
    for move in later:
        draft = drafts.draft(walk, move.operation)
        draft.key, draft.home = made.key, dict(made.home)
        draft.item = linked(draft, {**_demanded(drafts, draft), **move.item})
        if not draft.allowed(users(walk, made)):
            judgement = draft.judged()
            found = ", ".join(sorted(judgement.admitted)) if judgement else "no route"
            raise Unreached(f"{move.operation.id} is not sure to be allowed ({found})")
        draft.send()
    return made


def _demanded(drafts: Drafts, draft: Draft) -> dict[str, Template]:
    """Return what a body must hold in any case: all of it where it takes the record's place."""
    if draft.effect is not None and draft.effect.action == "replace":
        return draft.item
    required = drafts.item_schema(draft.operation).get("required", ())
    return {name: value for name, value in draft.item.items() if name in required}


def _is_so(drafts: Drafts, walk: Walk, made: Made, wanted: Mapping[str, Template]) -> bool:
    """Tell whether a record has the wanted fields, as far as is known, or as a read shows."""
    if not _has(made, walk, wanted):
        read_back(drafts, walk, made)
    return _has(made, walk, wanted)


def _has(made: Made, walk: Walk, wanted: Mapping[str, Template]) -> bool:
    fields = made.known.fields
    return all(
        same(pick(fields, f"/{name}", ABSENT), walk.value(value)) for name, value in wanted.items()
    )


def lack(drafts: Drafts, kind: str, wanted: Mapping[str, Template], stopped: str = "") -> str:
    """Return what is missing to bring about a record with these field values, in a sentence."""
    if not drafts.contract.doing(kind, "create"):
        asked = ", ".join(f"{name} {value!r}" for name, value in wanted.items())
        return f"no operation creates a {kind}, and the profile knows none with {asked}"
    operations = drafts.contract.doing(kind, "create", *_CHANGING)
    for name, value in wanted.items():
        if not any(True for _ in _givers(drafts, operations, name, value)):
            return ungiven(drafts, kind, name, f"is {value!r}")
    asked = " and ".join(f"{name} {value!r}" for name, value in wanted.items())
    return f"no {kind} could be brought to {asked}: {stopped or 'no route'}"


def ungiven(drafts: Drafts, kind: str, name: str, asked: str) -> str:
    """Return the sentence that no call gives a field what is asked of it, with what they give."""
    others = [repr(one) for one in islice(obtainable(drafts, kind, name), _MOST_WAYS)]
    given = f" (they give {', '.join(others)})" if others else ""
    return (
        f"no operation gives a {kind} a {name} that {asked}{given}, and the profile knows none "
        f"([[known.{kind}]])"
    )


def known(walk: Walk, kind: str, names: list[str], wanted: Mapping[str, Template]) -> Made | None:
    """Return a known record with these field values that one of the credentials sees."""
    for made in known_to(walk, walk.contract.resources[kind], names):
        if _has(made, walk, wanted):
            return made
    return None
