"""What all that is wrong with lists has in common: another query is run, or another page shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mockserver.mutants.edits import carried_out_with
from mockserver.mutants.flaws import Flaw, Flawed, Page, Who
from mockserver.mutants.mutant import Edit
from mockserver.mutants.spots import Spot, distinct, spots
from spec import Contract, Effect, Listing, Operation, Place, Record
from spec.lists import Query, in_order
from spec.vocabulary.meta import spot

Paging: TypeAlias = Callable[[Flawed, str, Who, Query], Page]
Keeping: TypeAlias = Callable[[Query, Record], bool]


def listing_of(operation: Operation) -> tuple[Effect, Listing] | None:
    """Return how an operation lists records."""
    if operation.effect is None or operation.listing is None:
        return None
    return operation.effect, operation.listing


def place_in_list(contract: Contract, operation: Operation, *words: str) -> Place:
    """Return the line that says something of a list."""
    return spot(contract.document, "list", *words, pointer=operation.pointer)


def paged(operation: Operation, paging: Paging) -> Edit:
    """Show another page."""
    return carried_out_with(operation.id, Flaw(page=paging))


def asking(operation: Operation, change: Callable[[Query], Query]) -> Edit:
    """Run another query than the one that was asked."""
    return paged(
        operation, lambda store, kind, who, asked: store.behind.page(kind, who, change(asked))
    )


def cut(records: list[Record], asked: Query) -> Page:
    """Return the page of records that are in order."""
    end = None if asked.limit is None else asked.offset + asked.limit
    return records[asked.offset : end], len(records)


def keeping(operation: Operation, keeps: Keeping) -> Edit:
    """Let a list keep other records."""

    def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
        kept = [one for one in store.behind.every(kind, who) if keeps(asked, one)]
        return cut(in_order(asked, kept), asked)

    return paged(operation, paging)


def spot_of(contract: Contract, kind: str, name: str) -> Spot | None:
    """Return what the document says of a field of a kind, whose name may be dotted."""
    pointer = contract.resources[kind].schema
    if pointer is None:
        return None
    way = tuple(name.split("."))
    return next(
        (one for one in distinct(spots(contract.document, pointer)) if one.way == way), None
    )


def grows(contract: Contract, kind: str) -> bool:
    """Tell whether some call makes records of a kind."""
    effects = (one.effect for one in contract.operations.values())
    jobs = any(one and one.job and one.job.kind == kind for one in effects)
    return jobs or bool(contract.doing(kind, "create"))


def can_hold(contract: Contract, spot: Spot | None, value: str) -> bool:
    """Tell whether a text may stand at a spot, as far as the document says."""
    if spot is None or spot.types == {"array"}:
        return spot is None
    return contract.schemas.validator(spot.pointer).is_valid(value)
