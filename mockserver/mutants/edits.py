"""How a mutant is planted: what is put in the place of a step of a site.

Each function here returns an edit. One of an operation leaves all others alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from mockserver.answers import Answer
from mockserver.behaviours import Behaviour, Reply
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Edit
from mockserver.site import Judging, Site
from mockserver.store import Store
from spec import ABSENT, Call, Context, Contract, Effect, Json, Judgement, Operation, encode
from spec.contract import Rule
from spec.router import Router

Seen: TypeAlias = Callable[[Context, Store], Store]
"""The store that a call is carried out on, in the place of another, which is behind it."""


# -- the contract ---------------------------------------------------------------------------------


def on_contract(change: Callable[[Contract], Contract]) -> Edit:
    """Serve by another contract."""
    return lambda site: replace(site, contract=change(site.contract))


def on_operation(name: str, change: Callable[[Operation], Operation]) -> Edit:
    """Let an operation be another."""
    return on_contract(lambda one: with_operation(one, change(one.operations[name])))


def with_operation(contract: Contract, operation: Operation) -> Contract:
    """Return the contract in which an operation stands in the place of its namesake."""
    operations = {**contract.operations, operation.id: operation}
    router = Router(operations.values(), contract.base_path)
    return replace(contract, operations=operations, router=router)


def on_effect(name: str, change: Callable[[Effect], Effect]) -> Edit:
    """Let the effect of an operation be another."""

    def changed(operation: Operation) -> Operation:
        assert operation.effect is not None, "operators look for effects first"
        return replace(operation, effect=change(operation.effect))

    return on_operation(name, changed)


def on_rule(name: str, rule: Rule, *instead: Rule) -> Edit:
    """Put any number of rules in the place of one of an operation's."""

    def changed(operation: Operation) -> Operation:
        rules: list[Rule] = []
        for one in operation.rules:
            rules.extend(instead if one.id == rule.id else [one])
        return replace(operation, rules=tuple(rules))

    return on_operation(name, changed)


# -- the judge ------------------------------------------------------------------------------------


def on_judging(name: str, change: Callable[[Judging], Judging]) -> Edit:
    """Judge the calls of an operation in another way; "" stands for every operation."""

    def edit(site: Site) -> Site:
        usual = site.judging
        other = change(usual)

        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            chosen = other if name in {"", call.operation.id} else usual
            return chosen(contract, call, store)

        return replace(site, judging=judging)

    return edit


def judged_with(name: str, flaw: Flaw) -> Edit:
    """Let the judge of an operation's calls look at a store with a flaw."""

    def change(usual: Judging) -> Judging:
        return lambda contract, call, store: usual(contract, call, Flawed(store, flaw))

    return on_judging(name, change)


# -- the behaviour --------------------------------------------------------------------------------


def on_behaviour(name: str, change: Callable[[Behaviour], Behaviour]) -> Edit:
    """Carry out the calls of an operation in another way."""

    def edit(site: Site) -> Site:
        changed = change(site.behaviours[name])
        return replace(site, behaviours={**site.behaviours, name: changed})

    return edit


def carried_out_through(name: str, seen: Seen) -> Edit:
    """Let an operation's calls be carried out on a lens."""

    def change(usual: Behaviour) -> Behaviour:
        def behave(contract: Contract, context: Context, store: Store) -> Reply:
            return usual(contract, context, seen(context, store))

        return behave

    return on_behaviour(name, change)


def carried_out_with(name: str, flaw: Flaw) -> Edit:
    """Let an operation's calls be carried out on a store with a flaw."""
    return carried_out_through(name, lambda _, store: Flawed(store, flaw))


def on_call(name: str, change: Callable[[Context], Context]) -> Edit:
    """Carry out another call than the one that was judged."""

    def changed(usual: Behaviour) -> Behaviour:
        return lambda contract, context, store: usual(contract, change(context), store)

    return on_behaviour(name, changed)


def on_reply(name: str, change: Callable[[Context, Reply], Reply]) -> Edit:
    """Reply to the accepted calls of an operation with something else."""

    def changed(usual: Behaviour) -> Behaviour:
        return lambda contract, context, store: change(context, usual(contract, context, store))

    return on_behaviour(name, changed)


def both(*edits: Edit) -> Edit:
    """Make one edit out of several that only together are one bug."""

    def edit(site: Site) -> Site:
        for one in edits:
            site = one(site)
        return site

    return edit


def seen_with(name: str, flaw: Flaw) -> Edit:
    """Let an operation's calls be judged and carried out on a store with a flaw."""
    return both(judged_with(name, flaw), carried_out_with(name, flaw))


# -- the answer -----------------------------------------------------------------------------------


def on_answers(name: str, change: Callable[[Context, Answer, Reply], None]) -> Edit:
    """Change the answers of an operation on their way out; "" stands for every operation."""

    def edit(site: Site) -> Site:
        usual = site.checking

        def checking(contract: Contract, context: Context, answer: Answer, reply: Reply) -> None:
            usual(contract, context, answer, reply)
            if name in {"", context.call.operation.id}:
                change(context, answer, reply)

        return replace(site, checking=checking)

    return edit


def on_bodies(name: str, status: int, change: Callable[[Json], Json]) -> Edit:
    """Change the bodies of an operation's answers with a status."""

    def changed(context: Context, answer: Answer, reply: Reply) -> None:
        if answer.status == status and reply.body is not ABSENT:
            answer.body = encode(change(reply.body))

    return on_answers(name, changed)


def set_header(answer: Answer, name: str, value: str | None) -> None:
    """Set a header of an answer, or take it away."""
    kept = [(key, one) for key, one in answer.headers if key.lower() != name.lower()]
    answer.headers[:] = kept if value is None else [*kept, (name, value)]
