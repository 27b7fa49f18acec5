"""The schemas of a document: a wrong one is found at load and not by the first request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jsonschema_rs

from spec.document import Document, escape
from spec.exceptions import DocumentError
from spec.schemas import Schemas

Made = TypeVar("Made")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def compiling(document: Document, pointer: str, make: Callable[[], Made]) -> Made:
    """Return what `make` makes; when it cannot, the schema at `pointer` is wrong."""
    try:
        return make()
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise DocumentError(
            document.place(pointer), f"not a JSON Schema: {_first_line(error)}"
        ) from None


def compile_schema(
    document: Document, schemas: Schemas, pointer: str, *, request: bool = False
) -> None:
    """Compile a schema now, so that a wrong one is found before the first request."""
    check_schema(document, pointer)
    compiling(document, pointer, lambda: schemas.validator(pointer, request=request))


def check_schema(document: Document, pointer: str) -> None:
    """Refuse a schema that the meta-schema of its dialect refuses."""
    schema = document.get(pointer, {})
    try:
        jsonschema_rs.meta.validate(
            schema if isinstance(schema, bool) else {**schema, "$schema": _DIALECT}
        )
    except jsonschema_rs.ValidationError as error:
        spot = pointer + "".join(f"/{escape(str(one))}" for one in error.instance_path)
        raise DocumentError(
            document.place(spot), f"not a JSON Schema: {_first_line(error)}"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
