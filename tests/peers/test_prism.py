"""Prism answers by the document and keeps nothing: the suite proves the one and tells the other.

Each row that is named here was looked at by hand, in Prism's own answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spec.cli import main
from spec.document import shipped
from tests.peers.conftest import Prism

HERE = Path(__file__).parent
MEMORY = ("read-your-writes", "untouched-fields-stay", "gone-after-delete", "keys-are-never-reused")
FORGETFUL = "It seems to keep no records: "
DEAF = "Lists seem to be the same whatever is asked for: "
INDIFFERENT = "It seems to make no difference who calls: "


@dataclass(frozen=True)
class Peer:
    """What is known of Prism's answers: rows kept and broken, roots, and how many findings."""

    proven: tuple[str, ...]
    contradicted: tuple[str, ...]
    roots: tuple[str, ...]
    most: int


FLEET = Peer(
    # Whoever sends no credential is refused, and the examples are of the documented form.
    proven=(
        "listDevices 200",
        "createDevices 201",
        "getDevice 401 UNAUTHENTICATED",
        "updateDevice 401 UNAUTHENTICATED",
        "deleteDevice 401 UNAUTHENTICATED",
    ),
    contradicted=(
        "listDevices 401 UNAUTHENTICATED",  # any token will do
        "listDevices: list-counters",  # limit=1 is answered with limit 50
        "listDevices: list-filter-client_status",
        "createDevices: read-your-writes",  # one device is sent, two are shown
        "createDevices 403 INSUFFICIENT_SCOPE",
        "createDevices 400 INVALID_SERIAL_NUMBER",  # one serial number twice in a batch
        "createDevices 400 INVALID_USER",
        "getDevice 404 DEVICE_NOT_FOUND",
        "updateDevice 404 DEVICE_NOT_FOUND",
        "updateDevice 400 INVALID_REQUEST",  # of what is no JSON it makes an error of its own
        "deleteDevice 404 DEVICE_NOT_FOUND",
    ),
    roots=(FORGETFUL, DEAF, INDIFFERENT),
    most=14,
)
EDGEIQ = Peer(
    proven=(
        "listFleets 200",
        "listFleets: list-order",
        "getFleet 200",
        "getFleet 401 UNAUTHORIZED",
        "createDevice 200",
        "replaceDevice 401 UNAUTHORIZED",
    ),
    contradicted=(
        "listFleets 401 UNAUTHORIZED",
        "listFleets: pages-concatenate",  # two records where the limit is 1
        "listFleets: list-form",  # page_meta=true
        "listFleets: list-sort-order_by",
        "listDevices: list-filter-name",
        "listDevices: list-filter-tags_inc",
        "createDevice: read-your-writes",
        "createDevice 403 FORBIDDEN",
        "createDevice 404 NOT_FOUND",  # no such device type
        "createDevice 400 BAD_REQUEST illegal_unique_id",  # refused for the want of a name instead
        "getDevice 404 NOT_FOUND",
        "getBulkResponse 404 NOT_FOUND",
        "executeFleetAction 404 NOT_FOUND",
        "deleteDevice 404 NOT_FOUND",
    ),
    roots=(FORGETFUL, DEAF, INDIFFERENT),
    most=25,
)
MEMFAULT = Peer(
    proven=(
        "getDevice 401 UnauthorizedError",
        "deleteDevice 401 UnauthorizedError",
        "updateDeviceAttributes 401 UnauthorizedError",
    ),
    contradicted=(
        "createDevice 200",  # refused where the scheme is written `bearer`
        "listDevices 200",  # refused where a parameter is repeated
        "createDevice 403 ForbiddenError",
        "createDevice 404 NotFoundError",
        "createDevice: read-your-writes",
        "listDevices: list-counters",
        "getDevice 404 NotFoundError",
        "deleteDevice 404 NotFoundError",
        "updateDeviceAttributes 404 NotFoundError",
    ),
    roots=(FORGETFUL, INDIFFERENT),
    most=18,
)


def dynamic(peer: Peer, *, proven: tuple[str, ...] = (), most: int) -> Peer:
    """Return what can be said where answers are made up anew each time: who is refused or not."""
    due = tuple(one for one in peer.contradicted if one.split(" ")[1] in {"401", "403", "404"})
    refused = tuple(one for one in peer.proven if " 401 " in one)
    return Peer((*proven, *refused), due, (FORGETFUL, INDIFFERENT), most)


PEERS = {
    ("fleet", False): FLEET,
    ("edgeiq", False): EDGEIQ,
    ("memfault", False): MEMFAULT,
    ("fleet", True): dynamic(FLEET, most=18),
    ("edgeiq", True): dynamic(EDGEIQ, proven=("createDevice 200",), most=40),
    ("memfault", True): dynamic(MEMFAULT, most=22),
}


def ids(case: tuple[str, bool]) -> str:
    return f"{case[0]} {'dynamic' if case[1] else 'static'}"


@pytest.mark.parametrize("case", PEERS, ids=ids)
def test_what_prism_keeps_is_proven_and_that_it_forgets_is_told(
    case: tuple[str, bool], prism: Prism, tmp_path: Path
) -> None:
    document, drawn = case
    peer = PEERS[case]
    with prism(shipped()[document], *(["--dynamic"] if drawn else [])) as url:
        words = ["--url", url, "--profile", HERE / f"{document}_profile.toml", "--walks", 0]
        result = CliRunner().invoke(
            main, [str(one) for one in ("test", document, *words, "--out", tmp_path)]
        )
    plain = json.loads((tmp_path / "results.json").read_text("utf-8"))
    states: dict[str, str] = {row["id"]: row["state"] for row in plain["rows"]}

    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert {one: states[one] for one in peer.proven} == dict.fromkeys(peer.proven, "proven")
    assert {one: states[one] for one in peer.contradicted} == dict.fromkeys(
        peer.contradicted, "contradicted"
    )
    assert remembered(states) == []
    assert len(plain["findings"]) <= peer.most
    sentences = [one["sentence"] for one in plain["roots"]]
    assert [one for one in peer.roots if not any(s.startswith(one) for s in sentences)] == []
    assert unexplained(plain) == []
    first = result.output.index("■ ")
    assert result.output[first:].startswith(f"■ {FORGETFUL}")


def remembered(states: dict[str, str]) -> list[str]:
    """Return the proven rows that need a record to be kept."""
    return [
        one
        for one, state in states.items()
        if state == "proven" and one.partition(": ")[2] in MEMORY
    ]


def unexplained(plain: dict[str, Any]) -> list[str]:
    """Return the unreached rows of operations on one record for which no reason is given."""
    return [
        row["id"]
        for row in plain["rows"]
        if row["state"] == "unreached"
        and row["kind"] != "law"
        and row["reason"].startswith("nothing that was sent")
    ]
