"""Read a document and its `x-contract-` keys into a `Contract`; the only package that does.

Everything that can be wrong with the vocabulary is found here, at load: an unknown word, a word in
the wrong place, a name that leads nowhere. The closed list of words is
`spec/vocabulary.schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spec.contract import Contract
from spec.document import Document, load
from spec.lowering import lowered
from spec.overlay import Overlay, applied
from spec.router import Router
from spec.samples import Samples
from spec.vocabulary.meta import PREFIX, check_version, check_words, fit, root_word, words
from spec.vocabulary.operations import operations
from spec.vocabulary.root import Root, base_paths, read_root

__all__ = ["PREFIX", "read", "words"]


def read(
    source: str | Path | Document, *, overlays: Iterable[str | Path | Overlay] = ()
) -> Contract:
    """Return the contract of a shipped name, a path, or a document that is loaded already.

    `overlays` change the document before it is read; see `spec.overlay`.

    Raises: DocumentError: the first thing in the document that cannot be understood.
    """
    document = source if isinstance(source, Document) else load(source)
    document = applied(document, overlays)
    check_version(document)
    document = lowered(document)
    fit(document, "", "document")
    for pointer in document.references():
        document.follow(pointer)
    check_words(document)
    return _understood(read_root(document))


def _understood(root: Root) -> Contract:
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
        samples=Samples(root.document, root.schemas),
        router=Router(found.values(), bases[0], bases[1:]),
        resources=root.resources,
        reading=root.reading,
        unroutable=root.unroutable,
    )
