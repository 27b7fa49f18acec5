"""What two answers to the same step say differently: status, media type, headers and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from contracts.compare.roles import ANY
from contracts.compare.rows import Rows
from contracts.compare.values import (
    Bodies,
    Difference,
    Scope,
    Spot,
    Terms,
    What,
    nothing,
    shown,
)
from contracts.steps import Exchange
from contracts.walk import Walk
from spec import ABSENT, Call, Json, Operation, Problem, RawAnswer, Unrouted, content
from spec.contract import Unroutable
from spec.document import escape
from spec.wire import media_type, query_pairs

_OPAQUE = frozenset({"etag", "last-modified", "date", "retry-after"})
"""Headers whose values are a server's own; only whether they are there counts."""


@dataclass(frozen=True)
class Comparer:
    """Compares the answers to the steps of two walks; spots in `passed` are passed over."""

    terms: Terms
    scope: Scope
    left: Walk
    right: Walk
    passed: Set[str] = field(default_factory=frozenset)

    def difference(self, call: Call | Unrouted, number: int) -> Difference | None:
        """Return the first difference of the answers to the step of that number, if there is one.

        `call` is the step as it was decoded on the left side.
        """
        found = self.differences(call, number)
        return next((one for one in found if one.spot not in self.passed), None)

    def differences(self, call: Call | Unrouted, number: int) -> Iterator[Difference]:
        """Yield every difference, those that are passed over included."""
        left, right = self.left.exchanges[number], self.right.exchanges[number]
        operation = self.terms.contract.operations[left.step.operation]
        if isinstance(call, Call) or _speaks_of(self.terms.contract.unroutable, call):
            yield from _Answers(self, operation, call, left, right, number).differences()


def _speaks_of(unroutable: Unroutable, call: Unrouted) -> bool:
    """Tell whether the document says how requests are answered that no operation answers."""
    return (unroutable.method if call.allowed else unroutable.path) is not None


@dataclass(frozen=True)
class _Answers:
    """The answers of both sides to one step."""

    comparer: Comparer
    operation: Operation
    call: Call | Unrouted
    left: Exchange
    right: Exchange
    number: int

    @property
    def status(self) -> int:
        return self.left.answer.status

    def differences(self) -> Iterator[Difference]:
        said = self._outcome(self.left), self._outcome(self.right)
        if said[0] != said[1]:
            yield self._status(*said)
            return
        yield from self._media()
        if isinstance(self.call, Call):
            yield from self._headers()
        if self._is_told():
            yield from self._bodies()

    def _is_told(self) -> bool:
        """Tell whether anybody can say what the bodies should have in common.

        Where the two worlds hold different records, and no vocabulary tells records from other
        values, what a read shows is nobody's mistake.
        """
        resources = self.comparer.terms.contract.resources
        read = self.operation.method in {"GET", "HEAD"} and self.status < 400
        return bool(self.comparer.scope.alike or resources or not read)

    # -- status and headers -----------------------------------------------------------------------

    def _outcome(self, exchange: Exchange) -> str:
        """Return the status of an answer, with the problem that it states."""
        status = exchange.answer.status
        if status == 0:
            return "nothing"
        problem = self._problem(exchange) if status >= 400 else None
        return f"{status} {problem.name}" if problem else str(status)

    def _problem(self, exchange: Exchange) -> Problem | None:
        """Return the problem that a refusal states."""
        contract, status = self.comparer.terms.contract, exchange.answer.status
        if isinstance(self.call, Call):
            return contract.recognise(self.operation, status, exchange.body)
        due = contract.unroutable.method if self.call.allowed else contract.unroutable.path
        return due if due is not None and due.status == status else None

    def _status(self, left: str, right: str) -> Difference:
        name = self.operation.id
        return Difference(
            what="status",
            operation=name,
            spot=f"{name} {left} / {right}",
            sentence=f"{name} answers {left} on A and {right} on B",
            left=left,
            right=right,
            place=self.operation.place,
        )

    def _media(self) -> Iterator[Difference]:
        left, right = (
            media_type(one.answer.header("content-type")) if one.answer.body else "no body"
            for one in (self.left, self.right)
        )
        if left != right:
            yield self._of_header("media type", "Content-Type", left, right)

    def _headers(self) -> Iterator[Difference]:
        response = self.operation.response(self.status)
        for name in response.headers if response else ():
            left, right = (one.answer.header(name) for one in (self.left, self.right))
            both = left is not None and right is not None
            own = name.lower() in _OPAQUE
            if left != right and not (both and (own or self._agree(left or "", right or ""))):
                yield self._of_header("header", name, left, right)

    def _agree(self, left: str, right: str) -> bool:
        """Tell whether two header values say the same, paths with a key at their end included."""
        terms = self.comparer.terms
        paths = [
            urlsplit(text).path.removeprefix(walk.world.target.base).rpartition("/")
            for text, walk in ((left, self.comparer.left), (right, self.comparer.right))
        ]
        if not all(slash for _, slash, _ in paths):
            return terms.agree(left, right, Spot("", "", "header"))
        (mine, _, end), (its, _, other) = paths
        known = end == other or terms.pairs.are_paired(end, other)
        new = not terms.are_sent(end, other) and terms.pairs.pair(ANY, end, other)
        return mine == its and (known or new)

    def _of_header(self, what: What, name: str, left: str | None, right: str | None) -> Difference:
        response = self.operation.response(self.status)
        said = [shown(ABSENT if one is None else one) for one in (left, right)]
        head = f"{self.operation.id} {self.status}"
        return Difference(
            what=what,
            operation=self.operation.id,
            spot=f"{head} {name}",
            sentence=f"{head}: {name} is {said[0]} on A and {said[1]} on B",
            left=f"{name}: {said[0]}",
            right=f"{name}: {said[1]}",
            place=response.place if response else self.operation.place,
        )

    # -- bodies -----------------------------------------------------------------------------------

    def _bodies(self) -> Iterator[Difference]:
        read = [_read(one.answer) for one in (self.left, self.right)]
        bodies = Bodies(
            terms=self.comparer.terms,
            operation=self.operation,
            call=self.call if isinstance(self.call, Call) else None,
            number=self.number,
            status=self.status,
            media=media_type(self.left.answer.header("content-type")),
            left=read[0],
            right=read[1],
            asked=tuple(name for name, _ in query_pairs(self.left.request.query)),
        )
        spot = bodies.root()
        if self.status >= 400:
            problem = self._problem(self.left)
            if problem is not None:
                bodies.handlers.update(dict.fromkeys(_sentences(problem.body, ""), nothing))
                spot = Spot("", "", f"{problem.name} ")
        else:
            comparer = self.comparer
            rows = Rows(bodies, comparer.scope, comparer.left, comparer.right)
            yield from rows.differences()
        yield from bodies.values(read[0], read[1], spot)


def _read(answer: RawAnswer) -> Json:
    """Return the JSON value of a body, its text where it is none."""
    found = content(answer)
    return answer.body.decode("utf-8", "replace") if found is ABSENT else found


def _sentences(body: Json, pointer: str) -> Iterator[str]:
    """Yield where a problem's body holds nothing but sentences for people."""
    if body == "{message}" or body == ["{message}"]:
        yield pointer
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from _sentences(value, f"{pointer}/{escape(name)}")
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from _sentences(value, f"{pointer}/{number}")
