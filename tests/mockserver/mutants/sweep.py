"""Many short sequences for any document, made from it and the fixtures: who shows a mutant at all?

Each operation is called by everybody, with every known key and some that are none, and with bodies
that differ from a right one in one member; what it leaves is read back. Slow and thorough: for the
campaign that looks for mutants which no request can tell from the mock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise, product
from typing import Any
from urllib.parse import quote

from mockserver.fixtures import shipped_with
from mockserver.mutants.samples import whole
from mockserver.mutants.sight import settable
from spec import Contract, Operation, Resource, pick
from spec.document import tokens
from spec.regions import enumerated, standalone

Step = tuple[str, str, str | None, Any]
"""Method, path with query, who calls, and the body; a body of ... is none at all."""

VALUES: tuple[Any, ...] = (
    None, "", " ", " a ", "Ab", "a" * 300, "?", "7", "true", 0, 1, 7, -1, False, True, [], {},
    ["b", "a", "a"], [""], {"k": 1},
)  # fmt: skip
STRANGERS = ("nobody", "unknown", "longer", "upper")
_MOST_KEYS = 8


class Sweep:
    """The sequences for one document."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.fixtures = shipped_with(contract)
        self.people = [one.name for one in self.fixtures.credentials]

    def of(self, operation: Operation) -> Iterator[list[Step]]:
        """The sequences that are about an operation."""
        effect = operation.effect
        listing = effect is not None and effect.action == "list"
        yield from self._lists(operation) if listing else self._calls(operation)

    # -- who, where -------------------------------------------------------------------------------

    def _calls(self, operation: Operation) -> Iterator[list[Step]]:
        paths = self.paths(operation)
        body = self.right(operation)
        for path, who in product(paths, [*self.people, *STRANGERS]):
            for given in (body, 5) if operation.body else (...,):
                yield self._with_readings(operation, (operation.method, path, who, given), path)
        for path, given in product([*paths[:1], *paths[3:4]], self.bodies(operation)):
            yield self._with_readings(operation, (operation.method, path, None, given), path)
        for path, given in product(paths[1:], self.some_bodies(operation)):
            yield self._with_readings(operation, (operation.method, path, None, given), path)

    def _with_readings(self, operation: Operation, step: Step, path: str) -> list[Step]:
        """The call twice, with all that can be read before, between and after."""
        readings = [*self._readings(operation, path)]
        return [*readings, step, *readings, step, *readings] if readings else [step, step]

    def _readings(self, operation: Operation, path: str) -> Iterator[Step]:
        effect = operation.effect
        if effect is None or not operation.writes:
            return
        keyed = effect.key is not None and "{" in operation.path
        for one in self.contract.doing(effect.kind, "read", "entries"):
            if keyed and one.path.startswith(
                operation.path.rpartition("/attributes")[0] or operation.path
            ):
                yield "GET", path + one.path[len(operation.path) :], None, ...
        for one in self.contract.doing(effect.kind, "list"):
            yield "GET", self.account(one.path), None, ...

    def account(self, path: str) -> str:
        """A path in which the parameters are those of the first principal's account."""
        return self.paths_of(path)[0]

    def paths(self, operation: Operation) -> list[str]:
        return self.paths_of(operation.path)

    @cache  # noqa: B019 - a sweep lives as long as the test
    def paths_of(self, path: str) -> list[str]:
        """The paths with every known key in the place of the last parameter, and some others."""
        names = [one.strip("{}") for one in path.split("/") if one.startswith("{")]
        columns = [self.keys(name) for name in names]
        if not columns:
            return [path]
        firsts = [column[0] for column in columns]
        rows = [[*firsts[:-1], key] for key in columns[-1]]
        rows += [
            [*firsts[:n], key, *firsts[n + 1 :]] for n, c in enumerate(columns[:-1]) for key in c
        ]
        return [
            path.format_map({n: quote(k, safe="") for n, k in zip(names, row, strict=True)})
            for row in rows
        ]

    def keys(self, parameter: str) -> list[str]:
        resource = self.addressed(parameter)
        if resource is None:
            return ["x"]
        found = [resource.key_of(one) for one in self.records(resource.kind)]
        gone = [
            resource.key_of(one) for kind, one in self.fixtures.deleted if kind == resource.kind
        ]
        firsts = list(dict.fromkeys(found))
        odd = ["0" + firsts[0], firsts[0].upper(), firsts[0].lower() + "x", firsts[0][:-1] or "9"]
        return list(dict.fromkeys([*firsts[:_MOST_KEYS], *firsts[-3:], *gone, *odd]))

    def addressed(self, parameter: str) -> Resource | None:
        """The kind whose key a path parameter is."""
        for operation in self.contract.operations.values():
            effect = operation.effect
            if effect and effect.key and effect.key[-1] == parameter:
                return self.contract.resources[effect.kind]
        stem = parameter.rpartition("_")[0]
        return self.contract.resources.get(stem)

    def records(self, kind: str) -> list[Any]:
        return [dict(one) for name, one in self.fixtures.records if name == kind]

    # -- what -------------------------------------------------------------------------------------

    def right(self, operation: Operation) -> Any:
        """A body that fits, with the values that the first principal may use."""
        return next(iter(self.rights(operation.id)), ...)

    @cache  # noqa: B019 - a sweep lives as long as the test
    def rights(self, name: str) -> list[Any]:
        operation = self.contract.operations[name]
        if operation.body is None:
            return []
        pointer = next(iter(operation.body.media.values()))
        named = self.contract.document.get(f"{pointer.removesuffix('/schema')}/examples") or {}
        shown = [one["value"] for one in named.values()]
        made = [whole(self.contract.document, pointer, n) for n in range(6)]
        fits = self.contract.schemas.validator(pointer).is_valid
        right = [one for one in (*shown, *made) if fits(one)]
        return [json.loads(one) for one in dict.fromkeys(map(json.dumps, right))][:6]

    def some_bodies(self, operation: Operation) -> list[Any]:
        return [*self.rights(operation.id), {}] if operation.body else [...]

    def bodies(self, operation: Operation) -> Iterator[Any]:
        """Bodies that differ from a right one in one member of one row."""
        if operation.body is None:
            return
        yield from self.rights(operation.id)
        yield from ({}, [], None, "text", 5, ...)
        effect = operation.effect
        if effect is None:
            return
        way = [*tokens(effect.request)]
        for number, right in enumerate(self.rights(operation.id)):
            rows = pick(right, effect.request) if way else right
            made = self._rows(operation, rows[0] if effect.many else rows, deep=number < 6)
            for row in made:
                if not effect.many:
                    yield _placed(way, row)
                    continue
                for batch in ([row], [rows[0], row], [row, rows[0]]):
                    yield _placed(way, batch)

    def _rows(self, operation: Operation, row: Any, *, deep: bool) -> Iterator[Any]:
        effect = operation.effect
        assert effect is not None
        resource = self.contract.resources[effect.kind]
        yield row
        yield {**row, "unheard_of": 1}
        yield {}
        for name in row:
            yield {key: value for key, value in row.items() if key != name}
        if not deep:
            return
        members = {one.name: one.pointer for one in settable(self.contract, operation)}
        for name, pointer in members.items():
            listed = enumerated(
                standalone(self.contract.document, self.contract.document.get(pointer))
            )
            for value in (*VALUES, *(listed or ())[:3], *self.stored(resource, name)):
                yield {**row, name: value}
        for name in resource.top_level:
            if name not in members:
                for value in (*self.stored(resource, name)[:2], "x", 5):
                    yield {**row, name: value}

    def stored(self, resource: Resource, name: str) -> list[Any]:
        """Values that records have in a field, or that lead to records, and like ones."""
        kinds = {resource.kind, *(k for k in self.contract.resources if name.startswith(k))}
        found: list[Any] = []
        for kind in sorted(kinds):
            other = self.contract.resources[kind]
            field = name if kind == resource.kind else other.key
            pool = [*self.records(kind), *(one for k, one in self.fixtures.deleted if k == kind)]
            found += [one[field] for one in pool if one.get(field) is not None]
        unique = [json.loads(one) for one in dict.fromkeys(map(json.dumps, found))]
        chosen = [*unique[:4], *unique[len(unique) // 2 :][:4], *unique[-8:]]
        texts = [one for one in chosen if isinstance(one, str)][:2]
        return [
            *chosen,
            *(t.lower() for t in texts),
            *(t.upper() for t in texts),
            *(f" {t}" for t in texts),
            *(f"{t[:-2]}98" for t in texts),
        ]

    # -- lists ------------------------------------------------------------------------------------

    def _lists(self, operation: Operation) -> Iterator[list[Step]]:
        path = self.account(operation.path)
        for one in self.paths(operation):
            for who in [*self.people, *STRANGERS]:
                yield [
                    ("GET", one, who, ...),
                    ("GET", f"{one}?{self._broken(operation)}", who, ...),
                ]
        queries = list(self.queries(operation))
        for start in range(0, len(queries), 12):
            yield [("GET", f"{path}?{one}", None, ...) for one in queries[start : start + 12]]

    def _broken(self, operation: Operation) -> str:
        limit = operation.listing.limit if operation.listing else None
        return f"{limit}=0"

    def queries(self, operation: Operation) -> Iterator[str]:
        listing, effect = operation.listing, operation.effect
        if listing is None or effect is None:
            return
        resource = self.contract.resources[effect.kind]
        flag = f"&{listing.envelope.parameter}=true" if listing.envelope else ""
        for limit, way in product(
            (1, 2, 3, 10, 99, 100, 101, 999, 1000, 1001, 0), (0, 1, 2, 3, 90, -1)
        ):
            turn = f"&{listing.page or listing.offset}={way}"
            yield f"{listing.limit}={limit}{turn}{flag}"
        single: list[str] = []
        for one in listing.filters:
            values = [*self._of_field(resource, one.field), "?", "x"]
            for value in values:
                single.append(f"{one.parameter}={quote(str(value))}")
            for pair in pairwise(values):
                single.append(f"{one.parameter}={quote(','.join(map(str, pair)), safe=',')}")
                single.append("&".join(f"{one.parameter}={quote(str(v))}" for v in pair))
            single.append(f"{one.parameter}=")
        if listing.search:
            for name in listing.search_fields:
                for value in self._of_field(resource, name):
                    words = str(value).split()
                    for text in (
                        *words,
                        words[0][:3],
                        words[0][1:3],
                        f"{words[-1]} {words[0]}",
                        "q",
                    ):
                        single.append(f"{listing.search}={quote(text)}")
        yield from (one + flag for one in dict.fromkeys(single))
        for first, second in zip(single[:200], single[7:207], strict=False):
            yield f"{first}&{second}{flag}"
            yield f"{first}&{listing.limit}=1{flag}"
        for name in {one.removeprefix("-") for one in self._sorts(operation)}:
            yield f"{listing.sort}={name}"
            yield f"{listing.sort}=-{name}"
        yield from (f"{name}=x" for name in sorted(listing.refused))
        yield f"{listing.sort}=nothing"

    def _sorts(self, operation: Operation) -> Iterable[str]:
        listing = operation.listing
        for one in operation.parameters:
            if listing and one.name == listing.sort:
                yield from one.schema.get("enum", ())

    def _of_field(self, resource: Resource, name: str) -> list[Any]:
        found: list[Any] = []
        for one in self.records(resource.kind):
            value: Any = one
            for step in name.split("."):
                value = value.get(step) if isinstance(value, dict) else None
            if isinstance(value, list):
                found += [",".join(map(str, value)), *value]
            elif value is not None:
                found.append(value)
        few = list(dict.fromkeys(found))[:6]
        texts = [one for one in few if isinstance(one, str) and one]
        more = [t for one in texts[:2] for t in (one[:-1], one[1:], one.upper(), one.lower())]
        more += [one.replace("Z", "+00:00").replace(".000+", "+") for one in texts[:2]]
        more += [_shifted(one) for one in texts[:3] if one[10:11] == "T"]
        return [*few, *more]


def _shifted(text: str) -> str:
    """The same moment in a zone two hours ahead."""
    from datetime import datetime, timedelta, timezone

    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="microseconds")


def _placed(way: list[str], value: Any) -> Any:
    for name in reversed(way):
        value = {name: value}
    return value
