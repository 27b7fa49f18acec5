"""What README shows for tests of frontends is run as it stands, but for the port."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from mockserver.testing import Running, running

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```\w+\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


def shown(name: str) -> str:
    """Return the file that README shows under a name, which stands in its first line."""
    (found,) = (one for one in BLOCKS if one.partition("\n")[0].lstrip("#/ ") == name)
    return str(found)


PAGE = """
test.use({ launchOptions: %s })

test('a page', async ({ page, request }) => {
  await page.goto('openapi.json')

  expect(await page.evaluate(async () => (await fetch('devices/3')).status)).toBe(200)
  const asked = await request.post('/__admin/requests/count', { data: { operation: 'getDevice' } })
  expect(await asked.json()).toEqual({ count: 1 })
})
"""


@pytest.fixture
def mock() -> Iterator[Running]:
    with running(["fleet"]) as one:
        yield one


def written(folder: Path, mock: Running, *names: str) -> None:
    for name in names:
        text = shown(name).replace("http://127.0.0.1:4010", mock.origin)
        (folder / name).write_text(text, "utf-8")


def calls_of_nobody(mock: Running) -> object:
    """Return the calls that came without a session's name."""
    with build_opener(ProxyHandler({})).open(f"{mock.admin}/requests") as answer:
        return json.load(answer)["requests"]


def test_with_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pytester.syspathinsert(ROOT)
    for name in ("pytest.ini", "test_devices.py"):
        (pytester.path / name).write_text(shown(name), "utf-8")

    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=1)


def test_with_vitest(mock: Running, node: Callable[..., str], tmp_path: Path) -> None:
    written(tmp_path, mock, "devices.test.js")

    printed = node(tmp_path, "vitest/vitest.mjs", "run")

    assert re.search(r"Tests +1 passed", printed), printed
    assert calls_of_nobody(mock) == []


def test_with_playwright(mock: Running, node: Callable[..., str], tmp_path: Path) -> None:
    written(tmp_path, mock, "playwright.config.js", "devices.spec.js")

    printed = node(tmp_path, "@playwright/test/cli.js", "test", "--reporter=list")

    assert "1 passed" in printed, printed
    assert calls_of_nobody(mock) == []


def test_with_playwright_in_a_browser(
    mock: Running, node: Callable[..., str], tmp_path: Path
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("skipped, because there is no Chromium")
    written(tmp_path, mock, "playwright.config.js", "devices.spec.js")
    with (tmp_path / "devices.spec.js").open("a") as file:
        file.write(PAGE % json.dumps({"executablePath": chromium, "args": ["--no-sandbox"]}))

    printed = node(tmp_path, "@playwright/test/cli.js", "test", "--reporter=list", "--grep=page")

    assert "1 passed" in printed, printed
    assert calls_of_nobody(mock) == []


def test_what_is_shown_for_cypress_has_its_types(
    mock: Running, node: Callable[..., str], tmp_path: Path
) -> None:
    written(tmp_path, mock, "cypress.config.js", "devices.cy.js")
    arguments = ["--noEmit", "--allowJs", "--checkJs", "--types", "cypress"]
    modules = ["--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom"]

    node(tmp_path, "typescript/bin/tsc", *arguments, *modules, "cypress.config.js", "devices.cy.js")


def test_what_is_shown_for_cypress_asks_the_mock_for_what_it_has(
    mock: Running, node: Callable[..., str], tmp_path: Path
) -> None:
    written(tmp_path, mock, "cypress.config.js", "devices.cy.js")
    shutil.copy(Path(__file__).parent / "cypress-double.js", tmp_path)

    printed = node(tmp_path, "cypress-double.js", "cypress.config.js", "devices.cy.js")

    assert printed == "finds a device gone: passed\n"
    assert calls_of_nobody(mock) == []


def test_with_cypress(
    mock: Running, node: Callable[..., str], cypress: Path, tmp_path: Path
) -> None:
    written(tmp_path, mock, "cypress.config.js", "devices.cy.js")

    printed = node(tmp_path, "cypress/bin/cypress", "run", CYPRESS_CACHE_FOLDER=str(cypress))

    assert re.search(r"Passing: +1", printed), printed
    assert calls_of_nobody(mock) == []
