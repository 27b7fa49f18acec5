from __future__ import annotations

from typing import Any

import pytest

from contracts.oracle import clocks, laws
from contracts.oracle.jobs import Running
from contracts.oracle.knowledge import Known, Stale
from contracts.oracle.seen import Seen
from spec import ABSENT, Call, Context, Judgement, RawAnswer
from tests.spec.worlds import EDGEIQ, world

OF_CHANGE = "2024-05-03T09:15:00.500Z"
LAW = f"updateDevice: {laws.MOVES}"

READ = Call(EDGEIQ.operations["getDevice"], None, {"device_id": "d"}, {}, {}, ABSENT)
ABOUT = Context(READ, {}, world("edgeiq"))
SEEN = Seen(EDGEIQ, READ, Judgement((), ABOUT), RawAnswer(200, (), b""), {}, 1)

SHOWN: dict[str, tuple[float, str, bool, bool]] = {
    "later": (1.0, "2024-05-03T09:15:00.501Z", False, True),
    "later, though it came at once": (0.0, "2024-05-03T09:15:00.501Z", False, True),
    "the same, as it came at once": (0.001, OF_CHANGE, False, False),
    "the same, as long after as the coarsest clock takes": (0.02, OF_CHANGE, False, False),
    "the same, too late": (0.021, OF_CHANGE, True, False),
    "earlier": (0.0, "2024-05-03T09:15:00.499Z", True, False),
    "the same in another zone, too late": (1.0, "2024-05-03T10:15:00.500+01:00", True, False),
    "no time": (1.0, "soon", False, False),
}
"""By what is shown: seconds that have passed, the time of change, is it a breach, is it proven."""


@pytest.mark.parametrize("case", SHOWN)
def test_a_change_moves_the_time_of_the_change(case: str) -> None:
    seconds, after, broken, proves = SHOWN[case]
    proven: set[str] = set()
    known = Known(
        "device", "d", {}, stale={"updated_at": Stale(OF_CHANGE, "updateDevice", seconds)}
    )
    breach = clocks.moved(SEEN, known, {"updated_at": after}, proven)
    assert (breach is not None) == broken
    assert breach is None or (breach.law, breach.operation) == (laws.MOVES, "updateDevice")
    assert proven == ({LAW} if proves else set())


def test_times_of_whole_seconds_may_stay_for_two() -> None:
    whole = "2024-05-03T09:15:00Z"
    known = Known("device", "d", {}, stale={"updated_at": Stale(whole, "updateDevice", 1.9)})
    assert clocks.moved(SEEN, known, {"updated_at": whole}, set()) is None
    known.stale = {"updated_at": Stale(whole, "updateDevice", 2.1)}
    assert clocks.moved(SEEN, known, {"updated_at": whole}, set()) is not None


TOLD: dict[str, tuple[Any, float]] = {
    "a second later": ({"created_at": "2024-05-03T09:15:01.500Z"}, 1.0),
    "before": ({"created_at": "2024-05-03T09:15:00.000Z"}, -0.5),
    "without a time": ({}, 0.0),
    "with something else": ({"created_at": None}, 0.0),
    "not at all": (None, 0.0),
}


@pytest.mark.parametrize("case", TOLD)
def test_the_record_of_a_job_tells_when_it_was_accepted(case: str) -> None:
    told, seconds = TOLD[case]
    effect = EDGEIQ.operations["executeFleetAction"].effect
    assert effect is not None
    assert effect.job is not None
    running = Running("executeFleetAction", effect.job, "j", ABOUT, ["d"], told=told)
    kind = EDGEIQ.resources["bulk_response"]
    assert clocks.accepted_after(OF_CHANGE, running, kind) == pytest.approx(seconds)
    assert clocks.accepted_after("soon", running, kind) == 0.0
