"""The `$defs` of schemas that are composed of others and taken apart again."""

from __future__ import annotations

from spec.document import Json


def lift_defs(schema: Json) -> Json:
    """Return a composed schema with the `$defs` of its parts at its root, where they are named."""
    defs: dict[str, Json] = {}

    def without(part: Json) -> Json:
        if isinstance(part, list):
            return [without(one) for one in part]
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("$defs"), dict):
            defs.update(part["$defs"])
        return {key: without(value) for key, value in part.items() if key != "$defs"}

    bare = without(schema)
    return {**bare, "$defs": defs} if defs else bare


def with_defs(schema: Json, whole: Json) -> Json:
    """Return a schema that was taken out of `whole`, with the `$defs` that it may refer to."""
    if isinstance(whole, dict) and "$defs" in whole and isinstance(schema, dict):
        return {**schema, "$defs": whole["$defs"]}
    return schema


def followed(schema: Json, whole: Json) -> Json:
    """Return the schema that a reference into the `$defs` of `whole` stands for."""
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema
