"""Filters that keep too much or too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from mockserver.mutants.edits import on_operation
from mockserver.mutants.flaws import Flawed, Page, Who
from mockserver.mutants.listings import (
    asking,
    can_hold,
    keeping,
    listing_of,
    paged,
    place_in_list,
    spot_of,
)
from mockserver.mutants.mutant import Draft, in_operations
from spec import Contract, Effect, Filter, Json, Listing, Operation, Place, Record
from spec.contract import Operator
from spec.lists import Query, Wanted, field, holds, matches


def _filters(operation: Operation) -> Iterator[tuple[Effect, Filter]]:
    known = listing_of(operation)
    if known is None:
        return
    for one in known[1].filters:
        yield known[0], one


def _of_filter(contract: Contract, operation: Operation, one: Filter) -> Place:
    place = place_in_list(contract, operation, "filters", one.parameter)
    known = place.pointer in contract.document.marks
    return place if known else place_in_list(contract, operation, "operators", one.field)


def _wanting(one: Filter, change: Callable[[Wanted], Wanted | None]) -> Callable[[Query], Query]:
    """Return the query in which the condition of one parameter is another, or none."""

    def changed_(asked: Query) -> Query:
        conditions = [
            change(wanted) if wanted.filter.parameter == one.parameter else wanted
            for wanted in asked.conditions
        ]
        return replace(asked, conditions=tuple(each for each in conditions if each is not None))

    return changed_


@in_operations("list", "ignore-filter", most=4)
def unfiltered(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Ignore a filter."""
    for _, one in _filters(operation):
        edit = asking(operation, _wanting(one, lambda wanted: None))
        name = f"{operation.id} ignores the filter `{one.parameter}`"
        yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


_NEIGHBOURS: Mapping[Operator, tuple[Operator, ...]] = {
    "gt": ("gte", "lt"),
    "gte": ("gt", "lte"),
    "lt": ("lte", "gt"),
    "lte": ("lt", "gte"),
    "ne": ("eq",),
    "nin": ("in",),
}


@in_operations("list", "other-operator", most=5)
def misrelated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Filter by a neighbouring relation."""
    for _, one in _filters(operation):
        for operator in _NEIGHBOURS.get(one.operator, ()):
            edit = asking(operation, _wanting(one, partial(_related, operator)))
            name = f"{operation.id} takes `{one.parameter}` for {operator}"
            yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


def _related(operator: Operator, wanted: Wanted) -> Wanted:
    return replace(wanted, filter=replace(wanted.filter, operator=operator))


@in_operations("list", "matching", most=5)
def mismatched(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Match texts otherwise: anywhere, at the start, in any case, or in their case only."""
    for effect, one in _filters(operation):
        spot = spot_of(contract, effect.kind, one.field)
        for says, relation in _RELATIONS.get(one.operator, {}).items():
            probe, text = _PROBES[says]
            if _can_ask(contract, operation, one, probe) and can_hold(contract, spot, text):
                edit = keeping(operation, partial(_with_relation, one, relation))
                name = f"{operation.id} matches `{one.parameter}` {says}"
                yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


_RELATIONS: Mapping[Operator, Mapping[str, Callable[[str, str], bool]]] = {
    "eq": {
        "anywhere in a text": lambda want, got: want in got,
        "at the start of a text": lambda want, got: got.startswith(want),
        "in any case": lambda want, got: want.casefold() == got.casefold(),
    },
    "in": {
        "anywhere in a text": lambda want, got: want in got,
        "in any case": lambda want, got: want.casefold() == got.casefold(),
    },
    "like": {
        "only in its own case": lambda want, got: want in got,
        "only at the start of a text": lambda want, got: got.casefold().startswith(want.casefold()),
        "as a whole text only": lambda want, got: want.casefold() == got.casefold(),
    },
}
_PROBES = {
    "anywhere in a text": ("b", "abc"),
    "at the start of a text": ("a", "abc"),
    "in any case": ("ab", "AB"),
    "only in its own case": ("ab", "AB"),
    "only at the start of a text": ("b", "abc"),
    "as a whole text only": ("b", "abc"),
}
"""For each relation what is asked and what a record holds, so that the right one says otherwise."""


def _can_ask(contract: Contract, operation: Operation, one: Filter, value: str) -> bool:
    for parameter in operation.parameters:
        if parameter.name == one.parameter and parameter.location == "query":
            asked = [value] if parameter.many else value
            return contract.schemas.validator(parameter.pointer).is_valid(asked)
    return False


def _with_relation(
    one: Filter, relation: Callable[[str, str], bool], asked: Query, record: Record
) -> bool:
    rest = tuple(each for each in asked.conditions if each.filter.parameter != one.parameter)
    if matches(replace(asked, conditions=rest), record, complete=True) is not True:
        return False
    got = field(record, one.field)
    return all(
        isinstance(got, str) and any(relation(str(want), got) for want in _listed(each.value))
        for each in asked.conditions
        if each.filter.parameter == one.parameter
    )


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


@in_operations("list", "some-values")
def partial_values(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Look at only one of the values of a filter."""
    for _, one in _filters(operation):
        if one.operator in {"in", "nin"}:
            for says, number in (("first", 0), ("last", -1)):
                edit = asking(operation, _wanting(one, partial(_only_value, number)))
                name = f"{operation.id} looks at the {says} value of `{one.parameter}` only"
                yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


def _only_value(number: int, wanted: Wanted) -> Wanted:
    return replace(wanted, value=[_listed(wanted.value)[number]])


@in_operations("list", "unset-values")
def unset(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave out the records without a value where they differ from what is asked."""
    for effect, one in _filters(operation):
        spot = spot_of(contract, effect.kind, one.field)
        if one.operator in {"ne", "nin"} and spot is not None and spot.nullable:
            edit = keeping(operation, partial(_known_only, one))
            name = f"{operation.id} leaves out the unset with `{one.parameter}`"
            yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


def _known_only(one: Filter, asked: Query, record: Record) -> bool:
    named = any(each.filter.parameter == one.parameter for each in asked.conditions)
    if named and field(record, one.field) is None:
        return False
    return matches(asked, record, complete=True) is True


@in_operations("list", "moments-as-texts")
def textual(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Compare moments as texts, whatever their zone."""
    for _, one in _filters(operation):
        if one.instant:
            edit = asking(operation, _wanting(one, _as_text))
            name = f"{operation.id} compares `{one.parameter}` as a text"
            yield Draft(operation.id, name, _of_filter(contract, operation, one), edit)


def _as_text(wanted: Wanted) -> Wanted:
    return replace(wanted, filter=replace(wanted.filter, instant=False))


@in_operations("list", "any-filter")
def disjunct(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Keep the records that meet any of several filters."""
    known = listing_of(operation)
    if known is not None and len({one.field for one in known[1].filters}) > 1:

        def keeps(asked: Query, record: Record) -> bool:
            rest = replace(asked, conditions=())
            met = [holds(one, _value(record, one)) for one in asked.conditions]
            return (not met or any(met)) and matches(rest, record, complete=True) is True

        name = f"{operation.id} keeps what meets any of the filters"
        place = place_in_list(contract, operation)
        yield Draft(operation.id, name, place, keeping(operation, keeps))


def _value(record: Record, wanted: Wanted) -> Json:
    got = field(record, wanted.filter.field)
    return got if isinstance(got, str | int | float | list | dict) else None


@in_operations("list", "filter-after-page")
def late(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Cut the page before the filters are applied."""
    known = listing_of(operation)
    if known is not None and known[1].filters and known[1].limit:

        def paging(store: Flawed, kind: str, who: Who, asked: Query) -> Page:
            records, _ = store.behind.page(kind, who, replace(asked, conditions=()))
            _, total = store.behind.page(kind, who, asked)
            return [one for one in records if matches(asked, one, complete=True) is True], total

        name = f"{operation.id} filters what is on the page only"
        place = place_in_list(contract, operation)
        yield Draft(operation.id, name, place, paged(operation, paging))


@in_operations("list", "accept-operator")
def accepting(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Ignore the parameters that look like a filter and are to be refused."""
    known = listing_of(operation)
    if known is not None and known[1].refused:
        edit = on_operation(operation.id, lambda one: replace(one, listing=_open(one)))
        name = f"{operation.id} ignores operators that it does not have"
        yield Draft(operation.id, name, place_in_list(contract, operation, "operators"), edit)


def _open(operation: Operation) -> Listing:
    assert operation.listing is not None
    return replace(operation.listing, refused=frozenset())
