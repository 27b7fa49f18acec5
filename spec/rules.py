"""Whether a rule's conditions are met in a context, in three values.

A context is the synthetic document `{request, principal, resource, facts, item, record}` that the
conditions' dotted paths lead into. Kleene's logic keeps the promise of the whole design: knowing
less may turn a verdict into UNKNOWN, never into its opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from spec.contract import (
    ABSENT,
    UNKNOWN,
    Absent,
    Conditions,
    Exists,
    Fact,
    Record,
    Rule,
    Unknown,
    View,
)
from spec.document import Json
from spec.wire import Call

Met: TypeAlias = bool | Unknown


@dataclass(frozen=True, slots=True)
class Context:
    """All that a condition may speak of, for one call as one view sees it.

    `resource` is the addressed record: None where there is none, UNKNOWN where nobody can tell.
    """

    call: Call
    principal: Mapping[str, Json]
    view: View
    resource: Record | Unknown | None = None
    record: Record | None = None
    item: Json | Absent = ABSENT
    resource_key: str | None = None
    facts: dict[str, Met] = field(default_factory=dict)

    def of(self, item: Json) -> Context:
        """Return the context in which `item` is the one looked at."""
        return self._about(self.record, item)

    def showing(self, record: Record) -> Context:
        """Return the context in which `record` is the one that conditions on `record.*` judge."""
        return self._about(record, self.item)

    def _about(self, record: Record | None, item: Json | Absent) -> Context:
        """Return the context about another item or record; what was found out is forgotten."""
        return Context(
            self.call, self.principal, self.view, self.resource, record, item, self.resource_key
        )

    def value(self, path: tuple[str, ...]) -> Json | Absent | Unknown:
        """Return what a dotted path leads to."""
        root, rest = path[0], path[1:]
        if root == "facts":
            return self.fact(rest[0])
        if root == "resource":
            return self._stored(self.resource, rest)
        if root == "record":
            return self._stored(self.record, rest)
        if root == "request":
            return _walk(self._request(rest[0]), rest[1:])
        if root == "principal":
            return self._told(_walk(self.principal, rest))
        return _walk(self.item, rest)

    def _request(self, part: str) -> Json | Absent:
        if part == "body":
            return self.call.body
        parts = {"path": self.call.path, "query": self.call.query, "headers": self.call.headers}
        return parts.get(part, ABSENT)

    def _stored(
        self, record: Record | Unknown | None, rest: tuple[str, ...]
    ) -> Json | Absent | Unknown:
        if record is UNKNOWN or not rest:
            return record
        if record is None:
            return ABSENT
        return self._told(_walk(record, rest))

    def _told(self, found: Json | Absent) -> Json | Absent | Unknown:
        """Return UNKNOWN for what a view does not know of and that may be there all the same."""
        return UNKNOWN if found is ABSENT and not self.view.complete else found

    def fact(self, name: str) -> Met:
        """Return a fact's value; it is worked out once for each context."""
        if name not in self.facts:
            self.facts[name] = _fact(self.call.operation.facts[name], self)
        return self.facts[name]


def _walk(value: Json | Absent, rest: Iterable[str]) -> Json | Absent:
    for step in rest:
        # Asking for dict first spares most values the slow question whether they are mappings.
        if not isinstance(value, (dict, Mapping)) or step not in value:
            return ABSENT
        value = value[step]
    return value


def _fact(fact: Fact, context: Context) -> Met:
    if not isinstance(fact, Exists):
        return _repeats(context.value(fact.within), fact.field)
    where: dict[str, Json] = dict(fact.constants)
    for name, path in fact.where.items():
        value = context.value(path)
        if value is UNKNOWN:
            return UNKNOWN
        if value is ABSENT or value is None:
            return False
        where[name] = value
    if fact.except_resource and context.resource is UNKNOWN:
        return UNKNOWN
    if confined(context.call.operation.tenants.get(fact.kind), context) is UNKNOWN:
        return UNKNOWN
    excluding = context.resource_key if fact.except_resource else None
    return context.view.exists(fact.kind, where, tenant_of(fact.kind, context), excluding)


def confined(tenant: str | None, context: Context) -> Json | Absent | Unknown:
    """Return the tenant that the caller is confined to, UNKNOWN when nobody has told it."""
    return context.value(("principal", tenant)) if tenant else ABSENT


def tenant_of(kind: str, context: Context) -> Json | Absent:
    """Return the tenant whose records of a kind the caller can see."""
    tenant = context.call.operation.tenants.get(kind)
    return context.principal.get(tenant) if tenant else ABSENT


def _repeats(items: Json | Absent | Unknown, name: str) -> Met:
    if not isinstance(items, list):
        return UNKNOWN if items is UNKNOWN else False
    values = [
        item[name] for item in items if isinstance(item, Mapping) and item.get(name) is not None
    ]
    return any(value in values[:number] for number, value in enumerate(values))


def met(conditions: Conditions, context: Context) -> Met:
    """Tell whether all conditions hold; False as soon as one surely does not."""
    doubt = False
    for condition in conditions:
        value = context.value(condition.path)
        if value is UNKNOWN:
            doubt = True
        elif value is ABSENT or not condition.fits(value):
            return False
    return UNKNOWN if doubt else True


def broken(rule: Rule, context: Context) -> Met:
    """Tell whether a rule refuses the call: True, False or UNKNOWN."""
    if rule.fault:
        return rule.problem.name in context.call.faults
    if rule.each is None:
        return _decided(rule, context)
    items = context.value(rule.each)
    if not isinstance(items, list):
        return UNKNOWN if items is UNKNOWN else False
    return any_of(_decided(rule, context.of(item)) for item in items)


def _decided(rule: Rule, context: Context) -> Met:
    verdict = met(rule.when, context)
    if not context.view.complete and rule.doubtful and met(rule.doubtful, context) is not False:
        return UNKNOWN
    return verdict


def any_of(verdicts: Iterable[Met]) -> Met:
    """Return Kleene's disjunction."""
    found = set(verdicts)
    if True in found:
        return True
    return UNKNOWN if UNKNOWN in found else False
