"""The named snapshots of a world: what it held, and how time went, when they were taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.problems import ProblemError, unknown
from mockserver.worlds.history import Course

MOST_SNAPSHOTS = 20

_NAME = re.compile(r"(?![0-9]+$)[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state by its image, taken at a time of the world's clock and a position of its history."""

    name: str
    image: bytes
    course: Course
    taken: float
    position: int


class Snapshots:
    """The snapshots of one world, in the order in which they were taken."""

    def __init__(self) -> None:
        """Begin without any."""
        self._named: dict[str, Snapshot] = {}

    def __iter__(self) -> Iterator[Snapshot]:
        return iter([*self._named.values()])

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def check(self, name: str) -> None:
        """Make sure that a snapshot of that name can be taken.

        Raises: ProblemError: it is no name, or there are too many snapshots.
        """
        if not _NAME.fullmatch(name):
            raise ProblemError(
                422,
                "Bad snapshot name",
                f"{name[:80]!r} is no name; expected 1 to 64 of A-Z a-z 0-9 . _ -, and not digits"
                " alone, which are positions of the history.",
                pointer="/name",
            )
        if name not in self._named and len(self._named) >= MOST_SNAPSHOTS:
            raise ProblemError(
                409,
                "Too many snapshots",
                f"There are {MOST_SNAPSHOTS}. Delete one, or take one again under its name.",
            )

    def keep(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, in place of an earlier one of its name."""
        self._named.pop(snapshot.name, None)
        self._named[snapshot.name] = snapshot

    def named(self, name: str) -> Snapshot:
        """Return the snapshot of a name.

        Raises: ProblemError: there is none.
        """
        if name not in self._named:
            raise unknown("snapshot", name, [*self._named])
        return self._named[name]

    def forget(self, name: str) -> None:
        """Forget a snapshot.

        Raises: ProblemError: there is none of that name.
        """
        del self._named[self.named(name).name]
