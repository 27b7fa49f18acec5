"""What all that is wrong with jobs has in common: the work is done in another way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mockserver.clock import Clock
from mockserver.database import Database
from mockserver.jobs import Jobs, Running
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Edit
from mockserver.mutants.sight import readers
from mockserver.site import Site
from mockserver.store import Store
from spec import ABSENT, Contract, Job, Operation, Place, Record
from spec.vocabulary.meta import spot

PASSING = "only who asks between two items sees it"
TOGETHER = "only two jobs that are under way at once show it"
UNORDERED = "the document does not say in which order the work is done"
SILENT = "the document does not say that progress is a change of what tells of it"


def job_of(contract: Contract, operation: Operation) -> Job | None:
    """Return the job that an operation sets going, if its progress can be read."""
    effect = operation.effect
    if effect is None or effect.job is None or not readers(contract, effect.job.kind):
        return None
    return effect.job


def place_in_job(contract: Contract, operation: Operation, *words: str) -> Place:
    """Return the line that says something of a job."""
    return spot(contract.document, "job", *words, pointer=operation.pointer)


def working(make: Callable[[Contract, Store, Database, Clock], Jobs]) -> Edit:
    """Let the work be done in another way."""
    return lambda site: replace(site, jobs=make)


def working_on(flaw: Flaw) -> Edit:
    """Let the work be done on a store with a flaw."""

    def make(contract: Contract, store: Store, database: Database, clock: Clock) -> Jobs:
        return Jobs(contract, Flawed(store, flaw), database, clock)

    def edit(site: Site) -> Site:
        return replace(site, jobs=make)

    return edit


class Work(Jobs):
    """Jobs of which those of one operation are done in another way."""

    def __init__(
        self,
        operation: str,
        contract: Contract,
        store: Store,
        database: Database,
        clock: Clock,
    ) -> None:
        """Err in the jobs of `operation` only."""
        super().__init__(contract, store, database, clock)
        self._operation = operation

    def do(self, one: Running, moment: float) -> None:
        """Do the next item, or err."""
        if one.context.call.operation.id == self._operation:
            self.err(one, moment)
        else:
            super().do(one, moment)

    def err(self, one: Running, moment: float) -> None:
        """Do the next item of the operation in question."""
        super().do(one, moment)

    def well(self, one: Running, moment: float) -> None:
        """Do the next item as it should be done."""
        super().do(one, moment)

    def member(self, one: Running) -> Record | None:
        """Return the next member's record."""
        return self._store.record(one.job.each, one.members[one.position], ABSENT)

    def neighbour(self, one: Running, member: Record) -> Record | None:
        """Return a record like a member that is none."""
        key_of = self._contract.resources[one.job.each].key_of
        near = Flawed(self._store, Flaw()).neighbours(one.job.each, member)
        return next((other for other in near if key_of(other) not in one.members), None)
