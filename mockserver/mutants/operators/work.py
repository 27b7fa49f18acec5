"""Work on too few members, too many, or in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mockserver.behaviours import Behaviour, Reply
from mockserver.jobs import Running
from mockserver.mutants.edits import on_behaviour, on_call
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import readers
from mockserver.mutants.spots import changed
from mockserver.mutants.working import TOGETHER, UNORDERED, Work, job_of, place_in_job, working
from mockserver.store import Store
from spec import ABSENT, Context, Contract, Job, Json, Operation
from spec.contract import Outcome
from spec.work import worked


@in_operations("job", "members", most=4)
def miscast(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Work on other members than those that are meant, or in another order."""
    job = job_of(contract, operation)
    if job is None:
        return
    castings: Sequence[tuple[str, Callable[[list[Json]], list[Json]], str]] = [
        ("leaves out the last member", lambda keys: keys[:-1], ""),
        ("works on the first member twice", lambda keys: [*keys[:1], *keys], ""),
        ("works on its members in the reverse order", lambda keys: keys[::-1], UNORDERED),
    ]
    place = place_in_job(contract, operation, "members")
    for says, cast, doubt in castings:
        edit = on_call(operation.id, partial(_recast, job.members, cast))
        yield Draft(operation.id, f"{operation.id} {says}", place, edit, doubt)
    edit = on_behaviour(operation.id, partial(_with_stranger, job))
    yield Draft(operation.id, f"{operation.id} works on a {job.each} too many", place, edit)


def _recast(
    path: tuple[str, ...], cast: Callable[[list[Json]], list[Json]], context: Context
) -> Context:
    """Return the context of a call with other members."""

    def change(value: Json) -> Json:
        return cast(value) if isinstance(value, list) else value

    if path[0] == "resource" and isinstance(context.resource, Mapping):
        resource = changed(dict(context.resource), path[1:], change)
        return replace(context, resource=resource, facts={})
    if path[:2] == ("request", "body"):
        body = changed(context.call.body, path[2:], change)
        return replace(context, call=replace(context.call, body=body), facts={})
    return context


def _with_stranger(job: Job, usual: Behaviour) -> Behaviour:
    def behave(contract: Contract, context: Context, store: Store) -> Reply:
        keys = context.value(job.members)
        members = [str(one) for one in keys] if isinstance(keys, list) else []
        found = (store.record(job.each, one, ABSENT) for one in members)
        first = next((one for one in found if one is not None), None)
        near = Flawed(store, Flaw()).neighbours(job.each, first) if first else []
        resource = contract.resources[job.each]
        strangers = [one for one in near if resource.key_of(one) not in members]
        more = [one[resource.key] for one in strangers[:1]]
        return usual(contract, _recast(job.members, lambda given: [*given, *more], context), store)

    return behave


class _Choosy(Work):
    """Jobs that do not change every member that they should."""

    def __init__(self, operation: str, skips: Callable[[Running], bool], *world: Any) -> None:
        """Change nothing where `skips` says so of the next item."""
        super().__init__(operation, *world)
        self._skips = skips

    def err(self, one: Running, moment: float) -> None:
        """Do the next item, and change nothing where it is skipped."""
        usual = self._store
        if self._skips(one):
            self._store = Flawed(usual, _UNCHANGED)
        try:
            self.well(one, moment)
        finally:
            self._store = usual


_UNCHANGED = Flaw(put=lambda store, kind, before, after: after)


class _Eager(Work):
    """Jobs that change members also where they fail."""

    def err(self, one: Running, moment: float) -> None:
        """Do the next item, and change its member whatever became of it."""
        member, failed = self.member(one), one.failed
        self.well(one, moment)
        if one.failed > failed and member is not None:
            self._store.put(one.job.each, member, worked(one.job, member, one.context))


class _Broad(Work):
    """Jobs that change one more record with the last of their members."""

    def err(self, one: Running, moment: float) -> None:
        """Do the next item, and with the last one something to a neighbour."""
        member = self.member(one)
        self.well(one, moment)
        other = self.neighbour(one, member) if one.finished and member is not None else None
        if other is not None:
            self._store.put(one.job.each, other, worked(one.job, other, one.context))


class _Backward(Work):
    """Jobs of which the one accepted last comes first at a member that two have."""

    def earlier(self, one: Running, running: Mapping[int, Running]) -> int | None:
        """Return the job that was accepted later and has yet to come to the same member."""
        member = one.members[one.position]
        later = (n for n, other in running.items() if n > one.number and other.awaits(member))
        return next(later, None)


@in_operations("job", "effects", most=5)
def misapplied(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Change too few records, or too many, or in another order."""
    job = job_of(contract, operation)
    if job is None or not job.changes or not readers(contract, job.each):
        return
    place = place_in_job(contract, operation, "changes")
    name = operation.id
    works: list[tuple[str, Edit, str]] = [
        ("does not change the last member", working(partial(_Choosy, name, _last)), ""),
        ("changes the first member only", working(partial(_Choosy, name, _not_first)), ""),
        (f"changes another {job.each} with the last member", working(partial(_Broad, name)), ""),
        ("takes the later of two jobs first", working(partial(_Backward, name)), TOGETHER),
    ]
    if len(job.outcomes) > 1 and any(_of_living(one) for one in job.outcomes[:-1]):
        works.append(("changes also the members that fail", working(partial(_Eager, name)), ""))
    for says, edit, doubt in works:
        yield Draft(name, f"{name} {says}", place, edit, doubt)


def _of_living(one: Outcome) -> bool:
    """Tell whether a failure may be that of a member that still exists."""
    gone = any(each.path == ("record",) and each.fits(None) for each in one.when)
    return not one.success and not gone


def _last(one: Running) -> bool:
    return one.position == len(one.members) - 1


def _not_first(one: Running) -> bool:
    return one.position > 0
