"""House rules of schemas: null, enums, patterns, and branches that nothing reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import jsonschema_rs

from spec import regions
from spec.contract import Contract
from spec.document import Document, Json
from spec.exceptions import listed
from spec.lint.report import Remark
from spec.lint.walk import schemas

_UNPORTABLE = re.compile(r"\\[dDwWsSb]")


def house_rules(contract: Contract) -> Iterator[Remark]:
    """Yield the slips of every schema of the document."""
    document = contract.document
    for pointer, schema in schemas(document):
        yield from _nullable(document, pointer, schema)
        yield from _enum(document, pointer, schema)
        yield from _pattern(document, pointer, schema)
        yield from _dead_branches(document, pointer, schema)


def _nullable(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    if "nullable" in schema and not document.version.startswith("3.0"):
        yield Remark(
            "error" if schema["nullable"] is True else "warning",
            "nullable",
            document.place(f"{pointer}/nullable"),
            f"'nullable' means nothing in OpenAPI {document.version}",
            "Name null as a type, and in the enum if there is one.",
        )


def _enum(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    members, kind = schema.get("enum"), schema.get("type")
    if not isinstance(members, list) or kind is None:
        return
    place = document.place(f"{pointer}/enum")
    fits = jsonschema_rs.Draft202012Validator({"type": kind})
    wrong = [one for one in members if not fits.is_valid(one)]
    if wrong:
        text = listed(repr(one) for one in wrong)
        yield Remark("error", "enum-type", place, f"the enum holds {text}, but the type is {kind}")
    if isinstance(kind, list) and "null" in kind and None not in members:
        yield Remark(
            "error",
            "enum-null",
            place,
            "null is a type here but no member of the enum, so null is refused",
            "Add null to the enum, or take it from the type.",
        )


def _pattern(document: Document, pointer: str, schema: Mapping[str, Json]) -> Iterator[Remark]:
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return
    place = document.place(f"{pointer}/pattern")
    if _UNPORTABLE.search(pattern):
        yield Remark(
            "warning",
            "pattern-portable",
            place,
            f"the pattern {pattern!r} means different characters to different engines",
            r"Write [0-9] for \d, [A-Za-z0-9_] for \w, and name the blanks.",
        )
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield Remark(
            "note",
            "pattern-anchored",
            place,
            f"the pattern {pattern!r} is not anchored at both ends and fits any text that holds it",
        )


def _dead_branches(
    document: Document, pointer: str, schema: Mapping[str, Json]
) -> Iterator[Remark]:
    for word in ("anyOf", "oneOf"):
        branches = schema.get(word)
        if not isinstance(branches, list):
            continue
        alone = [regions.standalone(document, one) for one in branches]
        for number, one in enumerate(alone):
            wide = _covering(alone, number, one)
            if wide is None:
                continue
            place = document.place(f"{pointer}/{word}/{number}")
            what = "is dead" if word == "anyOf" else "can never be the only one that fits"
            sentence = f"branch {number} of {word} {what}: branch {wide} takes all that it takes"
            yield Remark("error", "dead-branch", place, sentence)


def _covering(branches: list[Json], number: int, one: Json) -> int | None:
    """Return the other branch that takes all that `one` takes; of two equals, the later is dead."""
    for other, wide in enumerate(branches):
        if other == number or regions.covers(wide, one) is not True:
            continue
        if other < number or regions.covers(one, wide) is not True:
            return other
    return None
