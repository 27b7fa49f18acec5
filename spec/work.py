"""What a job does to its members: pure functions from a call to entries and changed records.

The mock carries them out one by one on its clock; the suite works out what must be seen once an
entry has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spec.contract import ABSENT, UNKNOWN, Change, Job, Outcome, Record, Unknown
from spec.document import Json
from spec.equality import same
from spec.rules import Context, filled, met

Fields = dict[str, Json]


def members(job: Job, context: Context) -> list[str] | Unknown:
    """Return the keys of the records that a call's job is about, in their order."""
    found = context.value(job.members)
    if found is UNKNOWN:
        return UNKNOWN
    return [str(one) for one in found] if isinstance(found, list) else []


def outcome(job: Job, context: Context, record: Record | Unknown | None) -> Outcome | Unknown:
    """Return what becomes of a member, as far as can be told; None stands for one that is gone."""
    about = context.showing(record)
    for one in job.outcomes:
        verdict = met(one.when, about)
        if verdict is not False:
            return UNKNOWN if verdict is UNKNOWN else one
    raise AssertionError("the last outcome has no conditions")


def entry(job: Job, chosen: Outcome, key: str, context: Context) -> Fields:
    """Return the entry that tells of a member's outcome; `context` is the one showing it."""
    found = filled(dict(chosen.entry), context)
    return {job.member: key, **(found if isinstance(found, dict) else {})}


def worked(job: Job, record: Record, context: Context) -> dict[str, Json]:
    """Return a member's record after the changes; a field that cannot be told is left out."""
    about = context.showing(record)
    after = dict(record)
    for change in job.changes:
        verdict = met(change.when, about)
        if verdict is False:
            continue
        for name, template in change.values.items():
            value = filled(template, about) if verdict is True else UNKNOWN
            if value is ABSENT:
                continue
            changed = _changed(change, after.get(name, UNKNOWN), value)
            if changed is UNKNOWN:
                after.pop(name, None)
            else:
                after[name] = changed
    return after


def touched(job: Job, context: Context) -> frozenset[str]:
    """Return the fields of a member that the job of a call may change."""
    found: set[str] = set()
    for change in job.changes:
        # Conditions on the call alone decide; those on the member may be met by some.
        if met(tuple(one for one in change.when if one.path[0] != "record"), context) is not False:
            found.update(change.values)
    return frozenset(found)


def _changed(change: Change, before: Json | Unknown, value: Json | Unknown) -> Json | Unknown:
    if value is UNKNOWN:
        return UNKNOWN
    if change.way == "set":
        return value
    if before is UNKNOWN:
        return UNKNOWN
    if change.way == "merge":
        return {**(before or {}), **value}
    if change.way == "union":
        return _union(before or [], value)
    return _upserted(before or [], value, change.by)


def _union(before: Sequence[Json], added: Sequence[Json]) -> list[Json]:
    result: list[Json] = []
    for one in [*before, *added]:
        if not any(same(one, other) for other in result):
            result.append(one)
    return result


def _upserted(before: Sequence[Json], one: Mapping[str, Json], by: Sequence[str]) -> list[Json]:
    result = list(before)
    for number, other in enumerate(result):
        if isinstance(other, Mapping) and all(same(other.get(n), one.get(n)) for n in by):
            result[number] = one
            return result
    return [*result, one]
