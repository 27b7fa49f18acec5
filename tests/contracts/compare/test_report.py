from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.report.compared import Origin, save, text
from contracts.report.compared import json as as_json
from spec import Contract, TargetUnreachable
from tests.contracts.compare.station import FINE, Station, always, compared


def test_an_unstable_difference_is_told_apart(station: Contract) -> None:
    def wavering(number: int) -> tuple[int, Any]:
        return 200, {**FINE, "mood": f"mood{number}"}

    found = compared(station, Station(wavering), always({**FINE, "mood": "fair"}))
    shown = text.render(found)

    assert "unstable on A: getReading 200: /mood is " in shown
    assert "no divergence: the same requests, sent twice to one side, differ in this" in shown
    assert "exit 0: no divergence" in shown
    (plain,) = json.loads(as_json.render(found))["unstable"]
    assert plain["sides"] == ["A"]


def test_a_difference_that_both_may_have_is_for_the_documents_author(station: Contract) -> None:
    found = compared(station, always({**FINE, "mood": "a"}), always({**FINE, "mood": "b"}))
    shown = text.render(found)

    assert 'both are admitted, yet differ: getReading 200: /mood is "a" on A and "b" on B' in shown
    assert "1 divergence: both are admitted, yet differ in 1." in shown
    assert re.search(r"document  station\.yaml:\d+ \(#/paths/~1reading/.*/properties/mood\)", shown)


def test_two_contradictions_are_told_side_by_side(station: Contract) -> None:
    found = compared(station, always({"level": "five"}), always({"level": None}))

    assert "both contradict the document: A getReading 200: body/level:" in text.render(found)


def test_a_flaky_contradiction_is_called_so(station: Contract) -> None:
    def once(number: int) -> tuple[int, Any]:
        return 200, {"level": "five"} if number == 3 else FINE

    assert "FLAKY" in text.render(compared(station, always(FINE), Station(once)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"cases": 0}, "Nothing could be compared.\nexit 4: inconclusive"),
        ({"max_seconds": 1e-9}, "cut short by its time limit.\nexit 4: inconclusive"),
    ],
)
def test_what_was_not_compared_is_not_green(
    options: dict[str, Any], said: str, station: Contract
) -> None:
    assert said in text.render(compared(station, always(FINE), always(FINE), **options))


def test_a_lost_target_is_named(station: Contract) -> None:
    gone = TargetUnreachable("http://127.0.0.1:9/v1", "gone")
    right = Station(lambda _: (200, FINE), left=9, failure=gone)

    shown = text.render(compared(station, always(FINE), right, walks=30))

    assert "http://127.0.0.1:9/v1: no answer (gone)." in shown
    assert "exit 3: a target is unreachable" in shown


def test_walks_that_both_end_in_the_same_way_are_counted(station: Contract) -> None:
    found = compared(station, always({"level": "five"}), always({"level": "five"}))

    assert "4 walks ended where both contradict the document in the same way" in text.render(found)


def test_a_folder_keeps_no_divergences_of_an_earlier_comparison(
    station: Contract, tmp_path: Path
) -> None:
    origin = Origin("station.yaml")
    save(compared(station, always({**FINE, "mood": "a"}), always(FINE)), tmp_path, origin)
    saved = tmp_path / "divergences"
    assert len(list(saved.iterdir())) == 3

    save(compared(station, always(FINE), always(FINE)), tmp_path, origin)

    assert list(saved.iterdir()) == []
