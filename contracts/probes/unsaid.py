"""Probes of refusals that no problem of the vocabulary stands for: any will do, but one is due.

What the answers may be is judged by `oracle.unsaid`; of calls that do not fit the document see
`shape`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from contracts import keys
from contracts.oracle import laws
from contracts.oracle.rows import unsaid_rows
from contracts.probes import authentication
from contracts.probes.around import confirm
from contracts.probes.shape import misshapen_bodies
from contracts.probes.single import send_if_sole, valid
from contracts.probes.witness import Witness
from contracts.reach.drafts import Drafts
from contracts.reach.scenarios import Scenario, deleted, elsewhere, look_through
from contracts.walk import NOBODY, Unreached, Walk
from spec import Contract, Operation
from spec.contract import Cause, Maker

_Probe: TypeAlias = Callable[[Drafts, Operation, Walk], None]


def scenarios(drafts: Drafts, operation: Operation) -> Iterator[Scenario]:
    """Yield the probes of one operation: by nobody, of what is not there, and of what is."""
    if "credential" in operation.unsaid:
        for witness in (authentication.anonymity(), *authentication.pretence(drafts.contract)):
            rows = _rows(drafts.contract, operation, "credential", laws.CREDENTIAL)
            run = partial(_unknown, drafts, operation, witness)
            yield Scenario(f"{operation.id} {witness.label}", rows, run)
    for label, rows, probe in _probes(drafts.contract, operation):
        if rows:
            yield Scenario(f"{operation.id} {label}", rows, partial(probe, drafts, operation))


def _probes(
    contract: Contract, operation: Operation
) -> Iterator[tuple[str, tuple[str, ...], _Probe]]:
    effect, unsaid = operation.effect, operation.unsaid
    rows = partial(_rows, contract, operation)
    if effect is not None and effect.action == "create":
        if "shape" in unsaid:
            yield "refused, then list", rows(None, laws.REFUSED), _none_made
        yield "of the same twice", rows("conflict") if "conflict" in unsaid else (), _same_again
    if "record" not in unsaid:
        return
    if effect is None or effect.key is None:
        yield "of nobody", rows("record"), _of_nobody
        return
    yield "of what never was", rows("record", laws.MISSING), _never_was
    yield "of what is deleted", rows("record", laws.GONE), _is_gone
    tenant = contract.resources[effect.kind].tenant
    if tenant is not None and tenant.parameters:
        yield f"of another {tenant}", rows(None, laws.TENANTS), _is_elsewhere


def _rows(
    contract: Contract, operation: Operation, cause: Cause | None, *names: str
) -> tuple[str, ...]:
    """Return the documented answer for a cause, and laws, as rows of the ledger."""
    told = unsaid_rows(contract, operation, cause) if cause else ()
    return (*told, *(f"{operation.id}: {name}" for name in names))


def _unknown(drafts: Drafts, operation: Operation, witness: Witness, walk: Walk) -> None:
    """Send a call that is fine but for its credential.

    Raises: Unreached: nobody has a credential, so that it may not be needed after all.
    """
    draft = valid(drafts, walk, operation)
    if draft.credential in {None, NOBODY, ""}:
        raise Unreached("the profile has no credential that could be left out")
    witness.apply(draft)
    if walk.world.profile.any_credential and not draft.anonymous:
        raise Unreached("the target takes any credential, as the profile says")
    send_if_sole(drafts, draft, None)


def _never_was(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Address a record that nobody has made."""
    draft = drafts.draft(walk, operation)
    made = drafts.contract.resources[operation.effect.kind].made if operation.effect else "text"
    draft.key = keys.free(made, walk.number) or walk.fresh()
    draft.send()


def _is_gone(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Address a record that was made and deleted, and see that it does not come back."""
    draft = valid(drafts, walk, operation)
    if draft.made is None:
        raise Unreached("no record can be made and deleted")
    deleted(drafts, walk, draft.made)
    draft.send()
    confirm(drafts, draft)


def _is_elsewhere(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Address a record by its key, under a path that is not its own."""
    draft = drafts.draft(walk, operation)
    kind = operation.effect.kind if operation.effect else ""
    draft.made = elsewhere(drafts, walk, kind, draft.credential)
    draft.key = draft.made.key
    draft.send()


def _same_again(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Make the same record twice."""
    draft = valid(drafts, walk, operation)
    draft.send()
    draft.send()


def _of_nobody(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Put what nobody has into the last parameter of a path, whatever it may stand for."""
    draft = drafts.draft(walk, operation)
    places = [one for one in operation.parameters if one.location == "path"]
    for one in places[-1:]:
        made: Maker = "number" if one.type in {"integer", "number"} else "text"
        draft.home[one.name] = keys.free(made, walk.number) or walk.fresh()
    draft.send()


def _none_made(drafts: Drafts, operation: Operation, walk: Walk) -> None:
    """Send what is no record between two looks at all there are."""
    draft = valid(drafts, walk, operation)
    kind = operation.effect.kind if operation.effect else ""
    look_through(drafts, walk, kind, draft.credential)
    for witness in misshapen_bodies():
        witness.apply(draft)
        draft.send()
    look_through(drafts, walk, kind, draft.credential)
