"""A document in several files is one document, whose values know their file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec import DocumentError, load, read

ROOT = """\
openapi: 3.1.0
info: {title: Library, version: '1'}
paths:
  /books:
    $ref: paths/books.yaml
  /books/{isbn}:
    parameters: [{$ref: 'common.yaml#/parameters/isbn'}]
    get: {$ref: 'paths/book.yaml#/read'}
components:
  schemas:
    Shelf: {type: array, items: {$ref: './schemas/book.json'}}
    Odd:
      properties: {default: {$ref: 'common.yaml#/title'}}
      example: {$ref: nothing.yaml}
    Either:
      oneOf: [{$ref: schemas/book.json}, {$ref: '#/components/schemas/Odd'}]
      discriminator: {propertyName: kind, mapping: {book: schemas/book.json, odd: Odd}}
"""
FILES = {
    "paths/books.yaml": """\
get:
  operationId: listBooks
  responses:
    '200':
      description: The books.
      content:
        application/json: {schema: {$ref: '../root.yaml#/components/schemas/Shelf'}}
""",
    "paths/book.yaml": """\
read:
  operationId: readBook
  responses:
    '200':
      description: The book.
      content: {application/json: {schema: {$ref: ../schemas/book.json}}}
""",
    "common.yaml": """\
parameters:
  isbn: {name: isbn, in: path, required: true, schema: {$ref: '#/title'}}
title: {type: string, minLength: 3}
""",
    "schemas/book.json": """{
  "type": "object",
  "properties": {
    "title": {"$ref": "../common.yaml#/title"},
    "sequel": {"$ref": "#"}
  }
}
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path, {"root.yaml": ROOT, **FILES})


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder / next(iter(files))


def test_operations_schemas_and_parameters_come_from_other_files(root: Path) -> None:
    contract = read(root)

    assert [*contract.operations] == ["listBooks", "readBook"]
    assert contract.operations["readBook"].parameters[0].schema == {
        "type": "string",
        "minLength": 3,
    }
    answer = contract.operations["listBooks"].responses["200"].media["application/json"]
    wrong = contract.schemas.violations(answer, [{"sequel": {"title": "no"}}], "body")
    assert [one.pointer for one in wrong] == ["/0/sequel/title"]


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/info/title", "root.yaml:2"),
        ("/paths/~1books", "root.yaml:4"),
        ("/paths/~1books/get/operationId", "paths/books.yaml:2"),
        ("/paths/~1books~1{isbn}/get", "root.yaml:8"),
        ("/paths/~1books~1{isbn}/get/responses/200", "paths/book.yaml:4"),
        ("/x-files/common.yaml/title/minLength", "common.yaml:3"),
        ("/x-files/schemas~1book.json/properties/sequel", "schemas/book.json:5"),
    ],
)
def test_a_value_knows_its_file_and_line(root: Path, pointer: str, place: str) -> None:
    assert str(load(root).place(pointer)).startswith(f"{place} (#{pointer}")


def test_what_stands_beside_the_reference_to_a_path_item_is_kept(tmp_path: Path) -> None:
    text = ROOT.replace("$ref: paths/books.yaml", "{summary: Books, $ref: paths/books.yaml}")
    document = load(written(tmp_path, {"root.yaml": text, **FILES}))

    assert [*document.get("/paths/~1books")] == ["get", "summary"]


def test_a_reference_in_an_example_is_somebodys_data(root: Path) -> None:
    odd = load(root).get("/components/schemas/Odd")

    assert odd["example"] == {"$ref": "nothing.yaml"}
    assert odd["properties"]["default"] == {"$ref": "#/x-files/common.yaml/title"}


def test_a_mapping_names_files_too(root: Path) -> None:
    mapping = load(root).get("/components/schemas/Either/discriminator/mapping")

    assert mapping == {"book": "#/x-files/schemas~1book.json", "odd": "Odd"}


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("./schemas/book.json", "./schemas/bok.json", "root.yaml:11", "leads to no file"),
        ("common.yaml#/title", "common.yaml#/tilte", "root.yaml:13", "Did you mean 'title'?"),
        ("paths/books.yaml", "https://example.com/p", "root.yaml:4", "leaves the file"),
        ("./schemas/book.json", "schemas", "root.yaml:11", "leads to no file"),
    ],
    ids=["no such file", "nothing there", "not here", "a folder"],
)
def test_a_reference_that_leads_nowhere_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    path = written(tmp_path, {"root.yaml": ROOT.replace(old, new, 1), **FILES})

    with pytest.raises(DocumentError) as caught:
        read(path)

    assert str(caught.value).startswith(f"{place} ")
    assert words in str(caught.value)


def test_a_wrong_file_is_told_by_its_own_name(tmp_path: Path) -> None:
    files = {"root.yaml": ROOT, **FILES, "schemas/book.json": "{\n  'a': [\n"}

    with pytest.raises(DocumentError, match=r"^schemas/book\.json:2 .*not YAML"):
        read(written(tmp_path, files))


def test_path_items_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    files = {"root.yaml": ROOT, **FILES, "paths/books.yaml": "$ref: '../root.yaml#/paths/~1books'"}

    with pytest.raises(DocumentError, match="refers to itself"):
        read(written(tmp_path, files))
