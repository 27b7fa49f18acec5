"""What a schema says of its instances' form, through references and compositions of schemas.

A schema may be a reference, or be put together of others (`allOf`) or of alternatives (`oneOf`,
`anyOf`). The functions here see one object with all its properties, wherever each is described.
"""

from __future__ import annotations

from collections.abc import Iterator

from spec.document import Document, Json, escape, tokens
from spec.places import mapping, sequence

_ALTERNATIVES = ("anyOf", "oneOf")


def _parts(document: Document, pointer: str, seen: set[str]) -> Iterator[tuple[str, Json]]:
    """Yield the schemas that an instance must all fit, with their pointers, each once."""
    pointer, schema = document.follow(pointer)
    if pointer in seen or not isinstance(schema, dict):
        return
    seen.add(pointer)
    yield pointer, schema
    for number in range(len(sequence(schema.get("allOf")))):
        yield from _parts(document, f"{pointer}/allOf/{number}", seen)


def alternatives(document: Document, pointer: str) -> list[str]:
    """Return the pointers of the schemas of which an instance fits some."""
    return [
        f"{at}/{word}/{number}"
        for at, schema in _parts(document, pointer, set())
        for word in _ALTERNATIVES
        for number in range(len(sequence(schema.get(word))))
    ]


def properties(document: Document, pointer: str) -> dict[str, str]:
    """Return where each property that an instance may have is described, by its name."""
    return _properties(document, pointer, set())


def _properties(document: Document, pointer: str, seen: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, schema in [*_parts(document, pointer, seen)]:
        for name in mapping(schema.get("properties")):
            found.setdefault(name, f"{at}/properties/{escape(name)}")
        for word in _ALTERNATIVES:
            for number in range(len(sequence(schema.get(word)))):
                inner = _properties(document, f"{at}/{word}/{number}", seen)
                found = {**inner, **found}
    return found


def required(document: Document, pointer: str) -> frozenset[str]:
    """Return the names of the properties that every instance has."""
    return frozenset(
        str(name)
        for _, schema in _parts(document, pointer, set())
        for name in sequence(schema.get("required"))
    )


def items(document: Document, pointer: str) -> str | None:
    """Return the pointer of the schema of a list's members, None where there is none."""
    for at, schema in _parts(document, pointer, set()):
        if isinstance(schema.get("items"), dict):
            return f"{at}/items"
    return next(
        (one for at in alternatives(document, pointer) if (one := items(document, at))), None
    )


def says(document: Document, pointer: str, word: str) -> Json:
    """Return what a schema or one of its parts says under a word, None when it says nothing."""
    for _, schema in _parts(document, pointer, set()):
        if word in schema:
            return schema[word]
    return None


def described(document: Document, pointer: str, inner: str) -> str | None:
    """Return where the value is described that `inner` leads to in an instance of a schema."""
    found: str | None = pointer
    for name in tokens(inner):
        found = properties(document, found).get(name) if found else None
    return found


# -- types ----------------------------------------------------------------------------------------


def kinds(document: Document, pointer: str) -> frozenset[str]:
    """Return the JSON types that instances may have, `null` among them; none where it is open."""
    return _kinds(document, pointer, set())


def _kinds(document: Document, pointer: str, seen: set[str]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for at, schema in [*_parts(document, pointer, seen)]:
        own = _own_kinds(schema)
        for word in _ALTERNATIVES:
            inner = [
                _kinds(document, f"{at}/{word}/{n}", seen)
                for n in range(len(sequence(schema.get(word))))
            ]
            own = own or (frozenset().union(*inner) if all(inner) else own)
        found = (found & own or own) if found and own else found or own
    return found


def _own_kinds(schema: Json) -> frozenset[str]:
    stated = schema.get("type")
    if isinstance(stated, str):
        return frozenset({stated})
    if isinstance(stated, list):
        return frozenset(map(str, stated))
    if "const" in schema:
        return frozenset({kind_of(schema["const"])})
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return frozenset(map(kind_of, schema["enum"]))
    if isinstance(schema.get("properties"), dict):
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in schema else frozenset()


def kind_of(value: Json) -> str:
    """Return the JSON type of a value; whole numbers are integers."""
    if isinstance(value, bool):
        return "boolean"
    for kind, types in _PYTHON.items():
        if isinstance(value, types):
            return kind
    return "null"


_PYTHON = {"integer": int, "number": float, "string": str, "array": list, "object": dict}


def text_kind(document: Document, pointer: str) -> str:
    """Return the type that a text stands for where only a text can be written.

    It is a string where it may be one, or where nobody can tell.
    """
    found = kinds(document, pointer) - {"null"}
    if "array" in found:
        return "array"
    if len(found) == 1:
        return next(iter(found))
    return "number" if found == {"integer", "number"} else "string"
