"""What can be known of the world, and the two words for what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from spec.document import Json


class Unknown(Enum):
    """What a view answers when it cannot tell; the only member is `UNKNOWN`."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


class Absent(Enum):
    """What a path leads to when nothing stands there; the only member is `ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


UNKNOWN = Unknown.UNKNOWN
ABSENT = Absent.ABSENT
Record: TypeAlias = Mapping[str, Json]
"""A stored record, or the part of it that is known. A field that is missing is unknown."""


Owner: TypeAlias = tuple[Json, ...]
"""Whose records of a kind are meant: a value for each field of its `Tenant`, in that order."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request carries to say who calls: a security scheme's name, and the secret.

    The secret of HTTP Basic is `user:password`.
    """

    scheme: str
    secret: str = field(repr=False)


class View(Protocol):
    """Read-only knowledge of the world, complete (the mock's store) or partial (the suite's).

    `tenant` says whose records are looked at, with those below it where tenants form a tree;
    ABSENT means everybody's.
    """

    @property
    def complete(self) -> bool:
        """Whether what this view does not know does not exist."""

    def principal(self, credential: Credential | None) -> Mapping[str, Json] | Unknown | None:
        """Return the facts of a credential, None when it is not a valid one."""

    def record(self, kind: str, key: str, tenant: Owner | Absent) -> Record | Unknown | None:
        """Return the live record of that key, None where this tenant has none.

        `key` is the key's text as it stands in a URL.
        """

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent, excluding: str | None
    ) -> bool | Unknown:
        """Tell whether a live record, other than `excluding`, has all these field values."""

    def find(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent
    ) -> Record | Unknown | None:
        """Return the first live record that has all these field values."""

    def every(self, kind: str, tenant: Owner | Absent) -> list[Record] | Unknown:
        """Return all live records of a kind in the order of their creation."""
