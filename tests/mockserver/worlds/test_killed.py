"""Killed without a warning: what was acknowledged is there after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mockserver.worlds.killing import campaign


def test_nothing_is_lost_in_a_few_kills(tmp_path: Path) -> None:
    tally = campaign(tmp_path / "state.db", 3, seed=1)

    assert tally.wrong == []
    assert tally.acknowledged > 0


@pytest.mark.campaign
def test_nothing_is_lost_in_a_hundred_kills(tmp_path: Path) -> None:
    tally = campaign(tmp_path / "state.db", 100, seed=2)

    print(f"{tally.kills} kills, {tally.acknowledged} acknowledged devices, {tally.wrong}")
    assert tally.wrong == []
    assert tally.acknowledged > 1000
