"""Refusals that no problem of the vocabulary stands for: what HTTP knows, and the document may not.

An operation whose document leaves some of them open (`Operation.unsaid`) is carried out behind
`guarded`. The documented answer that says it best is given, as its examples have it; where none is
documented, the mock says it in its own name.
"""

from __future__ import annotations

from http import HTTPStatus

from mockserver.behaviours.replies import Behaviour, Reply, exemplary, owner_for
from mockserver.journal import plain
from mockserver.problems import ProblemError, challenges
from mockserver.store import Store
from spec import Context, Contract, Operation, Violation, refusals
from spec.contract import Cause
from spec.effects import items


def guarded(behaviour: Behaviour, operation: Operation) -> Behaviour:
    """Return the behaviour of an operation, behind the refusals that its document leaves open."""
    if not operation.unsaid:
        return behaviour

    def carried_out(contract: Contract, context: Context, store: Store) -> Reply:
        found = _cause(contract, context, store)
        if found is None:
            return behaviour(contract, context, store)
        return refused(contract, context, *found)

    return carried_out


def _cause(contract: Contract, context: Context, store: Store) -> tuple[Cause, str] | None:
    """Return why a call is refused, and the sentence for it; None when nothing is against it."""
    call, unsaid = context.call, context.call.operation.unsaid
    if "credential" in unsaid and store.principal(call.credential) is None:
        return "credential", "the request carries no credential"
    wrong = [one for one in call.violations if not one.doubtful] if "shape" in unsaid else []
    if wrong:
        return _cause_of(wrong), "; ".join(map(str, wrong[:3]))
    effect = call.operation.effect
    if effect is None:
        return None
    if "record" in unsaid and effect.key is not None and context.resource is None:
        return "record", f"there is no {effect.kind} {context.resource_key!r}"
    if "conflict" in unsaid and effect.action == "create":
        return _conflict(contract, context, store)
    return None


def _cause_of(wrong: list[Violation]) -> Cause:
    return "media" if any(one.keyword == "media" for one in wrong) else "shape"


def _conflict(contract: Contract, context: Context, store: Store) -> tuple[Cause, str] | None:
    """Return that a record with the key that a client chose is there already."""
    effect = context.call.operation.effect
    assert effect is not None, "only a creation can meet what is there"
    resource = contract.resources[effect.kind]
    given = items(effect, context.call.body)
    keys = [item[resource.key] for item in given if resource.key in item]
    for key in keys if resource.made == "client" else ():
        if store.record(resource.kind, str(key), owner_for(resource.kind, context)) is not None:
            return "conflict", f"there is a {resource.kind} {key!r} already"
    return None


def refused(contract: Contract, context: Context, cause: Cause, why: str) -> Reply:
    """Return the refusal for a cause.

    Raises: ProblemError: the operation documents none that would do.
    """
    operation = context.call.operation
    status = refusals.status(operation, cause)
    headers = {"WWW-Authenticate": challenges(contract)} if cause == "credential" else {}
    if cause == "media" and operation.body:
        headers["Accept"] = ", ".join(operation.body.media)
    headers = {name: value for name, value in headers.items() if value}
    shape = cause in {"shape", "media"}
    violations = context.call.violations if shape else ()
    if operation.response(status) is None:
        members = {"violations": [plain(one) for one in violations]} if shape else {}
        title = HTTPStatus(status).phrase
        raise ProblemError(status, title, f"{why}.", headers=headers, wrong=violations, **members)
    reply = exemplary(contract, operation, status)
    return Reply(
        status,
        reply.body,
        {**reply.headers, **headers},
        media=reply.media,
        content=reply.content,
        note=why,
        violations=violations,
    )
