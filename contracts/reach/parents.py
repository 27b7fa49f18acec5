"""Path parameters that are keys of other records: nodes stand under a project, rows under a table.

Where the profile does not say which one, a walk makes a parent of its own, once, and all that it
does stands under that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.walk import Unreached, Walk
from spec import Contract, Operation

if TYPE_CHECKING:
    from contracts.reach.drafts import Drafts


def parent(contract: Contract, parameter: str) -> str | None:
    """Return the kind of record whose key a path parameter is, None where no operation says."""
    for one in contract.operations.values():
        if one.effect and one.effect.key == ("request", "path", parameter):
            return one.effect.kind
    return None


def orphaned(walk: Walk, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the path parameters that nobody has given a value, each with its parent's kind."""
    own = operation.effect.key[-1] if operation.effect and operation.effect.key else None
    for one in operation.parameters:
        if one.location != "path" or one.name == own or one.name in walk.parameters:
            continue
        kind = parent(walk.contract, one.name)
        if kind is not None:
            yield one.name, kind


def house(drafts: Drafts, walk: Walk, operation: Operation) -> None:
    """Make the parents under which an operation's records stand, unless they are there already.

    Raises: Unreached: one cannot be made.
    """
    for name, kind in orphaned(walk, operation):
        if kind in walk.founding:
            raise Unreached(f"to make a {kind}, a {kind} is needed first")
        walk.founding.append(kind)
        try:
            walk.housed[name] = drafts.make(walk, kind).key
        finally:
            walk.founding.remove(kind)
