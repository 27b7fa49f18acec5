"""Which operation answers a method and a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import unquote

from spec.contract.operations import Operation


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A request that no operation answers.

    `allowed` are the methods that the path does have; `nearest` is the operation that looks most
    like the request.
    """

    allowed: tuple[str, ...]
    nearest: Operation | None


@dataclass(frozen=True, slots=True)
class _Row:
    """An operation's path: a literal, a pattern or None (any text) for each segment, and names."""

    shape: tuple[str | re.Pattern[str] | None, ...]
    names: tuple[str, ...]
    operation: Operation

    @property
    def precedence(self) -> tuple[list[int], bool]:
        """Literal segments come first, whole parameters last; a plain path before one with `?`."""
        kinds = [2 if one is None else 0 if isinstance(one, str) else 1 for one in self.shape]
        return kinds, bool(_BEYOND.search(self.operation.path))

    def values(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the path values of a request with as many segments, None where one differs."""
        values: list[str] = []
        for want, got in zip(self.shape, segments, strict=True):
            if want is None:
                values.append(unquote(got, errors="replace"))
            elif isinstance(want, str):
                if want != got:
                    return None
            elif (found := want.fullmatch(got)) is not None:
                values.extend(unquote(one, errors="replace") for one in found.groups())
            else:
                return None
        return dict(zip(self.names, values, strict=True)) if all(values) else None


_HOLE = re.compile(r"[{]([^{}]+)[}]")
_BEYOND = re.compile(r"[?#].*")


def _row(operation: Operation) -> _Row:
    # Some documents tell operations apart by a query or a fragment, which no path can have.
    segments = _BEYOND.sub("", operation.path)[1:].split("/")
    names = [name for segment in segments for name in _HOLE.findall(segment)]
    return _Row(tuple(map(_segment, segments)), tuple(names), operation)


def _segment(text: str) -> str | re.Pattern[str] | None:
    if "{" not in text:
        return text
    if _HOLE.fullmatch(text):
        return None
    parts = _HOLE.split(text)
    return re.compile("(.+?)".join(re.escape(one) for one in parts[::2]))


class Router:
    """The table from method and path to operation; a literal segment beats a parameter."""

    def __init__(
        self, operations: Iterable[Operation], base_path: str, others: Iterable[str] = ()
    ) -> None:
        """Build the table once; a request only looks up. `others` are base paths as well."""
        self._base = base_path
        # The longest first: one may begin like another.
        bases = sorted({base_path, *others}, key=len, reverse=True)
        self._starts = [(f"{base}/", len(base) + 1) for base in bases]
        self._operations = tuple(operations)
        self._table: dict[str, dict[int, list[_Row]]] = {}
        for row in map(_row, self._operations):
            by_length = self._table.setdefault(row.operation.method, {})
            by_length.setdefault(len(row.shape), []).append(row)
        for by_length in self._table.values():
            for rows in by_length.values():
                rows.sort(key=lambda row: row.precedence)

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | Unrouted:
        """Return the operation and its path values; `path` is percent-encoded as it was sent."""
        found = self._find(method, path)
        if found is None and method == "HEAD":
            found = self._find("GET", path)
        return found or Unrouted(self._allowed(path), self._nearest(method, path))

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        by_length = self._table.get(method)
        if by_length is None:
            return None
        for start, length in self._starts:
            if not path.startswith(start):
                continue
            segments = path[length:].split("/")
            for row in by_length.get(len(segments), ()):
                values = row.values(segments)
                if values is not None:
                    return row.operation, values
        return None

    def _allowed(self, path: str) -> tuple[str, ...]:
        return tuple(method for method in self._table if self._find(method, path))

    def _nearest(self, method: str, path: str) -> Operation | None:
        def likeness(operation: Operation) -> float:
            whole = f"{operation.method} {self._base}{operation.path}"
            return SequenceMatcher(None, f"{method} {path}", whole).ratio()

        return max(self._operations, key=likeness, default=None)
