"""A run as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from contracts.report import curl
from contracts.report.hidden import forms, hidden
from contracts.run.findings import as_json
from contracts.run.ledger import Row
from contracts.run.results import Report
from contracts.run.roots import roots
from spec import Contract, Json

SCHEMA_VERSION = 1


def results(report: Report) -> Json:
    """Return a run as plain values without a secret in them."""
    secrets = forms(report.profile)
    contract, options = report.contract, report.options
    return hidden(
        {
            "schemaVersion": SCHEMA_VERSION,
            "tool": {"name": "conformock", "version": tool_version()},
            "document": about(contract),
            "target": {
                "url": curl.shown_url(report.profile.url),
                "isolation": report.profile.isolation,
            },
            "options": {
                "seed": options.seed,
                "walks": options.walks,
                "maxSeconds": options.max_seconds,
                "only": list(options.only),
                "skip": list(options.skip),
            },
            "exitCode": report.exit_code,
            "cutShort": report.cut_short,
            "interrupted": report.interrupted,
            "lost": report.lost or None,
            "counts": {state.value: number for state, number in report.ledger.counts().items()},
            "requests": report.requests,
            "walks": report.scenarios,
            "seconds": round(report.seconds, 3),
            "rows": [_row(row) for row in report.ledger],
            "roots": [
                {"sentence": one.sentence, "findings": list(one.findings)} for one in roots(report)
            ],
            "findings": [
                {
                    **_finding(as_json(one, secrets)),
                    "curl": curl.script(one, report.profile, contract),
                }
                for one in report.findings
            ],
        },
        secrets,
    )


def render(report: Report) -> str:
    """Return a run as the text of a JSON file."""
    return dumped(results(report))


def dumped(value: Json) -> str:
    """Return plain values as indented JSON text, ending with a line feed."""
    return json.dumps(value, indent=2, ensure_ascii=False).translate(_LONE) + "\n"


_LONE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def about(contract: Contract) -> Json:
    """Return what the tested document says of itself."""
    document = contract.document
    info = document.get("/info") or {}
    return {
        "name": contract.name,
        "file": document.file,
        "title": info.get("title"),
        "version": info.get("version"),
    }


def tool_version() -> str:
    """Return the version of this project, `source` where it is not installed."""
    try:
        return version("conformock")
    except PackageNotFoundError:
        return "source"


def _finding(plain: Json) -> Mapping[str, Json]:
    assert isinstance(plain, dict), "as_json gives an object"
    return plain


def _row(row: Row) -> Json:
    return {
        "id": row.id,
        "kind": row.kind,
        "operation": row.operation,
        "status": row.status,
        "problem": row.problem,
        "state": row.state.value,
        "reason": row.reason or None,
        "findings": list(row.findings),
        "place": row.place.plain,
    }
