"""A witness: one change to a draft that makes a conjunct of a rule true or false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias

from contracts.reach.drafts import Draft

Change: TypeAlias = Callable[[Draft], None]


class Rank(IntEnum):
    """When a change is made: values build on the addressed record, and rows on values."""

    CREDENTIAL = 0
    RECORD = 1
    FORM = 2
    REQUEST = 3
    FACT = 4
    LAST = 5
    ROWS = 6
    WIRE = 7


@dataclass(frozen=True, slots=True)
class Witness:
    """One way of making a conjunct true or false.

    `found` says that it needs a record which the profile may not know of. `laws` are those that a
    refusal because of it upholds.
    """

    label: str
    apply: Change
    rank: Rank
    found: bool = False
    laws: tuple[str, ...] = ()

    @property
    def needs_record(self) -> bool:
        """Whether the addressed record must be there before the change is made."""
        return self.rank > Rank.RECORD

    def last(self) -> Witness:
        """Return the same change, made after all that would overwrite it."""
        return replace(self, rank=Rank.LAST) if self.rank > Rank.FORM else self
