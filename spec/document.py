"""Read an OpenAPI file into JSON values that know their line.

Everything else in the project works on the plain values of a `Document`; only this module knows
that they came from YAML. YAML's own ideas of types (dates, octal numbers, `on`/`off`) are not JSON
and are read as the strings they look like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from spec.exceptions import DocumentError, nearest

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""

_DEEPEST = 200
_MOST_VALUES = 2_000_000
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a document; prints as `openapi.yaml:12 (#/paths/~1devices)`."""

    file: str
    pointer: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} (#{self.pointer})"


def escape(token: str) -> str:
    """Return one reference token of a JSON Pointer, escaped (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the plain name that a token of a JSON Pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def tokens(pointer: str) -> list[str]:
    """Return the unescaped tokens of a pointer such as `/paths/~1devices/get`."""
    return [unescape(token) for token in pointer.split("/")[1:]]


def pick(value: Json, pointer: str, default: Json = None) -> Json:
    """Return what `pointer` leads to inside `value`, or `default` where it leads nowhere."""
    for token in tokens(pointer):
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return default
    return value


@dataclass(frozen=True)
class Document:
    """An OpenAPI document: its values, and the line each of them stands on."""

    name: str
    file: str
    data: Json
    lines: Mapping[str, int] = field(repr=False)

    def place(self, pointer: str) -> Place:
        """Return the spot of `pointer`, or of its nearest enclosing value that has a line."""
        known = pointer
        while known and known not in self.lines:
            known = known.rpartition("/")[0]
        return Place(self.file, pointer, self.lines.get(known, 1))

    def get(self, pointer: str, default: Json = None) -> Json:
        """Return the value at `pointer`, without following references."""
        return pick(self.data, pointer, default)

    def follow(self, pointer: str) -> tuple[str, Json]:
        """Return the value at `pointer` after following `$ref`, with the pointer it really has.

        Raises: DocumentError: a reference leads nowhere, outside the file or in a circle.
        """
        seen: list[str] = []
        value = self.get(pointer)
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            reference = value["$ref"]
            if pointer in seen:
                raise DocumentError(self.place(pointer), f"{reference!r} refers to itself")
            seen.append(pointer)
            pointer = self._target(reference, pointer)
            value = self.get(pointer)
        return pointer, value

    def _target(self, reference: str, pointer: str) -> str:
        if not reference.startswith("#/"):
            raise DocumentError(
                self.place(pointer),
                f"the reference {reference!r} leaves the file",
                "a reference within the file, '#/components/…'",
            )
        target = reference[1:]
        if self.get(target, self) is self:
            parent, _, last = target.rpartition("/")
            known = self.get(parent)
            close = nearest(unescape(last), known if isinstance(known, dict) else ())
            advice = f"Did you mean {close!r}?" if close else ""
            raise DocumentError(
                self.place(pointer), f"the reference {reference!r} leads nowhere", advice=advice
            )
        return target

    def references(self) -> Iterator[str]:
        """Yield the pointer of every `$ref` in the document."""
        for pointer in self.lines:
            if pointer.endswith("/$ref") and isinstance(self.get(pointer), str):
                yield pointer.removesuffix("/$ref")

    @cached_property
    def version(self) -> str:
        """The `openapi` field, such as '3.1.0'."""
        return str(self.data.get("openapi", ""))


def load(source: str | Path, text: str | None = None) -> Document:
    """Return the document at a path, or the shipped document of that name.

    Raises: DocumentError: no such file, not UTF-8, not YAML or JSON, or a repeated key.
    """
    path = find(source)
    name = path.stem
    return parse(text if text is not None else _read(path), name=name, file=path.name)


def shipped() -> dict[str, Path]:
    """Return the documents that come with the project, by name."""
    folder = Path(str(resources.files("spec")))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find(source: str | Path) -> Path:
    """Return the path of a shipped name or of a file.

    Raises: DocumentError: there is neither.
    """
    known = shipped()
    if str(source) in known:
        return known[str(source)]
    path = Path(source)
    if path.is_file():
        return path
    close = nearest(str(source), known)
    raise DocumentError(
        str(source),
        "there is no such document",
        f"one of the shipped names ({', '.join(known)}) or the path of an OpenAPI file",
        f"Did you mean {close!r}?" if close else "",
    )


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            path.name, f"byte {error.start} is not UTF-8", "a UTF-8 encoded file"
        ) from None
    except OSError as error:
        raise DocumentError(path.name, f"the file cannot be read ({error.strerror})") from None


def parse(text: str, *, name: str, file: str) -> Document:
    """Return the document that `text` holds; JSON counts as YAML.

    Raises: DocumentError: with the line, when the text is not one mapping of JSON values.
    """
    try:
        _measure(text, file)
        node = yaml.compose(text, Loader=_JsonTypesLoader)
    except yaml.MarkedYAMLError as error:
        last = text.rstrip("\n").count("\n") + 1
        line = min(error.problem_mark.line + 1, last) if error.problem_mark else 1
        raise DocumentError(
            Place(file, "", line), f"not YAML: {error.problem or error.context}"
        ) from None
    except yaml.YAMLError as error:
        raise DocumentError(file, f"not YAML: {error}") from None
    if not isinstance(node, yaml.MappingNode):
        raise DocumentError(Place(file, "", 1), "the file holds no mapping", "an OpenAPI document")
    lines: dict[str, int] = {}
    try:
        data = _value(node, "", lines, file)
    except RecursionError:
        raise DocumentError(Place(file, "", 1), "an alias contains itself") from None
    return Document(name=name, file=file, data=data, lines=lines)


def _measure(text: str, file: str) -> None:
    """Refuse what is nested so deep that reading it would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_JsonTypesLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise DocumentError(Place(file, "", line), f"nested deeper than {_DEEPEST} levels")


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


def _value(node: yaml.Node, pointer: str, lines: dict[str, int], file: str) -> Json:
    lines[pointer] = node.start_mark.line + 1
    if len(lines) > _MOST_VALUES:
        raise DocumentError(
            Place(file, pointer, lines[pointer]),
            f"the document, its aliases resolved, has more than {_MOST_VALUES:,} values",
        )
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, lines, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, f"{pointer}/{n}", lines, file) for n, item in enumerate(node.value)]
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind in {"bool", "int", "float"}:
        return json.loads(node.value)
    return node.value


def _mapping(
    node: yaml.MappingNode, pointer: str, lines: dict[str, int], file: str
) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = f"{pointer}/{escape(key)}"
        if key in result:
            line = key_node.start_mark.line + 1
            raise DocumentError(
                Place(file, place, line), f"the key {key!r} stands here a second time"
            )
        result[key] = _value(value_node, place, lines, file)
        lines[place] = key_node.start_mark.line + 1
    return result
