"""The journal: what was asked, why it was answered so, and how it is asked again."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable

from tests.browser.calls import KEY, create, get, refuse
from tests.browser.tab import Console, ask


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
