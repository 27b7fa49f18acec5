"""What every world begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockserver.clock import Clock
from mockserver.fixtures import Fixtures
from mockserver.jobs import MakeJobs, Pace
from mockserver.redaction import Redaction
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
    redaction: Redaction

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
        secrets: Iterable[str] = (),
    ) -> Premise:
        """Return what worlds of these documents are made from.

        `secrets` are shown to nobody, nor are the values of the documents' credentials.
        """
        named = {one.name: tables(one) for one in contracts}
        own = [secret for one in fixtures.values() for secret in one.secrets]
        redaction = Redaction.of([*own, *secrets], contracts)
        return cls(contracts, named, fixtures, jobs, clock, pace, seed, redaction)
