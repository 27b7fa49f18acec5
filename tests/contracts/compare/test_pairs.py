from __future__ import annotations

import pytest

from contracts.compare.pairs import Pairs

AHEAD = ("2027-01-15T08:00:00.000Z", "2030-03-17T17:46:40.000Z")


def test_a_value_has_one_partner() -> None:
    pairs = Pairs()

    assert pairs.pair("device", 1, 7)
    assert pairs.pair("device", 1, 7)
    assert not pairs.pair("device", 1, 8)
    assert not pairs.pair("device", 2, 7)
    assert pairs.pair("device", 2, 8)


def test_a_number_of_one_kind_says_nothing_of_another() -> None:
    pairs = Pairs()
    pairs.pair("device", 1, 7)

    assert pairs.pair("user", 1, 9)
    assert pairs.of_left("user", "1") is not None
    assert pairs.of_right("user", 7) is None


def test_a_copy_grows_on_its_own() -> None:
    pairs = Pairs()
    pairs.pair("device", 1, 7)
    pairs.copy().pair("device", 2, 8)

    assert pairs.of_left("device", 2) is None
    assert pairs.anywhere(2) is None


def test_words_are_put_into_the_other_sides_terms() -> None:
    pairs = Pairs()
    pairs.pair("fleet", "65a0f1000001", "7b1cf1000002")

    assert pairs.reworded("/fleets/65a0f1000001/x?65a0f1") == "/fleets/7b1cf1000002/x?65a0f1"


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        ("2027-01-15T08:00:00.000Z", "2030-03-17T17:46:40.000Z"),
        ("2027-01-15T08:00:00.001Z", "2030-03-17T17:46:40.001Z"),
        ("2027-01-15T07:59:59Z", "2030-03-17T17:46:39Z"),
        ("2027-01-15T10:00:00.000001+02:00", "2030-03-17T19:46:40.000001+02:00"),
        ("2027-01-15T07:00:00Z", None),
        ("1999-12-31T23:59:59Z", None),
        ("no moment", None),
    ],
)
def test_a_moment_near_one_that_was_told_is_moved_with_it(asked: str, moved: str | None) -> None:
    pairs = Pairs()
    pairs.meet(*AHEAD)

    assert pairs.moved(asked) == moved


def test_without_any_moment_nothing_is_moved() -> None:
    assert Pairs().moved(AHEAD[0]) is None
