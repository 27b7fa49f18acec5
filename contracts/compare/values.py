"""What two bodies say differently, once values are read by the part that they play.

Keys and whatever else a server makes are paired with the other side's, moments are moments, 5 and
5.0 are one number, and members of an object have no order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from contracts.compare.pairs import DISTINCTIVE, Pairs
from contracts.compare.places import place_of
from contracts.compare.roles import ANY, Roles
from contracts.keys import form_of
from contracts.steps import Ref
from spec import ABSENT, Absent, Call, Contract, Json, Operation, Place
from spec.document import escape
from spec.equality import same
from spec.times import moment

Spots: TypeAlias = tuple[Ref, Ref] | None
What: TypeAlias = Literal["status", "media type", "header", "value", "rows", "order"]
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that two answers say differently.

    `spot` is where differences of one sort stand, whatever the number of a row. `left` and `right`
    are what each side says. `asked` are the parameters by which a list was narrowed or ordered.
    """

    what: What
    operation: str
    spot: str
    sentence: str
    left: str
    right: str
    place: Place
    asked: frozenset[str] = frozenset()

    def explains(self, other: Difference) -> bool:
        """Tell whether another difference shows the same defect: there, or in a narrower list."""
        lists = {"rows", "order"}
        if self.what in lists and other.what in lists and self.operation == other.operation:
            return self.asked <= other.asked
        return self.spot == other.spot


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the way through two bodies has come to.

    `name` is that of the innermost member, `about` the way as differences of one sort have it in
    common. `domain` is set for a value that only stands for something. `foreign` values are of a
    record that the two worlds need not have in common.
    """

    left: str
    right: str
    about: str
    name: str = ""
    domain: str | None = None
    foreign: bool = False

    def member(self, name: str) -> Spot:
        """Return the spot of a member of the object that stands here."""
        way = f"/{escape(name)}"
        return Spot(self.left + way, self.right + way, self.about + way, name, None, self.foreign)

    def item(self, left: int, right: int) -> Spot:
        """Return the spot of an item of the lists that stand here."""
        return replace(
            self,
            left=f"{self.left}/{left}",
            right=f"{self.right}/{right}",
            about=f"{self.about}/*",
        )


@dataclass(frozen=True)
class Scope:
    """What two worlds have in common: all their records (`alike`), or those of the profile.

    `listed` are the fields that the profile tells of a record, by kind and key of the left side.
    """

    alike: bool = True
    listed: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


@dataclass
class Terms:
    """What the values of two walks mean: the pairs of them, and what both were sent as it is."""

    contract: Contract
    roles: Roles
    pairs: Pairs
    _sent: set[str] = field(default_factory=set)
    _moments: set[float] = field(default_factory=set)

    def send(self, values: Iterable[Json]) -> None:
        """Note values that both sides are sent as they are."""
        for value in values:
            self._sent.add(str(value))
            at = moment(value)
            if at is not None:
                self._moments.add(at)

    def are_ours(self, *values: Json) -> bool:
        """Tell whether one of these is a text that was sent, and hardly there by chance."""
        return any(
            isinstance(one, str) and len(one) >= DISTINCTIVE and one in self._sent for one in values
        )

    def agree(self, left: Json, right: Json, spot: Spot, spots: Spots = None) -> bool:
        """Tell whether two plain values are equal or stand for the same thing; note the pair."""
        if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
            return left is right
        if isinstance(left, str) is not isinstance(right, str):
            return False
        if spot.domain is not None:
            return self.pairs.pair(spot.domain, left, right, spots)
        kind = self.roles.kind(spot.name)
        known = self._are_known(kind, left, right) if kind else None
        if known is not None:
            return known
        here, there = moment(left), moment(right)
        if here is not None and there is not None:
            return self._are_moments(here, there, left, right, spots)
        if same(left, right) or _is_one_number(left, right):
            return not kind or self.pairs.pair(kind, left, right, spots)
        return self._stand_for_one(kind, left, right, spots)

    def _are_known(self, kind: str, left: Json, right: Json) -> bool | None:
        """Tell whether two keys are of one record, None where neither is known."""
        here, there = self.pairs.of_left(kind, left), self.pairs.of_right(kind, right)
        return None if here is None and there is None else here is there

    def _are_moments(self, here: float, there: float, left: str, right: str, spots: Spots) -> bool:
        if here in self._moments or there in self._moments:
            return here == there
        self.pairs.meet(left, right, spots)
        return True

    def are_sent(self, left: Json, right: Json) -> bool:
        """Tell whether one of two values is there because it was sent."""
        return str(left) in self._sent or str(right) in self._sent

    def _stand_for_one(self, kind: str | None, left: Json, right: Json, spots: Spots) -> bool:
        """Tell whether two unequal values may stand for the same thing; none that was sent does."""
        if self.are_sent(left, right):
            return False
        distinctive = isinstance(left, str) and len(left) >= DISTINCTIVE
        if self.pairs.are_paired(left, right) and (distinctive or kind == ANY):
            return True
        if kind == ANY or (kind and kind in self.roles.new):
            return self.pairs.pair(kind, left, right, spots)
        form = form_of(left)
        if form is not None and form == form_of(right):
            return self.pairs.pair(ANY, left, right, spots)
        return isinstance(left, str) and self.pairs.reworded(left) == right


@dataclass
class Bodies:
    """The bodies of the answers to one step, with all that is needed to compare them.

    `handlers` see to what stands at a pointer of the left one, in place of the usual.
    """

    terms: Terms
    operation: Operation
    call: Call | None
    number: int
    status: int
    media: str
    left: Json
    right: Json
    asked: tuple[str, ...] = ()
    """The names of the query parameters that were sent."""
    handlers: dict[str, Handler] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract under which both sides answer."""
        return self.terms.contract

    def root(self) -> Spot:
        """Return the spot of the whole bodies."""
        return Spot("", "", f"{self.operation.id} {self.status} ")

    def values(self, left: Json, right: Json, spot: Spot) -> Iterator[Difference]:
        """Yield the differences of what stands at a spot."""
        handler = self.handlers.get(spot.left)
        if handler is not None:
            yield from handler(left, right, spot)
        else:
            yield from self.plain(left, right, spot)

    def plain(self, left: Json, right: Json, spot: Spot) -> Iterator[Difference]:
        """Yield the differences of what stands at a spot, whatever handler there may be for it."""
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            for name in {**left, **right}:
                yield from self.member(left, right, spot.member(name))
        elif isinstance(left, list) and isinstance(right, list):
            yield from self._items(left, right, spot)
        elif spot.foreign and not self.terms.are_ours(left, right):
            return
        elif not self._agree(left, right, spot):
            yield self.differ(left, right, spot)

    def member(
        self, left: Mapping[str, Json], right: Mapping[str, Json], spot: Spot
    ) -> Iterator[Difference]:
        """Yield the differences of a member of two objects, which one of them may lack."""
        name = spot.name
        if name in left and name in right:
            yield from self.values(left[name], right[name], spot)
        elif not spot.foreign and spot.left not in self.handlers:
            yield self.differ(left.get(name, ABSENT), right.get(name, ABSENT), spot)

    def _items(self, left: list[Json], right: list[Json], spot: Spot) -> Iterator[Difference]:
        if len(left) != len(right):
            if not spot.foreign:
                yield self.differ(left, right, spot)
            return
        before = self.terms.pairs.copy()
        items = enumerate(zip(left, right, strict=True))
        found = [
            wrong for n, (one, other) in items for wrong in self.values(one, other, spot.item(n, n))
        ]
        if not found:
            return
        # Items that are not each other's pair up what has nothing to do with each other.
        self.terms.pairs.become(before)
        mine = [before.reworded(_text(one)) for one in left]
        if sorted(mine) == sorted(map(_text, right)):
            yield self.differ(left, right, spot, what="order")
        else:
            yield from found

    def _agree(self, left: Json, right: Json, spot: Spot) -> bool:
        plain = (str, int, float, bool, type(None))
        if not isinstance(left, plain) or not isinstance(right, plain):
            return False
        if self.terms.agree(left, right, spot, self.spots(spot)):
            return True
        # Sentences are for people, and no two servers have the same.
        if self.status < 400 or not isinstance(left, str) or not isinstance(right, str):
            return False
        return " " in left and " " in right

    def spots(self, spot: Spot) -> tuple[Ref, Ref]:
        """Return references to what stands at a spot, one into each side's answer."""
        return Ref(self.number, spot.left), Ref(self.number, spot.right)

    def differ(
        self, left: Json | Absent, right: Json | Absent, spot: Spot, *, what: What = "value"
    ) -> Difference:
        """Return the difference of what stands at a spot."""
        said = shown(left), shown(right)
        where = spot.left or "the body"
        means = f"in the order {said[0]} on A and {said[1]} on B"
        if what == "value":
            means = f"{said[0]} on A and {said[1]} on B"
        return Difference(
            what=what,
            operation=self.operation.id,
            spot=f"{spot.about} order" if what == "order" else spot.about,
            sentence=f"{self.operation.id} {self.status}: {where} is {means}",
            left=f"{where} = {said[0]}",
            right=f"{where} = {said[1]}",
            place=place_of(self.contract, self.operation, self.status, self.media, spot.left),
        )


Handler: TypeAlias = Callable[[Json, Json, Spot], Iterator[Difference]]
"""Yields the differences of what stands at a spot."""


def nothing(left: Json, right: Json, spot: Spot) -> Iterator[Difference]:
    """Yield no difference, whatever stands there."""
    yield from ()


def _is_one_number(left: Json, right: Json) -> bool:
    """Tell whether two numbers are the same to whoever reads them as doubles, as most do."""
    if not isinstance(left, float) and not isinstance(right, float):
        return False
    try:
        return float(left) == float(right)
    except OverflowError:
        return False


def shown(value: Json | Absent) -> str:
    """Return a value as sentences have it, shortened."""
    if value is ABSENT:
        return "absent"
    text = _text(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
