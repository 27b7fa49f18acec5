"""Names of other records inside a body: put in so that the facts of the rules hold.

A body that names a command must name one that exists, or it says nothing about the rest of the
call. Which record fits is tried out on what the walk knows, a few combinations at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING

from contracts import keys
from contracts.steps import Template
from spec import Call, Context, Exists, Json, Operation, Part
from spec.contract import Condition, Equal
from spec.rules import owner_of

if TYPE_CHECKING:
    from contracts.oracle.knowledge import Known
    from contracts.reach.drafts import Draft

_MOST_EACH = 6
_MOST = 60
SAMPLES: tuple[Json, ...] = (True, False, 7, 0, -3, 7.5, -0.25, 5.0, "text", "")
"""Values of entries: some of every type, the plainest first."""


def linked(
    draft: Draft, body: dict[str, Template], *, unlike: dict[str, Template] | None = None
) -> dict[str, Template]:
    """Return a body whose references to other records name known ones that fit together.

    A reference for which nothing is known stays as it is. It names other records than `unlike`
    does where there are such.
    """
    facts = [fact for fact in _demanded(draft.operation) if _names(fact) & body.keys()]
    if not facts:
        return body
    first: dict[str, Template] | None = None
    for variant in islice(_variants(draft, facts, body), _MOST):
        if _holds(draft, variant):
            if variant != unlike:
                return variant
            first = variant
        first = first or variant
    return first or body


def astray(draft: Draft, body: dict[str, Template]) -> dict[str, Template]:
    """Return a body whose references name records that nobody has, where there are such keys."""
    resources = draft.contract.resources
    result = dict(body)
    for fact in _demanded(draft.operation):
        for field, path in fact.where.items():
            resource = resources[fact.kind]
            key = keys.free(resource.made, draft.walk.number) if field == resource.key else None
            if key is not None and path[-1] in body:
                result[path[-1]] = key
    return result


def references(operation: Operation) -> set[str]:
    """Return the names of the body's fields by which rules demand that a record exists."""
    return set().union(*(_names(fact) for fact in _demanded(operation)))


def _demanded(operation: Operation) -> list[Exists]:
    """Return the facts that name a record in the body, and that a rule wants to be true."""
    names = [one.path[1] for rule in operation.rules for one in rule.when if _demands(one)]
    found = [operation.facts[name] for name in dict.fromkeys(names)]
    return [one for one in found if isinstance(one, Exists) and _names(one)]


def _demands(one: Condition) -> bool:
    return one.path[0] == "facts" and len(one.path) == 2 and one.fits(False) and not one.fits(True)


def _names(fact: Exists) -> set[str]:
    return {
        path[-1]
        for path in fact.where.values()
        if path[0] == "item" or (path[:2] == ("request", "body") and len(path) == 3)
    }


def _variants(
    draft: Draft, facts: list[Exists], body: dict[str, Template]
) -> Iterator[dict[str, Template]]:
    pools = [list(islice(_candidates(draft, fact), _MOST_EACH)) for fact in facts]
    for chosen in product(*(pool or [{}] for pool in pools)):
        variant = dict(body)
        for values in chosen:
            variant.update({name: value for name, value in values.items() if name in body})
        yield variant


def _candidates(draft: Draft, fact: Exists) -> Iterator[dict[str, Json]]:
    """Yield the values by which the body would name each known record that fits a fact."""
    call = draft.walk.call(draft.step())[1]
    if not isinstance(call, Call):
        return
    owner = owner_of(fact.kind, _context(draft, call))
    for known in draft.walk.knowledge.living(fact.kind, owner if isinstance(owner, tuple) else ()):
        if all(known.fields.get(name) == value for name, value in fact.constants.items()):
            yield {
                path[-1]: known.fields[field]
                for field, path in fact.where.items()
                if field in known.fields
            }


def _context(draft: Draft, call: Call) -> Context:
    credential = draft.walk.world.profile.credentials.get(draft.credential or "")
    return Context(call, credential.facts if credential else {}, draft.walk.knowledge)


def _holds(draft: Draft, body: dict[str, Template]) -> bool:
    """Tell whether all facts that the rules demand of a body are surely true."""
    call = draft.walk.call(draft.with_body(body).step())[1]
    if not isinstance(call, Call):
        return False
    context = _context(draft, call)
    wanted = {fact.name for fact in _demanded(draft.operation) if _names(fact) & body.keys()}
    for rule in draft.operation.rules:
        for one in rule.when:
            fact = draft.operation.facts.get(one.path[1]) if _demands(one) else None
            if isinstance(fact, Equal) and _speaks_of(fact, body):
                wanted.add(fact.name)
    return all(context.fact(name) is True for name in wanted)


def _speaks_of(fact: Equal, body: dict[str, Template]) -> bool:
    return any(
        path[:2] == ("request", "body") and path[-1] in body for path in (fact.left, fact.right)
    )


# -- entries --------------------------------------------------------------------------------------


def defined(draft: Draft, part: Part) -> list[Known]:
    """Return the known definitions of the entries that a call can set, by name once each."""
    call = draft.walk.call(draft.step())[1]
    if not isinstance(call, Call):
        return []
    owner = owner_of(part.definitions, _context(draft, call))
    if not isinstance(owner, tuple):
        return list(draft.walk.knowledge.living(part.definitions))
    return list(draft.walk.knowledge.living(part.definitions, owner))


def entered(draft: Draft, part: Part, sample: Json) -> list[Template]:
    """Return a body that sets one entry: one whose type takes the sample's value, if any is known.

    A new one under a fresh name where no definition is known.
    """
    item = sample[0] if isinstance(sample, list) and sample else {}
    plain = item.get(part.value) if isinstance(item, dict) else None
    found = {str(one.fields.get(part.typed)): one for one in reversed(defined(draft, part))}
    for value in (plain, *SAMPLES):
        for kind, known in found.items():
            if value is not None and kind in part.fits and part.fits[kind](value):
                return [{part.named: known.fields[part.named], part.value: value}]
    return [{part.named: draft.walk.fresh(), part.value: plain}]
