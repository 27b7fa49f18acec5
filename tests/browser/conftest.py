"""What drives the console: Playwright, axe-core, the system's Chromium, and a mock to look at."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockserver.testing import Running, running
from tests.browser.tab import PATIENCE_MS, TOKEN, Console, ask
from tests.foreign import Foreign

BROWSER = Foreign("browser")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser without a window."""
    BROWSER.expect("requirements.txt")
    found = next(filter(None, map(shutil.which, _CHROMIUMS)), None)
    if found is None:
        BROWSER.missing("Chromium is not installed (on Debian: apt-get install chromium)")
    sys.path.append(str(BROWSER.folder / "python"))
    from playwright.sync_api import sync_playwright

    # Chromium runs as root only without its sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    BROWSER.expect("package-lock.json")
    return (BROWSER.folder / "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def served() -> Iterator[Running]:
    with running(["fleet", "edgeiq"], arguments=["--admin-token", TOKEN]) as started:
        yield started


@pytest.fixture
def mock(served: Running) -> Running:
    """The mock, as fresh as it began."""
    assert ask("DELETE", f"{served.admin}/sessions")[0] == 204
    for one in ask("GET", f"{served.admin}/snapshots")[1]["snapshots"]:
        assert ask("DELETE", f"{served.admin}/snapshots/{one['name']}")[0] == 204
    assert ask("POST", f"{served.admin}/reset")[0] == 200
    return served


@pytest.fixture
def open_console(browser: Any, mock: Running) -> Iterator[Callable[..., Console]]:
    """Open tabs, each without a memory; at the end none may have complained."""
    opened: list[Console] = []

    def tab(**options: Any) -> Console:
        context = browser.new_context(viewport={"width": 1360, "height": 860}, **options)
        context.set_default_timeout(PATIENCE_MS)
        console = Console(context.new_page(), mock)
        console.listen()
        opened.append(console)
        return console

    yield tab
    for console in opened:
        console.page.context.close()
        assert console.complaints == []
        assert console.elsewhere == []


@pytest.fixture
def console(open_console: Callable[..., Console]) -> Console:
    """The console, opened by the mock's link."""
    found = open_console()
    found.open()
    return found
