"""Each operator's bugs are told from the mock by requests that were written down by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.mutants import Mutant, operators
from tests.mockserver.mutants.talk import Heard, contract, every_mutant, mock, mutated

DOCUMENTS = ("fleet", "edgeiq", "memfault")
NOWHERE = {"header"}
"""Kinds that no shipped document has room for; see test_operators.py."""


@dataclass(frozen=True)
class Row:
    """Requests to a document's mock, and the mutants that they show."""

    document: str
    steps: tuple[str, ...]
    shows: tuple[str, ...]


@cache
def rows(document: str) -> list[Row]:
    given = yaml.safe_load(Path(__file__).with_name(f"{document}.yaml").read_text())
    return [Row(document, (*one["steps"].splitlines(),), (*one["shows"],)) for one in given]


@cache
def right(row: Row) -> list[Heard]:
    """What the mock answers."""
    talk = mock(row.document)
    return [talk.say(step) for step in row.steps]


def shown() -> Iterator[Any]:
    for document in DOCUMENTS:
        for row in rows(document):
            for name in row.shows:
                yield pytest.param(row, name, id=f"{document}: {name}")


def wrong(row: Row, mutant: Mutant) -> Heard | None:
    """The first answer of a mutant that is not the mock's."""
    talk = mutated(row.document, mutant)
    for step, expected in zip(row.steps, right(row), strict=True):
        heard = talk.say(step)
        if heard != expected:
            return heard
    return None


@pytest.mark.parametrize(("row", "name"), [*shown()])
def test_a_mutant_answers_otherwise_than_the_mock(row: Row, name: str) -> None:
    mutant = every_mutant(row.document)[name]

    heard = wrong(row, mutant)

    assert heard is not None
    assert not heard.defect, heard.text


def test_each_operator_has_a_mutant_that_is_shown() -> None:
    found = {
        (mutant.group, mutant.kind)
        for document in DOCUMENTS
        for row in rows(document)
        for name, mutant in every_mutant(document).items()
        if name in row.shows
    }

    missing = [one.kind for one in operators() if (one.group, one.kind) not in found]

    assert set(missing) == NOWHERE


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_mutant_without_an_edit_is_the_mock(document: str) -> None:
    first = next(iter(every_mutant(document).values()))
    place = contract(document).document.place("")
    twin = Mutant("shape", "none", "", "no bug", place, "", first.ground, lambda site: site)

    for row in rows(document):
        assert wrong(row, twin) is None, row.steps
