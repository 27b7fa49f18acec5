"""What an operation on a pair of paths does to records, as far as all pieces fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spec.document import Document, Json
from spec.infer import lists as listing
from spec.infer.findings import Found, Kind, Shown
from spec.infer.kinds import operation
from spec.infer.messages import answered, has_body, sent, success
from spec.infer.records import akin, fields, lists, objects
from spec.shapes import properties

_Words = Mapping[str, Json]


def effect(document: Document, kind: Kind, path: str, method: str) -> Found | None:
    """Return what is inferred of an operation on a kind's pair, None where it has none."""
    pointer = operation(path, method)
    if not isinstance(document.get(pointer), dict):
        return None
    infer = _ON_ITEM.get(method) if path == kind.pair.item else _ON_COLLECTION.get(method)
    if infer is None:
        why = f"{method.upper()} on {'an item' if path == kind.pair.item else 'a collection'}"
        return Found(pointer, path, method, f"{why} may mean anything")
    found = success(document, pointer)
    if found is None:
        return Found(pointer, path, method, "no 2xx status is documented")
    if found[0] == 202:
        return Found(pointer, path, method, "202 says that the work is still to be done")
    words = infer(document, kind, pointer, found[1])
    if isinstance(words, str):
        return Found(pointer, path, method, words)
    advice = str(words.get("advice", ""))
    words = {word: one for word, one in words.items() if word != "advice"}
    return Found(pointer, path, method, _REASONS[next(iter(words["effect"]))], words, advice)


_REASONS = {
    "create": "POST on the collection, whose answer shows the new record",
    "list": "GET on the collection shows a list of records",
    "read": "GET on the item shows the record",
    "update": "PATCH on the item changes the fields that its body names",
    "replace": "PUT on the item puts its body in the record's place",
    "delete": "DELETE on the item",
}


def _key(kind: Kind) -> str:
    return f"request.path.{kind.pair.parameter}"


def _shown(document: Document, kind: Kind, response: str) -> Shown | str:
    """Return where an answer shows the record, or why nobody can tell."""
    schema = answered(document, response)
    if schema is None:
        return "its answer has no JSON body that is described"
    found = [one for one in objects(document, schema) if _is_record(document, kind, one)]
    if found and (len(found) == 1 or found[0].spot == ""):
        return found[0]
    return "several parts of its answer look like the record" if found else _UNRELATED


_UNRELATED = "its answer does not show a record such as GET on the item shows"


def _is_record(document: Document, kind: Kind, one: Shown) -> bool:
    named = kind.key.field in properties(document, one.schema)
    return named and akin(document, one.schema, kind.schema)


# -- on collections -------------------------------------------------------------------------------


def _create(document: Document, kind: Kind, pointer: str, response: str) -> _Words | str:
    body = sent(document, pointer)
    if body is None:
        return "its request has no body that is described, JSON or a form"
    carried = fields(document, body, kind.schema)
    if carried is None:
        return "its body has no field of the record"
    words: dict[str, Json] = {"create": kind.name}
    if carried.spot:
        words["request"] = carried.spot
    if not has_body(document, response):
        return {"effect": {**words, "response": None}}
    shown = _shown(document, kind, response)
    if isinstance(shown, str):
        return shown
    return {"effect": {**words, **({"response": shown.spot} if shown.spot else {})}}


def _list(document: Document, kind: Kind, pointer: str, response: str) -> _Words | str:
    schema = answered(document, response)
    if schema is None:
        return "its answer has no JSON body that is described"
    found = [one for one in lists(document, schema) if _is_record(document, kind, one)]
    if len(found) != 1:
        return "several lists in its answer hold such records" if found else _NO_LIST
    shown = found[0]
    effect = {"list": kind.name, **({"response": shown.spot} if shown.spot else {})}
    words = listing.words(document, pointer, response, shown, kind)
    if isinstance(words, str):
        return {"effect": effect, "advice": f"No x-contract-list, since {words}."}
    return {"effect": effect, "list": words}


_NO_LIST = "its answer shows no list of records such as GET on the item shows"


# -- on items -------------------------------------------------------------------------------------


def _read(document: Document, kind: Kind, pointer: str, response: str) -> _Words | str:
    shown = _shown(document, kind, response)
    if isinstance(shown, str):
        return shown
    words = {"read": kind.name, "key": _key(kind)}
    return {"effect": {**words, **({"response": shown.spot} if shown.spot else {})}}


def _changing(action: str) -> Callable[[Document, Kind, str, str], _Words | str]:
    def infer(document: Document, kind: Kind, pointer: str, response: str) -> _Words | str:
        body = sent(document, pointer)
        carried = fields(document, body, kind.schema) if body else None
        if carried is None:
            return "its body has no field of the record"
        words: dict[str, Json] = {action: kind.name, "key": _key(kind)}
        if carried.spot:
            words["request"] = carried.spot
        return {"effect": {**words, **_answer(document, kind, response)}}

    return infer


def _delete(document: Document, kind: Kind, pointer: str, response: str) -> _Words | str:
    words = {"delete": kind.name, "key": _key(kind)}
    return {"effect": {**words, **_answer(document, kind, response)}}


def _answer(document: Document, kind: Kind, response: str) -> dict[str, Json]:
    """Return where the answer shows the record; what it shows besides is nobody's promise."""
    shown = _shown(document, kind, response)
    if isinstance(shown, str):
        return {"response": None}
    return {"response": shown.spot} if shown.spot else {}


_Infer = Callable[[Document, Kind, str, str], _Words | str]
_ON_COLLECTION: Mapping[str, _Infer] = {"post": _create, "get": _list}
_ON_ITEM: Mapping[str, _Infer] = {
    "get": _read,
    "put": _changing("replace"),
    "patch": _changing("update"),
    "delete": _delete,
}
