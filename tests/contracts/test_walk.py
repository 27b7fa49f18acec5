"""A walk leaves nothing behind on a target that cannot be started afresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.profile import load
from contracts.reach.drafts import Drafts
from contracts.target import HttpTarget
from contracts.walk import World
from spec import RawAnswer, RawRequest, read
from tests.independent import fleet_server

PROFILE = Path(__file__).parent.parent / "independent" / "fleet_profile.toml"
CONTRACT = read("fleet")


@dataclass
class Interrupted:
    """A target that is interrupted before its n-th DELETE."""

    target: HttpTarget
    before: set[int]
    deletes: int = 0
    sent: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.target.base

    def send(self, request: RawRequest) -> RawAnswer:
        if request.method == "DELETE":
            self.deletes += 1
            if self.deletes in self.before:
                raise KeyboardInterrupt
        self.sent.append(request.method)
        return self.target.send(request)

    def close(self) -> None:
        self.target.close()


@pytest.mark.parametrize("before", [set(), {1}, {2}, {3}])
def test_an_interrupt_while_cleaning_up_waits_for_the_rest(before: set[int]) -> None:
    with fleet_server.start() as server:
        target = Interrupted(HttpTarget(server.url), before)
        world = World(CONTRACT, load(PROFILE, CONTRACT, url=server.url), target, "nonce")
        drafts = Drafts(CONTRACT)
        walk = world.start()
        for _ in range(3):
            drafts.make(walk, "device")

        if before:
            with pytest.raises(KeyboardInterrupt):
                walk.clean()
        else:
            walk.clean()
        target.close()

    assert target.sent == ["POST"] * 3 + ["DELETE"] * 3
    assert walk.created == []
