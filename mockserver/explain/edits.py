"""Small changes to requests: one value, one key, one header."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import quote

from mockserver.fixtures import Account
from spec import ABSENT, Absent, Call, Contract, Json, RawRequest, carried, encode
from spec.places import pick, tokens
from spec.wire import parse, query_pairs

Where: TypeAlias = Literal["body", "query", "path", "header", "credential"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a request: the value at a pointer becomes another one, ABSENT is taken away.

    In parameters the pointer is `/name`. A `credential` becomes that of an account.
    """

    where: Where
    pointer: str
    becomes: Json | Absent
    account: Account | None = None

    def shown(self, raw: RawRequest, call: Call) -> dict[str, Json]:
        """Return the edit of a request as plain values."""
        told: dict[str, Json] = {"location": self.where, "pointer": self.pointer}
        if self.account is not None:
            return {**told, "becomes": self.account.name}
        found = pick(_before(self.where, raw, call), self.pointer, ABSENT)
        if found is not ABSENT:
            told["was"] = found
        if self.becomes is ABSENT:
            return {**told, "remove": True}
        return {**told, "becomes": self.becomes}


def _before(where: Where, raw: RawRequest, call: Call) -> Json:
    """Return what stood where an edit changes something; a secret may be among the headers."""
    match where:
        case "body":
            return _body(raw)
        case "path":
            return call.path
        case "query":
            return dict(query_pairs(raw.query))
        case "header" | "credential":
            return ABSENT


def edited(contract: Contract, call: Call, raw: RawRequest, edits: Iterable[Edit]) -> RawRequest:
    """Return a request after some edits."""
    path = {name: str(value) for name, value in call.path.items()}
    for one in edits:
        name = (tokens(one.pointer) or [""])[0]
        if one.where == "body":
            raw = _with_body(raw, one)
        elif one.where == "query":
            raw = _with_query(raw, name, one.becomes)
        elif one.where == "path":
            path[name] = str(one.becomes)
            raw = replace(raw, path=_path(contract, call, raw, path))
        elif one.where == "credential" and one.account is not None:
            raw = _with_header(raw, *carried(contract, one.account.credential))
        else:
            raw = _with_header(raw, name, one.becomes)
    return raw


def _body(raw: RawRequest) -> Json:
    return parse(raw.body)[0] if raw.body else ABSENT


def _with_body(raw: RawRequest, edit: Edit) -> RawRequest:
    body = _put(_body(raw), tokens(edit.pointer), edit.becomes)
    content = b"" if body is ABSENT else encode(body)
    changed = _with_header(replace(raw, body=content), "content-length", ABSENT)
    if "json" in (raw.header("content-type") or ""):
        return changed
    return _with_header(changed, "content-type", "application/json")


def _put(body: Json | Absent, path: list[str], value: Json | Absent) -> Json | Absent:
    if not path:
        return value
    changed = deepcopy(body) if isinstance(body, dict | list) else {}
    holder = changed
    for step in path[:-1]:
        holder = _inside(holder, step)
    if isinstance(holder, list):
        number = int(path[-1]) if path[-1].isdecimal() else len(holder)
        holder[number : number + 1] = [] if value is ABSENT else [value]
    elif value is ABSENT:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = value
    return changed


def _inside(holder: Json, step: str) -> Json:
    if isinstance(holder, list):
        return holder[int(step)] if step.isdecimal() and int(step) < len(holder) else {}
    if not isinstance(holder.get(step), dict | list):
        holder[step] = {}
    return holder[step]


def _with_query(raw: RawRequest, name: str, value: Json | Absent) -> RawRequest:
    parts = [part for part in raw.query.split("&") if part]
    kept = [part for part in parts if next(query_pairs(part))[0] != name]
    if value is not ABSENT:
        texts = value if isinstance(value, list) else [value]
        kept.append(f"{quote(name)}={quote(','.join(map(_text, texts)), safe=',')}")
    return replace(raw, query="&".join(kept))


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(contract: Contract, call: Call, raw: RawRequest, values: dict[str, str]) -> str:
    """Return the path of an operation with other values, under the base path that was asked."""
    path = call.operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    bases = sorted(contract.bases, key=len, reverse=True)
    base = next((one for one in bases if raw.path.startswith(f"{one}/")), contract.base_path)
    return base + path


def _with_header(raw: RawRequest, name: str, value: Json | Absent) -> RawRequest:
    kept = [(key, one) for key, one in raw.headers if key.lower() != name.lower()]
    if value is not ABSENT:
        kept.append((name.lower(), _text(value)))
    return replace(raw, headers=tuple(kept))
