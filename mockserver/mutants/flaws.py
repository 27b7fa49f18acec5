"""Stores with a flaw: each has the records of the one behind it, and errs in what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mockserver.store import Store
from mockserver.tables import Table, within
from spec import ABSENT, Absent, Credential, Json, Owner, Record
from spec.lists import Query

Who: TypeAlias = Owner | Absent
Page: TypeAlias = tuple[list[Record], int]


@dataclass(frozen=True, slots=True)
class Question:
    """What a fact asks: does a tenant have a record, but for one, with these values of fields?"""

    kind: str
    where: Mapping[str, Json]
    tenant: Who
    excluding: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is done in the place of a store's methods; where there is None, nothing else is.

    Each is given the flawed store first: the one behind it does the usual.
    """

    add: Callable[[Flawed, str, Record], Record] | None = None
    put: Callable[[Flawed, str, Record, Record], Record] | None = None
    remove: Callable[[Flawed, str, Record], None] | None = None
    move_on: Callable[[Flawed, str, Record, Record], None] | None = None
    dated: Callable[[Flawed, str, Record, float | None], Record] | None = None
    record: Callable[[Flawed, str, str, Who], Record | None] | None = None
    exists: Callable[[Flawed, Question], bool] | None = None
    every: Callable[[Flawed, str, Who], list[Record]] | None = None
    page: Callable[[Flawed, str, Who, Query], Page] | None = None
    principal: Callable[[Flawed, Credential | None], Mapping[str, Json] | None] | None = None


class Flawed(Store):
    """A store with a flaw."""

    __slots__ = ("behind", "flaw")

    def __init__(self, behind: Store, flaw: Flaw) -> None:
        """Share everything with a store, what it has read included; what differs lies in slots."""
        self.__dict__ = behind.__dict__
        self.behind = behind
        self.flaw = flaw

    def add(self, kind: str, record: Record, *, deleted: bool = False) -> Record:
        """Store a new record, or err."""
        if self.flaw.add is not None and not deleted:
            return self.flaw.add(self, kind, record)
        return self.behind.add(kind, record, deleted=deleted)

    def put(self, kind: str, before: Record, after: Record) -> Record:
        """Store a record in place of what it was, or err."""
        if self.flaw.put is not None:
            return self.flaw.put(self, kind, before, after)
        return self.behind.put(kind, before, after)

    def remove(self, kind: str, record: Record) -> None:
        """Let a record be deleted, or err."""
        (self.flaw.remove or _remove)(self, kind, record)

    def move_on(self, kind: str, before: Record, after: Record) -> None:
        """Store how far a record that grows has come, or err."""
        (self.flaw.move_on or _move_on)(self, kind, before, after)

    def dated(self, kind: str, record: Record, moment: float | None = None) -> Record:
        """Return a record that was changed just now, or err."""
        if self.flaw.dated is not None:
            return self.flaw.dated(self, kind, record, moment)
        return self.behind.dated(kind, record, moment)

    def record(self, kind: str, key: str, tenant: Who) -> Record | None:
        """Return the live record of that key, or err."""
        if self.flaw.record is not None:
            return self.flaw.record(self, kind, key, tenant)
        return self.behind.record(kind, key, tenant)

    def exists(
        self, kind: str, where: Mapping[str, Json], tenant: Who, excluding: str | None
    ) -> bool:
        """Tell whether there is such a record, or err."""
        if self.flaw.exists is not None:
            return self.flaw.exists(self, Question(kind, where, tenant, excluding))
        return self.behind.exists(kind, where, tenant, excluding)

    def find(self, kind: str, where: Mapping[str, Json], tenant: Who) -> Record | None:
        """Return the first such record, as the store behind would."""
        return self.behind.find(kind, where, tenant)

    def every(self, kind: str, tenant: Who) -> list[Record]:
        """Return all live records of a kind, or err."""
        if self.flaw.every is not None:
            return self.flaw.every(self, kind, tenant)
        return self.behind.every(kind, tenant)

    def page(self, kind: str, tenant: Who, asked: Query) -> Page:
        """Return a page of records, or err."""
        if self.flaw.page is not None:
            return self.flaw.page(self, kind, tenant, asked)
        return self.behind.page(kind, tenant, asked)

    def principal(self, credential: Credential | None) -> Mapping[str, Json] | None:
        """Return the facts of a credential, or err."""
        if self.flaw.principal is not None:
            return self.flaw.principal(self, credential)
        return self.behind.principal(credential)

    # -- what flaws need to know that no request may -----------------------------------------------

    def asked(self, question: Question) -> bool:
        """Answer a question as the store behind does."""
        one = question
        return self.behind.exists(one.kind, one.where, one.tenant, one.excluding)

    def make(self, kind: str, record: Record) -> Record:
        """Return a new record with all that the server makes of it, and store nothing."""
        return self._made(self._tables[kind], record)

    def dead(self, kind: str, tenant: Who) -> list[Record]:
        """Return a tenant's deleted records, the last stored first."""
        table = self._tables[kind]
        scope = self._scope(table, tenant)
        rows = self._database.execute(
            f"SELECT document FROM {table.name} WHERE alive = 0 AND {within(scope)}"
            " ORDER BY number DESC",
            scope or (),
        ).fetchall()
        return [self._whole(table, document) for (document,) in rows]

    def dead_record(self, kind: str, key: str, tenant: Who) -> Record | None:
        """Return a tenant's deleted record of a key."""
        resource = self._tables[kind].resource
        found = (one for one in self.dead(kind, tenant) if resource.key_of(one) == key)
        return next(found, None)

    def predecessor(self, kind: str, record: Record) -> Record | None:
        """Return the last deleted record with the key and tenant of one."""
        table = self._tables[kind]
        found = (
            one for one in self.dead(kind, ABSENT) if _place(table, one) == _place(table, record)
        )
        return next(found, None)

    def last_dead(self, kind: str, record: Record) -> Record | None:
        """Return the last deleted record of the tenant of one."""
        table = self._tables[kind]
        tenant = table.tenant_of(record)
        found = (one for one in self.dead(kind, ABSENT) if table.tenant_of(one) == tenant)
        return next(found, None)

    def neighbours(self, kind: str, record: Record) -> list[Record]:
        """Return the other live records of the same tenant, the latest first."""
        table = self._tables[kind]
        key, tenant = _place(table, record)
        return [
            one
            for one in reversed(self.behind.every(kind, ABSENT))
            if table.tenant_of(one) == tenant and table.key_of(one) != key
        ]

    def lives(self, kind: str, record: Record) -> Record | None:
        """Return the live record with the key and tenant of one."""
        table = self._tables[kind]
        found = self._database.execute(
            f"SELECT document FROM {table.name} WHERE key = ? AND tenant = ? AND alive = 1",
            _place(table, record),
        ).fetchone()
        return self._whole(table, found[0]) if found else None

    def lay(self, kind: str, record: Record) -> Record:
        """Store a record in the place of the live one with its key, or as a new one."""
        resource = self._tables[kind].resource
        before = self.lives(kind, record) if resource.key in record else None
        if before is None:
            return self.behind.add(kind, record)
        return self.behind.put(kind, before, record)

    @property
    def known(self) -> list[Mapping[str, Json]]:
        """The facts of all principals, in the order of the fixtures."""
        return [*self._credentials.values()]

    @property
    def secrets(self) -> Mapping[Credential, Mapping[str, Json]]:
        """The facts of all principals, by what they are known by."""
        return self._credentials

    @property
    def memory(self) -> dict[Any, Any]:
        """What a flaw remembers of this world."""
        found: dict[Any, Any] = self.__dict__.setdefault("memory of flaws", {})
        return found


def _remove(store: Flawed, kind: str, record: Record) -> None:
    store.behind.remove(kind, record)


def _move_on(store: Flawed, kind: str, before: Record, after: Record) -> None:
    store.behind.move_on(kind, before, after)


def _place(table: Table, record: Record) -> tuple[str, str]:
    return table.key_of(record), table.tenant_of(record)
