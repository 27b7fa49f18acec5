"""What an operation does to stored records, and how it lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from spec.contract import Action, Effect, Fact, Filter, Listing, Response, Setting
from spec.document import Document
from spec.exceptions import DocumentError
from spec.vocabulary.conditions import conditions
from spec.vocabulary.names import check_known, path_at
from spec.vocabulary.root import Root

_ACTIONS = ("create", "read", "list", "update", "replace", "delete")


def effect(
    root: Root, pointer: str, facts: Mapping[str, Fact], responses: Mapping[str, Response]
) -> Effect | None:
    """Return what an accepted call does to records, None when the document does not say."""
    document = root.document
    given = document.get(pointer)
    if given is None:
        return None
    action = cast("Action", next(word for word in _ACTIONS if word in given))
    check_known(document, given[action], root.resources, f"{pointer}/{action}", "kind")
    sets = tuple(
        Setting(
            conditions(root.terms, one["when"], f"{pointer}/sets/{n}/when", facts), one["values"]
        )
        for n, one in enumerate(given.get("sets", ()))
    )
    return Effect(
        action=action,
        kind=given[action],
        key=path_at(document, given["key"], f"{pointer}/key", ["request"])
        if "key" in given
        else None,
        request=given.get("request", ""),
        response=given.get("response", ""),
        many=given.get("many", False),
        wrap=frozenset(given.get("wrap", ())),
        initial=given.get("initial", {}),
        sets=sets,
        status=_success(document, responses, pointer),
        place=document.place(pointer),
    )


def _success(document: Document, responses: Mapping[str, Response], pointer: str) -> int:
    found = sorted(int(status) for status in responses if status[:1] == "2" and status.isdigit())
    if not found:
        raise DocumentError(document.place(pointer), "an effect, but no 2xx response is documented")
    return found[0]


def listing(root: Root, pointer: str) -> Listing | None:
    """Return how an operation lists records, None when it does not."""
    given = root.document.get(pointer)
    if given is None:
        return None
    search = given.get("search", {})
    return Listing(
        items=given["items"],
        limit=given.get("limit"),
        offset=given.get("offset"),
        filters=tuple(Filter(name, field) for name, field in given.get("filters", {}).items()),
        search=search.get("parameter"),
        search_fields=tuple(search.get("fields", ())),
        order=tuple(given.get("order", ())),
        counters=given.get("counters", {}),
    )
