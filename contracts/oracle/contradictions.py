"""What one answer did against the document, before anybody knows how to show it again."""

from __future__ import annotations

from dataclasses import dataclass

from spec import Place

SLIP = "slip"
"""The category of a cause that makes no answer unreadable."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What one answer did against the document; raised into a finding with its steps.

    `cause` is a category and two suspects, either of which may be the defect: a rule that is
    overlooked and a refusal that comes too early, say, or an operation and a field. `group` finds
    the fewest suspects that explain everything seen.
    """

    cause: tuple[str, str, str]
    row: str
    operation: str
    sentence: str
    expected: str
    got: str
    place: Place

    @property
    def slip(self) -> bool:
        """Whether the answer can be understood all the same, so that a walk may go on after it."""
        return self.cause[0] == SLIP
