"""What a call meets beside its document: the wishes of its client, and its session's faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.answers import Answer, contradiction, failed, sent
from mockserver.behaviours import Reply
from mockserver.faults import Delivery, Due
from mockserver.patterns import Asked
from mockserver.wishes.chosen import chosen, undeclared_error
from mockserver.wishes.magic import is_magical, magical
from mockserver.wishes.preferences import NOTHING, Wishes
from mockserver.worlds import World
from spec import Call, RawAnswer, RawRequest, violations

if TYPE_CHECKING:
    from mockserver.site import Site

_NOTHING_DUE = Due()


@dataclass(frozen=True, slots=True)
class Wishing:
    """Answers calls as they are wished for, and carries out those that wish for nothing.

    `seed` is what is made up from where a client gives no seed; with `magic`, values in requests
    may ask for errors.
    """

    carry_out: Callable[[Site, World, Call], Answer]
    seed: int
    magic: bool

    def answer(
        self, site: Site, world: World, raw: RawRequest, call: Call, wishes: Wishes
    ) -> Answer:
        """Answer a call in a world whose lock is held.

        Raises: ProblemError: what is wished for is not possible.
        """
        if wishes is NOTHING and not world.faults and not (self.magic and is_magical(raw)):
            return self.carry_out(site, world, call)  # as almost always
        due = _due(site, world, raw, call) if world.faults else _NOTHING_DUE
        if due.status is not None:
            answer = failed(site.contract, call, due.status, due.retry_after)
        elif wishes.choose:
            number = self.seed + world.journal.noted
            answer = _chosen(site, call, chosen(site.contract, call.operation, wishes, number))
            answer.applied += (wishes.applied("code", "example", "dynamic", "seed"),)
        else:
            answer = self._provoked(site, world, raw, call, wishes, due)
        if due.names:
            answer.remark(f"met by {', '.join(due.names)} of /__admin/faults")
            answer.delay_ms += due.delay_ms
            if due.breaking or due.dribble:
                answer.delivery = Delivery(due.breaking, due.dribble)
        if wishes.delay_ms:
            answer.delay_ms += wishes.delay_ms
            answer.applied += (wishes.applied("delay"),)
        if answer.delay_ms:
            answer.remark(f"held back for {answer.delay_ms:.0f} ms")
        return answer

    def _provoked(
        self, site: Site, world: World, raw: RawRequest, call: Call, wishes: Wishes, due: Due
    ) -> Answer:
        """Carry out a call with the errors that somebody asked for."""
        call, magic = magical(raw, call) if self.magic else (call, ())
        errors = wishes.errors + magic
        if errors:
            known = {one.name for one in site.contract.stated(call.operation)}
            for name in errors:
                if name not in known:
                    raise undeclared_error(site.contract, call.operation, name)
        if errors or due.errors:
            call = call.asking_for(*errors, *due.errors)
        answer = self.carry_out(site, world, call)
        if answer.problem is not None and answer.problem in wishes.errors:
            answer.applied += (f"error={answer.problem}",)
        if answer.begun and wishes.wait_s is not None:
            answer.wait_s = wishes.wait_s
            answer.applied += (wishes.applied("wait", "respond-async"),)
        return answer


def _due(site: Site, world: World, raw: RawRequest, call: Call) -> Due:
    errors = [one.name for one in site.contract.stated(call.operation)]
    asked = Asked(raw, site.contract.name, call.operation.id)
    return world.faults.due(asked, call.operation, errors)


def _chosen(site: Site, call: Call, reply: Reply) -> Answer:
    answer = sent(call, reply, None)
    raw = RawAnswer(answer.status, tuple(answer.headers), answer.body)
    wrong = next(violations(site.contract, call.operation, raw, value=reply.body), None)
    if wrong is not None:
        raise contradiction(site.contract, call.operation, answer.status, wrong)
    return answer
