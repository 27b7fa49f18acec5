"""The contract of the weather station."""

from __future__ import annotations

import pytest

from spec import Contract, read
from spec.document import parse
from tests.contracts.compare.station import STATION


@pytest.fixture(scope="session")
def station() -> Contract:
    return read(parse(STATION, name="station", file="station.yaml"))
