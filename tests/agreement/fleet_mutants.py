"""Defects of the Fleet mock that were made by hand: other effects, lists, tenants and stages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.agreement.mutants import (
    EFFECT,
    LIST,
    Edit,
    Mutant,
    drop,
    edited,
    exchange,
    move,
    operation,
    put,
)

_SEARCHED = ("name", "serial_number", "brand", "type", "category", "comment")


def behaviours() -> Iterator[Mutant]:
    """Yield mutants whose effects or list semantics were edited."""
    for edits, operations in (
        (_creations, ("createDevices",)),
        (_changes, ("updateDevice",)),
        (_lists, ("listDevices",)),
        (_tenants, ("getDevice",)),
        (_deletions, ("deleteDevice",)),
    ):
        for name, edit in edits():
            yield Mutant("fleet", name, operations, edited("fleet", edit))


_Edits = Iterator[tuple[str, Edit]]


def _creations() -> _Edits:
    yield "a new device with a user is AVAILABLE", _effect("createDevices", sets=[])
    yield "new devices are ARCHIVED", _initial("client_status", "ARCHIVED")
    yield "new devices have a rent", _initial("rent", "12.00")
    yield "the body is judged before the scope", exchange("x-contract-precedence", 1, other=2)


def _changes() -> _Edits:
    yield "assigning a user moves no status", _effect("updateDevice", sets=[])
    wrap = _effect("updateDevice", wrap=["compliance"])
    yield "an update does not wrap a single label", wrap
    reading = {"read": "device", "key": "request.path.device_id", "response": "/data"}
    yield "updating changes nothing", put("updateDevice", EFFECT, value=reading)
    yield "existence is judged before the shape", exchange("x-contract-precedence", 2, other=3)


def _lists() -> _Edits:
    yield "the list is oldest first", _listing(order=["id"])
    yield "the user filter is ignored", _listing(filters={"client_status": "client_status"})
    yield "the status filter is ignored", _listing(filters={"user_id": "user_id"})
    for field in _SEARCHED:
        fields = [one for one in _SEARCHED if one != field]
        search = {"parameter": "search", "fields": fields}
        yield f"the search does not look into {field}", _listing(search=search)


def _tenants() -> _Edits:
    open_ = drop("x-contract-resources", "device", "tenant")
    yield "companies see each other's devices", open_


def _deletions() -> _Edits:
    yield "deleting only answers", move("deleteDevice", EFFECT, "delete", to="read")


def _effect(name: str, **changes: Any) -> Edit:
    return lambda data: operation(data, name)[EFFECT].update(changes)


def _listing(**changes: Any) -> Edit:
    return lambda data: operation(data, "listDevices")[LIST].update(changes)


def _initial(field: str, value: Any) -> Edit:
    return lambda data: operation(data, "createDevices")[EFFECT]["initial"].update({field: value})
