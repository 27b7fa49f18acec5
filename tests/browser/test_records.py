"""The tables of records, to look at and to change."""

from __future__ import annotations

from tests.browser.tab import Console


def test_a_record_is_added_and_deleted(console: Console) -> None:
    console.go("Records")
    console.field("Kind").select_option("fleet.company")
    console.button("New record").click()
    console.field("Key").fill("Z/1")
    console.field("The record, as JSON").fill("[1]")
    console.button("Save").click()
    console.page.get_by_role("alert").get_by_text("must be a JSON object").wait_for()
    console.field("The record, as JSON").fill('{"removed": false, "has_administrator": true}')
    console.button("Save").click()
    console.button("Edit fleet.company Z/1").wait_for()

    console.button("Delete fleet.company Z/1").click()
    console.button("Delete").click()

    console.page.get_by_text("fleet.company Z/1 is deleted.").wait_for()
    assert console.button("Edit fleet.company Z/1").count() == 0
    assert any("400" in one for one in console.complaints)
    console.complaints.clear()
