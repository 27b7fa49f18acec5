"""What every world begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.clock import Clock
from mockserver.fixtures import Fixtures
from mockserver.jobs import MakeJobs, Pace
from mockserver.tables import Table, tables
from spec import Contract


@dataclass(frozen=True, slots=True)
class Premise:
    """All that a world is made from: documents, tables, first records, and how time goes."""

    contracts: Sequence[Contract]
    tables: Mapping[str, Mapping[str, Table]]
    fixtures: Mapping[str, Fixtures]
    jobs: Mapping[str, MakeJobs]
    clock: Clock
    pace: Pace
    seed: int

    @classmethod
    def of(
        cls,
        contracts: Sequence[Contract],
        fixtures: Mapping[str, Fixtures],
        jobs: Mapping[str, MakeJobs],
        *,
        clock: Clock,
        pace: Pace,
        seed: int,
    ) -> Premise:
        """Return what worlds of these documents are made from."""
        named = {one.name: tables(one) for one in contracts}
        return cls(contracts, named, fixtures, jobs, clock, pace, seed)

    @property
    def carriers(self) -> list[str]:
        """The headers in which the documents' credentials come."""
        schemes = [scheme for one in self.contracts for scheme in one.schemes]
        return [one.parameter for one in schemes if one.location == "header"]

    @property
    def secrets(self) -> list[str]:
        """The value of every credential."""
        return [secret for one in self.fixtures.values() for secret in one.secrets]
