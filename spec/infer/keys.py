"""Which field of a record its path names: what links say, and else what the names say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spec.document import METHODS, Document, escape, tokens
from spec.infer.findings import Key, Pair
from spec.infer.messages import success
from spec.infer.paths import named
from spec.infer.records import core
from spec.places import mapping, sequence
from spec.shapes import kinds, properties

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BODY = "$response.body#"


def key(document: Document, pair: Pair, schema: str) -> Key | str:
    """Return the field of a record that the pair's parameter names, or why there is none."""
    described = properties(document, schema)
    wanted = parameter(document, pair.item, pair.parameter)
    if wanted is None:
        return f"the path parameter {pair.parameter!r} is not declared"
    for field, why in _candidates(document, pair, [*described]):
        if field not in described or not _NAME.fullmatch(field):
            continue
        if _same_type(document, wanted, described[field]):
            return Key(field, why)
    return f"no property of the record is what the path parameter {pair.parameter!r} names"


def _candidates(document: Document, pair: Pair, fields: list[str]) -> Iterator[tuple[str, str]]:
    linked = _linked(document, pair)
    if linked is not None:
        yield linked, f"a link gives it as {pair.parameter!r}"
    plain = _plain(pair.parameter)
    alike = [one for one in fields if _plain(one) == plain]
    yield from ((one, f"the path parameter is called {pair.parameter!r}") for one in alike)
    kind = _plain(named(pair))
    told = f"the path parameter {pair.parameter!r} tells it"
    if plain.startswith(kind):
        yield from ((one, told) for one in fields if _plain(one) == plain.removeprefix(kind))
    for ending, names in _ENDINGS.items():
        if plain.endswith(ending) or plain == kind:
            for name in (*names, kind + ending):
                for one in fields:
                    if _plain(one) == name:
                        yield one, told


_ENDINGS = {
    "uuid": ("uuid", "id"),
    "guid": ("guid", "id"),
    "id": ("id", "uuid"),
    "slug": ("slug",),
    "name": ("name",),
    "key": ("key",),
    "code": ("code",),
}
"""How parameters end, and what the fields may be called that they name."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def parameter(document: Document, path: str, name: str) -> str | None:
    """Return the pointer of the schema of a path parameter, None where it is not declared."""
    item = f"/paths/{escape(path)}"
    for owner in (item, *(f"{item}/{method}" for method in METHODS)):
        for number in range(len(sequence(document.get(f"{owner}/parameters")))):
            at, given = document.follow(f"{owner}/parameters/{number}")
            if isinstance(given, dict) and (given.get("name"), given.get("in")) == (name, "path"):
                return f"{at}/schema" if "schema" in given else None
    return None


def _same_type(document: Document, wanted: str, field: str) -> bool:
    """Tell whether the text in a path can be the field's value; a text may stand for a number."""
    asked = kinds(document, core(document, wanted)) - {"null"}
    stored = kinds(document, core(document, field)) - {"null"}
    if stored not in ({"string"}, {"integer"}):
        return False
    return asked == stored or asked == {"string"} or (not asked and stored == {"string"})


# -- links ----------------------------------------------------------------------------------------


def _linked(document: Document, pair: Pair) -> str | None:
    """Return the field that a link of the collection's answers gives as the item's parameter."""
    if pair.collection is None:
        return None
    item = f"/paths/{escape(pair.item)}"
    for method in ("post", "put"):
        found = success(document, f"/paths/{escape(pair.collection)}/{method}")
        for expression in _expressions(document, found[1], item, pair) if found else ():
            steps = tokens(expression.removeprefix(_BODY))
            if expression.startswith(_BODY) and steps:
                return steps[-1]
    return None


def _expressions(document: Document, response: str, item: str, pair: Pair) -> Iterator[str]:
    for name in mapping(document.get(f"{response}/links")):
        _, link = document.follow(f"{response}/links/{escape(name)}")
        if not isinstance(link, dict) or not _leads_to(document, link, item):
            continue
        for parameter_, expression in mapping(link.get("parameters")).items():
            if parameter_.rpartition(".")[2] == pair.parameter and isinstance(expression, str):
                yield expression


def _leads_to(document: Document, link: dict[str, object], item: str) -> bool:
    operations = [f"{item}/{method}" for method in METHODS]
    if "operationId" in link:
        ids = [document.get(f"{one}/operationId") for one in operations]
        return link["operationId"] in ids
    return str(link.get("operationRef", "")).removeprefix("#") in operations
