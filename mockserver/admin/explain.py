"""Why a request was answered as it was: `GET /requests/{id}/explain`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response

from mockserver.admin.calls import answer, world_of
from mockserver.admin.journal import found_in
from mockserver.explain import Edit, Ideas, Trial, account, edited, remedy
from mockserver.explain.edits import Where
from mockserver.journal import MOST_BODY, Entry
from mockserver.problems import ProblemError
from mockserver.wishes.magic import spots
from mockserver.wishes.preferences import wished
from mockserver.worlds import World
from spec import ABSENT, Call, Json, RawRequest, Unrouted, decode

if TYPE_CHECKING:
    from mockserver.app import Mock
    from mockserver.site import Site


def add(api: Blueprint, app: Mock) -> None:
    """Add the call that explains a request."""

    @api.get("/requests/<name>/explain")
    def explain(name: str) -> Response:
        world = world_of(app)
        with world.lock:
            entry = found_in(world.journal, name)
            shown = world.journal.shown(entry)
            told = {"request": shown, **_told(app, world, entry)}
            copy = world.fork(world.name) if _refused(entry) else None
        told["smallest_change"] = None if copy is None else _remedied(app, copy, entry)
        return answer(told)


def _site(app: Mock, entry: Entry) -> Site | None:
    return next((one for one in app.sites if one.contract.name == entry.document), None)


def _told(app: Mock, world: World, entry: Entry) -> dict[str, Json]:
    site = _site(app, entry)
    if site is None:
        outcome = {"status": entry.status, "note": entry.note}
        redacted = world.journal.redaction.value(outcome)
        return {"operation": None, "call": None, "rules": [], "changes": [], "outcome": redacted}
    return account(site.contract, entry, world.journal.redaction)


def _refused(entry: Entry) -> bool:
    whole = len(entry.request.body) < MOST_BODY
    return whole and entry.operation is not None and entry.status >= 400


def _remedied(app: Mock, world: World, entry: Entry) -> Json:
    """Return the smallest change that helps, tried in a copy of the session's world."""
    site = _site(app, entry)
    raw = entry.request
    call = decode(site.contract, raw) if site else None
    if site is None or call is None or isinstance(call, Unrouted):
        return None
    asked = _asked_for(raw, call, entry)
    if asked is not None:
        return {"edits": [one.shown(raw, call) for one in asked], "answer": None}
    accounts = app.premise.fixtures[site.contract.name].credentials
    ideas = Ideas(site.contract, call.operation, world.stores[site.contract.name], accounts)
    first = [*_without_magic(raw, call, ideas)]
    trials = _Trials(app, site, world)
    plain = edited(site.contract, call, raw, first)
    found = remedy(site.contract, call, plain, ideas, trials.tried)
    if found is None:
        return None
    return world.journal.redaction.value(found.after(first).shown(raw, call))


def _without_magic(raw: RawRequest, call: Call, ideas: Ideas) -> Iterator[Edit]:
    """Yield edits that put ordinary values in the place of magic ones."""
    for where, pointer in spots(raw, call):
        if where in {"body", "query", "path"}:
            yield from islice(ideas.values(cast("Where", where), pointer), 1)


def _asked_for(raw: RawRequest, call: Call, entry: Entry) -> list[Edit] | None:
    """Return what is to be left out of a request that asked for its refusal, None if it did not."""
    try:
        wishes = wished(raw, call.operation)
    except ProblemError:
        return [Edit("header", "/prefer", ABSENT)]
    if wishes.choose or entry.problem in wishes.errors:
        twins = [name for name in ("code", "example", "dynamic") if name in wishes.given]
        if raw.header("prefer") is not None:
            return [Edit("header", "/prefer", ABSENT)]
        return [Edit("query", f"/__{name}", ABSENT) for name in twins]
    return None


class _Trials:
    """Sends requests to copies of a world; what one does, no other sees."""

    def __init__(self, app: Mock, site: Site, world: World) -> None:
        self._app = app
        self._site = site
        self._world = world
        self._copy = world.fork(world.name)

    def tried(self, raw: RawRequest) -> Trial:
        """Return what comes of a request."""
        call = decode(self._site.contract, raw)
        if isinstance(call, Unrouted):
            return Trial(404, None, None, None)
        try:
            found = self._app.carried_out(self._site, self._copy, call)
        except ProblemError as problem:
            return Trial(problem.status, None, None, call)
        if found.status < 400:
            self._copy = self._world.fork(self._world.name)
        judgement = found.judgement
        refusal = judgement.first if judgement else None
        return Trial(found.status, refusal, judgement.context if judgement else None, call)
