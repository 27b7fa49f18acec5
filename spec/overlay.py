"""OpenAPI overlays (Overlay Specification 1.0 and 1.1): a document changed by somebody else's file.

A value that an overlay has put into a document is reported with the overlay's file and line. The
document itself is left as it is; what an action touches is copied on the way.

A target that can select only one value (names and indexes, no wildcard, filter or descent) must
select it: where it does not, somebody has misspelt it, and what the action was to add would be
missing without a word. The specification lets such an action succeed. Any other target says *each
that there is*, and there may be none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spec.document import Document, read
from spec.document import parse as parsed
from spec.exceptions import DocumentError, listed, nearest
from spec.places import Json, below, escape, pick, unescape

_VERSIONS = ("1.0.", "1.1.")
_WORDS = ("overlay", "info", "extends", "actions")
_ACTION = ("target", "description", "update", "copy", "remove")


@dataclass(frozen=True, slots=True)
class Action:
    """One change; `pointer` is where it stands in the overlay. At most one of the three is meant.

    `update` is told by its presence in the overlay, since null is a value like any other.
    """

    target: str
    pointer: str
    updates: bool = False
    copy: str | None = None
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay, checked as far as it can be without the document it is for."""

    source: Document
    actions: tuple[Action, ...]

    @property
    def modern(self) -> bool:
        """Whether plain values may be replaced and values copied, as of version 1.1."""
        return not str(self.source.data["overlay"]).startswith("1.0.")


def load(path: str | Path) -> Overlay:
    """Return the overlay in a file.

    Raises: DocumentError: there is no such file, or no overlay in it.
    """
    path = Path(path)
    if not path.is_file():
        raise DocumentError(str(path), "there is no such overlay", "the path of a file")
    return of(parsed(read(path), name=path.stem, file=path.name))


def of(source: Document) -> Overlay:
    """Return the overlay that a loaded file holds.

    Raises: DocumentError: it holds none.
    """
    version = source.data.get("overlay")
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        raise DocumentError(
            source.place("/overlay"),
            f"the field 'overlay' is {version!r}",
            "an overlay of version '1.0.0' or '1.1.0'",
        )
    _check_words(source, "", source.data, _WORDS)
    actions = source.data.get("actions")
    if not isinstance(actions, list) or not actions:
        raise DocumentError(source.place("/actions"), "there are no actions", "a list of actions")
    return Overlay(source, tuple(_action(source, f"/actions/{n}") for n in range(len(actions))))


def _check_words(
    source: Document, pointer: str, given: Mapping[str, Json], known: Sequence[str]
) -> None:
    for word in given:
        if word not in known and not word.startswith("x-"):
            close = nearest(word, known)
            raise DocumentError(
                source.place(f"{pointer}/{escape(word)}"),
                f"unknown word {word!r}",
                f"one of {listed(known)}",
                f"Did you mean {close!r}?" if close else "",
            )


def _action(source: Document, pointer: str) -> Action:
    given = source.get(pointer)
    if not isinstance(given, dict) or not isinstance(given.get("target"), str):
        raise DocumentError(source.place(pointer), "an action without a target", "a JSONPath")
    modern = not source.data["overlay"].startswith("1.0.")
    _check_words(source, pointer, given, [one for one in _ACTION if modern or one != "copy"])
    remove, copy = given.get("remove", False), given.get("copy")
    if not isinstance(remove, bool) or not isinstance(copy, str | None):
        word = "copy" if isinstance(remove, bool) else "remove"
        expected = "a JSONPath" if word == "copy" else "true or false"
        found = f"{word} is {given[word]!r}"
        raise DocumentError(source.place(f"{pointer}/{word}"), found, expected)
    wanted = [word for word in ("update", "copy") if word in given]
    if not remove and len(wanted) != 1:
        found = "an action with both" if wanted else "an action that does nothing"
        raise DocumentError(source.place(pointer), found, "one of update, copy and remove")
    return Action(given["target"], pointer, "update" in given, copy, remove)


def applied(document: Document, overlays: Iterable[str | Path | Overlay]) -> Document:
    """Return a document with all actions of some overlays carried out, in their order.

    Raises: DocumentError: an action cannot be carried out, and where it stands; see also `load`.
    """
    for given in overlays:
        overlay = given if isinstance(given, Overlay) else load(given)
        work = _Work(document)
        for action in overlay.actions:
            _carry_out(overlay, action, work)
        document = work.document
    return document


# -- actions --------------------------------------------------------------------------------------


def _carry_out(overlay: Overlay, action: Action, work: _Work) -> None:
    source, spot = overlay.source, f"{action.pointer}/target"
    targets = _selected(source, spot, action.target, work.data)
    if action.remove:
        # From the end, so that the places of those before it stay what they are.
        for target in reversed(targets):
            if not target:
                raise DocumentError(source.place(spot), "the whole document cannot be removed")
            work.remove(target)
        return
    kinds = {_kind(pick(work.data, one)) for one in targets}
    if len(kinds) > 1:
        raise DocumentError(
            source.place(spot),
            f"{action.target!r} selects {' and '.join(sorted(kinds))}",
            "either objects, or lists, or plain values",
        )
    origin = _origin(overlay, action, work)
    for target in targets:
        _update(overlay, target, origin, work)


@dataclass(frozen=True, slots=True)
class _Origin:
    """A value on its way into a document: the document it comes from, and its place there."""

    value: Json
    document: Document
    pointer: str
    action: str

    @property
    def items(self) -> list[_Origin]:
        return [self.inner(number) for number in range(len(self.value))]

    def inner(self, key: str | int) -> _Origin:
        value = self.value[key]
        return replace(self, value=value, pointer=f"{self.pointer}/{escape(str(key))}")


def _origin(overlay: Overlay, action: Action, work: _Work) -> _Origin:
    source = overlay.source
    if action.copy is None:
        pointer = f"{action.pointer}/update"
        return _Origin(source.get(pointer), source, pointer, pointer)
    spot = f"{action.pointer}/copy"
    found = _selected(source, spot, action.copy, work.data)
    if len(found) != 1:
        raise DocumentError(
            source.place(spot), f"{action.copy!r} selects {len(found)} values", "exactly one"
        )
    return _Origin(pick(work.data, found[0]), work.document, found[0], spot)


def _update(overlay: Overlay, target: str, origin: _Origin, work: _Work) -> None:
    before = pick(work.data, target)
    if isinstance(before, list):
        work.extend(target, origin.items if isinstance(origin.value, list) else [origin])
    elif isinstance(before, dict) or (overlay.modern and target):
        _merge(overlay, target, before, origin, work)
    else:
        raise DocumentError(
            overlay.source.place(origin.action),
            f"the target at #{target} is a plain value",
            "an object or a list; an overlay of version 1.1.0 may also replace values",
        )


def _merge(overlay: Overlay, target: str, before: Json, origin: _Origin, work: _Work) -> None:
    """Put a value where another one of the same kind stands."""
    kind, new = _kind(before), _kind(origin.value)
    if kind != new:
        own = origin.document is overlay.source
        raise DocumentError(
            overlay.source.place(origin.pointer if own else origin.action),
            f"this is {new}, which does not go into {kind} at #{target}",
            f"{kind} as there",
        )
    if isinstance(before, list):
        work.extend(target, origin.items)
    elif isinstance(before, dict):
        for key in origin.value:
            inner = f"{target}/{escape(key)}"
            if key in before:
                _merge(overlay, inner, before[key], origin.inner(key), work)
            else:
                work.put(inner, origin.inner(key))
    else:
        work.put(target, origin)


def _kind(value: Json) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a plain value"


# -- targets --------------------------------------------------------------------------------------


def _selected(source: Document, spot: str, text: str, data: Json) -> list[str]:
    """Return the pointers of what a JSONPath selects, in document order."""
    # 50 ms to import, which only those pay who use overlays.
    from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError

    try:
        path = JSONPathEnvironment(strict=True).compile(text)
        assert isinstance(path, JSONPath), "only the lenient dialect joins several paths"
        found = [
            "".join(f"/{escape(str(part))}" for part in match.parts)
            for match in path.finditer(data)
        ]
    except (JSONPathError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DocumentError(
            source.place(spot), f"{text!r} is no JSONPath: {reason}", "such as $.paths['/a'].get"
        ) from None
    if not found and path.singular_query():
        raise DocumentError(
            source.place(spot),
            f"{text!r} selects nothing",
            "what the document has",
            "A target with a wildcard or a filter may select nothing.",
        )
    return list(dict.fromkeys(found))


# -- the document at work -------------------------------------------------------------------------


class _Work:
    """A document being changed; what it was made from is left as it is."""

    def __init__(self, document: Document) -> None:
        self.data: Json = dict(document.data)
        self.marks = dict(document.marks)
        self.files = dict(document.files)
        self.document = replace(document, data=self.data, marks=self.marks, files=self.files)
        self._own = {""}

    def put(self, pointer: str, origin: _Origin) -> None:
        """Put a value in a place where there is none, or a plain one."""
        outer, _, key = pointer.rpartition("/")
        holder = self._changeable(outer)
        if isinstance(holder, list):
            holder[int(key)] = origin.value
        else:
            holder[unescape(key)] = origin.value
        self._note(pointer, origin)

    def extend(self, pointer: str, origins: Sequence[_Origin]) -> None:
        """Put values at the end of a list."""
        items = self._changeable(pointer)
        for origin in origins:
            items.append(origin.value)
            self._note(f"{pointer}/{len(items) - 1}", origin)

    def remove(self, pointer: str) -> None:
        """Take a value out of its object or list."""
        outer, _, key = pointer.rpartition("/")
        holder = self._changeable(outer)
        self._forget(pointer, pick(self.data, pointer))
        if isinstance(holder, dict):
            del holder[unescape(key)]
            return
        for number in range(int(key) + 1, len(holder)):
            here, there = f"{outer}/{number}", f"{outer}/{number - 1}"
            self._move(here, there, holder[number])
        del holder[int(key)]

    def _changeable(self, pointer: str) -> Any:
        """Return the object or list at a pointer, after making it and those around it our own."""
        place, holder = "", self.data
        for token in pointer.split("/")[1:]:
            place += f"/{token}"
            key: Any = int(token) if isinstance(holder, list) else unescape(token)
            if place not in self._own:
                self._own.add(place)
                inner = holder[key]
                holder[key] = dict(inner) if isinstance(inner, dict) else list(inner)
            holder = holder[key]
        return holder

    def _note(self, pointer: str, origin: _Origin) -> None:
        for rest in below(origin.value):
            mark = origin.document.marks.get(origin.pointer + rest)
            if mark is not None:
                self.marks[pointer + rest] = mark
                file = origin.document.file_of(origin.pointer + rest)
                if self.document.file_of(pointer + rest) != file:
                    self.files[pointer + rest] = file

    def _forget(self, pointer: str, value: Json) -> None:
        for rest in below(value):
            self.marks.pop(pointer + rest, None)
            self.files.pop(pointer + rest, None)
            self._own.discard(pointer + rest)

    def _move(self, here: str, there: str, value: Json) -> None:
        for rest in below(value):
            if here + rest in self.marks:
                self.marks[there + rest] = self.marks.pop(here + rest)
            if here + rest in self.files:
                self.files[there + rest] = self.files.pop(here + rest)
            if here + rest in self._own:
                self._own.discard(here + rest)
                self._own.add(there + rest)
