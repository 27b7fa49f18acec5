"""Records in two answers: which row of the one is which of the other, and where they differ.

Rows are told by their keys. Where the two worlds are not known to begin with the same records,
those that the walk has not made count only as far as the profile tells of them, and what others
may have brought into a list is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from contracts.compare.pages import Page
from contracts.compare.values import Bodies, Difference, Scope, Spot, nothing
from contracts.keys import MADE
from contracts.walk import Walk
from spec import Json, Listing, Part, Resource, pick
from spec.contract import Job

Row: TypeAlias = Mapping[str, Json]
_OTHERS = frozenset({"total", "page_count", "item_count"})
"""Counters that depend on records which others have made."""


@dataclass(frozen=True)
class Rows:
    """The records in the answers to one step of two walks."""

    bodies: Bodies
    scope: Scope
    left: Walk
    right: Walk

    def differences(self) -> Iterator[Difference]:
        """Yield how lists of records differ; see to it that the others are compared as records."""
        operation, call = self.bodies.operation, self.bodies.call
        effect = operation.effect
        if effect is None or effect.response is None or call is None or effect.action == "act":
            return
        resource = self.bodies.contract.resources[effect.kind]
        at = effect.response
        if operation.listing is not None:
            yield from self._list(resource, operation.listing, call.query)
        elif effect.part is not None:
            self.bodies.handlers[at] = partial(self._entries, effect.part)
        elif effect.many:
            self.bodies.handlers[at] = partial(self._batch, resource)
        else:
            self.bodies.handlers[at] = partial(self._record, resource)

    # -- lists ------------------------------------------------------------------------------------

    def _list(
        self, resource: Resource, listing: Listing, query: Mapping[str, Json]
    ) -> Iterator[Difference]:
        pointer, counters = listing.form(query)
        bodies = self.bodies
        found = [_rows(resource, pick(body, pointer)) for body in (bodies.left, bodies.right)]
        if found[0] is None or found[1] is None:
            return
        page = Page(self, resource, listing, query, found[0], found[1])
        spot = Spot(pointer, pointer, f"{bodies.operation.id} {bodies.status} {pointer}")
        wrong = list(page.differences(spot))
        yield from wrong
        bodies.handlers[pointer] = nothing
        others = not self.scope.alike or any(one.what == "rows" for one in wrong)
        if others or any(self.unfinished(resource)):
            bodies.handlers.update({counters[n]: nothing for n in _OTHERS & counters.keys()})

    def unfinished(self, resource: Resource) -> tuple[set[str], set[str]]:
        """Return the keys, on each side, of the jobs that one of the sides may still be at."""
        pairs = self.bodies.terms.pairs
        found: tuple[set[str], set[str]] = set(), set()
        for side, walk in enumerate((self.left, self.right)):
            partner = pairs.of_right if side else pairs.of_left
            for key, one in walk.knowledge.jobs.running.items():
                if one.finished or one.job.kind != resource.kind:
                    continue
                pair = partner(resource.kind, key)
                found[0].update([str(pair.left)] if pair else [])
                found[1].update([str(pair.right)] if pair else [])
        return found

    # -- records ----------------------------------------------------------------------------------

    def _record(
        self, resource: Resource, left: Json, right: Json, spot: Spot
    ) -> Iterator[Difference]:
        if _is_row(resource, left) and _is_row(resource, right):
            yield from self.row(resource, left, right, spot)
        else:
            yield from self.bodies.plain(left, right, spot)

    def _batch(
        self, resource: Resource, left: Json, right: Json, spot: Spot
    ) -> Iterator[Difference]:
        """Yield the differences of records that were made at once, in the order of the request."""
        found = _rows(resource, left), _rows(resource, right)
        if found[0] is None or found[1] is None or len(found[0]) != len(found[1]):
            yield from self.bodies.plain(left, right, spot)
            return
        for number, (one, other) in enumerate(zip(found[0], found[1], strict=True)):
            yield from self.row(resource, one, other, spot.item(number, number))

    def row(self, resource: Resource, left: Row, right: Row, spot: Spot) -> Iterator[Difference]:
        """Yield the differences of two records of a kind."""
        key = resource.key_of(left)
        listed = self.scope.listed.get((resource.kind, key), frozenset())
        own = self.scope.alike or self.is_own(resource, key)
        job = self._job(resource)
        passed = self._passed(resource, left, right)
        for name in {resource.key: None, **left, **right}:
            if name in passed:
                continue
            inner = replace(
                spot.member(name),
                about=f"{resource.kind}/{name}",
                domain=self._domain(resource, name),
                foreign=not own and name not in listed and name != resource.key,
            )
            if job is not None and name == job.entries:
                self.bodies.handlers[inner.left] = partial(self._outcomes, job)
            yield from self.bodies.member(left, right, inner)

    def is_own(self, resource: Resource, key: str) -> bool:
        """Tell whether the walk has made the record of that key on the left side."""
        known = self.left.latest(resource.kind, key)
        return known is not None and known.made_here

    def _domain(self, resource: Resource, name: str) -> str | None:
        if name == resource.key:
            return resource.kind
        made = resource.generated.get(name)
        return f"{resource.kind}.{name}" if made and made.how in MADE else None

    def _passed(self, resource: Resource, left: Row, right: Row) -> set[str]:
        """Return the fields that depend on how far work has come."""
        job = self._job(resource)
        found: set[str] = set()
        if job and any(row.get(job.state) != job.states[2] for row in (left, right)):
            found = {job.done, job.failed, job.state, job.entries}
        for walk, row in ((self.left, left), (self.right, right)):
            known = walk.latest(resource.kind, resource.key_of(row))
            found |= walk.knowledge.jobs.fading(known) if known is not None else set()
        return found

    def _job(self, resource: Resource) -> Job | None:
        operations = self.bodies.contract.operations.values()
        jobs = (one.effect.job for one in operations if one.effect and one.effect.job)
        return next((one for one in jobs if one.kind == resource.kind), None)

    def _outcomes(self, job: Job, left: Json, right: Json, spot: Spot) -> Iterator[Difference]:
        """Yield how the outcomes of work differ; what does not tell them apart is for people."""
        telling = {job.member, *job.telling}
        told = [
            [{n: value for n, value in one.items() if n in telling} for one in found]
            if isinstance(found, list) and all(isinstance(one, Mapping) for one in found)
            else found
            for found in (left, right)
        ]
        yield from self.bodies.plain(told[0], told[1], spot)

    # -- entries ----------------------------------------------------------------------------------

    def _entries(self, part: Part, left: Json, right: Json, spot: Spot) -> Iterator[Difference]:
        """Yield the differences of a record's entries, told by the names of their definitions."""
        mine, its = _named(part, left), _named(part, right)
        if mine is None or its is None:
            yield from self.bodies.plain(left, right, spot)
            return
        partners = {self._partner(part, name): name for name in mine}
        only = [name for partner, name in partners.items() if partner not in its]
        others = [name for name in its if name not in partners]
        yield from self._undefined(only, others, spot)
        for number, name in enumerate(mine):
            partner = self._partner(part, name)
            if partner in its:
                other = its.index(partner)
                inner = spot.item(number, other)
                yield from self._entry(part, left[number], right[other], inner)

    def _partner(self, part: Part, name: str) -> str:
        """Return the name of an entry as it is on the right side."""
        pair = self.bodies.terms.pairs.of_left(part.definitions, name)
        return part.folded(pair.right) if pair else name

    def _undefined(self, only: list[str], others: list[str], spot: Spot) -> Iterator[Difference]:
        """Yield that entries are shown on one side only, where both must have them."""
        alone = [
            [name for name in names if self.scope.alike or self.bodies.terms.are_ours(name)]
            for names in (only, others)
        ]
        if any(alone):
            what = Spot(spot.left, spot.right, f"{spot.about} names")
            yield self.bodies.differ(alone[0], alone[1], what)

    def _entry(self, part: Part, left: Row, right: Row, spot: Spot) -> Iterator[Difference]:
        definitions = self.bodies.contract.resources[part.definitions]
        for name in {**left, **right}:
            inner = spot.member(name)
            if name == part.shows_definition:
                yield from self.row(definitions, left[name], right[name], inner)
            else:
                about = f"{part.name}/{name}"
                yield from self.bodies.member(left, right, replace(inner, about=about))


def _rows(resource: Resource, found: Json) -> list[Row] | None:
    """Return the rows of a list, None where it holds anything but records."""
    if not isinstance(found, list) or not all(_is_row(resource, one) for one in found):
        return None
    return found


def _is_row(resource: Resource, value: Json) -> bool:
    return isinstance(value, Mapping) and resource.key in value


def _named(part: Part, found: Json) -> list[str] | None:
    """Return the folded name of each entry, None where one has none."""
    if not isinstance(found, list):
        return None
    definitions = [one.get(part.shows_definition) for one in found if isinstance(one, Mapping)]
    names = [
        part.folded(one[part.named])
        for one in definitions
        if isinstance(one, Mapping) and part.named in one
    ]
    return names if len(names) == len(found) else None
