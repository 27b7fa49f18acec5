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
    Equal,
    Exists,
    Fact,
    Found,
    From,
    Mistyped,
    Owner,
    Part,
    Record,
    Repeated,
    Rule,
    Template,
    Tenant,
    Unknown,
    View,
)
from spec.document import Json
from spec.equality import same
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
    record: Record | Unknown | None = None
    item: Json | Absent = ABSENT
    resource_key: str | None = None
    facts: dict[str, Json | Absent | Unknown] = field(default_factory=dict)

    def of(self, item: Json) -> Context:
        """Return the context in which `item` is the one looked at."""
        return self._about(self.record, item)

    def showing(self, record: Record | Unknown | None) -> Context:
        """Return the context in which `record` is the one that conditions on `record.*` judge."""
        return self._about(record, self.item)

    def _about(self, record: Record | Unknown | None, item: Json | Absent) -> Context:
        """Return the context about another item or record; what was found out is forgotten."""
        return Context(
            self.call, self.principal, self.view, self.resource, record, item, self.resource_key
        )

    def value(self, path: tuple[str, ...]) -> Json | Absent | Unknown:
        """Return what a dotted path leads to."""
        root, rest = path[0], path[1:]
        if root == "facts":
            return self._of_fact(rest)
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

    def _of_fact(self, rest: tuple[str, ...]) -> Json | Absent | Unknown:
        value = self.fact(rest[0])
        if value is UNKNOWN or value is ABSENT or len(rest) == 1:
            return value
        return self._told(_walk(value, rest[1:]))

    def fact(self, name: str) -> Json | Absent | Unknown:
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


def _fact(fact: Fact, context: Context) -> Json | Absent | Unknown:
    if isinstance(fact, Repeated):
        return _repeats(context.value(fact.within), fact.field)
    if isinstance(fact, Equal):
        return _equal(context.value(fact.left), context.value(fact.right))
    if isinstance(fact, Mistyped):
        return _mistyped(fact, context)
    where = _wanted(fact, context)
    if where is UNKNOWN:
        return UNKNOWN
    owner = ABSENT if fact.anywhere else owner_of(fact.kind, context)
    if isinstance(fact, Found):
        return _found(fact, where, owner, context)
    if where is None:
        return False
    if owner is UNKNOWN or (fact.except_resource and context.resource is UNKNOWN):
        return UNKNOWN
    excluding = context.resource_key if fact.except_resource else None
    return context.view.exists(fact.kind, where, owner, excluding)


def _wanted(fact: Exists | Found, context: Context) -> dict[str, Json] | Unknown | None:
    """Return the field values that a fact asks for, None where the call does not name them all."""
    where: dict[str, Json] = dict(fact.constants)
    for name, path in fact.where.items():
        value = context.value(path)
        if value is UNKNOWN:
            return UNKNOWN
        if value is ABSENT or value is None:
            return None
        where[name] = value
    return where


def _found(
    fact: Found,
    where: Mapping[str, Json] | None,
    owner: Owner | Absent | Unknown,
    context: Context,
) -> Json | Absent | Unknown:
    if where is None:
        return ABSENT
    if owner is UNKNOWN:
        return UNKNOWN
    record = context.view.find(fact.kind, where, owner)
    return ABSENT if record is None else record


def _equal(left: Json | Absent | Unknown, right: Json | Absent | Unknown) -> Met:
    if left is ABSENT or right is ABSENT:
        return False
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else same(left, right)


def _mistyped(fact: Mistyped, context: Context) -> Met:
    items = context.value(fact.within)
    owner = owner_of(fact.part.definitions, context)
    if not isinstance(items, list):
        return UNKNOWN if items is UNKNOWN else False
    if owner is UNKNOWN:
        return UNKNOWN
    types: dict[str, str | Unknown | None] = {}
    return any_of([_of_another_type(fact.part, item, types, owner, context) for item in items])


def _of_another_type(
    part: Part,
    item: Json,
    types: dict[str, str | Unknown | None],
    owner: Owner | Absent,
    context: Context,
) -> Met:
    """Tell whether one item's value is not of its entry's type, which `types` remembers."""
    if not isinstance(item, Mapping) or part.named not in item:
        return False
    name, value = part.folded(item[part.named]), item.get(part.value)
    if types.get(name) is None:
        types[name] = _type_of(part, item[part.named], owner, context)
    if value is None:
        return False
    known = types[name]
    if known is UNKNOWN:
        return UNKNOWN
    if known is None:
        types[name] = made = part.type_of(value)
        if not context.view.complete and isinstance(value, float) and value.is_integer():
            types[name] = UNKNOWN  # 5.0 is a whole number to some readers and none to others.
        return made is None
    return not part.fits[str(known)](value)


def _type_of(
    part: Part, name: Json, owner: Owner | Absent, context: Context
) -> str | Unknown | None:
    found = context.view.find(part.definitions, {part.named: name}, owner)
    if found is UNKNOWN or found is None:
        return found
    kind: str | Unknown = found.get(part.typed, UNKNOWN)
    return kind


def owner_of(kind: str, context: Context) -> Owner | Absent | Unknown:
    """Return the tenant that a call is confined to for a kind, ABSENT for one without tenants."""
    tenant = context.call.operation.tenants.get(kind)
    return ABSENT if tenant is None else owner(tenant, context)


def owner(tenant: Tenant, context: Context) -> Owner | Unknown:
    """Return the values that a tenant's fields have for a call."""
    found = [context.value(path) for path in tenant.fields.values()]
    if any(one is UNKNOWN for one in found):
        return UNKNOWN
    return tuple(None if one is ABSENT else one for one in found)


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


def filled(template: Template, context: Context) -> Json | Absent | Unknown:
    """Return the value of a template in a context; one unknown hole makes all of it unknown."""
    if isinstance(template, From):
        return _hole(template, context)
    if isinstance(template, Mapping):
        members = {name: filled(inner, context) for name, inner in template.items()}
        if any(value is UNKNOWN for value in members.values()):
            return UNKNOWN
        return {name: value for name, value in members.items() if value is not ABSENT}
    if isinstance(template, list):
        items = [filled(inner, context) for inner in template]
        return UNKNOWN if any(one is UNKNOWN for one in items) else items
    return template


def _hole(hole: From, context: Context) -> Json | Absent | Unknown:
    value = context.value(hole.path)
    if value is UNKNOWN:
        return UNKNOWN
    if value is ABSENT or (hole.fits is not None and not hole.fits(value)):
        return filled(hole.otherwise, context)
    return value
