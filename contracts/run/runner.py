"""One run of the suite: plan, probes, sequences, random walks, shrinking; in this order, always.

The same document, profile, seed and budget send the same bytes in the same order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from contracts import probes, sequences
from contracts.oracle.rows import row_of
from contracts.probes import stages
from contracts.profile import Profile
from contracts.reach.drafts import Draft, Drafts, Made
from contracts.reach.scenarios import Scenario, read_back
from contracts.run.findings import Finding, Findings
from contracts.run.ledger import Ledger, State
from contracts.run.shrink import Shrinker, trace
from contracts.target import Target
from contracts.traffic.cases import Cases
from contracts.walk import Contradicted, Unreached, Walk, World
from spec import SUCCESS, ConformockError, Contract, RawAnswer, RawRequest, TargetUnreachable


@dataclass
class CredentialsRefused(ConformockError):  # noqa: N818 - reads as what happened
    """The target does not take the profile's first credential: the environment, not a verdict."""

    url: str
    credential: str
    status: int
    exit_code = 3

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        return (
            f"{self.url}: the credential {self.credential!r} of the profile is refused with "
            f"{self.status}. Is it still valid, and of this environment?"
        )


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for: the seed, the number of random walks, and what to leave out."""

    seed: int = 0
    walks: int = 60
    max_seconds: float | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    shrink: bool = True

    def wants(self, operation: str) -> bool:
        """Tell whether an operation is to be tested."""
        chosen = not self.only or any(one in operation for one in self.only)
        return chosen and not any(one in operation for one in self.skip)


@dataclass
class Report:
    """What a run found out."""

    contract: Contract
    profile: Profile
    options: Options
    ledger: Ledger
    findings: Findings
    requests: int = 0
    seconds: float = 0.0
    scenarios: int = 0
    cut_short: bool = False
    interrupted: bool = False
    lost: str = ""
    """Why the target stopped answering in the middle of the run, if it did."""
    log: list[tuple[RawRequest, RawAnswer]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 contradicted, 3 target lost, 4 not everything reached."""
        if self.interrupted:
            return 130
        if len(self.findings):
            return 1
        if self.lost:
            return 3
        counts = self.ledger.counts()
        return 4 if counts[State.UNREACHED] or self.cut_short else 0


def run(
    contract: Contract,
    profile: Profile,
    target: Target,
    options: Options | None = None,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Run the suite and return what it found; `progress` is told the phase and how far it is.

    Raises: TargetUnreachable: the target does not answer. CredentialsRefused: it answers 401.
    """
    return _Run(contract, profile, target, options or Options(), progress).report()


class _Run:
    def __init__(
        self,
        contract: Contract,
        profile: Profile,
        target: Target,
        options: Options,
        progress: Callable[[str, int, int], None] | None,
    ) -> None:
        self.drafts = Drafts(contract)
        self.world = World(contract, profile, target, _nonce(contract, options.seed))
        self.options = options
        self.progress = progress or (lambda phase, done, total: None)
        self.started = time.monotonic()
        ledger = Ledger(contract, profile.not_applicable)
        if options.only or options.skip:
            ledger.rows = {k: v for k, v in ledger.rows.items() if options.wants(v.operation)}
        self.result = Report(contract, profile, options, ledger, Findings())
        self.reasons: dict[str, str] = {}

    def report(self) -> Report:
        self.world.log = self.result.log
        _preflight(self.world, self.drafts)
        try:
            self._constructed()
            self._random()
            self.result.ledger.rename(self.result.findings.group())
            self._shrink()
        except (KeyboardInterrupt, TargetUnreachable) as stop:
            self.result.interrupted = isinstance(stop, KeyboardInterrupt)
            self.result.lost = "" if self.result.interrupted else str(stop)
            self.result.ledger.rename(self.result.findings.group())
        for row, reason in self.reasons.items():
            self.result.ledger.miss(row, reason)
        self.result.requests = self.world.requests
        self.result.seconds = time.monotonic() - self.started
        return self.result

    def _constructed(self) -> None:
        for phase, chosen in self._phases():
            for number, scenario in enumerate(chosen):
                if self._late():
                    return
                self.progress(phase, number, len(chosen))
                self._play(scenario)

    def _phases(self) -> Iterator[tuple[str, list[Scenario]]]:
        for phase, found in (
            ("sequences", sequences.scenarios(self.drafts)),
            ("probes", probes.scenarios(self.drafts)),
            ("shape", stages.scenarios(self.drafts)),
        ):
            yield phase, list(self._wanted(found))

    def _wanted(self, found: Iterable[Scenario]) -> Iterator[Scenario]:
        for scenario in found:
            operation = scenario.rows[0].split(" ")[0].rstrip(":") if scenario.rows else ""
            if self.options.wants(operation):
                yield scenario

    def _late(self) -> bool:
        limit = self.options.max_seconds
        if limit is not None and time.monotonic() - self.started > limit:
            self.result.cut_short = True
        return self.result.cut_short

    def _play(self, scenario: Scenario) -> None:
        self.result.scenarios += 1
        walk = self.world.start()
        try:
            scenario.run(walk)
        except Unreached as missing:
            for row in scenario.rows:
                self.reasons.setdefault(row, str(missing))
        except Contradicted as contradicted:
            self._found(walk, self._traced(walk, contradicted), scenario.id)
        finally:
            self.result.ledger.prove(walk.proven)
            walk.clean()

    def _traced(self, walk: Walk, contradicted: Contradicted) -> Contradicted:
        """Return the contradiction behind one: an earlier effect that did not hold after all.

        Only a refusal that should not have come is traced, since it has changed nothing itself.
        """
        if contradicted.contradiction.cause[0] != "refused":
            return contradicted
        length = len(walk.exchanges)
        for known in list(walk.knowledge.records.values()):
            if known.made_here:
                try:
                    read_back(self.drafts, walk, Made(known.kind, known.key, "", -1, known))
                except Contradicted as earlier:
                    return earlier
        del walk.exchanges[length:]
        return contradicted

    def _found(self, walk: Walk, contradicted: Contradicted, scenario: str) -> None:
        one = contradicted.contradiction
        finding = Finding(
            contradiction=one,
            steps=trace(walk.exchanges),
            exchanges=tuple(walk.exchanges),
            scenario=scenario,
            operations=frozenset({one.operation}),
            spent=walk.spend(),
        )
        self.result.findings.add(finding)
        ledger = self.result.ledger
        row = one.row if one.row in ledger.rows else self._success_row(one.operation)
        ledger.contradict(row, finding.id)

    def _success_row(self, operation: str) -> str:
        contract = self.result.contract
        return row_of(contract.operations[operation], SUCCESS, contract)

    def _random(self) -> None:
        if self._late():
            return
        done = 0

        def play(body: Callable[[Walk], None]) -> None:
            nonlocal done
            done += 1
            self.progress("random", done, self.options.walks)
            if not self._late():
                self._play(Scenario(f"random walk {done}", (), body))

        cases = Cases(self.drafts)
        cases.walks(number=self.options.seed, walks=self.options.walks, run=play)

    def _shrink(self) -> None:
        if not self.options.shrink:
            return
        shrinker = Shrinker(self.world)
        for number, finding in enumerate(self.result.findings):
            self.progress("shrinking", number, len(self.result.findings))
            self.result.findings.replace(shrinker.shrink(finding))


def _nonce(contract: Contract, seed: int) -> str:
    return sha256(f"{contract.name} {seed}".encode()).hexdigest()[:8]


def _preflight(world: World, drafts: Drafts) -> None:
    """Make sure that somebody answers, and takes the first credential.

    Raises: TargetUnreachable, CredentialsRefused.
    """
    walk = world.start()
    plain = [
        drafts.draft(walk, operation)
        for operation in world.contract.operations.values()
        if operation.method == "GET" and not (operation.effect and operation.effect.key)
    ]
    welcome = [one for one in plain if _surely_welcome(walk, one)]
    for draft in [*welcome, *plain][:1]:
        request, _ = walk.call(draft.step())
        answer = world.send(request)
        world.heartbeat = request
        if draft in welcome and answer.status == 401 and draft.operation.secured:
            raise CredentialsRefused(world.profile.url, draft.credential or "", answer.status)


def _surely_welcome(walk: Walk, draft: Draft) -> bool:
    judgement = walk.judged(draft.step())
    return judgement is not None and judgement.sole == SUCCESS
