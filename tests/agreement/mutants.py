"""Planted defects of the mock: each is the mock of a document with one edit, or one broken answer.

The suite always reads the true document. What a mutant breaks is named in words, so that a
survivor reads as a sentence. Here are the means to make them and those that any document yields;
the ones made by hand are in `fleet_mutants`, `edgeiq_mutants` and `memfault_mutants`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spec import Document, Listing, load
from spec.document import Json, tokens
from spec.router import Router
from tests.agreement.mocks import contract, mock

RULES, EFFECT, LIST, JOB = (f"x-contract-{one}" for one in ("rules", "effect", "list", "job"))

App = Callable[[], Any]
Edit = Callable[[Any], None]


@dataclass(frozen=True)
class Mutant:
    """One defect: its document, its name, the operations on which it can be seen, and its app.

    `several` tells why more than one finding is honest.
    """

    document: str
    name: str
    operations: tuple[str, ...]
    app: App
    several: str = ""

    def __str__(self) -> str:
        return f"{self.document}: {self.name}"


def edited(document: str, edit: Edit) -> App:
    """Return a factory of mocks whose document was edited."""

    def make() -> Any:
        true = load(document)
        data = copy.deepcopy(true.data)
        edit(data)
        return mock(Document(true.name, true.file, data, true.marks))

    return make


def relisted(document: str, operation: str, change: Callable[[Listing], Listing]) -> App:
    """Return a factory of mocks that list otherwise, in a way that the vocabulary has no words for.

    There `name_gt` always means greater.
    """

    def make() -> Any:
        true = contract(document)
        one = true.operations[operation]
        assert one.listing is not None
        others = {**true.operations, operation: replace(one, listing=change(one.listing))}
        router = Router(others.values(), true.base_path)
        return mock(replace(true, operations=others, router=router))

    return make


def operations(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield the id and the object of every operation."""
    for item in data["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "operationId" in operation:
                yield operation["operationId"], operation


def operation(data: Any, name: str) -> Any:
    """Return one operation's object."""
    return dict(operations(data))[name]


# -- edits ----------------------------------------------------------------------------------------


def put(*way: str | int, value: Json) -> Edit:
    """Return an edit that puts a value in a place; a way begins at the root or at an operation."""

    def edit(data: Any) -> None:
        place, last = _place(data, way)
        place[last] = value

    return edit


def drop(*way: str | int) -> Edit:
    """Return an edit that takes away what stands in a place."""

    def edit(data: Any) -> None:
        place, last = _place(data, way)
        del place[last]

    return edit


def move(*way: str | int, to: str) -> Edit:
    """Return an edit that gives what stands in a place another name."""

    def edit(data: Any) -> None:
        place, last = _place(data, way)
        place[to] = place.pop(last)

    return edit


def exchange(*way: str | int, other: str | int) -> Edit:
    """Return an edit that exchanges what stands in two places of one object or list."""

    def edit(data: Any) -> None:
        place, last = _place(data, way)
        place[last], place[other] = place[other], place[last]

    return edit


def _place(data: Any, way: Sequence[str | int]) -> tuple[Any, str | int]:
    first, *steps, last = way
    place = dict(operations(data)).get(str(first)) or data[first]
    for step in steps:
        place = place[step]
    return place, last


# -- rules ----------------------------------------------------------------------------------------


def _rules(document: str) -> Iterator[tuple[str, list[Any], int, Any]]:
    """Yield each rule that a request can meet, with its operation, that one's rules and its number.

    Rules that nothing but provocation meets are no part of it.
    """
    for name, one in operations(load(document).data):
        rules = one.get(RULES, [])
        for number, rule in enumerate(rules):
            if not rule.get("fault"):
                yield name, rules, number, rule


_SEVERAL = {
    ("edgeiq", "executeFleetAction without the rule unknown_fleet"): "a fleet that is nobody's is "
    "acted on, and so is one that is somebody else's",
}


def _label(rule: Any) -> str:
    return str(rule.get("id", rule["problem"]))


def dropped_rules(document: str) -> Iterator[Mutant]:
    """Yield a mutant for each rule, in which it is not there."""
    for name, _, number, rule in _rules(document):

        def edit(data: Any, name: str = name, number: int = number) -> None:
            del operation(data, name)[RULES][number]

        label = f"{name} without the rule {_label(rule)}"
        several = _SEVERAL.get((document, label), "")
        yield Mutant(document, label, (name,), edited(document, edit), several)


def swapped_problems(document: str) -> Iterator[Mutant]:
    """Yield a mutant for each rule, in which it answers with the next rule's problem."""
    for name, rules, number, rule in _rules(document):
        problems = [one["problem"] for one in (*rules[number:], *rules) if not one.get("fault")]
        others = [one for one in problems if one != rule["problem"]]
        if not others:
            continue

        def edit(data: Any, name: str = name, number: int = number, other: str = others[0]) -> None:
            operation(data, name)[RULES][number].update(problem=other, id="swapped")

        label = f"{name}: {_label(rule)} answers {others[0]}"
        yield Mutant(document, label, (name,), edited(document, edit))


# -- answers --------------------------------------------------------------------------------------

_SHOWN = {
    "fleet": (
        ("Device", "/data", "getDevice"),
        ("DeviceCharacteristics", "/data/characteristics", "getDevice"),
        ("ListMeta", "/meta", "listDevices"),
    ),
    "edgeiq": (
        ("Device", "", "getDevice"),
        ("Fleet", "", "getFleet"),
        ("BulkResponse", "", "getBulkResponse"),
        ("BulkResponseEntry", "/bulk_response_statuses", "getBulkResponse"),
        ("DeviceSetting", "/settings", "getDevice"),
        ("FleetPage", "", "listFleets"),
    ),
    "memfault": (
        ("Device", "/data", "getDevice"),
        ("Release", "/data/last_seen_release", "getDevice"),
        ("Cohort", "/data/cohort", "getDevice"),
        ("Paging", "/paging", "listDevices"),
        ("DeviceAttribute", "/data", "getDeviceAttributes"),
        ("CustomMetric", "/data/custom_metric", "getDeviceAttributes"),
        ("AttributeState", "/data/state", "getDeviceAttributes"),
    ),
}
"""Schemas, where they stand in answers, and the operation whose answers are broken there."""


def broken_properties(document: str) -> Iterator[Mutant]:
    """Yield two mutants for each property of an answer: left out, and of another type."""
    for schema, spot, seen_on in _SHOWN[document]:
        for name in load(document).get(f"/components/schemas/{schema}/properties"):
            for how in ("left out", "of another type"):
                app = _answering(document, seen_on, f"{spot}/{name}", how)
                yield Mutant(document, f"{schema}.{name} {how}", (seen_on,), app)


def _answering(document: str, broken: str, pointer: str, how: str) -> App:
    """Return a factory of mocks that break one property in what one operation answers."""

    def make() -> Any:
        app = mock(document)

        def mutated(environ: Any, start_response: Any) -> Iterable[bytes]:
            started: list[Any] = []

            def remember(status: str, headers: list[tuple[str, str]], exc: Any = None) -> Any:
                started[:] = [status, headers]
                return lambda data: None

            body = b"".join(app(environ, remember))
            status, headers = started
            if status.startswith("2") and ("X-Mock-Operation", broken) in headers:
                body = _broken(body, pointer, how)
                headers = [one for one in headers if one[0].lower() != "content-length"]
                headers.append(("Content-Length", str(len(body))))
            start_response(status, headers)
            return [body]

        return mutated

    return make


def _broken(body: bytes, pointer: str, how: str) -> bytes:
    value = json.loads(body)
    *outer, name = tokens(pointer)
    for place in _places(value, outer):
        if name in place and how == "left out":
            del place[name]
        elif name in place:
            place[name] = "nothing like this" if isinstance(place[name], dict) else {"not": "this"}
    return json.dumps(value).encode()


def _places(value: Json, steps: list[str]) -> list[dict[str, Json]]:
    """Return the objects to which a way leads, through all items of lists on it."""
    if isinstance(value, list):
        return [place for one in value for place in _places(one, steps)]
    if not isinstance(value, dict):
        return []
    return [value] if not steps else _places(value.get(steps[0]), steps[1:])
