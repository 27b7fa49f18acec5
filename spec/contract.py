"""The contract as values: what a document says once it has been read and understood.

Nothing here looks at the document again. `vocabulary.read` makes these values, and `judge`, `wire`,
`effects` and `lists` interpret them, for the mock and the suite alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import Enum
from typing import Literal, Protocol, TypeAlias
from urllib.parse import unquote

from spec.document import Document, Json, Place, pick
from spec.schemas import Schemas

Reach: TypeAlias = Literal["request", "credential", "record", "fault"]
Location: TypeAlias = Literal["path", "query", "header", "cookie", "body"]
Action: TypeAlias = Literal["create", "read", "list", "update", "replace", "delete"]
Conditions: TypeAlias = tuple["Condition", ...]


class Unknown(Enum):
    """What a view answers when it cannot tell; the only member is `UNKNOWN`."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


class Absent(Enum):
    """What a path leads to when nothing stands there; the only member is `ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


UNKNOWN = Unknown.UNKNOWN
ABSENT = Absent.ABSENT

Record: TypeAlias = Mapping[str, Json]
"""A stored record, or the part of it that is known. A field that is missing is unknown."""


class View(Protocol):
    """Read-only knowledge of the world, complete (the mock's store) or partial (the suite's)."""

    @property
    def complete(self) -> bool:
        """Whether what this view does not know does not exist."""

    def principal(self, credential: str | None) -> Mapping[str, Json] | Unknown | None:
        """Return the facts of a credential, None when it is not a valid one."""

    def record(self, kind: str, key: str, tenant: Json | Absent) -> Record | Unknown | None:
        """Return the live record of that key, None where this tenant has none.

        `key` is the key's text as it stands in a URL; `tenant` is ABSENT for kinds without one.
        """

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Json | Absent, excluding: str | None
    ) -> bool | Unknown:
        """Tell whether a live record, other than `excluding`, has all these field values."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One conjunct of a rule: the value at a dotted path fits a schema; an absent one never does.

    `fits` is the compiled form of `schema`.
    """

    path: tuple[str, ...]
    schema: Json = field(hash=False)
    fits: Callable[[Json], bool] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {in_words(self.schema)}"


def in_words(schema: Json) -> str:
    """Return a small schema as the end of a sentence: `is null`, `is LAPTOP or KEYBOARD`."""
    if not isinstance(schema, dict) or len(schema) != 1:
        return f"fits {schema}"
    word, value = next(iter(schema.items()))
    if word == "const":
        return f"is {value!r}"
    if word == "enum":
        return "is " + " or ".join(repr(one) for one in value)
    if word == "type" and value == "null":
        return "is null"
    if word == "type" and isinstance(value, str):
        return f"is {'an' if value[0] in 'aeiou' else 'a'} {value}"
    if word == "$ref":
        return f"is a {value.rpartition('/')[2]}"
    if word == "maxProperties" and value == 0:
        return "has no known field"
    return f"fits {schema}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One way of refusing: its status, its body, and how a tester brings it about.

    `code` is what stands at the catalogue's pointer in the body of this problem, ABSENT for a
    problem that is told by its status alone. "{message}" in `body` stands for a sentence.
    """

    name: str
    status: int
    reach: Reach
    body: Json = field(hash=False)
    message: str
    code: Json | Absent = field(hash=False)
    place: Place

    def render(self, message: str | None = None) -> Json:
        """Return the body of an answer with this problem."""
        return _fill(self.body, message or self.message)


def _fill(template: Json, message: str) -> Json:
    if isinstance(template, dict):
        return {key: _fill(value, message) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, message) for value in template]
    return message if template == "{message}" else template


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the precedence; an earlier stage's refusal beats a later one's.

    `problem` is set for the two stages with a check of their own: `authentication` (no valid
    credential) and `shape` (the request does not fit the document, judged in `covers`).
    """

    name: str
    problem: str | None
    covers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exists:
    """A fact: a live record of `kind` (of the caller's tenant) has these field values.

    `where` maps a field to a dotted path of the context, `constants` to a value.
    """

    name: str
    kind: str
    where: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Json]
    except_resource: bool


@dataclass(frozen=True, slots=True)
class Repeated:
    """A fact: two items of the list at `within` carry the same value in `field`."""

    name: str
    within: tuple[str, ...]
    field: str


Fact: TypeAlias = Exists | Repeated


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which an operation refuses, and the problem it then answers with.

    All of `when` must be met. With `each`, the conditions are tried on every item of that list.
    `doubtful` are conditions under which the document's words leave the answer open.
    A `fault` rule has no condition: it is met only when the fault is provoked.
    """

    id: str
    problem: Problem
    stage: str
    when: Conditions
    doubtful: Conditions
    each: tuple[str, ...] | None
    fault: bool
    place: Place

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that the conditions ask for."""
        return frozenset(one.path[1] for one in self.when if one.path[0] == "facts")


@dataclass(frozen=True, slots=True)
class Setting:
    """Values that an effect gives to fields of the record when its conditions are met."""

    when: Conditions
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an accepted call does to records of `kind`, and where they stand in its messages.

    `key` is the dotted path of the addressed record's key. `request` and `response` are pointers
    into the bodies; with `many` they lead to lists.
    `wrap` names fields where one value is stored as a list of one.
    """

    action: Action
    kind: str
    key: tuple[str, ...] | None
    request: str
    response: str | None
    many: bool
    wrap: frozenset[str]
    initial: Mapping[str, Json]
    sets: tuple[Setting, ...]
    status: int


@dataclass(frozen=True, slots=True)
class Invariant:
    """Conditions that no record shown in an answer may ever meet."""

    id: str
    never: Conditions
    place: Place


@dataclass(frozen=True, slots=True)
class Resource:
    """A stored kind of record.

    `shown` are the pointers (`/name`, `/characteristics/color`) of the fields that answers show;
    `nested` names the objects into which flat request fields of the same name go.
    `tenant` is both the record's field and the principal's fact that must agree.
    """

    kind: str
    schema: str | None
    key: str
    made: Literal["sequence", "client", "given"]
    tenant: str | None
    unique: tuple[str, ...]
    nested: tuple[str, ...]
    shown: frozenset[str]
    top_level: tuple[str, ...]
    invariants: tuple[Invariant, ...]
    place: Place

    def tenant_of(self, principal: Mapping[str, Json]) -> Json | Absent:
        """Return the tenant that a principal's calls are confined to."""
        return principal.get(self.tenant) if self.tenant else ABSENT

    def key_of(self, record: Record) -> str:
        """Return the record's key as it stands in a URL."""
        return str(record[self.key])


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter that keeps the records whose field equals it."""

    parameter: str
    field: str


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list operation chooses, orders and counts.

    `counters` maps total, limit and offset to pointers in the answer; `order` is the fields of the
    default order, a leading '-' for descending.
    """

    items: str
    limit: str | None
    offset: str | None
    filters: tuple[Filter, ...]
    search: str | None
    search_fields: tuple[str, ...]
    order: tuple[str, ...]
    counters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, with the pointer of its schema and its default."""

    name: str
    location: Location
    required: bool
    schema: Json
    pointer: str
    type: str
    many: bool
    default: Json | Absent


@dataclass(frozen=True, slots=True)
class Declared:
    """The properties that a schema declares, down the tree; `items` for the members of a list.

    The rules see declared fields only: what a document does not name, it says nothing of.
    """

    properties: Mapping[str, Declared | None]
    items: Declared | None

    def known(self, value: Json) -> Json:
        """Return `value` without the object members that are not declared."""
        if isinstance(value, dict) and self.properties:
            return {
                key: inner.known(value[key]) if inner else value[key]
                for key, inner in self.properties.items()
                if key in value
            }
        if isinstance(value, list) and self.items:
            return [self.items.known(item) for item in value]
        return value


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an operation's requests: its media types, with their schemas and fields."""

    required: bool
    media: Mapping[str, str]
    declared: Mapping[str, Declared | None]


@dataclass(frozen=True, slots=True)
class Response:
    """A documented answer; `media` maps a media type to the pointer of its schema."""

    status: str
    media: Mapping[str, str | None]
    headers: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path, with all that the document says of it."""

    id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Response]
    secured: bool
    rules: tuple[Rule, ...]
    facts: Mapping[str, Fact]
    effect: Effect | None
    listing: Listing | None
    tenants: Mapping[str, str | None]
    place: Place

    def response(self, status: int) -> Response | None:
        """Return what the document says of a status: exactly, by class (`4XX`), or by default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems that this operation's rules refer to, in order of precedence, once each."""
        return tuple(dict.fromkeys(rule.problem for rule in self.rules))

    @property
    def writes(self) -> bool:
        """Whether an accepted call may change a record."""
        if self.effect is None:
            return self.method not in {"GET", "HEAD", "OPTIONS"}
        return self.effect.action not in {"read", "list"}


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A request that no operation answers.

    `allowed` are the methods that the path does have; `nearest` is the operation that looks most
    like the request.
    """

    allowed: tuple[str, ...]
    nearest: Operation | None


class Router:
    """The table from method and path to operation; a literal segment beats a parameter."""

    def __init__(self, operations: Iterable[Operation], base_path: str) -> None:
        """Build the table once; a request only looks up."""
        self._base = base_path
        self._operations = tuple(operations)
        self._table: dict[str, list[tuple[tuple[str | None, ...], tuple[str, ...], Operation]]] = {}
        for operation in self._operations:
            segments = operation.path.strip("/").split("/")
            shape = tuple(None if "{" in one else one for one in segments)
            names = tuple(one.strip("{}") for one in segments if "{" in one)
            self._table.setdefault(operation.method, []).append((shape, names, operation))
        for rows in self._table.values():
            rows.sort(key=lambda row: [segment is None for segment in row[0]])

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | Unrouted:
        """Return the operation and its path values; `path` is percent-encoded as it was sent."""
        found = self._find("GET" if method == "HEAD" else method, path)
        return found or Unrouted(self._allowed(path), self._nearest(method, path))

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        if not path.startswith(self._base + "/"):
            return None
        segments = path[len(self._base) + 1 :].split("/")
        for shape, names, operation in self._table.get(method, ()):
            if len(shape) == len(segments) and all(
                want is None or want == got for want, got in zip(shape, segments, strict=True)
            ):
                values = [
                    unquote(got, errors="replace")
                    for want, got in zip(shape, segments, strict=True)
                    if want is None
                ]
                if all(values):
                    return operation, dict(zip(names, values, strict=True))
        return None

    def _allowed(self, path: str) -> tuple[str, ...]:
        return tuple(method for method in self._table if self._find(method, path))

    def _nearest(self, method: str, path: str) -> Operation | None:
        def likeness(operation: Operation) -> float:
            whole = f"{operation.method} {self._base}{operation.path}"
            return SequenceMatcher(None, f"{method} {path}", whole).ratio()

        return max(self._operations, key=likeness, default=None)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a credential is carried: RFC 9110 authentication with `word`, or a named parameter.

    With `exact` the scheme word is taken in this spelling only.
    """

    name: str
    word: str | None
    exact: bool
    location: Location
    parameter: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document, understood."""

    document: Document
    base_path: str
    operations: Mapping[str, Operation]
    problems: Mapping[str, Problem]
    code_pointer: str | None
    stages: tuple[Stage, ...]
    principal_facts: Mapping[str, Json]
    scheme: Scheme | None
    schemas: Schemas
    router: Router
    resources: Mapping[str, Resource]

    @property
    def name(self) -> str:
        """The document's short name, the name of its file."""
        return self.document.name

    def stage(self, name: str) -> Stage | None:
        """Return the stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def recognise(self, operation: Operation, status: int, body: Json) -> Problem | None:
        """Return the problem that a refusing answer states, None when it states no declared one.

        A problem with a code is told by status and code. One without is told by status, for any
        answer whose code position does not hold another problem's code.
        """
        fitting = [one for one in self.stated(operation) if one.status == status]
        found = pick(body, self.code_pointer, ABSENT) if self.code_pointer else ABSENT
        for problem in fitting:
            if problem.code is not ABSENT and problem.code == found:
                return problem
        codes = {one.code for one in self.problems.values() if isinstance(one.code, str)}
        if isinstance(found, str) and found in codes:
            return None
        return next((one for one in fitting if one.code is ABSENT), None)

    def stated(self, operation: Operation) -> tuple[Problem, ...]:
        """Return every problem an operation may answer with, stage checks included."""
        own = [
            self.problems[s.problem] for s in self.stages if s.problem and self._has(operation, s)
        ]
        return tuple(dict.fromkeys([*own, *operation.problems]))

    def _has(self, operation: Operation, stage: Stage) -> bool:
        if stage.name == "authentication":
            return operation.secured
        located = {parameter.location for parameter in operation.parameters}
        return bool(stage.covers & (located | ({"body"} if operation.body else set())))
