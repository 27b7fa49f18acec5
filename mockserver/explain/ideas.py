"""Edits that may help against a refusal; which of them do is tried, not derived."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice

from mockserver.explain.edits import Edit, Where
from mockserver.fixtures import Account
from mockserver.store import Store
from spec import (
    ABSENT,
    Absent,
    Context,
    Contract,
    Exists,
    Found,
    Json,
    Operation,
    Parameter,
    Rule,
    Verdict,
    Violation,
    pick,
    regions,
)
from spec.contract import Equal, Fact, Mistyped, Repeated
from spec.places import escape, tokens

_MOST_VALUES = 6
_MOST_RECORDS = 4
_MISSING = re.compile(r'"(.+)" is a required property')
_LOCATIONS: dict[str, Where] = {
    "path": "path",
    "query": "query",
    "headers": "header",
    "body": "body",
}


class Ideas:
    """What may help against the refusals of one operation."""

    def __init__(
        self, contract: Contract, operation: Operation, store: Store, accounts: Iterable[Account]
    ) -> None:
        """Look for values in the document's success region, in samples and in the store."""
        self._contract = contract
        self._operation = operation
        self._store = store
        self._accounts = tuple(accounts)

    @cached_property
    def _region(self) -> regions.Region:
        return regions.success(self._contract, self._operation)

    def against(self, refusal: Verdict, context: Context) -> Iterator[Edit]:
        """Yield edits that may keep a check from refusing."""
        rule = refusal.rule
        if rule is None and refusal.stage == "authentication":
            yield from self.credentials()
        elif rule is None:
            yield from self.fitting(context.call.violations)
        else:
            for path in dict.fromkeys(_asked(rule, self._operation)):
                yield from self._at(path, rule, context)

    def credentials(self) -> Iterator[Edit]:
        """Yield the credentials of every kind of account."""
        seen = []
        for one in self._accounts:
            if one.facts not in seen:
                seen.append(one.facts)
                yield Edit("credential", "", one.name, one)

    def keys(self) -> Iterator[Edit]:
        """Yield the keys of records that the operation could be about."""
        effect = self._operation.effect
        if effect is None or effect.key is None or effect.key[:2] != ("request", "path"):
            return
        found = (one for one in self._store.stored(effect.kind) if not one.deleted)
        for one in islice(found, 40):
            yield Edit("path", f"/{effect.key[-1]}", one.key)

    def fitting(self, violations: Iterable[Violation]) -> Iterator[Edit]:
        """Yield edits that may make what does not fit the document fit."""
        for one in violations:
            if one.keyword == "media":
                yield Edit("header", "/content-type", "application/json")
            where = "header" if one.location == "headers" else one.location
            if where in {"body", "query", "path", "header"}:
                found: Where = where  # type: ignore[assignment]  # it is one of the four
                missing = _missing(one) if where == "body" else None
                pointer = one.pointer if missing is None else f"{one.pointer}/{escape(missing)}"
                yield from self.values(found, pointer, one)

    def broader(self, violations: Iterable[Violation]) -> Iterator[Edit]:
        """Yield edits of all that is around what does not fit, the closest first."""
        for one in violations:
            pointer = one.pointer if one.location == "body" else ""
            while pointer:
                pointer = pointer.rpartition("/")[0]
                yield from (Edit("body", pointer, value) for value in self._in_body(pointer))

    # -- rules ------------------------------------------------------------------------------------

    def _at(self, path: tuple[str, ...], rule: Rule, context: Context) -> Iterator[Edit]:
        """Yield edits that change what stands at a condition's path."""
        root = path[0]
        if root == "principal":
            yield from self.credentials()
        elif root == "resource":
            yield from self.keys()
        elif root == "facts":
            fact = self._operation.facts[path[1]]
            yield from self._of_fact(fact, rule, context)
        elif root == "item" and rule.each is not None:
            items = context.value(rule.each)
            for number in range(min(len(items), 20)) if isinstance(items, list) else ():
                spot = _pointer((*rule.each[2:], str(number), *path[1:]))
                yield from self.values("body", spot)
        elif root == "request" and path[1] in _LOCATIONS:
            yield from self.values(_LOCATIONS[path[1]], _pointer(path[2:]))

    def _of_fact(self, fact: Fact, rule: Rule, context: Context) -> Iterator[Edit]:
        """Yield edits of what a fact is about: values that records have, and others."""
        if isinstance(fact, Exists | Found):
            for name, path in fact.where.items():
                for value in self._had(fact, name):
                    for edit in self._at(path, rule, context):
                        if edit.where in {"body", "query"}:
                            yield Edit(edit.where, edit.pointer, value)
                            break
            paths = [*fact.where.values()]
        elif isinstance(fact, Equal):
            paths = [fact.left, fact.right]
        elif isinstance(fact, Repeated | Mistyped):
            paths = [fact.within]
            yield from self._fewer(fact.within, context)
        for path in paths:
            if path[0] != "facts":
                yield from self._at(path, rule, context)

    def _had(self, fact: Exists | Found, name: str) -> list[Json]:
        """Return values that records have where a fact looks for one."""
        records = (one.record for one in self._store.stored(fact.kind) if not one.deleted)
        fitting = (
            one for one in records if all(one.get(key) == v for key, v in fact.constants.items())
        )
        values = (one.get(name) for one in islice(fitting, 200))
        return [*dict.fromkeys(one for one in values if isinstance(one, str | int))][:_MOST_RECORDS]

    def _fewer(self, path: tuple[str, ...], context: Context) -> Iterator[Edit]:
        items = context.value(path)
        if isinstance(items, list) and path[:2] == ("request", "body"):
            for number in range(len(items) - 1, -1, -1)[:20]:
                yield Edit("body", _pointer((*path[2:], str(number))), ABSENT)

    # -- values -----------------------------------------------------------------------------------

    def values(self, where: Where, pointer: str, wrong: Violation | None = None) -> Iterator[Edit]:
        """Yield other values for a place, and last its being left out."""
        superfluous = wrong is not None and wrong.keyword in {
            "additionalProperties",
            "unevaluatedProperties",
            "operator",
            "repeated",
            "empty",
        }
        if superfluous:
            yield Edit(where, pointer, ABSENT)
        seen: list[Json] = []
        make: Callable[[str], Iterator[Json | Absent]] = (
            self._in_body if where == "body" else lambda at: self._of_parameter(where, at)
        )
        for value in make(pointer):
            if value is not ABSENT and value not in seen and len(seen) < _MOST_VALUES:
                seen.append(value)
                yield Edit(where, pointer, value)
        if where != "path" and not superfluous:
            yield Edit(where, pointer, ABSENT)

    def _in_body(self, pointer: str) -> Iterator[Json | Absent]:
        """Yield values for a place in the body: of the success region, then samples."""
        path = tokens(pointer)
        if not any(one.isdecimal() for one in path):
            schema = self._region.part("request", "body", *path)
            if schema is not None:
                yield from regions.enumerated(schema) or [regions.example(schema)]
        body = self._operation.body
        for schema_pointer in [*body.media.values()][:1] if body else ():
            for number in range(3):
                whole = self._contract.samples.of(schema_pointer, number)
                yield whole if not path else _picked(whole, path)

    def _of_parameter(self, where: Where, pointer: str) -> Iterator[Json | Absent]:
        name = (tokens(pointer) or [""])[0]
        part = {"header": "headers"}.get(where, where)
        schema = self._region.part("request", part, name)
        if schema is not None:
            yield from regions.enumerated(schema) or [regions.example(schema)]
        for one in self._operation.parameters:
            if one.location == where and one.name.lower() == name.lower():
                yield from self._samples(one)

    def _samples(self, parameter: Parameter) -> Iterator[Json | Absent]:
        yield self._contract.samples.parameter(parameter)
        for number in range(2):
            yield self._contract.samples.of(parameter.pointer, number)


def _asked(rule: Rule, operation: Operation) -> Iterator[tuple[str, ...]]:
    """Yield the paths that a rule asks for, what the caller has in hand first."""
    order = {"request": 0, "item": 0, "facts": 1, "resource": 2, "principal": 3}
    yield from sorted((one.path for one in rule.when), key=lambda path: order.get(path[0], 4))


def _missing(violation: Violation) -> str | None:
    """Return the name of the member that is missing, where a violation says so."""
    found = _MISSING.fullmatch(violation.message) if violation.keyword == "required" else None
    return found[1] if found else None


def _picked(whole: Json, path: list[str]) -> Json | Absent:
    """Return what stands at a path of a sample; all rows of a list are like its first."""
    first = ["0" if one.isdecimal() else one for one in path]
    return pick(whole, _pointer(first), ABSENT)


def _pointer(path: Iterable[str]) -> str:
    return "".join(f"/{escape(one)}" for one in path)
