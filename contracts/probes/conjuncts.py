"""A conjunct: one condition of a rule, and whether it is to hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.reach.drafts import Drafts
from spec import Contract, Json, Operation, Resource
from spec.contract import Condition
from spec.equality import same

_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class Conjunct:
    """A condition on calls of an operation that is to hold, or not to hold."""

    drafts: Drafts
    operation: Operation
    condition: Condition
    holds: bool

    @property
    def contract(self) -> Contract:
        """The contract of the operation."""
        return self.drafts.contract

    @property
    def kind(self) -> str:
        """The kind of record that the operation is about."""
        assert self.operation.effect is not None
        return self.operation.effect.kind

    @property
    def resource(self) -> Resource:
        """The resource of that kind."""
        return self.contract.resources[self.kind]

    @property
    def name(self) -> str:
        """The last name of the condition's path: a field or a parameter."""
        return self.condition.path[-1]

    def met_by(self, value: Json) -> bool:
        """Tell whether a value makes the condition hold, or not hold, as is wanted."""
        return self.condition.fits(value) is self.holds

    def values(self, pools: Iterable[Json], declared: Json) -> list[Json]:
        """Return instances of the schemas in `pools` that `declared` takes and that meet it."""
        takes = self.contract.schemas.predicate(declared)
        found: list[Json] = []
        for pool in pools:
            for value in self.drafts.values.instances(pool):
                fresh = not any(same(value, one) for one in found)
                if fresh and takes(value) and self.met_by(value):
                    found.append(value)
        return found[:_MOST_VALUES]
