"""Whose records a call sees."""

from __future__ import annotations

from spec import ABSENT, UNKNOWN, Absent, Context, Owner
from spec.rules import owner_of


def viewer(kind: str, context: Context) -> Owner | Absent:
    """Return whose records of a kind a call sees, ABSENT where nobody can tell."""
    found = owner_of(kind, context)
    return ABSENT if found is UNKNOWN else found
