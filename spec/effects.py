"""What an accepted call does to records: pure functions from a call to the records it leaves.

The mock stores what they return; the suite compares it with what the target shows. In an incomplete
view a field whose new value cannot be told is left out of the record, which means *unknown*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spec.contract import ABSENT, UNKNOWN, Effect, Record, Resource
from spec.document import Json, pick, tokens
from spec.equality import same
from spec.rules import Context, filled, met, owner
from spec.wire import Call


def items(effect: Effect, body: Json) -> list[Mapping[str, Json]]:
    """Return the records' fields that a request body carries, one mapping for each record."""
    found = pick(body, effect.request, None) if body is not ABSENT else None
    if effect.many:
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return [found] if isinstance(found, Mapping) else []


def foreseen(effect: Effect, resource: Resource, call: Call) -> bool:
    """Tell whether the document says what an accepted call has done.

    It does not where the call is not of the documented form and was accepted all the same. Nor is
    it said which key counts where the body of a change names another than the path.
    """
    if any(not one.doubtful for one in call.violations):
        return False
    given = items(effect, call.body)
    if effect.action == "create":
        return bool(given) or effect.many
    if not resource.open or effect.action not in {"update", "replace"} or effect.key is None:
        return True
    addressed = call.path.get(effect.key[-1])
    return all(str(one.get(resource.key, addressed)) == str(addressed) for one in given)


def created(
    effect: Effect, resource: Resource, item: Mapping[str, Json], context: Context
) -> dict[str, Json]:
    """Return a new record, all but what the server makes: its key, other numbers, and times.

    Shown fields that nothing gives a value are null, or unknown where the kind is open: there a
    server may also fill in what is given as null, and who does not know everything cannot tell.
    """
    record = _made(effect, resource, item, context)
    if resource.open and not context.view.complete:
        for name in [name for name, value in item.items() if value is None]:
            record.pop(name, None)
    for name in resource.generated:
        record.pop(name, None)
    if resource.made not in {"client", "given"}:
        record.pop(resource.key, None)
    return _settle(record, effect, context.of(item), dict(record))


def _made(
    effect: Effect, resource: Resource, item: Mapping[str, Json], context: Context
) -> dict[str, Json]:
    record = blank(resource)
    for name in () if resource.open else settable(effect, context):
        if pick(record, field_pointer(resource, name), ABSENT) is ABSENT:
            _put(record, field_pointer(resource, name), None)
    for name in resource.parts:
        record[name] = {}
    record.update(effect.initial)
    if resource.tenant:
        owned = owner(resource.tenant, context)
        if owned is not UNKNOWN:
            record.update(zip(resource.tenant.fields, owned, strict=True))
    _lay(record, resource, effect, item)
    return record


def settable(effect: Effect, context: Context) -> Iterable[str]:
    """Return the names of the fields that a request may set on one record."""
    body = context.call.operation.body
    declared = next(iter(body.declared.values()), None) if body else None
    for token in tokens(effect.request):
        declared = declared.properties.get(token) if declared else None
    if effect.many:
        declared = declared.items if declared else None
    return declared.properties if declared else ()


def updated(
    effect: Effect, resource: Resource, before: Record, item: Mapping[str, Json], context: Context
) -> dict[str, Json]:
    """Return the record after a partial update: its key and what the request does not name stay."""
    record = _copy(before)
    given = {name: value for name, value in item.items() if name != resource.key}
    if resource.open:
        given = _within(record, item, _unmoved(resource))
    _lay(record, resource, effect, given)
    return _changed(_settle(record, effect, context.of(item), before), resource, context)


def replaced(
    effect: Effect, resource: Resource, before: Record, item: Mapping[str, Json], context: Context
) -> dict[str, Json]:
    """Return the record after a replacement: what the request does not name is unset.

    The key, what the server made, the tenant and the fields that the effect keeps stay. In an open
    kind what requests cannot set stays too, unless the view is incomplete and nobody can tell.
    """
    kept = {*_unmoved(resource), *resource.generated, *effect.keeps, *resource.parts}
    if resource.open and context.view.complete:
        kept.update(before.keys() - {*settable(effect, context)})
    given = {name: value for name, value in item.items() if name not in kept}
    record = _made(effect, resource, given, context)
    for name in kept:
        record.pop(name, None)
    record.update({name: before[name] for name in kept if name in before})
    return _changed(_settle(record, effect, context.of(item), before), resource, context)


def _unmoved(resource: Resource) -> frozenset[str]:
    """Return the fields that no change of a record touches: its key, its tenant, what is fixed."""
    tenant = resource.tenant.fields if resource.tenant else ()
    return resource.fixed | {resource.key, *tenant}


def _within(record: Record, item: Mapping[str, Json], unmoved: frozenset[str]) -> dict[str, Json]:
    """Return what a partial update gives an open kind's fields: objects are merged (RFC 7396)."""
    return {
        name: _merged(record.get(name), value)
        for name, value in item.items()
        if name not in unmoved
    }


def _merged(before: Json, given: Json) -> Json:
    if not isinstance(before, Mapping) or not isinstance(given, Mapping):
        return given
    return {**before, **{name: _merged(before.get(name), one) for name, one in given.items()}}


def _changed(record: dict[str, Json], resource: Resource, context: Context) -> dict[str, Json]:
    """Forget the time of the last change, which who does not know everything cannot tell."""
    if not context.view.complete:
        for name in resource.changing:
            record.pop(name, None)
    return record


def blank(resource: Resource) -> dict[str, Json]:
    """Return a record in which every shown field is null; in an open kind none has a value."""
    if resource.open:
        return {}
    record: dict[str, Json] = {name: {} for name in resource.nested}
    for pointer in sorted(resource.shown):
        _put(record, pointer, None)
    return record


def shown(resource: Resource, record: Record) -> dict[str, Json]:
    """Return the part of a record that answers show, in the document's order of fields."""
    result: dict[str, Json] = {}
    for name in resource.top_level:
        if name in record:
            result[name] = record[name]
    return result


def field_pointer(resource: Resource, name: str) -> str:
    """Return where a request's field stands in the record."""
    for outer in resource.nested:
        if f"/{outer}/{name}" in resource.shown:
            return f"/{outer}/{name}"
    return f"/{name}"


def _lay(
    record: dict[str, Json], resource: Resource, effect: Effect, item: Mapping[str, Json]
) -> None:
    for name, value in item.items():
        if name in resource.fixed:
            continue
        if name in effect.wrap and value is not None and not isinstance(value, list):
            value = [value]
        _put(record, field_pointer(resource, name), value)


def _put(record: dict[str, Json], pointer: str, value: Json) -> None:
    *outer, last = tokens(pointer)
    place: dict[str, Any] = record
    for name in outer:
        place = place.setdefault(name, {})
    place[last] = value


def _settle(
    record: dict[str, Json], effect: Effect, context: Context, before: Record
) -> dict[str, Json]:
    """Apply the declared settings, each judged on the record as it was before the first of them."""
    for setting in effect.sets:
        about = context.showing(before)
        verdict = met(setting.when, about)
        if verdict is False:
            continue
        for name, template in setting.values.items():
            value = filled(template, about) if verdict is True else UNKNOWN
            if value is UNKNOWN:
                record.pop(name, None)
            elif value is not ABSENT:
                record[name] = value
    return record


def _copy(record: Record) -> dict[str, Json]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in record.items()
    }


def differences(
    resource: Resource, expected: Record, shown_record: Mapping[str, Json]
) -> list[tuple[str, Json, Json]]:
    """Return pointer, expected and shown value of each known field that is shown wrongly."""
    wrong = []
    for pointer in sorted(resource.steady):
        want = pick(expected, pointer, ABSENT)
        got = pick(shown_record, pointer, ABSENT)
        if want is not ABSENT and got is not ABSENT and not same(want, got):
            wrong.append((pointer, want, got))
    return wrong
