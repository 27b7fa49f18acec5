"""Jobs: work that a call sets going and that goes on after its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spec.contract.rules import Conditions
from spec.contract.templates import Template

Way: TypeAlias = Literal["set", "union", "merge", "upsert"]


@dataclass(frozen=True, slots=True)
class Change:
    """What the work does to a member's fields when `when` is met.

    `set` puts a value in the place of the field's, `union` adds the members of a list that are not
    there yet, `merge` the members of an object, `upsert` one object to a list, in the place of the
    one that agrees with it in the fields `by`. A template that stays absent changes nothing.
    """

    way: Way
    when: Conditions
    values: Mapping[str, Template] = field(hash=False)
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a member when `when` is met.

    `entry` tells of it; with `success` the changes are made.
    """

    when: Conditions
    success: bool
    entry: Mapping[str, Template] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Job:
    """Work on members of `members`, the keys of `each` records, told by a record of `kind`.

    The answer names that record's key at `handle`. `total`, `done` and `failed` are its counters,
    `state` says which of `states` (waiting, running, finished) it is in, `entries` lists what
    became of each member (`member` is the field of an entry with its key, `telling` are those
    that tell outcomes apart; the rest is for people). `initial` are its other fields. Of
    `outcomes` the first whose conditions are met is a member's.
    """

    kind: str
    handle: str
    members: tuple[str, ...]
    each: str
    total: str
    done: str
    failed: str
    state: str
    states: tuple[str, str, str]
    entries: str
    member: str
    telling: tuple[str, ...]
    initial: Mapping[str, Template] = field(hash=False)
    outcomes: tuple[Outcome, ...]
    changes: tuple[Change, ...]
