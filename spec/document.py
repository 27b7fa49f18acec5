"""An OpenAPI document as plain JSON values that know their place.

Everything else in the project works on the values of a `Document`; `syntax` makes them of a text,
`bundle` brings in the other files that a document refers to, `overlay` changes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from urllib.parse import unquote

from spec import syntax
from spec.anatomy import is_word
from spec.exceptions import DocumentError, nearest
from spec.places import START, Json, Mark, Place, escape, pick, tokens, unescape

__all__ = [
    "METHODS",
    "Document",
    "Json",
    "Place",
    "escape",
    "find",
    "load",
    "parse",
    "pick",
    "shipped",
    "tokens",
    "unescape",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True)
class Document:
    """An OpenAPI document: its values, and where each of them stands.

    `files` are the pointers of values that come from another file than their surroundings, with
    its name. A value that has no mark was made up by us.
    """

    name: str
    file: str
    data: Json
    marks: Mapping[str, Mark] = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    def place(self, pointer: str) -> Place:
        """Return the spot of `pointer`, or of its nearest enclosing value that has a mark."""
        known = pointer
        while known and known not in self.marks:
            known = known.rpartition("/")[0]
        return Place(self.file_of(known), pointer, *self.marks.get(known, START))

    def file_of(self, pointer: str) -> str:
        """Return the name of the file that a value comes from."""
        while self.files and pointer and pointer not in self.files:
            pointer = pointer.rpartition("/")[0]
        return self.files.get(pointer, self.file)

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
                "a reference within the file, '#/components/…', or to a file beside it",
            )
        target = unquote(reference[1:])
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
        """Yield the pointer of every reference in the document."""
        for pointer in self.marks:
            if (
                pointer.endswith("/$ref")
                and is_word(pointer)
                and isinstance(self.get(pointer), str)
            ):
                yield pointer.removesuffix("/$ref")

    @cached_property
    def version(self) -> str:
        """The `openapi` field, such as '3.1.0'."""
        return str(self.data.get("openapi", ""))


def load(source: str | Path, text: str | None = None) -> Document:
    """Return the document at a path, or the shipped document of that name.

    What it refers to in files beside it is brought in; see `bundle`.

    Raises: DocumentError: no such file, not UTF-8, not YAML or JSON, or a repeated key.
    """
    from spec.bundle import bundled

    path = find(source)
    document = parse(text if text is not None else read(path), name=path.stem, file=path.name)
    return bundled(document, path)


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


def read(path: Path) -> str:
    """Return the text of a file.

    Raises: DocumentError: it cannot be read, or is not UTF-8.
    """
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
    data, marks = syntax.read(text, file)
    return Document(name=name, file=file, data=data, marks=marks)
