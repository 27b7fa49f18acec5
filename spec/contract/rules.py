"""Refusals: problems, the conditions and facts of the rules that lead to them, and their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from spec.contract.knowledge import Absent
from spec.contract.parts import Part
from spec.document import Json, Place

Reach: TypeAlias = Literal["request", "credential", "record", "fault"]
Conditions: TypeAlias = tuple["Condition", ...]


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

    `where` maps a field to a dotted path of the context, `constants` to a value. `anywhere` asks
    for the records of all tenants.
    """

    name: str
    kind: str
    where: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Json]
    except_resource: bool
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A fact whose value is a record: the first that `Exists` would have found, absent if none."""

    name: str
    kind: str
    where: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Json]
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Equal:
    """A fact: the values at two dotted paths are equal; untrue where one of them is absent."""

    name: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A fact: an item of the list at `within` gives an entry of a part a value of another type.

    The items are looked at in their order: one that defines an entry binds those after it.
    """

    name: str
    part: Part
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A fact: two items of the list at `within` carry the same value in `field`."""

    name: str
    within: tuple[str, ...]
    field: str


Fact: TypeAlias = Exists | Found | Repeated | Equal | Mistyped


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which an operation refuses, and the problem it then answers with.

    All of `when` must be met. With `each`, the conditions are tried on every item of that list.
    `doubtful` are conditions under which the document's words leave the answer open. `message` is
    the sentence of the refusal, with `{dotted.path}` for values of the call; `answer` says whether
    a body states this refusal, where others of the same problem look alike.
    A `fault` rule has no condition: it is met only when the fault is provoked.
    """

    id: str
    problem: Problem
    stage: str
    when: Conditions
    doubtful: Conditions
    each: tuple[str, ...] | None
    fault: bool
    message: str | None
    place: Place
    answer: Callable[[Json], bool] | None = field(default=None, compare=False, repr=False)

    @property
    def facts(self) -> frozenset[str]:
        """The names of the facts that the conditions ask for."""
        return frozenset(one.path[1] for one in self.when if one.path[0] == "facts")
