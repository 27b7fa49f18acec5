"""`conformock serve --reload`: what is edited takes effect, and the state stays.

The files that a mock is made from are watched. An edit that can't be used is told, with its line,
and the last good version goes on being served.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from watchfiles import watch

from mockserver.app import Mock
from mockserver.server import Options
from spec import ConformockError, DocumentError, Json, Place
from spec.document import find

_ENDINGS = {".yaml", ".yml", ".json"}


class Reload:
    """Watches the files of a mock.

    `edits` is how many edits took effect. `error` is what is wrong with the last one, if anything
    is, and `excerpt` the line that it stands on and a caret under it, where there is one line.
    """

    def __init__(self, options: Options, app: Mock) -> None:
        """Watch what `app` was made from by these options."""
        self._options = replace(options, state=None, reload=False)
        self._app = app
        self.edits = 0
        self.error: str | None = None
        self.excerpt: tuple[str, ...] = ()
        self._files = self._found()
        self._seen = _digest(self._files)
        app.reload = self

    @property
    def told(self) -> Json:
        """The last edit, as the admin API tells of it."""
        return {"edits": self.edits, "error": self.error, "excerpt": [*self.excerpt]}

    def watch(self) -> None:
        """Look at every change for as long as the process lives; for a thread of its own."""
        while True:
            folders = self._folders()
            for _ in watch(
                *folders, recursive=False, watch_filter=_is_source, raise_interrupt=False
            ):
                try:
                    self.look()
                except Exception:  # a defect of ours; the next edit may be luckier
                    self._app.report("an edit could not be taken over")
                if self._folders() != folders:
                    break

    def _folders(self) -> set[Path]:
        return {file.parent for file in self._files if file.parent.is_dir()}

    def look(self) -> None:
        """Take over what was edited since the last look."""
        seen = _digest(self._files)
        # What is wrong may be a file that was not there.
        if seen == self._seen and self.error is None:
            return
        self._seen = seen
        try:
            self._app.become(self._options.app(afresh=True))
        except ConformockError as error:
            self._tell_wrong(error)
            return
        self.edits += 1
        self.error, self.excerpt = None, ()
        self._files = self._found()
        self._seen = _digest(self._files)
        _say("reload      the edit is served; the state stays")

    def _tell_wrong(self, error: ConformockError) -> None:
        redacted = self._app.premise.redaction.text
        told = redacted(str(error))
        if told == self.error:
            return
        self.error, self.excerpt = told, tuple(excerpt(error, self._files, redacted))
        margin = " " * 12
        _say(f"reload      {told}", *self.excerpt, f"{margin}The last good version is served on.")

    def _found(self) -> list[Path]:
        """Return the files that the mock is made from."""
        options = self._options
        found = {Path(one).resolve() for one in options.overlays}
        if options.fixtures is not None:
            found.add(Path(options.fixtures).resolve())
        documents = {site.contract.name: site.contract.document for site in self._app.sites}
        for source in options.documents:
            path = find(source).resolve()
            found.add(path)
            beside = documents[path.stem].files.values() if path.stem in documents else ()
            found |= {path.parent / name for name in beside}
        return sorted(found)


def excerpt(
    error: ConformockError, files: Sequence[Path], redacted: Callable[[str], str]
) -> Iterator[str]:
    """Yield the line that is wrong, and a caret under what is.

    The line of a fixture may hold the value of a credential, so it is shown as `redacted`.
    """
    place = error.where if isinstance(error, DocumentError) else None
    if not isinstance(place, Place):
        return
    file = next((one for one in files if one.as_posix().endswith(f"/{place.file}")), None)
    lines = _text(file).splitlines() if file is not None else []
    if 0 < place.line <= len(lines):
        line = lines[place.line - 1].replace("\t", " ")
        before = len(redacted(line[: place.column - 1]))
        yield f"{place.line:>10} | {redacted(line)}"
        yield f"{'':>10} | {' ' * before}^"


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256("\0".join(map(_text, files)).encode()).hexdigest()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "backslashreplace")
    except OSError:
        return ""


def _is_source(_: object, path: str) -> bool:
    return Path(path).suffix in _ENDINGS


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, flush=True)
