"""Mocks that agree show no divergence, one edit shows as one, and independent servers agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.compare import Comparison
from contracts.run.results import Options
from spec import RawRequest
from tests.agreement import comparing, edgeiq_mutants, fleet_mutants, memfault_mutants, mutants
from tests.agreement.comparing import beside, told, with_mock
from tests.agreement.mocks import DOCUMENTS
from tests.agreement.mutants import Mutant

pytestmark = pytest.mark.usefixtures("impatient")

SOME = {
    "fleet": ("getDevice", "deleteDevice", "listDevices"),
    "edgeiq": ("getDevice", "getBulkResponse", "getFleet"),
    "memfault": ("deleteDevice",),
}
"""Operations that are looked at by default; a campaign looks at all."""

OPEN = {
    "fleet": set(),
    "edgeiq": {"UNAUTHORIZED /error", "FORBIDDEN /error"},
    "memfault": set(),
}
"""Where the independent servers and the mock differ, and the document admits both: EdgeIQ's
document says that the texts of a refusal are for people, and gives no text of `error`."""


def same_again(document: str, *, seed: int, walks: int, only: tuple[str, ...]) -> Comparison:
    other = comparing.mock(document, begin_s=1_800_000_000, step_ms=1, seed=seed)
    return beside(document, other, Options(seed=seed, walks=walks, only=only))


def agrees(found: Comparison) -> None:
    assert told(found) == []
    assert found.exit_code == 0
    assert found.compared > 40


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_mock_does_not_differ_from_one_with_other_ids_and_another_clock(document: str) -> None:
    agrees(same_again(document, seed=1, walks=4, only=SOME[document]))


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_mock_never_differs_from_itself(document: str, seed: int) -> None:
    agrees(same_again(document, seed=seed, walks=60, only=()))


NAMES = {
    "edgeiq": {"65a0": "7b1c", "tok_": "key_"},
    "memfault": {"smart-sink": "smart-tub", "acme": "apex", "oat_": "tao_", "SINK-": "TUB-"},
}
"""Words in the mocks' fixtures and profiles, and others that say the same."""


@pytest.mark.parametrize("document", NAMES)
def test_records_of_two_profiles_stand_for_one_another(document: str, tmp_path: Path) -> None:
    other, profile = comparing.renamed(document, NAMES[document], tmp_path)

    agrees(beside(document, other, Options(walks=2, only=SOME[document]), profile))


@pytest.mark.campaign
@pytest.mark.parametrize("document", NAMES)
def test_two_profiles_are_enough_for_all_operations(document: str, tmp_path: Path) -> None:
    other, profile = comparing.renamed(document, NAMES[document], tmp_path)

    agrees(beside(document, other, Options(walks=60), profile))


# -- one edit -------------------------------------------------------------------------------------

BEHAVIOURS = {
    str(one): one
    for made in (fleet_mutants, edgeiq_mutants, memfault_mutants)
    for one in made.behaviours()
}
RULES = {
    str(one): one
    for document in DOCUMENTS
    for one in (*mutants.dropped_rules(document), *mutants.swapped_problems(document))
}
PROPERTIES = {
    str(one): one for document in DOCUMENTS for one in mutants.broken_properties(document)
}
MUTANTS = {**BEHAVIOURS, **RULES, **PROPERTIES}
EDITS = {
    # A wrong refusal, and one that does not come: the call alone, or on a record made for it.
    "fleet: deleteDevice: DEVICE_NOT_FOUND answers DEVICE_MUTATION_FORBIDDEN": 1,
    "fleet: deleteDevice without the rule INSUFFICIENT_SCOPE": 2,
    # What was made, deleted and is still there takes three.
    "fleet: deleting only answers": 3,
    # Somebody else's record has to be made by somebody else.
    "fleet: companies see each other's devices": 2,
    # Lists of the records that are there already.
    "fleet: the status filter is ignored": 1,
    "edgeiq: fleets come newest first": 1,
    "edgeiq: total and page are exchanged": 1,
    # A search finds what was made under a new name.
    "fleet: the search does not look into brand": 2,
    # Made by who is below, read by who is above.
    "edgeiq: a parent sees no device below it": 2,
    # Work, and the record that tells of it.
    "edgeiq: every action is told as a command": 2,
    "memfault: everybody sees every organization": 2,
    "memfault: repeating is refused": 1,
    # Not known before it is read: the key of the record is a reference to the call that made it.
    "memfault: AttributeState.value left out": 1,
    "memfault: Cohort.slug of another type": 1,
}
"""Mutants of different sorts, with the length of the shortest sequence that shows them."""


@pytest.mark.parametrize("name", EDITS)
def test_one_edit_is_one_divergence_of_the_shortest_length(name: str) -> None:
    mutant: Mutant = MUTANTS[name]

    found = beside(mutant.document, mutant.app(), Options(walks=0, only=mutant.operations))

    assert found.exit_code == 1
    assert len(told(found)) == 1, told(found)
    (one,) = found.divergences
    assert one.verdict == "B"
    assert one.operations & set(mutant.operations) or mutant.operations[0] in str(one.against)
    assert one.reproduced
    assert len(one.steps) == EDITS[name]


@pytest.mark.campaign
@pytest.mark.parametrize("name", MUTANTS)
def test_every_edit_is_one_divergence(name: str) -> None:
    mutant = MUTANTS[name]

    found = beside(mutant.document, mutant.app(), Options(walks=0, only=mutant.operations))

    assert len(told(found)) == 1 or (told(found) and mutant.several), told(found)


# -- independent servers --------------------------------------------------------------------------


def open_spots(found: Comparison) -> set[str]:
    assert {one.verdict for one in found.divergences} <= {"neither"}, told(found)
    assert found.unstable == []
    return {one.contradiction.cause[1] for one in found.divergences}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_independent_servers_differ_from_the_mock_only_where_the_document_is_open(
    document: str,
) -> None:
    found = with_mock(document, walks=0, only=SOME[document])

    assert open_spots(found) <= OPEN[document], told(found)
    assert found.compared > 40


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_spot_where_independent_servers_differ_is_known(document: str, seed: int) -> None:
    assert open_spots(with_mock(document, walks=60, seed=seed)) == OPEN[document]


# -- the same bytes -------------------------------------------------------------------------------


def sent(document: str, seed: int, operation: str, walks: int) -> list[list[RawRequest]]:
    """Return what each side was sent."""
    logs: list[list[RawRequest]] = [[], []]
    apps = [comparing.mock(document, begin_s=1_800_000_000, step_ms=1, seed=one) for one in (3, 3)]
    found = comparing.recorded(
        document, apps, logs, Options(seed=seed, walks=walks, only=(operation,))
    )
    assert found.exit_code == 0
    return logs


BYTES = [("fleet", "getDevice", 3), ("edgeiq", "getFleet", 0), ("memfault", "deleteDevice", 0)]


@pytest.mark.parametrize(("document", "operation", "walks"), BYTES)
def test_the_same_seed_sends_the_same_bytes_to_both_sides(
    document: str, operation: str, walks: int
) -> None:
    first, second = (sent(document, 7, operation, walks) for _ in range(2))

    assert first == second
    assert len(first[0]) > 20
    assert first[0] == first[1]
    assert sent(document, 8, operation, 0) != first
