"""Work whose outcomes and changes are not those of the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from mockserver.mutants.edits import on_effect
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.sight import readers, stamps
from mockserver.mutants.working import SILENT, job_of, place_in_job, working_on
from spec import Contract, Effect, Json, Operation, Record
from spec.contract import Change, From, Outcome


def _with_job(operation: Operation, **changes: Json) -> Edit:
    """Let the job of an operation be another."""

    def change(effect: Effect) -> Effect:
        assert effect.job is not None
        return replace(effect, job=replace(effect.job, **changes))

    return on_effect(operation.id, change)


@in_operations("job", "drop-outcome", most=4)
def unforeseen(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget one of the outcomes: its members have the next that fits."""
    job = job_of(contract, operation)
    if job is None:
        return
    for number, one in enumerate(job.outcomes[:-1]):
        rest = tuple(other for other in job.outcomes if other is not one)
        when = " and ".join(str(each) for each in one.when)
        yield Draft(
            operation.id,
            f"{operation.id} forgets the outcome where {when}",
            place_in_job(contract, operation, "outcomes", str(number)),
            _with_job(operation, outcomes=rest),
        )


@in_operations("job", "entry-of-outcome", most=4)
def misworded(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Tell something else of an outcome."""
    job = job_of(contract, operation)
    if job is None:
        return
    for number, one in enumerate(job.outcomes):
        for name in job.telling:
            if type(one.entry.get(name)) is int:
                other = replace(one, entry={**one.entry, name: one.entry[name] + 1})
                outcomes = (*job.outcomes[:number], other, *job.outcomes[number + 1 :])
                says = f"tells {one.entry[name] + 1} in `{name}` of {_named(one)}"
                yield Draft(
                    operation.id,
                    f"{operation.id} {says}",
                    place_in_job(contract, operation, "outcomes", str(number)),
                    _with_job(operation, outcomes=outcomes),
                )


def _named(one: Outcome) -> str:
    """Return what an outcome is called in a sentence."""
    return f"an entry where {' and '.join(map(str, one.when))}" if one.when else "any other entry"


@in_operations("job", "changes", most=8)
def mischanged(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget a change, or make it in another way."""
    job = job_of(contract, operation)
    if job is None or not readers(contract, job.each):
        return
    for number, one in enumerate(job.changes):
        when = " and ".join(str(each) for each in one.when)
        for says, instead in _other_changes(one):
            changes = (*job.changes[:number], *instead, *job.changes[number + 1 :])
            yield Draft(
                operation.id,
                f"{operation.id} {says} where {when}",
                place_in_job(contract, operation, "changes", str(number)),
                _with_job(operation, changes=changes),
            )


def _other_changes(one: Change) -> Iterator[tuple[str, tuple[Change, ...]]]:
    names = ", ".join(one.values)
    yield f"does not change `{names}`", ()
    if one.way in {"union", "merge"}:
        yield f"replaces `{names}`", (replace(one, way="set"),)
    if one.way == "upsert":
        yield f"replaces the first of `{names}`", (replace(one, by=()),)
        keys = {key for value in one.values.values() for key in _members(value)}
        yield f"adds to `{names}` what is there already", (replace(one, by=tuple(sorted(keys))),)
    for name in one.values if len(one.values) > 1 else ():
        rest = {other: value for other, value in one.values.items() if other != name}
        yield f"does not change `{name}`", (replace(one, values=rest),)
    for name, value in one.values.items():
        for hole, other in _plain_holes(value):
            yield (
                f"takes any value for `{hole}`",
                (replace(one, values={**one.values, name: other}),),
            )


def _members(template: Json) -> list[str]:
    return [*template] if isinstance(template, dict) else []


def _plain_holes(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield the holes that take only what fits, with the template in which one takes anything."""
    if isinstance(template, From) and template.fits is not None:
        yield template.path[-1], From(template.path)
    elif isinstance(template, dict):
        for name, inner in template.items():
            for hole, other in _plain_holes(inner):
                yield hole, {**template, name: other}


@in_operations("job", "record-of-job")
def unrecorded(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Begin the record that tells of the work without one of its values."""
    job = job_of(contract, operation)
    if job is None:
        return
    for name, value in job.initial.items():
        if value is not None:
            rest = {other: one for other, one in job.initial.items() if other != name}
            yield Draft(
                operation.id,
                f"{operation.id} does not begin with `{name}` of the {job.kind}",
                place_in_job(contract, operation, "initial", name),
                _with_job(operation, initial=rest),
            )


@in_operations("job", "times", most=4)
def undated(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Leave the times of the last change as they were."""
    job = job_of(contract, operation)
    if job is None:
        return
    for kind, doubt in {job.kind: SILENT, job.each: ""}.items():
        for stamp in stamps(contract, contract.resources[kind], "changed"):
            name = f"{operation.id} does not move `{stamp}` of a {kind} when its work goes on"
            edit = working_on(Flaw(dated=partial(_as_it_was, kind)))
            yield Draft(operation.id, name, contract.resources[kind].place, edit, doubt)


def _as_it_was(
    kind: str, store: Flawed, asked: str, record: Record, moment: float | None
) -> Record:
    return record if asked == kind else store.behind.dated(asked, record, moment)
