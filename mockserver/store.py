"""The records of one document in one world, which the judge sees as a `View`.

Records lie in tables that were worked out once (see `tables`). Every write goes through
`Store._write`, which keeps what was there before and forgets the parsed form of the record: the
parsed forms of records that were looked up are kept, so nobody may change one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from mockserver.database import Database, Write
from mockserver.makers import Makers
from mockserver.tables import (
    LARGEST,
    Cell,
    Scope,
    Table,
    canonical,
    dumped,
    joined,
    loaded,
    order,
    owner,
    quoted,
    within,
)
from spec import ABSENT, Absent, Credential, Json, Owner, Record, Resource
from spec.lists import Query
from spec.times import written

_MOST_SEEN = 10_000
_FIRST = -1
_LIVE = "key = ? AND tenant = ? AND alive = 1"
_ALIVE: Mapping[str, Cell] = {"alive": 1}
_DEAD: Mapping[str, Cell] = {"alive": 0}


@dataclass(frozen=True, slots=True)
class Change:
    """What one write did: `before` is None for a new record, `after` for one that is gone."""

    kind: str
    key: str
    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the store, the deleted ones included."""

    key: str
    deleted: bool
    record: Record


class Transaction:
    """What is written to a store between entering and leaving: all of it is kept, or nothing."""

    # Not a generator: that would cost each request as much as all that is noted of it.
    __slots__ = ("_by", "_database", "_store")

    def __init__(self, store: Store, database: Database, by: str | None) -> None:
        """Write to a store in the name of somebody, or of jobs."""
        self._store = store
        self._database = database
        self._by = by

    def __enter__(self) -> None:
        """Begin."""
        self._store.changes = []
        self._database.begin(self._by)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Keep what was written, unless an exception came or comes."""
        if kind is not None:
            self._forget()
            return
        try:
            self._database.commit()
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self._database.roll_back()
        self._store.forget()
        self._store.changes = []


class Store:
    """The complete view of a document's world, and the only way to change it."""

    complete = True

    def __init__(
        self,
        document: str,
        tables: Mapping[str, Table],
        credentials: Mapping[Credential, Mapping[str, Json]],
        database: Database,
        *,
        now: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        """Look at the tables of a document in a database; `create` makes them."""
        self._tables = tables
        self._credentials = credentials
        self._database = database
        self._entries = quoted(f"{document} entries")
        self._makers = Makers(document, seed, database, now)
        self.now = now
        self.changes: list[Change] = []
        self._trees = {
            table.resource.tenant.tree.kind
            for table in tables.values()
            if table.resource.tenant and table.resource.tenant.tree
        }
        self.forget()

    def forget(self) -> None:
        """Forget all that was read; the database alone knows what is true."""
        self._seen: dict[tuple[str, str], dict[Scope, Record]] = {}
        # The rows of records that were looked up, by kind, key and tenant, until they are written.
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._firsts: dict[str, dict[tuple[str, Scope], Record | None]] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}

    def create(self) -> None:
        """Make the tables in a new database."""
        for table in self._tables.values():
            for statement in table.schema():
                self._database.execute(statement)
        self._makers.create()
        self._database.execute(
            f"CREATE TABLE {self._entries} (number INTEGER PRIMARY KEY, kind, key, position,"
            " listed, UNIQUE (kind, key, position))"
        )

    # -- the view ---------------------------------------------------------------------------------

    def principal(self, credential: Credential | None) -> Mapping[str, Json] | None:
        """Return the facts of a credential, None when nobody was given it.

        Where nobody was given any, each is taken for somebody's.
        """
        if credential is None:
            return None
        return self._credentials.get(credential) if self._credentials else {}

    def record(self, kind: str, key: str, tenant: Owner | Absent) -> Record | None:
        """Return the live record of that key, None where this tenant has none."""
        table = self._tables[kind]
        scope = self._scope(table, tenant)
        place = (kind, table.key(key))
        seen = self._seen.get(place)
        if seen is not None and scope in seen:
            return seen[scope]
        row = self._database.execute(
            f"SELECT document, number, tenant FROM {table.name}"
            f" WHERE key = ? AND alive = 1 AND {within(scope)} ORDER BY number LIMIT 1",
            [place[1], *(scope or ())],
        ).fetchone()
        if row is None:
            return None
        document, number, owner_of = row
        record = self._whole(table, document)
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
            self._numbers.clear()
        self._numbers[*place, owner_of] = number
        self._seen.setdefault(place, {})[scope] = record
        return record

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent, excluding: str | None
    ) -> bool:
        """Tell whether a live record, other than `excluding`, has all these field values."""
        table = self._tables[kind]
        scope = self._scope(table, tenant)
        clause, values = _matching(table, where, scope)
        if excluding is not None:
            clause += " AND key <> ?"
            values.append(table.key(excluding))
        found = self._database.execute(f"SELECT 1 FROM {table.name} WHERE {clause} LIMIT 1", values)
        return found.fetchone() is not None

    def find(self, kind: str, where: Mapping[str, Json], tenant: Owner | Absent) -> Record | None:
        """Return the first live record that has all these field values."""
        table = self._tables[kind]
        scope = self._scope(table, tenant)
        asked = (canonical(where), scope)
        firsts = self._firsts.setdefault(kind, {})
        if asked not in firsts:
            if len(firsts) >= _MOST_SEEN:
                firsts.clear()
            clause, values = _matching(table, where, scope)
            row = self._database.execute(
                f"SELECT document FROM {table.name} WHERE {clause} ORDER BY number LIMIT 1", values
            ).fetchone()
            firsts[asked] = self._whole(table, row[0]) if row else None
        return firsts[asked]

    def every(self, kind: str, tenant: Owner | Absent) -> list[Record]:
        """Return all live records of a kind in the order of their creation."""
        table = self._tables[kind]
        scope = self._scope(table, tenant)
        rows = self._database.execute(
            f"SELECT document FROM {table.name} WHERE alive = 1 AND {within(scope)}"
            " ORDER BY number",
            scope or (),
        )
        return [self._whole(table, document) for (document,) in rows]

    def _scope(self, table: Table, tenant: Owner | Absent) -> Scope:
        """Return the tenants whose records a tenant sees: itself and, in a tree, all below it."""
        owned = table.resource.tenant
        if owned is None:
            return ("",)
        if tenant is ABSENT:
            return None
        text = owner(tenant)
        if owned.tree is None:
            return (text,)
        place = (owned.tree.kind, text)
        if place not in self._scopes:
            if len(self._scopes) >= _MOST_SEEN:
                self._scopes.clear()
            self._scopes[place] = self._and_below(tenant[0], owned.tree.kind, owned.tree.parent)
        return self._scopes[place]

    def _and_below(self, top: Json, kind: str, parent: str) -> Scope:
        below: dict[str, list[Json]] = {}
        key = self._tables[kind].resource.key
        for one in self.every(kind, ABSENT):
            below.setdefault(canonical(one.get(parent)), []).append(one[key])
        found = {owner([top]): None}
        waiting = [top]
        while waiting:
            for one in below.get(canonical(waiting.pop()), ()):
                if owner([one]) not in found:
                    found[owner([one])] = None
                    waiting.append(one)
        return tuple(found)

    # -- reading ----------------------------------------------------------------------------------

    def page(self, kind: str, tenant: Owner | Absent, asked: Query) -> tuple[list[Record], int]:
        """Return the records of the page asked for, and how many match on all pages."""
        table = self._tables[kind]
        where, values = table.wanted(self._scope(table, tenant), asked)
        total = self._database.execute(
            f"SELECT count(*) FROM {table.name} WHERE {where}", values
        ).fetchone()[0]
        by, terms = order(table, asked)
        limit = -1 if asked.limit is None else max(min(asked.limit, LARGEST), -1)
        rows = self._database.execute(
            f"SELECT document FROM {table.name} WHERE {where} {by} LIMIT ? OFFSET ?",
            [*values, *terms, limit, max(min(asked.offset, LARGEST), 0)],
        )
        return [self._whole(table, document) for (document,) in rows], total

    def stored(self, kind: str) -> list[Stored]:
        """Return every record of a kind in the order in which they were stored."""
        table = self._tables[kind]
        return [self._stored(table, *row) for row in self.rows(kind).values()]

    def rows(self, kind: str) -> dict[int, tuple[int, bytes]]:
        """Return what lies in the rows of a kind, by number; `read` makes records of it."""
        name = self._tables[kind].name
        rows = self._database.execute(f"SELECT number, alive, document FROM {name} ORDER BY number")
        return {number: (alive, document) for number, alive, document in rows}

    def read(self, kind: str, row: tuple[int, bytes]) -> Stored:
        """Return the record of a row."""
        return self._stored(self._tables[kind], *row)

    def whoever(self, kind: str, key: str, tenant: str | None = None) -> Stored | None:
        """Return the record of a key, a live one before a deleted one.

        `tenant` is the tenant column's value; None asks for the record whoever owns it.
        """
        table = self._tables[kind]
        scope = None if tenant is None else (tenant,)
        row = self._database.execute(
            f"SELECT alive, document FROM {table.name} WHERE key = ? AND {within(scope)}"
            " ORDER BY alive DESC, number DESC LIMIT 1",
            [table.key(key), *(scope or ())],
        ).fetchone()
        return self._stored(table, *row) if row else None

    def _stored(self, table: Table, alive: int, document: bytes) -> Stored:
        record = self._whole(table, document)
        return Stored(table.resource.key_of(record), not alive, record)

    def _whole(self, table: Table, document: bytes) -> Record:
        record = loaded(document)
        if table.entries is not None:
            rows = self._database.execute(
                f"SELECT listed FROM {self._entries} WHERE kind = ? AND key = ? ORDER BY position",
                [table.resource.kind, table.key_of(record)],
            ).fetchall()
            if rows:
                record[table.entries] = joined([part for (part,) in rows])
        return record

    def bare(self, kind: str, key: str) -> Record | None:
        """Return the live record of a key whoever owns it, without the entries that grow."""
        table = self._tables[kind]
        row = self._database.execute(
            f"SELECT document FROM {table.name} WHERE key = ? AND alive = 1", [table.key(key)]
        ).fetchone()
        return loaded(row[0]) if row else None

    def taken(self, kind: str, record: Record, key: str) -> Iterator[str]:
        """Yield the fields of which another live record has the value that only one may have."""
        table = self._tables[kind]
        fields = table.resource.tenant.fields if table.resource.tenant else ()
        tenant = tuple(record.get(name) for name in fields) or ABSENT
        for name in table.resource.unique:
            value, owner = record.get(name), ABSENT if name in table.shared else tenant
            if value is not None and self.exists(kind, {name: value}, owner, key):
                yield name

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that the document declares."""
        return tuple(self._tables)

    def table(self, kind: str) -> Table:
        """Return the table of a kind."""
        return self._tables[kind]

    # -- writing ----------------------------------------------------------------------------------

    def transaction(self, by: str | None = None) -> Transaction:
        """Keep all that is written inside, or nothing when an exception leaves it.

        `by` says who does it; None are the jobs.
        """
        return Transaction(self, self._database, by)

    def add(self, kind: str, record: Record, *, deleted: bool = False) -> Record:
        """Store a new record and return it, with all that the server makes of it."""
        made = self._made(self._tables[kind], record)
        self._write(kind, None, made, alive=not deleted)
        return made

    def put(self, kind: str, before: Record, after: Record) -> Record:
        """Store a record in place of what it was."""
        self._write(kind, before, after, alive=True)
        return after

    def move_on(self, kind: str, before: Record, after: Record) -> None:
        """Store a record from `bare` in place of what it was; its entries stay as they are."""
        self._write(kind, before, after, alive=True, whole=False)

    def remove(self, kind: str, record: Record) -> None:
        """Let a record be deleted: it stays stored, but no call sees it again."""
        self._write(kind, record, None, alive=False)

    def append(self, kind: str, key: str, position: int, entries: Sequence[Json]) -> None:
        """Let a record's entries grow; the first of these stands at `position`."""
        place = (kind, self._tables[kind].key(key))
        self._seen.pop(place, None)
        self._firsts.pop(kind, None)
        cells: dict[str, Cell] = {
            "kind": kind,
            "key": place[1],
            "position": position,
            "listed": dumped(entries),
        }
        self._database.insert(self._entries, cells)

    def dated(self, kind: str, record: Record, moment: float | None = None) -> Record:
        """Return a record that was changed just now, or at another moment."""
        resource = self._tables[kind].resource
        if not resource.changing:
            return record
        moment = self.now() if moment is None else moment
        stamps = {
            name: written(moment, resource.generated[name].form) for name in resource.changing
        }
        return {**record, **stamps}

    def _made(self, table: Table, record: Record) -> Record:
        """Return a new record with what is missing of the fields that the server makes."""
        resource, moment = table.resource, self.now()
        made = dict(record)
        for name, how, form, counted in _makings(table):
            if name in record:
                self._makers.used(how, counted, record[name])
            elif how in {"created", "changed"}:
                made[name] = written(moment, form)
            elif how in {"number", "text"}:
                made[name] = self._spelled(table, counted)
            else:
                made[name] = self._makers.make(how, counted)
        if resource.key not in made:
            raise AssertionError(f"a {resource.kind} without {resource.key!r}")
        return made

    def _spelled(self, table: Table, counted: str) -> Json:
        """Return a key that fits and is nobody's, where nothing else is known of keys."""
        spelled = table.resource.spelled
        assert spelled is not None, "whoever reads the document sees to it"
        for _ in range(_MOST_SEEN):
            key = spelled(*self._makers.number_and_uuid(counted))
            if self.whoever(table.resource.kind, str(key)) is None:
                return key
        raise AssertionError(f"no key is left for another {table.resource.kind}")

    def _write(
        self,
        kind: str,
        before: Record | None,
        after: Record | None,
        *,
        alive: bool,
        whole: bool = True,
    ) -> None:
        table = self._tables[kind]
        image = cast("Record", before if after is None else after)
        key = table.key_of(image)
        if before is None:
            self._database.insert(table.name, {"alive": int(alive), **table.row(image)})
        else:
            cells = _DEAD if after is None else table.difference(before, after)
            live = (table.key_of(before), table.tenant_of(before))
            self._seen.pop((kind, live[0]), None)
            number = self._numbers.pop((kind, *live), None) or self._number(table, live)
            assert number is not None, f"no live {kind} {key!r}"
            were = _ALIVE if after is None else partial(table.cells, before, cells)
            self._database.do(Write(table.name, number, were, cells))
        if whole and after is not None and table.entries in after:
            self._lay(kind, key, after[cast("str", table.entries)])
        self._firsts.pop(kind, None)
        if kind in self._trees:
            self.forget()
        self.changes.append(Change(kind, table.resource.key_of(image), before, after))

    def _number(self, table: Table, live: tuple[str, str]) -> int | None:
        """Return the number of the row of a live record with that key and tenant."""
        row = self._database.execute(
            f"SELECT number FROM {table.name} WHERE {_LIVE}", live
        ).fetchone()
        return row[0] if row else None

    def _lay(self, kind: str, key: str, entries: Json) -> None:
        """Put entries that came with the whole record where those lie that grow."""
        self._database.delete(self._entries, "kind = ? AND key = ?", [kind, key])
        if entries:
            self.append(kind, key, _FIRST, entries)


def _makings(table: Table) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, maker, form and counter of each field that the server makes, the key first."""
    resource: Resource = table.resource
    if resource.made not in {"client", "given"}:
        yield resource.key, resource.made, "", table.name
    for name, one in resource.generated.items():
        yield name, one.how, one.form, f"{table.name} {name}"


def _matching(table: Table, where: Mapping[str, Json], scope: Scope) -> tuple[str, list[Cell]]:
    """Return the clause for live records with these field values, and its values."""
    # SQLite would take the quoted name of a column that is not there for a text.
    assert table.equal_fields >= where.keys(), f"{[*where]} of {table.name} have no columns"
    clauses = "".join(f" AND {quoted(f'= {name}')} = ?" for name in where)
    values: list[Cell] = [table.compared(name, value) for name, value in where.items()]
    return f"alive = 1 AND {within(scope)}{clauses}", [*(scope or ()), *values]


def dump(store: Store) -> bytes:
    """Return all that a store holds as bytes that are equal for equal states."""
    state: dict[str, Sequence[Json]] = {
        kind: [[one.key, one.deleted, one.record] for one in store.stored(kind)]
        for kind in store.kinds
    }
    return json.dumps(state, sort_keys=True).encode()
