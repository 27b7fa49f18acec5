"""The mock server: a Flask app in which documents are served by what they say of themselves.

    URL → decode → judge → refusal or behaviour → verify own answer → journal

Requests under a document's base path take the short way of `Mock.wsgi_app`, through the contract's
own router; the admin API is Flask's as usual.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeAlias

from flask import Flask

from mockserver import admin, wsgi
from mockserver import fixtures as fixture_files
from mockserver.behaviours import Behaviour, Reply, behaviours
from mockserver.cors import Cors
from mockserver.fixtures import Fixtures
from mockserver.journal import MOST_BODY, Entry, kept, plain
from mockserver.preferences import errors_asked_for, with_faults
from mockserver.problems import MEDIA_TYPE, ProblemError, allowed, printable, unrouted
from mockserver.sessions import HEADER, Premise, Sessions, World
from mockserver.store import Change
from spec import (
    ABSENT,
    Call,
    ConfigurationError,
    Context,
    Contract,
    Document,
    Json,
    RawAnswer,
    RawRequest,
    Unrouted,
    Verdict,
    Violation,
    decode,
    encode,
    forbidden,
    judge,
    read,
    violations,
)
from spec.document import shipped

_MOST_VIOLATIONS = 8 * 1024
Source: TypeAlias = str | Path | Document | Contract


@dataclass(frozen=True, slots=True)
class Site:
    """A document, ready to be served."""

    contract: Contract
    behaviours: Mapping[str, Behaviour]
    openapi: Mapping[str, Json]

    @property
    def base(self) -> str:
        """The path under which the document's operations stand."""
        return self.contract.base_path


@dataclass(slots=True)
class Answer:
    """What goes back, with what the journal and the X-Mock headers tell of how it came about.

    It is completed on its way out, so it is not frozen.
    """

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    document: str | None = None
    operation: str | None = None
    rule: str | None = None
    violations: tuple[Violation, ...] = ()
    changes: tuple[Change, ...] = ()
    note: str | None = None

    @classmethod
    def of(cls, problem: ProblemError) -> Answer:
        """Return the answer that states a problem of the mock itself."""
        headers = [("Content-Type", MEDIA_TYPE), *problem.headers.items()]
        return cls(problem.status, problem.body(), headers, note=printable(str(problem)))


class Mock(Flask):
    """A WSGI app that serves documents statefully."""

    def __init__(
        self,
        sites: Sequence[Site],
        premise: Premise,
        *,
        seed: int,
        cors: Cors,
        most_body: int,
        clock: Callable[[], float],
    ) -> None:
        """Serve `sites`, each session beginning with `premise`; `clock` gives the journal's times.

        `seed` is what everything random begins with; nothing is random yet.
        """
        super().__init__("mockserver", static_folder=None)
        # The longest base path first: one document may stand below another's path.
        self.sites = sorted(sites, key=lambda site: -len(site.base))
        self.premise = premise
        self.seed = seed
        self.sessions = Sessions(lambda: World.fresh(premise, ""))
        self._cors = cors
        self._most_body = most_body
        self._clock = clock
        self._turn = threading.Lock()

    def wsgi_app(self, environ: wsgi.Environ, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if admin.is_admin(environ.get("PATH_INFO", "")):
            return super().wsgi_app(environ, start_response)
        if self._cors.is_preflight(environ):
            return wsgi.respond(start_response, 204, self._cors.preflight(environ), b"")
        answer = self._exchange(environ)
        headers = answer.headers + self._cors.headers(environ)
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
            return self._exchanged(environ, body, began)

    def _exchanged(self, environ: wsgi.Environ, body: bytes | ProblemError, began: float) -> Answer:
        raw = wsgi.request(environ, body if isinstance(body, bytes) else b"")
        world = self.sessions.base
        try:
            if isinstance(body, ProblemError):
                raise body
            world = self.sessions.world(raw.header(HEADER))
            with world.lock:
                answer = self._answer(world, raw, environ)
        except ProblemError as problem:
            answer = Answer.of(problem)
        except Exception:  # a defect of ours, which the caller is not shown; the state is as before
            self.logger.exception("%s %s", raw.method, printable(raw.target))
            answer = Answer.of(_DEFECT)
        self._note(world, raw, answer, began)
        return answer

    def _answer(self, world: World, raw: RawRequest, environ: wsgi.Environ) -> Answer:
        site = self._site(raw)
        call = decode(site.contract, raw)
        if isinstance(call, Unrouted):
            return self._unrouted(site, call, raw, environ)
        try:
            call = with_faults(site.contract, call, errors_asked_for(raw))
            answer = self._carried_out(site, world, call)
        except ProblemError as problem:
            answer = Answer.of(problem)
        answer.document = site.contract.name
        answer.operation = call.operation.id
        if raw.header("prefer") is not None:
            answer.headers.append(("Vary", "Prefer"))
        return answer

    def _carried_out(self, site: Site, world: World, call: Call) -> Answer:
        contract, store = site.contract, world.stores[site.contract.name]
        writes = call.operation.writes
        with store.transaction() if writes else nullcontext():
            judgement = judge(contract, call, store)
            refusal = judgement.first
            if refusal is not None:
                reply = refused(contract, call, refusal)
            else:
                reply = site.behaviours[call.operation.id](contract, judgement.context, store)
            answer = sent(call, reply, refusal)
            verify(contract, judgement.context, answer, reply)
        answer.changes = tuple(store.changes) if writes else ()
        return answer

    def _site(self, raw: RawRequest) -> Site:
        for site in self.sites:
            if raw.path.startswith(site.base + "/"):
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
        raise unrouted(site.contract, found, raw.method, raw.path, others=bases)

    def _note(self, world: World, raw: RawRequest, answer: Answer, began: float) -> None:
        with world.lock:
            name = world.request_id()
            answer.headers += _mock_headers(name, answer)
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
                violations=answer.violations,
                changes=answer.changes,
                note=answer.note,
            )
            world.journal.note(entry)


_DEFECT = ProblemError(
    500, "Defect in the mock", "Its standard error has the details; nothing was changed."
)


def refused(contract: Contract, call: Call, verdict: Verdict) -> Reply:
    """Return the reply that states the problem of a verdict."""
    problem = verdict.problem
    headers = {}
    if problem.name in call.faults:
        headers["Preference-Applied"] = f"error={problem.name}"
    if problem.status == 401 and contract.scheme and contract.scheme.word:
        headers["WWW-Authenticate"] = contract.scheme.word
    message = printable(verdict.message) if verdict.message else None
    return Reply(problem.status, problem.render(message), headers)


def sent(call: Call, reply: Reply, refusal: Verdict | None) -> Answer:
    """Return a reply as it goes over the wire."""
    headers = [*reply.headers.items()]
    answer = Answer(reply.status, b"", headers)
    if reply.body is not ABSENT:
        headers.insert(0, ("Content-Type", _media_type(call, reply.status)))
        answer.body = encode(reply.body)
    if refusal is not None:
        answer.rule = refusal.label
        answer.violations = call.violations if refusal.message else ()
    return answer


def verify(contract: Contract, context: Context, answer: Answer, reply: Reply) -> None:
    """Make sure that an answer is one the document describes.

    Raises: ProblemError: the mock, its fixtures or the document contradict the document.
    """
    operation = context.call.operation
    raw = RawAnswer(answer.status, tuple(answer.headers), answer.body)
    wrong = next(violations(contract, operation, raw, value=reply.body), None)
    if wrong is None and answer.rule is None:
        wrong = next(forbidden(contract, context, reply.body), None)
    if wrong is not None:
        raise ProblemError(
            500,
            "Own answer contradicts the document",
            f"{operation.id} {answer.status}: {wrong}. See {contract.document.file}#{wrong.schema}",
            pointer=wrong.pointer,
            schema=wrong.schema,
        )


def _media_type(call: Call, status: int) -> str:
    response = call.operation.response(status)
    return next(iter(response.media), "application/json") if response else "application/json"


def _mock_headers(name: str, answer: Answer) -> list[tuple[str, str]]:
    headers = [("X-Mock-Request-Id", name)]
    if answer.operation:
        headers.append(("X-Mock-Operation", answer.operation))
    if answer.rule:
        headers.append(("X-Mock-Rule", answer.rule))
    if answer.violations:
        headers.append(("X-Mock-Violations", _listed(answer.violations)))
    return headers


def _listed(wrong: Iterable[Violation]) -> str:
    """Return as many violations as fit, as one JSON array in ASCII."""
    parts: list[str] = []
    room = _MOST_VIOLATIONS
    for one in wrong:
        part = json.dumps(plain(one))
        room -= len(part) + 2
        if room < 2:
            break
        parts.append(part)
    return f"[{', '.join(parts)}]"


def _document(site: Site, environ: wsgi.Environ) -> Answer:
    """Return the OpenAPI document, its server being the one that was asked."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    url = f"{environ.get('wsgi.url_scheme', 'http')}://{printable(host)}{site.base}"
    body = encode({**site.openapi, "servers": [{"url": url}]})
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
    return Answer(200, body, headers, document=site.contract.name)


def create_app(
    documents: Sequence[Source] | None = None,
    *,
    fixtures: str | Path | None = None,
    seed: int = 0,
    cors: bool | Collection[str] = True,
    admin_token: str | None = None,
    hosts: Collection[str] = (),
    most_body: int = wsgi.MOST_BODY,
    clock: Callable[[], float] = time.time,
) -> Mock:
    """Return a mock of the documents: shipped names, paths, or what was loaded or read already.

    Without `documents` it serves all shipped ones. `fixtures` takes the place of the shipped ones
    when there is one document. `cors` lists the origins that may read answers, all of them with
    True. `hosts` are names, beside the loopback's, under which the admin API may be called.
    `admin_token` is made up when none is given.

    Raises: ConformockError: a document or the fixtures can't be used.
    """
    sources = [*shipped()] if documents is None else documents
    contracts = [one if isinstance(one, Contract) else read(one) for one in sources]
    _check_bases(contracts)
    sites = [Site(one, behaviours(one), one.document.data) for one in contracts]
    premise = Premise.of(
        contracts, {one.name: _fixtures(one, fixtures, contracts) for one in contracts}
    )
    app = Mock(sites, premise, seed=seed, cors=Cors(cors), most_body=most_body, clock=clock)
    admin.install(app, token=admin_token or token_urlsafe(24), hosts=hosts)
    return app


def _fixtures(contract: Contract, given: str | Path | None, all_: Sequence[Contract]) -> Fixtures:
    if given is not None and len(all_) > 1:
        raise ConfigurationError(str(given), f"one file of fixtures for {len(all_)} documents")
    path = Path(given) if given is not None else fixture_files.shipped(contract.name)
    return fixture_files.read(contract, path) if path else Fixtures()


def _check_bases(contracts: Sequence[Contract]) -> None:
    if not contracts:
        raise ConfigurationError("documents", "there is none", "at least one document")
    seen: dict[str, Contract] = {}
    names: set[str] = set()
    for contract in contracts:
        other = seen.get(contract.base_path)
        if other is not None:
            raise ConfigurationError(
                contract.document.place("/servers"),
                f"the base path {contract.base_path!r} is that of {other.document.file} too",
                "a base path of its own for each document",
            )
        if contract.name in names:
            raise ConfigurationError(contract.document.file, f"a second document {contract.name!r}")
        if admin.is_admin(contract.base_path):
            raise ConfigurationError(
                contract.document.place("/servers"), f"{admin.PREFIX} belongs to the mock itself"
            )
        seen[contract.base_path] = contract
        names.add(contract.name)
