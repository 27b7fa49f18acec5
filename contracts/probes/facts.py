"""Witnesses of facts: what a rule finds out by looking beyond the request and its record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.probes import changes, equality
from contracts.probes.conjuncts import Conjunct
from contracts.probes.relations import Relation
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.scenarios import known_to
from contracts.steps import Template
from contracts.walk import Unreached
from spec import Found, Json, Part, Repeated
from spec.contract import Equal, Mistyped


def witnesses(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield ways to bring a fact about, or a situation that is nearly one."""
    fits = conjunct.condition.fits
    if not fits(True) and not fits(False):
        return
    fact = conjunct.operation.facts[conjunct.condition.path[1]]
    wanted = conjunct.met_by(True)
    if isinstance(fact, Repeated):
        yield from _of_repetition(conjunct.drafts, fact, wanted=wanted)
    elif isinstance(fact, Equal):
        yield from equality.witnesses(conjunct, fact, wanted=wanted)
    elif isinstance(fact, Mistyped):
        yield from _of_type(fact, wanted=wanted)
    elif isinstance(fact, Found):
        return
    elif all(path[0] == "principal" for path in fact.where.values()):
        yield Witness(f"{fact.name} {wanted}", changes.nothing, Rank.CREDENTIAL)
    else:
        relation = Relation(conjunct.drafts, conjunct.operation, fact)
        yield from relation.hits() if wanted else relation.near_misses()


def _of_repetition(drafts: Drafts, fact: Repeated, *, wanted: bool) -> Iterator[Witness]:
    name = fact.field
    if wanted:
        yield Witness(f"{name} twice", partial(_repeat, drafts, name), Rank.FACT)
        apart = partial(_repeat, drafts, name, between=1)
        yield Witness(f"{name} twice, another between", apart, Rank.FACT)
        return
    yield Witness(f"{name} differs", partial(changes.put_row_before, drafts), Rank.FACT)
    for label, held in (("case", "-A"), ("its end", "-a ")):
        other = partial(_nearly_repeat, drafts, name, held)
        yield Witness(f"{name} differs in {label}", other, Rank.FACT)
    yield Witness(f"no {name} twice", partial(_leave_out, drafts, name), Rank.FACT)


def _of_type(fact: Mistyped, *, wanted: bool) -> Iterator[Witness]:
    """Yield entries with values of other types than the known ones have, or of the same."""
    for kind in fact.part.types:
        for label, value in _samples(fact.part, kind, fits=not wanted):
            change = partial(_give, fact.part, kind, value)
            yield Witness(f"{kind} given {label}", change, Rank.FACT, found=True)
    if not wanted:
        yield Witness("null", partial(_give, fact.part, None, None), Rank.FACT, found=True)


def _samples(part: Part, kind: str, *, fits: bool) -> Iterator[tuple[str, Json]]:
    for value in (True, 7, 7.5, -0.25, "text", 5.0, 0, ""):
        if part.fits[kind](value) is fits:
            yield repr(value), value


def _give(part: Part, kind: str | None, value: Json, draft: Draft) -> None:
    """Let the body be one entry of a known definition of that type.

    Raises: Unreached: none is known.
    """
    resource = draft.contract.resources[part.definitions]
    for made in known_to(draft.walk, resource, [draft.credential or ""]):
        if kind in {None, made.known.fields.get(part.typed)}:
            entry = {part.named: made.known.fields[part.named], part.value: value}
            changes.put_body([entry], draft)
            return
    raise Unreached(f"the profile knows no {part.definitions} with {part.typed} {kind}")


def _repeat(drafts: Drafts, name: str, draft: Draft, between: int = 0) -> None:
    value = draft.walk.fresh()
    draft.item[name] = value
    others = [drafts.item(draft.walk, draft.operation) for _ in range(between)]
    draft.before = [{**drafts.item(draft.walk, draft.operation), name: value}, *others]


def _nearly_repeat(drafts: Drafts, name: str, held: str, draft: Draft) -> None:
    value = draft.walk.fresh("-a")
    draft.item[name] = value
    other = draft.walk.again(value, held)
    draft.before = [{**drafts.item(draft.walk, draft.operation), name: other}]


def _leave_out(drafts: Drafts, name: str, draft: Draft) -> None:
    draft.before = [_without(drafts.item(draft.walk, draft.operation), name)]
    draft.item = _without(draft.item, name)


def _without(item: dict[str, Template], name: str) -> dict[str, Template]:
    return {key: value for key, value in item.items() if key != name}
