"""Pairs of paths: collections and their items."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spec.document import Document
from spec.infer.findings import Pair
from spec.places import mapping

_ITEM = re.compile(r"(?P<base>.*/(?P<noun>[^/{}]+))/\{(?P<name>[^{}]+)\}(?P<end>(?:\.[a-z]+)?/?)")
_HOLE = re.compile(r"\{([^{}]+)\}")


def pairs(document: Document) -> Iterator[Pair]:
    """Yield the pairs of a document, in the order of their items' paths.

    A path that ends like its items (`.json`, a slash) is their collection as well.
    """
    paths = mapping(document.get("/paths"))
    seen: set[str] = set()
    for path in paths:
        found = _ITEM.fullmatch(path)
        if found is None or _HOLE.sub("{}", path) in seen:
            continue
        seen.add(_HOLE.sub("{}", path))
        base, end = found["base"], found["end"]
        collection = next((one for one in (base + end, base, f"{base}/") if one in paths), None)
        around = tuple(_HOLE.findall(base))
        yield Pair(collection, path, found["name"], around, found["noun"])


def named(pair: Pair) -> str:
    """Return a name for the kind of a pair: its noun in the singular, in letters that may be."""
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", pair.noun))
    name = "_".join([*words[:-1], _singular(words[-1])] if words else ["record"]).lower()
    return name if not name[:1].isdigit() else f"_{name}"


def _singular(word: str) -> str:
    lower = word.lower()
    if lower.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if lower.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if lower.endswith("s") and not lower.endswith(("ss", "us", "is")) else word
