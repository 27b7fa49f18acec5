"""The admin token: asked for where it is needed, and kept out of the address."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.tab import TOKEN, Console


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
