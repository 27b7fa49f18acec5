"""What an operation does to stored records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from spec.contract import Action, Effect, Fact, Part, Response, Setting
from spec.document import Document, Json
from spec.exceptions import DocumentError
from spec.media import preferred
from spec.shapes import described, items
from spec.vocabulary.conditions import conditions, templates
from spec.vocabulary.jobs import job
from spec.vocabulary.meta import PREFIX
from spec.vocabulary.names import check_known, path_at
from spec.vocabulary.root import Root

_ACTIONS = (
    "create", "read", "list", "update", "replace", "delete", "entries", "upsert", "act",
)  # fmt: skip


def effect(
    root: Root, operation: str, facts: Mapping[str, Fact], responses: Mapping[str, Response]
) -> Effect | None:
    """Return what an accepted call does to records, None when the document does not say."""
    document, pointer = root.document, f"{operation}/{PREFIX}effect"
    given = document.get(pointer)
    work = job(root, f"{operation}/{PREFIX}job", facts)
    if given is None or ("act" in given) is not (work is not None):
        _check_complete(document, operation, given, work)
        return None
    action = cast("Action", next(word for word in _ACTIONS if word in given))
    check_known(document, given[action], root.resources, f"{pointer}/{action}", "kind")
    shown = root.resources[given[action]]
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
        sets=_settings(root, given, pointer, facts),
        status=_success(document, responses, pointer),
        place=document.place(pointer),
        keeps=frozenset(given.get("keeps", ())),
        part=_part(root, given, pointer, given[action]),
        job=work,
        shows=_shows(root, operation, given, responses) if shown.open else None,
    )


def _shows(
    root: Root, operation: str, given: Json, responses: Mapping[str, Response]
) -> str | None:
    """Return the schema that describes the record in the answer, None where it is the kind's."""
    document = root.document
    own = root.resources[given[next(word for word in _ACTIONS if word in given)]].schema
    spot = f"{operation}/{PREFIX}effect"
    response = responses[str(_success(document, responses, spot))]
    media = preferred([one for one, schema in response.media.items() if schema])
    pointer = response.media[media] if media else None
    listed = document.get(f"{operation}/{PREFIX}list/items", given.get("response", ""))
    if pointer is None or listed is None:
        return None
    at = described(document, pointer, listed)
    if at is not None and ("list" in given or given.get("many")):
        at = items(document, at)
    if at is None or (own and document.follow(at)[0] == document.follow(own)[0]):
        return None
    return document.follow(at)[0]


def _check_complete(document: Document, operation: str, given: Json, work: object) -> None:
    """Refuse a job without the effect `act`, and the effect without a job."""
    if given is None and work is None:
        return
    word, missing = (f"{PREFIX}job", "effect `act`") if work else (f"{PREFIX}effect", "job")
    raise DocumentError(document.place(f"{operation}/{word}"), f"there is no {missing} with it")


def _settings(
    root: Root, given: Mapping[str, Any], pointer: str, facts: Mapping[str, Fact]
) -> tuple[Setting, ...]:
    return tuple(
        Setting(
            conditions(root.terms, one["when"], f"{pointer}/sets/{n}/when", facts),
            templates(root.terms, one["values"], f"{pointer}/sets/{n}/values", facts),
        )
        for n, one in enumerate(given.get("sets", ()))
    )


def _part(root: Root, given: Mapping[str, Any], pointer: str, kind: str) -> Part | None:
    wanted = "entries" in given or "upsert" in given
    if not wanted and "part" not in given:
        return None
    parts = root.resources[kind].parts
    name = given.get("part", "")
    check_known(root.document, name, parts, f"{pointer}/part" if name else pointer, "part")
    return parts[name]


def _success(document: Document, responses: Mapping[str, Response], pointer: str) -> int:
    found = sorted(int(status) for status in responses if status[:1] == "2" and status.isdigit())
    if not found:
        raise DocumentError(document.place(pointer), "an effect, but no 2xx response is documented")
    return found[0]
