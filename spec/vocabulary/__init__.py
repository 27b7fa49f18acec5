"""Read a document and its `x-contract-` keys into a `Contract`; the only package that does.

Everything that can be wrong with the vocabulary is found here, at load: an unknown word, a word in
the wrong place, a name that leads nowhere. The closed list of words is
`spec/vocabulary.schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from spec.contract import Contract
from spec.document import Document, load
from spec.lowering import lowered
from spec.router import Router
from spec.vocabulary.meta import (
    PREFIX,
    check_version,
    check_words,
    fit,
    root_word,
    speaks,
    words,
)
from spec.vocabulary.operations import operations
from spec.vocabulary.root import Root, base_paths, read_root

if TYPE_CHECKING:
    from spec.overlay import Overlay

__all__ = ["PREFIX", "prepared", "read", "speaks", "words"]


def read(
    source: str | Path | Document,
    *,
    overlays: Iterable[str | Path | Overlay] = (),
    infer: bool = True,
) -> Contract:
    """Return the contract of a shipped name, a path, or a document that is loaded already.

    `overlays` change the document before it is read; see `spec.overlay`. Where nothing says which
    records there are and what becomes of them, that is inferred unless `infer` is False.

    Raises: DocumentError: the first thing in the document that cannot be understood.
    """
    document = prepared(source, overlays)
    check_words(document)
    inferred = infer and not speaks(document)
    if inferred:
        document = _inferred(document)
    return _understood(read_root(document), inferred=inferred)


def prepared(
    source: str | Path | Document, overlays: Iterable[str | Path | Overlay] = ()
) -> Document:
    """Return a document with its overlays, in 2020-12, whose references all lead somewhere.

    Raises: DocumentError: the first of them that does not, or whatever keeps it from being OpenAPI.
    """
    document = source if isinstance(source, Document) else load(source)
    if given := [*overlays]:
        from spec.overlay import applied

        document = applied(document, given)
    check_version(document)
    document = lowered(document)
    fit(document, "", "document")
    for pointer in document.references():
        document.follow(pointer)
    return document


def _inferred(document: Document) -> Document:
    """Return a document with what is inferred of it, which has no marks and is told by its own."""
    # Who says it himself need not wait for these to be imported.
    from spec.infer import infer, overlay
    from spec.overlay import applied, of

    data = overlay(infer(document))
    inferred = of(Document(name=document.name, file=document.file, data=data, marks={}))
    return applied(document, [inferred])


def _understood(root: Root, *, inferred: bool) -> Contract:
    found = operations(root)
    bases = base_paths(root.document)
    return Contract(
        document=root.document,
        base_path=bases[0],
        bases=bases,
        operations=found,
        problems=root.problems,
        code_pointer=root_word(root.document, "problems", {}).get("code"),
        stages=root.stages,
        principal_facts=root.terms.principal_facts,
        schemes=root.schemes,
        schemas=root.schemas,
        router=Router(found.values(), bases[0], bases[1:]),
        resources=root.resources,
        reading=root.reading,
        unroutable=root.unroutable,
        inferred=inferred,
    )
