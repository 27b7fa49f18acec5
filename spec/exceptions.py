"""What can be wrong with what we are given, as data that makes its own sentence.

    ConformockError                 exit code 2 unless a subclass says otherwise
    ├── DocumentError               a document, its vocabulary or an example
    ├── ConfigurationError          a profile, fixture or flag
    └── TargetUnreachable           exit code 3: the environment, not a verdict

A wrong *request* is not an error but a `Violation`, a value that the judge reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like `word`, or None when none is close."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.55)
    return matches[0] if matches else None


def listed(words: Iterable[str], most: int = 12) -> str:
    """Return the words as `a, b, c`, cut after `most`."""
    chosen = [str(word) for word in words]
    tail = ", …" if len(chosen) > most else ""
    return ", ".join(chosen[:most]) + tail


class ConformockError(Exception):
    """The root of every error that a user can cause and mend."""

    exit_code = 2


@dataclass
class DocumentError(ConformockError):
    """Where a document is wrong, what was found there, and what would be right.

    `where` is a `Place`, a file name, or anything whose `str` points at the spot.
    """

    where: object
    found: str
    expected: str = ""
    advice: str = ""

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        parts = [f"{self.where}: {self.found}."]
        if self.expected:
            parts.append(f"Expected {self.expected}.")
        if self.advice:
            parts.append(self.advice)
        return " ".join(parts)


class ConfigurationError(DocumentError):
    """A profile, fixture or flag that cannot be used as it stands."""


@dataclass
class TargetUnreachable(ConformockError):  # noqa: N818 - it is a finding of its own
    """No answer came from the target at all; nothing can be said about its conformance."""

    url: str
    reason: str
    exit_code = 3

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        return (
            f"{self.url}: no answer ({self.reason}). Is the server running, and is the URL right?"
        )
