"""Polls without a pause, for mocks whose clock moves by being looked at and not by waiting."""

from __future__ import annotations

import pytest

from contracts import waiting


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tester that waits for work ask again at once."""
    monkeypatch.setattr(waiting, "_FIRST_PAUSE", 0.0)
