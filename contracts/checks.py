"""The oracle: what one answer contradicts, and what one accepted answer teaches.

Every answer of every phase goes through `examine`, in this order: did the target give an outcome
that the contract admits here, is the answer of the documented form, do the records it shows keep
the laws. The first contradiction ends the walk, since knowledge built on it would be worthless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from contracts import laws
from contracts.findings import Contradiction
from contracts.knowledge import Knowledge, Touch
from contracts.laws import Breach, Page
from spec import (
    SUCCESS,
    Call,
    Contract,
    Effect,
    Json,
    Judgement,
    Operation,
    Place,
    RawAnswer,
    Resource,
    Verdict,
    Violation,
    effects,
    forbidden,
    lists,
    records,
    violations,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange as the oracle sees it."""

    contract: Contract
    call: Call
    judgement: Judgement
    answer: RawAnswer
    body: Json
    step: int

    @property
    def operation(self) -> Operation:
        """The operation that was called."""
        return self.call.operation

    @property
    def outcome(self) -> str | None:
        """SUCCESS, the name of the problem that the answer states, or None for neither."""
        if 200 <= self.answer.status < 300:
            return SUCCESS
        problem = self.contract.recognise(self.operation, self.answer.status, self.body)
        return problem.name if problem else None


def examine(seen: Seen, knowledge: Knowledge, proven: set[str]) -> Contradiction | None:
    """Return what the answer contradicts; when nothing, learn from it and note the proven rows."""
    wrong = next(iter(violations(seen.contract, seen.operation, seen.answer)), None)
    found = _outcome(seen, knowledge, wrong) or (_form(seen, wrong) if wrong else None)
    if found:
        return found
    shown = next(iter(forbidden(seen.contract, seen.judgement.context, seen.body)), None)
    if shown:
        return _form(seen, shown, law=laws.INVARIANT)
    proven.update(_rows(seen, knowledge))
    if seen.outcome != SUCCESS:
        _note_refusal(seen, knowledge)
        return None
    breach = _Effects(seen, knowledge, proven).applied()
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
        sentence=f"{seen.operation.id} answers {_got(seen)} where {expected} is due: {why}.",
        expected=expected,
        got=_got(seen),
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


def _got(seen: Seen) -> str:
    outcome = seen.outcome
    if seen.answer.status == 0:
        return "nothing and closes the connection"
    if outcome == SUCCESS or outcome is None:
        return str(seen.answer.status)
    return f"{seen.answer.status} {outcome}"


def _spot(seen: Seen, first: Verdict | None) -> Place:
    if first is not None:
        return first.problem.place
    return seen.operation.place


Cause: TypeAlias = tuple[str, str, str]


def _cause(seen: Seen, knowledge: Knowledge, first: Verdict | None, got: str) -> tuple[Cause, str]:
    if first is None:
        return ("refused", got, seen.operation.id), "nothing in the document refuses this call"
    law = _law_of_absence(seen, knowledge, first) if got == SUCCESS else None
    if law:
        return (f"law {law}", law, ""), {
            laws.GONE: "the record was deleted before",
            laws.TENANTS: "the record belongs to somebody else",
        }[law]
    if got == SUCCESS and first.stage == "shape" and seen.call.violations:
        wrong = seen.call.violations[0]
        spot = re.sub(r"/[0-9]+", "", wrong.pointer)
        return ("shape", wrong.keyword, f"{wrong.location}{spot}"), _reason(first)
    return ("refusal", first.label, got), _reason(first)


def _law_of_absence(seen: Seen, knowledge: Knowledge, first: Verdict) -> str | None:
    """Return the law behind a refusal that rests on the addressed record not being there."""
    effect = seen.operation.effect
    context = seen.judgement.context
    speaks_of_record = first.rule and any(one.path == ("resource",) for one in first.rule.when)
    if not effect or not speaks_of_record or context.resource is not None:
        return None
    known = knowledge.records.get((effect.kind, context.resource_key or ""))
    if known is None:
        return None
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


def row_of(operation: Operation, outcome: str, contract: Contract) -> str:
    """Return the id of the ledger's row for an outcome of an operation."""
    if outcome == SUCCESS:
        status = operation.effect.status if operation.effect else _first_success(operation)
        return f"{operation.id} {status}"
    return f"{operation.id} {contract.problems[outcome].status} {outcome}"


def _first_success(operation: Operation) -> str:
    return next((one for one in operation.responses if one.startswith("2")), "2XX")


def rule_row(operation: Operation, verdict_id: str, problem: str, contract: Contract) -> str:
    """Return the id of the ledger's row for one of several rules behind one problem."""
    return f"{row_of(operation, problem, contract)} {verdict_id}"


def _rows(seen: Seen, knowledge: Knowledge) -> set[str]:
    """Return the rows that this admitted answer proves: only an answer that had no alternative."""
    judgement, contract = seen.judgement, seen.contract
    if judgement.sole is None:
        return set()
    rows = {row_of(seen.operation, judgement.sole, contract)}
    broken = [one for one in judgement.verdicts if one.rule is not None and one.broken is True]
    if len(broken) == 1 and broken[0].label != broken[0].problem.name:
        rows.add(rule_row(seen.operation, broken[0].label, broken[0].problem.name, contract))
    law = _law_of_absence(seen, knowledge, broken[0]) if broken else None
    if law:
        rows.add(f"{seen.operation.id}: {law}")
    return rows


# -- the form -------------------------------------------------------------------------------------


def _form(seen: Seen, wrong: Violation, *, law: str | None = None) -> Contradiction:
    document = seen.contract.document
    pointer = wrong.schema or seen.operation.pointer
    leaf = pointer.removesuffix("/" + wrong.keyword)
    if seen.answer.status >= 400 or wrong.keyword in {"status", "content"}:
        cause: Cause = ("form", f"{seen.answer.status} {wrong.keyword} {wrong.pointer}", "")
    else:
        cause = ("form", f"{leaf} {wrong.keyword}", "")
    outcome = seen.outcome if seen.outcome in seen.judgement.admitted else None
    return Contradiction(
        cause=cause,
        row=row_of(seen.operation, outcome or SUCCESS, seen.contract),
        operation=seen.operation.id,
        sentence=f"{seen.operation.id} {seen.answer.status}: {wrong}",
        expected=law or f"an answer as documented ({leaf or 'responses'})",
        got=f"{seen.answer.status} {seen.answer.body[:120].decode('utf-8', 'replace')}",
        place=document.place(pointer),
    )


def _of_breach(seen: Seen, breach: Breach) -> Contradiction:
    operation = seen.contract.operations[breach.operation]
    return Contradiction(
        cause=breach.cause,
        row=f"{breach.operation}: {breach.law}",
        operation=seen.operation.id,
        sentence=breach.sentence,
        expected=breach.law,
        got=_got(seen),
        place=seen.contract.document.place(f"{operation.pointer}/x-contract-effect"),
    )


# -- the effects ----------------------------------------------------------------------------------


def _note_refusal(seen: Seen, knowledge: Knowledge) -> None:
    effect = seen.operation.effect
    if effect is None or not seen.operation.writes:
        return
    resource = seen.contract.resources[effect.kind]
    given = effects.items(effect, seen.call.body)
    fields: frozenset[str] = frozenset()
    for item in given:
        fields |= laws.set_by(resource, effect, item)
        for name in resource.unique:
            value = item.get(name)
            if (
                isinstance(value, str)
                and value in knowledge.novel
                and not _held(knowledge, effect, name, value)
            ):
                knowledge.refused.setdefault(value, seen.operation.id)
    touch = Touch(seen.operation.id, fields, False, seen.step)
    knowledge.touch(effect.kind, seen.judgement.context.resource_key, touch)


def _held(knowledge: Knowledge, effect: Effect, name: str, value: str) -> bool:
    return any(known.fields.get(name) == value for known in knowledge.of_kind(effect.kind))


@dataclass
class _Effects:
    """Compares an accepted call's answer with what its effect promises, and learns from it."""

    seen: Seen
    knowledge: Knowledge
    proven: set[str]

    def applied(self) -> Breach | None:
        effect = self.seen.operation.effect
        if effect is None:
            return None
        resource = self.seen.contract.resources[effect.kind]
        rows = records(self.seen.contract, self.seen.operation, self.seen.body)
        ghost = self._ghost(resource, rows)
        if ghost:
            return ghost
        if effect.action == "create":
            return self._created(effect, resource, rows)
        if effect.action == "list":
            return self._listed(effect, resource, rows)
        if effect.action == "delete":
            return self._deleted(effect, resource, rows)
        if effect.action == "read":
            return self._read(effect, resource, rows)
        return self._updated(effect, resource, rows)

    def _ghost(self, resource: Resource, rows: list[Mapping[str, Json]]) -> Breach | None:
        for row in rows:
            for name in resource.unique:
                value = row.get(name)
                by = self.knowledge.refused.get(value) if isinstance(value, str) else None
                if (
                    by
                    and self.seen.operation.effect
                    and self.seen.operation.effect.action != "create"
                ):
                    law = laws.BATCH if self._many(by) else laws.REFUSED
                    return Breach(
                        law,
                        by,
                        f"{self.seen.operation.id} shows {name} = {value!r}, which only a refused "
                        f"{by} has sent.",
                    )
        return None

    def _many(self, operation: str) -> bool:
        effect = self.seen.contract.operations[operation].effect
        return bool(effect and effect.many)

    def _created(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        given = effects.items(effect, self.seen.call.body)
        name = self.seen.operation.id
        if effect.response is not None and len(rows) != len(given):
            return Breach(
                laws.READ_YOUR_WRITES,
                name,
                f"{name} was sent {len(given)} and shows {len(rows)}.",
                "count",
            )
        context = self.seen.judgement.context
        wanted = [effects.created(effect, resource, item, context) for item in given]
        for want, row in zip(wanted, rows, strict=False):
            wrong = effects.differences(resource, want, row)
            if wrong:
                return self._misplaced(resource, wanted, rows, wrong[0])
            key = resource.key_of(row)
            if (effect.kind, key) in self.knowledge.records:
                return Breach(laws.KEYS, name, f"{name} gives the key {key} a second time.")
        for want, row, item in zip(wanted, rows, given, strict=False):
            touch = Touch(name, laws.set_by(resource, effect, item), True, self.seen.step)
            gone = any(
                not one.alive and one.made_here for one in self.knowledge.of_kind(effect.kind)
            )
            self.knowledge.note_created(effect.kind, {**want, **row}, touch)
            self.proven.update([f"{name}: {laws.KEYS}"] if gone else [])
        if len(rows) > 1:
            self.proven.add(f"{name}: {laws.ORDERED}")
        for item in given:
            for field in resource.unique:
                self.knowledge.refused.pop(str(item.get(field)), None)
        return None

    def _misplaced(
        self,
        resource: Resource,
        wanted: list[dict[str, Json]],
        rows: list[Mapping[str, Json]],
        wrong: tuple[str, Json, Json],
    ) -> Breach:
        name = self.seen.operation.id
        elsewhere = all(
            any(not effects.differences(resource, want, row) for row in rows) for want in wanted
        )
        if len(rows) > 1 and elsewhere:
            return Breach(
                laws.ORDERED, name, f"{name} shows the records in another order than sent."
            )
        pointer, want, got = wrong
        spot = pointer.removeprefix("/").replace("/", ".")
        return Breach(
            laws.READ_YOUR_WRITES,
            name,
            f"{name} shows {spot} = {got!r} where {want!r} must stand.",
            pointer,
        )

    def _tenant(self, resource: Resource) -> Json:
        return resource.tenant_of(self.seen.judgement.context.principal)

    def _read(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key
        if not rows:
            return None
        if resource.key_of(rows[0]) != key:
            shown = resource.key_of(rows[0])
            return Breach(laws.ADDRESSED, name, f"{name} was asked for {key} and shows {shown}.")
        known = self.knowledge.records.get((effect.kind, key))
        if known is not None:
            breach = laws.compared(self.knowledge, resource, known, rows[0], name)
            if breach:
                return breach
            self._confirmed(known.since, name)
        self.knowledge.note_shown(effect.kind, rows[0], self._tenant(resource))
        return None

    def _confirmed(self, since: list[Touch], reader: str) -> None:
        for touch in since:
            operation = self.seen.contract.operations[touch.operation]
            action = operation.effect.action if operation.effect else ""
            if touch.accepted:
                self.proven.add(f"{touch.operation}: {laws.READ_YOUR_WRITES}")
                if action in {"update", "replace"}:
                    self.proven.add(f"{touch.operation}: {laws.UNTOUCHED}")
            else:
                self.proven.add(f"{touch.operation}: {laws.REFUSED}")
        if not since:
            self.proven.add(f"{reader}: {laws.PURE}")

    def _updated(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key or ""
        item = next(iter(effects.items(effect, self.seen.call.body)), {})
        known = self.knowledge.records.get((effect.kind, key))
        touch = Touch(name, laws.set_by(resource, effect, item), True, self.seen.step)
        if known is None:
            for row in rows:
                self.knowledge.note_shown(effect.kind, row, self._tenant(resource))
            return None
        context = self.seen.judgement.context.of(item)
        want = effects.updated(effect, resource, known.fields, item, context)
        if rows and resource.key_of(rows[0]) != key:
            return Breach(laws.ADDRESSED, name, f"{name} addressed {key} and shows another record.")
        earlier = list(known.since)
        known.since.append(touch)
        if rows:
            expected = type(known)(known.kind, key, want, True, known.made_here, known.since)
            breach = laws.compared(self.knowledge, resource, expected, rows[0], name)
            if breach:
                return breach
        self.knowledge.places.clear()
        known.fields = {**want, **(rows[0] if rows else {})}
        known.since = [*earlier, touch]
        known.unseen.update(dict.fromkeys(touch.fields - resource.shown, name))
        return None

    def _deleted(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        name = self.seen.operation.id
        key = self.seen.judgement.context.resource_key or ""
        known = self.knowledge.records.get((effect.kind, key))
        if known is not None and rows:
            if resource.key_of(rows[0]) != key:
                return Breach(laws.ADDRESSED, name, f"{name} addressed {key} and shows another.")
            breach = laws.compared(self.knowledge, resource, known, rows[0], name)
            if breach:
                return breach
        self.knowledge.note_gone(effect.kind, key, Touch(name, frozenset(), True, self.seen.step))
        return None

    def _listed(
        self, effect: Effect, resource: Resource, rows: list[Mapping[str, Json]]
    ) -> Breach | None:
        listing = self.seen.operation.listing
        if listing is None:
            return None
        page = Page(
            operation=self.seen.operation,
            resource=resource,
            asked=lists.query(listing, self.seen.call.query),
            parameters=self.seen.call.query,
            rows=rows,
            body=self.seen.body,
            tenant=self._tenant(resource),
        )
        proven: set[str] = set()
        for breach in laws.breaches(page, self.knowledge, proven):
            return breach
        self.proven.update(f"{page.operation.id}: {one}" for one in proven)
        self._batches_confirmed(page)
        for row in rows:
            known = self.knowledge.records.get((effect.kind, resource.key_of(row)))
            if known is not None:
                self._confirmed(known.since, page.operation.id)
            self.knowledge.note_shown(effect.kind, row, page.tenant)
        return None

    def _batches_confirmed(self, page: Page) -> None:
        """A list that would show a refused record first, and does not, proves that none is left."""
        if page.asked.offset or page.asked.equals:
            return
        for operation in set(self.knowledge.refused.values()):
            law = laws.BATCH if self._many(operation) else laws.REFUSED
            self.proven.add(f"{operation}: {law}")
