"""Bodies of requests that are judged by another shape: the wrong pass, or the right do not.

The operation reads its bodies by a schema of its own, a copy of the document's with one change,
which is laid into the document that it is served by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeAlias

from mockserver.fixtures import NOTHING
from mockserver.mutants.edits import on_contract, on_operation
from mockserver.mutants.mutant import Draft, Edit, in_operations
from mockserver.mutants.samples import whole
from mockserver.mutants.schemas import LAID, covers, laid, moved, without
from mockserver.mutants.sight import way_to_rows
from mockserver.mutants.spots import EACH, Way, changed, distinct, spots
from spec import Call, Context, Contract, Document, Json, Operation
from spec.contract import Body, Written
from spec.document import escape
from spec.rules import met

_DEEPEST = 16
_CHOICES = 8
Change: TypeAlias = Callable[[Json], Json]
Alter: TypeAlias = Callable[[Json], Json]


@dataclass(frozen=True)
class _Body:
    """The JSON body of an operation's requests."""

    contract: Contract
    operation: Operation
    body: Body
    media: str
    pointer: str

    @property
    def document(self) -> Document:
        """The document that describes it."""
        return self.contract.document

    @cached_property
    def fits(self) -> Callable[[Json], bool]:
        """Whether a body fits the document."""
        return self.contract.schemas.validator(self.pointer).is_valid

    @cached_property
    def bodies(self) -> list[Json]:
        """Some bodies that fit the document, each form among them."""
        around = self.pointer.removesuffix("/schema")
        named = self.document.get(f"{around}/examples") or {}
        shown = [one.get("value") for one in named.values() if isinstance(one, dict)]
        made = [whole(self.document, self.pointer, choice) for choice in range(_CHOICES)]
        return [one for one in (*shown, *made) if self.fits(one)]

    def shows(self, schema: Json, way: Way, values: Iterable[Alter]) -> bool:
        """Tell whether a body shows by which schema it is read, when a value in it is altered."""
        fits = self.contract.schemas.predicate(schema)
        altered = (changed(body, way, alter) for body in self.bodies for alter in values)
        return any(self.fits(one) is not fits(one) and not self._refused(one) for one in altered)

    def _refused(self, body: Json) -> bool:
        """Tell whether a rule refuses a body as it is refused by the document's schema.

        A rule of the shape stage speaks before the schema does.
        """
        stage = self.contract.stage("shape")
        call = Call(self.operation, None, {}, {}, {}, body)
        context = Context(call, {}, NOTHING)
        return any(
            rule.problem.name == (stage.problem if stage else None)
            and (rule.stage == "shape" or rule.answer is None)
            and all(one.path[:2] == ("request", "body") for one in rule.when)
            and met(rule.when, context) is True
            for rule in self.operation.rules
        )

    def read_by(self, schema: Json) -> Edit:
        """Read the bodies by another schema."""
        media = {**self.body.media, self.media: f"/{LAID}"}
        body = replace(self.body, media=media)
        operation = replace(self.operation, body=body)
        return on_contract(lambda contract: laid(contract, operation, schema))

    def changed(self, way: Way, change: Change) -> Json:
        """Return a copy of the schema that is changed where a way leads."""
        return _copied(self.document, self.pointer, way, change)


def _bodies(contract: Contract, operation: Operation) -> Iterator[_Body]:
    body = operation.body
    if body is not None and covers(contract, "body"):
        for media, pointer in body.media.items():
            if media.endswith("json"):
                yield _Body(contract, operation, body, media, pointer)
                return


def _copied(document: Document, pointer: str, way: Way, change: Change) -> Json:
    """Return the schema at a pointer, changed wherever a way leads, in each of its branches."""
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for word in ("allOf", "anyOf", "oneOf"):
        if word in schema:
            numbers = range(len(schema[word]))
            copy[word] = [_copied(document, f"{at}/{word}/{n}", way, change) for n in numbers]
    if not way:
        return change(copy)
    step, rest = way[0], way[1:]
    if step is EACH:
        if "items" in schema:
            copy["items"] = _copied(document, f"{at}/items", rest, change)
    elif step in schema.get("properties", {}):
        inner = _copied(document, f"{at}/properties/{escape(str(step))}", rest, change)
        copy["properties"] = {**schema["properties"], step: inner}
    return copy


def _drafts(
    one: _Body, says: str, way: Way, change: Change, pointer: str, alters: Iterable[Alter]
) -> Iterator[Draft]:
    """Yield the draft that reads bodies by a changed schema, if a body shows it."""
    schema = one.changed(way, change)
    if one.shows(schema, way, list(alters)):
        name = f"{one.operation.id} {says}"
        yield Draft(one.operation.id, name, one.document.place(pointer), one.read_by(schema))


def _put(value: Json) -> Alter:
    return lambda _: value


@in_operations("shape", "accept-missing")
def incomplete(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Accept a body without a member that is required."""
    for one in _bodies(contract, operation):
        for spot in distinct(spots(contract.document, one.pointer)):
            if spot.required:
                change = partial(_without_required, spot.name)
                says = f"accepts a body without `{spot.label}`"
                pointer = f"{spot.owner}/required"
                alter = partial(without, spot.name)
                yield from _drafts(one, says, spot.way[:-1], change, pointer, [alter])


def _without_required(name: str, schema: Json) -> Json:
    names = schema.get("required")
    return schema if names is None else {**schema, "required": [n for n in names if n != name]}


@in_operations("shape", "accept-null")
def nullified(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Accept null where it is not allowed."""
    for one in _bodies(contract, operation):
        for spot in distinct(spots(contract.document, one.pointer)):
            if not spot.nullable and spot.types and "const" not in spot.words:
                says = f"accepts null for `{spot.label}`"
                yield from _drafts(one, says, spot.way, _nullable, spot.pointer, [_put(None)])


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


@in_operations("shape", "accept-value", most=4)
def undemanding(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Accept any word where some are listed, or any text where it is to have a form."""
    for one in _bodies(contract, operation):
        for spot in distinct(spots(contract.document, one.pointer)):
            for word in ("enum", "pattern", "format"):
                if word in spot.words:
                    says = f"does not mind the {word} of `{spot.label}`"
                    change = partial(without, word)
                    yield from _drafts(one, says, spot.way, change, spot.pointer, _ODD)


_ODD = [_put(one) for one in ("?", "A b", "abc", "x" * 40, "2024-13-01")]


@in_operations("shape", "accept-type")
def untyped(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Accept a value of a type that can be turned into the right one."""
    for one in _bodies(contract, operation):
        for spot in distinct(spots(contract.document, one.pointer)):
            for kind, other in _CONVERTIBLE.items():
                if spot.types == {kind} and "const" not in spot.words:
                    says = f"accepts {other['description']} for `{spot.label}`"
                    change = partial(_or, other)
                    yield from _drafts(one, says, spot.way, change, spot.pointer, _CONVERTED)


_CONVERTIBLE: dict[str, Json] = {
    "integer": {"description": "a text of digits", "type": "string", "pattern": "^[0-9]+$"},
    "number": {"description": "a text of digits", "type": "string", "pattern": "^[0-9]+$"},
    "boolean": {"description": "a word", "enum": ["true", "false"]},
    "string": {"description": "a number", "type": "integer"},
}


_CONVERTED = [_put("7"), _put("true"), _put(7)]


def _or(other: Json, schema: Json) -> Json:
    return {"anyOf": [schema, other]}


@in_operations("shape", "request-bound", most=4)
def misbounded(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Take a bound of a body's schema for one more or one less."""
    for one in _bodies(contract, operation):
        for way, pointer in _nodes(contract.document, one.pointer):
            _, schema = contract.document.follow(pointer)
            for says, word, bound in moved(schema):
                label = ".".join("*" if step is EACH else str(step) for step in way) or "the body"
                change = partial(_bounded, word, bound)
                alters = [partial(_sized, size) for size in (bound - 1, bound, bound + 1)]
                says = f"{says} of `{label}`"
                yield from _drafts(one, says, way, change, pointer, alters)


def _sized(size: int, value: Json) -> Json:
    """Return a value like one, of a size."""
    if isinstance(value, str):
        return (value[:1] or "a") * size
    if isinstance(value, list):
        return (value * size)[: max(size, 0)]
    if isinstance(value, dict):
        members = [*value.items(), *((f"more_{n}", n) for n in range(max(size, 0)))]
        return dict(members[: max(size, 0)])
    return size if type(value) in {int, float} else value


def _nodes(
    document: Document, pointer: str, way: Way = (), depth: int = 0
) -> Iterator[tuple[Way, str]]:
    """Yield the way and pointer of each schema of a body."""
    at, schema = document.follow(pointer)
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    yield way, at
    for word in ("allOf", "anyOf", "oneOf"):
        for number in range(len(schema.get(word, ()))):
            yield from _nodes(document, f"{at}/{word}/{number}", way, depth + 1)
    for name in schema.get("properties", {}):
        inner = f"{at}/properties/{escape(name)}"
        yield from _nodes(document, inner, (*way, name), depth + 1)
    if isinstance(schema.get("items"), dict):
        yield from _nodes(document, f"{at}/items", (*way, EACH), depth + 1)


def _bounded(word: str, bound: int, schema: Json) -> Json:
    return {**schema, word: bound} if word in schema else schema


@in_operations("shape", "refuse-unknown", most=1)
def strict(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Refuse members that the document does not name, where they are to be ignored."""
    for one in _bodies(contract, operation):
        alter = partial(_with_member, "unheard_of")
        rows = way_to_rows(operation.effect) if operation.effect else ()
        for way in dict.fromkeys(((), rows)):
            where = f" in `{'.'.join('*' if step is EACH else str(step) for step in way)}`"
            says = f"refuses members that it does not know{where if way else ''}"
            yield from _drafts(one, says, way, _closed, one.pointer, [alter])


def _with_member(name: str, members: Json) -> Json:
    return {**members, name: 1} if isinstance(members, dict) else members


def _closed(schema: Json) -> Json:
    if "properties" not in schema or schema.get("additionalProperties") is False:
        return schema
    return {**schema, "additionalProperties": False}


_AS_JSON = Written("object")
"""How texts are read that are JSON all the same."""


@in_operations("shape", "accept-media")
def careless(contract: Contract, operation: Operation) -> Iterator[Draft]:
    """Read a body under any content type, or under none."""
    for one in _bodies(contract, operation):
        for says, media in (("under text/plain", "text/plain"), ("without a content type", "")):
            if media not in one.body.media:
                body = replace(
                    one.body,
                    media={**one.body.media, media: one.pointer},
                    declared={**one.body.declared, media: one.body.declared[one.media]},
                    written={**one.body.written, media: _AS_JSON},
                )
                yield Draft(
                    operation.id,
                    f"{operation.id} reads a body {says}",
                    contract.document.place(one.pointer),
                    on_operation(operation.id, partial(_with_body, body)),
                )


def _with_body(body: Body, operation: Operation) -> Operation:
    return replace(operation, body=body)
