"""Whether a side answers the same steps in the same way twice; a difference means little if not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from contracts.compare.answers import Comparer
from contracts.compare.divergences import Divergence
from contracts.compare.grounds import grounds
from contracts.compare.values import Scope, Terms
from contracts.compare.walks import Both, Pace, walked
from contracts.steps import Exchange, Step
from contracts.walk import Contradicted, Walk, World
from spec import Json


def unsteady(both: Both, found: Divergence) -> list[str]:
    """Return the sides that show a difference with themselves, when they are asked twice."""
    sides = (("A", both.left, found.steps), ("B", both.right, found.others))
    return [name for name, world, steps in sides if _wavers(both, world, steps, found)]


def _wavers(both: Both, world: World, steps: Sequence[Step], found: Divergence) -> bool:
    first, second = _alone(world, steps), _alone(world, steps)
    if len(first.exchanges) != len(second.exchanges):
        return True
    spots = list(_spots(both, first, second))
    if found.difference is not None and any(found.difference.spot in one for one in spots):
        return True
    return found.lasting and any(spots[-1:])


def _alone(world: World, steps: Sequence[Step]) -> Walk:
    """Return a walk of one side with these steps, as far as it came."""
    walk = world.start()
    try:
        walked(walk, steps, Pace())
    except Contradicted:
        return walk
    finally:
        walk.clean()
    return walk


def _spots(both: Both, first: Walk, second: Walk) -> Iterator[set[str]]:
    """Yield where the answers to each step differ between two walks of one side."""
    contract, profile = both.grounds.contract, first.world.profile
    own = grounds(contract, profile, profile)
    terms = Terms(contract, own.roles, own.pairs)
    comparer = Comparer(terms, Scope(True, own.scope.listed), first, second)
    exchanges, first.exchanges[:] = list(first.exchanges), []
    for number, exchange in enumerate(exchanges):
        _, call = first.call(exchange.step)
        first.exchanges.append(_renamed(exchange, first, second))
        yield {one.spot for one in comparer.differences(call, number)} - both.passed


def _renamed(exchange: Exchange, first: Walk, second: Walk) -> Exchange:
    """Return an exchange of the first walk with the new names of the second one."""
    mine, its = (f"cfk-{one.world.nonce}-{one.number}-" for one in (first, second))
    answer = exchange.answer
    body: Json = json.loads(json.dumps(exchange.body).replace(mine, its))
    return replace(
        exchange,
        answer=replace(answer, body=answer.body.replace(mine.encode(), its.encode())),
        body=body,
    )
