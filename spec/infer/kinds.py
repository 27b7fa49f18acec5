"""Kinds of records: what a pair of paths is about, its key, its owner, and what requests decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from spec.contract.resources import Maker
from spec.document import Document, escape
from spec.infer.findings import Key, Kind, Pair, Shown
from spec.infer.keys import key, parameter
from spec.infer.messages import answered, sent, success
from spec.infer.records import core, fields, lists, objects, same_scalar
from spec.shapes import kinds, properties, required, says

_UNSURE = {
    *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"),
    *("uri", "uri-reference", "url", "iri", "iri-reference", "password", "byte", "binary"),
    *("decimal", "phone"),
}
"""Formats of texts that servers like to store in another spelling, or not to show again."""

_HIDDEN = re.compile(r"(?i)passw|secret|token|credential|pin$|cvc|cvv")
_GENERIC = {"id", "uuid", "guid", "name", "slug", "key", "code", "type"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"[A-Za-z0-9_$-]+")


def kind(document: Document, pair: Pair, name: str) -> Kind | str:
    """Return the kind of record that a pair of paths is about, or why there is none."""
    if not _PARAMETER.fullmatch(pair.parameter):
        return f"the path parameter {pair.parameter!r} has a name that no dotted path can hold"
    found = _record(document, pair)
    if isinstance(found, str):
        return found
    shown, field = found
    tenant = _tenant(document, pair, shown.schema, field)
    if isinstance(tenant, str):
        return tenant
    return Kind(
        name=name,
        pair=pair,
        schema=document.follow(shown.schema)[0],
        key=field,
        made=_made(document, pair, shown.schema, field),
        tenant=tenant,
        stated=tuple(_stated(document, pair, shown.schema, field)),
    )


def operation(path: str | None, method: str) -> str:
    """Return the pointer of a method of a path."""
    return f"/paths/{escape(path or '')}/{method}"


def _record(document: Document, pair: Pair) -> tuple[Shown, Key] | str:
    """Return where the record is shown best, and its key: one by itself before one in a list."""
    why = "no answer shows a record"
    for shown in _candidates(document, pair):
        fitting = [(one, key(document, pair, one.schema)) for one in shown]
        told = [(one, field) for one, field in fitting if isinstance(field, Key)]
        if told and (len(told) == 1 or told[0][0].spot == ""):
            return told[0]
        if len(told) > 1:
            why = "several parts of the answer look like the record"
        elif shown:
            why = str(fitting[0][1])
    return why


def _candidates(document: Document, pair: Pair) -> Iterator[list[Shown]]:
    """Yield where each operation's answer may show a record."""
    for path, method in (
        (pair.item, "get"),
        (pair.item, "put"),
        (pair.item, "patch"),
        (pair.collection, "post"),
    ):
        schema = _shown_by(document, path, method)
        if schema is not None:
            yield objects(document, schema)
    schema = _shown_by(document, pair.collection, "get")
    if schema is not None:
        yield lists(document, schema)


def _shown_by(document: Document, path: str | None, method: str) -> str | None:
    found = success(document, operation(path, method)) if path else None
    return answered(document, found[1]) if found else None


# -- keys and owners ------------------------------------------------------------------------------


def _made(document: Document, pair: Pair, schema: str, field: Key) -> Maker:
    """Return who makes the keys: the client where a creation must have one in its body."""
    described = core(document, properties(document, schema)[field.field])
    body = sent(document, operation(pair.collection, "post")) if pair.collection else None
    carried = fields(document, body, schema) if body is not None else None
    if carried is None:
        return "given"
    own = properties(document, carried.schema).get(field.field)
    needed = field.field in required(document, carried.schema)
    if own is not None and needed and says(document, own, "readOnly") is not True:
        return "client"
    if kinds(document, described) - {"null"} == {"integer"}:
        return "number"
    return "uuid" if says(document, described, "format") == "uuid" else "text"


def _tenant(document: Document, pair: Pair, schema: str, field: Key) -> dict[str, str] | str:
    """Return the fields that hold the other parameters of the path, with what they must equal."""
    described = properties(document, schema)
    found: dict[str, str] = {}
    for name in pair.around:
        declared = parameter(document, pair.item, name)
        if declared is None or not _PARAMETER.fullmatch(name):
            return f"the path parameter {name!r} is not declared, or no dotted path can hold it"
        told = described.get(name)
        same = told is not None and same_scalar(document, declared, told)
        own = name != field.field and name.lower() not in _GENERIC and (told is None or same)
        owner = (
            name if own and _NAME.fullmatch(name) else f"path_{re.sub('[^A-Za-z0-9_]', '_', name)}"
        )
        found[owner] = f"request.path.{name}"
    return found


# -- what requests decide -------------------------------------------------------------------------


def _stated(document: Document, pair: Pair, schema: str, field: Key) -> Iterator[str]:
    """Yield the plain fields that a request sets, and every request and answer describes alike."""
    bodies = [*_bodies(document, pair, schema)]
    answers = [
        properties(document, one.schema) for shown in _candidates(document, pair) for one in shown
    ]
    for name, at in properties(document, schema).items():
        settings = [body[name] for body in bodies if name in body]
        if name == field.field or not settings or _HIDDEN.search(name):
            continue
        if str(says(document, core(document, at), "format")) in _UNSURE:
            continue
        if any(says(document, at, word) is True for word in ("readOnly", "writeOnly")):
            continue
        told = [answer[name] for answer in answers if field.field in answer and name in answer]
        if all(same_scalar(document, one, at) for one in (*settings, *told)):
            yield name


def _bodies(document: Document, pair: Pair, schema: str) -> Iterator[Mapping[str, str]]:
    """Yield the properties that each request on the pair may set."""
    for path, method in ((pair.collection, "post"), (pair.item, "put"), (pair.item, "patch")):
        body = sent(document, operation(path, method)) if path else None
        carried = fields(document, body, schema) if body else None
        if carried is not None:
            yield properties(document, carried.schema)
