"""What of the documents a session's answers have shown: statuses and codes by operation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from mockserver.admin.calls import answer, world_of
from spec import Contract, Json, Operation

if TYPE_CHECKING:
    from mockserver.app import Mock


def add(api: Blueprint, app: Mock) -> None:
    """Add the call that tells what was served."""

    @api.get("/coverage")
    def coverage() -> Response:
        world = world_of(app)
        with world.lock:
            served = world.journal.served.copy()
        rows = [
            _row(site.contract, one, served)
            for site in app.sites
            for one in site.contract.operations.values()
        ]
        return answer({"operations": rows, "total": _total(rows)})


def _row(
    contract: Contract, operation: Operation, served: Counter[tuple[str, str, int, str | None]]
) -> dict[str, Json]:
    statuses = Counter(dict.fromkeys((one for one in operation.responses if one.isdecimal()), 0))
    problems = Counter({one.name: 0 for one in contract.stated(operation)})
    for (document, name, status, problem), times in served.items():
        if (document, name) == (contract.name, operation.id):
            statuses[str(status)] += times
            if problem is not None:
                problems[problem] += times
    return {
        "document": contract.name,
        "operation": operation.id,
        "statuses": dict(sorted(statuses.items())),
        "problems": dict(problems),
    }


def _total(rows: list[dict[str, Json]]) -> Json:
    return {what: _share(rows, what) for what in ("statuses", "problems")}


def _share(rows: list[dict[str, Json]], what: str) -> Json:
    counts = [times for row in rows for times in row[what].values()]
    return {"known": len(counts), "served": sum(1 for one in counts if one)}
