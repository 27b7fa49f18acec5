"""The calls that meet a rule and no earlier one, or none at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import jsonschema_rs

from spec.contract import Contract, Operation, Rule
from spec.document import Json
from spec.regions.algebra import canonical_form, to_schema
from spec.regions.calls import base
from spec.regions.conditions import condition, doubts, grounds
from spec.regions.definitions import lift_defs, with_defs
from spec.regions.paths import projected
from spec.regions.sets import settle, simplest


@dataclass(frozen=True)
class Region:
    """A set of documents. Made by `region`, `success` and `given`.

    `definition` states the set in plain words; `schema` is the algebra's simpler form of it, or the
    definition again where the algebra has none. `satisfiable` is None where it cannot be told.
    """

    definition: Json
    schema: Json
    satisfiable: bool | None

    def contains(self, document: Json) -> bool:
        """Tell whether a document belongs to the region; judged by its definition."""
        return self._validator.is_valid(document)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(self.definition, validate_formats=True)

    def given(self, **parts: Json) -> Region:
        """Return what is left when parts of the document are known.

        Of a mapping the given members are fixed and the others stay open, so that a record of which
        only some fields are known can be given. Use as `given(principal=…, resource=…, facts=…)`.
        """
        known = {name: _fixed(value) for name, value in parts.items()}
        wanted = {"type": "object", "properties": known, "required": sorted(known)}
        return _made({"allOf": [self.definition, wanted]})

    def part(self, *path: str) -> Json | None:
        """Return the schema of what stands at a path in the region's documents.

        Exact when `given` has fixed all that the rules ask for elsewhere, otherwise each value
        occurs in some document. None when nothing can stand there or the form is not understood.
        """
        if self.satisfiable is False:
            return None
        found = projected(self.schema, path)
        return None if found is None else simplest(with_defs(found, self.schema))

    @property
    def body(self) -> Json | None:
        """The schema of the request body, as `part` gives it."""
        return self.part("request", "body")


def _fixed(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {
            "type": "object",
            "properties": {name: {"const": one} for name, one in value.items()},
            "required": sorted(value),
        }
    return {"const": value}


def _made(definition: Json) -> Region:
    definition = lift_defs(definition)
    form = canonical_form(definition)
    if form is None:
        return Region(definition, definition, settle(definition, None))
    return Region(definition, to_schema(form), settle(definition, form))


def region(contract: Contract, operation: Operation, rule: Rule) -> Region:
    """Return the calls for which `rule` is the first to be broken, and beyond doubt.

    A fault rule's region are the calls that reach it when the fault is provoked.
    """
    earlier = operation.rules[: operation.rules.index(rule)]
    wanted = [condition(contract, rule, within=rule), *grounds(operation, rule)]
    refused = [*doubts(contract, [rule], rule), *_refused(contract, earlier, rule)]
    return _region(base(contract, operation, rule), wanted, refused)


def success(contract: Contract, operation: Operation) -> Region:
    """Return the calls that no rule refuses, and beyond doubt."""
    return _region(base(contract, operation), [], list(_refused(contract, operation.rules, None)))


def meeting(
    contract: Contract, operation: Operation, rule: Rule, also: Iterable[Rule] = ()
) -> Region:
    """Return the calls that meet `rule` and all of `also`, whatever other rules say."""
    wanted = [condition(contract, one, within=rule) for one in (rule, *also)]
    return _region(base(contract, operation, rule), [*wanted, *grounds(operation, rule)], [])


def _refused(contract: Contract, rules: Iterable[Rule], within: Rule | None) -> Iterator[Json]:
    conditional = [rule for rule in rules if not rule.fault]
    for rule in conditional:
        yield condition(contract, rule, within=within)
    yield from doubts(contract, conditional, within)


def _region(base_schema: Json, wanted: list[Json], refused: list[Json]) -> Region:
    return _made({"allOf": [base_schema, *wanted, *({"not": one} for one in refused)]})
