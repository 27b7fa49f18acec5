"""The jobs that operations set going."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from spec.contract import Change, Fact, Job, Outcome
from spec.contract.jobs import Way
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import conditions, templates
from spec.vocabulary.names import check_known, path_at
from spec.vocabulary.root import Root

_WAYS = ("set", "union", "merge", "upsert")


def job(root: Root, pointer: str, facts: Mapping[str, Fact]) -> Job | None:
    """Return the job that stands at `pointer`, None when there is none."""
    document = root.document
    given = document.get(pointer)
    if given is None:
        return None
    for word in ("kind", "each"):
        check_known(document, given[word], root.resources, f"{pointer}/{word}", "kind")
    counters, entries = given["counters"], given["entries"]
    waiting, running, finished = given["states"]
    return Job(
        kind=given["kind"],
        handle=given["handle"],
        members=path_at(document, given["members"], f"{pointer}/members", ["resource", "request"]),
        each=given["each"],
        total=counters["total"],
        done=counters["done"],
        failed=counters["failed"],
        state=given["state"],
        states=(waiting, running, finished),
        entries=entries["field"],
        member=entries["member"],
        telling=tuple(entries.get("telling", ())),
        initial=templates(root.terms, given.get("initial", {}), f"{pointer}/initial", facts),
        outcomes=_outcomes(root, given, pointer, facts),
        changes=tuple(
            _change(root, one, f"{pointer}/changes/{n}", facts)
            for n, one in enumerate(given.get("changes", ()))
        ),
    )


def _outcomes(
    root: Root, given: Mapping[str, Any], pointer: str, facts: Mapping[str, Fact]
) -> tuple[Outcome, ...]:
    found = tuple(
        Outcome(
            conditions(root.terms, one.get("when", {}), f"{pointer}/outcomes/{n}/when", facts),
            one.get("success", False),
            templates(root.terms, one["entry"], f"{pointer}/outcomes/{n}/entry", facts),
        )
        for n, one in enumerate(given["outcomes"])
    )
    if found[-1].when:
        raise DocumentError(
            root.document.place(f"{pointer}/outcomes"),
            "no outcome is left for a member that meets none of the conditions",
            "a last one without `when`",
        )
    return found


def _change(
    root: Root, given: Mapping[str, Any], pointer: str, facts: Mapping[str, Fact]
) -> Change:
    way = cast("Way", next(word for word in _WAYS if word in given))
    return Change(
        way=way,
        when=conditions(root.terms, given["when"], f"{pointer}/when", facts),
        values=templates(root.terms, given[way], f"{pointer}/{way}", facts),
        by=tuple(given.get("by", ())),
    )
