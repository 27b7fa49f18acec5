"""What a mutant is: the mock with exactly one edit, a bug that a real implementation may have.

An *operator* derives drafts of one kind from a contract, whatever it is about; drawn from them and
set on their *ground*, they are mutants. An *edit* puts something else in the place of one step of a
site. A mutant's answers leave as they are: it is for others to see that they are wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict, Unpack

from mockserver.answers import Answer
from mockserver.app import Mock
from mockserver.behaviours import Reply
from mockserver.factory import create_app
from mockserver.fixtures import Fixtures, shipped_with
from mockserver.jobs import Pace
from mockserver.mutants.ghosts import tolerant
from mockserver.site import Site
from spec import Context, Contract, Operation, Place

Group: TypeAlias = Literal[
    "shape", "code", "precedence", "rule", "state", "list", "job", "authentication"
]
GROUPS: tuple[Group, ...] = (
    "shape",
    "code",
    "precedence",
    "rule",
    "state",
    "list",
    "job",
    "authentication",
)
Edit: TypeAlias = Callable[[Site], Site]
MOST = 3
"""How many mutants of one kind an operation has, unless its operator says otherwise."""
MOST_IN_ALL: Mapping[Group, int] = {
    "shape": 4,
    "code": 6,
    "precedence": 20,
    "rule": 9,
    "state": 5,
    "list": 6,
    "job": 12,
    "authentication": 8,
}
"""How many mutants of one kind a document has, so that no group drowns the others."""


class Choices(TypedDict, total=False):
    """What `create_app` lets its caller choose, and a mutant's caller too."""

    fixtures: str | Path | Fixtures | None
    seed: int
    cors: bool | Collection[str]
    admin_token: str | None
    hosts: Collection[str]
    most_body: int
    clock: Callable[[], float]
    frozen: float | None
    step: float
    jobs: Pace | None


@dataclass(frozen=True, eq=False)
class Ground:
    """What all mutants of a document stand on, read once: its contract and its first records."""

    contract: Contract

    @cached_property
    def site(self) -> Site:
        """The document as it is served."""
        return Site.of(self.contract)

    @cached_property
    def fixtures(self) -> Fixtures:
        """The first records that come with the document."""
        return shipped_with(self.contract)

    def app(self, edit: Edit, **choices: Unpack[Choices]) -> Mock:
        """Return the mock after an edit."""
        if choices.get("fixtures") is None:
            choices["fixtures"] = self.fixtures
        return create_app([self.contract], site=lambda _: edit(self.site), **choices)


def as_it_is(contract: Contract, context: Context, answer: Answer, reply: Reply) -> None:
    """Let an answer leave as it is."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One bug that an operator thinks of, in an operation (or none: "") of a contract.

    `place` is the line of the document that it violates. `doubt` says why no request may ever show
    it; a draft is sure without one.
    """

    operation: str
    name: str
    place: Place
    edit: Edit
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """One kind of bug: `derive` yields the drafts of it that a contract has room for."""

    group: Group
    kind: str
    derive: Callable[[Contract], Iterable[Draft]]
    most: int = MOST


PerOperation: TypeAlias = Callable[[Contract, Operation], Iterable[Draft]]
PerDocument: TypeAlias = Callable[[Contract], Iterable[Draft]]


def in_operations(
    group: Group, kind: str, *, most: int = MOST
) -> Callable[[PerOperation], Operator]:
    """Return a decorator: a function of a contract and an operation becomes an operator."""

    def made(derive: PerOperation) -> Operator:
        def everywhere(contract: Contract) -> Iterator[Draft]:
            for operation in contract.operations.values():
                yield from derive(contract, operation)

        return Operator(group, kind, everywhere, most)

    return made


def in_document(group: Group, kind: str, *, most: int = MOST) -> Callable[[PerDocument], Operator]:
    """Return a decorator: a function of a contract becomes an operator."""
    return lambda derive: Operator(group, kind, derive, most)


@dataclass(frozen=True)
class Mutant:
    """The mock with one edit; `doubt` says why no request may ever show it, "" for a sure one."""

    group: Group
    kind: str
    operation: str
    name: str
    place: Place
    doubt: str
    ground: Ground = field(repr=False, compare=False)
    edit: Edit = field(repr=False, compare=False)

    @classmethod
    def of(cls, operator: Operator, draft: Draft, ground: Ground) -> Mutant:
        """Return the mutant of a draft."""
        return cls(
            operator.group,
            operator.kind,
            draft.operation,
            draft.name,
            draft.place,
            draft.doubt,
            ground,
            draft.edit,
        )

    def app(self, **choices: Unpack[Choices]) -> Mock:
        """Return a fresh app; what can be chosen is what `create_app` lets choose."""
        return self.ground.app(self._planted, **choices)

    def _planted(self, site: Site) -> Site:
        planted = self.edit(replace(site, checking=as_it_is))
        behaviours = {name: tolerant(one) for name, one in planted.behaviours.items()}
        return replace(planted, behaviours=behaviours)
