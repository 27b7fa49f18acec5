"""A valid call with exactly one thing different, and one answer that alone is right.

Where no problem of the vocabulary stands for the refusal, any answer is: what a server makes of the
call is then judged by the laws.
"""

from __future__ import annotations

from functools import partial

from contracts.oracle import laws
from contracts.oracle.rows import row_of, rule_row, unsaid_rows
from contracts.probes.around import addressed, confirm
from contracts.probes.witness import Witness
from contracts.reach.drafts import Draft, Drafts
from contracts.reach.scenarios import Scenario, read_back
from contracts.walk import Unreached, Walk
from spec import Contract, Operation
from spec.contract import Stage


def refusal(drafts: Drafts, operation: Operation, stage: Stage, witness: Witness) -> Scenario:
    """Return the probe of a call that one witness makes a stage refuse."""
    rows = rows_of(drafts.contract, operation, stage.problem)
    run = partial(_run, drafts, operation, stage.problem, witness)
    return Scenario(f"{operation.id} {stage.name}: {witness.label}", rows, run)


def rows_of(
    contract: Contract, operation: Operation, outcome: str | None, field: str = ""
) -> tuple[str, ...]:
    """Return the rows that an outcome may prove when a field of the body is all that is different.

    Among them are those of the rules that say the same of the field as its schema does, but better.
    """
    if outcome is None:
        refused = f"{operation.id}: {laws.REFUSED}"
        return tuple(unsaid_rows(contract, operation, "shape", "media")) or (refused,)
    worded = [
        rule_row(operation, rule.id, outcome, contract)
        for rule in operation.rules
        if rule.stage == "shape" and rule.problem.name == outcome
        if any(one.path == ("request", "body", field) for one in rule.when)
    ]
    return (row_of(operation, outcome, contract), *worded)


def _run(
    drafts: Drafts, operation: Operation, problem: str | None, witness: Witness, walk: Walk
) -> None:
    draft = valid(drafts, walk, operation)
    witness.apply(draft)
    send_if_sole(drafts, draft, problem)


def valid(drafts: Drafts, walk: Walk, operation: Operation) -> Draft:
    """Return a draft that would succeed, on a record of its own where it addresses one.

    Raises: Unreached: no credential is sure to be allowed it.
    """
    draft = drafts.draft(walk, operation)
    addressed(drafts, draft)
    drafts.permitted(draft)
    return draft


def send_if_sole(drafts: Drafts, draft: Draft, wanted: str | None) -> None:
    """Send a draft, and read afterwards, if the wanted outcome is the only one admitted.

    Where None in particular is wanted, it is sent as long as it is a call of its operation. What it
    addresses is read before, so that it is not blamed for what was wrong already.

    Raises: Unreached: it is not.
    """
    if wanted is None and draft.made is not None and draft.operation.writes:
        read_back(drafts, draft.walk, draft.made)
    judgement = draft.judged()
    if judgement is None or (wanted is not None and judgement.sole != wanted):
        found = ", ".join(sorted(judgement.admitted)) if judgement else "no route"
        raise Unreached(f"{wanted} is not the only admitted answer (admitted: {found})")
    draft.send()
    confirm(drafts, draft)
