"""The console in a tab, and a client beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from mockserver.testing import Running

TOKEN = "token/of the+console"
PATIENCE_MS = 10_000


def ask(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Send a call as a client would, and return status and JSON."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(url, data, sent, method=method), timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


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


@dataclass
class Console:
    """The console in a tab, with all that the tab complained of or asked elsewhere for."""

    page: Any
    mock: Running
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def open(self, place: str = "") -> None:
        """Open the console as the mock's link does, the token behind #."""
        self.page.goto(f"{self.mock.admin}/console#token={quote(TOKEN, safe='')}")
        self.page.locator("#journal-live[data-state=live]").wait_for()
        if place:
            self.go(place)

    def go(self, place: str) -> None:
        """Go to another view by its link."""
        self.page.get_by_role("link", name=place, exact=True).click()
        self.page.get_by_role("heading", name=place, exact=True).wait_for()

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Any:
        """The field of a label in the view that is shown."""
        return self.page.get_by_label(label, exact=True).locator("visible=true")

    def rows(self, view: str) -> Any:
        """The rows of a view's table that are seen."""
        return self.page.locator(f"#{view}-rows tr:visible")

    def listen(self) -> None:
        """Note from now on what the tab complains of, and what it asks others than the mock for."""

        def told(message: Any) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        def asked(request: Any) -> None:
            if not request.url.startswith((self.mock.origin, "data:")):
                self.elsewhere.append(request.url)

        self.page.on("console", told)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", asked)
