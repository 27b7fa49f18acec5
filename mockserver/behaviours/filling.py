"""Open kinds: the server fills in what no request has said, and ours takes samples for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mockserver.behaviours.replies import effect_of, owner_for
from mockserver.store import Store
from spec import ABSENT, Context, Contract, Json, Record
from spec.effects import items, settable
from spec.shapes import properties
from spec.times import written

_OF_CHANGE = re.compile(r"(?i)(?:last_?)?(?:updat|modif|chang|edit)")


def shaped(contract: Contract, schema: str, record: Record) -> dict[str, Json]:
    """Return a record in the form of another schema: what both know, and samples of the rest."""
    described = properties(contract.document, schema)
    given = {name: value for name, value in record.items() if name in described}
    found = contract.samples.completed(schema, given)
    return found if isinstance(found, dict) else given


def keyed(
    contract: Contract, context: Context, records: Sequence[Record], store: Store
) -> Iterator[Record]:
    """Yield new records, each with the key that the request gives it if that is nobody's yet.

    Who makes the keys of an open kind is a guess, and a client that sends one likes to find it.
    """
    effect, resource = effect_of(contract, context)
    given = items(effect, context.call.body)
    for number, record in enumerate(records):
        key = given[number].get(resource.key) if number < len(given) else None
        taken = key is None or resource.key in resource.fixed or resource.made == "uuid"
        owner = owner_for(resource.kind, context)
        if taken or store.record(resource.kind, str(key), owner) is not None:
            yield record
        else:
            yield {**record, resource.key: key}


def filled(
    contract: Contract, context: Context, record: Record, store: Store, before: Record | None = None
) -> dict[str, Json]:
    """Return a record with all that its schema describes; what it holds already stays, if it fits.

    `before` is the record that was changed, None for a new one. Times that no request can set are
    those of now: of a new record all, of a changed one those that tell of a change.
    """
    effect, resource = effect_of(contract, context)
    if resource.schema is None:
        return dict(record)
    shown = {name: record[name] for name in resource.top_level if name in record}
    whole = contract.samples.completed(resource.schema, shown)
    if before is None and isinstance(whole, dict) and resource.key not in record:
        whole = {name: value for name, value in whole.items() if name != resource.key}
    apart = {name: value for name, value in record.items() if name not in shown}
    result = {**apart, **(whole if isinstance(whole, dict) else shown)}
    ours = resource.times - {*settable(effect, context)}
    now = written(store.now(), "millis-Z")
    for name in ours:
        if (before is None and name not in record) or _OF_CHANGE.match(name):
            result[name] = now
    return {name: value for name, value in result.items() if value is not ABSENT}
