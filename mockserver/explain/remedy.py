"""The smallest change that was found to make a refused request succeed.

Found by trying: each idea is sent to a copy of the session's world, as it is now, until one is
answered; what is not needed of it is then left out again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mockserver.explain.edits import Edit, edited
from mockserver.explain.ideas import Ideas
from spec import Call, Context, Contract, Json, RawRequest, Verdict, Violation

_MOST_TRIES = 250
_MOST_EDITS = 8
_MOST_IDEAS = 60


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a request that was tried: its refusal, if that is a rule's or a stage's."""

    status: int
    refusal: Verdict | None
    context: Context | None
    call: Call | None

    @property
    def accepted(self) -> bool:
        """Whether the request succeeded."""
        return self.status < 400

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What of the request does not fit the document."""
        return self.call.violations if self.call else ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """The edits that help, and the status of the answer then."""

    edits: tuple[Edit, ...]
    status: int

    def after(self, edits: Sequence[Edit]) -> Remedy:
        """Return the remedy for a request that had to be edited first."""
        return Remedy((*edits, *self.edits), self.status)

    def shown(self, raw: RawRequest, call: Call) -> Json:
        """Return the remedy for a request as plain values; of two edits of a place the last."""
        last = {(one.where, one.pointer): one for one in self.edits}
        edits = [one.shown(raw, call) for one in last.values()]
        return {"edits": edits, "answer": {"status": self.status}}


Try = Callable[[RawRequest], Trial]


def remedy(
    contract: Contract, call: Call, raw: RawRequest, ideas: Ideas, tried: Try
) -> Remedy | None:
    """Return the smallest change to a request that was found to succeed, None if none was."""
    return _Search(contract, call, raw, ideas, tried).found()


class _Search:
    def __init__(
        self, contract: Contract, call: Call, raw: RawRequest, ideas: Ideas, tried: Try
    ) -> None:
        self._contract = contract
        self._call = call
        self._raw = raw
        self._ideas = ideas
        self._try = tried
        self._left = _MOST_TRIES
        self._stages = {one.name: number for number, one in enumerate(contract.stages)}

    def found(self) -> Remedy | None:
        edits: tuple[Edit, ...] = ()
        trial = self._tried(edits)
        while not trial.accepted:
            step = self._step(edits, trial, self._helpful(trial)) or self._step(
                edits, trial, [*self._ideas.broader(trial.violations)]
            )
            if step is None or len(edits) >= _MOST_EDITS:
                return None
            edits, trial = step
        return self._least(edits, trial)

    def _step(
        self, edits: tuple[Edit, ...], trial: Trial, ideas: Sequence[Edit]
    ) -> tuple[tuple[Edit, ...], Trial] | None:
        """Return the edits with the one more that helps most, None if none does."""
        best: tuple[tuple[Edit, ...], Trial] | None = None
        furthest = self._progress(trial)
        for idea in ideas[:_MOST_IDEAS]:
            more = (*edits, idea)
            found = self._tried(more)
            if found.accepted:
                return more, found
            if self._progress(found) > furthest:
                best, furthest = (more, found), self._progress(found)
            if self._left <= 0:
                return None
        return best

    def _helpful(self, trial: Trial) -> Sequence[Edit]:
        if trial.refusal is not None and trial.context is not None:
            return [*self._ideas.against(trial.refusal, trial.context)]
        # A refusal that the document leaves open; see behaviours.unsaid.
        wrong = trial.violations
        found = [*self._ideas.fitting(wrong)] if wrong else []
        return [*found, *self._ideas.keys(), *self._ideas.credentials()]

    def _progress(self, trial: Trial) -> tuple[int, int, int]:
        """Return how far a request got: stage, rule, and how little of it does not fit."""
        wrong = -len(trial.violations)
        if trial.refusal is None:
            return (0, 0, wrong)
        stage = self._stages.get(trial.refusal.stage, -1)
        rule = trial.refusal.rule
        number = self._call.operation.rules.index(rule) if rule else -1
        return (stage, number, wrong)

    def _least(self, edits: tuple[Edit, ...], trial: Trial) -> Remedy:
        for one in edits:
            fewer = tuple(other for other in edits if other is not one)
            if len(edits) > 1 and self._left > 0 and (found := self._tried(fewer)).accepted:
                edits, trial = fewer, found
        return Remedy(edits, trial.status)

    def _tried(self, edits: tuple[Edit, ...]) -> Trial:
        self._left -= 1
        return self._try(edited(self._contract, self._call, self._raw, edits))
