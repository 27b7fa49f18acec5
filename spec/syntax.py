"""YAML and JSON texts as JSON values that know where they stand.

YAML's own ideas of types (dates, octal numbers, `on`/`off`) are not JSON and are read as the
strings they look like. A text that is JSON is read as JSON: YAML refuses its tabs and its escapes
for characters beyond 16 bits, and is slower. Only `document` imports this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from spec.exceptions import DocumentError
from spec.places import START, Json, Mark, Place, escape

_DEEPEST = 200
_MOST_VALUES = 2_000_000


def read(text: str, file: str) -> tuple[Json, dict[str, Mark]]:
    """Return the value of a text, and where each value in it stands, by its pointer.

    Raises: DocumentError: with the line, when the text is not one mapping of JSON values.
    """
    if text.lstrip()[:1] == "{":
        found = _of_json(text, file)
        if found is not None:
            return found
    return _of_yaml(text, file)


def _crowded(file: str, pointer: str, mark: Mark) -> DocumentError:
    return DocumentError(
        Place(file, pointer, *mark),
        f"the document, its aliases resolved, has more than {_MOST_VALUES:,} values",
    )


def _repeated(file: str, pointer: str, mark: Mark, key: str) -> DocumentError:
    return DocumentError(Place(file, pointer, *mark), f"the key {key!r} stands here a second time")


def _deep(file: str, mark: Mark) -> DocumentError:
    return DocumentError(Place(file, "", *mark), f"nested deeper than {_DEEPEST} levels")


# -- JSON -----------------------------------------------------------------------------------------

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _of_json(text: str, file: str) -> tuple[Json, dict[str, Mark]] | None:
    """Return what `read` does, None when the text is no JSON and may still be YAML."""
    try:
        value = json.loads(text, parse_constant=_no_json)
        if "\\ud" in text.lower():
            # Half of a surrogate pair is refused below, with its line.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value, _marks_of(text, file)


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


class _Open:
    """An object or list that is not read to its end; `next` is the pointer of its next value.

    In an object that is None until the key has come.
    """

    __slots__ = ("next", "number", "pointer")

    def __init__(self, pointer: str, *, a_list: bool) -> None:
        self.pointer = pointer
        self.number = 0 if a_list else None
        self.next = f"{pointer}/0" if a_list else None

    def go_on(self) -> None:
        """Get ready for the value behind a comma."""
        self.next = None
        if self.number is not None:
            self.number += 1
            self.next = f"{self.pointer}/{self.number}"


def _marks_of(text: str, file: str) -> dict[str, Mark]:
    """Return the marks of a text that is known to be valid JSON; a member has its key's."""
    marks: dict[str, Mark] = {}
    around: list[_Open] = []
    for token, mark in _tokens(text):
        if token in "}]":
            around.pop()
        elif token == ",":
            around[-1].go_on()
        elif around and around[-1].next is None:
            around[-1].next = _member(around[-1].pointer, token, mark, marks, file)
        elif token != ":":
            pointer = (around[-1].next or "") if around else ""
            marks.setdefault(pointer, mark)
            if token in "{[":
                around.append(_Open(pointer, a_list=token == "["))
            if len(around) > _DEEPEST:
                raise _deep(file, mark)
            if len(marks) > _MOST_VALUES:
                raise _crowded(file, pointer, mark)
    return marks


def _member(outer: str, token: str, mark: Mark, marks: dict[str, Mark], file: str) -> str:
    """Note a key, and return the pointer of the value that it is followed by."""
    key = str(json.loads(token)) if "\\" in token else token[1:-1]
    pointer = f"{outer}/{escape(key)}"
    if pointer in marks:
        raise _repeated(file, pointer, mark, key)
    marks[pointer] = mark
    return pointer


def _tokens(text: str) -> Iterator[tuple[str, Mark]]:
    line, begun, seen = 1, 0, 0
    for found in _TOKEN.finditer(text):
        start = found.start()
        breaks = text.count("\n", seen, start)
        if breaks:
            line += breaks
            begun = text.rindex("\n", seen, start) + 1
        seen = start
        yield found.group(), Mark(line, start - begun + 1)


# -- YAML -----------------------------------------------------------------------------------------


def _of_yaml(text: str, file: str) -> tuple[Json, dict[str, Mark]]:
    try:
        _measure(text, file)
        node = yaml.compose(text, Loader=_JsonTypesLoader)
    except yaml.MarkedYAMLError as error:
        raise DocumentError(
            Place(file, "", *_within(text, error.problem_mark)),
            f"not YAML: {error.problem or error.context}",
        ) from None
    except yaml.YAMLError as error:
        raise DocumentError(file, f"not YAML: {error}") from None
    if not isinstance(node, yaml.MappingNode):
        raise DocumentError(
            Place(file, "", *START), "the file holds no mapping", "an OpenAPI document"
        )
    marks: dict[str, Mark] = {}
    try:
        return _value(node, "", marks, file), marks
    except RecursionError:
        raise DocumentError(Place(file, "", *START), "an alias contains itself") from None


def _mark(found: Any) -> Mark:
    """Return as ours what PyYAML counts from 0; each of its parsers has a class for it."""
    return Mark(found.line + 1, found.column + 1) if found else START


def _within(text: str, found: Any) -> Mark:
    """Return where a text is wrong; where something is missing at its end, that end."""
    mark, lines = _mark(found), text.rstrip("\n").split("\n")
    return mark if mark.line <= len(lines) else Mark(len(lines), len(lines[-1]) + 1)


def _measure(text: str, file: str) -> None:
    """Refuse what is nested so deep that reading it would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_JsonTypesLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _deep(file, _mark(event.start_mark))


class _JsonTypesLoader(yaml.CSafeLoader):
    """A loader whose plain scalars are JSON's null, booleans and numbers, or else strings."""

    # The base class declares it in this way, for all its loaders.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)", "n~"),
    ("bool", r"(?:true|false)", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
):
    for _letter in [*_first, *([""] if _tag == "null" else [])]:
        _JsonTypesLoader.yaml_implicit_resolvers.setdefault(_letter, []).append(
            (f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"))
        )


def _value(node: yaml.Node, pointer: str, marks: dict[str, Mark], file: str) -> Json:
    marks[pointer] = _mark(node.start_mark)
    if len(marks) > _MOST_VALUES:
        raise _crowded(file, pointer, marks[pointer])
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, marks, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{pointer}/{n}", marks, file) for n, item in enumerate(node.value)]
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind in {"bool", "int", "float"}:
        return json.loads(node.value)
    return node.value


def _mapping(
    node: yaml.MappingNode, pointer: str, marks: dict[str, Mark], file: str
) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = f"{pointer}/{escape(key)}"
        if key in result:
            raise _repeated(file, place, _mark(key_node.start_mark), key)
        result[key] = _value(value_node, place, marks, file)
        marks[place] = _mark(key_node.start_mark)
    return result
