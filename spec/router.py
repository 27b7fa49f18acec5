"""Which operation answers a method and a path."""

from __future__ import annotations

from collections.abc import Iterable
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


class Router:
    """The table from method and path to operation; a literal segment beats a parameter."""

    def __init__(self, operations: Iterable[Operation], base_path: str) -> None:
        """Build the table once; a request only looks up."""
        self._base = base_path
        self._operations = tuple(operations)
        self._table: dict[str, list[tuple[tuple[str | None, ...], tuple[str, ...], Operation]]] = {}
        for operation in self._operations:
            segments = operation.path.strip("/").split("/")
            shape = tuple(None if "{" in one else one for one in segments)
            names = tuple(one.strip("{}") for one in segments if "{" in one)
            self._table.setdefault(operation.method, []).append((shape, names, operation))
        for rows in self._table.values():
            rows.sort(key=lambda row: [segment is None for segment in row[0]])

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | Unrouted:
        """Return the operation and its path values; `path` is percent-encoded as it was sent."""
        found = self._find("GET" if method == "HEAD" else method, path)
        return found or Unrouted(self._allowed(path), self._nearest(method, path))

    def _find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        if not path.startswith(self._base + "/"):
            return None
        segments = path[len(self._base) + 1 :].split("/")
        for shape, names, operation in self._table.get(method, ()):
            if len(shape) == len(segments) and all(
                want is None or want == got for want, got in zip(shape, segments, strict=True)
            ):
                values = [
                    unquote(got, errors="replace")
                    for want, got in zip(shape, segments, strict=True)
                    if want is None
                ]
                if all(values):
                    return operation, dict(zip(names, values, strict=True))
        return None

    def _allowed(self, path: str) -> tuple[str, ...]:
        return tuple(method for method in self._table if self._find(method, path))

    def _nearest(self, method: str, path: str) -> Operation | None:
        def likeness(operation: Operation) -> float:
            whole = f"{operation.method} {self._base}{operation.path}"
            return SequenceMatcher(None, f"{method} {path}", whole).ratio()

        return max(self._operations, key=likeness, default=None)
