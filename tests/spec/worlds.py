"""Worlds as plain values: a complete view for truth tables, and glimpses of it for the laws."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spec import ABSENT, UNKNOWN, Call, Contract, Credential, RawRequest, carried, decode, read
from spec.equality import same

HERE = Path(__file__).parent
FLEET: Contract = read("fleet")
EDGEIQ: Contract = read("edgeiq")
MEMFAULT: Contract = read("memfault")
CONTRACTS = {one.name: one for one in (FLEET, EDGEIQ, MEMFAULT)}
BASE = FLEET.base_path
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True)
class World:
    """Everything there is: live records by kind in order of creation, and who the callers are."""

    contract: Contract
    records: Mapping[str, list[dict[str, Any]]]
    credentials: Mapping[Credential, Mapping[str, Any]]
    complete: bool = True

    def principal(self, credential: Credential | None) -> Any:
        return None if credential is None else self.credentials.get(credential)

    def record(self, kind: str, key: str, tenant: Any) -> Any:
        resource = self.contract.resources[kind]
        rows = [row for row in self.every(kind, tenant) if resource.key_of(row) == key]
        return rows[0] if rows else None

    def exists(self, kind: str, where: Mapping[str, Any], tenant: Any, excluding: Any) -> Any:
        key_of = self.contract.resources[kind].key_of
        return any(key_of(row) != excluding for row in self._having(kind, where, tenant))

    def find(self, kind: str, where: Mapping[str, Any], tenant: Any) -> Any:
        return next(iter(self._having(kind, where, tenant)), None)

    def every(self, kind: str, tenant: Any) -> list[dict[str, Any]]:
        return [row for row in self.records.get(kind, []) if self._sees(kind, tenant, row)]

    def _having(self, kind: str, where: Mapping[str, Any], tenant: Any) -> list[dict[str, Any]]:
        caseless = self.contract.resources[kind].caseless
        return [
            row
            for row in self.every(kind, tenant)
            if all(
                name in row
                and (
                    str(row[name]).casefold() == str(value).casefold()
                    if name in caseless
                    else same(row[name], value)
                )
                for name, value in where.items()
            )
        ]

    def _sees(self, kind: str, viewer: Any, row: Mapping[str, Any]) -> bool:
        """Tell whether a record is the viewer's, or one of somebody's below it in the tree."""
        tenant = self.contract.resources[kind].tenant
        if tenant is None or viewer is ABSENT:
            return True
        owner = tuple(row[name] for name in tenant.fields)
        if tenant.tree is None:
            return owner == viewer
        tree = tenant.tree
        key = self.contract.resources[tree.kind].key
        above = {one[key]: one[tree.parent] for one in self.records[tree.kind]}
        (owned,) = owner
        while owned is not None and owned != viewer[0]:
            owned = above.get(owned)
        return owned is not None


@dataclass(frozen=True)
class Glimpse:
    """A world of which only some is seen: `hides` is asked before each answer and each field."""

    world: World
    hides: Callable[[str], bool]
    complete: bool = False

    def principal(self, credential: Credential | None) -> Any:
        found = self.world.principal(credential)
        if self.hides(f"principal {credential.secret if credential else None}"):
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

    def find(self, kind: str, where: Mapping[str, Any], tenant: Any) -> Any:
        found = self.world.find(kind, where, tenant)
        if self.hides(f"exists {kind} {sorted(where.items(), key=str)} None"):
            return UNKNOWN
        key_of = self.world.contract.resources[kind].key_of
        return found if found is None else self._some(f"{kind} {key_of(found)}", found)

    def every(self, kind: str, tenant: Any) -> Any:
        if self.hides(f"every {kind}"):
            return UNKNOWN
        key_of = self.world.contract.resources[kind].key_of
        rows = self.world.every(kind, tenant)
        return [self._some(f"{kind} {key_of(row)}", row) for row in rows]

    def _some(self, name: str, found: Mapping[str, Any]) -> dict[str, Any]:
        return {key: one for key, one in found.items() if not self.hides(f"{name}.{key}")}


def named(name: str, text: str) -> str:
    """A text with the names of a document's world filled in: `<north>`, and `<x*9>` for x's."""
    text = re.sub(r"<x[*]([0-9]+)>", lambda found: "x" * int(found[1]), text)
    for one, meant in _given(name).get("names", {}).items():
        text = text.replace(f"<{one}>", meant)
    return text


@cache
def _given(name: str) -> Any:
    text = (HERE / "truth" / f"{name}_world.json").read_text("utf-8")
    for one, meant in json.loads(text).get("names", {}).items():
        text = text.replace(f"<{one}>", meant)
    return json.loads(text)


def world(name: str) -> World:
    """The world that the rows of a document's truth table speak of."""
    given = _given(name)
    credentials = {
        Credential(scheme, secret): facts
        for scheme, secrets in given["credentials"].items()
        for secret, facts in secrets.items()
    }
    return World(CONTRACTS[name], given["records"], credentials)


def fleet_world() -> World:
    """The world that the rows of `truth/fleet.json` speak of."""
    return world("fleet")


def sent(
    line: str,
    body: Any = ABSENT,
    *,
    key: str | None = "writer",
    raw: bytes | None = None,
    headers: tuple[tuple[str, str], ...] | None = None,
    contract: Contract = FLEET,
) -> RawRequest:
    """A request from a line such as `PATCH /devices/1?x=y`, with a JSON body and a credential.

    A key of the form `user:password` goes by HTTP Basic where the document has it.
    """
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    data = raw if raw is not None else b"" if body is ABSENT else json.dumps(body).encode()
    given = () if key is None else (carried(contract, credential_of(contract, key)),)
    if headers is None:
        headers = (JSON,) if data else ()
    return RawRequest(method, contract.base_path + path, query, (*given, *headers), data)


def credential_of(contract: Contract, key: str) -> Credential:
    """The credential that a bare key stands for: the first scheme's, or one of HTTP Basic."""
    basic = next((one for one in contract.schemes if one.basic and ":" in key), None)
    return Credential((basic or contract.schemes[0]).name, key)


def basic(text: str) -> str:
    """What HTTP Basic makes of `user:password`."""
    return base64.b64encode(text.encode()).decode()


def called(line: str, body: Any = ABSENT, **more: Any) -> Call:
    """The decoded form of `sent`."""
    call = decode(more.get("contract", FLEET), sent(line, body, **more))
    assert isinstance(call, Call)
    return call
