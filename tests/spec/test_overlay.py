"""Overlays: what they change, where a changed value comes from, and which of them are refused."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import Document, DocumentError, overlay, read
from spec.document import parse
from spec.places import below, pick, tokens
from tests.spec.scratch import NOTES, document, line_of

HEAD = "overlay: 1.1.0\ninfo: {title: More, version: '1'}\nactions:\n"


def over(actions: str, base: str = "a: {b: [1, 2]}\nc: 3\n", head: str = HEAD) -> Document:
    """The base with an overlay of these actions applied."""
    laid = overlay.of(parse(head + actions, name="more", file="more.yaml"))
    return overlay.applied(parse(base, name="base", file="base.yaml"), [laid])


def refusal(actions: str, head: str = HEAD) -> str:
    with pytest.raises(DocumentError) as caught:
        over(actions, head=head)
    return str(caught.value)


@pytest.mark.parametrize(
    ("actions", "result"),
    [
        ("- {target: $, update: {d: {e: 1}}}", {"a": {"b": [1, 2]}, "c": 3, "d": {"e": 1}}),
        ("- {target: $.a, update: {b: [3]}}", {"a": {"b": [1, 2, 3]}, "c": 3}),
        ("- {target: $.a, update: {d: null}}", {"a": {"b": [1, 2], "d": None}, "c": 3}),
        ("- {target: $.a.b, update: [3, 4]}", {"a": {"b": [1, 2, 3, 4]}, "c": 3}),
        ("- {target: $.a.b, update: {x: 1}}", {"a": {"b": [1, 2, {"x": 1}]}, "c": 3}),
        ("- {target: $.c, update: 4}", {"a": {"b": [1, 2]}, "c": 4}),
        ("- {target: '$.a.b[0]', update: x}", {"a": {"b": ["x", 2]}, "c": 3}),
        ("- {target: $.c, remove: true}", {"a": {"b": [1, 2]}}),
        ("- {target: '$.a.b[0]', remove: true}", {"a": {"b": [2]}, "c": 3}),
        ("- {target: '$..b[*]', remove: true}", {"a": {"b": []}, "c": 3}),
        ("- {target: $.c, remove: true, update: 9}", {"a": {"b": [1, 2]}}),
        ("- {target: $, update: {d: {}}}\n- {target: $.d, copy: $.a}",
         {"a": {"b": [1, 2]}, "c": 3, "d": {"b": [1, 2]}}),
        ("- {target: $.a.b, copy: $.c}", {"a": {"b": [1, 2, 3]}, "c": 3}),
        ("- {target: '$.x[*]', update: {y: 1}}", {"a": {"b": [1, 2]}, "c": 3}),
        ("- {target: '$.a[?@ == 7]', remove: true}", {"a": {"b": [1, 2]}, "c": 3}),
        ("- {target: $, update: {d: {}}}\n- {target: $.d, update: {e: 1}}\n"
         "- {target: $.d, remove: true}\n- {target: $, update: {d: [0]}}",
         {"a": {"b": [1, 2]}, "c": 3, "d": [0]}),
    ],
)  # fmt: skip
def test_an_action_changes_what_it_selects(actions: str, result: Any) -> None:
    assert over(actions).data == result


def test_what_is_added_in_two_places_is_changed_in_one() -> None:
    actions = "- {target: '$[?@.z]', update: {n: {m: 1}}}\n- {target: $.x.n, update: {k: 2}}"

    assert over(actions, "x: {z: 1}\ny: {z: 1}").data == {
        "x": {"z": 1, "n": {"m": 1, "k": 2}},
        "y": {"z": 1, "n": {"m": 1}},
    }


@pytest.mark.parametrize(
    ("action", "place", "words"),
    [
        ("- {target: $.nothing, update: {a: 1}}", "more.yaml:4", "'$.nothing' selects nothing"),
        ("- {target: '$.a.b[7]', remove: true}", "more.yaml:4", "selects nothing"),
        ("- {target: '$.a[', remove: true}", "more.yaml:4", "is no JSONPath"),
        ("- {target: a.b, remove: true}", "more.yaml:4", "is no JSONPath"),
        ("- {target: '$.a|$.c', remove: true}", "more.yaml:4", "is no JSONPath"),
        ("- target: $.a\n  update:\n    b:\n      x: 1", "more.yaml:6",
         "this is an object, which does not go into a list at #/a/b"),
        ("- {target: $.a, update: [1]}", "more.yaml:4", "this is a list"),
        ("- {target: $.a, update: null}", "more.yaml:4", "this is a plain value"),
        ("- {target: $.c, update: {x: 1}}", "more.yaml:4", "does not go into a plain value at #/c"),
        ("- {target: $.a, copy: $.c}", "more.yaml:4", "this is a plain value"),
        ("- {target: $.a, copy: '$.a.b[*]'}", "more.yaml:4", "selects 2 values"),
        ("- {target: '$.*', update: {x: 1}}", "more.yaml:4", "a plain value and an object"),
        ("- {target: $, remove: true}", "more.yaml:4", "the whole document cannot be removed"),
        ("- {update: {}}", "more.yaml:4", "an action without a target"),
        ("- {target: $.a}", "more.yaml:4", "an action that does nothing"),
        ("- {target: $.a, update: {}, copy: $.a}", "more.yaml:4", "an action with both"),
        ("- {target: $.a, remove: 'yes'}", "more.yaml:4", "remove is 'yes'"),
        ("- {target: $.a, copy: 7}", "more.yaml:4", "copy is 7"),
        ("- {target: $.a,\n   remvoe: true}", "more.yaml:5", "Did you mean 'remove'?"),
        ("  []", "more.yaml:3", "there are no actions"),
    ],
)  # fmt: skip
def test_a_wrong_action_is_told_with_its_line(action: str, place: str, words: str) -> None:
    sentence = refusal(action)

    assert sentence.startswith(f"{place} ")
    assert words in sentence


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("- {target: $.c, update: 4}", "the target at #/c is a plain value"),
        ("- {target: $.a, copy: $.c}", "unknown word 'copy'"),
    ],
)
def test_version_one_neither_replaces_values_nor_copies(action: str, words: str) -> None:
    assert words in refusal(action, head=HEAD.replace("1.1.0", "1.0.0"))


@pytest.mark.parametrize("version", ["2.0.0", "1.2.0", "1", "3.1.0"])
def test_another_version_is_refused(version: str) -> None:
    head = HEAD.replace("1.1.0", f"'{version}'")

    assert f"the field 'overlay' is '{version}'" in refusal("- {target: $.a, update: {}}", head)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no such overlay"):
        overlay.load(tmp_path / "none.yaml")


# -- places ---------------------------------------------------------------------------------------

ADDED = """\
- target: $.paths['/notes'].get
  update:
    description: All of them.
    parameters:
      - {name: colour, in: query, schema: {type: string}}
- target: $.paths['/notes'].get.parameters[0]
  remove: true
- target: $.components.schemas
  update: {Copied: {}}
- target: $.components.schemas.Copied
  copy: $.components.schemas.NewNote
"""


@pytest.mark.parametrize(
    ("pointer", "file", "passage"),
    [
        ("/paths/~1notes/get/description", "more.yaml", "description: All"),
        ("/paths/~1notes/get/parameters/0/schema", "more.yaml", "name: colour"),
        ("/paths/~1notes/get/operationId", "notes.yaml", "operationId: listNotes"),
        ("/paths/~1notes/get/parameters", "notes.yaml", "      parameters:\n        - {name: lim"),
        ("/components/schemas/Copied", "more.yaml", "update: {Copied"),
        ("/components/schemas/Copied/properties/title", "notes.yaml", "title: {type: string, minL"),
    ],
)
def test_a_value_is_reported_where_it_was_written(pointer: str, file: str, passage: str) -> None:
    found = over(ADDED, NOTES).place(pointer)

    text = {"more.yaml": HEAD + ADDED, "base.yaml": NOTES}[found.file]
    assert found.file == file.replace("notes", "base")
    assert found.line == line_of(text, passage)


def test_a_document_is_read_with_the_words_of_an_overlay(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    path.write_text(HEAD + "- target: $.paths['/notes'].get\n  update: {x-contract-effct: {}}")

    with pytest.raises(DocumentError) as caught:
        read(document(), overlays=[path])

    assert str(caught.value).startswith("more.yaml:5 ")
    assert "Did you mean 'x-contract-effect'?" in str(caught.value)


# -- against an implementation that is too simple to be wrong -------------------------------------

KEY = st.sampled_from(["a", "b", "x/y", "~"])
LEAF = st.integers(0, 3) | st.none() | st.sampled_from(["s", "t"])
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner), max_leaves=12
)
OBJECT = st.dictionaries(KEY, TREE, min_size=1)


def merged(before: Any, new: Any) -> Any:
    if isinstance(before, list):
        return before + (new if isinstance(new, list) else [new])
    if isinstance(before, dict) and isinstance(new, dict):
        return {**before, **{k: within(before[k], v) if k in before else v for k, v in new.items()}}
    if isinstance(before, dict) or isinstance(new, dict | list):
        raise ValueError("does not fit")
    return new


def within(before: Any, new: Any) -> Any:
    if isinstance(before, list) is not isinstance(new, list):
        raise ValueError("does not fit")
    return merged(before, new)


def replaced(tree: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    copy = deepcopy(tree)
    key: Any = int(path[0]) if isinstance(copy, list) else path[0]
    copy[key] = replaced(copy[key], path[1:], value)
    return copy


@given(base=OBJECT, data=st.data(), new=TREE)
def test_an_update_merges_and_leaves_the_base_alone(base: Any, data: Any, new: Any) -> None:
    target = data.draw(st.sampled_from([*below(base)]))
    before, path = deepcopy(base), tokens(target)
    steps = ["[" + (one if _listed(base, path[:n]) else json.dumps(one)) + "]"
             for n, one in enumerate(path)]  # fmt: skip
    action = {"target": "$" + "".join(steps), "update": new}
    source = parse(json.dumps({"overlay": "1.1.0", "actions": [action]}), name="m", file="m.yaml")
    document = parse(json.dumps(base), name="b", file="b.yaml")
    try:
        wanted = replaced(base, path, merged(pick(base, target), new))
    except ValueError:
        with pytest.raises(DocumentError, match=r"^m\.yaml:1 .*does not go into"):
            overlay.applied(document, [overlay.of(source)])
        return

    found = overlay.applied(document, [overlay.of(source)])

    assert found.data == wanted
    assert {*found.marks} == {*below(wanted)}
    assert document.data == before


def _listed(tree: Any, path: list[str]) -> bool:
    for step in path:
        tree = tree[int(step) if isinstance(tree, list) else step]
    return isinstance(tree, list)


@given(base=OBJECT, data=st.data())
def test_what_is_removed_takes_its_marks_along(base: Any, data: Any) -> None:
    target = data.draw(st.sampled_from([*below(base)][1:]))
    path = tokens(target)
    steps = ["[" + (one if _listed(base, path[:n]) else json.dumps(one)) + "]"
             for n, one in enumerate(path)]  # fmt: skip
    action = {"target": "$" + "".join(steps), "remove": True}
    source = parse(json.dumps({"overlay": "1.0.0", "actions": [action]}), name="m", file="m.yaml")
    text = json.dumps(base, indent=1)
    document = parse(text, name="b", file="b.yaml")

    found = overlay.applied(document, [overlay.of(source)])

    assert {*found.marks} == {*below(found.data)}
    for pointer in found.marks:
        value = pick(found.data, pointer)
        if isinstance(value, str | int):
            assert json.dumps(value) in text.splitlines()[found.place(pointer).line - 1]
