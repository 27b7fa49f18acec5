"""Where the records of a kind lie in SQLite, and how JSON values look in its cells.

Records are stored whole. Beside each stand the columns that the document's facts, filters, orders
and searches ask for, found in the contract once, so that no request parses what it does not show.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from json.encoder import encode_basestring_ascii
from typing import TypeAlias, cast

import orjson

from spec import ABSENT, Contract, Exists, Filter, Found, Json, Operation, Record, Resource
from spec.lists import Query, Wanted, field, holds, matches
from spec.times import moment

LARGEST = 2**63 - 1
Cell: TypeAlias = str | int | float | bytes | None
Scope: TypeAlias = tuple[str, ...] | None
"""The tenants whose records are looked at, as their column holds them; None means all."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_NO_TENANT = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its quoted name: made how, and from which fields of the record (None: all)."""

    name: str
    fields: frozenset[str] | None
    of: Callable[[Record], Cell]


@dataclass(frozen=True)
class Table:
    """Where the records of a kind lie, and which of their fields have a column of their own.

    `equal` fields are compared as canonical JSON, without case where the kind says so; `filtered`
    ones exactly; `ordered` ones as values of their type, or as moments; `searched` ones lie
    together as one JSON object. The value of `entries` lies in a table that only grows.
    """

    resource: Resource
    name: str
    equal: tuple[str, ...]
    filtered: tuple[str, ...]
    ordered: tuple[str, ...]
    searched: tuple[str, ...]
    entries: str | None = None
    shared: frozenset[str] = frozenset()
    """Fields whose values must differ from those of every tenant."""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are made from a record."""
        tenant, searched = self.resource.tenant, self.searched
        owners = frozenset(tenant.fields if tenant else ())
        return (
            Column("key", frozenset({self.resource.key}), self.key_of),
            Column("tenant", owners, self.tenant_of),
            Column("document", None, self._document),
            Column("searched", frozenset(searched), lambda record: dumped(_part(record, searched))),
            *(self._equal(name) for name in self.equal),
            *(self._exact(name) for name in self.filtered if self._apart(name)),
            *(self._ordered(name) for name in self.ordered),
        )

    def _equal(self, name: str) -> Column:
        fold = folded if name in self.resource.caseless else _same
        return Column(quoted(f"= {name}"), _first(name), _canonical_of(name, fold))

    def _exact(self, name: str) -> Column:
        return Column(quoted(f"~ {name}"), _first(name), _canonical_of(name, _same))

    def _ordered(self, name: str) -> Column:
        read = moment if name in self.resource.times else sortable
        return Column(quoted(f"< {name}"), frozenset({name}), lambda one: read(one.get(name)))

    def _document(self, record: Record) -> bytes:
        if self.entries and record.get(self.entries):
            return dumped({**record, self.entries: []})
        return dumped(record)

    @cached_property
    def equal_fields(self) -> frozenset[str]:
        """The fields that facts can ask for."""
        return frozenset(self.equal)

    def filter_column(self, name: str) -> str:
        """Return the column with the exact values of a field that lists filter by."""
        return quoted(f"~ {name}" if self._apart(name) else f"= {name}")

    def _apart(self, name: str) -> bool:
        """Tell whether a filter needs a column of its own, which is exact and has no index."""
        return name in self.resource.caseless or name not in self.equal

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

    def cells(self, record: Record, names: Collection[str]) -> dict[str, Cell]:
        """Return the values of some columns for a record."""
        return {column.name: column.of(record) for column in self.columns if column.name in names}

    @cached_property
    def _fields(self) -> frozenset[str]:
        return frozenset().union(*(column.fields or () for column in self.columns))

    def key_of(self, record: Record) -> str:
        """Return the key column of a record."""
        return self.key(self.resource.key_of(record))

    def key(self, text: str) -> str:
        """Return a key as its column holds it."""
        return text.casefold() if self.resource.key in self.resource.caseless else text

    def tenant_of(self, record: Record) -> str:
        """Return the tenant column of a record."""
        tenant = self.resource.tenant
        return owner([record.get(name) for name in tenant.fields]) if tenant else _NO_TENANT

    def compared(self, name: str, value: Json) -> str:
        """Return a value as the column of a field holds it that facts compare."""
        return canonical(folded(value) if name in self.resource.caseless else value)

    def schema(self) -> Iterator[str]:
        """Yield the statements that make the table and its indexes."""
        columns = ", ".join(column.name for column in self.columns)
        yield (
            f"CREATE TABLE {self.name} (number INTEGER PRIMARY KEY, alive, {columns}"
            f" /* {self._mark} */)"
        )
        yield self._index("key", "key, tenant", unique=True)
        # The value first: some questions are about all tenants.
        for name in self.equal:
            yield self._index(f"= {name}", f"{quoted(f'= {name}')}, tenant")
        for name in self.ordered:
            yield self._index(f"< {name}", f"tenant, {quoted(f'< {name}')}")

    @property
    def _mark(self) -> str:
        """A text that differs where the same columns are made in another way."""
        resource, tenant = self.resource, self.resource.tenant
        made: list[Json] = [resource.key, tenant.fields if tenant else None, self.entries]
        made += [self.searched, sorted(resource.caseless), sorted(resource.times)]
        return hashlib.sha256(json.dumps(made, default=list).encode()).hexdigest()[:16]

    def _index(self, name: str, columns: str, *, unique: bool = False) -> str:
        label = quoted(f"{self.name[1:-1]} {name}")
        word = "UNIQUE INDEX" if unique else "INDEX"
        return f"CREATE {word} {label} ON {self.name} ({columns}) WHERE alive = 1"

    def wanted(self, scope: Scope, asked: Query) -> tuple[str, list[Cell]]:
        """Return the clause for the records that a list call asks for, and its values."""
        clauses = [f"alive = 1 AND {within(scope)}"]
        values: list[Cell] = [*(scope or ())]
        for one in asked.conditions:
            clause, more = self._condition(one)
            clauses.append(clause)
            values.extend(more)
        if asked.words:
            clauses.append("found(?, searched)")
            values.append(json.dumps([asked.words, asked.search_fields]))
        return " AND ".join(clauses), values

    def _condition(self, one: Wanted) -> tuple[str, list[Cell]]:
        column, filter_ = self.filter_column(one.filter.field), one.filter
        # What an index can find as `spec.lists.holds` would; everything else asks that function.
        if filter_.operator == "eq" and not filter_.instant and one.value is not None:
            return f"{column} = ?", [canonical(one.value)]
        asked = json.dumps([filter_.field, filter_.operator, filter_.instant, one.value])
        if filter_.operator == "in" and not filter_.instant:
            listed = one.value if isinstance(one.value, list) else [one.value]
            texts = [*{canonical(value): None for value in listed if value is not None}]
            # A stored list is in the relation when one of its members is.
            a_list = f"{column} >= '[' AND {column} < '\\' AND holds(?, {column})"
            return f"({column} IN ({_marks(texts)}) OR ({a_list}))", [*texts, asked]
        return f"holds(?, {column})", [asked]


def tables(contract: Contract) -> dict[str, Table]:
    """Return the table of each kind that the document declares."""
    return {kind: _table(contract, resource) for kind, resource in contract.resources.items()}


def _table(contract: Contract, resource: Resource) -> Table:
    kind = resource.kind
    equal = {*resource.unique, *_naming(contract, kind)}
    filtered: set[str] = set()
    ordered: set[str] = set()
    searched: dict[str, None] = {}
    shared: set[str] = set()
    entries = None
    for operation in contract.operations.values():
        for fact in operation.facts.values():
            if isinstance(fact, Exists | Found) and fact.kind == kind:
                equal.update(fact.where, fact.constants)
                shared.update(fact.where if fact.anywhere else ())
        effect, listing = operation.effect, operation.listing
        if effect and effect.job and effect.job.kind == kind:
            entries = effect.job.entries
        if listing and effect and effect.kind == kind:
            filtered.update(one.field for one in listing.filters)
            equal.update(one.field for one in listing.filters if _indexed(one))
            ordered.update(one.removeprefix("-") for one in listing.order)
            ordered.update(_sorts(operation, listing.sort))
            searched.update(dict.fromkeys(listing.search_fields))
    return Table(
        resource,
        quoted(f"{contract.name}/{kind}"),
        tuple(sorted(equal)),
        tuple(sorted(filtered)),
        tuple(sorted(ordered)),
        tuple(searched),
        entries,
        frozenset(shared & set(resource.unique)),
    )


def _naming(contract: Contract, kind: str) -> Iterator[str]:
    """Yield the fields by which entries of other kinds' records find a definition of this kind."""
    for resource in contract.resources.values():
        yield from (one.named for one in resource.parts.values() if one.definitions == kind)


def _indexed(one: Filter) -> bool:
    return one.operator in {"eq", "in"} and not one.instant


def _sorts(operation: Operation, parameter: str | None) -> Iterator[str]:
    """Yield the fields that a sort parameter's schema names."""
    for one in operation.parameters:
        if one.name == parameter and isinstance(one.schema, Mapping):
            names = one.schema.get("enum", ())
            yield from (str(name).removeprefix("-") for name in names)


def within(scope: Scope) -> str:
    """Return the clause for the records of some tenants, whose values are those of the scope."""
    if scope is None:
        return "1"
    return "tenant = ?" if len(scope) == 1 else f"tenant IN ({_marks(scope)})"


def order(table: Table, asked: Query) -> tuple[str, list[Cell]]:
    """Return the clause that `spec.lists.in_order` describes, and its values.

    Unset values come last, both ways.
    """
    terms = []
    values: list[Cell] = []
    for name in asked.order:
        plain = name.removeprefix("-")
        column = quoted(f"< {plain}")
        if plain not in table.ordered:
            column = "cell(?, document)"
            values.append(plain)
        # SQLite takes NULL for the smallest value: last already when descending.
        terms.append(f"{column} DESC" if name.startswith("-") else f"{column} NULLS LAST")
    return f"ORDER BY {', '.join([*terms, 'number'])}", values


def _found(wanted: str, searched: bytes) -> bool:
    return matches(_asked(wanted), loaded(searched), complete=True) is True


@lru_cache(maxsize=256)
def _asked(wanted: str) -> Query:
    words, fields = json.loads(wanted)
    return Query((), tuple(words), tuple(fields))


def _holds(wanted: str, value: str | None) -> bool:
    # A field that is absent, unlike one that is null, is in no relation.
    return value is not None and holds(_wanted(wanted), json.loads(value))


@lru_cache(maxsize=256)
def _wanted(text: str) -> Wanted:
    name, operator, instant, value = json.loads(text)
    return Wanted(Filter(name, name, operator, instant), value)


def _cell(name: str, document: bytes) -> Cell:
    return sortable(loaded(document).get(name))


FUNCTIONS: Mapping[str, Callable[..., Cell]] = {"found": _found, "holds": _holds, "cell": _cell}
"""The functions of two values that the clauses above ask for."""


def _first(name: str) -> frozenset[str]:
    return frozenset({name.partition(".")[0]})


def _same(value: Json) -> Json:
    return value


def folded(value: Json) -> Json:
    """Return a value in the form in which fields without case are compared."""
    return value.casefold() if isinstance(value, str) else value


def _canonical_of(name: str, form: Callable[[Json], Json]) -> Callable[[Record], Cell]:
    def cell(record: Record) -> Cell:
        value = field(record, name)
        return None if value is ABSENT else canonical(form(value))

    return cell


def _part(record: Record, fields: Iterable[str]) -> Record:
    return {name: record[name] for name in fields if name in record}


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def owner(values: Sequence[Json]) -> str:
    """Return a tenant as its column holds it."""
    if len(values) == 1 and type(values[0]) is str:  # as canonical() does, in a tenth of the time
        return f"[{encode_basestring_ascii(values[0])}]"
    return canonical(list(values))


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
        return int(value) if abs(value) <= LARGEST else _double(value)
    return value if isinstance(value, float) else None


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def dumped(value: Json) -> bytes:
    """Return the stored form of a value; a leading blank marks what orjson cannot carry."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b" " + json.dumps(value).encode()


def loaded(document: bytes) -> dict[str, Json]:
    """Return the record of a stored form."""
    return cast("dict[str, Json]", restored(document))


def restored(document: bytes) -> Json:
    """Return the value of a stored form."""
    # orjson would read a whole number beyond 64 bits as a double.
    read = json.loads if document.startswith(b" ") else orjson.loads
    return read(document)


def joined(parts: Sequence[bytes]) -> Json:
    """Return the list whose members stored lists hold, one after the other."""
    blank = b" " if any(part.startswith(b" ") for part in parts) else b""
    inner = (part.strip()[1:-1] for part in parts)
    return restored(blank + b"[" + b",".join(one for one in inner if one) + b"]")
