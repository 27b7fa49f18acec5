"""A whole document, understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from spec.contract.knowledge import ABSENT
from spec.contract.operations import Location, Operation
from spec.contract.resources import Resource
from spec.contract.rules import Problem, Stage
from spec.document import Document, Json, pick
from spec.router import Router
from spec.schemas import Schemas

if TYPE_CHECKING:
    from spec.samples import Samples


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a credential is carried: RFC 9110 authentication with `word`, or a named parameter.

    With `exact` the scheme word is taken in this spelling only. With `basic` the secret is a user
    and a password (RFC 7617).
    """

    name: str
    word: str | None
    exact: bool
    location: Location
    parameter: str
    basic: bool = False


Policy: TypeAlias = Literal["refused", "first", "kept", "open"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How requests are read that the schemas say nothing of.

    `repeated` single-valued parameters are refused, or the first counts; `empty` values are
    refused, or kept as the empty text; either may be left open. `untyped` bodies, whose media type
    is not told, are refused, or it is left open.
    """

    repeated: Policy = "open"
    empty: Policy = "open"
    untyped: Policy = "refused"


@dataclass(frozen=True, slots=True)
class Unroutable:
    """The problems that answer where no operation does: no such path, no such method there."""

    path: Problem | None = None
    method: Problem | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document, understood."""

    document: Document
    base_path: str
    operations: Mapping[str, Operation]
    problems: Mapping[str, Problem]
    code_pointer: str | None
    stages: tuple[Stage, ...]
    principal_facts: Mapping[str, Json]
    schemes: tuple[Scheme, ...]
    schemas: Schemas
    router: Router
    resources: Mapping[str, Resource]
    reading: Reading = Reading()
    unroutable: Unroutable = Unroutable()
    bases: tuple[str, ...] = ("",)
    """The paths of all servers: the operations stand under each. `base_path` is the first."""
    inferred: bool = False
    """Whether kinds and effects were inferred, since the document says nothing of them."""

    @property
    def name(self) -> str:
        """The document's short name, the name of its file."""
        return self.document.name

    @property
    def samples(self) -> Samples:
        """Instances of the document's schemas, for what nobody has decided."""
        return self.schemas.samples

    def scheme(self, name: str | None) -> Scheme | None:
        """Return the scheme of that name, the first one for None."""
        return next((one for one in self.schemes if name in {None, one.name}), None)

    def without(self, names: Collection[str]) -> Contract:
        """Return the contract less some operations; requests to them are still routed to them."""
        left = {name: one for name, one in self.operations.items() if name not in names}
        return replace(self, operations=left)

    def stage(self, name: str) -> Stage | None:
        """Return the stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def doing(self, kind: str, *actions: str) -> tuple[Operation, ...]:
        """Return the operations with an effect of one of these actions on a kind."""
        return tuple(
            one
            for one in self.operations.values()
            if one.effect and one.effect.kind == kind and one.effect.action in actions
        )

    def recognise(self, operation: Operation, status: int, body: Json) -> Problem | None:
        """Return the problem that a refusing answer states, None when it states no declared one.

        A problem with a code is told by status and code. One without is told by status, for any
        answer whose code position does not hold another problem's code.
        """
        fitting = [one for one in self.stated(operation) if one.status == status]
        found = pick(body, self.code_pointer, ABSENT) if self.code_pointer else ABSENT
        for problem in fitting:
            if problem.code is not ABSENT and problem.code == found:
                return problem
        codes = {one.code for one in self.problems.values() if isinstance(one.code, str)}
        if isinstance(found, str) and found in codes:
            return None
        return next((one for one in fitting if one.code is ABSENT), None)

    def stated(self, operation: Operation) -> tuple[Problem, ...]:
        """Return every problem an operation may answer with, stage checks included."""
        own = [
            self.problems[s.problem] for s in self.stages if s.problem and self._has(operation, s)
        ]
        return tuple(dict.fromkeys([*own, *operation.problems]))

    def _has(self, operation: Operation, stage: Stage) -> bool:
        if stage.name == "authentication":
            return operation.secured
        located = {parameter.location for parameter in operation.parameters}
        return bool(stage.covers & (located | ({"body"} if operation.body else set())))
