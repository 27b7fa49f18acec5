"""Witnesses of what a rule says of the addressed record: that it is there, and its fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts import keys
from contracts.oracle import laws
from contracts.probes import changes
from contracts.probes.conjuncts import Conjunct
from contracts.probes.witness import Rank, Witness
from contracts.reach import planner
from contracts.reach.drafts import Draft, Made
from contracts.reach.scenarios import (
    above,
    colleagues,
    deleted,
    elsewhere,
    known_anywhere,
    known_to,
    made_by_one_of,
)
from contracts.steps import Ref, Spelt
from contracts.walk import Unreached
from spec import Json, Resource
from spec.contract.rules import in_words

_MOST_VALUES = 12
_SPELLINGS: dict[str, list[tuple[str, str]]] = {
    "sequence": [("0", ""), ("+", ""), ("", ".0"), ("", " ")],
}
_OTHER_SPELLINGS = [("", " "), (" ", "")]


def witnesses(conjunct: Conjunct) -> Iterator[Witness]:
    """Yield ways to address a record that meets a conjunct."""
    if conjunct.condition.path == ("resource",):
        yield from _of_existence(conjunct)
    else:
        yield from _of_field(conjunct)


# -- existence ------------------------------------------------------------------------------------


def _of_existence(conjunct: Conjunct) -> Iterator[Witness]:
    if not conjunct.met_by(None):
        yield Witness("a record of one's own", changes.nothing, Rank.RECORD)
        return
    yield Witness("never existed", partial(_never_existed, conjunct), Rank.RECORD)
    for text in _malformed(conjunct.resource):
        yield Witness(f"id {text[:8]}", partial(changes.address, text), Rank.RECORD)
    for before, after in _SPELLINGS.get(conjunct.resource.made, _OTHER_SPELLINGS):
        respelt = partial(_respelt, conjunct, before, after)
        yield Witness(f"a key as {before}…{after!r}", respelt, Rank.RECORD)
    yield Witness("in another case", partial(_in_another_case, conjunct), Rank.RECORD)
    gone = partial(_deleted, conjunct)
    yield Witness("deleted", gone, Rank.RECORD, laws=(laws.GONE,))
    foreign = partial(_foreign, conjunct)
    yield Witness("somebody else's", foreign, Rank.RECORD, laws=(laws.TENANTS,))
    tenant = conjunct.resource.tenant
    if tenant and tenant.tree:
        higher = partial(_above, conjunct)
        yield Witness("of somebody above", higher, Rank.RECORD, laws=(laws.TENANTS,))


def _never_existed(conjunct: Conjunct, draft: Draft) -> None:
    draft.key = keys.free(conjunct.resource.made, draft.walk.number) or draft.walk.fresh()


def _malformed(resource: Resource) -> Iterator[str]:
    """Yield texts that cannot be a key of the kind."""
    yield from keys.malformed(resource.made)
    if resource.takes is not None:
        odd = ("a.b", "a b", "\u00e4", "a" * 129, "~")
        yield from (text for text in odd if not resource.takes(text))


def _respelt(conjunct: Conjunct, before: str, after: str, draft: Draft) -> None:
    """Address a record under its key in another spelling, which is another key."""
    names = colleagues(draft.walk, conjunct.resource, draft.credential)
    made = made_by_one_of(conjunct.drafts, draft.walk, conjunct.kind, names)
    draft.home = {**made.home, **draft.home}
    known = Spelt(made.key, before, after) if isinstance(made.key, Ref) else made.key
    draft.key = known if isinstance(known, Spelt) else f"{before}{known}{after}"


def _in_another_case(conjunct: Conjunct, draft: Draft) -> None:
    """Address a record under its key with other letters, which is another key.

    Raises: Unreached: no such key has letters.
    """
    resource, walk = conjunct.resource, draft.walk
    names = colleagues(walk, resource, draft.credential)
    if resource.made == "client":
        key = walk.fresh("-a")
        made_by_one_of(conjunct.drafts, walk, conjunct.kind, names, fields={resource.key: key})
        draft.key = walk.again(key, "-A")
        return
    for made in known_to(walk, resource, names):
        if made.known.key.upper() != made.known.key:
            draft.key = made.known.key.upper()
            return
    raise Unreached(f"no known {conjunct.kind} has a key with small letters")


def _deleted(conjunct: Conjunct, draft: Draft) -> None:
    names = colleagues(draft.walk, conjunct.resource, draft.credential)
    made = made_by_one_of(conjunct.drafts, draft.walk, conjunct.kind, names)
    deleted(conjunct.drafts, draft.walk, made)
    draft.key = made.key


def _foreign(conjunct: Conjunct, draft: Draft) -> None:
    made = elsewhere(conjunct.drafts, draft.walk, conjunct.kind, draft.credential)
    draft.key, draft.made = made.key, made


def _above(conjunct: Conjunct, draft: Draft) -> None:
    made = above(draft.walk, conjunct.kind, draft.credential)
    draft.key, draft.made = made.key, made


# -- fields ---------------------------------------------------------------------------------------


def _of_field(conjunct: Conjunct) -> Iterator[Witness]:
    name = conjunct.condition.path[1]
    for value in _values(conjunct):
        yield Witness(
            f"made with {name} {value!r}", partial(changes.want, name, value), Rank.RECORD
        )
    # A call that is meant to succeed may change the record: only what a walk made is risked.
    if conjunct.holds or not conjunct.operation.writes:
        label = f"known with {name}{'' if conjunct.holds else ' not'} {conjunct.condition.schema}"
        yield Witness(label, partial(_known, conjunct), Rank.RECORD, found=True)


def _values(conjunct: Conjunct) -> list[Json]:
    """Return values that calls can give to the field that a condition speaks of."""
    if len(conjunct.condition.path) > 2:
        return []
    name = conjunct.condition.path[1]
    found = list(planner.obtainable(conjunct.drafts, conjunct.kind, name))
    if not conjunct.holds:
        found += [other for value in _named(conjunct) for other in (f"{value} ", value.swapcase())]
    return [value for value in found if conjunct.met_by(value)][:_MOST_VALUES]


def _named(conjunct: Conjunct) -> list[str]:
    """Return the texts that a condition names."""
    schema = conjunct.condition.schema if isinstance(conjunct.condition.schema, dict) else {}
    named = [*schema.get("enum", ()), schema.get("const")]
    return [one for one in named if isinstance(one, str)]


def _known(conjunct: Conjunct, draft: Draft) -> None:
    """Address a known record, with a credential that may see it."""
    for made in known_anywhere(draft.walk, conjunct.resource, draft.walk.callers):
        if _meets(conjunct, made):
            draft.credential, draft.key, draft.made = made.credential, made.key, made
            draft.home = {**draft.home, **made.home}
            return
    name = ".".join(conjunct.condition.path[1:])
    asked = in_words(conjunct.condition.schema)
    if not conjunct.holds:
        asked = f"is not what {asked}"
    raise Unreached(planner.ungiven(conjunct.drafts, conjunct.kind, name, asked))


def _meets(conjunct: Conjunct, made: Made) -> bool:
    fields, name = made.known.fields, conjunct.condition.path[1]
    return name in fields and conjunct.met_by(fields[name])
