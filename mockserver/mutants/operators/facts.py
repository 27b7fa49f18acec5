"""Facts that are looked up wrongly: among the wrong records, or by another comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from mockserver.fixtures import shipped_with
from mockserver.mutants import reach
from mockserver.mutants.edits import judged_with, on_contract, on_operation
from mockserver.mutants.flaws import Flaw, Flawed, Question
from mockserver.mutants.mutant import Draft, Edit, in_document, in_operations
from mockserver.mutants.operators.rules import eager
from mockserver.mutants.sight import owners, settable, takes
from mockserver.tables import canonical
from spec import (
    ABSENT,
    Context,
    Contract,
    Exists,
    Found,
    Json,
    Operation,
    Part,
    Record,
    Resource,
    Rule,
    Unknown,
)
from spec.contract import Equal, Fact, Mistyped
from spec.rules import owner_of


def _lookups(operation: Operation) -> Iterator[tuple[Rule, Exists]]:
    """Yield the facts about existing records, with the first rule that asks for each."""
    seen: set[str] = set()
    for rule in operation.rules:
        for fact in reach.asking(operation, rule.when):
            if fact.name not in seen:
                seen.add(fact.name)
                yield rule, fact


def _with_fact(operation: Operation, fact: Fact) -> Edit:
    """Let a fact be another of its name."""
    return on_operation(
        operation.id, lambda one: replace(one, facts={**one.facts, fact.name: fact})
    )


def _sentence(operation: Operation, fact: Exists, says: str) -> str:
    return f"{operation.id}: the fact {fact.name} {says}"


@in_operations("rule", "other-tenants")
def anywhere(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Look at the records of all tenants where only one's count, or the reverse."""
    for rule, fact in _lookups(operation):
        if not reach.tenanted(contract, fact.kind):
            continue
        if not _leads_nowhere(contract, operation, rule, fact):
            says = (
                "misses other tenants' records" if fact.anywhere else "sees other tenants' records"
            )
            edit = _with_fact(operation, replace(fact, anywhere=not fact.anywhere))
            name = _sentence(operation, fact, says)
            doubt = _of_others(contract, fact) or _caught(operation, rule, fact)
            yield Draft(operation.id, name, rule.place, edit, doubt)


def _of_others(contract: Contract, fact: Exists) -> str:
    """Return why no tenant may have what another has not, "" where one may."""
    if contract.doing(fact.kind, "create"):
        return ""
    resource = contract.resources[fact.kind]
    owned: dict[str, set[str]] = {}
    for record in _records(contract, fact.kind):
        owner = canonical([record.get(name) for name in owners(resource)])
        asked = canonical([record.get(name) for name in fact.where])
        owned.setdefault(owner, set()).add(asked)
    return "" if len({*map(frozenset, owned.values())}) > 1 else _no_record(fact.kind)


def _caught(operation: Operation, rule: Rule, fact: Exists) -> str:
    """Return why a call may be refused alike though a fact is wrongly true."""
    for other in operation.rules:
        asked = any(one.path == ("facts", fact.name) and one.fits(True) for one in other.when)
        compared = any(_compares(operation, name, fact) for name in other.facts)
        if asked and compared and other.id != rule.id and reach.alike(other, rule):
            return f"{other.id} may refuse alike"
    return ""


def _compares(operation: Operation, name: str, fact: Exists) -> bool:
    """Tell whether a fact compares what another one looks up."""
    equal = operation.facts[name]
    if not isinstance(equal, Equal):
        return False
    paths = {*fact.where.values()}
    for side in (equal.left, equal.right):
        found = operation.facts.get(side[1]) if side[0] == "facts" else None
        through = {*found.where.values()} if isinstance(found, Found) else {side}
        if paths & through:
            return True
    return False


def _no_record(kind: str) -> str:
    return f"no call makes a {kind} that shows it, and there is none"


def _records(contract: Contract, kind: str) -> list[Record]:
    """Return the records of a kind that come with a document."""
    return [record for name, record in shipped_with(contract).records if name == kind]


def _leads_nowhere(contract: Contract, operation: Operation, rule: Rule, fact: Exists) -> bool:
    """Tell whether a call that a record of another path lets pass finds no record, and says so."""
    tenant = contract.resources[fact.kind].tenant
    alike = any(reach.missing(one) and reach.alike(one, rule) for one in operation.rules)
    return alike and tenant is not None and not tenant.facts


@in_operations("rule", "record-itself")
def itself(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let a record collide with itself."""
    for rule, fact in _lookups(operation):
        if fact.except_resource:
            edit = _with_fact(operation, replace(fact, except_resource=False))
            name = _sentence(operation, fact, "does not leave out the record itself")
            yield Draft(operation.id, name, rule.place, edit)


@in_operations("rule", "drop-constant")
def unconditional(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take any record for one with a certain value."""
    for rule, fact in _lookups(operation):
        for name, value in fact.constants.items() if fact.where else ():
            rest = {one: other for one, other in fact.constants.items() if one != name}
            edit = _with_fact(operation, replace(fact, constants=rest))
            says = f"does not ask whether {name} is {value!r}"
            found = any(one.get(name) != value for one in _records(contract, fact.kind))
            made = found or contract.doing(fact.kind, "create")
            doubt = _caught(operation, rule, fact) if made else _no_record(fact.kind)
            yield Draft(operation.id, _sentence(operation, fact, says), rule.place, edit, doubt)


@in_operations("rule", "deleted-records")
def deleted(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Let deleted records count."""
    for rule, fact in _lookups(operation):
        if contract.doing(fact.kind, "delete"):
            edit = _looked_up(operation, fact, _among_dead)
            name = _sentence(operation, fact, "counts deleted records")
            doubt = _caught(operation, rule, fact)
            yield Draft(operation.id, name, rule.place, edit, doubt)


@in_operations("rule", "case-of-value")
def caseless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Compare texts without regard to case."""
    yield from _compared(
        contract, operation, "case", str.casefold, "compares without regard to case"
    )


@in_operations("rule", "blanks-of-value")
def trimmed(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Compare texts without the blanks around them."""
    yield from _compared(contract, operation, "blanks", str.strip, "compares after trimming")


def _compared(
    contract: Contract, operation: Operation, form: str, fold: Callable[[str], str], says: str
) -> Iterator[Draft]:
    for rule, fact in _lookups(operation):
        folded = contract.resources[fact.kind].caseless if form == "case" else frozenset[str]()
        for name, path in fact.where.items():
            told = path[0] in {"request", "item"} and name not in folded
            if reach.names_tenant(operation, path):
                continue
            if told and reach.unlike(contract, operation, path, rule, form):
                edit = _looked_up(operation, fact, _folding(name, fold))
                sentence, doubt = _sentence(operation, fact, says), _caught(operation, rule, fact)
                yield Draft(operation.id, sentence, rule.place, edit, doubt)


def _looked_up(
    operation: Operation, fact: Exists, answer: Callable[[Flawed, Question], bool]
) -> Edit:
    """Answer the question of one fact in another way."""
    names = {*fact.where, *fact.constants}

    def exists(store: Flawed, question: Question) -> bool:
        meant = question.kind == fact.kind and question.where.keys() == names
        return answer(store, question) if meant else store.asked(question)

    return judged_with(operation.id, Flaw(exists=exists))


def _among_dead(store: Flawed, question: Question) -> bool:
    return store.asked(question) or any(
        all(one.get(name) == value for name, value in question.where.items())
        for one in store.dead(question.kind, question.tenant)
    )


def _folding(name: str, fold: Callable[[str], str]) -> Callable[[Flawed, Question], bool]:
    """Return how a question is answered when one field is compared in another form."""

    def meant(one: Record, question: Question) -> bool:
        return all(
            _like(one.get(key), value, fold if key == name else str)
            for key, value in question.where.items()
        )

    def answer(store: Flawed, question: Question) -> bool:
        resource = store.table(question.kind).resource
        return any(
            meant(one, question) and resource.key_of(one) != question.excluding
            for one in store.behind.every(question.kind, question.tenant)
        )

    return answer


def _like(one: Json, other: Json, fold: Callable[[str], str]) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    return bool(one == other)


@in_operations("rule", "null-collides")
def nulls(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take null for a value that only one record may have."""
    nullable = {one.name for one in settable(contract, operation) if takes(contract, one, None)}
    for rule, fact in _lookups(operation):
        wanted = any(one.path == ("facts", fact.name) and one.fits(True) for one in rule.when)
        for name, path in fact.where.items():
            if wanted and rule.each is None and path[-1] in nullable and not fact.constants:
                edit = eager(operation, rule, _null_taken(fact, name))
                says = f"takes null for a value of {name} that is taken"
                yield Draft(operation.id, _sentence(operation, fact, says), rule.place, edit)


def _null_taken(fact: Exists, name: str) -> Callable[[Context], bool]:
    def sees(context: Context) -> bool:
        if context.value(fact.where[name]) is not None:
            return False
        owner = ABSENT if fact.anywhere else owner_of(fact.kind, context)
        if isinstance(owner, Unknown):
            return False
        excluding = context.resource_key if fact.except_resource else None
        return context.view.exists(fact.kind, {name: None}, owner, excluding) is True

    return sees


# -- the types of a part's entries ----------------------------------------------------------------


@in_operations("rule", "type-of-entry", most=5)
def untyped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take any value for one of a type, or only some of those that are."""
    for fact in operation.facts.values():
        rules = [one for one in operation.rules if fact.name in one.facts]
        if isinstance(fact, Mistyped) and rules:
            for kind, says, other in _laxities(fact):
                name = f"{operation.id}: the fact {fact.name} takes {says} for the type {kind}"
                edit = _with_fact(operation, other)
                yield Draft(operation.id, name, rules[0].place, edit)


def _laxities(fact: Mistyped) -> Iterator[tuple[str, str, Mistyped]]:
    for kind in fact.part.types:
        for says, fits in _other_types(fact.part, kind):
            part = replace(fact.part, fits={**fact.part.fits, kind: fits})
            yield kind, says, replace(fact, part=part)


_VALUES: tuple[Json, ...] = (True, 1, 1.5, "text", "1", [], {})


def _other_types(part: Part, kind: str) -> Iterator[tuple[str, Callable[[Json], bool]]]:
    fits = part.fits[kind]
    if not all(fits(one) for one in _VALUES):
        yield "any value", lambda value: True
    if fits(1) and fits(1.5):
        yield "only numbers with a fraction", lambda value: fits(value) and not _whole(value)
    if fits(1) and not fits("1"):
        yield "also texts of digits", lambda value: fits(value) or _digits(value)


def _whole(value: Json) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _digits(value: Json) -> bool:
    return isinstance(value, str) and value.isdecimal()


@in_document("rule", "minds-case")
def minding(contract: Contract) -> Iterator[Draft]:
    """Compare with regard to case what has none."""
    for resource in contract.resources.values():
        for field in sorted(resource.caseless):
            other = replace(resource, caseless=resource.caseless - {field})
            place = contract.document.place(f"{resource.place.pointer}/caseless")
            name = f"`{field}` of a {resource.kind} is compared with regard to case"
            yield Draft("", name, place, on_contract(partial(_with_resource, other)))


def _with_resource(resource: Resource, contract: Contract) -> Contract:
    return replace(contract, resources={**contract.resources, resource.kind: resource})
