"""Two list answers: which row of the one is which of the other, and which are on one side only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from contracts.compare.pairs import Pair, Pairs
from contracts.compare.values import Difference, Spot, shown
from spec import Json, Listing, Resource, lists

if TYPE_CHECKING:
    from contracts.compare.rows import Rows

Row: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True)
class Page:
    """The rows of two list answers; `query` is what both were asked for, as decoded."""

    rows: Rows
    resource: Resource
    listing: Listing
    query: Mapping[str, Json]
    left: Sequence[Row]
    right: Sequence[Row]

    def differences(self, spot: Spot) -> Iterator[Difference]:
        """Yield which rows one side shows alone, another order, and how the rows differ."""
        yield from self._alone()
        yield from self._order()
        for one, other in self._matched:
            row, its = self.left[one], self.right[other]
            yield from self.rows.row(self.resource, row, its, spot.item(one, other))

    @property
    def _alike(self) -> bool:
        return self.rows.scope.alike

    @property
    def _pairs(self) -> Pairs:
        return self.rows.bodies.terms.pairs

    @cached_property
    def _keys(self) -> tuple[list[str], list[str]]:
        key_of = self.resource.key_of
        return [key_of(one) for one in self.left], [key_of(one) for one in self.right]

    # -- which is which ---------------------------------------------------------------------------

    @cached_property
    def _matched(self) -> list[tuple[int, int]]:
        """The numbers of the rows that are of one record, in the order of the left side."""
        _, right = self._keys
        found: dict[int, int] = {}
        for number, pair in enumerate(self._paired(0)):
            if pair is not None and str(pair.right) in right:
                found[number] = right.index(str(pair.right))
        if self._alike:
            found.update(self._guessed())
        return sorted(found.items())

    def _paired(self, side: Literal[0, 1]) -> list[Pair | None]:
        """Return the pair of each row's key, None for a key that is new."""
        of: Callable[[str, Json], Pair | None] = (self._pairs.of_left, self._pairs.of_right)[side]
        return [of(self.resource.kind, key) for key in self._keys[side]]

    def _guessed(self) -> Iterator[tuple[int, int]]:
        """Yield rows that are new on both sides: those with one key, the others in their order."""
        left, right = self._keys
        mine, its = (
            [number for number, pair in enumerate(self._paired(side)) if pair is None]
            for side in (0, 1)
        )
        new = {right[number]: number for number in its}
        equal = {number: new[left[number]] for number in mine if left[number] in new}
        yield from equal.items()
        rest = [number for number in mine if number not in equal]
        others = [number for number in its if number not in equal.values()]
        if len(rest) == len(others):
            yield from zip(rest, others, strict=True)

    # -- what is wrong ----------------------------------------------------------------------------

    def _alone(self) -> Iterator[Difference]:
        """Yield that a row is on one side only, where it should be on both or on none."""
        matched = [{one for one, _ in self._matched}, {other for _, other in self._matched}]
        said, some = [], False
        for side in (0, 1):
            keys = self._keys[side]
            paired = self._paired(side)
            alone = [
                key
                for number, key in enumerate(keys)
                if number not in matched[side]
                and key not in self._unfinished[side]
                and (self._alike or self._must_show(paired[number]))
            ]
            some = some or bool(alone)
            among = f", {self.resource.kind} {shown(alone[0])} among them" if alone else ""
            said.append(f"{len(keys)} row{'s' * (len(keys) != 1)}{among}")
        if some:
            yield self._difference("rows", said[0], said[1])

    def _must_show(self, pair: Pair | None) -> bool:
        """Tell whether a record that stands in both worlds must be on both of these pages."""
        asked = lists.query(self.listing, self.query)
        fits = asked.limit is None or max(len(self.left), len(self.right)) < asked.limit
        if pair is None or asked.offset or not fits:
            return False
        key = str(pair.left)
        fields = {one.filter.field.partition(".")[0] for one in asked.conditions}
        fields.update(asked.search_fields if asked.words else ())
        listed = self.rows.scope.listed.get((self.resource.kind, key), frozenset())
        return self.rows.is_own(self.resource, key) or fields <= listed

    def _order(self) -> Iterator[Difference]:
        left, right = self._keys
        kept = [
            (one, other)
            for one, other in self._matched
            if left[one] not in self._unfinished[0]
            and (self._alike or self.rows.is_own(self.resource, left[one]))
        ]
        there = sorted(other for _, other in kept)
        if [other for _, other in kept] != there:
            mine = shown([left[one] for one, _ in kept])
            yield self._difference("order", mine, shown([right[other] for other in there]))

    @cached_property
    def _unfinished(self) -> tuple[set[str], set[str]]:
        return self.rows.unfinished(self.resource)

    def _difference(self, what: Literal["rows", "order"], left: str, right: str) -> Difference:
        operation = self.rows.bodies.operation
        paging = {self.listing.limit, self.listing.offset, self.listing.page}
        asked = [name for name in self.rows.bodies.asked if name not in paging]
        by = f" by {' and '.join(asked)}" if asked else ""
        how = {"rows": "shows", "order": "orders"}[what]
        return Difference(
            what=what,
            operation=operation.id,
            spot=f"{operation.id} {what}{by}",
            sentence=f"{operation.id}{by} {how} {left} on A and {right} on B",
            left=left,
            right=right,
            place=operation.place,
            asked=frozenset(asked),
        )
