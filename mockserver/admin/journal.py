"""The journal of a session: to read, to search, to take away."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from mockserver.admin.about import version
from mockserver.admin.calls import answer, body, limit, world_of
from mockserver.har import archive
from mockserver.journal import Entry, Journal
from mockserver.patterns import Asked, pattern
from mockserver.problems import ProblemError, difference, unknown
from mockserver.worlds import World
from spec import Contract, Json, Operation, RawRequest

if TYPE_CHECKING:
    from mockserver.app import Mock

_MOST_NEAR = 3
_FORMATS = ("json", "har")


def add(api: Blueprint, app: Mock) -> None:
    """Add the calls that show, search and clear the journal."""
    _showing(api, app)
    _searching(api, app)


def _showing(api: Blueprint, app: Mock) -> None:
    @api.get("/requests")
    def requests() -> Response:
        world = world_of(app)
        most = limit(request.args.get("limit", "100"))
        wanted = request.args.get("format", "json")
        if wanted not in _FORMATS:
            raise ProblemError(400, "Bad format", f"{wanted[:80]!r} is neither json nor har")
        with world.lock:
            newest, total = [*islice(world.journal.entries(), most)], len(world.journal)
        # Shown when the lock is free again: requests need not wait for it.
        if wanted == "har":
            return answer(archive(world.journal, reversed(newest), version()))
        return answer({"requests": [*map(world.journal.shown, newest)], "total": total})

    @api.delete("/requests")
    def clear() -> Response:
        world = world_of(app)
        with world.lock:
            world.journal.clear()
        return Response(status=204)

    @api.get("/requests/<name>")
    def entry(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            return answer(world.journal.shown(found_in(world.journal, name)))


def _searching(api: Blueprint, app: Mock) -> None:
    @api.post("/requests/find")
    def find() -> Response:
        world = world_of(app)
        return answer({"requests": [*map(world.journal.shown, _found(world))]})

    @api.post("/requests/count")
    def count() -> Response:
        return answer({"count": len(_found(world_of(app)))})

    @api.get("/requests/unmatched/near-misses")
    def near_misses() -> Response:
        world = world_of(app)
        with world.lock:
            lost = [one for one in world.journal.entries() if one.operation is None]
        near = [
            {
                "request": world.journal.shown(one),
                "nearest": world.journal.redaction.value(_nearest(app, one.request)),
            }
            for one in lost[:100]
        ]
        return answer({"nearMisses": near})


def found_in(journal: Journal, name: str) -> Entry:
    """Return the entry of an id.

    Raises: ProblemError: there is none.
    """
    found = journal.find(name)
    if found is None:
        raise unknown("request", name, [one.id for one in islice(journal.entries(), 12)])
    return found


def _found(world: World) -> list[Entry]:
    """Return the entries that the pattern in the body means, the newest first."""
    wanted = pattern(body())
    with world.lock:
        entries = [*world.journal.entries()]
    return [
        one for one in entries if wanted.matches(Asked(one.request, one.document, one.operation))
    ]


def _nearest(app: Mock, lost: RawRequest) -> list[Json]:
    """Return the operations that look most like a request, the nearest first."""
    known = [
        (_distance(site.contract, one, lost), site.contract, one)
        for site in app.sites
        for one in site.contract.operations.values()
    ]
    known.sort(key=lambda near: near[0])
    return [
        {
            "document": contract.name,
            "operation": one.id,
            "method": one.method,
            "path": contract.base_path + one.path,
            "distance": round(distance, 3),
            "difference": difference(contract, one, lost.path),
        }
        for distance, contract, one in known[:_MOST_NEAR]
    ]


def _distance(contract: Contract, operation: Operation, lost: RawRequest) -> float:
    """Return how unlike an operation's method and path a request's are; holes take what is sent."""
    wanted = f"{contract.base_path}{operation.path}".split("/")
    given = lost.path[:500].split("/")
    filled = [
        got if "{" in want and got else want
        for want, got in zip_longest(wanted, given[: len(wanted)], fillvalue="")
    ]
    whole = f"{operation.method} {'/'.join(filled)}"
    return 1 - SequenceMatcher(None, f"{lost.method} {'/'.join(given)}", whole).ratio()
