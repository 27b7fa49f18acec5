"""The application factory: a mock made of documents, fixtures, a clock and a state file."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from secrets import token_urlsafe
from typing import TypeAlias

from mockserver import admin, wsgi
from mockserver import fixtures as fixture_files
from mockserver.app import Mock
from mockserver.clock import Clock
from mockserver.cors import Cors
from mockserver.fixtures import Fixtures
from mockserver.jobs import Pace
from mockserver.site import Site
from mockserver.worlds import Premise, naming
from spec import ConfigurationError, Contract, Document, read
from spec.document import shipped

Source: TypeAlias = str | Path | Document | Contract


def create_app(
    documents: Sequence[Source] | None = None,
    *,
    overlays: Sequence[str | Path] = (),
    fixtures: str | Path | Fixtures | None = None,
    seed: int = 0,
    cors: bool | Collection[str] = True,
    admin_token: str | None = None,
    hosts: Collection[str] = (),
    most_body: int = wsgi.MOST_BODY,
    clock: Callable[[], float] = time.time,
    frozen: float | None = None,
    step: float = 0.0,
    speed: float | None = None,
    jobs: Pace | None = None,
    state: str | Path | None = None,
    magic: bool = True,
    site: Callable[[Contract], Site] = Site.of,
) -> Mock:
    """Return a mock of the documents: shipped names, paths, or what was loaded or read already.

    Without `documents` it serves all shipped ones. `overlays` are laid over the one document there
    is. `fixtures` takes the place of the shipped ones when there is one document. `cors` lists the
    origins that may read answers, all of them with True. `hosts` are names, beside localhost and IP
    addresses, under which the admin API may be called. `admin_token` is made up when none is given.
    `clock` is the real time, in seconds since 1970; with `frozen` the worlds' clocks stand there
    until the admin API moves them, or go `step` seconds ahead at each look, or with `speed` go from
    there, so many times as fast. `jobs` says how work goes on after its answer. `seed` is what ids
    that are made begin with. `state` is the file that keeps all worlds over a restart. With
    `magic`, a value `mock-error:NAME` provokes an error. `site` may put something else in the place
    of what a document is served with.

    Raises: ConformockError: a document, the fixtures or the state file can't be used.
    """
    contracts = _contracts([*shipped()] if documents is None else documents, overlays)
    sites = [site(one) for one in contracts]
    token = admin_token or token_urlsafe(24)
    premise = Premise.of(
        [one.contract for one in sites],
        {one.name: _fixtures(one, fixtures, contracts) for one in contracts},
        {one.contract.name: one.jobs for one in sites},
        clock=_clock(clock, frozen, step, speed),
        pace=jobs or Pace(),
        seed=seed,
        secrets=[token],
    )
    app = Mock(
        sites,
        premise,
        cors=Cors(cors),
        most_body=most_body,
        clock=clock,
        magic=magic,
        state=None if state is None else Path(state),
    )
    admin.install(app, token=token, hosts=hosts)
    return app


def _contracts(sources: Sequence[Source], overlays: Sequence[str | Path]) -> list[Contract]:
    """Return what is to be served, each document under a path of its own."""
    if overlays and len(sources) != 1:
        found = f"{len(sources)} documents to lay them over"
        raise ConfigurationError("overlays", found, "one document")
    contracts = [
        one if isinstance(one, Contract) else read(one, overlays=overlays) for one in sources
    ]
    _check_bases(contracts)
    return contracts


def _clock(
    source: Callable[[], float], frozen: float | None, step: float, speed: float | None
) -> Clock:
    clock = Clock(source, frozen, step=step)
    if speed is not None:
        clock.set("scaled", frozen, factor=speed)
    return clock


def _fixtures(
    contract: Contract, given: str | Path | Fixtures | None, all_: Sequence[Contract]
) -> Fixtures:
    if isinstance(given, Fixtures):
        return given
    if given is None:
        return fixture_files.shipped_with(contract)
    if len(all_) > 1:
        raise ConfigurationError(str(given), f"one file of fixtures for {len(all_)} documents")
    return fixture_files.read(contract, Path(given))


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
        if admin.is_admin(contract.base_path) or naming.is_prefixed(contract.base_path):
            raise ConfigurationError(
                contract.document.place("/servers"),
                f"the base path {contract.base_path!r} belongs to the mock itself",
            )
        seen[contract.base_path] = contract
        names.add(contract.name)
