"""Defects of the Fleet mock that were made by hand: other effects, lists, tenants and stages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.agreement.mutants import EFFECT, LIST, Edit, Mutant, edited, operation

EVERYTHING: tuple[str, ...] = ()
_SEARCHED = ("name", "serial_number", "brand", "type", "category", "comment")


def behaviours() -> Iterator[Mutant]:
    """Yield mutants whose effects or list semantics were edited."""
    for name, edit in _edits():
        yield Mutant("fleet", name, EVERYTHING, edited("fleet", edit))


def _edits() -> Iterator[tuple[str, Edit]]:
    yield "assigning a user moves no status", _effect("updateDevice", sets=[])
    yield "a new device with a user is AVAILABLE", _effect("createDevices", sets=[])
    wrap = _effect("updateDevice", wrap=["compliance"])
    yield "an update does not wrap a single label", wrap
    yield "new devices are ARCHIVED", _initial("client_status", "ARCHIVED")
    yield "new devices have a rent", _initial("rent", "12.00")
    yield "the list is oldest first", _listing(order=["id"])
    yield "the user filter is ignored", _listing(filters={"client_status": "client_status"})
    yield "the status filter is ignored", _listing(filters={"user_id": "user_id"})
    for field in _SEARCHED:
        fields = [one for one in _SEARCHED if one != field]
        search = {"parameter": "search", "fields": fields}
        yield f"the search does not look into {field}", _listing(search=search)
    yield "companies see each other's devices", _open_tenants
    yield "deleting only answers", _reading_delete
    yield "updating changes nothing", _reading_update
    yield "the body is judged before the scope", _early_shape
    yield "existence is judged before the shape", _late_existence


def _effect(name: str, **changes: Any) -> Edit:
    return lambda data: operation(data, name)[EFFECT].update(changes)


def _listing(**changes: Any) -> Edit:
    return lambda data: operation(data, "listDevices")[LIST].update(changes)


def _initial(field: str, value: Any) -> Edit:
    return lambda data: operation(data, "createDevices")[EFFECT]["initial"].update({field: value})


def _open_tenants(data: Any) -> None:
    del data["x-contract-resources"]["device"]["tenant"]


def _reading_delete(data: Any) -> None:
    effect = operation(data, "deleteDevice")[EFFECT]
    effect["read"] = effect.pop("delete")


def _reading_update(data: Any) -> None:
    one = operation(data, "updateDevice")
    one[EFFECT] = {"read": "device", "key": "request.path.device_id", "response": "/data"}


def _early_shape(data: Any) -> None:
    stages = data["x-contract-precedence"]
    stages[1], stages[2] = stages[2], stages[1]


def _late_existence(data: Any) -> None:
    stages = data["x-contract-precedence"]
    stages[3], stages[2] = stages[2], stages[3]
