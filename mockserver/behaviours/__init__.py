"""What an accepted call does. Generic behaviours serve whatever a document can declare.

A module here that is named like a document may hold `OVERRIDES`, a mapping from operationId to a
behaviour that takes the place of the generic one.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from mockserver.behaviours.crud import BY_ACTION, Behaviour, Reply, undeclared
from spec import Contract

__all__ = ["Behaviour", "Reply", "behaviours"]


def behaviours(contract: Contract) -> dict[str, Behaviour]:
    """Return the behaviour of each operation by its id."""
    own = _overrides(contract.name)
    return {
        name: own.get(name) or (BY_ACTION[one.effect.action] if one.effect else undeclared)
        for name, one in contract.operations.items()
    }


def _overrides(document: str) -> Mapping[str, Behaviour]:
    name = f"{__name__}.{document}"
    if not document.isidentifier() or find_spec(name) is None:
        return {}
    found: Mapping[str, Behaviour] = getattr(import_module(name), "OVERRIDES", {})
    return found
