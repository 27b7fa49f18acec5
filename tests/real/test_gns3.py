"""The suite on a real server, by its own document alone and with an overlay of ours.

Whatever it finds stands in `confirmed.toml`, with the reason why it is true; a sentence that does
not is a false alarm, or news. REAL_SEED chooses the seed.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from contracts.profile import load
from contracts.report import text
from contracts.run.findings import Finding
from contracts.run.ledger import State
from contracts.run.results import Options, Report
from contracts.run.runner import run
from contracts.target import HttpTarget
from spec import Contract, read
from tests.real.conftest import HERE, Server

Played: TypeAlias = Callable[[Options], Report]
SEED = int(os.environ.get("REAL_SEED", "0"))
_BUILT_IN = {
    "group": ("/v3/access/groups", "user_group_id", ["name", "is_builtin"]),
    "role": ("/v3/access/roles", "role_id", ["name", "is_builtin"]),
    "user": ("/v3/access/users", "user_id", ["username", "is_superadmin"]),
    "template": ("/v3/templates", "template_id", ["name", "builtin"]),
}


def test_the_document_as_it_is(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNS3_TOKEN", server.admin)
    contract = read(server.document)
    options = Options(seed=SEED, walks=60, quick=True)

    report = played(contract, HERE / "document.toml", server, options)

    assert unconfirmed(report, "document") == []
    assert proven(report) >= 340
    assert not [request for request, _ in report.log if "/shutdown" in request.path]


def test_the_document_with_what_the_server_truly_does(described: Played) -> None:
    report = described(Options(seed=SEED, walks=60, quick=True))

    assert unconfirmed(report, "described") == []
    assert proven(report) >= 260


def test_some_operations_in_depth(described: Played) -> None:
    report = described(Options(seed=SEED, walks=0, only=("resource_pool", "drawing")))

    assert unconfirmed(report, "described") == []
    assert proven(report) >= 65


@pytest.fixture
def described(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    """Run the suite with the overlay, and the records that the server begins with."""
    monkeypatch.setenv("GNS3_ADMIN", server.admin)
    monkeypatch.setenv("GNS3_OBSERVER", server.observer)
    contract = read(server.document, overlays=[HERE / "overlay.yaml"])
    profile = tmp_path / "profile.toml"
    profile.write_text((HERE / "described.toml").read_text("utf-8") + built_in(server), "utf-8")
    return partial(played, contract, profile, server)


def played(contract: Contract, profile: Path, server: Server, options: Options) -> Report:
    target = HttpTarget(server.url)
    try:
        report = run(contract, load(profile, contract, url=server.url), target, options)
    finally:
        target.close()
    tell(report)
    return report


def built_in(server: Server) -> str:
    """Return one of the records of each kind that a server begins with, for a profile."""
    lines = []
    for kind, (path, key, names) in _BUILT_IN.items():
        rows = server.ask(path, server.admin)
        row = next(one for one in rows if one[names[-1]] is True)
        lines += [
            f"[[known.{kind}]]",
            *(f"{one} = {json.dumps(row[one])}" for one in (key, *names)),
        ]
    return "\n" + "\n".join(lines) + "\n"


def proven(report: Report) -> int:
    return report.ledger.counts()[State.PROVEN]


def unconfirmed(report: Report, part: str) -> list[str]:
    """Return the sentences of findings, merged ones too, that nobody has confirmed."""
    entries = tomllib.loads((HERE / "confirmed.toml").read_text("utf-8"))["finding"]
    known = [one for one in entries if part in one["in"]]
    return [
        sentence
        for finding in report.findings
        for sentence in said(finding)
        if not any(_tells_of(one, finding, sentence) for one in known)
    ]


def _tells_of(entry: Mapping[str, Any], finding: Finding, sentence: str) -> bool:
    shown = sentence == finding.contradiction.sentence
    raw = not (shown and entry.get("bytes")) or finding.steps[-1].raw is not None
    return raw and re.search(entry["says"], sentence) is not None


def said(finding: Finding) -> list[str]:
    return [finding.contradiction.sentence, *finding.notes]


def tell(report: Report) -> None:
    """Print what was found, for those who run it by hand: `make real ARGS=-s`."""
    counts = {state.value: number for state, number in report.ledger.counts().items()}
    print(f"\nseed {report.options.seed}: {len(report.findings)} findings, {counts}, "
          f"{report.requests} requests, {report.seconds:.0f} s")  # fmt: skip
    for line in text.lines(report):
        if line.plain.startswith("✗"):
            print(line.plain)
    out = os.environ.get("REAL_OUT")
    if out:
        name = f"{report.contract.document.name}-{report.options.seed}-{len(report.ledger.rows)}"
        Path(out, f"{name}.txt").write_text(text.render(report), "utf-8")
        sentences = sorted({one for finding in report.findings for one in said(finding)})
        Path(out, f"{name}.json").write_text(json.dumps(sentences), "utf-8")
