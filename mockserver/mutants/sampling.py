"""Which of many drafts become mutants: a few of each kind, spread over all there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

from mockserver.mutants.mutant import MOST_IN_ALL, Draft, Operator


def sampled(operator: Operator, drafts: Sequence[Draft]) -> list[Draft]:
    """Return some drafts of each operation, and not too many of all together."""
    found: dict[str, list[Draft]] = {}
    for draft in drafts:
        found.setdefault(draft.operation, []).append(draft)
    taken = [one for own in found.values() for one in _surest(own, operator.most)]
    return _surest(taken, MOST_IN_ALL[operator.group])


def _surest(drafts: Sequence[Draft], most: int) -> list[Draft]:
    """Return some drafts; the doubtful ones where sure ones do not suffice."""
    taken = spread([one for one in drafts if not one.doubt], most)
    return [*taken, *spread([one for one in drafts if one.doubt], most - len(taken))]


def spread(drafts: Sequence[Draft], most: int) -> list[Draft]:
    """Return at most `most` drafts in their order: one of each of as many equal stretches.

    Which one of a stretch is left to its name, so that it is not always the first.
    """
    if len(drafts) <= most:
        return list(drafts)
    bounds = [number * len(drafts) // most for number in range(most + 1)] if most > 0 else []
    return [min(drafts[start:end], key=_lot) for start, end in pairwise(bounds)]


def _lot(draft: Draft) -> bytes:
    return hashlib.sha256(draft.name.encode()).digest()
