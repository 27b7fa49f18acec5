"""Schemas as sets of values: is there a member, is one inside another, what is in both or left."""

from __future__ import annotations

from spec.contract import ABSENT
from spec.document import Json
from spec.regions.algebra import Form, canonical_form, proven, to_schema
from spec.regions.definitions import lift_defs
from spec.regions.examples import example


def satisfiable(schema: Json) -> bool | None:
    """Tell whether any value fits a schema, None when neither a proof nor a value was found."""
    form = canonical_form(schema)
    return settle(schema, form)


def settle(schema: Json, form: Form | None) -> bool | None:
    """Tell whether any value fits a schema whose form is known, None when it cannot be told."""
    answer = proven(form) if form else None
    if answer is None and example(schema) is not ABSENT:
        return True
    return answer


def covers(wide: Json, narrow: Json) -> bool | None:
    """Tell whether every value that fits `narrow` fits `wide`, None when it cannot be told."""
    rest = satisfiable(outside(narrow, wide))
    return None if rest is None else not rest


def values(base_schema: Json, condition_schema: Json) -> Json:
    """Return the schema of the values of a base that meet a condition."""
    return simplest({"allOf": [base_schema, condition_schema]})


def outside(base_schema: Json, condition_schema: Json) -> Json:
    """Return the schema of the values of a base that do not meet a condition."""
    return simplest({"allOf": [base_schema, {"not": condition_schema}]})


def simplest(schema: Json) -> Json:
    """Return the canonical form of a composed schema, or the schema where there is none."""
    lifted = lift_defs(schema)
    form = canonical_form(lifted)
    return to_schema(form) if form else lifted


def enumerated(schema: Json) -> list[Json] | None:
    """Return all values that fit a schema when they are few and listed, else None."""
    form = canonical_form(schema)
    return _members(to_schema(form)) if form else None


def _members(schema: Json) -> list[Json] | None:
    match schema:
        case {"const": value}:
            return [value]
        case {"enum": list(found)}:
            return list(found)
        case {"type": "null", **rest} if not rest:
            return [None]
        case {"type": "boolean", **rest} if not rest:
            return [False, True]
        case {"not": inner, **rest} if not rest and inner in ({}, True):
            return []
        case {"type": list(types), **rest} if not rest and set(types) <= {"null", "boolean"}:
            return [one for kind in types for one in ([None] if kind == "null" else [False, True])]
        case {"anyOf": list(branches), **rest} if not rest:
            found = [_members(branch) for branch in branches]
            known = [members for members in found if members is not None]
            return [one for members in known for one in members] if known == found else None
    return None
