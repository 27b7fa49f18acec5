"""How a list chooses its page and order, where names are usual and leave no doubt.

A list of which we do not know whether it shows everything must not be judged, so one with any sign
of pages that we do not understand gets no words at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spec.document import Document, Json, escape
from spec.infer.findings import Kind, Shown
from spec.infer.records import core
from spec.places import mapping, sequence
from spec.shapes import kinds, properties, says

_SIZES = ("limit", "per_page", "perPage", "page_size", "pageSize", "size")
_OFFSETS = ("offset", "skip")
_PAGES = ("page", "page_number", "pageNumber")
_TOTALS = {
    *("total", "total_count", "totalCount", "total_items", "totalItems", "totalElements"),
    *("total_results", "totalResults"),
}
_PAGING = re.compile(
    r"(?i)limit|offset|skip|page|size|cursor|token|after|before|marker|start|from|until|top|count"
    r"|max|first|last|next|prev|scroll|continu|range"
)
"""Names of parameters, or of properties of an answer, that may have to do with pages."""

_NUMBERS = {"integer", "number"}


def words(
    document: Document, operation: str, response: str, shown: Shown, kind: Kind
) -> Mapping[str, Json] | str:
    """Return what x-contract-list says of an operation, or why it says nothing."""
    given = _parameters(document, operation)
    body = _around(document, response, shown)
    found: dict[str, Json] = {"items": shown.spot, **_paging(document, given)}
    taken = {*found.values()}
    strange = [name for name in given if name not in taken and _PAGING.search(name)]
    if strange:
        return f"the parameter {strange[0]!r} may have to do with pages"
    if document.get(f"{response}/headers/Link") or document.get(f"{response}/headers/link"):
        return "a Link header may lead to other pages"
    counters = _counters(document, body, found)
    hints = [name for name in body if f"/{escape(name)}" not in counters.values()]
    hints = [name for name in hints if _PAGING.search(name)]
    if hints and "limit" not in found:
        return f"the answer's {hints[0]!r} may have to do with pages"
    sort = next((name for name in ("sort", "order_by", "orderBy") if name in given), None)
    if sort is not None and _sorts(document, given[sort], kind):
        found["sort"] = sort
    return {**found, **({"counters": counters} if counters else {})}


def _parameters(document: Document, operation: str) -> dict[str, str]:
    """Return the query parameters of an operation with the pointers of their schemas."""
    found: dict[str, str] = {}
    for owner in (operation.rpartition("/")[0], operation):
        for number in range(len(sequence(document.get(f"{owner}/parameters")))):
            at, one = document.follow(f"{owner}/parameters/{number}")
            if isinstance(one, dict) and one.get("in") == "query":
                found[str(one.get("name"))] = f"{at}/schema"
    return found


def _paging(document: Document, given: Mapping[str, str]) -> dict[str, Json]:
    """Return the parameters for the size and the place of a page, where they are beyond doubt."""
    sizes = [name for name in _SIZES if name in given and _least(document, given[name], 1)]
    offsets = [name for name in _OFFSETS if name in given and _least(document, given[name], 0)]
    pages = [name for name in _PAGES if name in given and _from_one(document, given[name])]
    if len(sizes) != 1 or (sizes == ["size"] and not pages) or len(offsets) + len(pages) > 1:
        return {}
    found = {"limit": sizes[0]}
    if offsets:
        found["offset"] = offsets[0]
    if pages:
        found["page"] = pages[0]
    return found


def _least(document: Document, pointer: str, least: int) -> bool:
    """Tell whether a parameter is a whole number; who says no minimum lets nobody send less."""
    at = core(document, pointer)
    if kinds(document, at) - {"null"} != {"integer"}:
        return False
    stated = says(document, at, "minimum")
    return stated is None or stated >= least


def _from_one(document: Document, pointer: str) -> bool:
    """Tell whether pages are counted from 1, as far as the document says."""
    at = core(document, pointer)
    first = says(document, at, "minimum")
    first = says(document, pointer, "default") if first is None else first
    return _least(document, pointer, 0) and first == 1


def _around(document: Document, response: str, shown: Shown) -> dict[str, str]:
    """Return the properties that stand around the records in an answer."""
    if not shown.spot:
        return {}
    for name in mapping(document.get(f"{response}/content")):
        pointer = f"{response}/content/{escape(name)}/schema"
        if isinstance(document.get(pointer), dict):
            return properties(document, pointer)
    return {}


def _counters(
    document: Document, body: Mapping[str, str], found: Mapping[str, Json]
) -> dict[str, str]:
    """Return where an answer tells the total, and the page that was asked for."""
    numbers = [
        name for name, at in body.items() if kinds(document, core(document, at)) <= {"integer"}
    ]
    numbers = [name for name in numbers if kinds(document, core(document, body[name]))]
    totals = [name for name in numbers if name in _TOTALS]
    counters = {"total": f"/{escape(totals[0])}"} if len(totals) == 1 else {}
    for word in ("limit", "offset", "page"):
        if found.get(word) in numbers:
            counters[word] = f"/{escape(str(found[word]))}"
    return counters


def _sorts(document: Document, pointer: str, kind: Kind) -> bool:
    """Tell whether a parameter lists fields by which order is beyond doubt: numbers and times."""
    members = says(document, core(document, pointer), "enum")
    described = properties(document, kind.schema)
    if not isinstance(members, list) or not members:
        return False
    for one in members:
        field = described.get(str(one).removeprefix("-"))
        if field is None:
            return False
        at = core(document, field)
        timed = says(document, at, "format") == "date-time"
        if not timed and not kinds(document, at) - {"null"} <= _NUMBERS:
            return False
    return True
