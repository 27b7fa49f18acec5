"""A power table as people read it, and as programs do."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.text import Text

from contracts.power.measure import Power, Score
from contracts.power.trials import Trial
from spec import Json

SCHEMA_VERSION = 1
_MOST_ROWS = 6
_HEAD = ("group", "killed", "share", "requests", "ms", "longest")


def lines(power: Power) -> Iterator[Text]:
    """Yield the table by groups, then each survivor with the rows that should have told it."""
    yield Text(power.document, "bold")
    rows = [(name, *_cells(score)) for name, score in power.groups.items()]
    rows.append(("semantic", *_cells(power.semantic)))
    rows.append(("all", *_cells(power.whole)))
    widths = [max(len(row[n]) for row in (_HEAD, *rows)) for n in range(len(_HEAD))]
    for row in (_HEAD, *rows):
        name, *cells = row
        yield Text(
            f"  {name.ljust(widths[0])}  "
            + "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)),
            "bold" if row is _HEAD or name == "all" else "",
        )
    yield Text(
        "  requests, ms: the median until the first finding; longest: of the shortest sequences"
    )
    yield Text(
        f"  the mock itself: nothing found in {power.clean_requests} requests, "
        f"{power.clean_seconds:.1f} s; {len(power.trials)} mutants in {power.seconds:.0f} s"
    )
    for one in power.survivors:
        yield from _survivor(one)


def _cells(score: Score) -> tuple[str, ...]:
    return (
        f"{score.killed}/{score.total}",
        f"{100 * score.share:.1f} %",
        f"{score.requests:.0f}",
        f"{1000 * score.seconds:.0f}",
        str(score.steps),
    )


def _survivor(one: Trial) -> Iterator[Text]:
    yield Text()
    yield Text.assemble(("✗ survives ", "bold red"), f"{one.number}  {one.name}")
    yield Text(f"  {one.group}, {one.kind}; {one.place}")
    if one.tried:
        rest = len(one.tried) - _MOST_ROWS
        more = f" and {rest} more" if rest > 0 else ""
        yield Text(f"  not told by {', '.join(one.tried[:_MOST_ROWS])}{more}")
    if one.doubt:
        yield Text(f"  in doubt: {one.doubt}")


def as_json(power: Power) -> Json:
    """Return the table as plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "document": power.document,
        "killed": power.whole.killed,
        "total": power.whole.total,
        "semantic": _plain(power.semantic),
        "classes": {name: _plain(score) for name, score in power.groups.items()},
        "seconds": round(power.seconds, 3),
        "clean": {"requests": power.clean_requests, "seconds": round(power.clean_seconds, 3)},
        "mutants": [_mutant(one) for one in power.trials],
    }


def _plain(score: Score) -> Json:
    return {
        "killed": score.killed,
        "total": score.total,
        "medianRequests": score.requests,
        "medianSeconds": round(score.seconds, 4),
        "longestSequence": score.steps,
    }


def _mutant(one: Trial) -> Json:
    return {
        "number": one.number,
        "class": one.group,
        "kind": one.kind,
        "operation": one.operation or None,
        "name": one.name,
        "place": one.place.plain,
        "killed": one.killed,
        "requests": one.requests,
        "seconds": round(one.seconds, 4),
        "steps": one.steps,
        "row": one.row or None,
        "finding": one.sentence or None,
        "notToldBy": list(one.tried),
        "doubt": one.doubt or None,
    }


def rendered(power: Power) -> str:
    """Return the table as the text of a JSON file."""
    return json.dumps(as_json(power), indent=2, ensure_ascii=False) + "\n"
