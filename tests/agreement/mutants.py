"""Planted defects of the mock: each is the mock of a document with one edit, or one broken answer.

The suite always reads the true document. What a mutant breaks is named in words, so that a
survivor reads as a sentence.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mockserver import create_app
from spec import Document, load, pick

RULES, EFFECT, LIST = "x-contract-rules", "x-contract-effect", "x-contract-list"


@dataclass(frozen=True)
class Mutant:
    """One defect: its name, the operations on which it can be seen, and the app that has it."""

    name: str
    operations: tuple[str, ...]
    app: Callable[[], Any]


def edited(edit: Callable[[Any], None]) -> Callable[[], Any]:
    """Return a factory of mocks whose document was edited."""

    def make() -> Any:
        true = load("fleet")
        data = copy.deepcopy(true.data)
        edit(data)
        return create_app((Document(true.name, true.file, data, true.lines),))

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


def dropped_rules() -> Iterator[Mutant]:
    """Yield a mutant for each rule, in which it is not there."""
    for name, one in operations(load("fleet").data):
        for number, rule in enumerate(one.get(RULES, [])):
            if rule.get("fault"):
                continue
            label = rule.get("id", rule["problem"])

            def edit(data: Any, name: str = name, number: int = number) -> None:
                del operation(data, name)[RULES][number]

            yield Mutant(f"{name} without the rule {label}", (name,), edited(edit))


def swapped_problems() -> Iterator[Mutant]:
    """Yield a mutant for each rule, in which it answers with the next rule's problem."""
    for name, one in operations(load("fleet").data):
        rules = [rule for rule in one.get(RULES, []) if not rule.get("fault")]
        for number, rule in enumerate(one.get(RULES, [])):
            others = [other["problem"] for other in rules if other["problem"] != rule["problem"]]
            if rule.get("fault") or not others:
                continue
            after = [r["problem"] for r in rules[number + 1 :] if r["problem"] != rule["problem"]]
            neighbour = (after or others)[0]
            label = rule.get("id", rule["problem"])

            def edit(
                data: Any, name: str = name, number: int = number, neighbour: str = neighbour
            ) -> None:
                rule = operation(data, name)[RULES][number]
                rule.update(problem=neighbour, id="swapped")

            yield Mutant(f"{name}: {label} answers {neighbour}", (name,), edited(edit))


def behaviours() -> Iterator[Mutant]:
    """Yield mutants whose effects or list semantics were edited by hand."""

    def mutant(name: str, seen_on: tuple[str, ...], edit: Callable[[Any], None]) -> Mutant:
        return Mutant(name, seen_on, edited(edit))

    everything: tuple[str, ...] = ()

    def update(**changes: Any) -> Callable[[Any], None]:
        return lambda data: operation(data, "updateDevice")[EFFECT].update(changes)

    def create(**changes: Any) -> Callable[[Any], None]:
        return lambda data: operation(data, "createDevices")[EFFECT].update(changes)

    def listing(**changes: Any) -> Callable[[Any], None]:
        return lambda data: operation(data, "listDevices")[LIST].update(changes)

    def initial(field: str, value: Any) -> Callable[[Any], None]:
        return lambda data: operation(data, "createDevices")[EFFECT]["initial"].update(
            {field: value}
        )

    yield mutant("assigning a user moves no status", everything, update(sets=[]))
    yield mutant("a new device with a user is AVAILABLE", everything, create(sets=[]))
    yield mutant("an update does not wrap a single label", everything, update(wrap=["compliance"]))
    yield mutant("new devices are ARCHIVED", everything, initial("client_status", "ARCHIVED"))
    yield mutant("new devices have a rent", everything, initial("rent", "12.00"))
    yield mutant("the list is oldest first", everything, listing(order=["id"]))
    yield mutant(
        "the user filter is ignored",
        everything,
        listing(filters={"client_status": "client_status"}),
    )
    yield mutant(
        "the status filter is ignored", everything, listing(filters={"user_id": "user_id"})
    )
    for field in ("name", "serial_number", "brand", "type", "category", "comment"):
        fields = [
            one
            for one in ("name", "serial_number", "brand", "type", "category", "comment")
            if one != field
        ]
        search = {"parameter": "search", "fields": fields}
        yield mutant(f"the search does not look into {field}", everything, listing(search=search))

    def open_tenants(data: Any) -> None:
        del data["x-contract-resources"]["device"]["tenant"]

    yield mutant("companies see each other's devices", everything, open_tenants)

    def reading_delete(data: Any) -> None:
        effect = operation(data, "deleteDevice")[EFFECT]
        effect["read"] = effect.pop("delete")

    yield mutant("deleting only answers", everything, reading_delete)

    def reading_update(data: Any) -> None:
        one = operation(data, "updateDevice")
        one[EFFECT] = {"read": "device", "key": "request.path.device_id", "response": "/data"}

    yield mutant("updating changes nothing", everything, reading_update)

    def early_shape(data: Any) -> None:
        stages = data["x-contract-precedence"]
        stages[1], stages[2] = stages[2], stages[1]

    yield mutant("the body is judged before the scope", everything, early_shape)

    def late_existence(data: Any) -> None:
        stages = data["x-contract-precedence"]
        stages[3], stages[2] = stages[2], stages[3]

    yield mutant("existence is judged before the shape", everything, late_existence)


def broken_properties() -> Iterator[Mutant]:
    """Yield two mutants for each property of an answer: left out, and of another type."""
    document = load("fleet")
    for schema, spot in (
        ("Device", "/data"),
        ("DeviceCharacteristics", "/data/characteristics"),
        ("ListMeta", "/meta"),
    ):
        properties = document.get(f"/components/schemas/{schema}/properties")
        for name in properties:
            for how in ("left out", "of another type"):
                yield Mutant(
                    f"{schema}.{name} {how}",
                    ("getDevice",) if schema != "ListMeta" else ("listDevices",),
                    _answering(f"{spot}/{name}", how),
                )


def _answering(pointer: str, how: str) -> Callable[[], Any]:
    def make() -> Any:
        app = create_app(("fleet",))

        def mutated(environ: Any, start_response: Any) -> Iterable[bytes]:
            started: list[Any] = []

            def remember(status: str, headers: list[tuple[str, str]], exc: Any = None) -> Any:
                started[:] = [status, headers]
                return lambda data: None

            body = b"".join(app(environ, remember))
            status, headers = started
            if status.startswith("2"):
                body = _broken(body, pointer, how)
                headers = [one for one in headers if one[0].lower() != "content-length"]
                headers.append(("Content-Length", str(len(body))))
            start_response(status, headers)
            return [body]

        return mutated

    return make


def _broken(body: bytes, pointer: str, how: str) -> bytes:
    value = json.loads(body)
    outer, _, name = pointer.rpartition("/")
    places = [value.get("data")] if isinstance(value.get("data"), dict) else []
    if isinstance(value.get("data"), list):
        places = list(value["data"])
    if outer.startswith("/meta"):
        places = [value.get("meta")]
    for place in places:
        inner = pick(place, outer.removeprefix("/data").removeprefix("/meta"))
        if isinstance(inner, dict) and name in inner:
            if how == "left out":
                del inner[name]
            else:
                inner[name] = {"not": "this"}
    return json.dumps(value).encode()


def every() -> list[Mutant]:
    """Return all mutants."""
    return [*dropped_rules(), *swapped_problems(), *behaviours(), *broken_properties()]
