"""The mock server: a Flask app in which documents are served by what they say of themselves.

    URL → decode → judge → refusal or behaviour → verify own answer → journal

Requests under a document's base path take the short way of `Mock.wsgi_app`, through the contract's
own router; the admin API is Flask's as usual.
"""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from mockserver import admin, wsgi
from mockserver.answers import Answer, mock_headers, refused, sent, turned_away
from mockserver.cors import Cors
from mockserver.faults import pause
from mockserver.journal import MOST_BODY, Entry, kept
from mockserver.problems import ProblemError, allowed, printable, unrouted
from mockserver.site import Site
from mockserver.wishes.preferences import wished
from mockserver.wishes.wishing import Wishing
from mockserver.worlds import HEADER, Premise, Sessions, World, naming
from spec import (
    Call,
    RawRequest,
    Unrouted,
    Verdict,
    decode,
    encode,
)

if TYPE_CHECKING:
    from mockserver.reload import Reload

_TICK_S = 0.005
"""How long jobs rest between two looks at what is due, in seconds."""

_BREATH_S = 0.002
"""How long they rest when more is due already, so that requests get their turn."""


class Mock(Flask):
    """A WSGI app that serves documents statefully."""

    def __init__(
        self,
        sites: Sequence[Site],
        premise: Premise,
        *,
        cors: Cors,
        most_body: int,
        clock: Callable[[], float],
        magic: bool,
        state: Path | None = None,
    ) -> None:
        """Serve `sites`, each session beginning with `premise`; journals have `clock`'s times.

        With `magic`, values in requests may ask for errors. `state` is the file that keeps the
        worlds; without one they end with the process.
        """
        super().__init__("mockserver", static_folder=None)
        self.config["MAX_CONTENT_LENGTH"] = max(most_body, admin.MOST_BODY)
        # The longest base path first: one document may stand below another's path.
        self.sites = sorted(sites, key=lambda site: -len(site.base))
        starts = [(f"{base}/", site) for site in self.sites for base in site.contract.bases]
        self._starts = sorted(starts, key=lambda start: -len(start[0]))
        self.premise = premise
        self.sessions = Sessions(premise, state)
        self._cors = cors
        self._most_body = most_body
        self._clock = clock
        self._wishing = Wishing(self.carried_out, premise.seed, magic)
        self.stop: Callable[[], None] | None = None
        """What ends the server that the mock runs in, where somebody has said."""
        self._turn = threading.Lock()
        self._begun = threading.Event()
        self._ticking = False
        self.reload: Reload | None = None

    def become(self, other: Mock) -> None:
        """Serve what `other` serves, and go on with our own worlds.

        Raises: ConfigurationError: some records do not fit the edited documents; nothing was done.
        """
        with self._turn:
            self.sessions.move(other.sessions)
            self.sites, self._starts, self.premise = other.sites, other._starts, other.premise
        self.wake()

    def close(self) -> None:
        """Let go of the state file, if there is one; no request may come any more."""
        self.sessions.close()

    def report(self, what: str) -> None:
        """Log the exception that is being handled, and what it struck, without a secret."""
        told = f"{what}\n{traceback.format_exc().rstrip()}"
        self.logger.error("%s", self.premise.redaction.text(told))

    def wsgi_app(self, environ: wsgi.Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if naming.is_prefixed(path):
            environ = naming.unprefixed(environ)
            path = environ["PATH_INFO"]
            start_response = naming.leading_back(start_response, environ)
        if admin.is_admin(path):
            return super().wsgi_app(environ, start_response)
        if self._cors.is_preflight(environ):
            return wsgi.respond(start_response, 204, self._cors.preflight(environ), b"")
        if "HTTP_COOKIE" in environ:
            environ = naming.by_cookie(environ)
        answer = self._exchange(environ)
        headers = answer.headers + self._cors.headers(environ)
        if answer.delivery is not None:
            status = wsgi.status_line(answer.status)
            return answer.delivery.send(environ, start_response, status, headers, answer.body)
        bare = environ["REQUEST_METHOD"] == "HEAD"
        return wsgi.respond(start_response, answer.status, headers, answer.body, bare=bare)

    def _exchange(self, environ: wsgi.Environ) -> Answer:
        began = self._clock()
        body: bytes | ProblemError
        try:
            body = wsgi.body(environ, self._most_body)
        except ProblemError as problem:
            body = problem
        # Threads that wait here leave the interpreter to the one that works, which is several times
        # as fast as when they fight for it; only bodies are read side by side.
        with self._turn:
            answer, world = self._exchanged(environ, body, began)
        if answer.begun:
            self._go_on(world, answer.wait_s)
        if answer.delay_ms and not pause(answer.delay_ms):
            self.logger.warning("an answer was not held back: too many are")
        return answer

    def _exchanged(
        self, environ: wsgi.Environ, body: bytes | ProblemError, began: float
    ) -> tuple[Answer, World]:
        raw = wsgi.request(environ, body if isinstance(body, bytes) else b"")
        world = self.sessions.base
        try:
            if isinstance(body, ProblemError):
                raise body
            world = self.sessions.world(self._session(raw))
            with world.lock:
                if world.pending and not (self._ticking and not world.clock.exact):
                    self._catch_up(world)
                answer = self._answer(world, raw, environ)
        except ProblemError as problem:
            answer = Answer.of(self._discreet(problem))
        except Exception:  # a defect of ours, which the caller is not shown; the state is as before
            self.report(f"{raw.method} {printable(raw.target)}")
            answer = Answer.of(_DEFECT)
        self._note(world, raw, answer, began)
        return answer, world

    def _session(self, raw: RawRequest) -> str | None:
        """Return the name of a request's session, which stands in many places that are shown."""
        name = raw.header(HEADER)
        if name is not None and self.premise.redaction.text(name) != name:
            raise ProblemError(400, "Bad session name", f"{HEADER} holds a credential")
        return name

    def _answer(self, world: World, raw: RawRequest, environ: wsgi.Environ) -> Answer:
        site = self._site(raw)
        call = decode(site.contract, raw)
        if isinstance(call, Unrouted):
            return self._unrouted(site, call, raw, environ)
        try:
            wishes = wished(raw, call.operation)
            answer = self._wishing.answer(site, world, raw, call, wishes)
        except ProblemError as problem:
            answer = Answer.of(self._discreet(problem))
        answer.document = site.contract.name
        answer.operation = call.operation.id
        if raw.header("prefer") is not None:
            answer.headers.append(("Vary", "Prefer"))
        if answer.applied:
            answer.headers.append(("Preference-Applied", ", ".join(answer.applied)))
        return answer

    def _discreet(self, problem: ProblemError) -> ProblemError:
        """Return a problem that shows no secret, whatever the request had in it."""
        redaction = self.premise.redaction
        problem.detail = redaction.text(problem.detail)
        problem.members = redaction.value(problem.members)
        problem.args = (redaction.text(str(problem)),)
        return problem

    def carried_out(self, site: Site, world: World, call: Call) -> Answer:
        """Judge a call in a world whose lock is held, and refuse it or do what it asks for."""
        contract, store = site.contract, world.stores[site.contract.name]
        writes = call.operation.writes
        with store.transaction(call.operation.id) if writes else nullcontext():
            judgement = site.judging(contract, call, store)
            refusal = judgement.first
            if refusal is not None:
                reply = refused(contract, self._unspoken(refusal))
            else:
                reply = site.behaviours[call.operation.id](contract, judgement.context, store)
            answer = sent(call, reply, refusal)
            site.checking(contract, judgement.context, answer, reply)
            if reply.begun:
                begun = reply.begun
                world.jobs[contract.name].begin(judgement.context, begun.key, begun.members)
                answer.begun = world.pending = True
        answer.judgement = judgement
        answer.changes = tuple(store.changes) if writes else ()
        return answer

    def _unspoken(self, refusal: Verdict) -> Verdict:
        """Return a refusal whose sentence has no secret in it."""
        message = refusal.message
        shown = None if message is None else self.premise.redaction.text(message)
        return refusal if shown == message else replace(refusal, message=shown)

    # -- jobs -------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Go on with the jobs of all sessions for as long as the process lives.

        For a thread of its own: requests then need not wait for work that is due.
        """
        self._ticking = True
        while True:
            self._begun.wait()
            self._begun.clear()
            while going := [one for one in self.sessions.worlds() if one.going]:
                more = False
                for world in going:
                    with self._turn, world.lock:
                        more |= self._catch_up(world)
                time.sleep(_BREATH_S if more else _TICK_S)

    def wake(self) -> None:
        """Let `tick` look whether there is work to do."""
        self._begun.set()

    def _go_on(self, world: World, wait_s: float | None) -> None:
        """See to a job that was accepted; where jobs are immediate, the answer waits for it.

        A client may have said how long it wants to wait.
        """
        self.wake()
        if wait_s is None:
            wait_s = math.inf if world.pace.mode == "immediate" else 0
        until = time.monotonic() + wait_s
        more = True
        while more and time.monotonic() < until:
            with self._turn, world.lock:
                more = self._catch_up(world) or world.going
                busy = world.pace.mode == "immediate"
            if more and not busy:
                time.sleep(_TICK_S)

    def _catch_up(self, world: World) -> bool:
        try:
            return world.catch_up()
        except Exception:  # a defect of ours; no request after this one shall fail for it
            self.report(f"the jobs of session {world.name or 'base'!r} stand still")
            world.pending = False
            return False

    # -- routes -----------------------------------------------------------------------------------

    def _site(self, raw: RawRequest) -> Site:
        for start, site in self._starts:
            if raw.path.startswith(start):
                return site
        return max(
            self.sites, key=lambda one: SequenceMatcher(None, one.base, raw.path[:200]).ratio()
        )

    def _unrouted(
        self, site: Site, found: Unrouted, raw: RawRequest, environ: wsgi.Environ
    ) -> Answer:
        path = f"{site.base}/openapi.json"
        if raw.path == path and not found.allowed:
            found = replace(found, allowed=("GET",))
            if raw.method in {"GET", "HEAD"}:
                return _document(site, environ)
        if raw.method == "OPTIONS" and (found.allowed or raw.path == "*"):
            return Answer(204, b"", [("Allow", allowed(found))])
        bases = {one.contract.name: one.base for one in self.sites}
        problem = self._discreet(unrouted(site.contract, found, raw.method, raw.path, others=bases))
        if raw.path.startswith(site.base + "/"):
            answer = turned_away(site.contract, found, problem)
            if answer is not None:
                return answer
        raise problem

    def _note(self, world: World, raw: RawRequest, answer: Answer, began: float) -> None:
        with world.lock:
            name = world.request_id()
            answer.headers += mock_headers(name, answer, self.premise.redaction)
            entry = Entry(
                id=name,
                time=began,
                duration_ms=round((self._clock() - began) * 1000, 3),
                request=kept(raw),
                status=answer.status,
                headers=tuple(answer.headers),
                body=answer.body[:MOST_BODY],
                document=answer.document,
                operation=answer.operation,
                rule=answer.rule,
                problem=answer.problem,
                violations=answer.violations,
                changes=answer.changes,
                note=answer.note,
                judgement=answer.judgement if len(raw.body) <= MOST_BODY else None,
            )
            world.journal.note(entry)


_DEFECT = ProblemError(
    500, "Defect in the mock", "Its standard error has the details; nothing was changed."
)


def _document(site: Site, environ: wsgi.Environ) -> Answer:
    """Return the OpenAPI document, its server being the one that was asked."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    base = f"{printable(naming.prefix_of(environ))}{site.base}"
    url = f"{environ.get('wsgi.url_scheme', 'http')}://{printable(host)}{base}"
    body = encode({**site.openapi, "servers": [{"url": url}]})
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
    return Answer(200, body, headers, document=site.contract.name)
