"""What is inferred from documents of different styles, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec import Contract, Document, load, read
from spec.document import parse
from spec.infer import infer, overlay, text
from spec.overlay import applied, of
from spec.vocabulary import prepared, speaks

FOLDER = Path(__file__).parents[2] / "documents"
DOCUMENTS = sorted([*FOLDER.glob("*.*"), *FOLDER.glob("*/atlas.yaml")])
NAMES = [one.stem for one in DOCUMENTS]

KINDS = {
    "pets": {"pet": "petId→id number (name species tag weight)"},
    "tasks": {"task": "task_id→id number (done notes title)"},
    "articles": {"article": "slug→slug text (body title)"},
    "projects": {
        "project": "project→uid uuid (budget name)",
        "node": "number→number number (active label) in project",
    },
    "users": {"user": "username→username client (age)"},
    "shapes": {"figure": "figure-id→id text (height label radius shape width)"},
    "boards": {"board": "id→id text (type)"},
    "catalogue": {
        "star": "name→name given (class nick)",
        "planet": "planet_id→id given () in path_name",
    },
    "atlas": {"map": "map_id→id number (printed scale title)"},
}
EFFECTS = {
    "pets": {
        "listPets": "list pet", "createPet": "create pet", "showPet": "read pet",
        "changePet": "update pet", "dropPet": "delete pet without answer", "vaccinatePet": "",
    },
    "tasks": {
        "read_tasks_tasks__get": "list task", "create_task_tasks__post": "create task",
        "read_task_tasks__task_id__get": "read task",
        "update_task_tasks__task_id__put": "replace task",
        "delete_task_tasks__task_id__delete": "delete task without answer",
    },
    "articles": {
        "listArticles": "list article at /articles",
        "createArticle": "create article from /article at /article",
        "getArticle": "read article at /article",
        "updateArticle": "replace article from /article at /article",
        "deleteArticle": "delete article without answer",
    },
    "projects": {
        "listProjects": "list project at /data", "createProject": "create project",
        "showProject": "read project", "changeProject": "update project without answer",
        "dropProject": "delete project without answer", "listNodes": "list node",
        "createNode": "create node", "showNode": "read node", "replaceNode": "replace node",
        "dropNode": "delete node",
    },
    "users": {
        "get/users": "list user", "post/users": "create user", "get/users/{username}": "read user",
        "put/users/{username}": "replace user",
        "delete/users/{username}": "delete user without answer",
        "get/users/{username}/portrait.{format}": "", "put/users/{username}/portrait.{format}": "",
    },
    "shapes": {
        "listFigures": "list figure", "drawFigure": "create figure", "showFigure": "read figure",
        "eraseFigure": "delete figure without answer", "plant": "",
    },
    "boards": {
        "get/boards": "list board at /data", "post/boards": "create board from /data at /data",
        "get/boards/{id}": "read board at /data",
        "delete/boards/{id}": "delete board without answer", "query/boards/{id}": "",
    },
    "catalogue": {
        "listStars": "list star", "showStar": "read star", "renameStar": "update star",
        "listPlanets": "list planet", "showPlanet": "read planet", "about": "", "moved": "",
        "silent": "", "whatever": "", "picture": "",
    },
    "atlas": {
        "listMaps": "list map", "addMap": "create map", "showMap": "read map",
        "dropMap": "delete map without answer",
    },
}  # fmt: skip
LISTS = {
    "pets": {"listPets": {"items": "", "limit": "limit", "offset": "offset"}},
    "tasks": {"read_tasks_tasks__get": {"items": "", "limit": "limit", "offset": "skip"}},
    "articles": {},
    "projects": {
        "listProjects": {
            "items": "/data", "limit": "per_page", "page": "page",
            "counters": {"total": "/total", "page": "/page"},
        },
        "listNodes": {"items": ""},
    },
    "users": {"get/users": {"items": ""}},
    "shapes": {"listFigures": {"items": "", "sort": "sort"}},
    "boards": {"get/boards": {"items": "/data"}},
    "catalogue": {"listStars": {"items": ""}, "listPlanets": {"items": ""}},
    "atlas": {"listMaps": {"items": ""}},
}  # fmt: skip


def parameter(contract: Contract, kind: str) -> str:
    """The path parameter that names a record of a kind."""
    effects = [one.effect for one in contract.operations.values() if one.effect]
    return next(one.key[-1] for one in effects if one.kind == kind and one.key)


def told(contract: Contract, kind: str) -> str:
    one = contract.resources[kind]
    stated = " ".join(sorted(one.stated or ()))
    tenant = f" in {one.tenant}" if one.tenant else ""
    return f"{parameter(contract, kind)}→{one.key} {one.made} ({stated}){tenant}"


def does(contract: Contract, operation: str) -> str:
    effect = contract.operations[operation].effect
    if effect is None:
        return ""
    request = f" from {effect.request}" if effect.request else ""
    shown = " without answer" if effect.response is None else f" at {effect.response}"
    return f"{effect.action} {effect.kind}{request}{shown.removesuffix(' at ')}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_kinds_have_their_key_its_maker_and_what_requests_decide(path: Path) -> None:
    contract = read(path)

    assert {kind: told(contract, kind) for kind in contract.resources} == KINDS[path.stem]


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_operations_do_what_their_form_says(path: Path) -> None:
    contract = read(path)

    assert {name: does(contract, name) for name in contract.operations} == EFFECTS[path.stem]


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_a_list_has_pages_only_where_there_is_no_doubt(path: Path) -> None:
    contract = read(path)

    lists = {
        one.id: contract.document.get(f"{one.pointer}/x-contract-list")
        for one in contract.operations.values()
        if one.listing
    }
    assert lists == LISTS[path.stem]


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_the_contract_knows_that_it_is_inferred(path: Path) -> None:
    contract, plain = read(path), read(path, infer=False)

    assert (contract.inferred, plain.inferred) == (True, False)
    assert not plain.resources
    assert not contract.problems
    assert not any(one.rules for one in contract.operations.values())


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_what_is_written_for_people_means_the_same(path: Path) -> None:
    document = prepared(path)
    written = of(parse(text(infer(document)), name="words", file="words.yaml"))

    contract = read(path, overlays=[written])

    assert not contract.inferred
    assert applied(document, [written]).data == applied(document, [plain(document)]).data
    assert {kind: told(contract, kind) for kind in contract.resources} == KINDS[path.stem]


def plain(document: Document):
    data = overlay(infer(document))
    return of(Document(name="words", file="words.yaml", data=data, marks={}))


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_each_operation_is_told_with_a_reason(path: Path) -> None:
    found = infer(prepared(path)).found

    assert len(found) == len(EFFECTS[path.stem])
    assert all(one.why for one in found)
    assert all(one.words or one.path in text(infer(prepared(path))) for one in found)


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_an_inferred_effect_stands_where_its_operation_does(path: Path) -> None:
    contract = read(path)

    for one in contract.operations.values():
        if one.effect:
            assert (one.effect.place.file, one.effect.place.line) == (
                one.place.file,
                one.place.line,
            )


@pytest.mark.parametrize("name", ["fleet", "edgeiq", "memfault"])
def test_a_document_that_says_it_itself_is_left_alone(name: str) -> None:
    assert speaks(load(name))
    assert not read(name).inferred
