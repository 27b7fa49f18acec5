"""Lists in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mockserver.mutants.flaws import Flawed, Page, Who
from mockserver.mutants.listings import (
    asking,
    can_hold,
    cut,
    grows,
    listing_of,
    paged,
    place_in_list,
    spot_of,
)
from mockserver.mutants.mutant import Draft, in_operations
from mockserver.mutants.spots import Spot
from spec import Contract, Effect, Json, Listing, Operation
from spec.lists import Query


@in_operations("list", "order", most=5)
def disordered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Show records in another order."""
    known = listing_of(operation)
    if known is None:
        return
    listing = known[1]
    place = place_in_list(contract, operation, "order")
    orders: dict[str, Callable[[Query], tuple[str, ...]]] = {}
    if listing.order:
        orders["shows its records in the reverse order"] = _turned
    if listing.order and (listing.order[0].startswith("-") or not _by_birth(contract, known)):
        orders["shows its records as they were made"] = lambda asked: ()
    if listing.sort:
        orders[f"ignores `{listing.sort}`"] = lambda asked: listing.order
        orders["takes descending for ascending"] = partial(_ascending, listing)
        if listing.order:
            orders["shows equal records in the reverse order"] = partial(_ties, listing)
    for says, order in orders.items():
        edit = asking(operation, partial(_ordered_by, order))
        doubt = "" if "equal" not in says else _unlike_records(contract, known[0].kind)
        yield Draft(operation.id, f"{operation.id} {says}", place, edit, doubt)


def _unlike_records(contract: Contract, kind: str) -> str:
    """Return why there may be no records that show how values are ordered."""
    return "" if grows(contract, kind) else f"no call makes a {kind} that shows it"


def _ordered_by(order: Callable[[Query], tuple[str, ...]], asked: Query) -> Query:
    return replace(asked, order=order(asked))


def _by_birth(contract: Contract, known: tuple[Effect, Listing]) -> bool:
    """Tell whether the default order is the one in which records are made."""
    effect, listing = known
    resource = contract.resources[effect.kind]
    made = resource.generated.get(listing.order[0])
    rising = made is not None and made.how in {"created", "sequence", "objectid"}
    return rising or (
        listing.order[0] == resource.key and resource.made in {"sequence", "objectid"}
    )


def _opposite(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _turned(asked: Query) -> tuple[str, ...]:
    return tuple(_opposite(one) for one in asked.order)


def _ascending(listing: Listing, asked: Query) -> tuple[str, ...]:
    if asked.order == listing.order:
        return asked.order
    return (asked.order[0].removeprefix("-"), *asked.order[1:])


def _ties(listing: Listing, asked: Query) -> tuple[str, ...]:
    if asked.order == listing.order:
        return asked.order
    return (asked.order[0], *(_opposite(one) for one in asked.order[1:]))


@in_operations("list", "order-of-values", most=4)
def misordered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Order the values of a field otherwise: unset ones first, in any case, numbers as texts."""
    known = listing_of(operation)
    if known is None or known[1].sort is None:
        return
    effect, listing = known
    for name in _sortable(operation, listing):
        spot = spot_of(contract, effect.kind, name)
        for says, key in _other_orders(contract, spot) if spot else ():
            edit = paged(operation, partial(_by_key, name, key))
            sentence = f"{operation.id} orders `{name}` {says}"
            place = place_in_list(contract, operation, "sort")
            doubt = _unlike_records(contract, effect.kind)
            yield Draft(operation.id, sentence, place, edit, doubt)


def _sortable(operation: Operation, listing: Listing) -> list[str]:
    for one in operation.parameters:
        if one.name == listing.sort and isinstance(one.schema, dict):
            names = [str(name).removeprefix("-") for name in one.schema.get("enum", ())]
            return [*dict.fromkeys(names)]
    return []


Sorting: TypeAlias = Callable[[Json], tuple[int, Json]]


def _other_orders(contract: Contract, spot: Spot) -> Iterator[tuple[str, Sorting]]:
    if spot.nullable:
        yield "with the unset first", lambda value: (-1, "") if value is None else (0, value)
    if spot.types == {"string"} and can_hold(contract, spot, "Ab"):
        yield "without regard to case", lambda value: (0, str(value).casefold())
    if spot.types <= {"integer", "number"}:
        yield "like texts", lambda value: (0, str(value))


def _by_key(name: str, key: Sorting, store: Flawed, kind: str, who: Who, asked: Query) -> Page:
    """Return the page in which the records with a value are ordered by another key."""
    if not asked.order or asked.order[0].removeprefix("-") != name:
        return store.behind.page(kind, who, asked)
    every = replace(asked, order=asked.order[1:], limit=None, offset=0)
    records, _ = store.behind.page(kind, who, every)
    down = asked.order[0].startswith("-")
    first = [one for one in records if one.get(name) is None and key(None)[0] < 0]
    last = [one for one in records if one.get(name) is None and key(None)[0] >= 0]
    valued = [one for one in records if one.get(name) is not None]
    valued.sort(key=lambda one: key(one[name]), reverse=down)
    return cut([*first, *valued, *last], asked)
