"""One spelling for schemas that mean the same, so that `==` compares fragments and document.

Nullability has many spellings; here it is the key `or null`. The order of alternatives means
nothing; here it is that of their text. Only what the compared schemas use is understood.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

NULL: Schema = {"type": "null"}
OR_NULL = "or null"
_ANNOTATIONS = {"description", "title", "example", "examples"}


def canonical(schema: Mapping[str, Any]) -> Schema:
    """The schema without annotations, with its alternatives flattened and null set apart.

    Raises: ValueError: `anyOf` stands beside other keywords, or a type list has two besides null.
    """
    alternatives = list(_alternatives(schema))
    others = sorted((one for one in alternatives if one != NULL), key=_text)
    if not others:
        return dict(NULL)
    shape = others[0] if len(others) == 1 else {"anyOf": others}
    return {**shape, OR_NULL: True} if NULL in alternatives else shape


def _text(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)


def _alternatives(schema: Mapping[str, Any]) -> Iterator[Schema]:
    bare = _bare(schema)
    if "anyOf" in bare:
        if len(bare) > 1:
            raise ValueError(f"anyOf stands beside {sorted(set(bare) - {'anyOf'})}")
        for branch in bare["anyOf"]:
            yield from _alternatives(branch)
    elif isinstance(bare.get("type"), list):
        yield from _one_for_each_type(bare)
    else:
        yield _leaf(bare)


def _one_for_each_type(bare: Schema) -> Iterator[Schema]:
    plain = [name for name in bare["type"] if name != "null"]
    if len(plain) != 1:
        raise ValueError(f"expected one type besides null, found {bare['type']!r}")
    members = bare.get("enum")
    single = {**bare, "type": plain[0]}
    if members is not None:
        single["enum"] = [member for member in members if member is not None]
    yield _leaf(single)
    if "null" in bare["type"] and (members is None or None in members):
        yield dict(NULL)


def _leaf(bare: Schema) -> Schema:
    leaf = dict(bare)
    if "properties" in leaf:
        leaf["properties"] = {name: canonical(child) for name, child in leaf["properties"].items()}
    if "items" in leaf:
        leaf["items"] = canonical(leaf["items"])
    if "required" in leaf:
        leaf["required"] = sorted(leaf["required"])
    return leaf


def _bare(schema: Mapping[str, Any]) -> Schema:
    return {
        key: value
        for key, value in schema.items()
        if key not in _ANNOTATIONS
        and not key.startswith("x-")
        and not (key == "additionalProperties" and value is True)
    }
