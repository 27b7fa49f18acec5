"""What happens around a probe: its draft is made ready, and what it left behind is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.probes.witness import Witness
from contracts.reach import planner
from contracts.reach.drafts import Draft, Drafts, Made, key_pointer
from contracts.reach.links import defined, entered
from contracts.reach.scenarios import (
    colleagues,
    known_to,
    look_through,
    read_back,
    read_entries,
)
from contracts.walk import Unreached, Walk
from spec import Operation


def prepared(
    drafts: Drafts, walk: Walk, operation: Operation, witnesses: Iterable[Witness]
) -> Draft:
    """Return a draft with all these changes made, in the order of their ranks.

    Raises: Unreached: a record that it needs cannot be made.
    """
    draft = drafts.draft(walk, operation)
    for witness in sorted(witnesses, key=lambda one: one.rank):
        if witness.needs_record:
            addressed(drafts, draft)
        witness.apply(draft)
    addressed(drafts, draft)
    return draft


def addressed(drafts: Drafts, draft: Draft) -> None:
    """Give a draft that addresses a record one of its own, unless it has one already.

    Raises: Unreached: none can be made.
    """
    effect = draft.effect
    if effect is None or effect.key is None or draft.key is not None:
        return
    resource = drafts.contract.resources[effect.kind]
    names = colleagues(draft.walk, resource, draft.credential)
    if draft.walk.doing("create", effect.kind) is None:
        made = _known(draft, names)
    else:
        made = planner.reached(drafts, draft.walk, effect.kind, names, draft.wanted)
    draft.made, draft.key = made, made.key
    draft.home = {**made.home, **draft.home}
    if effect.part and effect.action == "upsert" and not defined(draft, effect.part):
        read_entries(drafts, draft.walk, made)
        if not draft.whole_body:
            draft.body = entered(draft, effect.part, draft.body)


def _known(draft: Draft, names: list[str]) -> Made:
    """Return a known record of a kind that no operation makes.

    Raises: Unreached: the profile names none.
    """
    kind = draft.effect.kind if draft.effect else ""
    for made in known_to(draft.walk, draft.contract.resources[kind], names):
        return made
    raise Unreached(f"no operation creates a {kind}, and the profile knows none")


def confirm(drafts: Drafts, draft: Draft) -> None:
    """Read after a probe: what a refused call left behind shows, and what an accepted one did."""
    effect = draft.effect
    if effect is None or not draft.operation.writes:
        return
    if draft.made is not None:
        read_back(drafts, draft.walk, draft.made)
        if effect.part is not None:
            read_entries(drafts, draft.walk, draft.made)
    elif effect.action == "create":
        made = _just_made(drafts, draft)
        if made is not None:
            read_back(drafts, draft.walk, made)
        else:
            look_through(drafts, draft.walk, effect.kind, draft.credential)


def _just_made(drafts: Drafts, draft: Draft) -> Made | None:
    """Return a record that an accepted call has made, None when it was refused."""
    walk, effect = draft.walk, draft.effect
    if effect is None or not walk.created or walk.exchanges[-1].answer.status >= 300:
        return None
    kind, key, credential, _ = walk.created[-1]
    known = walk.latest(kind, key)
    if known is None:
        return None
    return Made(kind, walk.last(key_pointer(drafts.contract, effect)), credential or "", 0, known)
