"""Calls that pass without a credential, with another's, or as somebody who may do more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from mockserver.mutants import reach
from mockserver.mutants.edits import (
    judged_with,
    on_contract,
    on_operation,
    on_rule,
)
from mockserver.mutants.flaws import Flaw, Flawed
from mockserver.mutants.mutant import Draft, in_document, in_operations
from spec import Contract, Credential, Json, Operation, Place, Rule
from spec.contract import Scheme
from spec.document import escape
from spec.vocabulary.meta import spot

Facts: TypeAlias = Mapping[str, Json]


def _stage(contract: Contract) -> Place:
    """Return the line that says that a valid credential is needed."""
    names = [one.name for one in contract.stages]
    number = names.index("authentication") if "authentication" in names else 0
    return spot(contract.document, "precedence", str(number))


def _refuses(contract: Contract, operation: Operation) -> bool:
    """Tell whether an operation refuses who is not known."""
    stage = contract.stage("authentication")
    return operation.secured and stage is not None and stage.problem is not None


# -- who calls ------------------------------------------------------------------------------------


@in_operations("authentication", "unknown-credential", most=5)
def admitted(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take a call without a valid credential for one of the first principal's."""
    if not _refuses(contract, operation):
        return
    for says, principal in _PRINCIPALS.items():
        if operation.effect is not None:
            edit = judged_with(operation.id, Flaw(principal=principal))
            name = f"{operation.id} admits {says}"
            yield Draft(operation.id, name, _stage(contract), edit)


def _first(store: Flawed) -> Facts:
    return next(iter(store.known), {})


def _nobody(store: Flawed, given: Credential | None) -> Facts | None:
    return _first(store) if given is None else store.behind.principal(given)


def _anybody(store: Flawed, given: Credential | None) -> Facts | None:
    found = store.behind.principal(given)
    return _first(store) if found is None and given is not None else found


def _longer(store: Flawed, given: Credential | None) -> Facts | None:
    return _alike(store, given, lambda known, sent: sent.startswith(known))


def _in_any_case(store: Flawed, given: Credential | None) -> Facts | None:
    return _alike(store, given, lambda known, sent: sent.lower() == known.lower())


def _alike(
    store: Flawed, given: Credential | None, like: Callable[[str, str], bool]
) -> Facts | None:
    found = store.behind.principal(given)
    if found is not None or given is None:
        return found
    for one, facts in store.secrets.items():
        if one.scheme == given.scheme and like(one.secret, given.secret):
            return facts
    return None


_PRINCIPALS: Mapping[str, Callable[[Flawed, Credential | None], Facts | None]] = {
    "a call without a credential": _nobody,
    "any credential": _anybody,
    "a credential that only begins like a valid one": _longer,
    "a credential in another case": _in_any_case,
}


@in_document("authentication", "scheme", most=8)
def misread(contract: Contract) -> Iterator[Draft]:
    """Read credentials otherwise than the schemes say."""
    if not any(_refuses(contract, one) for one in contract.operations.values()):
        return
    for number, scheme in enumerate(contract.schemes):
        place = contract.document.place(f"/components/securitySchemes/{escape(scheme.name)}")
        for says, instead in _other_schemes(contract, scheme):
            schemes = (*contract.schemes[:number], *instead, *contract.schemes[number + 1 :])
            yield Draft("", f"{scheme.name}: {says}", place, on_contract(_reading(schemes)))


def _reading(schemes: tuple[Scheme, ...]) -> Callable[[Contract], Contract]:
    return lambda contract: replace(contract, schemes=schemes)


def _other_schemes(contract: Contract, one: Scheme) -> Iterator[tuple[str, tuple[Scheme, ...]]]:
    if len(contract.schemes) > 1:
        yield "is not accepted", ()
    if one.word is not None and one.exact:
        yield f"the word {one.word} counts in any case", (replace(one, exact=False),)
    if one.word is not None and not one.exact:
        yield f"the word {one.word} counts in this spelling only", (replace(one, exact=True),)
    if one.basic:
        return
    if one.word is None and one.location == "header":
        worded = replace(one, word="Bearer", exact=False)
        yield "is also accepted after the word Bearer", (worded, one)
    if one.word is not None:
        bare = replace(one, word=None)
        if len(contract.schemes) == 1:
            yield f"is also accepted without the word {one.word}", (one, bare)
    if one.location != "query":
        query = Scheme(one.name, None, True, "query", "access_token")
        yield "is also accepted in the query, as `access_token`", (one, query)
    if (one.location, one.parameter.lower()) != ("header", "x-api-key"):
        key = Scheme(one.name, None, True, "header", "X-Api-Key")
        yield "is also accepted in the header X-Api-Key", (one, key)


# -- what they may --------------------------------------------------------------------------------


@in_operations("authentication", "ignore-role")
def unlimited(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Forget a rule about who calls."""
    for rule in operation.rules:
        if reach.personal(rule) and not rule.fault:
            told = reach.dropped(contract, operation, rule)
            if told is not False:
                name = f"{operation.id} forgets the rule {rule.id}"
                edit = on_rule(operation.id, rule)
                yield Draft(operation.id, name, rule.place, edit, reach.doubt(told))


@in_operations("authentication", "demand-role", most=1)
def limited(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Ask of who calls what only other operations ask."""
    if not operation.secured or any(reach.personal(one) for one in operation.rules):
        return
    for rule in _personal_rules(contract):

        def change(one: Operation, rule: Rule = rule) -> Operation:
            return replace(one, rules=(rule, *one.rules))

        name = f"{operation.id} applies the rule {rule.id}, which is not its own"
        yield Draft(operation.id, name, operation.place, on_operation(operation.id, change))


def _personal_rules(contract: Contract) -> list[Rule]:
    """Return the rules that ask nothing but who calls, once each."""
    found: dict[str, Rule] = {}
    for operation in contract.operations.values():
        for rule in operation.rules:
            if rule.when and all(one.path[0] == "principal" for one in rule.when):
                found.setdefault(f"{rule.problem.name} {rule.when}", rule)
    return [*found.values()]
