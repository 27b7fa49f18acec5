"""Witnesses of facts: what a rule finds out by looking beyond the request and its record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts.drafts import Draft, Drafts
from contracts.probes import changes
from contracts.probes.conjuncts import Conjunct
from contracts.probes.relations import Relation
from contracts.probes.witness import Rank, Witness
from contracts.steps import Template
from spec import Repeated


def witnesses(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield ways to bring a fact about, or a situation that is nearly one."""
    fits = conjunct.condition.fits
    if not fits(True) and not fits(False):
        return
    fact = conjunct.operation.facts[conjunct.condition.path[1]]
    wanted = conjunct.met_by(True)
    if isinstance(fact, Repeated):
        yield from _of_repetition(conjunct.drafts, fact, wanted=wanted)
    elif all(path[0] == "principal" for path in fact.where.values()):
        yield Witness(f"{fact.name} {wanted}", changes.nothing, Rank.CREDENTIAL)
    else:
        relation = Relation(conjunct.drafts, conjunct.operation, fact)
        yield from relation.hits() if wanted else relation.near_misses()


def _of_repetition(drafts: Drafts, fact: Repeated, *, wanted: bool) -> Iterator[Witness]:
    name = fact.field
    if wanted:
        yield Witness(f"{name} twice", partial(_repeat, drafts, name), Rank.FACT)
        return
    yield Witness(f"{name} differs", partial(changes.put_row_before, drafts), Rank.FACT)
    yield Witness(f"no {name} twice", partial(_leave_out, drafts, name), Rank.FACT)


def _repeat(drafts: Drafts, name: str, draft: Draft) -> None:
    value = draft.walk.fresh()
    draft.item[name] = value
    draft.before = [{**drafts.item(draft.walk, draft.operation), name: value}]


def _leave_out(drafts: Drafts, name: str, draft: Draft) -> None:
    draft.before = [_without(drafts.item(draft.walk, draft.operation), name)]
    draft.item = _without(draft.item, name)


def _without(item: dict[str, Template], name: str) -> dict[str, Template]:
    return {key: value for key, value in item.items() if key != name}
