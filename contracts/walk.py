"""One walk: steps sent to a fresh start of the target, each judged on what the walk knows so far.

Scenarios and random traffic both walk; so does the shrinker, over steps that were walked before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contracts.oracle import routing
from contracts.oracle.checks import examine
from contracts.oracle.contradictions import Contradiction
from contracts.oracle.knowledge import Knowledge, Known
from contracts.oracle.seen import Seen
from contracts.profile import Profile
from contracts.steps import Exchange, Fresh, Ref, Step, Template, request_of, resolved
from contracts.target import Target
from spec import (
    ABSENT,
    Call,
    ConfigurationError,
    Contract,
    Credential,
    Json,
    Judgement,
    Operation,
    RawAnswer,
    RawRequest,
    TargetUnreachable,
    Unrouted,
    content,
    decode,
    judge,
    records,
)

FRAGILE = re.compile(r"%(?:2f|5c|2e|[01][0-9a-f]|7f)|/\.{1,2}(?:/|$)", re.IGNORECASE)
"""Paths that servers and proxies in front of them rightly read in different ways: not judged."""

NOBODY = ""
"""In the place of a credential's name: a call without any."""
_PATIENCE = 3
_LONGEST_WAIT = 60
"""Seconds that a target may ask us to wait before it is asked again."""


class Contradicted(Exception):  # noqa: N818 - not an error of ours but the end of a walk
    """The target contradicted the document; the walk ends here."""

    def __init__(self, contradiction: Contradiction) -> None:
        super().__init__(contradiction.sentence)
        self.contradiction = contradiction


class Unreached(Exception):  # noqa: N818 - likewise
    """A scenario cannot be set up on this target; its text says what is missing."""


@dataclass
class World:
    """A target with what is known of it before anything is sent; makes walks.

    `nonce` stands in every fresh text; `requests` counts all that was sent.
    """

    contract: Contract
    profile: Profile
    target: Target
    nonce: str
    requests: int = 0
    starts: int = 0
    log: list[tuple[RawRequest, RawAnswer]] | None = None
    spent: set[tuple[str, str]] = field(default_factory=set)
    """Known records that a defect has changed, in a world that cannot be started afresh."""
    patience: float | None = None
    """Seconds for which jobs are waited for, once one was not finished in time."""
    heartbeat: RawRequest | None = None
    """A request that was answered before; sent again, it tells a closed connection from an end."""

    def start(self, number: int | None = None) -> Walk:
        """Return a walk on a fresh start, as far as the profile's isolation goes.

        Its fresh texts and its session are made from its number; without one it is the next.
        """
        if number is None:
            self.starts += 1
            number = self.starts
        session = None
        if self.profile.isolation == "session":
            session = (self.profile.session_header, f"{self.nonce}-{number}")
        knowledge = Knowledge(self.contract, self.profile)
        for one in self.spent:
            knowledge.records.pop((*one, None), None)
        return Walk(self, knowledge, session, number)

    def reset(self, path: str, session: tuple[str, str] | None) -> None:
        """Begin the world anew: a session of that name may be left from an earlier run.

        Raises: ConfigurationError: the target does not do it.
        """
        answer = self.send(RawRequest("POST", path, headers=(session,) if session else ()))
        if not 200 <= answer.status < 300:
            raise ConfigurationError(
                "profile: target.reset",
                f"POST {path} answers {answer.status}",
                "a path on the target's host that starts its world anew",
            )

    def send(self, request: RawRequest) -> RawAnswer:
        """Send a request as it is; a connection closed without an answer counts as status 0.

        Raises: TargetUnreachable: nothing else is answered any more either.
        """
        self.requests += 1
        if self.profile.pause:
            time.sleep(self.profile.pause)
        try:
            answer = self._patiently(request)
        except TargetUnreachable:
            if self.heartbeat is None:
                raise
            self.target.send(self.heartbeat)
            answer = RawAnswer(0, (), b"")
        if self.log is not None:
            self.log.append((request, answer))
        return answer

    def _patiently(self, request: RawRequest) -> RawAnswer:
        """Send a request, and again after the time that a 429 asks for, a few times."""
        for _ in range(_PATIENCE):
            answer = self.target.send(request)
            wait = answer.header("retry-after") or ""
            if answer.status != 429 or not wait.isdecimal() or int(wait) > _LONGEST_WAIT:
                return answer
            time.sleep(int(wait))
        return answer

    @property
    def credentials(self) -> Mapping[str, Credential]:
        """What each credential's requests carry, by name."""
        return {name: one.sent for name, one in self.profile.credentials.items()}


@dataclass
class Walk:
    """A sequence of steps on one fresh start, with what they taught."""

    world: World
    knowledge: Knowledge
    session: tuple[str, str] | None
    number: int
    exchanges: list[Exchange] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)
    created: list[tuple[str, str, str | None, dict[str, Json]]] = field(default_factory=list)
    housed: dict[str, tuple[str, Template]] = field(default_factory=dict)
    """Path parameters that are keys of records which the walk has made to stand under, by kind."""
    founding: list[str] = field(default_factory=list)
    """The kinds of such records that are being made."""
    forgiving: bool = False
    """Whether the walk goes on after answers that can be understood in spite of a slip."""
    slips: list[tuple[Contradiction, int]] = field(default_factory=list)
    """The contradictions that were passed over, each with the number of exchanges that show it."""
    _fresh: int = 0
    _begun: bool = False

    @property
    def contract(self) -> Contract:
        """The contract that is walked."""
        return self.world.contract

    @property
    def callers(self) -> list[str]:
        """The names of the credentials to call with; NOBODY where the profile has none."""
        return list(self.world.profile.credentials) or [NOBODY]

    @property
    def parameters(self) -> Mapping[str, Template]:
        """Path parameters that stand fast: the profile's, and keys of what the walk has made."""
        made = {name: key for name, (_, key) in self.housed.items()}
        return {**made, **self.world.profile.parameters}

    # -- sending ----------------------------------------------------------------------------------

    def call(self, step: Step) -> tuple[RawRequest, Call | Unrouted]:
        """Return what a step would send, without sending it, as bytes and as decoded from them."""
        request = request_of(
            self.contract,
            self.world.target.base,
            self._provoking(step),
            credentials=self.world.credentials,
            exchanges=self.exchanges,
            fresh=self.text,
            session=self.session,
        )
        call = decode(self.contract, _rebased(self.contract, self.world.target.base, request))
        if isinstance(call, Call) and step.provokes:
            call = call.asking_for(step.provokes)
        return request, call

    def _provoking(self, step: Step) -> Step:
        if step.provokes is None:
            return step
        extra = self.world.profile.provoke.get(step.provokes, {})
        return replace(step, headers=(*step.headers, *extra.items()))

    def judged(self, step: Step, *, thorough: bool = False) -> Judgement | None:
        """Return what the contract admits as the answer to a step, None when nothing routes it."""
        _, call = self.call(step)
        if isinstance(call, Unrouted):
            return None
        return judge(self.contract, call, self.knowledge, thorough=thorough)

    def begin(self) -> None:
        """Start the target's world afresh before anything is sent, where the profile says how.

        Raises: ConfigurationError: the target does not do it.
        """
        profile = self.world.profile
        if not self._begun and profile.isolation != "none" and profile.reset:
            self.world.reset(profile.reset, self.session)
        self._begun = True

    def send(self, step: Step) -> Exchange:
        """Send a step, judge the answer, and learn from it.

        Raises: Contradicted: the answer contradicts the document. Unreached: the operation that
        would answer is off limits.
        """
        self.begin()
        request, call = self.call(step)
        if isinstance(call, Call) and call.operation.id not in self.contract.operations:
            raise Unreached(f"{call.operation.id} is off limits")
        judgement = (
            None if isinstance(call, Unrouted) else judge(self.contract, call, self.knowledge)
        )
        answer = self.world.send(request)
        body = content(answer)
        exchange = Exchange(step, request, answer, None if body is ABSENT else body)
        number = len(self.exchanges)
        self.exchanges.append(exchange)
        constructed = step.method is not None or bool(step.suffix)
        if isinstance(call, Unrouted) and constructed:
            unrouted = routing.examine(self.contract, call, exchange)
            if unrouted:
                raise Contradicted(unrouted)
        if judgement is None or isinstance(call, Unrouted) or FRAGILE.search(request.path):
            return exchange
        self._remember(call, step, exchange)
        seen = Seen(self.contract, call, judgement, answer, exchange.body, number)
        slips: list[Contradiction] = []
        found = examine(seen, self.knowledge, self.proven, slips if self.forgiving else None)
        self.slips += [(one, number + 1) for one in slips]
        if found:
            raise Contradicted(found)
        return exchange

    def take_back(self) -> None:
        """Forget the step sent last: it is sent again, under the same number."""
        del self.exchanges[-1]

    def _remember(self, call: Call, step: Step, exchange: Exchange) -> None:
        """Note what must be cleaned up, whatever else the answer says."""
        effect = call.operation.effect
        if effect is None or effect.action != "create" or not 200 <= exchange.answer.status < 300:
            return
        resource = self.contract.resources[effect.kind]
        for row in records(self.contract, call.operation, exchange.body):
            path = dict(self.value(dict(step.path)))
            self.created.append((effect.kind, resource.key_of(row), step.credential, path))

    def spend(self) -> bool:
        """Forget the known records that this walk has written to; tell whether there were any.

        After a contradiction nobody knows what became of them, unless the next walk's world is new.
        """
        if self.world.profile.isolation != "none":
            return False
        spent = set()
        for exchange in self.exchanges:
            operation = self.contract.operations[exchange.step.operation]
            if not operation.writes or operation.effect is None or operation.effect.key is None:
                continue
            key = str(self.value(exchange.step.path.get(operation.effect.key[-1])))
            known = self.knowledge.records.get((operation.effect.kind, key, None))
            if known is not None and not known.made_here and exchange.answer.status < 300:
                spent.add((known.kind, known.key))
        self.world.spent |= spent
        return bool(spent)

    # -- values -----------------------------------------------------------------------------------

    def fresh(self, suffix: str = "") -> Fresh:
        """Return a text that nobody has used; it is known to be ours from now on."""
        self._fresh += 1
        one = Fresh(self._fresh, suffix)
        self.knowledge.novel.add(self.text(one))
        return one

    def again(self, one: Fresh, suffix: str) -> Fresh:
        """Return a fresh text that differs from another in its ending only."""
        other = Fresh(one.number, suffix)
        self.knowledge.novel.add(self.text(other))
        return other

    def text(self, one: Fresh) -> str:
        """Return the text of a fresh value in this walk."""
        value = f"cfk-{self.world.nonce}-{self.number}-{one.number}{one.suffix}"
        self.knowledge.novel.add(value)
        return value

    def last(self, pointer: str) -> Ref:
        """Return a reference into the answer to the step sent last."""
        return Ref(len(self.exchanges) - 1, pointer)

    def value(self, template: Template) -> Json:
        """Return what a template stands for now."""
        return resolved(template, self.exchanges, self.text)

    def latest(self, kind: str, key: str) -> Known | None:
        """Return the record of that key that became known last, whoever it belongs to."""
        found = [one for one in self.knowledge.of_kind(kind) if one.key == key]
        return found[-1] if found else None

    # -- cleaning up ------------------------------------------------------------------------------

    def clean(self) -> None:
        """Delete what this walk made, newest first, unless the world is thrown away anyway.

        An interrupt in the middle waits until everything is deleted; a second one does not.
        """
        if self.world.profile.isolation != "none":
            return
        interrupted: KeyboardInterrupt | None = None
        while self.created:
            try:
                self._delete(*self.created[-1])
            except KeyboardInterrupt as stop:
                if interrupted is not None:
                    raise
                interrupted = stop
            else:
                self.created.pop()
        if interrupted is not None:
            raise interrupted

    def _is_gone(self, kind: str, key: str) -> bool:
        found = [one for one in self.knowledge.of_kind(kind) if one.key == key]
        return bool(found) and not any(one.alive for one in found)

    def _delete(
        self, kind: str, key: str, credential: str | None, path: Mapping[str, Json]
    ) -> None:
        operation = self.deleting(kind)
        if operation is None or self._is_gone(kind, key):
            return
        name = operation.effect.key[-1] if operation.effect and operation.effect.key else "id"
        if credential is None and operation.secured:
            # What a probe sent by hand is nobody's by name.
            credential = next(iter(self.world.credentials), None)
        request, _ = self.call(Step(operation.id, credential, path={**path, name: key}))
        self.world.send(request)

    def deleting(self, kind: str) -> Operation | None:
        """Return the operation that deletes records of a kind."""
        return self.doing("delete", kind)

    def doing(self, action: str, kind: str) -> Operation | None:
        """Return the first operation with an effect of that action on a kind."""
        return next(iter(self.contract.doing(kind, action)), None)


def _rebased(contract: Contract, base: str, request: RawRequest) -> RawRequest:
    """Return the request as it would stand under the document's own base path."""
    if base == contract.base_path:
        return request
    path = contract.base_path + request.path.removeprefix(base)
    return RawRequest(request.method, path, request.query, request.headers, request.body)
