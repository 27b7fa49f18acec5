"""What a document without our vocabulary most probably means, as an overlay that says it.

From paths, bodies and links come kinds of records and what operations do to them; no problems and
no rules, since nothing in an OpenAPI document says when an operation refuses. A false inference is
worse than none: where pieces do not fit, the effect is left out, and why is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from spec.document import METHODS, Document, escape
from spec.infer.effects import effect
from spec.infer.findings import Found, Inference, Key, Kind, Pair
from spec.infer.kinds import kind
from spec.infer.paths import named, pairs
from spec.infer.written import overlay, text
from spec.places import mapping

__all__ = ["Found", "Inference", "Key", "Kind", "Pair", "infer", "overlay", "text"]


def infer(document: Document) -> Inference:
    """Return what can be inferred from a document whose references all lead somewhere."""
    told: list[Kind] = []
    remarks: list[str] = []
    names: set[str] = set()
    for pair in pairs(document):
        found = kind(document, pair, _name(pair, names))
        if isinstance(found, str):
            remarks.append(f"{pair.item}: no kind of record, since {found}.")
        else:
            names.add(found.name)
            told.append(found)
    return Inference(
        file=document.file,
        title=str(document.get("/info/title", document.name)),
        kinds=tuple(told),
        found=tuple(_found(document, told)),
        remarks=tuple(remarks),
    )


def _name(pair: Pair, taken: set[str]) -> str:
    """Return a name that no other kind has: with its parents' names, or a number, where it must."""
    name, rest = named(pair), [one for one in pair.item.split("/")[:-2] if one and "{" not in one]
    while name in taken and rest:
        outer = Pair(None, "", "", (), rest.pop())
        name = f"{named(outer)}_{name}"
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _found(document: Document, told: list[Kind]) -> Iterator[Found]:
    """Yield what was found out about each operation, in the document's order."""
    about = {path: one for one in told for path in (one.pair.collection, one.pair.item) if path}
    for path, item in mapping(document.get("/paths")).items():
        for method in METHODS if not path.startswith("x-") else ():
            if method not in mapping(item):
                continue
            found = effect(document, about[path], path, method) if path in about else None
            pointer = f"/paths/{escape(path)}/{method}"
            yield found or Found(pointer, path, method, _APART)


_APART = "it stands neither on a collection nor on an item of one"
