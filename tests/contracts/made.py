"""Findings and reports made by hand, for tests that need one of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.profile import Profile
from contracts.run.findings import Finding, Findings
from contracts.run.ledger import Ledger
from contracts.run.results import Options, Report
from contracts.steps import Fresh, Ref, Step
from contracts.target import HttpTarget
from contracts.waiting import sent_again
from contracts.walk import World
from spec import Contract

CREATE = {"name": "text", "type": "text", "category": "LAPTOP"}
WAIVED = {"COMPANY_NOT_FOUND": "no key of a removed company can be had"}


def create(*rows: dict[str, Any], **more: Any) -> Step:
    return Step("createDevices", "writer", body={"devices": list(rows)}, **more)


def on(key: Any, operation: str, **more: Any) -> Step:
    return Step(operation, "writer", path={"device_id": key}, **more)


MADE = Ref(0, "/data/devices/0/id")
TITLE = Fresh(1)


def shown(contract: Contract, profile: Profile, steps: Sequence[Step]) -> Finding:
    """Return the finding that steps show on the profile's target."""
    target = HttpTarget(profile.url)
    walk = World(contract, profile, target, "0a1b2c3d").start()
    found = sent_again(walk, steps)
    walk.clean()
    target.close()
    assert found is not None, [exchange.answer for exchange in walk.exchanges]
    exchanges = tuple(walk.exchanges)
    return Finding(
        contradiction=found.contradiction,
        steps=tuple(one.step for one in exchanges),
        exchanges=exchanges,
        scenario="by hand",
        operations=frozenset({found.contradiction.operation}),
    )


def report(contract: Contract, profile: Profile, *findings: Finding) -> Report:
    """Return a run that proved two rows, waived one, missed the others, and found these."""
    ledger = Ledger(contract, WAIVED)
    ledger.prove(["getDevice 200", "getDevice: gone-after-delete"])
    found = Findings()
    for one in findings:
        found.add(one)
        ledger.contradict(one.contradiction.row, one.id)
    return Report(
        contract, profile, Options(walks=7, seed=3), ledger, found, requests=12, seconds=1.5
    )
