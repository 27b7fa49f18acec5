"""A documented answer made of its examples, or else of samples: what nobody has decided about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spec.contract.knowledge import ABSENT, Absent
from spec.contract.operations import Body, Response
from spec.document import Document, Json, escape
from spec.media import concrete, is_json, preferred
from spec.shapes import says

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from spec.samples import Samples


@dataclass(frozen=True, slots=True)
class Exemplar:
    """What an answer holds: a JSON value, or bytes of another media type; and its headers.

    `media` is None where the document knows of no content. `headers` are those that must be there.
    """

    media: str | None
    value: Json | Absent
    content: bytes
    headers: Mapping[str, str]


def examples(samples: Samples, document: Document, response: Response) -> Iterator[Json]:
    """Yield the documented examples of an answer's JSON body that fit their schema."""
    for name, pointer in response.media.items():
        if is_json(concrete(name)):
            yield from _suiting(samples, document, response.spots[name], pointer)


def bodies(samples: Samples, document: Document, body: Body) -> Iterator[Json]:
    """Yield the documented examples of a request's JSON body that fit their schema."""
    for name, pointer in body.media.items():
        if is_json(concrete(name)):
            yield from _suiting(samples, document, pointer.removesuffix("/schema"), pointer)


def named(document: Document, response: Response) -> Iterator[tuple[str, str, Json]]:
    """Yield name, media type and value of the documented examples of an answer that have names."""
    for name, spot in response.spots.items():
        for example, one in _named(document, spot):
            yield example, concrete(name), one


def exemplar(samples: Samples, document: Document, response: Response) -> Exemplar:
    """Return what a documented answer may hold."""
    headers = dict(_headers(samples, document, response))
    name = preferred(response.media)
    if name is None:
        return Exemplar(None, ABSENT, b"", headers)
    media, pointer = concrete(name), response.media[name]
    value = shown(samples, document, response.spots[name], pointer)
    if is_json(media):
        return Exemplar(media, {} if value is ABSENT and pointer is None else value, b"", headers)
    root = says(document, pointer, "xml") if pointer else None
    tag = str(root.get("name", "sample")) if isinstance(root, dict) else "sample"
    return Exemplar(media, ABSENT, _written(media, tag, value), headers)


def shown(samples: Samples, document: Document, spot: str, pointer: str | None) -> Json | Absent:
    """Return the first example of a media type or parameter that fits its schema, else a sample."""
    for one in _suiting(samples, document, spot, pointer):
        return one
    return ABSENT if pointer is None else samples.of(pointer)


def _suiting(
    samples: Samples, document: Document, spot: str, pointer: str | None
) -> Iterator[Json]:
    """Yield the examples at a spot that fit the schema at `pointer`, if there is one."""
    for one in _examples(document, spot):
        if pointer is None or samples.suits(pointer, one):
            yield one


def _examples(document: Document, spot: str) -> Iterator[Json]:
    if (found := document.get(f"{spot}/example", ABSENT)) is not ABSENT:
        yield found
    yield from (one for _, one in _named(document, spot))


def _named(document: Document, spot: str) -> Iterator[tuple[str, Json]]:
    given = document.get(f"{spot}/examples")
    for name in given if isinstance(given, dict) else ():
        _, one = document.follow(f"{spot}/examples/{escape(name)}")
        for word in ("value", "dataValue"):
            if isinstance(one, dict) and word in one:
                yield name, one[word]
                break


def _headers(samples: Samples, document: Document, response: Response) -> Iterator[tuple[str, str]]:
    for name, pointer in response.headers.items():
        owner = pointer.removesuffix("/schema")
        if document.get(f"{owner}/required") is True:
            value = shown(samples, document, owner, pointer)
            if value is not ABSENT and not isinstance(value, dict):
                yield name, _text(value)


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)


def _written(media: str, tag: str, value: Json | Absent) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if media.endswith(("/xml", "+xml")):
        from xml.etree import ElementTree

        return ElementTree.tostring(_element(tag, {} if value is ABSENT else value))
    if media.startswith("text/"):
        return b"" if value is ABSENT else _text(value).encode()
    return b""


def _element(tag: str, value: Json) -> Element:
    from xml.etree import ElementTree

    safe = "".join(one if one.isalnum() or one in "_-." else "_" for one in tag)
    found = ElementTree.Element(safe if safe[:1].isalpha() else f"_{safe}")
    if isinstance(value, dict):
        found.extend(_element(name, one) for name, one in value.items())
    elif isinstance(value, list):
        found.extend(_element("item", one) for one in value)
    elif value is not None:
        found.text = _text(value)
    return found
