"""The clock, and the work that goes on with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.tab import Console, ask


def test_the_clock_is_stopped_and_put_ahead(console: Console) -> None:
    clock = f"{console.mock.admin}/clock"
    console.go("Time")
    console.button("Freeze").click()
    console.page.get_by_text("stands still", exact=True).wait_for()
    before = ask("GET", clock)[1]["now"]

    console.field("Advance by").fill("2")
    console.field("Unit").select_option("days")
    console.button("Advance").click()
    console.page.get_by_text("It is ").wait_for()

    after = ask("GET", clock)[1]["now"]
    assert (before[10:], int(after[8:10]) != int(before[8:10])) == (after[10:], True)
    assert console.page.locator("#clock-now").get_attribute("datetime") == after
    console.button("Back to real time").click()
    console.page.get_by_text("goes", exact=True).wait_for()


@pytest.mark.parametrize(
    ("number", "pace", "told", "clock"),
    [
        ("60", "times as fast", "goes 60 times as fast", {"mode": "scaled", "factor": 60}),
        (
            "0.5",
            "seconds at each look",
            "goes 0.5 s at each look",
            {"mode": "stepped", "step": 0.5},
        ),
    ],
)
def test_the_clock_goes_at_another_pace(
    console: Console, number: str, pace: str, told: str, clock: dict[str, Any]
) -> None:
    console.go("Time")
    console.field("Let it go").fill(number)
    console.field("Pace").select_option(pace)

    console.button("Set pace").click()

    console.page.get_by_text(told, exact=True).wait_for()
    console.page.get_by_role("status").get_by_text(f"The clock {told}.", exact=True).wait_for()
    found = ask("GET", f"{console.mock.admin}/clock")[1]
    assert {name: found.get(name) for name in clock} == clock


def test_work_that_goes_on_is_seen(console: Console) -> None:
    console.go("Time")
    console.field("Goes on").select_option("when told")
    console.button("Set").click()
    console.page.get_by_text("Work goes on as you said.").wait_for()
    fleet = f"{console.mock.urls['edgeiq']}/fleets/65a0f1000000000000000001"
    action = {"action": "issue_command", "gateway_command": "reboot"}
    assert ask("POST", f"{fleet}/actions", action, {"Authorization": "tok_admin"})[0] == 202

    console.rows("jobs").get_by_text("0 of 4").wait_for()
    console.field("Items").fill("3")
    console.button("Do them").click()

    console.rows("jobs").get_by_text("3 of 4").wait_for()


def test_what_is_edited_while_the_page_looks_stays(console: Console) -> None:
    held = _hold(console.page, "**/__admin/jobs")
    console.go("Time")
    console.page.wait_for_timeout(100)

    console.field("Goes on").select_option("when told")
    with console.page.expect_response("**/__admin/jobs"):
        held.pop(0).continue_()
    console.page.wait_for_timeout(300)

    assert console.field("Goes on").input_value() == "manual"
    assert console.field("Items a second").input_value() == "200"


def test_work_is_paced_before_the_page_has_looked(console: Console) -> None:
    held = _hold(console.page, "**/__admin/clock")
    console.go("Time")
    console.page.wait_for_timeout(100)

    console.field("Goes on").select_option("when told")
    console.button("Set").click()
    console.page.get_by_text("Work goes on as you said.").wait_for()

    found = ask("GET", f"{console.mock.admin}/jobs")[1]
    assert (found["mode"], found["rate"]) == ("manual", 200)
    assert held


def test_the_time_is_shown_once_it_is_told(console: Console) -> None:
    console.go("Time")
    console.button("Freeze").click()
    console.page.get_by_text("The clock stands still.", exact=True).wait_for()
    held = _hold(console.page, "**/__admin/clock")

    console.button("Advance").click()
    console.page.get_by_text("It is ").wait_for()

    now = ask("GET", f"{console.mock.admin}/clock")[1]["now"]
    assert console.page.locator("#clock-now").get_attribute("datetime") == now
    assert held


def _hold(page: Any, calls: str) -> list[Any]:
    """Let calls wait from now on, and return those that do."""
    held: list[Any] = []
    page.route(calls, lambda route: held.append(route))  # no method: it must have attributes
    return held
