"""The oracle: what one answer contradicts, and what one accepted answer teaches.

Every answer of every phase goes through `examine`, in this order: did the target give an outcome
that the contract admits here, is the answer of the documented form, do the records it shows keep
the laws. The first contradiction ends the walk, since knowledge built on it would be worthless.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from contracts.oracle import laws, unsaid
from contracts.oracle.accepted import Accepted, note_refusal
from contracts.oracle.contradictions import SLIP, Contradiction
from contracts.oracle.knowledge import Knowledge
from contracts.oracle.laws import Breach
from contracts.oracle.rows import row_of, rule_row
from contracts.oracle.seen import Seen
from contracts.oracle.viewers import viewer
from spec import (
    SUCCESS,
    Contract,
    Operation,
    Place,
    Verdict,
    Violation,
    forbidden,
    pick,
    refusals,
    violations,
)


def examine(
    seen: Seen,
    knowledge: Knowledge,
    proven: set[str],
    slips: list[Contradiction] | None = None,
) -> Contradiction | None:
    """Return what the answer contradicts; when nothing, learn from it and note the proven rows.

    Where its only fault is the format of texts, that is put into `slips`, if there are any, and
    the answer is taken as it is.
    """
    everything = list(violations(seen.contract, seen.operation, seen.answer))
    grave = [one for one in everything if one.keyword != _FORMAT]
    wrong = next(iter(grave or everything), None)
    if slips is not None and wrong is not None and not grave:
        slips.append(_form(seen, wrong))
        wrong = None
    found = (
        _outcome(seen, knowledge, wrong)
        or unsaid.contradiction(seen, knowledge)
        or (_form(seen, wrong) if wrong else None)
    )
    if found:
        return found
    shown = next(iter(forbidden(seen.contract, seen.judgement.context, seen.body)), None)
    if shown:
        return _form(seen, shown, law=laws.INVARIANT)
    worded = _worded(seen)
    if worded:
        return worded
    proven.update(_rows(seen, knowledge) | unsaid.rows(seen, knowledge))
    if seen.outcome != SUCCESS:
        note_refusal(seen, knowledge)
        return None
    breach = Accepted(seen, knowledge, proven).breach()
    return _of_breach(seen, breach) if breach else None


# -- the outcome ----------------------------------------------------------------------------------


def _outcome(seen: Seen, knowledge: Knowledge, wrong: Violation | None) -> Contradiction | None:
    admitted = seen.judgement.admitted
    outcome = seen.outcome
    if not seen.contract.stated(seen.operation) and outcome is None:
        return None
    if outcome in admitted:
        return None
    if wrong is not None and wrong.keyword != "status" and _status_fits(seen):
        return None
    first = seen.judgement.first
    got = outcome or str(seen.answer.status)
    if first is None and outcome is None and wrong is None:
        return None
    expected = " or ".join(_named(seen.contract, one, seen.operation) for one in sorted(admitted))
    cause, why = _cause(seen, knowledge, first, got)
    return Contradiction(
        cause=cause,
        row=_row(seen, first),
        operation=seen.operation.id,
        sentence=f"{seen.operation.id} answers {seen.got} where {expected} is due: {why}.",
        expected=expected,
        got=seen.got,
        place=(first.rule.place if first and first.rule else None) or _spot(seen, first),
    )


def _status_fits(seen: Seen) -> bool:
    """Tell whether the status at least is that of an admitted outcome."""
    statuses = {
        seen.contract.problems[one].status for one in seen.judgement.admitted if one != SUCCESS
    }
    if SUCCESS in seen.judgement.admitted and 200 <= seen.answer.status < 300:
        return True
    return seen.answer.status in statuses


def _named(contract: Contract, outcome: str, operation: Operation) -> str:
    if outcome == SUCCESS:
        return str(operation.effect.status) if operation.effect else "2xx"
    return f"{contract.problems[outcome].status} {outcome}"


def _spot(seen: Seen, first: Verdict | None) -> Place:
    if first is not None:
        return first.problem.place
    return seen.operation.place


Cause: TypeAlias = tuple[str, str, str]
_FORMAT = "format"
"""The keyword whose breach leaves a text that can be read and compared."""
_LONGEST = 300


def _cause(seen: Seen, knowledge: Knowledge, first: Verdict | None, got: str) -> tuple[Cause, str]:
    if seen.answer.status >= 500 and seen.outcome is None:
        # An operation fails for reasons of its own.
        got = f"{got} {seen.operation.id}"
    if first is None:
        return ("refused", got, seen.operation.id), "nothing in the document refuses this call"
    law = _law_of_absence(seen, knowledge, first) if got == SUCCESS else None
    if law:
        return (f"law {law}", law, ""), {
            laws.GONE: "the record was deleted before",
            laws.TENANTS: "the record belongs to somebody else",
        }[law]
    if first.stage == "shape" and seen.call.violations and _is_later(seen, first, got):
        wrong = seen.call.violations[0]
        spot = re.sub(r"/[0-9]+", "", wrong.pointer)
        empty = wrong.location == "query" and pick(seen.call.query, wrong.pointer) == ""
        keyword = "empty" if empty else wrong.keyword
        return ("shape", keyword, f"{wrong.location}{_filtered(seen, spot)}"), _reason(first)
    # A rule that is overlooked is another suspect than a refusal that comes in its place.
    instead = got if got == SUCCESS else f"{got} instead"
    return ("refusal", first.label, instead), _reason(first)


def _is_later(seen: Seen, first: Verdict, got: str) -> bool:
    """Tell whether a target has gone past the stage that should have refused."""
    if got == SUCCESS:
        return True
    order = [stage.name for stage in seen.contract.stages]
    stages = [one.stage for one in seen.operation.rules if one.problem.name == got]
    return any(order.index(one) > order.index(first.stage) for one in stages)


def _filtered(seen: Seen, spot: str) -> str:
    """Return the field that a query parameter filters by in its place: all its filters are one."""
    listing = seen.operation.listing
    fields = {f"/{one.parameter}": one.field for one in listing.filters} if listing else {}
    return f"/{fields[spot]}" if spot in fields else spot


def _law_of_absence(seen: Seen, knowledge: Knowledge, first: Verdict) -> str | None:
    """Return the law behind a refusal that rests on the addressed record not being there."""
    effect = seen.operation.effect
    context = seen.judgement.context
    speaks_of_record = first.rule and any(one.path == ("resource",) for one in first.rule.when)
    if not effect or not speaks_of_record or context.resource is not None:
        return None
    key = context.resource_key or ""
    known = knowledge.known(effect.kind, key, viewer(effect.kind, context))
    if known is None:
        # Where clients choose the keys, somebody else may have the same one.
        others = [one for one in knowledge.of_kind(effect.kind) if one.key == key and one.alive]
        return laws.TENANTS if others else None
    return laws.TENANTS if known.alive else laws.GONE


def _reason(first: Verdict) -> str:
    if first.rule is None:
        return first.message or {"authentication": "the request carries no valid credential"}.get(
            first.stage, first.problem.message
        )
    if first.rule.fault:
        return "the fault was provoked"
    each = " for a row" if first.rule.each else ""
    met = " and ".join(str(one) for one in first.rule.when)
    return f"the rule {first.rule.id} applies{each}, since {met}"


def _row(seen: Seen, first: Verdict | None) -> str:
    if first is None:
        return row_of(seen.operation, SUCCESS, seen.contract)
    return row_of(seen.operation, first.problem.name, seen.contract)


def _worded(seen: Seen) -> Contradiction | None:
    """Return what is wrong with a refusal whose rule says what its answer looks like."""
    broken = [one.rule for one in seen.judgement.verdicts if one.rule and one.broken is True]
    if len(broken) != 1 or seen.judgement.sole != seen.outcome:
        return None
    rule = broken[0]
    if rule.answer is None or rule.answer(seen.body):
        return None
    return Contradiction(
        cause=("answer", rule.id, ""),
        row=rule_row(seen.operation, rule.id, rule.problem.name, seen.contract),
        operation=seen.operation.id,
        sentence=f"{seen.operation.id} refuses by {rule.id}, but its answer does not say so.",
        expected=f"a body such as {rule.problem.render(rule.message)}",
        got=f"{seen.answer.status} {seen.answer.body[:120].decode('utf-8', 'replace')}",
        place=rule.place,
    )


def _rows(seen: Seen, knowledge: Knowledge) -> set[str]:
    """Return the rows that this admitted answer proves: only an answer that had no alternative."""
    judgement, contract = seen.judgement, seen.contract
    if judgement.sole is None:
        return set()
    if seen.outcome != judgement.sole:
        return _refused_rows(seen, knowledge)
    rows = {row_of(seen.operation, judgement.sole, contract)}
    broken = [one for one in judgement.verdicts if one.rule is not None and one.broken is True]
    if len(broken) == 1 and broken[0].label != broken[0].problem.name:
        rows.add(rule_row(seen.operation, broken[0].label, broken[0].problem.name, contract))
    law = _law_of_absence(seen, knowledge, broken[0]) if broken else None
    if law:
        rows.add(f"{seen.operation.id}: {law}")
    return rows


def _refused_rows(seen: Seen, knowledge: Knowledge) -> set[str]:
    """Return what a refusal proves that no problem stands for: that what was deleted is gone."""
    effect, context = seen.operation.effect, seen.judgement.context
    if effect is None or effect.key is None or not refusals.says(seen.answer.status, "record"):
        return set()
    known = knowledge.known(effect.kind, context.resource_key or "", viewer(effect.kind, context))
    gone = known is not None and not known.alive
    return {f"{seen.operation.id}: {laws.GONE}"} if gone else set()


# -- the form and the laws ------------------------------------------------------------------------


def _form(seen: Seen, wrong: Violation, *, law: str | None = None) -> Contradiction:
    document = seen.contract.document
    pointer = wrong.schema or seen.operation.pointer
    leaf = pointer.removesuffix("/" + wrong.keyword)
    if wrong.keyword == _FORMAT:
        # Who writes texts of a format wrongly does so wherever they stand.
        cause: Cause = (SLIP, f"{_FORMAT} {document.get(pointer)}", "")
    elif seen.answer.status >= 400 or wrong.keyword in {"status", "content"}:
        # An operation fails for reasons of its own; others refuse alike.
        who = f" {seen.operation.id}" if seen.answer.status >= 500 else ""
        cause = ("form", f"{seen.answer.status} {wrong.keyword} {wrong.pointer}{who}", "")
    else:
        # The schema that is not kept, or a slip that several answers have in the same spot.
        what = wrong.message if wrong.keyword == "required" else wrong.keyword
        spot = re.sub(r"/[0-9]+", "/*", wrong.pointer)
        cause = ("form", f"{leaf} {wrong.keyword}", f"{wrong.location}{spot} {what}")
    outcome = seen.outcome if seen.outcome in seen.judgement.admitted else None
    return Contradiction(
        cause=cause,
        row=row_of(seen.operation, outcome or SUCCESS, seen.contract),
        operation=seen.operation.id,
        sentence=f"{seen.operation.id} {seen.answer.status}: {_shortened(str(wrong))}",
        expected=law or f"an answer as documented ({leaf or 'responses'})",
        got=f"{seen.answer.status} {seen.answer.body[:120].decode('utf-8', 'replace')}",
        place=document.place(pointer),
    )


def _shortened(text: str) -> str:
    """Return a sentence that may quote a whole body, without the middle of it if it is long."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: 2 * _LONGEST // 3]} … {text[-_LONGEST // 3 :]}"


def _of_breach(seen: Seen, breach: Breach) -> Contradiction:
    operation = seen.contract.operations[breach.operation]
    return Contradiction(
        cause=breach.cause,
        row=f"{breach.operation}: {breach.law}",
        operation=seen.operation.id,
        sentence=breach.sentence,
        expected=breach.expected or laws.due(breach.law),
        got=breach.got or seen.got,
        place=operation.effect.place if operation.effect else operation.place,
    )
