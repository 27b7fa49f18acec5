"""What differs between two states of a world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockserver.database import Database, Write
from mockserver.store import Store, Stored
from mockserver.worlds.premise import Premise
from spec import Record


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that differs: None where there is none, or one that was deleted."""

    document: str
    kind: str
    key: str
    before: Record | None
    after: Record | None


def differences(premise: Premise, before: Database, after: Database) -> Iterator[Difference]:
    """Yield the records that differ, kind by kind in the order in which they were stored."""
    for contract in premise.contracts:
        known = premise.tables[contract.name]
        old, new = (Store(contract.name, known, {}, one) for one in (before, after))
        for kind in known:
            yield from _of_kind(contract.name, kind, old, new)


def _of_kind(document: str, kind: str, old: Store, new: Store) -> Iterator[Difference]:
    was, now = old.rows(kind), new.rows(kind)
    for number in sorted(was.keys() | now.keys()):
        if was.get(number) == now.get(number):
            continue
        first = old.read(kind, was[number]) if number in was else None
        then = new.read(kind, now[number]) if number in now else None
        # After an undo, a number may have been given to another record.
        another = first and then and first.key != then.key
        for one, other in [(first, None), (None, then)] if another else [(first, then)]:
            before, after = _living(one), _living(other)
            found = one or other
            if found is not None and before != after:
                yield Difference(document, kind, found.key, before, after)


def _living(stored: Stored | None) -> Record | None:
    return None if stored is None or stored.deleted else stored.record


def writes(before: Database, after: Database) -> Iterator[Write]:
    """Yield the writes that make all of one database what another one holds."""
    made: list[Write] = []
    for table in before.tables():
        (names, was), (_, now) = before.bare_rows(table), after.bare_rows(table)
        old, new = set(was), set(now)
        # Rows that change go and come again: no two may have the same key in between.
        for number, *cells in sorted(old - new):
            yield Write(table, number, dict(zip(names, cells, strict=True)), None)
        for number, *cells in sorted(new - old):
            made.append(Write(table, number, None, dict(zip(names, cells, strict=True))))
    yield from made
