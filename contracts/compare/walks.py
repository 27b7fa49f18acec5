"""Walks in step: what the leader is sent, the follower is sent in its own terms, and compared.

Each side has an oracle of its own, so that it can be told which of the two contradicts the document
where they differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.compare.answers import Comparer
from contracts.compare.grounds import Grounds
from contracts.compare.mirror import Mirror
from contracts.compare.values import Difference, Terms
from contracts.oracle.contradictions import Contradiction
from contracts.steps import Exchange, Fresh, Ref, Spelt, Step, Template
from contracts.target import Target
from contracts.waiting import in_turn, told, until_finished
from contracts.walk import FRAGILE, Contradicted, Walk, World
from spec import ABSENT, Json

_PAUSE = 0.02
"""Seconds between two looks at work that the follower has still to finish."""


class Diverged(Exception):  # noqa: N818 - not an error of ours but the end of a walk
    """The two sides have come apart; the walk ends here."""

    def __init__(
        self,
        difference: Difference | None,
        left: Contradiction | None,
        right: Contradiction | None,
    ) -> None:
        super().__init__(difference.sentence if difference else "one side contradicts the document")
        self.difference, self.left, self.right = difference, left, right


class Agreed(Exception):  # noqa: N818 - likewise
    """Both sides contradict the document, and do it alike; the walk ends here."""


@dataclass
class Both:
    """Two worlds that are walked in step; spots in `passed` are not compared any more."""

    grounds: Grounds
    left: World
    right: World
    passed: set[str] = field(default_factory=set)

    @property
    def requests(self) -> int:
        """How many requests both were sent."""
        return self.left.requests + self.right.requests

    def start(self, number: int | None = None) -> Lead:
        """Return a walk on a fresh start of both; without a number it is the next one."""
        if number is None:
            # New names hold the number of the start; both sides get the same ones.
            number = max(self.left.starts, self.right.starts) + 1
            self.left.starts = self.right.starts = number
        one, other = self.left.start(number), self.right.start(number)
        return Lead(one.world, one.knowledge, one.session, number, both=self, follower=other)


def both(grounds: Grounds, left: Target, right: Target, nonce: str, starts: int = 0) -> Both:
    """Return two targets to be walked in step, under the same new names.

    Walks up to the number `starts` are started by their numbers.
    """
    return Both(
        grounds,
        World(grounds.contract, grounds.left, left, nonce, starts=starts),
        World(grounds.contract, grounds.right, right, nonce, starts=starts),
    )


@dataclass(kw_only=True)
class Lead(Walk):
    """The walk on the left side, which takes the one on the right side along."""

    both: Both
    follower: Walk
    compared: int = 0

    def __post_init__(self) -> None:
        """Begin with what the profiles tell."""
        grounds = self.both.grounds
        pairs = grounds.pairs.copy()
        self.terms = Terms(grounds.contract, grounds.roles, pairs)
        self.mirror = Mirror(grounds.roles, pairs, grounds.secrets, self, grounds.scope.alike)
        self.comparer = Comparer(self.terms, grounds.scope, self, self.follower, self.both.passed)

    def send(self, step: Step) -> Exchange:
        """Send a step to both sides and compare their answers.

        Raises: Diverged: they differ, or one of them contradicts the document. Agreed: both do.
        Unreached: the step cannot be put into the follower's terms.
        """
        step = self.mirror.anchored(step)
        mirrored = self.mirror.mirrored(step)
        request, call = self.call(step)
        self.terms.send(_plain(step, mirrored, self.text))
        number = len(self.exchanges)
        left = _contradiction(super().send, step)
        right = _contradiction(self.follower.send, mirrored)
        difference: Difference | None = None
        if not FRAGILE.search(request.path):
            if right is None:
                right, difference = self._waited(mirrored)
            self.compared += 1
            difference = difference or self.comparer.difference(call, number)
        if left is not None and right is not None and difference is None:
            raise Agreed
        if difference is not None or left is not None or right is not None:
            raise Diverged(difference, left, right)
        return self.exchanges[number]

    def clean(self) -> None:
        """Delete what the walk made, on both sides."""
        try:
            super().clean()
        finally:
            self.follower.clean()

    def take_back(self) -> None:
        """Forget the step sent last, on both sides: it is sent again, under the same number."""
        super().take_back()
        self.follower.take_back()

    # -- work -------------------------------------------------------------------------------------

    def _waited(self, step: Step) -> tuple[Contradiction | None, Difference | None]:
        """Ask the follower until it has finished the work that the leader has finished.

        Returns what contradicts the document on the way, or that it is not finished in time.
        """
        if _finished(self) is not True:
            return None, None
        until = time.monotonic() + self.follower.world.profile.job_timeout
        while _finished(self.follower) is False:
            if time.monotonic() > until:
                return None, self._endless(step)
            time.sleep(_PAUSE)
            self.follower.take_back()
            found = _contradiction(self.follower.send, step)
            if found is not None:
                return found, None
        return None, None

    def _endless(self, step: Step) -> Difference:
        operation = self.contract.operations[step.operation]
        kind = operation.effect.kind if operation.effect else ""
        return Difference(
            what="value",
            operation=operation.id,
            spot=f"{kind} is finished",
            sentence=f"{operation.id}: the work is finished on A, and not on B, "
            f"within {self.follower.world.profile.job_timeout:g} seconds",
            left="finished",
            right="not finished",
            place=operation.place,
        )


def _finished(walk: Walk) -> bool | None:
    """Tell whether the last answer shows finished work, None where it shows no work of ours."""
    running = told(walk)
    return None if running is None else running.finished


@dataclass(frozen=True, slots=True)
class Pace:
    """How steps are sent again: whether work is waited for, and the seconds between two steps."""

    patient: bool = True
    pause: float = 0.0


def walked(walk: Walk, steps: Sequence[Step], pace: Pace) -> None:
    """Send steps one after the other, at a pace of their own.

    Raises: Contradicted, or what the walk raises in its place.
    """
    for number, (step, last) in enumerate(in_turn(steps)):
        if number:
            time.sleep(pace.pause)
        if pace.patient and last:
            until_finished(walk, step, walk.world.profile.job_timeout)
        else:
            walk.send(step)


def _contradiction(send: Callable[[Step], Exchange], step: Step) -> Contradiction | None:
    try:
        send(step)
    except Contradicted as contradicted:
        return contradicted.contradiction
    return None


def _plain(left: Step, right: Step, fresh: Callable[[Fresh], str]) -> Iterator[Json]:
    """Yield the values that both sides are sent as they are."""
    for one, other in zip(_scalars(left), _scalars(right), strict=True):
        if isinstance(one, Fresh):
            yield fresh(one)
        elif not isinstance(one, Ref | Spelt) and one == other:
            yield one


def _scalars(step: Step) -> Iterator[Template]:
    body = [] if step.body is ABSENT else [step.body]
    yield from _inside([dict(step.path), [value for _, value in step.query], body])


def _inside(value: Template) -> Iterator[Template]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _inside(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _inside(inner)
    else:
        yield value
