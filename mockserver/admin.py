"""The admin API under `/__admin`: the state, the journal and a fresh start, for people and tests.

It acts on the session that the request names, or on the base world. It is no part of any document,
is never open to other origins, and asks for a token unless the caller sits on the same machine and
is no web page.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator
from importlib import metadata
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from mockserver.fixtures import complaints, whole
from mockserver.problems import MEDIA_TYPE, ProblemError, unknown
from mockserver.sessions import HEADER, World
from mockserver.store import Store, Stored
from spec import ABSENT, Contract, Json, Resource, encode
from spec.wire import parse

if TYPE_CHECKING:
    from mockserver.app import Mock

PREFIX = "/__admin"
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


def is_admin(path: str) -> bool:
    """Tell whether a path belongs to the admin API."""
    return path == PREFIX or path.startswith(PREFIX + "/")


def install(app: Mock, *, token: str, hosts: Collection[str]) -> None:
    """Give an app its admin API."""
    api = Blueprint("admin", __name__, url_prefix=PREFIX)
    api.before_request(_guard(token, frozenset(hosts) | _LOOPBACK_NAMES))
    _about(api, app)
    _state(api, app)
    _journal(api, app)
    app.register_blueprint(api)
    app.register_error_handler(ProblemError, _problem)
    app.register_error_handler(HTTPException, lambda error: _problem(_explained(app, error)))
    app.register_error_handler(Exception, lambda error: _failed(app, error))


# -- who may call ---------------------------------------------------------------------------------


def _guard(token: str, hosts: Collection[str]) -> Callable[[], None]:
    def check() -> None:
        name = _host(request.headers.get("Host", ""))
        if name not in hosts and not name.endswith(".localhost"):
            raise ProblemError(
                403, "Foreign host name", f"The admin API is not served under the name {name!r}."
            )
        near = _is_loopback(request.remote_addr) and "Origin" not in request.headers
        if not near and not _carries(token):
            raise ProblemError(
                401,
                "Token required",
                "Send the admin token that the mock printed: 'Authorization: Bearer …'.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    return check


def _host(value: str) -> str:
    """Return the name in a Host header, without port and brackets, in lower case."""
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    return value.partition(":")[0].lower().rstrip(".")


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _carries(token: str) -> bool:
    word, _, given = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return word.lower() == "bearer" and same


# -- what it tells --------------------------------------------------------------------------------


def _about(api: Blueprint, app: Mock) -> None:
    @api.get("/health")
    def health() -> Response:
        return _json({"status": "ok"})

    @api.get("/version")
    def version() -> Response:
        return _json(
            {
                "name": "conformock",
                "version": _version(),
                "documents": [
                    {
                        "name": site.contract.name,
                        "title": site.openapi.get("info", {}).get("title"),
                        "version": site.openapi.get("info", {}).get("version"),
                        "base_path": site.base,
                    }
                    for site in app.sites
                ],
            }
        )

    @api.post("/reset")
    def reset() -> Response:
        app.sessions.reset(request.headers.get(HEADER))
        return _json({"reset": request.headers.get(HEADER) or "base"})


def _version() -> str:
    try:
        return metadata.version("conformock")
    except metadata.PackageNotFoundError:
        return "unknown"


def _state(api: Blueprint, app: Mock) -> None:
    @api.get("/state")
    def state() -> Response:
        world = _world(app)
        with world.lock:
            return _json({name: _kinds(store) for name, store in world.stores.items()})

    @api.get("/state/<kind>")
    def records(kind: str) -> Response:
        world = _world(app)
        _, store, resource = _kind(app, world, kind)
        with world.lock:
            return _json({"kind": kind, "records": [*map(_shown, store.stored(resource.kind))]})

    @api.get("/state/<kind>/<path:key>")
    def record(kind: str, key: str) -> Response:
        world = _world(app)
        _, store, resource = _kind(app, world, kind)
        with world.lock:
            found = store.find(resource.kind, key)
            if found is None:
                keys = [one.key for one in store.stored(resource.kind)]
                raise unknown(kind, key, keys)
            return _json(_shown(found))

    @api.put("/state/<kind>/<path:key>")
    def put(kind: str, key: str) -> Response:
        world = _world(app)
        contract, store, resource = _kind(app, world, kind)
        given = whole(resource, _body())
        given.setdefault(resource.key, key)
        with world.lock, store.transaction():
            _check(contract, store, resource, given, key)
            before = store.find(resource.kind, key)
            if before is None or before.deleted:
                store.add(resource.kind, given)
                return _json(_shown(Stored(key, False, given)), 201)
            store.put(resource.kind, before.record, given)
            return _json(_shown(Stored(key, False, given)))


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


def _body() -> dict[str, Json]:
    value, violation = parse(request.get_data())
    if violation is not None or not isinstance(value, dict):
        reason = violation.message if violation else "no object"
        raise ProblemError(400, "Bad record", f"The body must be a JSON object: {reason}.")
    return value


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
    before = store.find(resource.kind, key)
    if before and before.deleted and resource.made == "sequence":
        yield f"/{resource.key}", "the key belonged to a record that was deleted"
    tenant = record.get(resource.tenant, ABSENT) if resource.tenant else ABSENT
    if before and resource.tenant and before.record.get(resource.tenant) != tenant:
        yield f"/{resource.tenant}", "the record can't move to another tenant"
    for name in resource.unique:
        value = record.get(name)
        if value is not None and store.exists(resource.kind, {name: value}, tenant, key):
            yield f"/{name}", f"{value!r} is carried by another {resource.kind}"


def _journal(api: Blueprint, app: Mock) -> None:
    @api.get("/requests")
    def requests() -> Response:
        world = _world(app)
        limit = _limit(request.args.get("limit", "100"))
        with world.lock:
            newest = [*world.journal.newest(limit)]
            return _json({"requests": newest, "total": len(world.journal)})

    @api.delete("/requests")
    def clear() -> Response:
        world = _world(app)
        with world.lock:
            world.journal.clear()
        return Response(status=204)

    @api.get("/requests/<name>")
    def entry(name: str) -> Response:
        world = _world(app)
        with world.lock:
            found = world.journal.entry(name)
            known = [str(one["id"]) for one in world.journal.newest(12)]
        if found is None:
            raise unknown("request", name, known)
        return _json(found)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= 1_000):
        raise ProblemError(400, "Bad limit", f"{text[:80]!r} is no number from 1 to 1000")
    return int(text)


def _world(app: Mock) -> World:
    return app.sessions.world(request.headers.get(HEADER))


# -- answers --------------------------------------------------------------------------------------


def _json(value: Json, status: int = 200) -> Response:
    return Response(encode(value), status, content_type="application/json")


def _problem(problem: ProblemError) -> Response:
    return Response(problem.body(), problem.status, problem.headers, content_type=MEDIA_TYPE)


def _explained(app: Mock, error: HTTPException) -> ProblemError:
    known = sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )
    detail = f"{request.method} {request.path}: {error.name}. Known: {', '.join(known)}"
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return ProblemError(error.code or 500, error.name, detail, headers=headers, known=known)


def _failed(app: Mock, error: Exception) -> Response:
    app.logger.error("%s %s", request.method, request.path, exc_info=error)
    return _problem(ProblemError(500, "Defect in the mock", "Its standard error has the details."))
