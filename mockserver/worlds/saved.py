"""The state file: all worlds on disk, so that a restart goes on where the last run ended.

It is an SQLite database with a write-ahead log. Worlds live in memory as without it; the file has
an image of each, and behind it what was written since, transaction by transaction. What was
written is on disk before it is answered: when the process is killed, nothing is lost. When what
stands behind an image has grown longer than it, a new image takes the place of both.

Histories, journals and faults are not in it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.clock import Setting
from mockserver.database import Cells, Database, Write, apply
from mockserver.jobs import Pace
from mockserver.problems import ProblemError
from mockserver.worlds.history import Course
from mockserver.worlds.snapshots import Snapshot
from spec import ConfigurationError, listed

if TYPE_CHECKING:
    from mockserver.worlds.world import World

_OURS = 0x434D4F4B
_FORM = 1
_PATIENCE_S = 5.0
"""How long a mock that was killed may keep the file locked."""
_SHORTEST = 1_000_000
"""How many bytes of writes an image may always have behind it."""

_TABLES = """
CREATE TABLE served (name PRIMARY KEY, statement) WITHOUT ROWID;
CREATE TABLE images (mark PRIMARY KEY, content);
CREATE TABLE worlds (number INTEGER PRIMARY KEY AUTOINCREMENT, name UNIQUE, image, course,
    requests);
CREATE TABLE writes (number INTEGER PRIMARY KEY, world, course, requests, content, mark);
CREATE INDEX "writes of a world" ON writes (world);
CREATE TABLE snapshots (number INTEGER PRIMARY KEY, world, name, image, course, taken, position,
    UNIQUE (world, name));
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A world as the file has it."""

    number: int
    name: str
    database: Database
    course: Course
    requests: int
    snapshots: Sequence[Snapshot]


class Saved:
    """A state file that is open, and ours alone until it is closed."""

    def __init__(self, path: Path, schema: Mapping[str, str]) -> None:
        """Open a file, or make it, for worlds whose tables are made by these statements.

        Raises: ConfigurationError: it can't be used.
        """
        self._path = path
        self._lock = threading.Lock()
        self._behind: dict[int, int] = {}
        self._room: dict[int, int] = {}
        self._hashed: tuple[bytes, str] = (b"", "")
        try:
            self._connection = sqlite3.connect(
                path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._open(schema)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._refused(error) from None

    def close(self) -> None:
        """Let others use the file."""
        self._connection.close()

    # -- opening ----------------------------------------------------------------------------------

    def _open(self, schema: Mapping[str, str]) -> None:
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        ours = execute("PRAGMA application_id").fetchone()[0]
        new = execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        if ours != _OURS and not (new and ours == 0):
            raise self._wrong("it is a database of another program", "a state file of the mock")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        if new:
            self._create(schema)
            return
        form = execute("PRAGMA user_version").fetchone()[0]
        if form != _FORM:
            raise self._wrong(f"its form is {form}", f"{_FORM}, that of this version of the mock")
        [(found,)] = execute("PRAGMA quick_check(1)").fetchall()
        if found != "ok":
            raise self._wrong(f"it is damaged ({found})", advice=_ADVICE)
        self._compare(dict(execute("SELECT name, statement FROM served")), schema)

    def _create(self, schema: Mapping[str, str]) -> None:
        with self._transaction():
            for statement in _TABLES.split(";\n"):
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {_OURS}")
            self._connection.execute(f"PRAGMA user_version = {_FORM}")
            self._serve(schema)

    def _serve(self, schema: Mapping[str, str]) -> None:
        self._connection.execute("DELETE FROM served")
        self._connection.executemany("INSERT INTO served VALUES (?, ?)", schema.items())

    def _compare(self, stored: Mapping[str, str], served: Mapping[str, str]) -> None:
        if stored == served:
            return
        theirs, ours = _documents(stored), _documents(served)
        if theirs != ours:
            raise self._wrong(
                f"it has the state of {listed(theirs)}",
                f"that of {listed(ours)}",
                "Serve the documents that it was made with, or name another file.",
            )
        differ = sorted(
            name for name in stored.keys() | served.keys() if stored.get(name) != served.get(name)
        )
        kinds = dict.fromkeys(name.split(" ")[0] for name in differ)
        raise self._wrong(
            f"it was made with another version of the document: {listed(kinds)} lay in other"
            " tables then",
            advice="Serve that version, or delete the file to begin anew.",
        )

    def _refused(self, error: Exception) -> ConfigurationError:
        text = str(error)
        if "locked" in text:
            return self._wrong(
                "another process has it open", advice="Stop that mock, or name another file."
            )
        if "unable to open" in text:
            return self._wrong("it can't be opened or made", "a file in a folder that is there")
        if isinstance(error, sqlite3.OperationalError):
            return self._wrong(f"it can't be used ({text})")
        return self._wrong(f"it is damaged, or no state file ({text})", advice=_ADVICE)

    def _wrong(self, found: str, expected: str = "", advice: str = "") -> ConfigurationError:
        """Return what to raise, and let go of the file."""
        if hasattr(self, "_connection"):
            self._connection.close()
        return ConfigurationError(f"--state {self._path}", found, expected, advice)

    # -- reading ----------------------------------------------------------------------------------

    def worlds(self) -> list[Kept]:
        """Return every world, the one that was made last at the end.

        Raises: ConfigurationError: something of it is damaged.
        """
        try:
            rows = self._connection.execute(
                "SELECT number, name, image, course, requests FROM worlds ORDER BY number"
            ).fetchall()
            return [self._read(*row) for row in rows]
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise self._wrong(f"it is damaged ({error})", advice=_ADVICE) from None

    def _read(self, number: int, name: str, mark: str, course: str, requests: int) -> Kept:
        image = self._image(mark)
        database = Database.of(image)
        behind = 0
        rows = self._connection.execute(
            "SELECT course, requests, content, mark FROM writes WHERE world = ? ORDER BY number",
            [number],
        )
        for row in rows:
            course, requests, content, check = row
            if zlib.crc32(content.encode()) != check:
                raise ValueError(f"a write in the session {name or 'base'!r}")
            behind += len(content)
            for one in json.loads(content):
                apply(database.connection, _restored(one))
        self._behind[number], self._room[number] = behind, len(image)
        snapshots = self._snapshots(name)
        return Kept(number, name, database, _course(course), requests, snapshots)

    def _snapshots(self, name: str) -> list[Snapshot]:
        rows = self._connection.execute(
            "SELECT name, image, course, taken, position FROM snapshots WHERE world = ?"
            " ORDER BY number",
            [name],
        ).fetchall()
        return [
            Snapshot(each, self._image(mark), _course(course), taken, position)
            for each, mark, course, taken, position in rows
        ]

    def _image(self, mark: str) -> bytes:
        [(content,)] = self._connection.execute(
            "SELECT content FROM images WHERE mark = ?", [mark]
        ).fetchall()
        if hashlib.sha256(content).hexdigest() != mark:
            raise ValueError(f"the image {mark[:8]}")
        return bytes(content)

    # -- writing ----------------------------------------------------------------------------------

    def keep(self, world: World, before: World | None = None) -> None:
        """Keep a world as it is now, in the place of another one of its name if there was one."""
        image = world.image()
        with self._lock, self._transaction():
            self._drop(before)
            mark = self._keep_image(image)
            self._connection.execute(
                "INSERT INTO worlds (number, name, image, course, requests) VALUES (?, ?, ?, ?, ?)",
                [None, world.name, mark, _written(world.course), world.requests],
            )
            [(number,)] = self._connection.execute("SELECT last_insert_rowid()").fetchall()
            self._clear()
        world.kept = number
        self._behind[number], self._room[number] = 0, len(image)

    def _drop(self, world: World | None) -> None:
        if world is not None and world.kept is not None:
            self._connection.execute("DELETE FROM worlds WHERE number = ?", [world.kept])
            self._connection.execute("DELETE FROM writes WHERE world = ?", [world.kept])
            self._behind.pop(world.kept, None)
            self._room.pop(world.kept, None)

    def forget(self, worlds: Sequence[World]) -> None:
        """Forget worlds and their snapshots; what they still write is not kept."""
        with self._lock, self._transaction():
            for world in worlds:
                self._drop(world)
                self._connection.execute("DELETE FROM snapshots WHERE world = ?", [world.name])
            self._clear()

    def note(self, world: World, writes: Sequence[Write]) -> None:
        """Keep what a transaction wrote, and how time goes now.

        Raises: ProblemError: it can't be kept.
        """
        content = json.dumps([_told(one) for one in writes], separators=(",", ":"))
        with self._lock:
            number = world.kept
            if number not in self._behind:
                return  # it was reset or forgotten meanwhile
            self._behind[number] += len(content)
            with self._transaction():
                self._connection.execute(
                    "INSERT INTO writes (world, course, requests, content, mark)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [
                        number,
                        _written(world.course),
                        world.requests + 1,  # the one that wrote it
                        content,
                        zlib.crc32(content.encode()),
                    ],
                )

    def move(self, schema: Mapping[str, str], worlds: Sequence[World]) -> None:
        """Keep all worlds and snapshots anew, whose tables are made by other statements now."""
        with self._lock, self._transaction():
            self._serve(schema)
            for world in worlds:
                mark = self._keep_image(world.image())
                self._connection.execute(
                    "UPDATE worlds SET image = ?, course = ?, requests = ? WHERE number = ?",
                    [mark, _written(world.course), world.requests, world.kept],
                )
                for snapshot in world.snapshots:
                    self._connection.execute(
                        "UPDATE snapshots SET image = ? WHERE world = ? AND name = ?",
                        [self._keep_image(snapshot.image), world.name, snapshot.name],
                    )
            self._connection.execute("DELETE FROM writes")
            self._behind = dict.fromkeys(self._behind, 0)
            self._clear()

    def is_long(self, world: World) -> bool:
        """Tell whether so much was written to a world that it should be kept anew."""
        number = world.kept
        if number is None or number not in self._behind:
            return False
        return self._behind[number] > max(self._room[number], _SHORTEST)

    def keep_snapshot(self, world: World, snapshot: Snapshot) -> None:
        """Keep a snapshot of a world, in the place of one of the same name."""
        with self._lock, self._transaction():
            mark = self._keep_image(snapshot.image)
            self._connection.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    None,
                    world.name,
                    snapshot.name,
                    mark,
                    _written(snapshot.course),
                    snapshot.taken,
                    snapshot.position,
                ],
            )
            self._clear()

    def forget_snapshot(self, world: World, name: str) -> None:
        """Forget a snapshot of a world."""
        with self._lock, self._transaction():
            self._connection.execute(
                "DELETE FROM snapshots WHERE world = ? AND name = ?", [world.name, name]
            )
            self._clear()

    def _keep_image(self, image: bytes) -> str:
        if self._hashed[0] is not image:  # forks of an unchanged world share its image
            self._hashed = (image, hashlib.sha256(image).hexdigest())
        mark = self._hashed[1]
        self._connection.execute("INSERT OR IGNORE INTO images VALUES (?, ?)", [mark, image])
        return mark

    def _clear(self) -> None:
        self._connection.execute(
            "DELETE FROM images WHERE mark NOT IN"
            " (SELECT image FROM worlds UNION SELECT image FROM snapshots)"
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise ProblemError(
                    507,
                    "State not saved",
                    f"{self._path.name} can't be written ({error}); nothing was changed.",
                ) from error
            raise


_ADVICE = "Restore it from a copy, or delete it to begin anew."


def schema_of(database: Database) -> dict[str, str]:
    """Return the statements that made the tables and indexes of a database, by name."""
    return dict(
        database.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    )


def _documents(schema: Mapping[str, str]) -> list[str]:
    plain = (name for name in schema if "/" not in name)
    return sorted(name.removesuffix(" jobs") for name in plain if name.endswith(" jobs"))


def _written(course: Course) -> str:
    return json.dumps([course.clock, [course.pace.mode, course.pace.rate]])


def _course(text: str) -> Course:
    clock, pace = json.loads(text)
    return Course(Setting(*clock), Pace(*pace))


def _told(write: Write) -> list[Any]:
    """Return a write as JSON; bytes stand in a list of their own."""
    after = write.after
    cells = None if after is None else {name: _cell(value) for name, value in after.items()}
    return [write.table, write.number, int(write.inserts), cells]


def _cell(value: Any) -> Any:
    return [value.decode("latin-1")] if isinstance(value, bytes) else value


def _restored(told: Sequence[Any]) -> Write:
    table, number, new, cells = told
    after: Cells | None = None
    if cells is not None:
        after = {
            name: value[0].encode("latin-1") if isinstance(value, list) else value
            for name, value in cells.items()
        }
    return Write(table, number, None if new else {}, after)
