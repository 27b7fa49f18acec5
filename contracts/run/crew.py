"""Who plays the scenarios of a run: this process, or several that share them.

Each process reads the document and makes the plan by itself; what goes between them is the number
of a scenario and its outcome. Outcomes come in the order that was asked for, so that a run finds
the same and keeps the same log however many play.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from contracts.profile import Profile
from contracts.reach.drafts import Drafts
from contracts.run.plan import nonce, plan
from contracts.run.player import Player
from contracts.run.results import Options, Outcome
from contracts.target import Target
from contracts.walk import World
from spec import (
    ConfigurationError,
    Contract,
    Document,
    RawRequest,
    TargetUnreachable,
    read,
)

_AHEAD = 4
"""So many scenarios for each process are on their way before the first of them is waited for."""


class Crew(Protocol):
    """Plays scenarios by their numbers."""

    def outcomes(self, numbers: Iterable[int]) -> Iterator[Outcome]:
        """Yield the outcome of each scenario, in the order of the numbers."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A crew of this process only."""

    player: Player

    def outcomes(self, numbers: Iterable[int]) -> Iterator[Outcome]:
        """Yield each outcome before the next scenario is begun."""
        for number in numbers:
            yield self.player.play(number)


@dataclass(frozen=True, slots=True)
class Errand:
    """All that another process needs to know of a run; plain values."""

    document: Document
    profile: Profile
    target: Target
    options: Options
    heartbeat: RawRequest | None

    def player(self) -> Player:
        """Return who plays the scenarios, with a connection of its own."""
        contract = read(self.document)
        found = player(contract, self.profile, self.target, self.options)
        found.world.heartbeat = self.heartbeat
        return found


def player(contract: Contract, profile: Profile, target: Target, options: Options) -> Player:
    """Return who plays the scenarios of a run in this process; none calls what is off limits."""
    contract = contract.without(profile.off_limits)
    planned = {one.number: one for one in plan(contract, options)}
    world = World(contract, profile, target, nonce(contract, options), starts=len(planned))
    return Player(planned, Drafts(contract), world)


@dataclass(frozen=True, slots=True)
class Several:
    """A crew of processes that take the scenarios one after the other."""

    pool: ProcessPoolExecutor
    workers: int

    def outcomes(self, numbers: Iterable[int]) -> Iterator[Outcome]:
        """Yield the outcomes while later scenarios are played already."""
        under_way: deque[Future[Outcome]] = deque()
        left = iter(numbers)
        try:
            while True:
                while len(under_way) < _AHEAD * self.workers:
                    number = next(left, None)
                    if number is None:
                        break
                    under_way.append(self.pool.submit(_play, number))
                if not under_way:
                    return
                yield under_way.popleft().result()
        except BrokenProcessPool:
            raise TargetUnreachable("a worker process", "it ended without a word") from None
        finally:
            # What was begun is played to its end, so that it cleans up.
            for one in under_way:
                one.cancel()


@contextmanager
def several(world: World, options: Options) -> Iterator[Crew]:
    """Give a crew of processes, which end with the block.

    Raises: ConfigurationError: the target has one world for all, or is bound to this process.
    """
    profile = world.profile
    if profile.isolation == "reset":
        raise ConfigurationError(
            "--workers",
            f"{options.workers} processes, but the target has one world, which each would reset",
            "--workers 1, or isolation 'session' or 'none' in the profile",
        )
    slower = replace(profile, pause=profile.pause * options.workers)
    errand = Errand(
        world.contract.document, slower, world.target.another(), options, world.heartbeat
    )
    context = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
    if _FORKS:
        context.set_forkserver_preload([__name__, "contracts.traffic.cases"])
    pool = ProcessPoolExecutor(options.workers, context, _begin, (errand,))
    try:
        yield Several(pool, options.workers)
    finally:
        pool.shutdown(cancel_futures=True)


_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
_players: list[Player] = []
"""In a process of a crew: who plays there."""


def _begin(errand: Errand) -> None:
    # An interrupt is for the process that leads: it lets us play to the end what we have begun.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _players.append(errand.player())


def _play(number: int) -> Outcome:
    return _players[0].play(number)
