"""The canonical form of a schema, and what it proves.

The only importer of the canonical algebra of `jsonschema_rs` (others import that library too, but
to validate). Nobody outside `spec.regions` imports this module.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import jsonschema_rs
from jsonschema_rs import canonical

from spec.document import Json

Form: TypeAlias = jsonschema_rs.CanonicalSchema

NOTHING: Final[Json] = {"not": {}}


def canonical_form(schema: Json) -> Form | None:
    """Return the canonical form, None for what the algebra does not model."""
    try:
        form = jsonschema_rs.canonicalize(
            schema, draft=jsonschema_rs.Draft202012, validate_formats=True
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        return None
    return None if form.kind is canonical.CanonicalKind.RAW else form


def to_schema(form: Form) -> Json:
    """Return the schema that a form stands for."""
    schema = form.to_json_schema()
    if isinstance(schema, dict):
        return {key: value for key, value in schema.items() if key != "$schema"}
    return {} if schema else NOTHING


def proven(form: Form) -> bool | None:
    """Tell whether any value fits a form, None when the algebra has no proof."""
    return {"yes": True, "no": False}.get(form.satisfiability().value)
