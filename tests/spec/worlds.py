"""Worlds as plain values: a complete view for truth tables, and glimpses of it for the laws."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spec import ABSENT, UNKNOWN, Call, Contract, RawRequest, decode, read
from spec.effects import same

HERE = Path(__file__).parent
FLEET: Contract = read("fleet")
BASE = FLEET.base_path
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True)
class World:
    """Everything there is: live records by kind, and the facts of each credential."""

    contract: Contract
    records: Mapping[str, list[dict[str, Any]]]
    credentials: Mapping[str, Mapping[str, Any]]
    complete: bool = True

    def principal(self, credential: str | None) -> Any:
        return self.credentials.get(credential or "")

    def record(self, kind: str, key: str, tenant: Any) -> Any:
        resource = self.contract.resources[kind]
        rows = [row for row in self._of(kind, tenant) if resource.key_of(row) == key]
        return rows[0] if rows else None

    def exists(self, kind: str, where: Mapping[str, Any], tenant: Any, excluding: Any) -> Any:
        resource = self.contract.resources[kind]
        return any(
            all(name in row and same(row[name], value) for name, value in where.items())
            for row in self._of(kind, tenant)
            if resource.key_of(row) != excluding
        )

    def _of(self, kind: str, tenant: Any) -> list[dict[str, Any]]:
        field = self.contract.resources[kind].tenant
        rows = self.records.get(kind, [])
        return [row for row in rows if field is None or tenant is ABSENT or row[field] == tenant]


@dataclass(frozen=True)
class Glimpse:
    """A world of which only some is seen: `hides` is asked before each answer and each field."""

    world: World
    hides: Callable[[str], bool]
    complete: bool = False

    def principal(self, credential: str | None) -> Any:
        found = self.world.principal(credential)
        if self.hides(f"principal {credential}"):
            return UNKNOWN
        return found if found is None else self._some("principal", found)

    def record(self, kind: str, key: str, tenant: Any) -> Any:
        found = self.world.record(kind, key, tenant)
        if self.hides(f"{kind} {key}"):
            return UNKNOWN
        return found if found is None else self._some(f"{kind} {key}", found)

    def exists(self, kind: str, where: Mapping[str, Any], tenant: Any, excluding: Any) -> Any:
        if self.hides(f"exists {kind} {sorted(where.items(), key=str)} {excluding}"):
            return UNKNOWN
        return self.world.exists(kind, where, tenant, excluding)

    def _some(self, name: str, found: Mapping[str, Any]) -> dict[str, Any]:
        return {key: one for key, one in found.items() if not self.hides(f"{name}.{key}")}


def fleet_world() -> World:
    """The world that the rows of `truth/fleet.json` speak of."""
    given = json.loads((HERE / "truth" / "fleet_world.json").read_text("utf-8"))
    return World(FLEET, given["records"], given["credentials"])


def sent(
    line: str,
    body: Any = ABSENT,
    *,
    key: str | None = "writer",
    raw: bytes | None = None,
    headers: tuple[tuple[str, str], ...] | None = None,
) -> RawRequest:
    """A request from a line such as `PATCH /devices/1?x=y`, with a JSON body and a credential."""
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    data = raw if raw is not None else b"" if body is ABSENT else json.dumps(body).encode()
    given = () if key is None else (("Authorization", f"Bearer {key}"),)
    if headers is None:
        headers = (JSON,) if data else ()
    return RawRequest(method, BASE + path, query, (*given, *headers), data)


def called(line: str, body: Any = ABSENT, **more: Any) -> Call:
    """The decoded form of `sent`."""
    call = decode(FLEET, sent(line, body, **more))
    assert isinstance(call, Call)
    return call
