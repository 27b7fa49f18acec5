"""Which class an answer was read as."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def expected(kind: type[T], answer: object) -> T:
    """Return the answer, now known to be of the kind."""
    assert isinstance(answer, kind), f"expected {kind.__name__}, not {answer!r}"
    return answer
