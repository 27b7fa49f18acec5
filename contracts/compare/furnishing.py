"""Our own mock as a reference, in a world such as a profile tells of.

It gets the profile's credentials and known records, with what the target itself shows of these; the
rest of a record is the simplest that its schema allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts import keys
from contracts.oracle.knowledge import Known
from contracts.profile import Profile
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import known_to, read_back, read_entries
from contracts.walk import Contradicted, Walk, World
from spec import Contract, Json, Resource, times

_RESET = "/__admin/reset"
_LONG_AGO = 1_700_000_000
"""When records came about of which nobody has told when."""


@dataclass(frozen=True)
class Furniture:
    """What a mock begins with, as its fixtures say it, and the fields that are as on the target.

    `shared` is by kind and key of the record.
    """

    fixtures: Json
    shared: Mapping[tuple[str, str], frozenset[str]]


def furniture(world: World) -> Furniture:
    """Return the credentials and records that a target's profile tells of, and what it shows.

    Raises: TargetUnreachable.
    """
    drafts = Drafts(world.contract)
    walk = world.start()
    _look(drafts, walk)
    records: dict[str, list[Json]] = {}
    deleted: dict[str, list[Json]] = {}
    shared: dict[tuple[str, str], frozenset[str]] = {}
    for known in walk.knowledge.records.values():
        resource = world.contract.resources[known.kind]
        place = records if known.alive else deleted
        rows = place.setdefault(known.kind, [])
        rows.append(_record(drafts, resource, known, len(rows) + 1))
        shared[(known.kind, known.key)] = frozenset(known.fields)
    credentials = list(_credentials(world.profile))
    return Furniture({"credentials": credentials, "records": records, "deleted": deleted}, shared)


def _look(drafts: Drafts, walk: Walk) -> None:
    """Read each known record once, as far as its owner may."""
    seen: set[tuple[str, str]] = set()
    for resource in walk.contract.resources.values():
        for made in list(known_to(walk, resource, walk.world.profile.credentials)):
            if (made.kind, made.known.key) in seen:
                continue
            seen.add((made.kind, made.known.key))
            for look in (read_back, read_entries):
                try:
                    look(drafts, walk, made)
                except Contradicted:
                    # What is wrong with the answer is found again by the comparison itself.
                    continue


def _record(drafts: Drafts, resource: Resource, known: Known, number: int) -> Json:
    record: dict[str, Any] = dict(_needed(drafts, resource))
    for name, made in resource.generated.items():
        timed = made.how in {"created", "changed"}
        record[name] = times.written(_LONG_AGO, made.form) if timed else number
        if made.how in {"objectid", "uuid"}:
            record[name] = keys.free(made.how, number)
    for name, value in known.fields.items():
        both = isinstance(value, Mapping) and isinstance(record.get(name), Mapping)
        nested = both and name not in resource.parts
        record[name] = {**record[name], **value} if nested else value
    return record


def _needed(drafts: Drafts, resource: Resource) -> Iterator[tuple[str, Json]]:
    """Yield the simplest value of each field of a record that may not be null."""
    if resource.schema is None:
        return
    schema = drafts.values.schema({"$ref": f"#{resource.schema}"})
    for name, inner in schema.get("properties", {}).items():
        if not drafts.contract.schemas.predicate(inner)(None):
            yield name, drafts.values.instance(inner, whole=True)


def _credentials(profile: Profile) -> Iterator[Json]:
    for name, one in profile.credentials.items():
        scheme = {"scheme": one.scheme} if one.scheme else {}
        yield {"name": name, "secret": one.secret, "facts": dict(one.facts), **scheme}


def as_furnished(contract: Contract, profile: Profile, url: str) -> Profile:
    """Return a target's profile as it is for the mock that has been furnished from it.

    Where the target keeps what is changed, so does the mock, that both stay alike.
    """
    fresh = profile.isolation != "none"
    return replace(
        profile,
        url=url,
        isolation="session" if fresh else "none",
        reset=_RESET if fresh else None,
        session_header="X-Mock-Session",
        pause=0.0,
        provoke={
            name: {"Prefer": f"error={name}"}
            for name in profile.provoke
            if contract.problems[name].reach == "fault"
        },
    )
