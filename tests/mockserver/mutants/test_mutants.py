"""All mutants of a document: how many, how named, where planted, and that each of them answers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from mockserver.mutants import GROUPS, Group, mutants
from mockserver.mutants.mutant import MOST_IN_ALL
from spec import read
from tests.mockserver.mutants.talk import all_mutants, contract, every_mutant, mutated

DOCUMENTS = ("fleet", "edgeiq", "memfault")
WITHOUT_JOBS = {"fleet", "memfault"}
CALLS = yaml.safe_load(Path(__file__).with_name("calls.yaml").read_text())


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_mutant_answers_whatever_it_is_asked(document: str, group: Group) -> None:
    broken = [
        (mutant.name, step, heard.text)
        for mutant in all_mutants(document)
        if mutant.group == group
        for talk in [mutated(document, mutant)]
        for step in CALLS[document].splitlines()
        for heard in [talk.say(step)]
        if heard.defect
    ]

    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_has_mutants_of_every_group_and_not_too_many(document: str) -> None:
    found = Counter(one.group for one in all_mutants(document))

    assert found.keys() == {*GROUPS} - ({"job"} if document in WITHOUT_JOBS else set())
    assert 100 <= found.total() <= 400
    assert max(found.values()) < found.total() / 3


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_kind_has_more_mutants_than_its_group_allows(document: str) -> None:
    found = Counter((one.group, one.kind) for one in all_mutants(document))

    assert [kind for kind, number in found.items() if number > MOST_IN_ALL[kind[0]]] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_left_out_is_counted(document: str) -> None:
    chosen = all_mutants(document)

    assert len(chosen) + sum(chosen.left_out.values()) == len(every_mutant(document))
    assert {one.name for one in chosen} <= every_mutant(document).keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_mutants_are_the_same_in_every_run(document: str) -> None:
    again = mutants(read(document))

    assert [(one.name, one.place) for one in again] == [
        (one.name, one.place) for one in all_mutants(document)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_mutant_has_a_name_of_its_own_and_a_line_of_the_document(document: str) -> None:
    known = contract(document).document

    assert len({one.name for one in all_mutants(document)}) == len(all_mutants(document))
    for mutant in all_mutants(document):
        assert mutant.place.file == known.file
        assert mutant.place.line > 1, mutant.name
        assert mutant.operation in {"", *contract(document).operations}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_most_mutants_are_sure(document: str) -> None:
    doubtful = [one for one in all_mutants(document) if one.doubt]

    assert len(doubtful) < len(all_mutants(document)) / 20


def test_an_app_can_be_had_many_times_and_each_has_a_world_of_its_own() -> None:
    mutant = every_mutant("fleet")["updateDevice answers with the device as it was before"]
    first, second = mutated("fleet", mutant), mutated("fleet", mutant)

    first.say('PATCH /devices/3 {"comment": "mine"}')

    assert second.say("GET /devices/3").body["data"]["comment"] is None
    assert first.say("GET /devices/3").body["data"]["comment"] == "mine"
