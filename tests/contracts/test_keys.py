from __future__ import annotations

from typing import get_args
from uuid import uuid4

import pytest

from contracts import keys
from spec.contract import Maker


@pytest.mark.parametrize("made", get_args(Maker))
def test_a_free_key_is_known_to_be_nobodys(made: Maker) -> None:
    free = keys.free(made, 7)

    assert free is None or keys.nobodys(made, free)
    assert free is None or free != keys.free(made, 8)


@pytest.mark.parametrize("made", ["sequence", "objectid", "uuid"])
def test_what_is_no_key_is_known_to_be_nobodys(made: Maker) -> None:
    assert all(keys.nobodys(made, one) for one in keys.malformed(made))


def test_a_key_that_a_server_may_have_made_is_not() -> None:
    key = str(uuid4())

    assert not keys.nobodys("uuid", key)
    assert not keys.nobodys("uuid", key.upper())
    assert not keys.nobodys("sequence", "41")
    assert not keys.nobodys("objectid", "65a0f1000000000000000001")
