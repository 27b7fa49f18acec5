"""The kinds of bugs there are: each operator derives those of one kind from any contract."""

from __future__ import annotations

from types import ModuleType

from mockserver.mutants.mutant import GROUPS, Operator
from mockserver.mutants.operators import (
    answers,
    authentication,
    bodies,
    codes,
    facts,
    fields,
    filters,
    keys,
    members,
    orders,
    outcomes,
    pages,
    parameters,
    parts,
    precedence,
    progress,
    reads,
    rules,
    search,
    settings,
    tenants,
    traces,
    work,
    writes,
)

__all__ = ["operators"]

_MODULES: tuple[ModuleType, ...] = (
    members,
    answers,
    bodies,
    parameters,
    codes,
    precedence,
    rules,
    facts,
    writes,
    fields,
    settings,
    keys,
    reads,
    traces,
    parts,
    filters,
    search,
    pages,
    orders,
    progress,
    work,
    outcomes,
    authentication,
    tenants,
)


def operators() -> list[Operator]:
    """Return all operators, in the order of their groups."""
    found = [one for module in _MODULES for one in vars(module).values()]
    known = [one for one in found if isinstance(one, Operator)]
    return sorted(known, key=lambda one: GROUPS.index(one.group))
