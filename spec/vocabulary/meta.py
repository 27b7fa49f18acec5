"""The closed list of words, and the shapes of OpenAPI's objects that reading relies on.

The list is `spec/vocabulary.schema.json`, the shapes are `spec/openapi.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import cast
from urllib.parse import quote

import jsonschema_rs

from spec.anatomy import FILES
from spec.document import Document, Json, Place, escape, pick, tokens
from spec.exceptions import DocumentError, listed, nearest

PREFIX = "x-contract-"
_ROOT_KEYS = {
    "principals",
    "reading",
    "precedence",
    "problems",
    "resources",
    "facts",
    "provenance",
}
_OPERATION_KEYS = {"facts", "rules", "effect", "list", "job", "provenance"}


def words() -> Mapping[str, Json]:
    """Return the definition of every word of the vocabulary, by its full key."""
    return {key: value for key, value in _meta()["$defs"].items() if key.startswith(PREFIX)}


@cache
def _meta(name: str = "vocabulary") -> dict[str, Json]:
    text = (resources.files("spec") / f"{name}.schema.json").read_text("utf-8")
    return cast("dict[str, Json]", json.loads(text))


def fit(document: Document, pointer: str, kind: str) -> Json:
    """Return the object at `pointer`, which has the shape that reading a `kind` relies on.

    Raises: DocumentError: it has another shape.
    """
    value = document.get(pointer)
    for error in _validator(kind, "openapi").iter_errors(value):
        spot = pointer + "".join(f"/{escape(str(token))}" for token in error.instance_path)
        what = f"not {_article(kind)} as OpenAPI has it: {error.message}"
        raise DocumentError(document.place(spot), what)
    return value


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def check_version(document: Document) -> None:
    """Refuse what is no version of OpenAPI 3, or has no paths."""
    if not document.version.startswith(("3.0", "3.1", "3.2")):
        raise DocumentError(
            document.place("/openapi"),
            f"the field 'openapi' is {document.data.get('openapi')!r}",
            "'3.1.0' or another version of OpenAPI 3",
        )
    if "paths" not in document.data:
        raise DocumentError(document.place(""), "there is no 'paths' object", "at least one path")


def speaks(document: Document) -> bool:
    """Tell whether a document says itself which records there are, or what becomes of them."""
    endings = (f"/{PREFIX}resources", f"/{PREFIX}effect")
    return any(pointer.endswith(endings) for pointer in document.marks)


def check_words(document: Document) -> None:
    """Refuse the first word that is unknown, misplaced, or has a value of the wrong shape."""
    known = words()
    for pointer in document.marks:
        # No word is written with an escape.
        key = pointer[pointer.rfind("/") + 1 :]
        if key.startswith(PREFIX) and not pointer.startswith(f"/{FILES}/"):
            _check_word(document, pointer, key, known)


def _check_word(document: Document, pointer: str, key: str, known: Mapping[str, Json]) -> None:
    place = document.place(pointer)
    if key not in known:
        close = nearest(key, known)
        raise DocumentError(
            place,
            f"unknown key {key!r}",
            f"one of {listed(sorted(known))}",
            f"Did you mean {close!r}?" if close else "",
        )
    word = key.removeprefix(PREFIX)
    depth = len(tokens(pointer))
    around = tokens(pointer)[2:3] == ["additionalOperations"]
    in_operation = depth == 4 + around and tokens(pointer)[0] == "paths"
    if word != "provenance" and not (
        (depth == 1 and word in _ROOT_KEYS) or (in_operation and word in _OPERATION_KEYS)
    ):
        spots = [
            spot
            for spot, words_there in (
                ("at the root", _ROOT_KEYS),
                ("inside an operation", _OPERATION_KEYS),
            )
            if word in words_there
        ]
        raise DocumentError(place, f"{key!r} has no meaning here", f"it {' or '.join(spots)}")
    _check_value(document, pointer, key)


def _check_value(document: Document, pointer: str, key: str) -> None:
    validator = _validator(key)
    errors = list(validator.iter_errors(document.get(pointer)))
    # A misspelt word is at the root of what else is missing.
    for error in sorted(errors, key=lambda one: one.kind.name != "additionalProperties"):
        raise _slip(document, pointer, key, error)


@cache
def _validator(key: str, name: str = "vocabulary") -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([(f"urn:{name}", _meta(name))])
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:{name}#/$defs/{quote(key)}"}, registry=registry
    )


def _slip(
    document: Document, pointer: str, key: str, error: jsonschema_rs.ValidationError
) -> DocumentError:
    spot = pointer + "".join(f"/{escape(str(token))}" for token in error.instance_path)
    if error.kind.name != "additionalProperties":
        return DocumentError(document.place(spot), f"{key}: {error.message}")
    unexpected = error.kind.as_dict()["unexpected"][0]
    schema_path = [str(token) for token in error.schema_path][:-1]
    schema = pick(_meta(), "".join(f"/{escape(token)}" for token in schema_path), {})
    known = list(schema.get("properties", {}))
    close = nearest(unexpected, known)
    return DocumentError(
        document.place(f"{spot}/{escape(unexpected)}"),
        f"{key}: unknown word {unexpected!r}",
        f"one of {listed(known)}",
        f"Did you mean {close!r}?" if close else "",
    )


def root_word(document: Document, word: str, default: Json) -> Json:
    """Return the value of a word at the document's root."""
    return document.data.get(PREFIX + word, default)


def spot(document: Document, word: str, *way: str, pointer: str = "") -> Place:
    """Return the line where the vocabulary says something by a word, of what is at `pointer`.

    `way` are the members below the word.
    """
    return document.place(pointer + "".join(f"/{escape(one)}" for one in (PREFIX + word, *way)))
