"""Records that are seen by others than those whose they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from mockserver.mutants import reach
from mockserver.mutants.edits import (
    on_contract,
    on_judging,
    seen_with,
)
from mockserver.mutants.flaws import Flaw, Flawed, Page, Who
from mockserver.mutants.mutant import Draft, Edit, in_document, in_operations
from mockserver.mutants.sight import readers
from mockserver.site import Judging
from mockserver.store import Store
from spec import ABSENT, Call, Contract, Judgement, Operation, Record, Rule
from spec.contract import Tenant, Tree
from spec.lists import Query


@in_operations("authentication", "ignore-tenant")
def borderless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Look at everybody's records, the caller's own before those of others."""
    effect = operation.effect
    if effect is None or contract.resources[effect.kind].tenant is None:
        return
    if effect.key is not None or effect.action == "list":
        flaw = Flaw(record=_whose_ever(effect.kind), page=_everybody_s)
        verb = "lists" if effect.action == "list" else "takes"
        name = f"{operation.id} {verb} the {effect.kind}s of other tenants as well"
        place = contract.document.place(f"{contract.resources[effect.kind].place.pointer}/tenant")
        yield Draft(operation.id, name, place, seen_with(operation.id, flaw))


def _whose_ever(kind: str) -> Callable[[Flawed, str, str, Who], Record | None]:
    def record(store: Flawed, asked: str, key: str, tenant: Who) -> Record | None:
        found = store.behind.record(asked, key, tenant)
        return store.behind.record(asked, key, ABSENT) if not found and asked == kind else found

    return record


def _everybody_s(store: Flawed, kind: str, tenant: Who, asked: Query) -> Page:
    return store.behind.page(kind, ABSENT, asked)


@in_operations("authentication", "reveal-foreign")
def revealing(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Answer otherwise for a record of another tenant than for one that does not exist."""
    effect = operation.effect
    if effect is None or effect.key is None or contract.resources[effect.kind].tenant is None:
        return
    for rule in operation.rules:
        if reach.missing(rule) and rule.problem.status == 404:
            name = f"{operation.id} answers 403 for another tenant's {effect.kind}"
            edit = _revealing(operation, rule, effect.kind)
            yield Draft(operation.id, name, rule.place, edit)


def _revealing(operation: Operation, rule: Rule, kind: str) -> Edit:
    """Refuse with 403 where a record is somebody else's."""
    forbidden = replace(rule.problem, status=403)

    def change(usual: Judging) -> Judging:
        def judging(contract: Contract, call: Call, store: Store) -> Judgement:
            found = usual(contract, call, store)
            first, key = found.first, found.context.resource_key
            mine = first is not None and first.rule is not None and first.rule.id == rule.id
            if not mine or key is None or store.record(kind, key, ABSENT) is None:
                return found
            told = tuple(
                replace(one, problem=forbidden) if one is first else one for one in found.verdicts
            )
            return replace(found, verdicts=told)

        return judging

    return on_judging(operation.id, change)


@in_document("authentication", "tree", most=4)
def uprooted(contract: Contract) -> Iterator[Draft]:
    """Let who stands above see nothing of what is below."""
    for resource in contract.resources.values():
        tenant = resource.tenant
        if tenant is not None and tenant.tree is not None and readers(contract, resource.kind):
            place = contract.document.place(f"{resource.place.pointer}/tree")
            name = f"a tenant does not see the {resource.kind}s of those below it"
            alone = replace(tenant, tree=None)
            yield Draft("", name, place, on_contract(_owned(resource.kind, alone)))


def _owned(kind: str, tenant: Tenant) -> Callable[[Contract], Contract]:
    """Return the contract in which the records of a kind belong to others."""

    def change(contract: Contract) -> Contract:
        resource = replace(contract.resources[kind], tenant=tenant)
        return replace(contract, resources={**contract.resources, kind: resource})

    return change


@in_operations("authentication", "sees-above")
def upwards(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let who stands below see what is above."""
    effect = operation.effect
    tenant = contract.resources[effect.kind].tenant if effect else None
    if effect is None or tenant is None or tenant.tree is None:
        return
    if effect.key is not None or effect.action == "list":
        above = partial(_above, tenant.tree)
        flaw = Flaw(record=partial(_record_above, above), page=partial(_page_above, above))
        place = contract.document.place(f"{contract.resources[effect.kind].place.pointer}/tree")
        name = f"{operation.id} shows the {effect.kind}s of the tenant above as well"
        yield Draft(operation.id, name, place, seen_with(operation.id, flaw))


def _above(tree: Tree, store: Flawed, tenant: Who) -> Who:
    """Return the tenant that stands above one, itself where there is none."""
    own = store.behind.record(tree.kind, str(tenant[0]), ABSENT) if tenant is not ABSENT else None
    parent = own.get(tree.parent) if own else None
    return tenant if parent is None else (parent,)


Higher: TypeAlias = Callable[[Flawed, Who], Who]


def _record_above(higher: Higher, store: Flawed, kind: str, key: str, tenant: Who) -> Record | None:
    return store.behind.record(kind, key, higher(store, tenant))


def _page_above(higher: Higher, store: Flawed, kind: str, tenant: Who, asked: Query) -> Page:
    return store.behind.page(kind, higher(store, tenant), asked)
