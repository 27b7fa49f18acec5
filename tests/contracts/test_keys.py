from __future__ import annotations

import pytest

from contracts import keys

UUID = "1a4f7a2c-96d8-4a51-8b0f-2c9d8e7f6a5b"


@pytest.mark.parametrize("made", ["sequence", "objectid", "uuid"])
def test_a_free_key_is_nobodys_and_a_malformed_one_too(made: keys.Maker) -> None:
    for key in (keys.free(made, 7), *keys.malformed(made)):
        assert key is not None
        assert keys.nobodys(made, key), key


@pytest.mark.parametrize(
    ("made", "key"),
    [("sequence", "42"), ("objectid", "65a0f1000000000000000001"), ("uuid", UUID),
     ("uuid", UUID.upper())],
)  # fmt: skip
def test_what_a_server_may_have_made_may_be_somebodys(made: keys.Maker, key: str) -> None:
    assert not keys.nobodys(made, key)
