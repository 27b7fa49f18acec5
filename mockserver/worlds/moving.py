"""Worlds that move to an edited document: their records stay, in tables as it wants them now.

What a document no longer has a kind for stays where it lies, and comes back with the kind. First
records that were edited take effect where nobody has changed the old ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

from mockserver.database import Database
from mockserver.fixtures import Fixtures
from mockserver.store import Store, Stored
from mockserver.tables import Table, loaded, quoted
from spec import Record

_CHOSEN = {"client", "given"}


class Immovable(Exception):  # noqa: N818 - it is a fact about records
    """Records that the edited document can't hold; says of which kind, and why."""


def moved(database: Database, tables: Mapping[str, Mapping[str, Table]]) -> bool:
    """Give a database the tables of other documents, and tell whether it had others.

    It is left in a transaction then, for the caller to end.

    Raises: Immovable: its records do not go into them.
    """
    wanted = [table for kinds in tables.values() for table in kinds.values()]
    stale = [table for table in wanted if _statements(database, table) != {*table.schema()}]
    if not stale:
        return False
    database.execute("BEGIN")
    try:
        for table in stale:
            _move(database, table)
    except (sqlite3.IntegrityError, KeyError, TypeError) as error:
        database.execute("ROLLBACK")
        raise Immovable(f"{table.resource.kind} ({error})") from error
    return True


def _statements(database: Database, table: Table) -> set[str]:
    found = database.execute(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL", [_plain(table)]
    )
    return {sql for (sql,) in found}


def _plain(table: Table) -> str:
    return table.name[1:-1].replace('""', '"')


def _move(database: Database, table: Table) -> None:
    rows = []
    if quoted(_plain(table)) in database.tables():
        rows = database.execute(
            f"SELECT number, alive, document FROM {table.name} ORDER BY number"
        ).fetchall()
        database.execute(f"DROP TABLE {table.name}")
    for statement in table.schema():
        database.execute(statement)
    for number, alive, document in rows:
        row = {"number": number, "alive": alive, **table.row(loaded(document))}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        database.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", [*row.values()])


# -- first records --------------------------------------------------------------------------------


def renew(store: Store, old: Fixtures, new: Fixtures) -> None:
    """Let edited first records take the place of the old ones, where those are as they were."""
    was, now = dict(_by_place(store, old)), dict(_by_place(store, new))
    for place, record in was.items():
        if place not in now:
            found = _found(store, *place)
            if found is not None and not found.deleted and _unchanged(found.record, record):
                store.remove(place[0], found.record)
    for place, record in now.items():
        _renew(store, place, was.get(place), record)


def _renew(store: Store, place: tuple[str, str, str], old: Record | None, new: Record) -> None:
    kind, key, _ = place
    found = _found(store, *place)
    if old == new or any(store.taken(kind, new, key)):
        return
    if found is None:
        store.add(kind, new)
    elif not found.deleted and old is not None and _unchanged(found.record, old):
        kept = {name: value for name, value in found.record.items() if name not in old}
        store.put(kind, found.record, {**kept, **new})


def _by_place(store: Store, fixtures: Fixtures) -> Iterator[tuple[tuple[str, str, str], Record]]:
    for kind, record in fixtures.records:
        table = store.table(kind) if kind in store.kinds else None
        if table is not None and table.resource.key in record:
            yield (kind, table.resource.key_of(record), table.tenant_of(record)), record


def _found(store: Store, kind: str, key: str, tenant: str) -> Stored | None:
    chosen = store.table(kind).resource.made in _CHOSEN
    return store.whoever(kind, key, tenant if chosen else None)


def _unchanged(record: Record, first: Record) -> bool:
    return all(record.get(name) == value for name, value in first.items())
