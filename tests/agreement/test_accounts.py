"""What real servers do and `accounts.yaml` says: each row of it is reached, nobody is accused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from contracts.cli.running import own_profile
from contracts.run.ledger import State
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import WsgiTarget
from mockserver import create_app
from spec import Contract, read

DOCUMENT = Path(__file__).parent / "accounts.yaml"
NOBODY_IS_REFUSED = {"closeAccount: refused-changes-nothing"}
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

contract: Callable[[], Contract] = cache(lambda: read(DOCUMENT))


def mock() -> Application:
    return create_app([DOCUMENT], frozen=1_800_000_000.0)


def tried(server: Application, **options: Any) -> Report:
    found = contract()
    target = WsgiTarget(server, found.base_path)
    return run(found, own_profile(found, None), target, Options(**options))


def sentences(report: Report) -> list[str]:
    return [one.contradiction.sentence for one in report.findings]


def test_every_row_that_can_be_is_proven() -> None:
    report = tried(mock(), walks=6, quick=True)

    left = {row.id for row in report.ledger if row.state is not State.PROVEN}
    assert sentences(report) == []
    assert left == NOBODY_IS_REFUSED


def test_a_change_that_is_refused_and_made_all_the_same_is_the_refusals_own() -> None:
    """The document refuses no title; whoever refuses one has not been reading badly."""
    inner = mock()

    def server(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        content = b"".join(inner(environ, lambda status, headers: told.append((status, headers))))
        status, headers = told.pop()
        if environ["REQUEST_METHOD"] == "PATCH" and re.search(rb'"title":""', content):
            status, content = "409 Conflict", b'{"code":"TAKEN"}'
            headers = [(name, value) for name, value in headers if name != "Content-Length"]
        start(status, headers)
        return [content]

    told: list[tuple[str, Any]] = []

    report = tried(server, walks=10)

    assert [one.contradiction.operation for one in report.findings] == ["changeAccount"]
    assert "answers 409 TAKEN where 200 is due" in sentences(report)[0]
    assert all(finding.reproduced for finding in report.findings)
