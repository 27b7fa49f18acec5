"""One schema out of those that an instance must all fit, with its alternatives set apart.

The result is good enough to draw an instance from, not to judge one: of what cannot be said in one
schema (two patterns, `not`) a part is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import unquote

from spec.contract.knowledge import ABSENT, Absent
from spec.document import Document, Json
from spec.schemas import told

Schema = Mapping[str, Json]
_SPECIAL = frozenset({"$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "discriminator"})
_MOST_WAYS = 64
_MOST_TURNS = 3


@dataclass(frozen=True, slots=True)
class Merged:
    """A schema without references and compositions; `choices` are the alternatives that remain.

    An instance fits one schema of each choice besides. `trail` are the references that led here.
    """

    schema: Schema
    choices: tuple[Sequence[Schema], ...]
    trail: tuple[str, ...]

    def turns(self, most: int, *, since: Sequence[str]) -> bool:
        """Tell whether a reference was followed since then that had been more than `most` times."""
        return any(since.count(one) > most for one in self.trail[len(since) :])


@dataclass
class _Parts:
    """What was found of a schema so far."""

    plain: list[Schema] = field(default_factory=list)
    choices: list[Sequence[Schema]] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)


def merged(document: Document, schema: Json, trail: tuple[str, ...]) -> Merged | None:
    """Return a schema in one piece, None where no instance fits or references lead in a circle."""
    parts = _Parts(trail=[*trail])
    if not _gather(document, schema, parts, set()):
        return None
    whole: Schema = {}
    for part in parts.plain:
        both = both_of(whole, part)
        if both is None:
            return None
        whole = both
    return Merged(whole, tuple(parts.choices), tuple(parts.trail))


def _gather(document: Document, schema: Json, parts: _Parts, around: set[str]) -> bool:
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        return True
    reference = schema.get("$ref")
    if isinstance(reference, str):
        if reference in around or not reference.startswith("#/"):
            return False
        parts.trail.append(reference)
        target = document.get(unquote(reference[1:]), {})
        if not _gather(document, target, parts, around | {reference}):
            return False
    parts.plain.append({word: one for word, one in schema.items() if word not in _SPECIAL})
    parts.choices.extend(_choices(schema))
    return all(_gather(document, one, parts, around) for one in schema.get("allOf", ()))


def _choices(schema: Schema) -> Iterator[Sequence[Schema]]:
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            named = [told(schema, one) for one in schema[word]]
            # An instance may also be told by its form alone.
            yield named if named == schema[word] else [*named, *schema[word]]
    if "if" in schema:
        met = {"allOf": [schema["if"], schema.get("then", True)]}
        yield [met, _unmet(schema)]


def _unmet(schema: Schema) -> Schema:
    """Return what an instance fits that is not as a condition asks; what else it asks is tried."""
    condition = schema["if"]
    otherwise = schema.get("else", True)
    if isinstance(condition, dict) and set(condition) == {"not"}:
        return {"allOf": [condition["not"], otherwise]}
    return {"allOf": [otherwise]}


def ways(document: Document, found: Merged) -> Iterator[Merged]:
    """Yield the schema with an alternative of each choice taken, until no choice is left."""
    if not found.choices:
        yield found
        return
    for number, taken in enumerate(product(*found.choices)):
        if number >= _MOST_WAYS:
            return
        inner = merged(document, {"allOf": [found.schema, *taken]}, found.trail)
        if inner is not None and not inner.turns(_MOST_TURNS, since=found.trail):
            yield from ways(document, inner)


# -- two schemas as one ---------------------------------------------------------------------------

_LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def both_of(left: Schema, right: Schema) -> Schema | None:
    """Return a schema for what fits both, None where nothing does."""
    if not left or not right:
        return left or right
    result = {**left, **right}
    for word in left.keys() & right.keys():
        found = _both(word, left[word], right[word])
        if found is ABSENT:
            return None
        result[word] = found
    if "const" in result and "enum" in result and result["const"] not in result["enum"]:
        return None
    return result


def _both(word: str, left: Json, right: Json) -> Json | Absent:
    """Return what two schemas say together under a word, ABSENT where nothing fits both."""
    if left == right:
        return right
    if word in {"properties", "patternProperties"}:
        return _members(left, right)
    if word == "required":
        return list(dict.fromkeys([*left, *right]))
    if word == "type":
        return _types(left, right)
    if word == "enum":
        return [one for one in left if one in right] or ABSENT
    if word in {"items", "additionalProperties", "propertyNames", "contains"}:
        return _inner(left, right)
    if word in _LEAST:
        return max(left, right)
    if word in _MOST:
        return min(left, right)
    return ABSENT if word == "const" else right


def _members(left: Schema, right: Schema) -> Schema:
    both = {name: _inner(left[name], right[name]) for name in left if name in right}
    return {**left, **right, **both}


def _inner(left: Json, right: Json) -> Json:
    if left is False or right is False:
        return False
    return right if left in (True, {}, right) else {"allOf": [left, right]}


def _types(left: Json, right: Json) -> Json | Absent:
    lefts = [left] if isinstance(left, str) else left
    rights = [right] if isinstance(right, str) else right
    found = [one for one in lefts if one in rights]
    if "integer" in {*lefts, *rights} and "number" in {*lefts, *rights} and "integer" not in found:
        found.append("integer")
    return found or ABSENT
