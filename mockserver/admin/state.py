"""The records of a session, to look at, to put and to delete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import Test, answer, body, called, members, text, world_of
from mockserver.fixtures import complaints, whole
from mockserver.problems import ProblemError, unknown
from mockserver.store import Store, Stored
from mockserver.worlds import World
from spec import Contract, Json, Record, Resource
from spec.document import escape

if TYPE_CHECKING:
    from mockserver.app import Mock

_CHOSEN = {"client", "given"}


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that show and change the state."""
    _showing(api, app)
    _putting(api, app)
    _deleting(api, app)


def _showing(api: Blueprint, app: Mock) -> None:
    @api.get("/state")
    def state() -> Response:
        world = world_of(app)
        with world.lock:
            world.catch_up()
            return answer({name: _kinds(store) for name, store in world.stores.items()})

    @api.get("/state/<kind>")
    def records(kind: str) -> Response:
        world = world_of(app)
        _, store, resource = _kind(app, world, kind)
        with world.lock:
            world.catch_up()
            return answer({"kind": kind, "records": [*map(_shown, store.stored(resource.kind))]})

    @api.get("/state/<kind>/<path:key>")
    def record(kind: str, key: str) -> Response:
        world = world_of(app)
        _, store, resource = _kind(app, world, kind)
        with world.lock:
            world.catch_up()
            found = store.whoever(resource.kind, key)
            if found is None:
                keys = [one.key for one in store.stored(resource.kind)]
                raise unknown(kind, key, keys)
            return answer(_shown(found))


def _putting(api: Blueprint, app: Mock) -> None:
    @api.put("/state")
    def put_all() -> Response:
        world = world_of(app)
        given = [
            (_document(app, name), _mapping(kinds, f"/{escape(name)}"))
            for name, kinds in body().items()
        ]
        with world.lock:
            world.catch_up()
            with world.transaction(called()):
                for contract, kinds in given:
                    for kind, rows in kinds.items():
                        place = f"/{escape(contract.name)}/{escape(kind)}"
                        _, store, resource = _kind(app, world, f"{contract.name}.{kind}")
                        _replace(contract, store, resource, rows, place)
            return answer({name: _kinds(store) for name, store in world.stores.items()})

    @api.put("/state/<kind>")
    def put_kind(kind: str) -> Response:
        world = world_of(app)
        contract, store, resource = _kind(app, world, kind)
        rows = members(_KIND, ["records"])["records"]
        with world.lock:
            world.catch_up()
            with world.transaction(called()):
                _replace(contract, store, resource, rows, "/records")
            return answer({"kind": kind, "records": [*map(_shown, store.stored(resource.kind))]})

    @api.put("/state/<kind>/<path:key>")
    def put(kind: str, key: str) -> Response:
        world = world_of(app)
        contract, store, resource = _kind(app, world, kind)
        record = _whole(resource, body(), key)
        with world.lock:
            world.catch_up()
            with world.transaction(called()):
                new = _lay(contract, store, resource, record, key)
            return answer(_shown(Stored(key, False, record)), 201 if new else 200)


def _deleting(api: Blueprint, app: Mock) -> None:
    @api.delete("/state/<kind>/<path:key>")
    def delete(kind: str, key: str) -> Response:
        world = world_of(app)
        _, store, resource = _kind(app, world, kind)
        with world.lock:
            world.catch_up()
            found = store.whoever(resource.kind, key)
            if found is None or found.deleted:
                alive = [one.key for one in store.stored(resource.kind) if not one.deleted]
                raise unknown(kind, key, alive)
            with world.transaction(called()):
                store.remove(resource.kind, found.record)
            return Response(status=204)


def _document(app: Mock, name: str) -> Contract:
    known = {site.contract.name: site.contract for site in app.sites}
    if name not in known:
        raise unknown("document", name, [*known])
    return known[name]


def _mapping(value: Json, pointer: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise ProblemError(422, "Body does not fit", "an object is expected", pointer=pointer)
    return value


def _replace(
    contract: Contract, store: Store, resource: Resource, rows: Json, pointer: str
) -> None:
    """Let a kind have these records, in the form in which they are told, and no others.

    Raises: ProblemError: one of them does not fit.
    """
    if not isinstance(rows, list):
        raise ProblemError(422, "Body does not fit", "a list is expected", pointer=pointer)
    kept: list[tuple[str, Record]] = []
    for number, row in enumerate(rows):
        place = f"{pointer}/{number}"
        record = _mapping(_mapping(row, place).get("record"), f"{place}/record")
        key = str(row.get("key", record.get(resource.key)))
        if not row.get("deleted"):
            kept.append((key, _whole(resource, record, key)))
    table = store.table(resource.kind)
    owners = {(table.key(key), table.tenant_of(record)) for key, record in kept}
    for one in store.stored(resource.kind):
        if not one.deleted and (table.key(one.key), table.tenant_of(one.record)) not in owners:
            store.remove(resource.kind, one.record)
    for key, record in kept:
        _lay(contract, store, resource, record, key, among=True)
    for key, record in kept:
        _refuse(resource, key, _taken(store, resource, record, key))


def _whole(resource: Resource, given: Record, key: str) -> dict[str, Json]:
    record = whole(resource, given)
    record.setdefault(resource.key, key)
    return record


def _lay(
    contract: Contract,
    store: Store,
    resource: Resource,
    record: Record,
    key: str,
    *,
    among: bool = False,
) -> bool:
    """Store a record and tell whether it is a new one.

    One that is laid `among` others may have a value of theirs until all are there.

    Raises: ProblemError: it does not fit.
    """
    _refuse(resource, key, _complaints(contract, store, resource, record, key))
    if not among:
        _refuse(resource, key, _taken(store, resource, record, key))
    before = _before(store, resource, record, key)
    if before is None or before.deleted:
        store.add(resource.kind, record)
        return True
    if before.record != record:
        store.put(resource.kind, before.record, record)
    return False


def _kinds(store: Store) -> Json:
    return {kind: [_shown(one) for one in store.stored(kind)] for kind in store.kinds}


def _shown(stored: Stored) -> Json:
    return {"key": stored.key, "deleted": stored.deleted, "record": stored.record}


def _kind(app: Mock, world: World, name: str) -> tuple[Contract, Store, Resource]:
    """Return whose kind a name is: `device`, or `document.device` where two documents have one."""
    known = {
        spelling: (site.contract, world.stores[site.contract.name], resource)
        for site in reversed(app.sites)
        for kind, resource in site.contract.resources.items()
        for spelling in (kind, f"{site.contract.name}.{kind}")
    }
    if name not in known:
        raise unknown("kind", name, list(known))
    return known[name]


def _before(store: Store, resource: Resource, record: Record, key: str) -> Stored | None:
    """Return what has the key: keys that clients choose may occur once for each tenant."""
    tenant = store.table(resource.kind).tenant_of(record) if resource.made in _CHOSEN else None
    return store.whoever(resource.kind, key, tenant)


def _refuse(resource: Resource, key: str, wrong: Iterator[tuple[str, str]]) -> None:
    found = list(wrong)
    if found:
        pointer, fault = found[0]
        raise ProblemError(
            422,
            "Record does not fit",
            f"{resource.kind} {key[:80]}{pointer}: {fault}. See {resource.place}.",
            violations=[{"pointer": spot, "message": message} for spot, message in found[:20]],
        )


def _complaints(
    contract: Contract, store: Store, resource: Resource, record: Record, key: str
) -> Iterator[tuple[str, str]]:
    if resource.key_of(record) != key:
        yield f"/{resource.key}", f"{record[resource.key]!r} is not the key that it is put under"
    yield from complaints(contract, resource, record)
    before = _before(store, resource, record, key)
    if before and before.deleted and resource.made not in _CHOSEN:
        yield f"/{resource.key}", "the key belonged to a record that was deleted"
    for name in resource.tenant.fields if resource.tenant else ():
        if before and before.record.get(name) != record.get(name):
            yield f"/{name}", "the record can't move to another tenant"


def _taken(store: Store, resource: Resource, record: Record, key: str) -> Iterator[tuple[str, str]]:
    """Yield pointer and fault of values that only one record may have, and another one has."""
    for name in store.taken(resource.kind, record, key):
        yield f"/{name}", f"{record[name]!r} is carried by another {resource.kind}"


_KIND: Mapping[str, tuple[str, Test]] = {
    "kind": ("the kind in the path", text),
    "records": ("a list of records", lambda value: isinstance(value, list)),
}
