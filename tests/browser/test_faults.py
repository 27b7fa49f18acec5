"""Switches for faults, and faults for single operations."""

from __future__ import annotations

from tests.browser.calls import get
from tests.browser.tab import Console


def test_a_fault_is_switched_on_and_off(console: Console) -> None:
    console.go("Faults")
    switch = console.page.get_by_role("switch", name="Out of order")

    switch.click()
    console.page.get_by_role("switch", name="Out of order", checked=True).wait_for()
    assert get(console.mock)[0] == 500
    switch.click()
    console.page.get_by_role("switch", name="Out of order", checked=False).wait_for()

    assert get(console.mock)[0] == 200


def test_a_fault_is_armed_for_an_operation_and_counts_down(console: Console) -> None:
    console.go("Faults")
    console.field("Operation").select_option("fleet getDevice")
    console.field("What happens").select_option("DEVICE_NOT_FOUND")
    console.field("Next calls").fill("1")
    console.button("Add fault").click()
    row = console.rows("faults")
    row.get_by_text("error DEVICE_NOT_FOUND").wait_for()

    answers = [get(console.mock)[0] for _ in range(2)]

    assert answers == [404, 200]
    row.get_by_text("used up").wait_for()
    console.button("Remove fault f1").click()
    console.page.get_by_text("Nothing goes wrong.").wait_for()
