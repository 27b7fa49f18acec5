"""One method on one path: what its requests and answers carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spec.contract.knowledge import Absent
from spec.contract.lists import Listing
from spec.contract.resources import WRITING, Effect, Tenant
from spec.contract.rules import Fact, Problem, Rule
from spec.document import Json, Place

Location: TypeAlias = Literal["path", "query", "header", "cookie", "body"]
Cause: TypeAlias = Literal["credential", "shape", "media", "record", "conflict"]
"""Why a server may refuse a call, whatever its document says."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the texts of a value in a parameter or a form stand for: the types of its parts."""

    kind: str
    items: Written | None = None
    members: Mapping[str, Written] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, with the pointer of its schema and its default.

    `many` is a list; with `explode` each value stands in a parameter of its own, otherwise they
    are joined by commas. `items` is the type of its values. One whose value is an object, or is
    written in a style of its own, has `written`; the style of JSON `content` is `json`.
    """

    name: str
    location: Location
    required: bool
    schema: Json
    pointer: str
    type: str
    many: bool
    default: Json | Absent
    explode: bool = False
    items: str = "string"
    style: str = "form"
    written: Written | None = None


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
    """The body of an operation's requests: its media types or ranges, with schemas and fields.

    `written` are the media types whose bodies are texts and forms, and what those stand for.
    """

    required: bool
    media: Mapping[str, str]
    declared: Mapping[str, Declared | None]
    written: Mapping[str, Written] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Response:
    """A documented answer; `media` maps a media type or range to the pointer of its schema.

    `spots` are the pointers of the media types themselves, where their examples stand; `usual` is
    the media type of an answer where nobody asks for another, JSON if it may be.
    """

    status: str
    media: Mapping[str, str | None]
    headers: Mapping[str, str]
    place: Place
    spots: Mapping[str, str] = field(default_factory=dict, hash=False)
    usual: str = "application/json"


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
    tenants: Mapping[str, Tenant | None]
    place: Place
    unsaid: frozenset[Cause] = frozenset()
    """The causes for which it may refuse though no problem of the vocabulary says how."""

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
        return self.effect.action in WRITING
