"""One document out of several files: what a document refers to in files beside it is brought in.

A file's value is kept whole under `x-files`, and references lead there. Only path items
and operations take the place of references to them, since everybody looks for those under `paths`.
Lines and file names stay those of the file where a value stands.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from spec import syntax
from spec.anatomy import FILES, is_word
from spec.document import METHODS, Document, read
from spec.exceptions import DocumentError
from spec.places import Json, Mark, below, escape, pick, unescape

_MOST_FILES = 5_000


def bundled(document: Document, path: Path) -> Document:
    """Return a document, which stands at `path`, with all that it refers to in other files.

    Raises: DocumentError: such a file is not there, or holds no mapping.
    """
    bundle = _Bundle(document, path)
    bundle.bring_in()
    return replace(bundle.document, data=_put_in_place(bundle), files=bundle.files)


class _Bundle:
    """A document while it grows."""

    def __init__(self, document: Document, path: Path) -> None:
        self.data: dict[str, Any] = document.data
        self.marks: dict[str, Mark] = dict(document.marks)
        self.files: dict[str, str] = dict(document.files)
        self.document = replace(document, marks=self.marks, files=self.files)
        self._folder = path.resolve().parent
        self._homes: dict[Path, str] = {path.resolve(): ""}
        self._waiting = [(path.resolve(), "", [*document.marks])]

    def bring_in(self) -> None:
        """Lead every reference to where its target is kept, that of another file inside too."""
        while self._waiting:
            file, home, pointers = self._waiting.pop()
            for holder, key in _references(pointers):
                outer: dict[str, Json] = pick(self.data, home + holder)
                outer[key] = self._kept(outer[key], file, home, home + holder)

    def _kept(self, reference: Json, file: Path, home: str, pointer: str) -> Json:
        """Return a reference as it leads inside the document."""
        if not isinstance(reference, str) or "://" in reference:
            return reference
        name, mark, fragment = reference.partition("#")
        if not name:
            return f"#{quote(home)}{fragment}" if home else reference
        if pointer.endswith("/mapping") and not mark and "." not in name:
            return reference  # the plain name of a schema
        target = (file.parent / unquote(name)).resolve()
        if target not in self._homes:
            self._homes[target] = self._take(target, pointer, reference)
        return f"#{quote(self._homes[target])}{fragment}"

    def _take(self, target: Path, pointer: str, reference: str) -> str:
        """Put a file's value into the document and return where it stands."""
        if not target.is_file():
            raise DocumentError(
                self.document.place(pointer),
                f"the reference {reference!r} leads to no file",
                "a reference within the file, '#/components/…', or to a file beside it",
            )
        if len(self._homes) > _MOST_FILES:
            raise DocumentError(self.document.place(pointer), f"more than {_MOST_FILES:,} files")
        name = Path(os.path.relpath(target, self._folder)).as_posix()
        home = f"/{FILES}/{escape(name)}"
        value, marks = syntax.read(read(target), name)
        self.data.setdefault(FILES, {})[name] = value
        self.marks.update({home + inner: mark for inner, mark in marks.items()})
        self.files[home] = name
        self._waiting.append((target, home, [*marks]))
        return home


def _references(pointers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pointer and key of each value in a file that may refer to something."""
    for pointer in pointers:
        outer, _, key = pointer.rpartition("/")
        if (key == "$ref" and is_word(pointer)) or outer.endswith("/discriminator/mapping"):
            yield outer, unescape(key)


# -- path items and operations --------------------------------------------------------------------


def _put_in_place(bundle: _Bundle) -> Json:
    """Return the document's value with path items and operations in place of references to them."""
    paths = bundle.data.get("paths")
    if not isinstance(paths, dict):
        return bundle.data
    for path, item in paths.items():
        pointer = f"/paths/{escape(path)}"
        paths[path] = found = _in_place(bundle, pointer, item)
        for method in METHODS if isinstance(found, dict) else ():
            if method in found:
                found[method] = _in_place(bundle, f"{pointer}/{method}", found[method])
    return bundle.data


def _in_place(bundle: _Bundle, pointer: str, value: Json) -> Json:
    """Return what a reference refers to, the members that stand beside it being its own."""
    if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
        return value
    source, found = bundle.document.follow(pointer)
    own = {name: one for name, one in value.items() if name != "$ref"}
    if not isinstance(found, dict):
        return found
    bundle.marks.pop(f"{pointer}/$ref", None)
    for name in found.keys() - own.keys():
        inner = f"/{escape(name)}"
        bundle.files[pointer + inner] = bundle.document.file_of(source + inner)
        for rest in below(found[name], inner):
            bundle.marks[pointer + rest] = bundle.marks[source + rest]
    return {**found, **own}
