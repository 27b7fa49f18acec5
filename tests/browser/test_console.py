"""The console in a real browser: what people do with it, and that it asks nobody but the mock."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.testing import Running
from tests.browser.tab import TOKEN, Console, ask

KEY = {"Authorization": "Bearer flt_sk_writer"}
ROW = {"name": "Test device", "type": "Phone 1", "category": "PHONE"}
VIEWS = ["Journal", "Records", "Faults", "Time", "History", "Worlds", "Operations"]


def create(mock: Running, **more: Any) -> int:
    """Create a device as a client would, and return its key."""
    status, answer = ask("POST", f"{mock.urls['fleet']}/devices", {"devices": [ROW | more]}, KEY)
    assert status == 201
    return int(answer["data"]["devices"][0]["id"])


def refuse(mock: Running) -> None:
    """Send what a rule refuses."""
    status, _ = ask("PATCH", f"{mock.urls['fleet']}/devices/3", {"keyboard_layout": None}, KEY)
    assert status == 400


def get(mock: Running, number: int = 3) -> tuple[int, Any]:
    found: tuple[int, Any] = ask("GET", f"{mock.urls['fleet']}/devices/{number}", headers=KEY)
    return found


def test_a_request_is_seen_explained_and_undone(console: Console) -> None:
    page = console.page

    number = create(console.mock)
    page.get_by_role("button", name="POST /platform/v1/devices").click()
    console.button("Why did I get this?").click()
    page.get_by_text("Carried out, 201:").wait_for()
    assert page.locator(".why").get_by_text(f"device {number} new").is_visible()

    console.go("Records")
    console.button(f"Edit fleet.device {number}").click()
    editor = console.field("The record, as JSON")
    record = json.loads(editor.input_value())
    editor.fill(json.dumps(record | {"name": "Renamed"}))
    console.button("Save").click()
    page.get_by_role("cell", name="Renamed", exact=True).wait_for()
    assert get(console.mock, number)[1]["data"]["name"] == "Renamed"

    console.button("Reset…").click()
    console.button("Reset").click()
    page.get_by_text("It begins anew.").wait_for()
    page.get_by_role("cell", name="Renamed", exact=True).wait_for(state="detached")
    assert get(console.mock, number)[0] == 404


def test_a_refusal_tells_what_would_help(console: Console) -> None:
    refuse(console.mock)
    console.page.get_by_role("button", name="PATCH /platform/v1/devices/3").click()
    console.button("Why did I get this?").click()

    console.page.get_by_text("Refused with 400:").wait_for()

    told = console.page.locator(".why").inner_text()
    assert "With this change it would be answered with 200:" in told
    assert "/keyboard_layout" in told
    assert re.search(r"✗ refuses KEYBOARD_LAYOUT_REQUIRED .*fleet[.]yaml:\d+", told)


def test_the_journal_is_filtered(console: Console) -> None:
    create(console.mock)
    refuse(console.mock)
    ask("GET", f"{console.mock.origin}/lost")
    console.page.get_by_role("button", name="GET /lost").wait_for()
    rows = console.rows("journal")

    console.field("Status").select_option("4xx")
    assert rows.count() == 2
    console.field("Status").select_option("nothing answers the path")
    assert rows.count() == 1
    console.field("Status").select_option("all")
    console.field("Filter").fill("keyboard_LAYOUT")
    assert rows.count() == 1
    console.field("Filter").fill("none of them")
    assert console.page.get_by_text("No request fits the filter.").is_visible()


def test_a_journal_that_begins_anew_is_shown_anew(console: Console) -> None:
    create(console.mock)
    console.page.get_by_role("button", name="POST /platform/v1/devices").wait_for()

    ask("POST", f"{console.mock.admin}/reset")
    refuse(console.mock)

    console.page.get_by_role("button", name="PATCH /platform/v1/devices/3").wait_for()
    assert console.rows("journal").count() == 1


def test_a_tab_that_nobody_sees_catches_up(console: Console) -> None:
    create(console.mock)
    console.page.get_by_role("button", name="POST /platform/v1/devices").wait_for()

    console.page.evaluate(_SEEN, False)
    refuse(console.mock)
    console.page.wait_for_timeout(500)
    before = console.rows("journal").count()
    console.page.evaluate(_SEEN, True)
    console.page.get_by_role("button", name="PATCH /platform/v1/devices/3").wait_for()

    assert (before, console.rows("journal").count()) == (1, 2)


_SEEN = """(seen) => {
  Object.defineProperty(document, "hidden", {value: !seen, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_request_is_copied_as_a_line_that_does_the_same(
    open_console: Callable[..., Console],
) -> None:
    console = open_console(permissions=["clipboard-read", "clipboard-write"])
    console.open()
    create(console.mock, name='it\'s "new" $HOME')
    console.page.get_by_role("button", name="POST /platform/v1/devices").click()

    console.button("Copy as curl").click()
    console.page.get_by_text("Copied. Set AUTHORIZATION first").wait_for()
    line = console.page.evaluate("navigator.clipboard.readText()")
    environment = {**os.environ, "AUTHORIZATION": KEY["Authorization"], "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["sh", "-c", f"{line} -s"], env=environment, capture_output=True, text=True, timeout=20
    )

    assert json.loads(done.stdout)["data"]["devices"][0]["name"] == 'it\'s "new" $HOME', line


def test_texts_from_requests_stay_texts(console: Console) -> None:
    evil = "<img src=x onerror=alert(1)>"
    create(console.mock, name=evil)
    ask("GET", f"{console.mock.urls['fleet']}/devices?x={evil.replace(' ', '/')}", headers=KEY)
    console.page.get_by_role("button", name="POST /platform/v1/devices").click()
    console.button("Why did I get this?").click()
    console.page.locator(".why").wait_for()
    console.go("Records")

    console.page.get_by_role("cell", name=evil).wait_for()

    assert console.page.locator("main img").count() == 0


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


def test_a_world_has_a_journal_and_records_of_its_own(console: Console) -> None:
    create(console.mock)
    console.page.get_by_role("button", name="POST /platform/v1/devices").wait_for()

    console.field("World").fill("worker-1")
    console.page.keyboard.press("Enter")
    console.page.get_by_text("Nothing was asked yet.").wait_for()
    own = KEY | {"X-Mock-Session": "worker-1"}
    ask("DELETE", f"{console.mock.urls['fleet']}/devices/4", headers=own)
    console.page.get_by_role("button", name="DELETE /platform/v1/devices/4").wait_for()
    console.go("Records")

    console.button("Edit fleet.device 3").wait_for()
    assert console.button("Edit fleet.device 4").count() == 0
    assert get(console.mock, 4)[0] == 200


def test_the_worlds_that_there_are_are_offered(console: Console) -> None:
    own = KEY | {"X-Mock-Session": "worker-7"}
    ask("GET", f"{console.mock.urls['fleet']}/devices", headers=own)

    console.field("World").focus()

    offered = console.page.locator("#world-names option[value=worker-7]")
    offered.wait_for(state="attached")
    assert offered.get_attribute("label") == "worker-7, 1 requests"


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


def test_what_a_client_does_appears_in_the_history_at_once(console: Console) -> None:
    console.go("History")
    console.page.get_by_text("Nothing was changed yet.").wait_for()

    create(console.mock)

    console.rows("history").get_by_text("createDevices").wait_for()


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


def test_a_name_that_no_snapshot_can_have_is_not_sent(console: Console) -> None:
    console.go("History")
    console.field("Name").fill("17")

    console.button("Take snapshot").click()

    assert console.page.evaluate("document.activeElement.validity.patternMismatch")
    console.page.get_by_text("None was taken.").wait_for()


def test_a_world_is_made_like_another_looked_at_and_forgotten(console: Console) -> None:
    mine = KEY | {"X-Mock-Session": "mine"}
    ask("DELETE", f"{console.mock.urls['fleet']}/devices/4", headers=mine)
    console.go("Worlds")
    console.field("New world").fill("copy")
    console.field("like").select_option("mine")
    console.button("Make").click()
    console.page.get_by_text("World copy is made.").wait_for()
    copied = KEY | {"X-Mock-Session": "copy"}
    assert ask("GET", f"{console.mock.urls['fleet']}/devices/4", headers=copied)[0] == 404

    console.button("Look at copy").click()
    console.page.get_by_text("looked at", exact=True).wait_for()
    assert console.field("World").input_value() == "copy"
    console.button("Forget world copy").click()
    console.button("Forget").click()
    console.page.get_by_text("World copy is forgotten.").wait_for()

    assert console.field("World").input_value() == ""
    named = [one["name"] for one in ask("GET", f"{console.mock.admin}/sessions")[1]["sessions"]]
    assert ("copy" in named, "mine" in named) == (False, True)
    console.button("Forget all…").click()
    console.button("Forget").click()
    console.page.get_by_text("All worlds but the base are forgotten.").wait_for()
    named = [one["name"] for one in ask("GET", f"{console.mock.admin}/sessions")[1]["sessions"]]
    assert named == [None]


def test_a_world_that_is_looked_at_elsewhere_is_forgotten_all_the_same(
    console: Console, open_console: Callable[..., Console]
) -> None:
    elsewhere = open_console()
    elsewhere.open()
    elsewhere.field("World").fill("watched")
    elsewhere.page.keyboard.press("Enter")
    elsewhere.page.locator("#journal-live[data-state=live]").wait_for()
    console.go("Worlds")
    console.button("Forget world watched").click()
    console.button("Forget").click()
    console.page.get_by_text("World watched is forgotten.").wait_for()

    console.page.wait_for_timeout(500)

    named = [one["name"] for one in ask("GET", f"{console.mock.admin}/sessions")[1]["sessions"]]
    assert named == [None]
    own = {"X-Mock-Session": "watched"}
    ask("GET", f"{console.mock.urls['fleet']}/devices/4", headers=KEY | own)
    elsewhere.page.get_by_role("button", name="GET /platform/v1/devices/4").wait_for()


def test_all_worlds_are_forgotten_while_one_is_looked_at(console: Console) -> None:
    for name in ("mine", "other"):
        ask("POST", f"{console.mock.admin}/sessions", {"name": name})
    console.go("Worlds")
    console.button("Look at mine").click()
    console.page.get_by_text("This is world mine now.").wait_for()

    console.button("Forget all…").click()
    console.button("Forget").click()
    console.page.get_by_text("All worlds but the base are forgotten.").wait_for()

    assert console.field("World").input_value() == ""
    named = [one["name"] for one in ask("GET", f"{console.mock.admin}/sessions")[1]["sessions"]]
    assert named == [None]


def test_a_name_that_is_taken_is_refused_with_the_mock_s_words(console: Console) -> None:
    ask("POST", f"{console.mock.admin}/sessions", {"name": "taken"})
    console.go("Worlds")
    console.field("New world").fill("taken")

    console.button("Make").click()

    console.page.get_by_text("There is a session 'taken'; reset or delete it.").wait_for()
    assert console.field("New world").input_value() == "taken"
    [complaint] = console.complaints
    assert "409" in complaint
    console.complaints.clear()


@pytest.mark.parametrize("button", ["Forget world mine", "Forget all…"])
def test_a_world_that_is_not_forgotten_for_want_of_the_token_is_still_looked_at(
    open_console: Callable[..., Console], button: str
) -> None:
    console = open_console()
    ask("POST", f"{console.mock.admin}/sessions", {"name": "mine"})
    console.page.goto(f"{console.mock.admin}/console#worlds")
    console.button("Look at mine").click()
    console.page.get_by_text("looked at", exact=True).wait_for()

    console.button(button).click()
    console.button("Forget").click()
    console.page.get_by_text("This needs the admin token").wait_for()

    assert console.field("World").input_value() == "mine"
    known = ask("GET", f"{console.mock.admin}/sessions")[1]["sessions"]
    assert [one["name"] for one in known] == [None, "mine"]
    [complaint] = console.complaints
    assert "401" in complaint
    console.complaints.clear()


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


def test_what_changes_something_asks_for_the_token(open_console: Callable[..., Console]) -> None:
    console = open_console()
    page = console.page
    page.goto(f"{console.mock.admin}/console#faults")
    switch = page.get_by_role("switch", name="Overrun")

    switch.click()
    page.get_by_text("This needs the admin token").wait_for()
    assert page.evaluate("document.activeElement.id") == "token"
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_text("The token is kept").wait_for()
    switch.click()
    page.get_by_text("On: Overrun").wait_for()

    assert page.evaluate("sessionStorage.token") == TOKEN
    page.reload()
    page.get_by_role("switch", name="Overrun", checked=True).wait_for()
    [complaint] = console.complaints
    assert "401" in complaint
    console.complaints.clear()


def test_the_link_s_token_does_not_stay_in_the_address(console: Console) -> None:
    assert console.page.url == f"{console.mock.admin}/console"


class Keyboard:
    """Somebody who has no mouse."""

    def __init__(self, page: Any) -> None:
        self._page = page

    def reach(self, name: str, *, back: bool = False) -> None:
        """Go on with Tab until what has the focus is called so; it must show that it has it."""
        for _ in range(200):
            self._page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.at() == name:
                assert self._page.evaluate(_OUTLINED), name
                return
        raise AssertionError(f"Tab does not reach {name!r}")

    def at(self) -> str:
        return str(self._page.evaluate(_NAME))

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)


_NAME = """() => {
  const one = document.activeElement;
  return (one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent).trim();
}"""
_OUTLINED = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def test_the_main_path_needs_no_mouse(console: Console) -> None:
    keyboard = Keyboard(console.page)
    refuse(console.mock)
    console.rows("journal").first.wait_for()

    keyboard.reach("PATCH /platform/v1/devices/3")
    keyboard.press("Enter")
    assert keyboard.at() == "PATCH /platform/v1/devices/3"
    keyboard.reach("Why did I get this?")
    keyboard.press("Enter")
    console.page.get_by_text("Refused with 400:").wait_for()
    keyboard.press("Escape")
    assert keyboard.at() == "PATCH /platform/v1/devices/3"

    keyboard.reach("Records", back=True)
    keyboard.press("Enter")
    console.button("Edit fleet.device 2").wait_for()
    assert keyboard.at() == "Records"
    keyboard.reach("Edit fleet.device 2")
    keyboard.press("Enter")
    assert keyboard.at() == "The record, as JSON"
    record = json.loads(console.field("The record, as JSON").input_value())
    keyboard.press("Control+A")
    console.page.keyboard.insert_text(json.dumps(record | {"name": "Typed"}))
    keyboard.reach("Save")
    keyboard.press("Enter")
    console.page.get_by_role("cell", name="Typed", exact=True).wait_for()
    assert keyboard.at() == "Edit fleet.device 2"

    keyboard.reach("Reset…", back=True)
    keyboard.press("Enter")
    keyboard.reach("Reset")
    keyboard.press("Enter")
    console.page.get_by_role("cell", name="Typed", exact=True).wait_for(state="detached")
    assert keyboard.at() == "Reset…"


def test_history_and_worlds_need_no_mouse(console: Console) -> None:
    keyboard = Keyboard(console.page)
    create(console.mock)
    ask("POST", f"{console.mock.admin}/sessions", {"name": "other"})

    keyboard.reach("History")
    keyboard.press("Enter")
    console.rows("history").get_by_text("here", exact=True).wait_for()
    keyboard.reach("Undo")
    keyboard.press("Enter")
    console.page.get_by_text("Taken back: createDevices").wait_for()
    assert keyboard.at() == "Undo"
    keyboard.reach("Redo")
    keyboard.press("Enter")
    console.page.get_by_text("Done again: createDevices").wait_for()
    console.button("Compare from step 1 on").wait_for()
    keyboard.reach("Compare from step 1 on")
    keyboard.press("Enter")
    console.rows("difference").first.wait_for()
    assert keyboard.at() == "Changed from step 1 on"
    keyboard.reach("Close")
    keyboard.press("Enter")
    assert keyboard.at() == "History"

    keyboard.reach("Worlds", back=True)
    keyboard.press("Enter")
    console.button("Look at other").wait_for()
    keyboard.reach("Look at other")
    keyboard.press("Enter")
    console.page.get_by_role("status").get_by_text("This is world other now.").wait_for()
    console.button("Look at base").wait_for()
    assert keyboard.at() == "Worlds"


def test_the_content_is_one_step_away(console: Console) -> None:
    keyboard = Keyboard(console.page)

    keyboard.reach("Skip to content")
    keyboard.press("Enter")

    assert console.page.evaluate("document.activeElement.id") == "main"
    assert console.page.locator("#journal").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_inaccessible(
    open_console: Callable[..., Console], axe: str, scheme: str
) -> None:
    console = open_console(color_scheme=scheme, reduced_motion="reduce")
    console.open()
    page = console.page
    page.evaluate(axe)
    refuse(console.mock)
    create(console.mock)
    ask("POST", f"{console.mock.admin}/faults", {"fixedDelayMilliseconds": 1, "times": 1})
    get(console.mock)

    found = []
    for view in VIEWS:
        console.go(view)
        match view:
            case "Journal":
                page.get_by_role("button", name="PATCH /platform/v1/devices/3").click()
                console.button("Why did I get this?").click()
                page.locator(".why").wait_for()
            case "Operations":
                page.locator(".opblock").first.wait_for()
            case "Records":
                console.button("Edit fleet.device 3").click()
                found += serious(page)
                console.button("Cancel").click()
            case "History":
                console.field("Name").fill("before")
                console.button("Take snapshot").click()
                console.button("Compare before").click()
                page.get_by_role("heading", name="Changed since snapshot before").wait_for()
            case "Worlds":
                console.field("New world").fill("another")
                console.button("Make").click()
                console.button("Look at another").wait_for()
            case "Faults":
                page.get_by_role("switch", name="Slow:").click()
                page.get_by_text("On: Slow").wait_for()
        found += serious(page)

    assert found == []


def serious(page: Any) -> list[str]:
    """What axe-core finds grave in what is seen; Swagger UI is not ours."""
    result = page.evaluate("axe.run({exclude: [['#swagger']]})")
    assert len(result["passes"]) > 10
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in result["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", [1360, 900, 420])
def test_the_page_fits_its_window(open_console: Callable[..., Console], width: int) -> None:
    console = open_console()
    console.page.set_viewport_size({"width": width, "height": 800})
    console.open()
    create(console.mock)
    refuse(console.mock)
    console.page.get_by_role("button", name="PATCH /platform/v1/devices/3").click()
    console.button("Why did I get this?").click()
    console.page.locator(".why").wait_for()

    for view in VIEWS[:-1]:
        console.go(view)
        if view == "History":
            console.button("Compare from step 1 on").click()
            console.rows("difference").first.wait_for()
        wide = console.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, view
