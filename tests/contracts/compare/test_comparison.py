from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from contracts.compare import compare, grounds
from contracts.profile import Profile
from contracts.run.results import Options
from spec import Contract, TargetUnreachable
from tests.contracts.compare.station import FINE, Station, always, compared, said


def test_answers_that_play_the_same_part_are_no_divergence(station: Contract) -> None:
    other = {"at": "2030-01-01T00:00:00.123+02:00", "level": 5.0}

    found = compared(station, always(FINE), always(other))

    assert found.exit_code == 0
    assert found.compared >= 4


def test_a_difference_that_the_document_admits_is_told_once(station: Contract) -> None:
    found = compared(station, always({**FINE, "mood": "fair"}), always({**FINE, "mood": "foul"}))

    assert said(found) == [
        ("neither", 'getReading 200: /mood is "fair" on A and "foul" on B'),
    ]
    assert found.exit_code == 1
    (one,) = found.divergences
    assert one.reproduced
    assert len(one.steps) == len(one.others) == 1
    assert one.contradiction.place.pointer.endswith("/properties/mood")


def test_what_comes_after_an_admitted_difference_is_compared_too(station: Contract) -> None:
    left, right = {"level": 1, "mood": "fair"}, {"level": 2, "mood": "foul"}

    found = compared(station, always(left), always(right), walks=12)

    assert [sentence.split(": ")[1].split(" is ")[0] for _, sentence in said(found)] == [
        "/level",
        "/mood",
    ]


@pytest.mark.parametrize(("wrong", "verdict"), [(0, "A"), (1, "B")])
def test_the_side_that_contradicts_the_document_is_named(
    wrong: int, verdict: str, station: Contract
) -> None:
    sides = [always(FINE), always(FINE)]
    sides[wrong] = always({"level": "five"})

    ((who, sentence),) = said(compared(station, *sides))

    assert who == verdict
    assert '"five" is not of type "integer"' in sentence


def test_contradictions_in_one_value_are_one_divergence(station: Contract) -> None:
    def wrong(number: int) -> tuple[int, Any]:
        return 200, {"level": [None, "five", 5.5][number % 3]}

    found = compared(station, always(FINE), Station(wrong), walks=12)

    assert [who for who, _ in said(found)] == ["B"]
    (one,) = found.divergences
    assert one.notes


def test_two_contradictions_that_differ_are_one_divergence(station: Contract) -> None:
    found = compared(station, always({"level": "five"}), always({"level": None}))

    assert [who for who, _ in said(found)] == ["both"]
    (one,) = found.divergences
    assert all(one.against)


def test_two_contradictions_that_are_alike_are_none(station: Contract) -> None:
    found = compared(station, always({"level": "five"}), always({"level": "five"}))

    assert said(found) == []
    assert found.alike == found.compared > 4
    assert found.exit_code == 0


def test_a_field_that_wavers_is_unstable_and_hides_nothing(station: Contract) -> None:
    def wavering(number: int) -> tuple[int, Any]:
        return 200, {"level": 1, "mood": f"mood{number}"}

    found = compared(station, Station(wavering), always({"level": 2, "mood": "x"}), walks=12)

    assert said(found) == [("neither", "getReading 200: /level is 1 on A and 2 on B")]
    (unstable,) = found.unstable
    assert unstable.sides == ("A",)
    assert unstable.divergence.contradiction.cause[1] == "getReading 200 /mood"


def test_what_is_unstable_alone_does_not_count(station: Contract) -> None:
    def wavering(number: int) -> tuple[int, Any]:
        return 200, {**FINE, "level": number}

    found = compared(station, always(FINE), Station(wavering))

    assert said(found) == []
    assert [one.sides for one in found.unstable] == [("B",)]
    assert found.exit_code == 0


def test_a_status_that_came_but_once_is_unstable(station: Contract) -> None:
    def once(number: int) -> tuple[int, Any]:
        return (503, None) if number == 3 else (200, FINE)

    found = compared(station, always(FINE), Station(once))

    assert said(found) == []
    (unstable,) = found.unstable
    assert unstable.sides == ()
    assert unstable.divergence.difference is not None
    assert unstable.divergence.difference.sentence == "getReading answers 200 on A and 503 on B"


def test_a_contradiction_that_came_but_once_is_told_as_flaky(station: Contract) -> None:
    def once(number: int) -> tuple[int, Any]:
        return 200, {"level": "five"} if number == 3 else FINE

    found = compared(station, always(FINE), Station(once))

    (one,) = found.divergences
    assert one.verdict == "B"
    assert one.reproduced is False


@pytest.mark.parametrize(
    ("left", "right", "differ"),
    [
        ((("X-Station", "north"),), (("X-Station", "north"),), None),
        ((("X-Station", "north"),), (), 'x-station is "north" on A and absent on B'),
        ((("X-Station", "north"),), (("X-Station", "south"),), 'is "north" on A and "south" on B'),
        ((("X-Other", "north"),), (), None),
    ],
)
def test_headers_count_where_they_are_documented(
    left: tuple[tuple[str, str], ...],
    right: tuple[tuple[str, str], ...],
    differ: str | None,
    station: Contract,
) -> None:
    sides = [Station(lambda _: (200, FINE), headers=one) for one in (left, right)]

    found = said(compared(station, *sides))

    assert [differ in sentence for _, sentence in found if differ] == ([True] if differ else [])


def test_an_answer_without_a_body_has_another_media_type(station: Contract) -> None:
    found = compared(station, always(None, 503), always("rain", 503))

    # The document says nothing of a body there, so one side contradicts it.
    assert [who for who, _ in said(found)] == ["B"]


def test_where_the_worlds_may_differ_reads_without_vocabulary_are_not_compared(
    station: Contract,
) -> None:
    kept = Profile("http://127.0.0.1:9/v1")

    found = compare(
        grounds(station, kept, kept),
        always({"level": 1}),
        always({"level": 2}),
        Options(walks=3),
    )

    assert found.exit_code == 0


def test_nothing_compared_is_inconclusive(station: Contract) -> None:
    assert compared(station, always(FINE), always(FINE), cases=0).exit_code == 4


def test_a_comparison_that_is_cut_short_is_inconclusive(station: Contract) -> None:
    found = compared(station, always(FINE), always(FINE), max_seconds=1e-9)

    assert found.cut_short
    assert found.exit_code == 4


def test_a_reference_that_is_lost_ends_the_comparison(station: Contract) -> None:
    gone = TargetUnreachable("http://127.0.0.1:9/v1", "gone")

    found = compared(
        station, always(FINE), Station(lambda _: (200, FINE), left=9, failure=gone), walks=30
    )

    assert "gone" in found.lost
    assert found.exit_code == 3


def test_a_reference_that_never_answers_is_an_error(station: Contract) -> None:
    gone = TargetUnreachable("http://127.0.0.1:9/v1", "nobody")

    with pytest.raises(TargetUnreachable, match="nobody"):
        compared(station, always(FINE), Station(lambda _: (200, FINE), left=0, failure=gone))


def test_an_interrupt_gives_what_was_found_until_then(station: Contract) -> None:
    left = Station(lambda _: (200, {**FINE, "mood": "a"}), left=60, failure=KeyboardInterrupt())

    found = compared(station, left, always({**FINE, "mood": "b"}), walks=100)

    assert found.interrupted
    assert found.exit_code == 130
    assert len(found.divergences) == 1


def test_both_sides_are_sent_the_same(station: Contract) -> None:
    left, right = always(FINE), always(FINE)

    compared(station, left, right, walks=20)

    assert left.sent == right.sent
    assert len(left.sent) > 20


def test_shrinking_keeps_to_its_budget(station: Contract) -> None:
    numbers = count()
    left = Station(lambda _: (200, {"level": 1}))
    right = Station(lambda _: (200, {"level": 2} if next(numbers) > 20 else {"level": 1}))

    found = compared(station, left, right, walks=8)

    assert len(found.divergences) + len(found.unstable) == 1
    assert found.requests < 600
