"""Equality of JSON values."""

from __future__ import annotations

from collections.abc import Mapping

from spec.document import Json


def same(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are equal; unlike Python's, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)
