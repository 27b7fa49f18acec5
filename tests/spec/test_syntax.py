"""YAML and JSON are one document: the same values, in the same places."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import DocumentError, syntax
from spec.places import pick, unescape

LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
LAYOUT = st.sampled_from([{}, {"indent": 2}, {"indent": 0}, {"indent": "\t"}])


@given(value=st.dictionaries(st.text(), VALUE), layout=LAYOUT, escaped=st.booleans())
def test_json_keeps_its_value_in_every_layout(value, layout, escaped):
    text = json.dumps(value, ensure_ascii=escaped, **layout)

    found, marks = syntax.read(text, "a.json")

    assert found == value
    lines = text.split("\n")
    for pointer, mark in marks.items():
        outer, _, name = pointer.rpartition("/")
        in_object = pointer and isinstance(pick(value, outer), dict)
        begins = unescape(name) if in_object else pick(value, pointer)
        told = json.dumps(begins, ensure_ascii=escaped, **layout).partition("\n")[0]
        assert lines[mark.line - 1].startswith(told, mark.column - 1)


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126))
TAME = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | PLAIN,
    lambda inner: st.lists(inner) | st.dictionaries(PLAIN, inner),
    max_leaves=20,
)


@given(value=st.dictionaries(PLAIN, TAME, min_size=1))
def test_what_both_can_read_has_the_same_places(value):
    text = json.dumps(value, indent=1)

    found, marks = syntax.read(f"# no JSON\n{text}", "a.yaml")

    assert syntax.read(text, "a.json") == (
        found,
        {one: mark._replace(line=mark.line - 1) for one, mark in marks.items()},
    )


def test_json_may_have_tabs_and_characters_beyond_sixteen_bits():
    value, _ = syntax.read('{\n\t"a": "\\ud83d\\ude00 \\/"\n}', "a.json")

    assert value == {"a": "😀 /"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1,\n "b": {"c": 1,\n "c": 2}}', "a.json:3 (#/b/c): the key 'c' stands here"),
        ('{"a":\n' + "[" * 201 + "]" * 201 + "}", "a.json:2 (#): nested deeper than 200"),
        ('{"a": 1,\n}\n{', "a.json:3"),
        ('{"a": 1,\n"b": "\\ud800"}', "a.json:2 (#): not YAML: found invalid Unicode"),
    ],
    ids=["a key twice", "too deep", "neither JSON nor YAML", "half of a surrogate pair"],
)
def test_wrong_json_is_told_with_its_line(text, sentence):
    with pytest.raises(DocumentError) as caught:
        syntax.read(text, "a.json")

    assert sentence in str(caught.value)


def test_what_begins_like_json_may_be_yaml():
    assert syntax.read("{a: on, b: 012}", "a.yaml")[0] == {"a": "on", "b": "012"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: [1,\n\n", 1, 7),
        ("a: b: c", 1, 5),
        ("a: {b: 1, c: 2, b: 3}", 1, 17),
        ('{"a": 1,\n "b": {"c": 1, "c": 2}}', 2, 16),
        ("- a", 1, 1),
    ],
    ids=["something missing", "something wrong", "a key twice", "in JSON", "no mapping"],
)
def test_what_is_wrong_is_told_with_its_column(text, line, column):
    with pytest.raises(DocumentError) as caught:
        syntax.read(text, "a.yaml")

    place = caught.value.where
    assert (place.line, place.column) == (line, column)
