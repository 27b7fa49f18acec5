"""The spots of a message: where its schemas say that something stands, and how to change it there.

A way leads to a spot: names of members, and EACH for every item of a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from spec import ABSENT, Absent, Document, Json, Record
from spec.document import escape, tokens

_DEEPEST = 16


class Each(Enum):
    """What stands in a way for every item of a list; the only member is `EACH`."""

    EACH = "each"


EACH: Final = Each.EACH
Way: TypeAlias = tuple[str | Each, ...]
Change: TypeAlias = Callable[[Json], Json | Absent]
"""What takes the place of a value; ABSENT takes it away."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A member of an object: its schema stands at `pointer`; `owner` is the schema of the object.

    `schemas` are the forms that its value may have besides null, with what they refer to.
    """

    way: Way
    pointer: str
    owner: str
    required: bool
    nullable: bool
    schemas: tuple[Json, ...]

    @property
    def name(self) -> str:
        """The member's name."""
        return str(self.way[-1])

    @property
    def label(self) -> str:
        """Where it stands, for people."""
        return ".".join("*" if one is EACH else str(one) for one in self.way)

    def word(self, name: str) -> Json | Absent:
        """Return what a keyword says in the one form that has it, ABSENT where none has."""
        return next((one[name] for one in self.schemas if name in one), ABSENT)

    @property
    def words(self) -> frozenset[str]:
        """The keywords that say something of its value."""
        return frozenset().union(*self.schemas)

    @property
    def types(self) -> frozenset[str]:
        """The types that its value may have besides null; empty where any may stand there."""
        found: set[str] = set()
        for one in self.schemas:
            kinds = one.get("type", _implied(one))
            found.update([kinds] if isinstance(kinds, str) else kinds)
        return frozenset(found - {"null"})


def _implied(schema: Json) -> list[str]:
    """Return the types of the values that a schema without a type lists."""
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return sorted({names[type(one)] for one in values if type(one) in names})


def spots(document: Document, pointer: str, way: Way = (), depth: int = 0) -> Iterator[Spot]:
    """Yield the members that the schema at `pointer` declares, and those inside them."""
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    for word in ("allOf", "anyOf", "oneOf"):
        for number in range(len(schema.get(word, ()))):
            yield from spots(document, f"{at}/{word}/{number}", way, depth + 1)
    for name in schema.get("properties", {}):
        inner = f"{at}/properties/{escape(name)}"
        forms = list(_forms(document, inner))
        yield Spot(
            (*way, name),
            inner,
            at,
            name in schema.get("required", ()),
            any(_is_null(one) for one in forms),
            tuple(one for one in forms if one != {"type": "null"}),
        )
        yield from spots(document, inner, (*way, name), depth + 1)
    if isinstance(schema.get("items"), dict):
        yield from spots(document, f"{at}/items", (*way, EACH), depth + 1)


def _forms(document: Document, pointer: str, depth: int = 0) -> Iterator[Json]:
    """Yield the schemas that the value at a spot may fit, those of its branches each."""
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    branches = [f"{at}/{word}/{n}" for word in ("anyOf", "oneOf", "allOf")
                for n in range(len(schema.get(word, ())))]  # fmt: skip
    if not branches:
        yield schema
    for one in branches:
        yield from _forms(document, one, depth + 1)


def _is_null(schema: Json) -> bool:
    kinds = schema.get("type")
    return kinds == "null" or (isinstance(kinds, list) and "null" in kinds)


def distinct(found: Iterator[Spot]) -> list[Spot]:
    """Return the first spot of each way."""
    first: dict[Way, Spot] = {}
    for one in found:
        first.setdefault(one.way, one)
    return list(first.values())


def changed(value: Json, way: Way, change: Change) -> Json:
    """Return a value that is changed wherever a way leads in it; nothing is changed in place."""
    if not way:
        found = change(value)
        return value if found is ABSENT else found
    step, rest = way[0], way[1:]
    if step is EACH:
        return [changed(one, rest, change) for one in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or step not in value:
        return value
    if rest:
        return {**value, step: changed(value[step], rest, change)}
    found = change(value[step])
    if found is ABSENT:
        return {name: one for name, one in value.items() if name != step}
    return {name: found if name == step else one for name, one in value.items()}


def with_value(record: Record, at: str, value: Json) -> dict[str, Json]:
    """Return a record with a value where a pointer leads."""
    name, *rest = tokens(at)
    if not rest:
        return {**record, name: value}
    inner = record.get(name)
    return {**record, name: {**(inner if isinstance(inner, dict) else {}), rest[0]: value}}


def there(way: Way, change: Change) -> Callable[[Json], Json]:
    """Return what changes a value wherever a way leads in it."""
    return lambda value: changed(value, way, change)
