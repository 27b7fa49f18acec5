"""Compiled JSON Schemas of a document, and what does not fit them.

The fast reader: every schema is compiled once, when the contract is built. `witness` reads the same
document with other people's code and must agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import jsonschema_rs

from spec.document import Document, Json, escape
from spec.exceptions import listed

if TYPE_CHECKING:
    from spec.samples import Samples

_BASE = "urn:document"


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a message does not fit the document: an answer or a request, not a crash.

    `pointer` leads into the message part at `location`, `schema` into the document.
    `doubtful` marks a form on which correct implementations differ.
    """

    location: str
    pointer: str
    message: str
    schema: str = ""
    keyword: str = ""
    doubtful: bool = False

    def __str__(self) -> str:
        spot = f"{self.location}{self.pointer}" if self.pointer else self.location
        return f"{spot}: {self.message}"


class Schemas:
    """The schemas of one document, compiled on first use and kept.

    What is `readOnly` need not be in the body of a request though it is `required`, and what is
    `writeOnly` not in an answer.
    """

    def __init__(self, document: Document) -> None:
        """Make the document's schemas available under their pointers."""
        self._document = document
        data = _discriminated(document.data) if _has(document, "discriminator") else document.data
        answers = _without_required(document, data, "writeOnly")
        requests = _without_required(document, data, "readOnly")
        self._registry = _registry(answers)
        self._compiled: dict[str, jsonschema_rs.Draft202012Validator] = {}
        same = requests is answers
        self._requests = self._registry if same else _registry(requests)
        self._requested = self._compiled if same else {}

    def validator(
        self, pointer: str, *, request: bool = False
    ) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled schema that stands at `pointer` of the document.

        With `request` it is that of a request's body.
        """
        compiled = self._requested if request else self._compiled
        if pointer not in compiled:
            compiled[pointer] = jsonschema_rs.Draft202012Validator(
                self.reference(pointer),
                registry=self._requests if request else self._registry,
                validate_formats=True,
            )
        return compiled[pointer]

    @cached_property
    def samples(self) -> Samples:
        """Instances of the schemas; who needs none need not wait for the modules to be imported."""
        from spec.samples import Samples

        return Samples(self._document, self)

    def reference(self, pointer: str) -> Json:
        """Return a schema that stands for the one at `pointer`; where there is none, any fits."""
        if self._document.get(pointer, _BASE) is _BASE:
            return {}
        return {"$ref": f"{_BASE}#{quote(pointer, safe='/~')}"}

    def predicate(self, schema: Json) -> Callable[[Json], bool]:
        """Return the compiled yes-or-no form of a schema that may refer into the document."""
        compiled = jsonschema_rs.Draft202012Validator(
            absolute(schema), registry=self._registry, validate_formats=True
        )
        return _tolerant(compiled.is_valid)

    def violations(
        self, pointer: str, value: Json, location: str, *, request: bool = False
    ) -> Iterator[Violation]:
        """Yield what does not fit the schema at `pointer`, deepest branch first for `anyOf`."""
        validator = self.validator(pointer, request=request)
        try:
            if validator.is_valid(value):
                return
            for error in validator.iter_errors(value):
                yield _violation(error, location)
        except UnicodeEncodeError:
            yield Violation(location, "", "a string holds half of a surrogate pair", doubtful=True)
        except ValueError as error:
            yield Violation(location, "", f"cannot be judged: {error}", doubtful=True)

    @property
    def registry(self) -> jsonschema_rs.Registry:
        """The registry in which the document is known as `urn:document`."""
        return self._registry


def _has(document: Document, word: str) -> bool:
    ending = f"/{word}"
    return any(pointer.endswith(ending) for pointer in document.marks)


def _registry(data: Json) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(_BASE, {**data, "$id": _BASE})])


def _discriminated(value: Json) -> Json:
    """Return a value in which alternatives are also told apart by their discriminator.

    To JSON Schema the word says nothing, and an instance may fit several alternatives of `oneOf`
    that are meant to be told apart by a name in it. Either way to read it is admitted.
    """
    if isinstance(value, list):
        return _changed_list(value, [_discriminated(one) for one in value])
    if not isinstance(value, dict):
        return value
    inner = {name: _discriminated(one) for name, one in value.items()}
    result = inner if any(inner[name] is not value[name] for name in value) else value
    branches = result.get("oneOf")
    if not isinstance(branches, list) or not isinstance(result.get("discriminator"), dict):
        return result
    both = {"anyOf": [{"oneOf": branches}, {"oneOf": [told(result, one) for one in branches]}]}
    rest = {name: one for name, one in result.items() if name != "oneOf"}
    return {**rest, "allOf": [*result.get("allOf", ()), both]}


def told(schema: Json, branch: Json) -> Json:
    """Return an alternative with the names in an instance by which the discriminator tells it."""
    discriminator = schema.get("discriminator")
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    if not isinstance(discriminator, dict) or not isinstance(reference, str):
        return branch
    plain = unquote(reference.rpartition("/")[2])
    mapping = discriminator.get("mapping")
    named = mapping if isinstance(mapping, dict) else {}
    names = [key for key, to in named.items() if to in {reference, plain}] or [plain]
    name = str(discriminator.get("propertyName"))
    return {"allOf": [branch, {"required": [name], "properties": {name: {"enum": names}}}]}


def _without_required(document: Document, data: Json, word: str) -> Json:
    """Return the document's value with no property `required` whose schema says `word`.

    It is the value itself where there is none.
    """
    return _relieved(document, data, word) if _has(document, word) else data


def _relieved(document: Document, value: Json, word: str) -> Json:
    if isinstance(value, list):
        return _changed_list(value, [_relieved(document, one, word) for one in value])
    if not isinstance(value, dict):
        return value
    inner = {name: _relieved(document, one, word) for name, one in value.items()}
    result = inner if any(inner[name] is not value[name] for name in value) else value
    required, described = value.get("required"), value.get("properties")
    if isinstance(required, list) and isinstance(described, dict):
        left = [name for name in required if not _says(document, described.get(str(name)), word)]
        if len(left) < len(required):
            return {**result, "required": left}
    return result


def _changed_list(before: list[Json], after: list[Json]) -> list[Json]:
    return after if any(a is not b for a, b in zip(after, before, strict=True)) else before


def _says(document: Document, schema: Json, word: str) -> bool:
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and word not in schema:
        schema = document.get(unquote(schema["$ref"][1:]))
    return isinstance(schema, dict) and schema.get(word) is True


def absolute(schema: Json) -> Json:
    """Return a schema whose references into the document hold from anywhere."""
    if isinstance(schema, list):
        return [absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _BASE + quote(value, safe="#/~%")
        if key == "$ref" and str(value).startswith("#")
        else absolute(value)
        for key, value in schema.items()
    }


def _tolerant(is_valid: Callable[[Json], bool]) -> Callable[[Json], bool]:
    def fits(value: Json) -> bool:
        try:
            return is_valid(value)
        except (UnicodeEncodeError, ValueError):
            return False

    return fits


def _violation(error: jsonschema_rs.ValidationError, location: str) -> Violation:
    deepest = _branch(error)
    types = _types(deepest) if deepest.kind.name in _ALTERNATIVES else []
    return Violation(
        location=location,
        pointer=_pointer(deepest.instance_path),
        message=_message(deepest),
        schema=_pointer(deepest.schema_path),
        keyword="type" if types else deepest.kind.name,
    )


def _pointer(path: Iterable[str | int]) -> str:
    return "".join(f"/{escape(str(token))}" for token in path)


_ALTERNATIVES = frozenset({"anyOf", "oneOfNotValid", "oneOf"})


def _message(error: jsonschema_rs.ValidationError) -> str:
    """Return what is wrong; of alternatives, in the one that comes closest."""
    context = error.kind.as_dict().get("context") if error.kind.name in _ALTERNATIVES else None
    branches = [branch for branch in context or () if branch]
    if not branches:
        return error.message
    types = _types(error)
    if types:
        return f"{json.dumps(error.instance)} is none of {listed(types)}"
    depth = len(error.instance_path)
    # The value as such should fit; then, the fewer parts do not, the nearer it is.
    nearest = min(branches, key=lambda one: (len(one[0].instance_path) <= depth, len(one)))
    inner = _branch(nearest[0])
    spot = _pointer(inner.instance_path[depth:])
    return f"fits none of the alternatives; in the nearest, {spot or 'it'}: {_message(inner)}"


def _types(error: jsonschema_rs.ValidationError) -> list[str]:
    """Return the types of all alternatives where an instance is of none, none in other cases."""
    context = error.kind.as_dict().get("context") or []
    depth = len(error.instance_path)
    if not all(_of_another_type(branch, depth) for branch in context):
        return []
    return [name for branch in context for name in branch[0].kind.as_dict()["types"]]


def _branch(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Return the error inside the `anyOf`/`oneOf` branch that came closest, when it is clear.

    It is the only one in which the fault lies deeper, or the only one of the value's type.
    """
    if error.kind.name not in _ALTERNATIVES:
        return error
    context = error.kind.as_dict().get("context") or []
    depth = len(error.instance_path)
    single = [branch[0] for branch in context if len(branch) == 1]
    deeper = [one for one in single if len(one.instance_path) > depth]
    if len(deeper) == 1:
        return _branch(deeper[0])
    typed = [branch for branch in context if not _of_another_type(branch, depth)]
    return _branch(typed[0][0]) if len(typed) == 1 and len(typed[0]) == 1 else error


def _of_another_type(branch: list[jsonschema_rs.ValidationError], depth: int) -> bool:
    """Tell whether all that speaks against an alternative is the type; none does if it fits."""
    return [(one.kind.name, len(one.instance_path)) for one in branch] == [("type", depth)]
