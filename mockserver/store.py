"""The records of one document in one session: SQLite in memory, seen by the judge as a `View`.

Records are stored whole, as JSON. Beside each stand the columns that the document's facts, filters,
orders and searches ask for, found in the contract once (`Table`), so that no request scans. Every
write goes through `Store._write`, which keeps what was there before and forgets the parsed form of
the record: the parsed forms of records that were looked up are kept, so nobody may change one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias, cast

import orjson

from spec import ABSENT, Absent, Contract, Exists, Json, Record, Resource
from spec.lists import Query, matches

_LARGEST = 2**63 - 1
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_LIVE = "key = ? AND tenant = ? AND alive = 1"
_MOST_SEEN = 10_000
Cell: TypeAlias = str | int | float | bytes | None


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


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its quoted name: made how, and from which fields of the record (None: all)."""

    name: str
    fields: frozenset[str] | None
    of: Callable[[Record], Cell]


@dataclass(frozen=True)
class Table:
    """Where the records of a kind lie, and which of their fields have a column of their own.

    `equal` fields are compared as canonical JSON, `ordered` ones as values of their type,
    `searched` ones lie together as one JSON object.
    """

    resource: Resource
    name: str
    equal: tuple[str, ...]
    ordered: tuple[str, ...]
    searched: tuple[str, ...]

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are made from a record."""
        tenant, searched = self.resource.tenant, self.searched
        return (
            Column("key", frozenset({self.resource.key}), self.resource.key_of),
            Column("tenant", frozenset({tenant} if tenant else ()), self.tenant_of),
            Column("document", None, dumped),
            Column("searched", frozenset(searched), lambda record: dumped(_part(record, searched))),
            *(Column(quoted(f"= {name}"), frozenset({name}), _equal(name)) for name in self.equal),
            *(
                Column(quoted(f"< {name}"), frozenset({name}), _ordered(name))
                for name in self.ordered
            ),
        )

    def row(self, record: Record) -> dict[str, Cell]:
        """Return the values of all columns for a record."""
        return {column.name: column.of(record) for column in self.columns}

    def difference(self, before: Record, after: Record) -> dict[str, Cell]:
        """Return the new values of the columns that can differ between two records."""
        # A value that is the very same object needs no look; most updates leave most indexes alone.
        differing = {
            name for name in self._fields if before.get(name, ABSENT) is not after.get(name, ABSENT)
        }
        return {
            column.name: column.of(after)
            for column in self.columns
            if column.fields is None or not column.fields.isdisjoint(differing)
        }

    @cached_property
    def _fields(self) -> frozenset[str]:
        return frozenset().union(*(column.fields or () for column in self.columns))

    @cached_property
    def lookup(self) -> str:
        """The query for the live record of a key and tenant."""
        return f"SELECT document FROM {self.name} WHERE {_LIVE}"

    def insertion(self, row: Mapping[str, Cell]) -> str:
        """Return the statement that stores a row."""
        return f"INSERT INTO {self.name} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"

    def change(self, cells: Mapping[str, Cell]) -> str:
        """Return the statement that changes cells of the live row with a key and tenant."""
        sets = ", ".join(f"{name} = ?" for name in cells)
        return f"UPDATE {self.name} SET {sets} WHERE {_LIVE}"

    def tenant_of(self, record: Record) -> str:
        """Return the tenant column of a record."""
        return owner(record.get(self.resource.tenant, ABSENT) if self.resource.tenant else ABSENT)

    def schema(self) -> Iterator[str]:
        """Yield the statements that make the table and its indexes."""
        columns = ", ".join(column.name for column in self.columns)
        yield f"CREATE TABLE {self.name} (number INTEGER PRIMARY KEY, alive, {columns})"
        yield self._index("key", "key, tenant", unique=True)
        for name in self.equal:
            yield self._index(f"= {name}", f"tenant, {quoted(f'= {name}')}")
        for name in self.ordered:
            yield self._index(f"< {name}", f"tenant, {quoted(f'< {name}')}")

    def _index(self, name: str, columns: str, *, unique: bool = False) -> str:
        label = quoted(f"{self.name[1:-1]} {name}")
        word = "UNIQUE INDEX" if unique else "INDEX"
        return f"CREATE {word} {label} ON {self.name} ({columns}) WHERE alive = 1"


def tables(contract: Contract) -> dict[str, Table]:
    """Return the table of each kind that the document declares."""
    return {kind: _table(contract, resource) for kind, resource in contract.resources.items()}


def _table(contract: Contract, resource: Resource) -> Table:
    kind = resource.kind
    equal = set(resource.unique)
    ordered: set[str] = set()
    searched: dict[str, None] = {}
    for operation in contract.operations.values():
        for fact in operation.facts.values():
            if isinstance(fact, Exists) and fact.kind == kind:
                equal.update(fact.where, fact.constants)
        if operation.listing and operation.effect and operation.effect.kind == kind:
            equal.update(one.field for one in operation.listing.filters)
            ordered.update(name.removeprefix("-") for name in operation.listing.order)
            searched.update(dict.fromkeys(operation.listing.search_fields))
    name = quoted(f"{contract.name}/{kind}")
    return Table(resource, name, tuple(sorted(equal)), tuple(sorted(ordered)), tuple(searched))


def connect() -> sqlite3.Connection:
    """Return an empty database of its own; the caller's lock keeps threads apart."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.create_function("found", 2, _found, deterministic=True)
    return connection


class Store:
    """The complete view of a document's world, and the only way to change it."""

    complete = True

    def __init__(
        self,
        tables: Mapping[str, Table],
        credentials: Mapping[str, Mapping[str, Json]],
        connection: sqlite3.Connection,
    ) -> None:
        """Look at the tables of a document in a database; `create` makes them."""
        self._tables = tables
        self._credentials = credentials
        self._connection = connection
        self._seen: dict[tuple[str, str, str], Record] = {}
        self.changes: list[Change] = []

    def create(self) -> None:
        """Make the tables in a new database."""
        for table in self._tables.values():
            for statement in table.schema():
                self._connection.execute(statement)
        self._connection.execute("CREATE TABLE IF NOT EXISTS sequence (name PRIMARY KEY, last)")

    # -- the view ---------------------------------------------------------------------------------

    def principal(self, credential: str | None) -> Mapping[str, Json] | None:
        """Return the facts of a credential, None when nobody was given it."""
        return None if credential is None else self._credentials.get(credential)

    def record(self, kind: str, key: str, tenant: Json | Absent) -> Record | None:
        """Return the live record of that key, None where this tenant has none."""
        place = (kind, key, owner(tenant))
        if place not in self._seen:
            found = self._connection.execute(self._tables[kind].lookup, place[1:]).fetchone()
            if found is None:
                return None
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[place] = loaded(found[0])
        return self._seen[place]

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Json | Absent, excluding: str | None
    ) -> bool:
        """Tell whether a live record, other than `excluding`, has all these field values."""
        table = self._tables[kind]
        clauses = "".join(f" AND {quoted(f'= {name}')} = ?" for name in where)
        values = [owner(tenant), *map(canonical, where.values())]
        if excluding is not None:
            clauses += " AND key <> ?"
            values.append(excluding)
        found = self._connection.execute(
            f"SELECT 1 FROM {table.name} WHERE alive = 1 AND tenant = ?{clauses} LIMIT 1", values
        )
        return found.fetchone() is not None

    # -- reading ----------------------------------------------------------------------------------

    def page(self, kind: str, tenant: Json | Absent, asked: Query) -> tuple[list[Record], int]:
        """Return the records of the page asked for, and how many match on all pages."""
        table = self._tables[kind]
        where, values = _where(tenant, asked)
        total = self._connection.execute(
            f"SELECT count(*) FROM {table.name} WHERE {where}", values
        ).fetchone()[0]
        limit = -1 if asked.limit is None else min(asked.limit, _LARGEST)
        rows = self._connection.execute(
            f"SELECT document FROM {table.name} WHERE {where} {_order(asked)} LIMIT ? OFFSET ?",
            [*values, limit, min(asked.offset, _LARGEST)],
        )
        return [loaded(document) for (document,) in rows], total

    def stored(self, kind: str) -> list[Stored]:
        """Return every record of a kind in the order in which they were stored."""
        rows = self._connection.execute(
            f"SELECT key, alive, document FROM {self._tables[kind].name} ORDER BY number"
        )
        return [Stored(key, not alive, loaded(document)) for key, alive, document in rows]

    def find(self, kind: str, key: str) -> Stored | None:
        """Return the record of a key whoever owns it, a live one before a deleted one."""
        row = self._connection.execute(
            f"SELECT alive, document FROM {self._tables[kind].name} WHERE key = ?"
            " ORDER BY alive DESC, number DESC LIMIT 1",
            [key],
        ).fetchone()
        return Stored(key, not row[0], loaded(row[1])) if row else None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that the document declares."""
        return tuple(self._tables)

    # -- writing ----------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all that is written inside, or nothing when an exception leaves it."""
        self.changes = []
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            self._seen.clear()
            self.changes = []
            raise
        self._connection.execute("COMMIT")

    def add(self, kind: str, record: Record, *, deleted: bool = False) -> Record:
        """Store a new record and return it, with the key that it was given."""
        resource = self._tables[kind].resource
        if resource.made == "sequence" and resource.key not in record:
            record = {**record, resource.key: self._next(kind)}
        elif resource.made == "sequence":
            self._used(kind, record[resource.key])
        self._write(kind, None, record, alive=not deleted)
        return record

    def put(self, kind: str, before: Record, after: Record) -> Record:
        """Store a record in place of what it was."""
        self._write(kind, before, after, alive=True)
        return after

    def remove(self, kind: str, record: Record) -> None:
        """Let a record be deleted: it stays stored, but no call sees it again."""
        self._write(kind, record, None, alive=False)

    def _write(
        self, kind: str, before: Record | None, after: Record | None, *, alive: bool
    ) -> None:
        table = self._tables[kind]
        image = cast("Record", before if after is None else after)
        key = table.resource.key_of(image)
        if before is None:
            row = {"alive": int(alive), **table.row(image)}
            self._connection.execute(table.insertion(row), [*row.values()])
        else:
            cells = {"alive": 0} if after is None else table.difference(before, after)
            live = (table.resource.key_of(before), table.tenant_of(before))
            self._seen.pop((kind, *live), None)
            done = self._connection.execute(table.change(cells), [*cells.values(), *live])
            assert done.rowcount == 1, f"no live {kind} {key!r}"
        self.changes.append(Change(kind, key, before, after))

    def _next(self, kind: str) -> int:
        name = self._tables[kind].name
        row = self._connection.execute(
            "INSERT INTO sequence VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            [name],
        ).fetchone()
        return int(row[0])

    def _used(self, kind: str, key: Json) -> None:
        if isinstance(key, int) and key <= _LARGEST:
            self._connection.execute(
                "INSERT INTO sequence VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)",
                [self._tables[kind].name, key],
            )


def _part(record: Record, fields: Iterable[str]) -> Record:
    return {name: record[name] for name in fields if name in record}


def _equal(name: str) -> Callable[[Record], Cell]:
    return lambda record: canonical(record[name]) if name in record else None


def _ordered(name: str) -> Callable[[Record], Cell]:
    return lambda record: sortable(record.get(name))


def _where(tenant: Json | Absent, asked: Query) -> tuple[str, list[Cell]]:
    clauses = ["alive = 1", "tenant = ?"]
    values: list[Cell] = [owner(tenant)]
    for name, value in asked.equals.items():
        clauses.append(f"{quoted(f'= {name}')} = ?")
        values.append(canonical(value))
    if asked.words:
        clauses.append("found(?, searched)")
        values.append(json.dumps([asked.words, asked.search_fields]))
    return " AND ".join(clauses), values


def _order(asked: Query) -> str:
    """Return the clause that `spec.lists.in_order` describes: unset values last, both ways."""
    terms = []
    for name in asked.order:
        column = quoted(f"< {name.removeprefix('-')}")
        # SQLite takes NULL for the smallest value: last already when descending.
        terms.append(f"{column} DESC" if name.startswith("-") else f"{column} NULLS LAST")
    return f"ORDER BY {', '.join([*terms, 'number'])}"


def _found(wanted: str, searched: bytes) -> bool:
    return matches(_asked(wanted), loaded(searched), complete=True) is True


@lru_cache(maxsize=256)
def _asked(wanted: str) -> Query:
    words, fields = json.loads(wanted)
    return Query({}, tuple(words), tuple(fields), (), None, 0)


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def owner(tenant: Json | Absent) -> str:
    """Return a tenant as its column holds it; kinds without tenants hold the empty text."""
    return "" if tenant is ABSENT else canonical(tenant)


def canonical(value: Json) -> str:
    """Return the one text of a JSON value: equal values share it, and `true` differs from 1."""
    if type(value) is int:
        return str(value)
    return _CANONICAL.encode(_plain(value))


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def sortable(value: Json) -> Cell:
    """Return a value in a type that SQLite orders like JSON: unset, numbers, then texts.

    Numbers beyond 64 bits are ordered by their nearest double.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, int):
        return int(value) if abs(value) <= _LARGEST else _double(value)
    return value if isinstance(value, float) else None


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def dumped(record: Record) -> bytes:
    """Return the stored form of a record; a leading blank marks what orjson cannot carry."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return b" " + json.dumps(record).encode()


def loaded(document: bytes) -> dict[str, Json]:
    """Return the record of a stored form."""
    # orjson would read a whole number beyond 64 bits as a double.
    read = json.loads if document.startswith(b" ") else orjson.loads
    return cast("dict[str, Json]", read(document))


def dump(store: Store) -> bytes:
    """Return all that a store holds as bytes that are equal for equal states."""
    state: dict[str, Sequence[Json]] = {
        kind: [[one.key, one.deleted, one.record] for one in store.stored(kind)]
        for kind in store.kinds
    }
    return json.dumps(state, sort_keys=True).encode()
