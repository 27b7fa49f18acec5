"""JSON values, and the spots in a document: JSON Pointers (RFC 6901) with a file and a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""


class Mark(NamedTuple):
    """Where a value, or its key, begins in its file: both count from 1, columns in characters."""

    line: int
    column: int


START = Mark(1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a document; prints as `openapi.yaml:12 (#/paths/~1devices)`.

    The line and the column are those of a `Mark`.
    """

    file: str
    pointer: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} (#{self.pointer})"

    @property
    def plain(self) -> dict[str, Json]:
        """The place as JSON, as reports and the mock's answers give it."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
        }


def escape(token: str) -> str:
    """Return one reference token of a JSON Pointer, escaped (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the plain name that a token of a JSON Pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def tokens(pointer: str) -> list[str]:
    """Return the unescaped tokens of a pointer such as `/paths/~1devices/get`."""
    plain = pointer.split("/")[1:]
    return [unescape(token) for token in plain] if "~" in pointer else plain


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


def mapping(value: Json) -> Mapping[str, Json]:
    """Return a value that should be a mapping, an empty one when it is none."""
    return value if isinstance(value, dict) else {}


def sequence(value: Json) -> list[Json]:
    """Return a value that should be a list, an empty one when it is none."""
    return value if isinstance(value, list) else []


def below(value: Json, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of a value, given its own, and those of all values in it."""
    yield pointer
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from below(inner, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from below(inner, f"{pointer}/{number}")
