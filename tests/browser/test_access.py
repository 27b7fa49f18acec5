"""The console for everybody: by keyboard, in light and dark, in narrow windows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.calls import create, get, refuse
from tests.browser.tab import Console, ask, serious

VIEWS = ["Journal", "Records", "Faults", "Time", "History", "Worlds", "Operations"]


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
