"""One document as it is served, with what is asked at each step of an exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from mockserver.answers import Answer, verify
from mockserver.behaviours import Behaviour, Reply, behaviours
from mockserver.jobs import Jobs, MakeJobs
from mockserver.store import Store
from spec import Call, Context, Contract, Json, Judgement, judge

Judging: TypeAlias = Callable[[Contract, Call, Store], Judgement]
Checking: TypeAlias = Callable[[Contract, Context, Answer, Reply], None]


@dataclass(frozen=True, slots=True)
class Site:
    """A document, ready to be served: its contract, and what is asked at each step of an exchange.

    A mutant has something else in the place of one of them; see `mockserver.mutants`.
    """

    contract: Contract
    behaviours: Mapping[str, Behaviour]
    openapi: Mapping[str, Json]
    judging: Judging = judge
    checking: Checking = verify
    jobs: MakeJobs = Jobs

    @classmethod
    def of(cls, contract: Contract) -> Site:
        """Return a document that is served as it says."""
        return cls(contract, behaviours(contract), contract.document.data)

    @property
    def base(self) -> str:
        """The path under which the document's operations stand."""
        return self.contract.base_path
