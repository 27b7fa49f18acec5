"""Witnesses of equality: two values of a call agree, or nearly do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.probes import changes
from contracts.probes.conjuncts import Conjunct
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Draft, Made
from contracts.reach.scenarios import known_to
from contracts.walk import Unreached
from spec import Found, Json
from spec.contract import Equal
from spec.equality import same


def witnesses(conjunct: Conjunct, fact: Equal, *, wanted: bool) -> Iterator[Witness]:
    """Yield ways to let the request name two values that agree, or do not."""
    found = _record(conjunct, fact)
    if found is not None:
        label = "the same" if wanted else "another"
        change = partial(_choose, conjunct, fact, found, wanted)
        yield Witness(f"{fact.name}: {label}'s", change, Rank.LAST, found=True)
        return
    if wanted:
        yield Witness(f"{fact.name}: the same", partial(_agree, fact), Rank.LAST)
        return
    yield Witness(f"{fact.name}: another", partial(_differ, fact), Rank.LAST)
    yield Witness(f"{fact.name}: in another case", partial(_differ_in_case, fact), Rank.LAST)


def _record(conjunct: Conjunct, fact: Equal) -> Found | None:
    """Return the fact whose record's field the other value is compared with, if one is."""
    for path in (fact.left, fact.right):
        found = conjunct.operation.facts.get(path[1]) if path[0] == "facts" else None
        if isinstance(found, Found):
            return found
    return None


def _choose(conjunct: Conjunct, fact: Equal, found: Found, wanted: bool, draft: Draft) -> None:
    """Let the request name a known record whose field agrees with the other value, or does not.

    Raises: Unreached: none is known.
    """
    sent, stored = (fact.left, fact.right) if fact.right[0] == "facts" else (fact.right, fact.left)
    value = draft.walk.value(_sent(draft, sent))
    resource = conjunct.contract.resources[found.kind]
    for made in known_to(draft.walk, resource, [draft.credential or ""]):
        if same(made.known.fields.get(stored[2]), value) is wanted:
            _name(found, made, draft)
            return
    raise Unreached(f"the profile knows no {found.kind} whose {stored[2]} is {value!r} or not")


def _name(found: Found, made: Made, draft: Draft) -> None:
    for field, path in found.where.items():
        changes.put(path, made.known.fields.get(field), draft)


def _sent(draft: Draft, path: tuple[str, ...]) -> Json:
    """Return the template of what the draft sends at a path."""
    if path[:2] == ("request", "path"):
        effect = draft.effect
        return draft.key if effect and path == effect.key else draft.home.get(path[-1])
    if path[:2] == ("request", "query"):
        return draft.query.get(path[-1])
    return draft.field(path[-1])


def _agree(fact: Equal, draft: Draft) -> None:
    changes.put(fact.left, _sent(draft, fact.right), draft)


def _differ(fact: Equal, draft: Draft) -> None:
    changes.put(fact.left, draft.walk.fresh(), draft)


def _differ_in_case(fact: Equal, draft: Draft) -> None:
    value = draft.walk.value(_sent(draft, fact.right))
    if not isinstance(value, str) or value.swapcase() == value:
        raise Unreached("the value has no letters")
    changes.put(fact.left, value.swapcase(), draft)
