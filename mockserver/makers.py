"""The numbers and ids that a server makes: never twice, and the same in every run of a seed."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from typing import Any

from mockserver.database import Database, Write
from mockserver.tables import LARGEST
from spec import Json

_OBJECT_ID = re.compile(r"(?!f{8})[0-9a-f]{24}")
_LAST_SECOND = 0xFFFFFFFE


class Makers:
    """Makes what is new in one document's world; all it remembers lies in the database."""

    def __init__(
        self, document: str, seed: int, database: Database, now: Callable[[], float]
    ) -> None:
        """Count in the table `sequence`, which `create` makes."""
        self._document = document
        self._database = database
        self._seed = hashlib.sha256(f"{seed}/{document}".encode()).digest()
        self._now = now

    def create(self) -> None:
        """Make the table in a new database."""
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS sequence (number INTEGER PRIMARY KEY, name UNIQUE, last)"
        )

    def make(self, how: str, name: str) -> Json:
        """Return the next number or id; `name` says what is counted."""
        if how == "objectid":
            return self._object_id()
        number = self._next(name)
        return number if how == "sequence" else self._uuid(name, number)

    def number_and_uuid(self, name: str) -> tuple[int, str]:
        """Return the next number, and a UUID that goes with it."""
        number = self._next(name)
        return number, self._uuid(name, number)

    def used(self, how: str, name: str, value: Json) -> None:
        """Never make a value, or a smaller one, that somebody else has given."""
        if how in {"sequence", "number"} and isinstance(value, int) and value <= LARGEST:
            self._at_least(name, value)
        elif how == "objectid" and isinstance(value, str) and _OBJECT_ID.fullmatch(value):
            self._at_least(self._ids, value)

    @property
    def _ids(self) -> str:
        return f"{self._document} ids"

    def _object_id(self) -> str:
        """Return seconds, the seed's five bytes and a counter, as 24 digits; always rising."""
        second = min(max(int(self._now()), 0), _LAST_SECOND)
        earliest = f"{second:08x}{self._seed[:5].hex()}000000"
        last = self._last(self._ids)
        made = earliest if last is None else max(earliest, f"{int(last[1], 16) + 1:024x}")
        self._note(self._ids, last, made)
        return made

    def _uuid(self, name: str, number: int) -> str:
        digest = hashlib.sha256(self._seed + f"{name}/{number}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def _next(self, name: str) -> int:
        last = self._last(name)
        made = 1 if last is None else int(last[1]) + 1
        self._note(name, last, made)
        return made

    def _at_least(self, name: str, value: int | str) -> None:
        last = self._last(name)
        if last is None or value > last[1]:
            self._note(name, last, value)

    def _last(self, name: str) -> tuple[int, Any] | None:
        """Return the row in which the last value of a name stands, and that value."""
        found: tuple[int, Any] | None = self._database.execute(
            "SELECT number, last FROM sequence WHERE name = ?", [name]
        ).fetchone()
        return found

    def _note(self, name: str, last: tuple[int, Any] | None, value: int | str) -> None:
        if last is None:
            self._database.insert("sequence", {"name": name, "last": value})
        else:
            self._database.do(Write("sequence", last[0], {"last": last[1]}, {"last": value}))
