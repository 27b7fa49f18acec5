"""Which keys of a document are OpenAPI's words."""

from __future__ import annotations

import pytest

from spec.anatomy import is_word


@pytest.mark.parametrize(
    ("pointer", "word"),
    [
        ("/components/schemas/Pet/$ref", True),
        ("/components/schemas/$ref", False),
        ("/components/schemas/default/properties/example/$ref", True),
        ("/components/schemas/Pet/example/$ref", False),
        ("/components/schemas/Pet/properties/properties/properties/x/$ref", True),
        ("/components/schemas/Pet/default/$ref", False),
        ("/components/schemas/Pet/enum/0/$ref", False),
        ("/components/examples/One/$ref", True),
        ("/components/examples/One/value/$ref", False),
        ("/paths/~1a/get/responses/200/content/application~1json/schema/$ref", True),
        ("/paths/~1a/x-origin/$ref", False),
        ("/paths/~1a/get/responses/200/headers/x-rate/$ref", True),
        ("/x-files/a.yaml/paths/~1a/$ref", True),
    ],
)
def test_a_reference_counts_where_openapi_knows_one(pointer: str, word: bool) -> None:
    assert is_word(pointer) is word
