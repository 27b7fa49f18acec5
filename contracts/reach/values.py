"""Small values for schemas: the simplest instance, the boundaries, and what lies just outside.

Deterministic and few, for probes whose right answer is known by construction. Random variety is
schemathesis' business (see `cases`). Every value is confirmed by the compiled schema before use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, Unsatisfiable

from spec import Document, Json
from spec.document import escape
from spec.samples import FORMATS, texts

_DEEP, _DEEPEST = 8, 24
Inside: TypeAlias = frozenset[str]

_ODD: tuple[Json, ...] = (None, 7, "text", True, 1.5, [], {})


@dataclass(frozen=True, slots=True)
class Deviation:
    """A change of a value at one pointer: a schema's `keyword` is broken, or just kept.

    `value` is the whole value with the change made; `base` the valid one that was changed, where it
    is not the simplest of all.
    """

    pointer: str
    keyword: str
    value: Json
    base: Json = None

    def __str__(self) -> str:
        return f"{self.pointer or '/'} ({self.keyword})"


class Values:
    """Makes values for the schemas of one document."""

    def __init__(self, document: Document) -> None:
        """Work on the document's schemas."""
        self._document = document

    def schema(self, schema: Json) -> dict[str, Json]:
        """Return a schema with its own reference followed."""
        seen = 0
        while isinstance(schema, dict) and "$ref" in schema and seen < 20:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            _, target = self._document.follow(str(schema["$ref"])[1:])
            schema = {**(target if isinstance(target, dict) else {}), **rest}
            seen += 1
        return schema if isinstance(schema, dict) else {}

    def instance(self, schema: Json, *, whole: bool = False, depth: int = 0) -> Json:
        """Return the simplest instance; with `whole`, objects have all their declared members.

        Deep inside they have those that must be there: a schema may contain itself.
        """
        return next(iter(self.instances(schema, whole=whole, depth=depth)), None)

    def instances(self, schema: Json, *, whole: bool = False, depth: int = 0) -> Iterator[Json]:
        """Yield plausible instances, the simplest first; not all need be valid."""
        if depth > _DEEPEST:
            return
        found = self.schema(schema)
        if "const" in found:
            yield found["const"]
            return
        if "enum" in found:
            yield from found["enum"]
            return
        for branch in self.branches(found):
            yield from self.instances(branch, whole=whole, depth=depth + 1)
        if "allOf" in found:
            merged: dict[str, Json] = _without(found, "allOf")
            for branch in found["allOf"]:
                merged = _merged(merged, self.schema(branch))
            yield from self.instances(merged, whole=whole, depth=depth + 1)
            return
        if "oneOf" in found or "anyOf" in found or "if" in found:
            return
        for kind in _types(found):
            yield from self._typed(kind, found, whole and depth < _DEEP, depth + 1)
        yield from found.get("examples", ())

    def branches(self, schema: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """Yield the alternatives of a schema, each with what stands beside them."""
        for word in ("oneOf", "anyOf"):
            beside = _without(schema, word)
            for branch in schema.get(word, ()):
                yield _merged(beside, self.schema(branch))
        if "if" in schema:
            yield from self._conditional(schema)

    def _conditional(self, schema: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
        """Yield what `then` and `else` ask for, each where its condition holds."""
        beside = {name: schema[name] for name in schema if name not in {"if", "then", "else"}}
        asked = self.schema(schema["if"])
        unless = self.schema(asked["not"]) if set(asked) == {"not"} else {}
        met = {} if unless else asked
        yield _merged(_merged(beside, met), self.schema(schema.get("then", {})))
        yield _merged(_merged(beside, unless), self.schema(schema.get("else", {})))

    def _typed(
        self, kind: str, schema: Mapping[str, Json], whole: bool, depth: int
    ) -> Iterator[Json]:
        if kind == "object":
            yield self._object(schema, whole, depth)
        elif kind == "array":
            yield from self._arrays(schema, whole, depth)
        elif kind == "string":
            yield from strings(schema)
        elif kind in {"integer", "number"}:
            yield from numbers(schema, kind)
        elif kind == "boolean":
            yield from (True, False)
        else:
            yield None

    def _object(self, schema: Mapping[str, Json], whole: bool, depth: int) -> dict[str, Json]:
        required = schema.get("required", ())
        members = {
            name: self.instance(inner, whole=whole, depth=depth)
            for name, inner in schema.get("properties", {}).items()
            if whole or name in required
        }
        for number in range(int(schema.get("minProperties", 0)) - len(members)):
            members[f"member{number}"] = "text"
        return members

    def _arrays(self, schema: Mapping[str, Json], whole: bool, depth: int) -> Iterator[list[Json]]:
        item = self.instance(schema.get("items", {}), whole=whole, depth=depth)
        least = int(schema.get("minItems", 0))
        yield [item] * max(least, 1)
        if schema.get("maxItems", 2) >= 2 and not schema.get("uniqueItems"):
            yield [item] * max(least, 2)
        if least == 0:
            yield []

    # -- around the boundary ----------------------------------------------------------------------

    def deviations(
        self, schema: Json, value: Json, pointer: str = "", inside: Inside = frozenset()
    ) -> Iterator[Deviation]:
        """Yield changes of a valid value that may break the schema, one at a time.

        `inside` are the references that lead here: a schema is not looked into within itself.
        """
        if _referred(schema) in inside:
            return
        inside |= {_referred(schema)} - {""}
        found = self.schema(schema)
        for keyword, other in self.outside(found):
            yield Deviation(pointer, keyword, other)
        if isinstance(value, dict):
            yield from self._object_deviations(found, value, pointer, inside)
            yield from self._alternative_deviations(found, pointer, inside)
        if isinstance(value, list) and value and "items" in found:
            for inner in self.deviations(found["items"], value[0], f"{pointer}/0", inside):
                yield Deviation(inner.pointer, inner.keyword, [inner.value, *value[1:]])

    def _alternative_deviations(
        self, schema: Mapping[str, Json], pointer: str, inside: Inside
    ) -> Iterator[Deviation]:
        """Yield what no alternative of an object takes, and what more than one takes."""
        samples = [(one, self.instance(one)) for one in self.branches(schema)]
        objects = [(one, sample) for one, sample in samples if isinstance(sample, dict)]
        if len(objects) > 1:
            yield Deviation(pointer, "alternatives", _without_any(schema, objects[0][1]))
            for number, (_, sample) in enumerate(objects[1:]):
                both = {**objects[number][1], **sample}
                yield Deviation(pointer, "alternatives", both)
        for branch, sample in objects:
            for one in self.deviations(branch, sample, pointer, inside):
                yield replace(one, base=one.base or sample)

    def _object_deviations(
        self, schema: Mapping[str, Json], value: dict[str, Json], pointer: str, inside: Inside
    ) -> Iterator[Deviation]:
        for name in schema.get("required", ()):
            if name in value:
                spot = f"{pointer}/{escape(name)}"
                yield Deviation(spot, "required", _without(value, name))
        for name, inner in schema.get("properties", {}).items():
            spot = f"{pointer}/{escape(name)}"
            sample = value.get(name, self.instance(inner))
            for one in self.deviations(inner, sample, spot, inside):
                yield Deviation(one.pointer, one.keyword, {**value, name: one.value})

    def _alternatives_kept(
        self, schema: Mapping[str, Json], pointer: str, inside: Inside
    ) -> Iterator[Deviation]:
        """Yield each alternative of an object, also with what is another's beside it."""
        branches = list(self.branches(schema))
        for branch in branches:
            sample = self.instance(branch)
            if not isinstance(sample, dict):
                continue
            for other in branches:
                foreign = other.get("properties", {}).keys() - branch.get("properties", {}).keys()
                for name in sorted(foreign):
                    spot = f"{pointer}/{escape(name)}"
                    yield Deviation(spot, "another's", {**sample, name: 7.5}, sample)
            for one in self.kept(branch, sample, pointer, inside):
                yield replace(one, base=one.base or sample)

    def outside(self, schema: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        """Yield values just outside each keyword, then values of other types."""
        if isinstance(schema.get("const"), str):
            yield "const", schema["const"] + "_"
        if "enum" in schema:
            texts = [one for one in schema["enum"] if isinstance(one, str)]
            yield from (
                ("enum", other) for one in texts[:1] for other in (one.lower() + "_", one.lower())
            )
        yield from _beyond(schema)
        for branch in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
            yield from self.outside(self.schema(branch))
        yield from (("type", odd) for odd in _ODD)
        yield from (("spelt", text) for text in self._spelt(schema))

    def _spelt(self, schema: Mapping[str, Json]) -> Iterator[str]:
        """Yield numbers and booleans that fit but for being written as texts."""
        kinds = str(schema.get("type"))
        if any(one in kinds for one in ("integer", "number", "boolean")):
            samples = self.instances({name: schema[name] for name in schema if name != "enum"})
            fitting = (one for one in samples if isinstance(one, (int, float)))
            yield from (json.dumps(one) for one in islice(fitting, 1))

    def kept(
        self, schema: Json, value: Json, pointer: str = "", inside: Inside = frozenset()
    ) -> Iterator[Deviation]:
        """Yield changes of a valid value that keep the schema: other members and boundaries."""
        if _referred(schema) in inside:
            return
        inside |= {_referred(schema)} - {""}
        found = self.schema(schema)
        for other in self.instances(found):
            yield Deviation(pointer, "boundary", other)
        if isinstance(value, dict) and found.get("additionalProperties", True) is not False:
            spot = f"{pointer}/cfk_unknown"
            yield Deviation(spot, "additional", {**value, "cfk_unknown": 1})
        if isinstance(value, dict):
            yield from self._alternatives_kept(found, pointer, inside)
            for name, inner in found.get("properties", {}).items():
                spot = f"{pointer}/{escape(name)}"
                for one in self.kept(inner, value.get(name, self.instance(inner)), spot, inside):
                    yield Deviation(one.pointer, one.keyword, {**value, name: one.value})
        if isinstance(value, list) and value and "items" in found:
            for one in self.kept(found["items"], value[0], f"{pointer}/0", inside):
                yield Deviation(one.pointer, one.keyword, [one.value, *value[1:]])


def _referred(schema: Json) -> str:
    """Return what a schema refers to, an empty text where it says itself what it is."""
    return str(schema.get("$ref", "")) if isinstance(schema, Mapping) else ""


def _without(value: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {key: inner for key, inner in value.items() if key != name}


def _without_any(schema: Mapping[str, Json], sample: Mapping[str, Json]) -> dict[str, Json]:
    """Return the members of an object that its alternatives say nothing of."""
    own = {*schema.get("required", ()), *schema.get("properties", {})}
    asked = {
        name
        for branch in [
            *schema.get("oneOf", ()),
            *schema.get("anyOf", ()),
            *(schema[word] for word in ("if", "then", "else") if word in schema),
        ]
        if isinstance(branch, dict)
        for name in branch.get("required", ())
    }
    return {name: value for name, value in sample.items() if name in own - asked}


def _merged(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
    merged = {**left, **right}
    if "properties" in left or "properties" in right:
        merged["properties"] = {**left.get("properties", {}), **right.get("properties", {})}
    required = dict.fromkeys([*left.get("required", ()), *right.get("required", ())])
    if required:
        merged["required"] = list(required)
    return merged


def _types(schema: Mapping[str, Json]) -> list[str]:
    kind = schema.get("type")
    if isinstance(kind, str):
        return [kind]
    if isinstance(kind, list):
        return sorted(kind, key=lambda one: one == "null")
    if "properties" in schema or "required" in schema:
        return ["object"]
    if "items" in schema:
        return ["array"]
    if "pattern" in schema or "minLength" in schema:
        return ["string"]
    return ["string"]


def strings(schema: Mapping[str, Json]) -> Iterator[str]:
    """Yield texts for a string schema: shortest, usual, longest when that is not very long."""
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    if "pattern" in schema:
        yield from of_pattern(str(schema["pattern"]), least) or texts(schema, "", 0)
        extreme = longest(str(schema["pattern"]))
        if extreme:
            yield extreme[0]
        yield from _filling(str(schema["pattern"]), most)
        yield from colourful(str(schema["pattern"]))
        return
    if schema.get("format") in FORMATS:
        yield FORMATS[schema["format"]](0)
        return
    usual = "text" if most is None or most >= 4 else "t" * most
    yield usual if len(usual) >= least else "t" * least
    if least != len(usual):
        yield "t" * least
    yield " " * max(least, 1)
    if most is not None and most <= 4096:
        yield "t" * most


@lru_cache(maxsize=512)
def of_pattern(pattern: str, least: int = 0) -> tuple[str, ...]:
    """Return up to two texts that match a pattern: the simplest, and the simplest longer one."""
    try:
        strategy = st.from_regex(re.compile(pattern, re.ASCII)).filter(str.isprintable)
    except re.error:
        return ()
    shortest = _first(strategy, lambda text: len(text) >= least)
    longer = _first(
        strategy, lambda text: shortest is not None and len(text) > max(least, len(shortest))
    )
    return tuple(one for one in (shortest, longer) if one is not None)


def _first(strategy: st.SearchStrategy[str], wanted: Callable[[str], bool]) -> str | None:
    quiet = settings(
        database=None,
        derandomize=True,
        max_examples=200,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    try:
        return find(strategy, wanted, settings=quiet)
    except (NoSuchExample, Unsatisfiable):
        return None


def numbers(schema: Mapping[str, Json], kind: str) -> Iterator[Json]:
    """Yield numbers for a schema: the least and greatest allowed, and one between."""
    step = 1 if kind == "integer" else 0.5
    low = schema.get("minimum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    high = schema.get("maximum")
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    unit = schema.get("multipleOf")
    if unit:
        start = low if low is not None else 0
        yield -(-start // unit) * unit
        return
    least = low if low is not None else (high if high is not None else 1)
    found = [least, high if high is not None else least + 1000 * step]
    yield from dict.fromkeys(one for one in found if one is not None)


_CLASS = re.compile(r"\^(\[[^\]]+\])(?:\{[0-9]+,[0-9]+\}|[+])\$")


@lru_cache(maxsize=512)
def colourful(pattern: str) -> tuple[str, ...]:
    """Return a text with every mark that a pattern of one repeated class takes, if any."""
    found = _CLASS.fullmatch(pattern)
    if found is None:
        return ()
    taken = [one for one in map(chr, range(33, 127)) if re.fullmatch(found[1], one)]
    marks = "".join(one for one in taken if not one.isalnum())
    ends = "".join(one for one in "aZ9" if one in taken)
    return (f"{ends[:1]}{marks}{ends}",) if marks and ends else ()


def _filling(pattern: str, most: int | None) -> Iterator[str]:
    """Yield the longest text that a bound allows to a pattern of one repeated class."""
    found = _CLASS.fullmatch(pattern)
    if found is not None and most is not None and most <= 4096:
        yield from (one * most for one in of_pattern(f"^{found[1]}$")[:1])


_REPEATED = re.compile(r"\^(\[[^\]]+\])\{[0-9]+,([0-9]+)\}\$")


def longest(pattern: str) -> tuple[str, str] | None:
    """Return the longest text that a pattern of one repeated class takes, and one a bit longer."""
    found = _REPEATED.fullmatch(pattern)
    if found is None or int(found[2]) > 4096:
        return None
    one = next(iter(of_pattern(f"^{found[1]}$")), "")
    return one * int(found[2]), one * (int(found[2]) + 1)


def _beyond(schema: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    kinds = str(schema.get("type"))
    whole = "integer" in kinds and "number" not in kinds
    step = 1 if whole else 0.5
    if "minimum" in schema:
        yield "minimum", schema["minimum"] - step
    if "exclusiveMinimum" in schema:
        yield "exclusiveMinimum", schema["exclusiveMinimum"]
    if "maximum" in schema:
        yield "maximum", schema["maximum"] + step
    if "exclusiveMaximum" in schema:
        yield "exclusiveMaximum", schema["exclusiveMaximum"]
    if schema.get("minLength", 0) > 0:
        yield "minLength", "t" * (schema["minLength"] - 1)
    if schema.get("maxLength", 10**6) <= 4096:
        yield "maxLength", "t" * (schema["maxLength"] + 1)
    if schema.get("minItems", 0) > 0:
        yield "minItems", []
    if schema.get("minProperties", 0) == 1:
        yield "minProperties", {}
    if whole:
        yield "fraction", (schema.get("minimum") or 0) + 1.5
    if "pattern" in schema:
        yield from (("pattern", text) for text in ("\u00a1", "a.b", "a b"))
        for text in of_pattern(str(schema["pattern"]), int(schema.get("minLength", 0)))[:1]:
            yield "pattern-case", text.swapcase() if text.swapcase() != text else f"{text}A"
            yield "pattern-blank", f"{text} "
        extreme = longest(str(schema["pattern"]))
        if extreme:
            yield "pattern-length", extreme[1]
