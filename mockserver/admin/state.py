"""The records of a session, to look at and to put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import answer, body, world_of
from mockserver.fixtures import complaints, whole
from mockserver.problems import ProblemError, unknown
from mockserver.store import Store, Stored
from mockserver.worlds import World
from spec import ABSENT, Contract, Json, Record, Resource

if TYPE_CHECKING:
    from mockserver.app import Mock

_CHOSEN = {"client", "given"}


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that show and change the state."""

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

    @api.put("/state/<kind>/<path:key>")
    def put(kind: str, key: str) -> Response:
        world = world_of(app)
        contract, store, resource = _kind(app, world, kind)
        given = whole(resource, body())
        given.setdefault(resource.key, key)
        with world.lock, store.transaction():
            _check(contract, store, resource, given, key)
            before = _before(store, resource, given, key)
            if before is None or before.deleted:
                store.add(resource.kind, given)
                return answer(_shown(Stored(key, False, given)), 201)
            store.put(resource.kind, before.record, given)
            return answer(_shown(Stored(key, False, given)))


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


def _check(
    contract: Contract, store: Store, resource: Resource, record: dict[str, Json], key: str
) -> None:
    wrong = list(_complaints(contract, store, resource, record, key))
    if wrong:
        pointer, fault = wrong[0]
        raise ProblemError(
            422,
            "Record does not fit",
            f"{resource.kind} {key}{pointer}: {fault}. See {resource.place}.",
            violations=[{"pointer": spot, "message": message} for spot, message in wrong[:20]],
        )


def _complaints(
    contract: Contract, store: Store, resource: Resource, record: dict[str, Json], key: str
) -> Iterator[tuple[str, str]]:
    if resource.key_of(record) != key:
        yield f"/{resource.key}", f"{record[resource.key]!r} is not the key in the path"
    yield from complaints(contract, resource, record)
    before = _before(store, resource, record, key)
    if before and before.deleted and resource.made not in _CHOSEN:
        yield f"/{resource.key}", "the key belonged to a record that was deleted"
    table = store.table(resource.kind)
    fields = tuple(resource.tenant.fields) if resource.tenant else ()
    for name in fields:
        if before and before.record.get(name) != record.get(name):
            yield f"/{name}", "the record can't move to another tenant"
    tenant = tuple(record.get(name) for name in fields) or ABSENT
    for name in resource.unique:
        value, owner = record.get(name), ABSENT if name in table.shared else tenant
        if value is not None and store.exists(resource.kind, {name: value}, owner, key):
            yield f"/{name}", f"{value!r} is carried by another {resource.kind}"
