"""Path parameters that are keys of other records: nodes stand under a project, rows under a table.

Where the profile does not say which one, a walk makes a parent of its own, once, and all that it
does stands under that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.steps import Template
from contracts.walk import Unreached, Walk
from spec import Contract, Operation

if TYPE_CHECKING:
    from contracts.reach.drafts import Drafts


def parent(contract: Contract, parameter: str, path: str) -> str | None:
    """Return the kind of record whose key a path parameter is, None where no operation says.

    Where several kinds have keys of that name, it is the one that stands in the `path` above.
    """
    above = f"{path.partition(f'{{{parameter}}}')[0]}{{{parameter}}}"
    kinds: set[str] = set()
    for one in contract.operations.values():
        if one.effect and one.effect.key == ("request", "path", parameter):
            if one.path == above:
                return one.effect.kind
            kinds.add(one.effect.kind)
    return kinds.pop() if len(kinds) == 1 else None


def orphaned(walk: Walk, operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield the path parameters that nobody has given a value, each with its parent's kind."""
    own = operation.effect.key[-1] if operation.effect and operation.effect.key else None
    told = walk.world.profile.parameters
    for one in operation.parameters:
        if one.location != "path" or one.name == own or one.name in told:
            continue
        kind = parent(walk.contract, one.name, operation.path)
        made = walk.housed.get(one.name)
        if kind is not None and (made is None or made[0] != kind):
            yield one.name, kind


def house(drafts: Drafts, walk: Walk, operation: Operation) -> None:
    """Make the parents under which an operation's records stand, unless they are there already.

    What cannot be made is one that the profile knows. Raises: Unreached: there is none either.
    """
    for name, kind in orphaned(walk, operation):
        if kind in walk.founding:
            raise Unreached(f"to make a {kind}, a {kind} is needed first")
        walk.founding.append(kind)
        try:
            walk.housed[name] = kind, _home(drafts, walk, kind)
        finally:
            walk.founding.remove(kind)


def _home(drafts: Drafts, walk: Walk, kind: str) -> Template:
    try:
        return drafts.make(walk, kind).key
    except Unreached:
        known = next((one for one in walk.knowledge.of_kind(kind) if one.alive), None)
        if known is None:
            raise
        return known.key
