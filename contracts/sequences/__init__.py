"""Sequences that give every law a chance to fail: the shortest ones that can.

Each is written in terms of effects (create, read, list, update, delete), never of a subject. The
laws themselves are judged by `checks` on every answer; a sequence only brings about the state.
The runner imports `scenarios`; there is one module for each effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario
from contracts.sequences import acting, creating, deleting, entries, listing, reading, updating
from contracts.sequences.subject import Subject

__all__ = ["scenarios"]

_EFFECTS: tuple[tuple[str, Callable[[Subject], Iterator[Scenario]]], ...] = (
    ("create", creating.scenarios),
    ("update", updating.scenarios),
    ("replace", updating.scenarios),
    ("delete", deleting.scenarios),
    ("read", reading.scenarios),
    ("list", listing.scenarios),
    ("act", acting.scenarios),
    ("entries", entries.reading),
    ("upsert", entries.setting),
)


def scenarios(drafts: Drafts) -> Iterator[Scenario]:
    """Yield the law sequences for every kind that operations speak of."""
    contract = drafts.contract
    kinds = dict.fromkeys(one.effect.kind for one in contract.operations.values() if one.effect)
    for kind in kinds:
        for action, sequences in _EFFECTS:
            for operation in contract.doing(kind, action):
                yield from sequences(Subject(drafts, contract.resources[kind], operation))
