"""Reads Fleet's document and the fragments as plain data, without the project's own reader."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
DOCUMENT_PATH = HERE.parents[2] / "spec" / "fleet.yaml"
METHODS = ("get", "put", "post", "patch", "delete")


def read_document() -> dict[str, Any]:
    """The document as written, references included."""
    return yaml.safe_load(DOCUMENT_PATH.read_text(encoding="utf-8"))


def read_fragment(name: str) -> dict[str, Any]:
    """One of the published fragments beside this module."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def step(node: Any, pointer: str) -> Any:
    """What stands at the JSON pointer. Raises: KeyError, IndexError: nothing stands there."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        node = node[int(token)] if isinstance(node, list) else node[token]
    return node


def inline(node: Any, document: dict[str, Any]) -> Any:
    """A copy in which every reference is replaced by its target, siblings winning over it."""
    if isinstance(node, list):
        return [inline(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    siblings = {key: inline(value, document) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return siblings
    return {**inline(step(document, node["$ref"].removeprefix("#")), document), **siblings}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation, the path's common parameters put into each operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                common = item.get("parameters", [])
                own = item[method].get("parameters", [])
                yield method, path, {**item[method], "parameters": [*common, *own]}


def accepts(schema: Any, instance: Any) -> bool:
    """Whether the instance is valid under the schema, which has no references; by pure Python."""
    return Draft202012Validator(schema).is_valid(instance)


DOCUMENT = read_document()
PLAIN = inline(DOCUMENT, DOCUMENT)
OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations(PLAIN)}
SCHEMAS = PLAIN["components"]["schemas"]


def response_schema(operation_id: str, status: str) -> Any:
    """The schema of an answer's body, without references."""
    return OPERATIONS[operation_id]["responses"][status]["content"]["application/json"]["schema"]


def request_schema(operation_id: str) -> Any:
    """The schema of a request's body, without references."""
    return OPERATIONS[operation_id]["requestBody"]["content"]["application/json"]["schema"]
