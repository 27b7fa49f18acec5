"""Conditions and the facts that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spec.contract import Condition, Conditions, Exists, Fact, Repeated
from spec.document import Document, Json, escape
from spec.schemas import Schemas
from spec.vocabulary.meta import root_word
from spec.vocabulary.names import SOURCES, check_known, path_at
from spec.vocabulary.schemas import compiling


@dataclass(frozen=True, slots=True)
class Terms:
    """What conditions of a document may speak of, wherever they stand."""

    document: Document
    schemas: Schemas
    principal_facts: Mapping[str, Json]


def conditions(
    terms: Terms, given: Mapping[str, Json], pointer: str, facts: Mapping[str, Fact]
) -> Conditions:
    """Return the conditions that stand at `pointer`."""
    return tuple(
        _condition(terms, path, schema, f"{pointer}/{escape(path)}", facts)
        for path, schema in given.items()
    )


def _condition(
    terms: Terms, path: str, schema: Json, pointer: str, facts: Mapping[str, Fact]
) -> Condition:
    document = terms.document
    steps = path_at(document, path, pointer)
    if steps[0] == "facts":
        check_known(document, steps[1] if len(steps) > 1 else "", facts, pointer, "fact")
    if steps[0] == "principal" and len(steps) > 1:
        check_known(document, steps[1], terms.principal_facts, pointer, "principal fact")
    fits = compiling(document, pointer, lambda: terms.schemas.predicate(schema))
    return Condition(steps, schema, fits)


def facts(document: Document, pointer: str) -> dict[str, Fact]:
    """Return the facts that are declared at `pointer`."""
    given = document.get(pointer, {})
    return {name: _fact(document, name, f"{pointer}/{escape(name)}") for name in given}


def _fact(document: Document, name: str, pointer: str) -> Fact:
    given = document.get(pointer)
    if "repeated" in given:
        one = given["repeated"]
        within = path_at(document, one["in"], f"{pointer}/repeated/in", SOURCES)
        return Repeated(name, within, one["field"])
    one = given["exists"]
    check_known(
        document,
        one["kind"],
        root_word(document, "resources", {}),
        f"{pointer}/exists/kind",
        "kind",
    )
    return Exists(
        name=name,
        kind=one["kind"],
        where={
            field: path_at(
                document, value["from"], f"{pointer}/exists/where/{escape(field)}/from", SOURCES
            )
            for field, value in one["where"].items()
            if "from" in value
        },
        constants={
            field: value["const"] for field, value in one["where"].items() if "const" in value
        },
        except_resource=one.get("except") == "resource",
    )
