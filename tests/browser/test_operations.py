"""Operations, tried out in Swagger UI."""

from __future__ import annotations

from tests.browser.tab import Console


def test_operations_are_tried_in_the_world_that_is_looked_at(console: Console) -> None:
    page = console.page
    console.field("World").fill("trial")
    page.keyboard.press("Enter")
    console.go("Operations")
    console.field("Document").select_option("fleet")
    block = page.locator(".opblock", has=page.get_by_text("/devices/{device_id}", exact=True)).first

    block.locator("button.opblock-summary-control").click()
    block.get_by_placeholder("device_id").fill("3")
    block.get_by_role("button", name="Execute").click()

    block.locator(".live-responses-table .response-col_status", has_text="401").wait_for()
    console.go("Journal")
    page.get_by_role("button", name="GET /platform/v1/devices/3").wait_for()
    assert any("401" in one for one in console.complaints)  # no key was given
    console.complaints.clear()
