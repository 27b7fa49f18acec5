"""The database of one world: SQLite in memory, which knows what each of its writes did.

Every row that is written goes through here. What a write did is kept until its transaction ends,
when whoever watches is given all of them: the history goes back by them, the state file goes
forward by them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from mockserver.tables import FUNCTIONS, Cell, quoted

Cells: TypeAlias = Mapping[str, Cell]
"""Values of columns by their quoted names, of a whole row or of those that a write changes."""


class Write:
    """What was done to the row `number` of a table.

    `before` has the cells that the row had, `after` those that it has: all of them where the row
    is new or gone, which None stands for; of one that changed only those that may differ.
    """

    __slots__ = ("_before", "after", "number", "table")

    def __init__(
        self,
        table: str,
        number: int,
        before: Cells | Callable[[], Cells] | None,
        after: Cells | None,
    ) -> None:
        """Keep what was; `before` may be a call that gives it, since few writes are undone."""
        self.table = table
        self.number = number
        self._before = before
        self.after = after

    @property
    def before(self) -> Cells | None:
        """The cells that the row had."""
        if callable(self._before):
            self._before = self._before()
        return self._before

    @property
    def inserts(self) -> bool:
        """Whether the row is a new one."""
        return self._before is None

    def inverse(self) -> Write:
        """Return the write that takes this one back."""
        return Write(self.table, self.number, self.after, self.before)


class Watcher(Protocol):
    """Who is told of transactions."""

    def begun(self, by: str | None) -> None:
        """Take note that somebody begins, None being the jobs."""

    def done(self, writes: Sequence[Write]) -> None:
        """Take note of what was written, before it is kept for good; an error takes it back."""


class Database:
    """One connection; the caller's lock keeps threads apart."""

    def __init__(self) -> None:
        """Open an empty database."""
        self.connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.connection.execute("PRAGMA foreign_keys = OFF")
        for name, function in FUNCTIONS.items():
            self.connection.create_function(name, 2, function, deterministic=True)
        self.execute = self.connection.execute
        self.watcher: Watcher | None = None
        self._writes: list[Write] = []

    @classmethod
    def of(cls, image: bytes) -> Database:
        """Return a database with what `image` found in another one."""
        database = cls()
        database.connection.deserialize(image)
        return database

    def image(self) -> bytes:
        """Return all that it holds."""
        return self.connection.serialize()

    # -- transactions -----------------------------------------------------------------------------

    def begin(self, by: str | None = None) -> None:
        """Begin a transaction."""
        self._writes = []
        if self.watcher is not None:
            self.watcher.begun(by)
        self.execute("BEGIN")

    def commit(self) -> None:
        """Keep what was written since `begin`."""
        if self.watcher is not None and self._writes:
            self.watcher.done(self._writes)
        self.execute("COMMIT")

    def roll_back(self) -> None:
        """Forget what was written since `begin`."""
        self._writes = []
        self.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside, or nothing when an exception leaves it."""
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.roll_back()
            raise

    # -- tables and rows --------------------------------------------------------------------------

    def insert(self, table: str, cells: Cells) -> int:
        """Put a new row into a table and return its number."""
        made = self.execute(_insertion(table, *cells), [*cells.values()])
        number = made.lastrowid
        assert number is not None
        self._writes.append(Write(table, number, None, cells))
        return number

    def change(self, table: str, cells: Cells, where: str, values: Sequence[Cell]) -> int:
        """Change all rows that a clause finds, and return how many there were."""
        found = self.execute(
            f"SELECT number, {', '.join(cells)} FROM {table} WHERE {where}", values
        ).fetchall()
        for number, *were in found:
            self.do(Write(table, number, dict(zip(cells, were, strict=True)), cells))
        return len(found)

    def delete(self, table: str, where: str, values: Sequence[Cell]) -> None:
        """Take away all rows that a clause finds."""
        for number, cells in self.rows(table, where, values).items():
            self.do(Write(table, number, cells, None))

    def do(self, write: Write) -> None:
        """Do a write of another time or another database here."""
        apply(self.connection, write)
        self._writes.append(write)

    def tables(self) -> list[str]:
        """Return the names of all tables, as statements have them."""
        found = self.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        return [quoted(name) for (name,) in found]

    def rows(
        self, table: str, where: str = "1", values: Sequence[Cell] = ()
    ) -> dict[int, dict[str, Any]]:
        """Return the rows of a table by number."""
        names, found = self.bare_rows(table, where, values)
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}

    def bare_rows(
        self, table: str, where: str = "1", values: Sequence[Cell] = ()
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the names of a table's columns but for the number, and rows that begin with it."""
        found = self.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY number", values)
        # The number comes first in every table.
        return [quoted(one[0]) for one in found.description[1:]], found.fetchall()


def apply(connection: sqlite3.Connection, write: Write) -> None:
    """Do a write in any database that is as it was before it."""
    table, number, after = write.table, write.number, write.after
    if after is None:
        connection.execute(f"DELETE FROM {table} WHERE number = ?", [number])
    elif write.inserts:
        row = {"number": number, **after}
        connection.execute(_insertion(table, *row), [*row.values()])
    else:
        connection.execute(_change(table, *after), [*after.values(), number])


@lru_cache(maxsize=1_000)
def _change(table: str, *names: str) -> str:
    return f"UPDATE {table} SET {', '.join([f'{name} = ?' for name in names])} WHERE number = ?"


@lru_cache(maxsize=1_000)
def _insertion(table: str, *names: str) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
