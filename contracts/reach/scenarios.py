"""What a scenario is, and the small moves that scenarios share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from contracts.reach.drafts import Draft, Drafts, Made
from contracts.reach.parents import parent
from contracts.steps import Template
from contracts.walk import NOBODY, Unreached, Walk
from spec import ABSENT, Absent, Operation, Owner, Resource


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
    mine = credentials.get(credential or NOBODY)
    facts = set(resource.tenant.facts.values()) if resource.tenant else set()
    if mine is None or not facts:
        return walk.callers
    names = [
        name
        for name, one in credentials.items()
        if all(one.facts.get(fact) == mine.facts.get(fact) for fact in facts)
    ]
    return sorted(names, key=lambda name: name == credential)


def strangers(walk: Walk, resource: Resource, credential: str | None) -> list[str]:
    """Return the credentials whose records the given one surely does not see."""
    viewer = viewpoint(walk, resource, credential)
    if resource.tenant is None or not resource.tenant.facts:
        return []
    names = walk.world.profile.credentials
    owners = {name: viewpoint(walk, resource, name) for name in names}
    return [
        name
        for name, owner in owners.items()
        if walk.knowledge.sees(resource.kind, viewer, owner) is False
    ]


def viewpoint(walk: Walk, resource: Resource, credential: str | None) -> Owner | Absent:
    """Return whose records a credential's calls see, under the path parameters of the profile."""
    if resource.tenant is None:
        return ABSENT
    one = walk.world.profile.credentials.get(credential or "")
    facts = one.facts if one else {}
    given = walk.value(dict(walk.parameters))
    return tuple(
        facts.get(path[1]) if path[0] == "principal" else given.get(path[-1])
        for path in resource.tenant.fields.values()
    )


# -- records --------------------------------------------------------------------------------------


def known_to(walk: Walk, resource: Resource, names: Iterable[str]) -> Iterator[Made]:
    """Yield the live records of a kind that these credentials may know, made here or not.

    One that several credentials share comes once for each.
    """
    for name in names:
        for known in walk.knowledge.living(resource.kind, viewpoint(walk, resource, name)):
            yield Made(resource.kind, known.key, name, -1, known)


def known_anywhere(walk: Walk, resource: Resource, names: Iterable[str]) -> Iterator[Made]:
    """Yield the live records that these credentials may know, under whatever path they stand."""
    chosen = list(names)
    yield from known_to(walk, resource, chosen)
    tenant = resource.tenant
    if tenant is None or not tenant.parameters:
        return
    for known in walk.knowledge.of_kind(resource.kind):
        home = {name: known.fields.get(field) for field, name in tenant.parameters.items()}
        for name in chosen:
            one = walk.world.profile.credentials.get(name)
            facts = one.facts if one else {}
            own = all(facts.get(f) == known.fields.get(field) for field, f in tenant.facts.items())
            if known.alive and own and None not in home.values():
                yield Made(resource.kind, known.key, name, -1, known, home)


def homes(walk: Walk, resource: Resource) -> Iterator[dict[str, Template]]:
    """Yield path parameters under which records of a kind stand, other than the profile's own.

    They are those of the known records of any kind that the same parameters confine.
    """
    wanted = resource.tenant.parameters if resource.tenant else {}
    given = walk.value(dict(walk.parameters))
    own = {name: given.get(name) for name in wanted.values()}
    seen = [own]
    for known in list(walk.knowledge.records.values()):
        tenant = walk.contract.resources[known.kind].tenant
        fields = {name: field for field, name in tenant.parameters.items()} if tenant else {}
        if not wanted or not set(wanted.values()) <= fields.keys():
            continue
        home = {name: known.fields.get(fields[name]) for name in wanted.values()}
        if home not in seen and None not in home.values():
            seen.append(home)
            yield dict(home)


def elsewhere(
    drafts: Drafts, walk: Walk, kind: str, credential: str | None, number: int = 0
) -> Made:
    """Return a record that a credential does not see: another tenant's, made or known.

    With a `number` it is that one of the known ones.

    Raises: Unreached: there is none.
    """
    if number:
        found = list(islice(_unseen(walk, kind, credential), number, None))
        if not found:
            raise Unreached(f"the profile knows no other {kind} of somebody else's")
        return found[0]
    resource = walk.contract.resources[kind]
    names = strangers(walk, resource, credential)
    reason = f"the profile has no credential of another {resource.tenant or 'tenant'}"
    if names:
        try:
            return made_by_one_of(drafts, walk, kind, names)
        except Unreached as error:
            reason = str(error)
        for made in known_to(walk, resource, names):
            if (
                walk.knowledge.record(kind, made.known.key, viewpoint(walk, resource, credential))
                is None
            ):
                return made
    for home in homes(walk, resource):
        try:
            return drafts.make(walk, kind, home=home)
        except Unreached as error:
            reason = str(error)
    for one in _unseen(walk, kind, credential):
        return one
    if resource.tenant and resource.tenant.parameters:
        return drafts.make(walk, kind, home=another_home(drafts, walk, resource))
    raise Unreached(reason)


def another_home(drafts: Drafts, walk: Walk, resource: Resource) -> dict[str, Template]:
    """Return path parameters of records that the walk makes, to stand under one of them.

    Raises: Unreached: one cannot be made.
    """
    home: dict[str, Template] = {}
    creating = walk.doing("create", resource.kind)
    for name in resource.tenant.parameters.values() if resource.tenant else ():
        kind = parent(walk.contract, name, creating.path) if creating else None
        if kind is None:
            raise Unreached(f"nobody knows of another {name}, and no operation makes one")
        home[name] = drafts.make(walk, kind).key
    return home


def _unseen(walk: Walk, kind: str, credential: str | None) -> Iterator[Made]:
    """Yield the known records that a credential surely does not see."""
    viewer = viewpoint(walk, walk.contract.resources[kind], credential)
    for known in walk.knowledge.of_kind(kind):
        if known.alive and walk.knowledge.sees(kind, viewer, walk.knowledge.owner(known)) is False:
            yield Made(kind, known.key, credential or "", -1, known)


def above(walk: Walk, kind: str, credential: str | None) -> Made:
    """Return a known record of a tenant above, which sees what the credential's does, not so back.

    Raises: Unreached: none is known.
    """
    knowledge = walk.knowledge
    viewer = viewpoint(walk, walk.contract.resources[kind], credential)
    for known in knowledge.of_kind(kind):
        owner = knowledge.owner(known)
        if not known.alive or not isinstance(owner, tuple) or owner == viewer:
            continue
        below = knowledge.sees(kind, viewer, owner) is False
        if below and knowledge.sees(kind, owner, viewer) is True:
            return Made(kind, known.key, credential or "", -1, known)
    raise Unreached(f"the profile knows no {kind} of a tenant above")


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
    if draft.choose(users(walk, made), _foreseen):
        draft.send()


def read_entries(drafts: Drafts, walk: Walk, made: Made) -> None:
    """Read the entries of a record, with each operation that shows them."""
    for operation in walk.contract.doing(made.kind, "entries"):
        draft = drafts.draft(walk, operation)
        draft.key, draft.home = made.key, dict(made.home)
        if draft.choose(users(walk, made), _foreseen):
            draft.send()


def users(walk: Walk, made: Made) -> list[str]:
    """Return the credentials that may use a record, the one that made it first."""
    resource = walk.contract.resources[made.kind]
    names = [made.credential, *colleagues(walk, resource, made.credential)]
    return [name for name in names if name in walk.callers]


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


def usual_size(operation: Operation) -> dict[str, Template]:
    """Return the size of a page that a list takes by itself, as a parameter."""
    listing = operation.listing
    for one in operation.parameters:
        if listing and one.name == listing.limit and isinstance(one.default, int):
            return {one.name: str(one.default)}
    return {}


def deleted(drafts: Drafts, walk: Walk, made: Made) -> None:
    """Delete a record that the walk has made.

    Raises: Unreached: no operation deletes its kind, or nobody may.
    """
    operation = walk.deleting(made.kind)
    if operation is None:
        raise Unreached(f"no operation deletes a {made.kind}")
    allowed(drafts, walk, operation, made.key, users(walk, made)).send()
