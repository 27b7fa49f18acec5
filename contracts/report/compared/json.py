"""A comparison as JSON, for programs."""

from __future__ import annotations

from contracts.compare import Comparison, Contradiction, Divergence, Unstable
from contracts.report.compared.sides import Side, secrets, sides
from contracts.report.curl import shown_url
from contracts.report.hidden import hidden
from contracts.report.json import SCHEMA_VERSION, about, dumped, tool_version
from spec import Json


def render(found: Comparison) -> str:
    """Return a comparison as the text of a JSON file."""
    return dumped(results(found))


def results(found: Comparison) -> Json:
    """Return a comparison as plain values without a secret in them."""
    grounds, options = found.grounds, found.options
    plain = {
        "schemaVersion": SCHEMA_VERSION,
        "tool": {"name": "conformock", "version": tool_version()},
        "document": about(found.contract),
        "targets": {
            "A": {"url": shown_url(grounds.left.url), "isolation": grounds.left.isolation},
            "B": {
                "url": shown_url(grounds.right.url),
                "isolation": grounds.right.isolation,
                "mock": found.mock,
            },
        },
        "options": {
            "seed": options.seed,
            "walks": options.walks,
            "maxCases": options.cases,
            "maxSeconds": options.max_seconds,
            "only": list(options.only),
            "skip": list(options.skip),
        },
        "exitCode": found.exit_code,
        "cutShort": found.cut_short,
        "interrupted": found.interrupted,
        "lost": found.lost or None,
        "compared": found.compared,
        "requests": found.requests,
        "walks": found.scenarios,
        "seconds": round(found.seconds, 3),
        "divergences": [_divergence(found, one) for one in found.divergences],
        "unstable": [_unstable(one) for one in found.unstable],
        "leftOut": list(grounds.notes),
        "skipped": dict(found.skipped.most_common()),
        "contradictedAlike": found.alike,
    }
    return hidden(plain, secrets(found))


def _divergence(found: Comparison, one: Divergence) -> Json:
    return {
        "id": one.id,
        "verdict": one.verdict,
        "cause": list(one.contradiction.cause),
        "operation": one.contradiction.operation,
        "operations": sorted(one.operations),
        "sentence": one.contradiction.sentence,
        "difference": one.difference.sentence if one.difference else None,
        "document": one.contradiction.place.plain,
        "scenario": one.scenario,
        "seen": one.seen,
        "reproduced": one.reproduced,
        "also": list(one.notes),
        **{
            side.name: _side(side, wrong)
            for side, wrong in zip(sides(found, one), one.against, strict=True)
        },
    }


def _side(side: Side, wrong: Contradiction | None) -> Json:
    return {
        "said": side.said,
        "contradicts": wrong.sentence if wrong else None,
        "steps": [step.as_json() for step in side.steps],
        "exchanges": [exchange.as_json(side.secrets) for exchange in side.exchanges],
        "curl": side.script,
    }


def _unstable(unstable: Unstable) -> Json:
    one = unstable.divergence
    return {
        "id": one.id,
        "sides": list(unstable.sides),
        "operation": one.contradiction.operation,
        "sentence": one.contradiction.sentence,
        "document": one.contradiction.place.plain,
    }
