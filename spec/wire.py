"""Read and write HTTP messages as the document means them: the fast reader's other half.

A request is decoded from the bytes that were really sent, whoever sent them. What does not fit
becomes a `Violation` inside the `Call`; nothing here raises for a wrong request.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cached_property
from typing import TypeAlias
from urllib.parse import unquote, unquote_plus

import orjson

from spec import forms, styles
from spec.contract import (
    ABSENT,
    Absent,
    Body,
    Contract,
    Credential,
    Operation,
    Parameter,
    Reading,
    Scheme,
)
from spec.document import Json
from spec.media import described, is_json, media_type
from spec.router import Unrouted
from spec.schemas import Schemas, Violation
from spec.styles import scalar, separator

__all__ = [
    "Call",
    "Headers",
    "RawAnswer",
    "RawRequest",
    "carried",
    "credential",
    "decode",
    "encode",
    "header",
    "media_type",
    "parse",
    "query_pairs",
    "scalar",
]
Headers: TypeAlias = Sequence[tuple[str, str]]
_NO_COOKIES: Mapping[str, Json] = {}


@dataclass(frozen=True)
class RawRequest:
    """A request as bytes on the wire; `path` and `query` are percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None when it was not sent."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.headers)}

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; of two with one name the first."""
        texts = [value for name, value in self.headers if name.lower() == "cookie"]
        pairs = [one.partition("=") for text in texts for one in text.split(";")]
        return {
            name.strip(): unquote(value.strip()) for name, mark, value in reversed(pairs) if mark
        }

    @property
    def target(self) -> str:
        """The path with its query, as in a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None when it was not sent."""
        return header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Call:
    """A decoded request: the only form in which rules and behaviours see one.

    `body` holds declared fields only, ABSENT when there was none or it could not be read.
    `faults` are the problems that the caller asked to be provoked.
    """

    operation: Operation
    credential: Credential | None
    path: Mapping[str, Json]
    query: Mapping[str, Json]
    headers: Mapping[str, Json]
    body: Json | Absent
    violations: tuple[Violation, ...] = ()
    faults: frozenset[str] = field(default=frozenset())
    cookies: Mapping[str, Json] = field(default_factory=dict)

    def asking_for(self, *faults: str) -> Call:
        """Return the same call with these faults provoked."""
        return replace(self, faults=self.faults | set(faults))


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, in any spelling of its name."""
    lower = name.lower()
    return next((value for key, value in headers if key.lower() == lower), None)


def encode(value: Json) -> bytes:
    """Return a JSON value as UTF-8 bytes, whole numbers of any size included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def decode(contract: Contract, raw: RawRequest) -> Call | Unrouted:
    """Return the call that a request makes, or why no operation answers it."""
    found = contract.router.match(raw.method, raw.path)
    if isinstance(found, Unrouted):
        return found
    operation, path = found
    violations: list[Violation] = []
    schemas = contract.schemas
    values = {
        location: dict(_parameters(operation, location, given, contract, violations))
        for location, given in _sent(operation, raw, path).items()
    }
    body = (
        _body(operation.body, raw, schemas, violations, untyped=contract.reading.untyped)
        if operation.body
        else ABSENT
    )
    return Call(
        operation=operation,
        credential=credential(contract, raw),
        path=values["path"],
        query=values["query"],
        headers=values["header"],
        body=body,
        violations=tuple(violations),
        cookies=values.get("cookie", _NO_COOKIES),
    )


def credential(contract: Contract, raw: RawRequest) -> Credential | None:
    """Return what a request carries to say who calls, None when nothing that can be read."""
    for scheme in contract.schemes:
        secret = _secret(scheme, raw)
        if secret is not None:
            return Credential(scheme.name, secret)
    return None


def _secret(scheme: Scheme, raw: RawRequest) -> str | None:
    if scheme.location == "query":
        found = [value for name, value in query_pairs(raw.query) if name == scheme.parameter]
        return next(iter(found), None) or None
    if scheme.location == "cookie":
        return raw.cookies.get(scheme.parameter) or None
    value = raw.header(scheme.parameter)
    if value is None or scheme.word is None:
        return value or None
    word, _, secret = value.partition(" ")
    same = word == scheme.word if scheme.exact else word.lower() == scheme.word.lower()
    if not same:
        return None
    return _user_and_password(secret.strip()) if scheme.basic else secret.strip() or None


def _user_and_password(text: str) -> str | None:
    try:
        found = base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return None
    return found if ":" in found else None


def carried(contract: Contract, given: Credential) -> tuple[str, str]:
    """Return the header that carries a credential, as name and value."""
    scheme = contract.scheme(given.scheme) or contract.scheme(None)
    if scheme is None:
        return "Authorization", given.secret
    secret = given.secret
    if scheme.basic:
        secret = base64.b64encode(secret.encode()).decode()
    return scheme.parameter, f"{scheme.word} {secret}" if scheme.word else secret


def query_pairs(query: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a query string, in order, blank values included."""
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")


_Sent: TypeAlias = dict[str, list[str]]


def _sent(operation: Operation, raw: RawRequest, path: Mapping[str, str]) -> dict[str, _Sent]:
    query: _Sent = {}
    for name, value in query_pairs(raw.query):
        query.setdefault(name, []).append(value)
    headers: _Sent = {}
    sent = {
        "path": {name: [value] for name, value in path.items()},
        "query": query,
        "header": headers,
    }
    for parameter in operation.parameters:
        if parameter.location == "header":
            found = raw.header(parameter.name)
            if found is not None:
                headers[parameter.name] = [found]
        elif parameter.location == "cookie" and "cookie" not in sent:
            sent["cookie"] = {name: [value] for name, value in raw.cookies.items()}
    return sent


def _parameters(
    operation: Operation,
    location: str,
    sent: _Sent,
    contract: Contract,
    violations: list[Violation],
) -> Iterator[tuple[str, Json]]:
    for parameter in operation.parameters:
        if parameter.location != location:
            continue
        values = (
            sent.get(parameter.name) if parameter.written is None else _composed(parameter, sent)
        )
        if values is None:
            if parameter.required:
                violations.append(
                    Violation(location, f"/{parameter.name}", "is required", keyword="required")
                )
            elif parameter.default is not ABSENT:
                yield parameter.name, parameter.default
            continue
        value = _decoded(parameter, values, contract.reading, violations)
        if value is not ABSENT:
            violations.extend(
                replace(one, pointer=f"/{parameter.name}{one.pointer}")
                for one in contract.schemas.violations(parameter.pointer, value, location)
            )
            yield parameter.name, value
    if location == "query" and operation.listing:
        for name in operation.listing.refused & sent.keys():
            violations.append(
                Violation("query", f"/{name}", "is no filter of this list", keyword="operator")
            )


def _composed(parameter: Parameter, sent: _Sent) -> list[Json] | None:
    """Return the value of a parameter in a style of its own, None when it was not sent."""
    value = styles.composed(parameter, sent)
    return None if value is ABSENT else [value]


def _decoded(
    parameter: Parameter, values: list[Json], reading: Reading, violations: list[Violation]
) -> Json | Absent:
    if parameter.written is not None:
        return values[0]
    exploded = parameter.many and parameter.explode
    if not exploded:
        if len(values) > 1 and reading.repeated != "first":
            _note(parameter, "is given more than once", "repeated", reading.repeated, violations)
            return ABSENT
        values = values[:1]
    if "" in values and parameter.location == "query" and reading.empty != "kept":
        _note(parameter, "is empty", "empty", reading.empty, violations)
        return ABSENT
    texts = values
    if parameter.many and not exploded:
        texts = values[0].split(separator(parameter.style))
    found: list[Json] = []
    for text in texts:
        value, doubtful = scalar(parameter.items, text)
        if doubtful:
            message = f"{text!r} is an unusual way to write {_article(parameter.items)}"
            _note(parameter, message, "spelling", "open", violations)
            return ABSENT
        found.append(value)
    return found if parameter.many else found[0]


def _note(
    parameter: Parameter, message: str, keyword: str, policy: str, violations: list[Violation]
) -> None:
    location, spot = parameter.location, f"/{parameter.name}"
    doubtful = policy == "open"
    violations.append(Violation(location, spot, message, keyword=keyword, doubtful=doubtful))


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _body(
    body: Body, raw: RawRequest, schemas: Schemas, violations: list[Violation], *, untyped: str
) -> Json | Absent:
    stated = raw.header("content-type")
    if not raw.body and stated is None:
        if body.required:
            violations.append(Violation("body", "", "a body is required", keyword="required"))
        return ABSENT
    kind = media_type(stated)
    known = kind if kind in body.media else described(kind, body.media)
    if known is None:
        expected = " or ".join(body.media)
        found = repr(kind) if kind else "none"
        looked_at = stated is None and untyped == "open"
        message = f"the Content-Type is {found}, expected {expected}"
        violations.append(Violation("body", "", message, keyword="media", doubtful=looked_at))
        known = next((one for one in body.media if is_json(one)), None) if looked_at else None
        if known is None:
            return ABSENT
    elif not is_json(kind):
        return _other_body(body, known, kind, raw, schemas, violations)
    doubts = list(_doubts_of_charset(raw))
    value, violation = parse(raw.body)
    if violation is not None:
        doubts.append(violation)
    violations.extend(doubts)
    if value is ABSENT:
        return ABSENT
    violations.extend(
        # Who reads the body in another way sees another value, which may fit.
        replace(one, doubtful=True) if doubts else one
        for one in schemas.violations(body.media[known], value, "body", request=True)
    )
    declared = body.declared[known]
    return declared.known(value) if declared else value


def _other_body(
    body: Body,
    known: str,
    kind: str,
    raw: RawRequest,
    schemas: Schemas,
    violations: list[Violation],
) -> Json | Absent:
    """Return the value of a body that is a form or a text; of anything else nothing is known."""
    value = forms.value(kind, raw.header("content-type") or "", raw.body, body.written.get(known))
    if value is ABSENT:
        return ABSENT
    violations.extend(schemas.violations(body.media[known], value, "body", request=True))
    declared = body.declared[known]
    return declared.known(value) if declared else value


def _doubts_of_charset(raw: RawRequest) -> Iterator[Violation]:
    charset = _charset(raw.header("content-type") or "")
    if charset not in {"utf-8", "utf8"}:
        yield Violation("body", "", f"the charset is {charset!r}, expected utf-8", doubtful=True)


def _charset(value: str) -> str:
    if "charset" not in value.lower():
        return "utf-8"
    message = Message()
    message["content-type"] = value
    return str(message.get_param("charset", "utf-8")).lower()


def parse(data: bytes) -> tuple[Json, Violation | None]:
    """Return the JSON value of a body, and what is wrong with it, if anything.

    A doubtful form (a repeated key, a number beyond double precision, half a surrogate pair) is
    refused by us and taken by others; the value is then what most readers make of it.
    """
    doubts: list[str] = []
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(pairs, doubts),
            parse_constant=_refuse_constant,
            parse_float=lambda digits: _number(digits, doubts),
        )
    except UnicodeDecodeError as error:
        return ABSENT, Violation("body", "", f"byte {error.start} is not UTF-8", keyword="json")
    except RecursionError:
        return ABSENT, Violation("body", "", "the nesting is too deep to be read", doubtful=True)
    except ValueError as error:
        found = str(error)
        if "Exceeds the limit" in found:
            return ABSENT, Violation("body", "", "a number has too many digits", doubtful=True)
        return ABSENT, Violation("body", "", f"not JSON: {found}", keyword="json")
    if "\\u" in text and not _encodable(value):
        doubts.append("a string holds half of a surrogate pair")
    if doubts:
        return value, Violation("body", "", doubts[0], keyword="json", doubtful=True)
    return value, None


def _object(pairs: list[tuple[str, Json]], doubts: list[str]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        doubts.append("an object holds the same key twice")
    return result


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON value")


def _number(digits: str, doubts: list[str]) -> float:
    number = float(digits)
    if math.isinf(number):
        doubts.append("a number is too large to be read")
        return 0.0
    return number


def _encodable(value: Json) -> bool:
    try:
        encode(value)
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, TypeError):
        return False
    return True
