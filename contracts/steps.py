"""A request in terms that can be sent again: values made fresh, and values learnt from answers.

A sequence of steps is a program without branches. Run on a fresh start it makes its own data under
new names, so that a finding can be shrunk, replayed tomorrow, and printed as curl.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import quote

from spec import (
    ABSENT,
    Absent,
    Contract,
    Credential,
    Json,
    Operation,
    RawAnswer,
    RawRequest,
    carried,
    encode,
    pick,
)


@dataclass(frozen=True, slots=True)
class Ref:
    """A value out of the answer to an earlier step (`step` counts from 0)."""

    step: int
    pointer: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A text that nobody has used before; the same number is the same text within one run."""

    number: int
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A value out of an earlier answer, written otherwise: as a text with others around it."""

    value: Ref
    before: str = ""
    after: str = ""


Template: TypeAlias = Any
"""A JSON value that may hold `Ref`, `Fresh` and `Spelt` anywhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request, as a template.

    `credential` is a name of the profile, or `=…` for a literal secret (`=scheme …` for one of
    another scheme than the first), or None for none.
    `raw` replaces the JSON encoding of `body`. `query` holds plain texts, or templates.
    `provokes` is a problem that the profile knows how to bring about. `method` and `suffix` make it
    a request that no operation answers: another method, or a longer path.
    """

    operation: str
    credential: str | None
    path: Mapping[str, Template] = field(default_factory=dict)
    query: tuple[tuple[str, Template], ...] = ()
    body: Template | Absent = ABSENT
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    content_type: str | None = "application/json"
    provokes: str | None = None
    note: str = ""
    method: str | None = None
    suffix: str = ""

    def refs(self) -> set[int]:
        """Return the numbers of the earlier steps that this one needs."""
        found: set[int] = set()
        _walk([self.path, list(self.query), self.body], lambda ref: found.add(ref.step))
        return found

    def as_json(self) -> Json:
        """Return the step as plain values; `of_json` reads them back."""
        return {
            "operation": self.operation,
            "credential": self.credential,
            "path": _tagged(dict(self.path)),
            "query": [[name, _tagged(value)] for name, value in self.query],
            "body": None if self.body is ABSENT else {"json": _tagged(self.body)},
            "headers": [list(one) for one in self.headers],
            "raw": None if self.raw is None else base64.b64encode(self.raw).decode(),
            "content_type": self.content_type,
            "provokes": self.provokes,
            "note": self.note,
            "method": self.method,
            "suffix": self.suffix,
        }


def of_json(given: Mapping[str, Json]) -> Step:
    """Return the step that `Step.as_json` wrote.

    Raises: KeyError, TypeError, ValueError: the values are not a step.
    """
    raw = given["raw"]
    return Step(
        operation=str(given["operation"]),
        credential=given["credential"],
        path=_untagged(given["path"]),
        query=tuple((str(name), _untagged(value)) for name, value in given["query"]),
        body=ABSENT if given["body"] is None else _untagged(given["body"]["json"]),
        headers=tuple((str(name), str(value)) for name, value in given["headers"]),
        raw=None if raw is None else base64.b64decode(raw, validate=True),
        content_type=given["content_type"],
        provokes=given.get("provokes"),
        note=str(given.get("note", "")),
        method=given.get("method"),
        suffix=str(given.get("suffix", "")),
    )


def _walk(value: Template, visit: Callable[[Ref], object]) -> None:
    if isinstance(value, Ref):
        visit(value)
    elif isinstance(value, Spelt):
        visit(value.value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _walk(inner, visit)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _walk(inner, visit)


def mapped(value: Template, change: Callable[[Ref | Fresh], Template]) -> Template:
    """Return a template with each `Ref` and `Fresh` replaced; what is spelt becomes a text."""
    if isinstance(value, (Ref, Fresh)):
        return change(value)
    if isinstance(value, Spelt):
        inner = change(value.value)
        if isinstance(inner, Ref):
            return replace(value, value=inner)
        return f"{value.before}{text(inner)}{value.after}"
    if isinstance(value, Mapping):
        return {key: mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [mapped(inner, change) for inner in value]
    return value


def _tagged(value: Template) -> Json:
    if isinstance(value, Spelt):
        one = value.value
        return {"$spelt": [one.step, one.pointer, value.before, value.after]}
    if isinstance(value, Mapping):
        return {key: _tagged(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tagged(inner) for inner in value]
    return mapped(
        value,
        lambda one: (
            {"$ref": [one.step, one.pointer]}
            if isinstance(one, Ref)
            else {"$fresh": [one.number, one.suffix]}
        ),
    )


def _untagged(value: Json) -> Template:
    if isinstance(value, dict):
        if set(value) == {"$ref"} and isinstance(value["$ref"], list):
            return Ref(int(value["$ref"][0]), str(value["$ref"][1]))
        if set(value) == {"$spelt"} and isinstance(value["$spelt"], list):
            step, pointer, before, after = value["$spelt"]
            return Spelt(Ref(int(step), str(pointer)), str(before), str(after))
        if set(value) == {"$fresh"} and isinstance(value["$fresh"], list):
            return Fresh(int(value["$fresh"][0]), str(value["$fresh"][1]))
        return {key: _untagged(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_untagged(inner) for inner in value]
    return value


def shifted(step: Step, numbers: Mapping[int, int]) -> Step:
    """Return the step with its references renumbered."""

    def change(one: Ref | Fresh) -> Template:
        return replace(one, step=numbers[one.step]) if isinstance(one, Ref) else one

    return replace(
        step,
        path=mapped(step.path, change),
        query=tuple((name, mapped(value, change)) for name, value in step.query),
        body=step.body if step.body is ABSENT else mapped(step.body, change),
    )


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent and the answer that came."""

    step: Step
    request: RawRequest
    answer: RawAnswer
    body: Json

    def as_json(self, secrets: Mapping[str, str]) -> Json:
        """Return the exchange as plain values, each secret replaced by its placeholder."""

        def hidden(data: bytes) -> str:
            text = redacted(data.decode("utf-8", errors="backslashreplace"), secrets)
            return text if len(text) <= 4096 else text[:4096] + "…"

        return {
            "request": {
                "method": self.request.method,
                "target": redacted(self.request.target, secrets),
                "headers": [[k, redacted(v, secrets)] for k, v in self.request.headers],
                "body": hidden(self.request.body),
            },
            "answer": {
                "status": self.answer.status,
                "headers": [[k, redacted(v, secrets)] for k, v in self.answer.headers],
                "body": hidden(self.answer.body),
            },
        }


def redacted(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text in which no known secret stands any more."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, secrets[secret])
    return text


def resolved(
    template: Template, exchanges: Sequence[Exchange], fresh: Callable[[Fresh], str]
) -> Json:
    """Return the JSON value of a template; a reference that leads nowhere gives null."""

    def change(one: Ref | Fresh) -> Json:
        if isinstance(one, Fresh):
            return fresh(one)
        return pick(exchanges[one.step].body, one.pointer)

    return mapped(template, change)


def request_of(
    contract: Contract,
    base: str,
    step: Step,
    *,
    credentials: Mapping[str, Credential],
    exchanges: Sequence[Exchange] = (),
    fresh: Callable[[Fresh], str],
    session: tuple[str, str] | None = None,
) -> RawRequest:
    """Return the bytes that a step sends."""
    operation = contract.operations[step.operation]
    path = base + _path(operation, resolved(dict(step.path), exchanges, fresh)) + step.suffix
    pairs = [
        (name, one)
        for name, value in step.query
        for one in _sent(operation, name, resolved(value, exchanges, fresh))
    ]
    query = "&".join(
        f"{quote(name, safe='')}={quote(text(value), safe='')}" for name, value in pairs
    )
    headers = list(step.headers)
    if session is not None:
        headers.append(session)
    if step.credential is not None:
        headers.append(carried(contract, credential_of(contract, step.credential, credentials)))
    body = b""
    if step.raw is not None:
        body = step.raw
    elif step.body is not ABSENT:
        body = encode(resolved(step.body, exchanges, fresh))
    if (step.raw is not None or step.body is not ABSENT) and step.content_type is not None:
        headers.append(("Content-Type", step.content_type))
    return RawRequest(step.method or operation.method, path, query, tuple(headers), body)


def _sent(operation: Operation, name: str, value: Json) -> list[Json]:
    """Return the values that go out one by one: a list's members where each has its own place."""
    exploded = any(one.name == name and one.many and one.explode for one in operation.parameters)
    return value if exploded and isinstance(value, list) else [value]


def credential_of(
    contract: Contract, name: str, credentials: Mapping[str, Credential]
) -> Credential:
    """Return the credential that a step's `credential` stands for."""
    if not name.startswith("="):
        return credentials[name]
    scheme, blank, secret = name[1:].partition(" ")
    if blank and any(one.name == scheme for one in contract.schemes):
        return Credential(scheme, secret)
    first = contract.scheme(None)
    return Credential(first.name if first else "", name[1:])


def _path(operation: Operation, values: Mapping[str, Json]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(text(value), safe=""))
    return path


def text(value: Json) -> str:
    """Return a value as it stands in a path or query."""
    if isinstance(value, str):
        return value
    return (
        json.dumps(value) if not isinstance(value, list) else ",".join(text(one) for one in value)
    )
