import json

import pytest

from spec import ConformockError, DocumentError, load
from spec.document import escape, find, parse, pick, shipped, tokens
from tests.spec.scratch import NOTES, document


def parsed(text):
    return parse(text, name="scratch", file="scratch.yaml").data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2024-01-15", "2024-01-15"),
        ("12:30:45", "12:30:45"),
        (".inf", ".inf"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("'12'", "12"),
        ("'null'", "null"),
        ('""', ""),
    ],
)
def test_a_plain_scalar_is_what_json_would_make_of_it(text, value):
    found = parsed(f"key: {text}")["key"]

    assert found == value
    assert type(found) is type(value)


def test_json_is_read_as_well():
    assert parsed(json.dumps({"a": [1, None, "x"]})) == {"a": [1, None, "x"]}


def test_each_value_knows_its_line():
    found = document()

    for pointer in ("/paths/~1notes/post/x-contract-rules/1/id", "/components/schemas/Note"):
        key = tokens(pointer)[-1]
        assert key in NOTES.splitlines()[found.place(pointer).line - 1]


def test_a_value_without_a_line_has_that_of_what_encloses_it():
    found = document()

    inner = found.place("/components/schemas/Note/properties/id/nothing/here")

    assert inner.line == found.place("/components/schemas/Note/properties/id").line


def test_an_alias_stands_for_its_anchor():
    assert parsed("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_document_is_found_by_its_name(name):
    assert load(name).name == name


def test_a_misspelt_name_is_told_the_nearest():
    with pytest.raises(DocumentError, match="Did you mean 'fleet'"):
        find("fleeet")


def test_a_document_is_found_by_its_path(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(NOTES, "utf-8")

    assert load(path).data == document().data


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00a", b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(256)), b"openapi: \xc3("],
    ids=["UTF-16", "a picture", "every byte", "a broken sequence"],
)
def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path, data):
    path = tmp_path / "own.yaml"
    path.write_bytes(data)

    with pytest.raises(DocumentError, match=r"own\.yaml"):
        load(path)


def test_a_byte_order_mark_is_no_part_of_the_document(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + NOTES.encode())

    assert load(path).version == "3.1.0"


def test_a_folder_is_no_document(tmp_path):
    with pytest.raises(DocumentError, match="there is no such document"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "holds no mapping"),
        ("# nothing\n", 1, "holds no mapping"),
        ("- a\n- b", 1, "holds no mapping"),
        ("just words", 1, "holds no mapping"),
        ("a: 1\nb: [1, 2", 2, "not YAML"),
        ("a: 1\n\tb: 2", 2, "not YAML"),
        ("a: 1\nb: *nothing", 2, "undefined alias"),
        ("a: 1\nb: 2\na: 3", 3, "'a' stands here a second time"),
        ("a:\n  b: 1\n  b: 2", 3, "'b' stands here a second time"),
        ("a: 1\n---\nb: 2", 2, "not YAML"),
    ],
)
def test_what_is_no_single_mapping_is_refused_with_its_line(text, line, words):
    with pytest.raises(DocumentError) as caught:
        parsed(text)

    assert f"scratch.yaml:{line} " in str(caught.value)
    assert words in str(caught.value)


def outcome(text):
    """The file's name, or the sentence that refuses it."""
    try:
        return parse(text, name="scratch", file="scratch.yaml").file
    except ConformockError as error:
        return str(error)


@pytest.mark.parametrize(
    "text",
    ["a: &x [*x]", "[" * 5000 + "]" * 5000, "a: " + "[" * 3000 + "]" * 3000, "? [a, b]\n: 1"],
    ids=["an alias inside itself", "deep brackets", "a deep value", "a list as a key"],
)
def test_odd_yaml_is_read_or_refused_but_never_a_crash(text):
    assert "scratch.yaml" in outcome(text)


def test_aliases_do_not_explode(monkeypatch):
    monkeypatch.setattr("spec.syntax._MOST_VALUES", 10_000)
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]

    with pytest.raises(DocumentError, match="its aliases resolved"):
        parsed("\n".join(lines))


@pytest.mark.parametrize("name", ["a/b", "a~b", "~1", "/", "~", "", "plain"])
def test_an_escaped_name_leads_back_to_its_value(name):
    assert pick({name: 1}, f"/{escape(name)}") == 1


def test_a_pointer_that_leads_nowhere_gives_the_default():
    assert pick({"a": [1]}, "/a/1", "x") == "x"
    assert pick({"a": [1]}, "/a/-1", "x") == "x"
    assert pick({"a": 1}, "/a/b", "x") == "x"
