"""What becomes of edits of the mock's files, as the console tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.testing import running
from spec.document import find
from tests.browser.tab import PATIENCE_MS, TOKEN, Console, serious


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_edit_that_cannot_be_used_is_shown_until_it_is_mended(
    browser: Any, axe: str, tmp_path: Path, scheme: str
) -> None:
    document = tmp_path / "fleet.yaml"
    good = find("fleet").read_text("utf-8")
    document.write_text(good, "utf-8")
    arguments = ["--reload", "--admin-token", TOKEN]
    with running([str(document)], arguments=arguments) as mock:
        context = browser.new_context(color_scheme=scheme)
        context.set_default_timeout(PATIENCE_MS)
        console = Console(context.new_page(), mock)
        console.listen()
        console.open("Records")
        page = console.page
        alert = page.get_by_role("alert").filter(has_text="The last edit cannot be used")

        document.write_text(
            good.replace("operationId: getDevice", "operationId: get: Device", 1), "utf-8"
        )

        alert.wait_for()
        assert "fleet.yaml:" in alert.text_content()
        line, caret = page.locator("#edit-excerpt").text_content().splitlines()
        assert line[: len(caret)].endswith("operationId: get:")
        page.evaluate(axe)
        assert serious(page) == []

        document.write_text(good, "utf-8")

        alert.wait_for(state="hidden")
        assert console.complaints == []
        context.close()
