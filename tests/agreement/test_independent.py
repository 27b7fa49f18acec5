"""A correct server is never blamed, and the defects of independent ones are found."""

from __future__ import annotations

import re
from functools import cache

import pytest

from contracts.run.ledger import State
from tests.agreement import independent
from tests.agreement.independent import BEYOND, SERVERS, Result, contract, table, trial

SAMPLE = 12
"""So many defects of a document are looked for by default."""

ENOUGH = 0.95

TWO_FACED = [
    ("fleet", "category-patchable"),
    ("fleet", "content-type-unchecked"),
    ("fleet", "patch-resets-unsent"),
    ("fleet", "delete-does-nothing"),
    ("fleet", "get-fills-default"),
    ("fleet", "empty-labels-become-null"),
    ("fleet", "default-limit-20"),
]
"""Defects that show in more than one way, and are one finding all the same."""

DOCUMENTS = list(SERVERS)
VISIBLE = {
    document: [name for name in server.DEFECTS if name not in BEYOND[document]]
    for document, server in SERVERS.items()
}
result = cache(independent.result)
"""A campaign looks at each result twice: by itself, and among all."""


def named(document: str, defect: str) -> tuple[str, ...]:
    """Return the operations that the sentence of a defect names."""
    words = re.findall(r"\w+", SERVERS[document].DEFECTS[defect])
    return tuple(dict.fromkeys(one for one in words if one in contract(document).operations))


def sample(document: str) -> list[tuple[str, str]]:
    """Return some visible defects of which it is said on what operations they show."""
    found = [one for one in VISIBLE[document] if named(document, one)]
    return [(document, one) for one in found[:: len(found) // SAMPLE]][:SAMPLE]


def pairs(names: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(document, one) for document, found in names.items() for one in found]


def nothing_wrong(document: str, *, seed: int, walks: int, quick: bool = False) -> None:
    report = trial(document, None, seed=seed, walks=walks, quick=quick)

    assert [finding.contradiction.sentence for finding in report.findings] == []
    assert [row.id for row in report.ledger if row.state is not State.PROVEN] == []
    assert report.exit_code == 0


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_correct_server_conforms_with_nothing_unreached(document: str) -> None:
    nothing_wrong(document, seed=1, walks=20)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_correct_server_is_never_blamed(document: str, seed: int) -> None:
    """Every fifth seed does all that there is to do, the others leave alone what is proven."""
    nothing_wrong(document, seed=seed, walks=60, quick=seed % 5 > 0)


@pytest.mark.parametrize(("document", "defect"), [one for d in DOCUMENTS for one in sample(d)])
def test_a_defect_is_found_as_one_finding(document: str, defect: str) -> None:
    report = trial(document, defect, only=named(document, defect))

    assert report.exit_code == 1, SERVERS[document].DEFECTS[defect]
    assert len(report.findings) == 1, [one.contradiction.sentence for one in report.findings]


@pytest.mark.parametrize(("document", "defect"), TWO_FACED)
def test_a_defect_that_shows_in_several_ways_is_one_finding(document: str, defect: str) -> None:
    report = trial(document, defect)

    assert len(report.findings) == 1, [one.contradiction.sentence for one in report.findings]


@pytest.mark.campaign
@pytest.mark.parametrize(("document", "defect"), pairs(VISIBLE))
def test_every_visible_defect_is_found(document: str, defect: str) -> None:
    assert result(document, defect).exit_code == 1, SERVERS[document].DEFECTS[defect]


@pytest.mark.campaign
@pytest.mark.parametrize("document", DOCUMENTS)
def test_nearly_every_defect_is_one_finding(document: str) -> None:
    results = [result(document, defect) for defect in VISIBLE[document]]
    found = [one for one in results if one.exit_code == 1]
    several = [one for one in found if len(one.findings) > 1]

    print(table(results), *map(told, several), sep="\n")
    assert len(found) >= ENOUGH * len(results)
    assert len(several) <= (1 - ENOUGH) * len(found)


def told(one: Result) -> str:
    """Return the findings of a defect as lines."""
    return "\n    ".join((one.defect, *one.findings))


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("document", "defect"), pairs({d: [*names] for d, names in BEYOND.items()})
)
def test_what_the_profile_cannot_show_is_not_guessed(document: str, defect: str) -> None:
    assert result(document, defect).findings == ()
