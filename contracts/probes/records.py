"""Witnesses of what a rule says of the addressed record: that it is there, and its fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contracts import keys
from contracts.oracle import laws
from contracts.probes import changes
from contracts.probes.conjuncts import Conjunct
from contracts.probes.witness import Rank, Witness
from contracts.reach.drafts import Draft, Made
from contracts.reach.scenarios import (
    above,
    colleagues,
    deleted,
    elsewhere,
    known_to,
    made_by_one_of,
)
from contracts.walk import Unreached
from spec import Json, Operation, Resource


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
    """Return values that a made record can have in the field that a condition speaks of."""
    creating = _creating(conjunct)
    name = conjunct.condition.path[1]
    if creating is None or len(conjunct.condition.path) > 2:
        return []
    schema = conjunct.drafts.fields(creating).get(name)
    if schema is not None:
        return conjunct.values([conjunct.condition.schema, schema], schema)
    initial = creating.effect.initial if creating.effect else {}
    return [initial[name]] if name in initial and conjunct.met_by(initial[name]) else []


def _creating(conjunct: Conjunct) -> Operation | None:
    for one in conjunct.contract.operations.values():
        if one.effect and one.effect.action == "create" and one.effect.kind == conjunct.kind:
            return one
    return None


def _known(conjunct: Conjunct, draft: Draft) -> None:
    """Address a known record, with a credential that may see it."""
    everybody = draft.walk.world.profile.credentials
    for made in known_to(draft.walk, conjunct.resource, everybody):
        if _meets(conjunct, made):
            draft.credential, draft.key, draft.made = made.credential, made.key, made
            return
    raise Unreached(
        f"the profile knows no {conjunct.kind} with {'.'.join(conjunct.condition.path[1:])} "
        f"{'' if conjunct.holds else 'not '}{conjunct.condition.schema}"
    )


def _meets(conjunct: Conjunct, made: Made) -> bool:
    fields, name = made.known.fields, conjunct.condition.path[1]
    return name in fields and conjunct.met_by(fields[name])
