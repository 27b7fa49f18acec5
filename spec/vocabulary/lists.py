"""How an operation lists records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from spec.contract import OPERATORS, Envelope, Filter, Listing, Operator, Parameter
from spec.document import Document, escape
from spec.vocabulary.meta import PREFIX
from spec.vocabulary.names import check_known
from spec.vocabulary.root import Root


def listing(root: Root, operation: str, parameters: Sequence[Parameter]) -> Listing | None:
    """Return how an operation lists records, None when it does not."""
    document, pointer = root.document, f"{operation}/{PREFIX}list"
    given = document.get(pointer)
    if given is None:
        return None
    effect = document.get(f"{operation}/{PREFIX}effect") or {}
    resource = root.resources.get(str(effect.get("list")))
    times = resource.times if resource else frozenset()
    search = given.get("search", {})
    envelope = given.get("envelope")
    found = Listing(
        items=given["items"],
        limit=given.get("limit"),
        offset=given.get("offset"),
        filters=tuple(_filters(given, times)),
        search=search.get("parameter"),
        search_fields=tuple(search.get("fields", ())),
        order=tuple(given.get("order", ())),
        counters=given.get("counters", {}),
        page=given.get("page"),
        sort=given.get("sort"),
        envelope=Envelope(envelope["when"], envelope["items"], envelope.get("counters", {}))
        if envelope
        else None,
        refused=frozenset(_refused(given)),
        instants=times,
    )
    _check_parameters(document, pointer, found, parameters)
    return found


def _filters(given: Mapping[str, Any], times: frozenset[str]) -> Iterator[Filter]:
    for name, one in given.get("filters", {}).items():
        field = one if isinstance(one, str) else one["field"]
        operator = "eq" if isinstance(one, str) else cast("Operator", one["operator"])
        yield Filter(name, field, operator, field in times)
    for field, operators in given.get("operators", {}).items():
        yield Filter(field, field, "eq", field in times)
        for operator in operators:
            yield Filter(f"{field}_{operator}", field, operator, field in times)


def _refused(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that a field's operators would have, were they among its own."""
    for field, operators in given.get("operators", {}).items():
        yield from (f"{field}_{one}" for one in OPERATORS if one not in operators)


def _check_parameters(
    document: Document, pointer: str, found: Listing, parameters: Sequence[Parameter]
) -> None:
    known = [one.name for one in parameters if one.location == "query"]
    for word in ("limit", "offset", "page", "search", "sort"):
        name = getattr(found, word)
        if name is not None:
            check_known(document, name, known, f"{pointer}/{word}", "query parameter")
    for one in found.filters:
        spot = f"{pointer}/filters/{escape(one.parameter)}"
        spot = spot if spot in document.marks else f"{pointer}/operators/{escape(one.field)}"
        check_known(document, one.parameter, known, spot, "query parameter")
    if found.envelope:
        check_known(
            document, found.envelope.parameter, known, f"{pointer}/envelope", "query parameter"
        )
