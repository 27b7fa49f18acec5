"""A 3.0 document means in 2020-12 what it meant in its own dialect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spec import read
from spec.document import parse
from spec.lowering import lowered
from tests.spec.fidelity import lower as independent

TEXT = """
openapi: 3.0.3
info: {title: Notes, version: "1"}
paths:
  /notes:
    get:
      operationId: listNotes
      responses:
        '200':
          description: The notes.
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
components:
  schemas:
    Note:
      type: object
      properties:
        text: {type: string, nullable: true}
        colour: {type: string, nullable: true, enum: [RED, BLUE]}
        plain: {type: string, nullable: false}
        size: {type: integer, minimum: 0, exclusiveMinimum: true}
        weight: {type: number, maximum: 9, exclusiveMaximum: false}
        nullable: {type: boolean}
        default: {type: string, nullable: true}
        value: {type: integer, minimum: 0, exclusiveMinimum: true}
        other: {$ref: '#/components/schemas/Text', maxLength: 1}
        shown: {type: object, example: {nullable: true}}
    Text: {type: string, maxLength: 3}
"""


def accepts(field: str, value: object, text: str = TEXT) -> bool:
    contract = read(parse(text, name="notes", file="notes.yaml"))
    pointer = "/components/schemas/Note"
    return not list(contract.schemas.violations(pointer, {field: value}, "body"))


@pytest.mark.parametrize(
    ("field", "value", "valid"),
    [
        ("text", None, True),
        ("text", 5, False),
        ("colour", None, True),
        ("colour", "RED", True),
        ("colour", "GREEN", False),
        ("plain", None, False),
        ("size", 0, False),
        ("size", 1, True),
        ("weight", 9, True),
        ("weight", 9.5, False),
        ("nullable", True, True),
        ("nullable", None, False),
        ("default", None, True),
        ("value", 0, False),
        ("other", "abc", True),
        ("other", "abcd", False),
    ],
)
def test_a_field_of_a_3_0_document(field: str, value: object, valid: bool) -> None:
    assert accepts(field, value) is valid


def test_examples_are_left_alone() -> None:
    document = lowered(parse(TEXT, name="notes", file="notes.yaml"))

    shown = document.get("/components/schemas/Note/properties/shown")
    assert shown["example"] == {"nullable": True}


def test_a_3_1_document_is_left_alone() -> None:
    document = parse(TEXT.replace("3.0.3", "3.1.0"), name="notes", file="notes.yaml")

    assert lowered(document) is document


def test_the_seeds_are_lowered_as_an_independent_converter_lowers_them() -> None:
    seed = json.loads(
        (Path(__file__).parent / "fidelity" / "seed_update_device.json").read_text("utf-8")
    )
    schemas = dict(_schemas(seed))
    text = json.dumps({"openapi": "3.0.0", "paths": {}, "components": {"schemas": schemas}})

    ours = lowered(parse(text, name="seed", file="seed.json")).get("/components/schemas")

    assert schemas
    for name, schema in schemas.items():
        assert _plain(ours[name]) == _plain(independent.lower(schema)), name


def _schemas(value: object, path: str = "s") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        if "properties" in value:
            return [(path, value)]
        return [one for key, inner in value.items() for one in _schemas(inner, f"{path}_{key}")]
    if isinstance(value, list):
        return [one for n, inner in enumerate(value) for one in _schemas(inner, f"{path}_{n}")]
    return []


def _plain(schema: object) -> object:
    """Return a schema without its descriptions and examples, and with types as sorted lists."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {k: _plain(v) for k, v in schema.items() if k not in {"description", "example"}}
    if isinstance(result.get("type"), list):
        result["type"] = sorted(result["type"])
    return result
