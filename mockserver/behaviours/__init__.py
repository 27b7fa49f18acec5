"""What an accepted call does. Generic behaviours serve whatever a document can declare.

A module here that is named like a document may hold `OVERRIDES`, a mapping from operationId to a
behaviour that takes the place of the generic one.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from mockserver.behaviours import crud, jobs, parts
from mockserver.behaviours.replies import Begun, Behaviour, Reply
from mockserver.behaviours.unsaid import guarded
from spec import Contract, Operation

__all__ = ["Begun", "Behaviour", "Reply", "behaviours"]

_OURS = {"crud", "filling", "jobs", "parts", "replies", "unsaid"}
_BY_ACTION = {**crud.BY_ACTION, **parts.BY_ACTION, **jobs.BY_ACTION}


def behaviours(contract: Contract) -> dict[str, Behaviour]:
    """Return the behaviour of each operation by its id."""
    own = _overrides(contract.name)
    return {
        name: guarded(own.get(name) or _generic(one), one)
        for name, one in contract.operations.items()
    }


def _generic(operation: Operation) -> Behaviour:
    return _BY_ACTION[operation.effect.action] if operation.effect else crud.undeclared


def _overrides(document: str) -> Mapping[str, Behaviour]:
    name = f"{__name__}.{document}"
    if document in _OURS or not document.isidentifier() or find_spec(name) is None:
        return {}
    found: Mapping[str, Behaviour] = getattr(import_module(name), "OVERRIDES", {})
    return found
