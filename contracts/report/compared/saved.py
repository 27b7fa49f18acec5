"""A divergence as a file: all that is needed to send it again to both sides, but no secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.compare import Comparison, Divergence
from contracts.report import told
from contracts.report.compared.sides import secrets
from contracts.report.curl import shown_url
from contracts.report.hidden import hidden
from contracts.report.json import SCHEMA_VERSION
from spec import Json

REFERENCE = "REFERENCE_"
"""What begins the variables of B's secrets, where it has some of its own."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a comparison was asked for: the document and its overlays, as the user called them.

    `own` says that B has a profile of its own.
    """

    document: str
    overlays: Sequence[str] = ()
    own: bool = False


def divergence_file(found: Comparison, one: Divergence, origin: Origin) -> Json:
    """Return a divergence as plain values; `contracts.replay` reads them."""
    spot = {one.difference.spot} if one.difference else set()
    plain = {
        "schemaVersion": SCHEMA_VERSION,
        "document": origin.document,
        "overlays": [*origin.overlays],
        **told(found.grounds.left, mock=False),
        "reference": _reference(found, origin),
        "divergence": {
            "id": one.id,
            "verdict": one.verdict,
            "cause": list(one.contradiction.cause),
            "sentence": one.contradiction.sentence,
            "steps": [step.as_json() for step in one.steps],
            "passed": sorted(found.passed - spot),
        },
    }
    return hidden(plain, secrets(found))


def _reference(found: Comparison, origin: Origin) -> Json:
    """Return B; where it has no profile of its own, it is asked for with what A's tells."""
    right = found.grounds.right
    if not origin.own:
        return {"target": {"url": shown_url(right.url), "mock": found.mock}}
    plain = told(right, mock=found.mock)
    for one in plain["credentials"].values():
        one["variable"] = f"{REFERENCE}{one['variable']}"
    return plain
