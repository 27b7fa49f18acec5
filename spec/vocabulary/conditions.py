"""Conditions and the facts that they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spec.contract import (
    ABSENT,
    Condition,
    Conditions,
    Equal,
    Exists,
    Fact,
    Found,
    From,
    Mistyped,
    Part,
    Repeated,
    Resource,
    Template,
)
from spec.document import Document, Json, escape
from spec.exceptions import DocumentError
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
    resources: Mapping[str, Resource] = field(default_factory=dict)


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


def facts(terms: Terms, pointer: str) -> dict[str, Fact]:
    """Return the facts that are declared at `pointer`."""
    given = terms.document.get(pointer, {})
    return {name: _fact(terms, name, f"{pointer}/{escape(name)}") for name in given}


def _fact(terms: Terms, name: str, pointer: str) -> Fact:
    document = terms.document
    word, one = next(iter(document.get(pointer).items()))
    pointer = f"{pointer}/{word}"
    if word == "repeated":
        return Repeated(name, path_at(document, one["in"], f"{pointer}/in", SOURCES), one["field"])
    if word == "equal":
        left, right = (
            path_at(document, text, f"{pointer}/{n}", [*SOURCES, "facts"])
            for n, text in enumerate(one)
        )
        return Equal(name, left, right)
    if word == "mistyped":
        within = path_at(document, one["in"], f"{pointer}/in", SOURCES)
        return Mistyped(name, _part(terms, one["part"], f"{pointer}/part"), within)
    return _relation(document, word, name, one, pointer)


def _part(terms: Terms, name: str, pointer: str) -> Part:
    known = {
        f"{kind}.{part.name}": part
        for kind, resource in terms.resources.items()
        for part in resource.parts.values()
    }
    check_known(terms.document, name, known, pointer, "part")
    return known[name]


def _relation(
    document: Document, word: str, name: str, one: Mapping[str, Json], pointer: str
) -> Exists | Found:
    kinds = root_word(document, "resources", {})
    check_known(document, one["kind"], kinds, f"{pointer}/kind", "kind")
    where = {
        field: path_at(document, value["from"], f"{pointer}/where/{escape(field)}/from", SOURCES)
        for field, value in one["where"].items()
        if "from" in value
    }
    constants = {field: value["const"] for field, value in one["where"].items() if "const" in value}
    anywhere = one.get("anywhere", False)
    if word == "found":
        return Found(name, one["kind"], where, constants, anywhere)
    return Exists(name, one["kind"], where, constants, one.get("except") == "resource", anywhere)


def template(terms: Terms, given: Json, pointer: str, facts: Mapping[str, Fact]) -> Template:
    """Return the template that stands at `pointer`."""
    if isinstance(given, list):
        return [template(terms, one, f"{pointer}/{n}", facts) for n, one in enumerate(given)]
    if not isinstance(given, dict):
        return given
    if "from" not in given or not set(given) <= {"from", "fits", "else"}:
        return {
            name: template(terms, one, f"{pointer}/{escape(name)}", facts)
            for name, one in given.items()
        }
    path = _way(terms, given["from"], f"{pointer}/from", facts)
    schema = given.get("fits")
    fits = None
    if schema is not None:
        fits = compiling(terms.document, f"{pointer}/fits", lambda: terms.schemas.predicate(schema))
    otherwise = (
        template(terms, given["else"], f"{pointer}/else", facts) if "else" in given else ABSENT
    )
    return From(path, fits, otherwise)


def templates(
    terms: Terms, given: Mapping[str, Json], pointer: str, facts: Mapping[str, Fact]
) -> dict[str, Template]:
    """Return the templates of fields that stand at `pointer`."""
    return {
        name: template(terms, one, f"{pointer}/{escape(name)}", facts)
        for name, one in given.items()
    }


def _way(terms: Terms, text: Json, pointer: str, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    if not isinstance(text, str):
        raise DocumentError(terms.document.place(pointer), f"{text!r} is no path", "a dotted path")
    steps = path_at(terms.document, text, pointer, [*SOURCES, "facts"])
    if steps[0] == "facts":
        check_known(terms.document, steps[1] if len(steps) > 1 else "", facts, pointer, "fact")
    return steps
