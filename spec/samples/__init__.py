"""Instances of a document's schemas: what a mock shows where nobody has said anything.

An instance is a plausible one (examples, defaults and first members of enums come first), always
the same for the same schema, number and seed, and tried on the schema before it is given away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote, unquote

from spec.contract.knowledge import ABSENT, Absent
from spec.contract.operations import Body, Parameter, Response
from spec.document import Document, Json
from spec.places import pick, sequence
from spec.samples.exemplars import Exemplar, bodies, examples, exemplar, named, shown
from spec.samples.merging import Merged, Schema, merged, ways
from spec.samples.values import BEGINNING, FORMATS, numbers, texts
from spec.schemas import Schemas
from spec.shapes import kind_of

__all__ = ["BEGINNING", "FORMATS", "Exemplar", "Samples", "numbers", "texts"]

_DEEPEST = 5
"""How deep members are shown that need not be there."""

_MOST = 3_000
"""How many values an instance has before it is left at what must be there."""

_MOST_TRIES = 40
_TRICKY = ("oneOf", "anyOf", "not", "if", "contains", "dependentRequired", "dependentSchemas")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of one value: the property it stands under, and whether it must be there.

    `trail` are the references on the way to it.
    """

    name: str = ""
    needed: bool = True
    depth: int = 0
    trail: tuple[str, ...] = ()
    given: Json | Absent = ABSENT
    number: int = 0

    def inner(self, name: str, *, needed: bool, given: Json | Absent = ABSENT) -> _Asked:
        return replace(self, name=name, needed=needed, depth=self.depth + 1, given=given)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How instances are drawn: with members that may be missing, and by examples."""

    whole: bool
    shown: bool


_MANNERS = (_Manner(True, True), _Manner(True, False), _Manner(False, True), _Manner(False, False))
_MADE = (_Manner(True, False), _Manner(False, False))


class Samples:
    """Draws instances for one document; each is drawn once."""

    def __init__(self, document: Document, schemas: Schemas) -> None:
        """Draw for the schemas of a document."""
        self._document = document
        self._schemas = schemas
        self._known: dict[tuple[str, int], Json | Absent] = {}
        self._exemplars: dict[str, Exemplar] = {}
        self._fits: dict[int, tuple[Json, Callable[[Json], bool]]] = {}

    def of(self, pointer: str, number: int = 0) -> Json | Absent:
        """Return an instance of the schema at `pointer`; other numbers give other instances.

        ABSENT where none was found that fits. It is the caller's to change.
        """
        place = (pointer, number)
        if place not in self._known:
            self._known[place] = self.completed(pointer, ABSENT, number)
        found = self._known[place]
        return deepcopy(found) if isinstance(found, dict | list) else found

    def answer(self, response: Response) -> Exemplar:
        """Return what a documented answer may hold where nobody decides; nobody may change it."""
        place = response.place.pointer
        if place not in self._exemplars:
            self._exemplars[place] = exemplar(self, self._document, response)
        return self._exemplars[place]

    def examples(self, response: Response) -> list[Json]:
        """Return the documented examples of an answer's JSON body that fit; none may be changed."""
        return [*examples(self, self._document, response)]

    def bodies(self, body: Body) -> list[Json]:
        """Return the documented examples of a request's JSON body that fit; none may be changed."""
        return [*bodies(self, self._document, body)]

    def named(self, response: Response) -> list[tuple[str, str, Json]]:
        """Return name, media type and value of an answer's named examples; none may be changed."""
        return [*named(self._document, response)]

    def made(self, pointer: str, number: int) -> Json | Absent:
        """Return an instance that is no example of the schema's, another one for each number."""
        drawn = self._drawn(pointer, ABSENT, number, _MADE)
        found = (one for one in islice(drawn, _MOST_TRIES) if one is not ABSENT)
        return next(found, ABSENT)

    def parameter(self, parameter: Parameter) -> Json | Absent:
        """Return the documented example of a parameter, or else a sample."""
        owner = parameter.pointer.removesuffix("/schema")
        return shown(self, self._document, owner, parameter.pointer)

    def suits(self, pointer: str, value: Json) -> bool:
        """Tell whether a value fits the schema at `pointer`."""
        return next(self._schemas.violations(pointer, value, "value"), None) is None

    def completed(self, pointer: str, given: Json | Absent, number: int = 0) -> Json | Absent:
        """Return an instance that holds what is given, or as much of that as fits.

        ABSENT where none was found that fits.
        """
        best: Json | Absent = ABSENT
        for one in islice(self._drawn(pointer, given, number), _MOST_TRIES):
            if one is not ABSENT and (given is ABSENT or holds(one, given)):
                return one
            best = one if best is ABSENT else best
        return best

    def _drawn(
        self,
        pointer: str,
        given: Json | Absent,
        number: int,
        manners: Sequence[_Manner] = _MANNERS,
    ) -> Iterator[Json | Absent]:
        """Yield instances that fit, the plausible ones first; ABSENT for a drawing in vain."""
        schema = {"$ref": f"#{quote(pointer, safe='/~')}"}
        fits = self._schemas.validator(pointer).is_valid
        for manner in manners:
            asked = _Asked(given=given, number=number)
            for one in _Draw(self, manner).instances(schema, asked):
                yield one if fits(one) else self._mended(pointer, one)

    def _mended(self, pointer: str, value: Json) -> Json | Absent:
        """Return an instance without the members that do not fit, ABSENT where that does not help.

        A text may be asked for a form that we cannot make.
        """
        validator = self._schemas.validator(pointer)
        value = deepcopy(value)
        for _ in range(12):
            error = next(iter(validator.iter_errors(value)), None)
            if error is None:
                return value
            path = [*error.instance_path]
            if error.kind.name in {"additionalProperties", "unevaluatedProperties"}:
                path.append(error.kind.as_dict()["unexpected"][0])
            if not path or not _without(value, path):
                return ABSENT
        return ABSENT

    def fits(self, schema: Json, value: Json) -> bool:
        """Tell whether a value fits a schema that is a part of the document."""
        kept = self._fits.get(id(schema))
        if kept is None:
            kept = self._fits[id(schema)] = (schema, self._schemas.predicate(schema))
        return kept[1](value)

    def is_tricky(self, schema: Json) -> bool:
        """Tell whether an instance has to be tried before it can be a part of another one."""
        for _ in range(9):
            if not isinstance(schema, dict):
                return False
            if any(word in schema for word in _TRICKY):
                return True
            reference = str(schema.get("$ref", ""))
            if not reference.startswith("#/"):
                return False
            schema = self._document.get(unquote(reference[1:]))
        return False

    def merged(self, schema: Json, trail: tuple[str, ...]) -> Merged | None:
        """Return a schema in one piece; see `merging`."""
        return merged(self._document, schema, trail)

    def ways(self, found: Merged) -> Iterator[Merged]:
        """Yield a schema with its alternatives taken; see `merging`."""
        return ways(self._document, found)


def holds(value: Json, given: Json) -> bool:
    """Tell whether a value has all that is given, at the same places."""
    if isinstance(given, dict):
        return isinstance(value, dict) and all(
            name in value and holds(value[name], one) for name, one in given.items()
        )
    if isinstance(given, list):
        same = isinstance(value, list) and len(value) == len(given)
        return same and all(map(holds, value, given))
    return bool(value == given)


def _without(value: Json, path: list[str | int]) -> bool:
    """Take the innermost member of an object on a path away, and tell whether there is one."""
    for size in range(len(path), 0, -1):
        holder, key = _at(value, path[: size - 1]), path[size - 1]
        if isinstance(holder, dict) and key in holder:
            del holder[str(key)]
            return True
    return False


def _at(value: Json, path: list[str | int]) -> Json:
    return pick(
        value, "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in path)
    )


class _Draw:
    """One drawing of an instance, in one manner."""

    def __init__(self, samples: Samples, manner: _Manner) -> None:
        self._samples = samples
        self._manner = manner
        self._left = _MOST

    def instances(self, schema: Json, asked: _Asked) -> Iterator[Json]:
        """Yield instances that plausibly fit a schema."""
        self._left -= 1
        found = self._samples.merged(schema, asked.trail)
        # What leads back to itself is left out where it may be, and else followed a few times.
        most = 2 if asked.needed or asked.given is not ABSENT else 0
        if found is None or found.turns(most, since=asked.trail):
            return
        for way in self._samples.ways(found):
            if not way.turns(most, since=asked.trail):
                yield from self._of_way(way, replace(asked, trail=way.trail))

    def first(self, schema: Json, asked: _Asked) -> Json | Absent:
        """Return the first instance, of a schema that is hard to draw from the first that fits."""
        tricky = self._samples.is_tricky(schema)
        first: Json | Absent = ABSENT
        for tries, one in enumerate(self.instances(schema, asked)):
            if not tricky or self._samples.fits(schema, one):
                return one
            first = one if first is ABSENT else first
            if tries >= _MOST_TRIES:
                break
        return first

    def _of_way(self, way: Merged, asked: _Asked) -> Iterator[Json]:
        schema, given = way.schema, asked.given
        if given is not ABSENT and kind_of(given) not in {"object", "array"}:
            yield given
        if "const" in schema:
            yield schema["const"]
            return
        if self._manner.shown and given is ABSENT:
            yield from _shown(schema, asked.number)
        if schema.get("enum"):
            members = schema["enum"]
            start = asked.number % len(members)
            yield from (*members[start:], *members[:start])
            return
        for kind in _types(schema):
            yield from self._of_type(kind, schema, asked)

    def _of_type(self, kind: str, schema: Schema, asked: _Asked) -> Iterator[Json]:
        if kind == "object":
            yield from self._objects(schema, asked)
        elif kind == "array":
            yield from self._arrays(schema, asked)
        elif kind == "string":
            yield from texts(schema, asked.name, asked.number)
        elif kind in {"integer", "number"}:
            yield from numbers(schema, kind, asked.number)
        elif kind == "boolean":
            yield from (False, True)
        else:
            yield None

    # -- objects ----------------------------------------------------------------------------------

    def _objects(self, schema: Schema, asked: _Asked) -> Iterator[dict[str, Json]]:
        given = asked.given if isinstance(asked.given, dict) else {}
        required = schema.get("required", ())
        described = schema.get("properties", {})
        members: dict[str, Json] = {}
        for name, inner in described.items():
            needed = name in required
            if not (needed or name in given or self._shows(inner, asked)):
                continue
            kept = self._kept(inner, given.get(name, ABSENT))
            value = self.first(inner, asked.inner(name, needed=needed, given=kept))
            if value is ABSENT and needed:
                return
            if value is not ABSENT:
                members[name] = value
        members.update({name: one for name, one in given.items() if name not in described})
        for name in [one for one in required if one not in members]:
            members[name] = self._another(schema, name, asked)
        for number in range(int(schema.get("minProperties", 0)) - len(members)):
            name = self._name(schema, number)
            members.setdefault(name, self._another(schema, name, asked))
        yield members

    def _kept(self, schema: Json, given: Json | Absent) -> Json | Absent:
        """Return what is given for a value, ABSENT where it fits in no way."""
        if given is ABSENT or isinstance(given, dict | list) or self._samples.fits(schema, given):
            return given
        return ABSENT

    def _shows(self, schema: Json, asked: _Asked) -> bool:
        """Tell whether a member is shown that may be missing."""
        if isinstance(schema, dict) and schema.get("writeOnly") is True:
            return False
        return self._manner.whole and asked.depth < _DEEPEST and self._left > 0

    def _another(self, schema: Schema, name: str, asked: _Asked) -> Json:
        """Return a value for a member that no property describes."""
        described = [*schema.get("patternProperties", {}).values()]
        inner = next(iter(described), schema.get("additionalProperties", True))
        found = self.first(inner, asked.inner(name, needed=True))
        return "text" if found is ABSENT else found

    def _name(self, schema: Schema, number: int) -> str:
        patterned = next(iter(schema.get("patternProperties", {})), None)
        names = {"pattern": patterned} if patterned else schema.get("propertyNames", {})
        found = self.first(
            {"type": "string", **(names or {})}, _Asked(f"key{number}", number=number)
        )
        return str(found)

    # -- lists ------------------------------------------------------------------------------------

    def _arrays(self, schema: Schema, asked: _Asked) -> Iterator[list[Json]]:
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
        if isinstance(asked.given, list):
            inner = schema.get("items", True)
            given = [one for one in asked.given if self._kept(inner, one) is not ABSENT]
            found = [self.first(inner, self._item(asked, given=one)) for one in given]
            yield [one for one in found if one is not ABSENT]
        items = [self.first(one, self._item(asked)) for one in schema.get("prefixItems", ())]
        if any(one is ABSENT for one in items):
            return
        wanted = max(least, 1 if self._manner.whole and asked.depth < _DEEPEST else 0)
        wanted = wanted if most is None else min(wanted, int(most))
        if "contains" in schema and (wanted or least):
            items.append(self.first(schema["contains"], self._item(asked)))
        for number in range(len(items), min(wanted, 100)):
            item = self._item(asked, number, needed=number < least)
            value = self.first(schema.get("items", True), item)
            if value is not ABSENT:
                items.append(value)
        if len(items) >= least:
            yield items

    def _item(
        self,
        asked: _Asked,
        number: int = 0,
        *,
        needed: bool = True,
        given: Json | Absent = ABSENT,
    ) -> _Asked:
        item = asked.inner(asked.name, needed=needed, given=given)
        return replace(item, number=asked.number + number)


def _shown(schema: Schema, number: int) -> Iterator[Json]:
    """Yield the values by which a schema shows itself, those of its type.

    Of its examples each number has one, as long as there are any.
    """
    shown = [schema["example"]] if "example" in schema else []
    shown += sequence(schema.get("examples"))
    found = [schema["default"]] if "default" in schema else []
    found += shown[number : number + 1]
    kinds = _types(schema)
    for one in found:
        kind = kind_of(one)
        if kind in kinds or (kind == "integer" and "number" in kinds) or "type" not in schema:
            yield one


def _types(schema: Schema) -> list[str]:
    stated = schema.get("type")
    if isinstance(stated, str):
        return [stated]
    if isinstance(stated, list):
        return sorted(stated, key=lambda one: one == "null")
    for kind, words in _WORDS.items():
        if any(word in schema for word in words):
            return [kind]
    return ["object"]


_WORDS: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "contains"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}
