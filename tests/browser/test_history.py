"""Steps, snapshots, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.calls import KEY, create, get
from tests.browser.tab import Console, ask


def test_steps_are_taken_back_and_done_again(console: Console) -> None:
    number = create(console.mock)
    console.go("History")
    steps = console.rows("history")
    steps.get_by_text("createDevices").wait_for()

    console.button("Undo").click()
    console.page.get_by_text("Taken back: createDevices, 1 device").wait_for()
    assert get(console.mock, number)[0] == 404
    steps.get_by_text("taken back", exact=True).wait_for()
    assert console.button("Undo").get_attribute("aria-disabled") == "true"
    console.page.keyboard.press("Enter")
    console.page.get_by_text("There is nothing to take back.").wait_for()

    console.button("Redo").click()
    console.page.get_by_text("Done again: createDevices").wait_for()
    assert get(console.mock, number)[0] == 200
    steps.get_by_text("here", exact=True).wait_for()


_LATE = """() => {
  const asked = window.fetch;
  window.fetch = async (url, ...more) => {
    if (String(url).endsWith("history")) await new Promise((then) => setTimeout(then, 500));
    return asked(url, ...more);
  };
}"""
"""Lets the page wait for the history."""


def test_what_was_told_can_be_acted_on(console: Console) -> None:
    create(console.mock)
    console.go("History")
    console.page.get_by_text("1 done, 0 taken back").wait_for()

    console.page.evaluate(_LATE)
    console.button("Undo").click()
    console.page.get_by_text("Taken back: createDevices, 1 device").wait_for()
    console.button("Redo").focus()  # a click would wait until the button may be pressed
    console.page.keyboard.press("Enter")

    console.page.get_by_text("Done again: createDevices").wait_for()


def test_what_is_taken_back_leaves_the_table_of_records(console: Console) -> None:
    number = create(console.mock)
    record = console.button(f"Edit fleet.device {number}")
    console.go("Records")
    record.wait_for()

    console.go("History")
    console.button("Undo").click()
    console.page.get_by_text("Taken back: createDevices").wait_for()
    console.go("Records")
    record.wait_for(state="detached")

    console.go("History")
    console.button("Redo").click()
    console.page.get_by_text("Done again: createDevices").wait_for()
    console.go("Records")
    record.wait_for()


def test_what_a_client_does_appears_in_the_history_at_once(console: Console) -> None:
    console.go("History")
    console.page.get_by_text("Nothing was changed yet.").wait_for()

    create(console.mock)

    console.rows("history").get_by_text("createDevices").wait_for()


def test_a_difference_is_told_where_it_is(console: Console) -> None:
    kind = f"{console.mock.admin}/state/fleet.device"
    record = ask("GET", f"{kind}/3")[1]["record"]
    long = record | {"comment": "It goes on. " * 20 + "One."}
    assert ask("PUT", f"{kind}/3", long)[0] == 200
    console.go("History")
    inside = long["characteristics"] | {"color": "Mauve"}
    other = {"comment": "It goes on. " * 20 + "Two.", "characteristics": inside}
    assert ask("PUT", f"{kind}/3", long | other)[0] == 200
    console.page.reload()

    console.button("Compare from step 2 on").click()
    console.page.get_by_role("heading", name="Changed from step 2 on").wait_for()

    told = {one[1]: one[2:] for one in _cells(console.rows("difference"))}
    assert set(told) == {"comment", "characteristics/color"}
    before, after = told["comment"]
    assert (before, after) == ('…oes on. It goes on. One."', '…oes on. It goes on. Two."')
    assert told["characteristics/color"][1] == '"Mauve"'


def _cells(rows: Any) -> list[list[str]]:
    return [one.locator("td").all_text_contents() for one in rows.all()]


def test_a_snapshot_is_taken_compared_restored_and_forgotten(console: Console) -> None:
    console.go("History")
    console.field("Name").fill("start")
    console.button("Take snapshot").click()
    console.button("Compare start").wait_for()
    ask("PATCH", f"{console.mock.urls['fleet']}/devices/3", {"comment": "lent"}, KEY)
    ask("DELETE", f"{console.mock.urls['fleet']}/devices/4", headers=KEY)

    console.button("Compare start").click()
    table = console.rows("difference")
    table.get_by_text('"lent"').wait_for()
    told = [one.locator("td").all_text_contents() for one in table.all()]
    assert ["fleet.device 3", "comment", "null", '"lent"'] in told
    assert [one[-1] for one in told if one[0] == "fleet.device 4"] == ["gone"]

    console.button("Restore… start").click()
    console.button("Restore").click()
    console.page.get_by_text("All is as it was at snapshot start.").wait_for()
    console.page.get_by_text("Nothing is otherwise.").wait_for()
    assert get(console.mock, 4)[0] == 200
    assert get(console.mock, 3)[1]["data"]["comment"] != "lent"

    console.button("Forget… start").click()
    console.button("Forget").click()
    console.page.get_by_text("None was taken.").wait_for()
    assert not console.page.locator("#difference").is_visible()


def test_a_snapshot_is_not_replaced_unasked(console: Console) -> None:
    def kept() -> list[object]:
        return ask("GET", f"{console.mock.admin}/diff?from=start")[1]["changes"]

    console.go("History")
    console.field("Name").fill("start")
    console.button("Take snapshot").click()
    console.button("Compare start").wait_for()
    ask("DELETE", f"{console.mock.urls['fleet']}/devices/4", headers=KEY)
    assert kept()

    for answer in ("Cancel", "Replace"):
        assert kept()
        console.field("Name").fill("start")
        console.button("Take snapshot").click()
        console.page.get_by_role("heading", name="Replace start?").wait_for()
        console.button(answer).click()
        console.page.locator("#asking").wait_for(state="hidden")

    console.page.get_by_text("Snapshot start is taken.").wait_for()
    assert not kept()


def test_what_another_tab_took_back_is_seen_on_coming_back(console: Console) -> None:
    create(console.mock)
    console.go("History")
    console.page.get_by_text("1 done, 0 taken back").wait_for()
    other = Console(console.page.context.new_page(), console.mock)
    other.open("History")
    other.button("Undo").click()
    other.page.get_by_text("0 done, 1 taken back").wait_for()
    console.page.get_by_text("1 done, 0 taken back").wait_for()

    other.page.close()
    # Without a screen every tab is in front all the time.
    console.page.evaluate("dispatchEvent(new Event('focus'))")

    console.page.get_by_text("0 done, 1 taken back").wait_for()


def test_a_name_that_no_snapshot_can_have_is_not_sent(console: Console) -> None:
    console.go("History")
    console.field("Name").fill("17")

    console.button("Take snapshot").click()

    assert console.page.evaluate("document.activeElement.validity.patternMismatch")
    console.page.get_by_text("None was taken.").wait_for()


def test_without_the_token_the_history_is_only_shown(open_console: Callable[..., Console]) -> None:
    console = open_console()
    number = create(console.mock)
    console.page.goto(f"{console.mock.admin}/console#history")
    console.rows("history").get_by_text("here", exact=True).wait_for()

    for change in ("Undo", "Take snapshot"):
        console.field("Name").fill("mine")
        console.button(change).click()
        console.page.get_by_text("This needs the admin token").wait_for()
        assert console.page.evaluate("document.activeElement.id") == "token"
        console.page.evaluate("document.getElementById('notice').textContent = ''")

    assert get(console.mock, number)[0] == 200
    assert ask("GET", f"{console.mock.admin}/snapshots")[1]["snapshots"] == []
    assert ["401" in one for one in console.complaints] == [True, True]
    console.complaints.clear()
