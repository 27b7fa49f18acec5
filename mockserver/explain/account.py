"""An exchange told in order: what was asked, which rule said what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mockserver.journal import Entry, changed, plain
from mockserver.redaction import REDACTED, Redaction
from spec import (
    ABSENT,
    UNKNOWN,
    Call,
    Context,
    Contract,
    Json,
    Judgement,
    Operation,
    Problem,
    Rule,
    Unrouted,
    Verdict,
    decode,
)
from spec.contract import Condition

_VERDICTS = {True: "refuses", False: "passes"}


def account(contract: Contract, entry: Entry, redaction: Redaction) -> dict[str, Json]:
    """Return how the answer to a request of this document came about, without a secret in it.

    The session's lock is held. Facts that nobody had to know then are looked up now.
    """
    judgement = entry.judgement
    call = judgement.context.call if judgement else decode(contract, entry.request)
    if isinstance(call, Unrouted):
        return {"operation": None, "call": None, "rules": [], "outcome": _outcome(entry, None)}
    return {
        "operation": _operation(contract, call.operation),
        "call": redaction.value(_call(call, judgement, redaction)),
        "rules": redaction.value([*_rules(contract, call.operation, judgement)]),
        "outcome": redaction.value(_outcome(entry, call.operation, judgement)),
        "changes": redaction.value([*map(changed, entry.changes)]),
    }


def _operation(contract: Contract, operation: Operation) -> Json:
    return {
        "document": contract.name,
        "id": operation.id,
        "method": operation.method,
        "path": contract.base_path + operation.path,
        "place": operation.place.plain,
    }


def _call(call: Call, judgement: Judgement | None, redaction: Redaction) -> Json:
    headers = {
        name: REDACTED if name.lower() in redaction.headers else value
        for name, value in call.headers.items()
    }
    query = {
        name: REDACTED if name in redaction.query else value for name, value in call.query.items()
    }
    return {
        "credential": call.credential.scheme if call.credential else None,
        "principal": dict(judgement.context.principal) if judgement else None,
        "resource": _known(judgement.context.resource) if judgement else None,
        "path": dict(call.path),
        "query": query,
        "headers": headers,
        "cookies": dict.fromkeys(call.cookies, REDACTED),
        "body": None if call.body is ABSENT else call.body,
        "violations": [plain(one) for one in call.violations],
    }


def _rules(
    contract: Contract, operation: Operation, judgement: Judgement | None
) -> Iterator[dict[str, Json]]:
    """Yield the checks in order of precedence, those that nobody got to as well."""
    verdicts = judgement.verdicts if judgement else ()
    for verdict in verdicts:
        assert judgement is not None
        yield _judged(verdict, judgement)
    told = {(one.stage, one.rule) for one in verdicts}
    for stage in contract.stages:
        own = [one for one in operation.rules if one.stage == stage.name]
        if stage.problem and stage.name == "shape":
            yield from _not_reached(contract.problems[stage.problem], None, stage.name, told)
        for rule in own:
            yield from _not_reached(rule.problem, rule, stage.name, told)


def _not_reached(
    problem: Problem, rule: Rule | None, stage: str, told: set[tuple[str, Rule | None]]
) -> Iterator[dict[str, Json]]:
    if (stage, rule) not in told:
        yield {**_named(problem, rule, stage), "verdict": "not reached", "read": []}


def _named(problem: Problem, rule: Rule | None, stage: str) -> dict[str, Json]:
    return {
        "rule": rule.id if rule else problem.name,
        "problem": problem.name,
        "status": problem.status,
        "stage": stage,
        "place": (rule.place if rule else problem.place).plain,
    }


def _judged(verdict: Verdict, judgement: Judgement) -> dict[str, Json]:
    told = _named(verdict.problem, verdict.rule, verdict.stage)
    told["verdict"] = _VERDICTS.get(verdict.broken is True, "passes")
    if verdict.message and verdict.broken is True:
        told["message"] = verdict.message
    if verdict.problem.name in judgement.context.call.faults and verdict.broken is True:
        told["provoked"] = True
    told["read"] = [*_read(verdict, judgement.context)]
    return told


def _read(verdict: Verdict, context: Context) -> Iterator[dict[str, Json]]:
    """Yield what a rule looked at; of a list the row that met it, or else the first."""
    rule = verdict.rule
    if rule is None or rule.fault:
        return
    if rule.each is None:
        yield from (_condition(one, context) for one in rule.when)
        return
    items = context.value(rule.each)
    rows = items if isinstance(items, list) else []
    seen = [[_condition(one, context.of(row)) for one in rule.when] for row in rows[:1_000]]
    met = [number for number, row in enumerate(seen) if all(one["met"] for one in row)]
    for number in met[:1] or range(min(1, len(seen))):
        yield from ({**one, "row": number} for one in seen[number])


def _condition(condition: Condition, context: Context) -> dict[str, Json]:
    value = context.value(condition.path)
    known = value is not ABSENT and value is not UNKNOWN
    told = {
        "path": ".".join(condition.path),
        "condition": str(condition),
        "found": _known(value),
        "met": known and condition.fits(value),
    }
    return told if known else {**told, "absent": True}


def _known(value: Json) -> Json:
    if value is ABSENT or value is UNKNOWN:
        return None
    return dict(value) if isinstance(value, Mapping) else value


def _outcome(
    entry: Entry, operation: Operation | None, judgement: Judgement | None = None
) -> dict[str, Json]:
    told: dict[str, Json] = {"status": entry.status, "note": entry.note}
    refusal = judgement.first if judgement else None
    if refusal is not None:
        spot = refusal.rule.place if refusal.rule else refusal.problem.place
        return {
            **told,
            "refusal": {
                "rule": refusal.label,
                "problem": refusal.problem.name,
                "message": refusal.message or refusal.problem.message,
                "place": spot.plain,
            },
        }
    effect = operation.effect if operation and judgement and entry.status < 400 else None
    if effect is not None:
        told["behaviour"] = {
            "action": effect.action,
            "kind": effect.kind,
            "place": effect.place.plain,
        }
    return told
