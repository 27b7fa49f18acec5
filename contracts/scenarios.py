"""What a scenario is, and the small moves that scenarios share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from contracts.drafts import Draft, Drafts, Made
from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Operation, Resource


@dataclass(frozen=True, slots=True)
class Scenario:
    """A walk with an aim: the rows of the ledger that it may prove.

    `run` raises Unreached where the target or the profile does not let it be set up.
    """

    id: str
    rows: tuple[str, ...]
    run: Callable[[Walk], None]


# -- credentials ----------------------------------------------------------------------------------


def colleagues(walk: Walk, resource: Resource, credential: str | None) -> list[str]:
    """Return the credentials of the same tenant, the given one last."""
    credentials = walk.world.profile.credentials
    mine = credentials.get(credential or "")
    if mine is None or resource.tenant is None:
        return list(credentials)
    tenant = mine.facts.get(resource.tenant)
    names = [name for name, one in credentials.items() if one.facts.get(resource.tenant) == tenant]
    return sorted(names, key=lambda name: name == credential)


def strangers(walk: Walk, resource: Resource, credential: str | None) -> list[str]:
    """Return the credentials of other tenants."""
    mine = colleagues(walk, resource, credential)
    if resource.tenant is None:
        return []
    return [name for name in walk.world.profile.credentials if name not in mine]


# -- records --------------------------------------------------------------------------------------


def known_to(walk: Walk, resource: Resource, names: Iterable[str]) -> Iterator[Made]:
    """Yield the live records of a kind that these credentials may know, made here or not.

    One that several credentials share comes once for each.
    """
    for name in names:
        facts = walk.world.profile.credentials[name].facts
        for known in walk.knowledge.living(resource.kind, resource.tenant_of(facts)):
            yield Made(resource.kind, known.key, name, -1, known)


def made_by_one_of(
    drafts: Drafts,
    walk: Walk,
    kind: str,
    names: list[str],
    *,
    whole: bool = False,
    fields: dict[str, Template] | None = None,
) -> Made:
    """Make a record with the first of these credentials that may.

    Raises: Unreached: none of them may.
    """
    reason = f"the profile has no credential that may create a {kind}"
    for name in names:
        try:
            return drafts.make(walk, kind, credential=name, whole=whole, fields=fields)
        except Unreached as error:
            reason = str(error)
    raise Unreached(reason)


def allowed(
    drafts: Drafts, walk: Walk, operation: Operation, key: Template, names: list[str]
) -> Draft:
    """Return a draft on a record with the first credential that is sure to be allowed.

    Raises: Unreached: there is none.
    """
    draft = drafts.draft(walk, operation)
    draft.key = key
    if not draft.allowed(names):
        raise Unreached(f"no credential of the profile is sure to be allowed {operation.id}")
    return draft


def read_back(drafts: Drafts, walk: Walk, made: Made) -> None:
    """Read a record once more, so that what was done to it, or should not have been, shows."""
    operation = walk.doing("read", made.kind)
    if operation is None:
        look_through(drafts, walk, made.kind, made.credential)
        return
    draft = drafts.draft(walk, operation)
    draft.key = made.key
    if draft.choose([name for name in users(walk, made) if name], _foreseen):
        draft.send()


def users(walk: Walk, made: Made) -> list[str]:
    """Return the credentials that may use a record, the one that made it first."""
    resource = walk.contract.resources[made.kind]
    return [made.credential, *colleagues(walk, resource, made.credential)]


def _foreseen(draft: Draft) -> bool:
    judgement = draft.judged()
    return judgement is not None and judgement.sole is not None


def look_through(drafts: Drafts, walk: Walk, kind: str, credential: str | None) -> None:
    """Send a plain list call, which would show a record that should not be there."""
    operation = walk.doing("list", kind)
    if operation is None:
        return
    draft = drafts.draft(walk, operation)
    if draft.allowed([credential]):
        draft.send()


def deleted(drafts: Drafts, walk: Walk, made: Made) -> None:
    """Delete a record that the walk has made.

    Raises: Unreached: no operation deletes its kind, or nobody may.
    """
    operation = walk.deleting(made.kind)
    if operation is None:
        raise Unreached(f"no operation deletes a {made.kind}")
    allowed(drafts, walk, operation, made.key, users(walk, made)).send()
