"""Texts for patterns: those that we can read are met, the others harm nobody."""
# ruff: noqa: E501  a table reads best in lines

from __future__ import annotations

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.samples.patterns import texts

READABLE = [
    "^[a-z]+$", "^[A-Z]{3}-[0-9]{4}$", "^(cat|dog)s?$", "^\\d{4}-\\d{2}$", "^\\w+@\\w+\\.com$",
    "^[^@]+@[^@]+$", "abc", "^#?([a-f0-9]{6}|[a-f0-9]{3})$", "^(?:a|b)*c$", "^[-+]?[0-9]+(\\.[0-9]+)?$",
    "^\\p{Lu}\\p{Ll}*$", "^\\x41\\u0042$", "^(?<year>[0-9]{4})$", "^(a)(b)\\2\\1$",
    "^[\\s\\S]{2,}$", "^.{8,}$", "^$", "", "^a{2}b{0,1}c{1,}$", "^[\\]\\-^]$", "^[a\\d_-]{2}$",
    "^(?=.*[A-Z])(?=.*[0-9]).{8,}$", "^(?!admin)[a-z]{3,}$", "^[\\w.+-]+$", "^\\/[a-z]+\\/$", "^[é-ü]$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", READABLE)
@pytest.mark.parametrize("least", [0, 5])
def test_a_text_is_found_for_a_usual_pattern(pattern: str, least: int) -> None:
    fits = jsonschema_rs.validator_for({"type": "string", "pattern": pattern}).is_valid

    found = [one for one in texts(pattern, least) if fits(one)]

    assert found, pattern


@pytest.mark.parametrize("number", range(4))
def test_another_number_gives_another_text(number: int) -> None:
    others = {next(texts("^[a-z]{4}$", number=other)) for other in range(4) if other != number}

    assert next(texts("^[a-z]{4}$", number=number)) not in others


@given(pattern=st.text(st.sampled_from("ab[]()|*+?{}^$\\-,1<:=!.d"), max_size=12))
def test_whatever_stands_in_a_pattern_ends_in_texts_or_in_none(pattern: str) -> None:
    assert all(isinstance(one, str) for one in texts(pattern))


@pytest.mark.parametrize("pattern", ["(", "[a", "a)", "(?<", "\\", "\\u{zz}", "(?i)a"])
def test_a_broken_pattern_gives_no_text(pattern: str) -> None:
    assert list(texts(pattern)) == []
