"""Templates: JSON values with holes that a call fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from spec.contract.knowledge import ABSENT


@dataclass(frozen=True, slots=True)
class From:
    """A hole: the value at a dotted path, or `otherwise` where it is absent or does not fit.

    A member of an object whose hole stays ABSENT is left out.
    """

    path: tuple[str, ...]
    fits: Callable[[Any], bool] | None = field(default=None, compare=False, repr=False)
    otherwise: Template = ABSENT


Template: TypeAlias = Any
"""A JSON value that may hold `From` anywhere."""
