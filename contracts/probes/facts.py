"""Witnesses of facts: what a rule finds out by looking beyond the request and its record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from contracts.probes import changes, equality
from contracts.probes.conjuncts import Conjunct
from contracts.probes.relations import Relation
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.links import SAMPLES
from contracts.reach.scenarios import known_to, read_entries
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
        yield from _of_type(conjunct.drafts, fact, wanted=wanted)
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


def _of_type(drafts: Drafts, fact: Mistyped, *, wanted: bool) -> Iterator[Witness]:
    """Yield entries with values of other types than the known ones have, or of the same."""
    for kind in fact.part.types:
        for label, value in _samples(fact.part, kind, fits=not wanted):
            change = partial(_give, fact.part, kind, value)
            yield Witness(f"{kind} given {label}", change, Rank.FACT, found=True)
        for label, value in _samples(fact.part, kind, fits=not wanted):
            bent = partial(_give, fact.part, kind, value, spelt=str.swapcase)
            yield Witness(f"{kind} in another case given {label}", bent, Rank.FACT, found=True)
            break
    if not wanted:
        yield Witness("null", partial(_give, fact.part, None, None), Rank.FACT, found=True)
        return
    kinds = list(fact.part.types)
    for first, other in zip(kinds, [*kinds[1:], kinds[0]], strict=True):
        both = partial(_give_new, drafts, fact.part, first, other)
        yield Witness(f"a new {first}, then given a {other}", both, Rank.FACT)


def _samples(part: Part, kind: str, *, fits: bool) -> Iterator[tuple[str, Json]]:
    for value in (True, 7, 7.5, -0.25, "text", 5.0, 0, "", "7", "true"):
        if part.fits[kind](value) is fits:
            yield repr(value), value


def _plainly(name: str) -> str:
    return name


def _give(
    part: Part,
    kind: str | None,
    value: Json,
    draft: Draft,
    spelt: Callable[[str], str] = _plainly,
) -> None:
    """Let the body be one entry of a known definition of that type.

    Raises: Unreached: none is known.
    """
    resource = draft.contract.resources[part.definitions]
    for made in known_to(draft.walk, resource, [draft.credential or ""]):
        if kind in {None, made.known.fields.get(part.typed)}:
            entry = {part.named: spelt(made.known.fields[part.named]), part.value: value}
            changes.put_body([entry], draft)
            return
    raise Unreached(f"the profile knows no {part.definitions} with {part.typed} {kind}")


def _give_new(drafts: Drafts, part: Part, first: str, other: str, draft: Draft) -> None:
    """Let the body make a definition, and then give it a value of another type."""
    if draft.made is not None:
        # Who knows all definitions knows that a fresh name is none.
        read_entries(drafts, draft.walk, draft.made)
    making = [one for one in SAMPLES if part.type_of(one) == first and not isinstance(one, float)]
    wrong = [one for one in SAMPLES if part.fits[other](one) and not part.fits[first](one)]
    if not making or not wrong:
        raise Unreached(f"no value of a {other} is none of a {first}")
    name = draft.walk.fresh("-New")
    changes.put_body([{part.named: name, part.value: one} for one in (making[0], wrong[0])], draft)


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
