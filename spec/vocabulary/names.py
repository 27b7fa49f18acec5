"""Names that the words of a document refer to: each leads somewhere, or the document is refused."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from spec.document import Document
from spec.exceptions import DocumentError, listed, nearest

_PARTS = ("path", "query", "headers", "body")
SOURCES = ("request", "principal", "resource", "item", "record")


def check_known(document: Document, name: str, known: Collection[str], at: str, what: str) -> None:
    """Refuse a name that is not among `known`, and say which is the nearest."""
    if name in known:
        return
    close = nearest(name, known)
    raise DocumentError(
        document.place(at),
        f"unknown {what} {name!r}",
        f"one of {listed(known)}" if known else f"a {what} that is declared; there is none",
        f"Did you mean {close!r}?" if close else "",
    )


def path_at(
    document: Document, text: str, pointer: str, roots: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the steps of a dotted path that stands at `pointer`, starting with one of `roots`."""
    steps = tuple(text.split("."))
    if roots:
        check_known(document, steps[0], list(roots), pointer, "part of a call")
    if steps[0] == "request":
        check_known(
            document, steps[1] if len(steps) > 1 else "", _PARTS, pointer, "part of a request"
        )
    return steps
