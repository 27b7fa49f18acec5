"""Worlds: which is looked at, new ones, and those that are forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.calls import KEY, create, get
from tests.browser.tab import Console, ask


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
