"""The console's files: all that the page needs is served, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest

from mockserver.admin.console import files

PAGE = "/__admin/console"
OWN = [name for name in files() if not name.startswith("swagger-ui/")]
SCRIPTS = [name for name in OWN if name.endswith(".js")]
MEDIA_TYPES = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


def text(name: str) -> str:
    return files()[name].content.decode()


def address(name: str) -> str:
    return f"{PAGE}/{name}"


@pytest.mark.parametrize("name", files())
def test_a_file_is_served_with_its_media_type(fleet: Any, name: str) -> None:
    answer = fleet.admin("GET", f"/console/{name}")

    assert (answer.status_code, answer.data) == (200, files()[name].content)
    assert answer.mimetype == MEDIA_TYPES[name.rpartition(".")[2]]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_is_served_under_the_short_path_alone(fleet: Any) -> None:
    page = fleet.admin("GET", "/console")
    below = fleet.admin("GET", "/console/")

    assert (page.status_code, page.text) == (200, text("index.html"))
    assert below.status_code == 308
    assert urljoin(f"{PAGE}/", below.headers["Location"]) == PAGE


def test_head_is_get_without_content(fleet: Any) -> None:
    got, head = (fleet.admin(method, "/console") for method in ("GET", "HEAD"))

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers == got.headers


def test_what_the_browser_has_is_not_sent_again(fleet: Any) -> None:
    tag = fleet.admin("GET", "/console/main.js").headers["ETag"]

    again = fleet.admin("GET", "/console/main.js", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.js", "../admin/openapi.yaml", "%2e%2e/app.py", "swagger-ui/index.html"]
)
def test_other_files_are_not_there(fleet: Any, name: str) -> None:
    answer = fleet.admin("GET", f"/console/{name}")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_page_takes_nothing(fleet: Any) -> None:
    assert fleet.admin("POST", "/console", {}).status_code == 405


def test_the_policy_lets_nothing_come_from_elsewhere(fleet: Any) -> None:
    policy = fleet.admin("GET", "/console").headers["Content-Security-Policy"]
    sources = {name: values for name, *values in map(str.split, policy.split(";"))}

    assert sources["default-src"] == ["'none'"]
    assert {source for values in sources.values() for source in values} == {
        "'none'",
        "'self'",
        "data:",
    }
    assert [name for name, values in sources.items() if "data:" in values] == ["img-src"]
    assert sources["frame-ancestors"] == sources["base-uri"] == ["'none'"]


@pytest.mark.parametrize("name", OWN)
def test_no_file_of_ours_names_another_host(name: str) -> None:
    assert set(re.findall(r"\w+://[^\s\"'`)]*|[\"'(]//[^\s\"')]+", text(name))) <= {
        "http://www.w3.org/2000/svg"  # a name, not an address
    }


def test_swagger_ui_s_styles_load_nothing() -> None:
    found = re.findall(
        r"url\(\s*['\"]?([^)'\"]{0,40})|(@import)", text("swagger-ui/swagger-ui.css")
    )

    assert found
    assert all(target.startswith("data:") for target, _ in found)


def referred() -> Iterator[tuple[str, str]]:
    """Yield every file of the console that another one names, with that one's name."""
    for name in re.findall(r"(?:href|src)=\"(?!#)([^\"]+)\"", text("index.html")):
        yield "index.html", urljoin(PAGE, name)
    for script in SCRIPTS:
        for name in re.findall(
            r"^import .* from \"(.+)\";$|import\(\"(.+)\"\)", text(script), re.M
        ):
            yield script, urljoin(address(script), "".join(name))
    for name in re.findall(r"\$\{folder\}([\w.-]+)", text("operations.js")):
        yield "operations.js", address(f"swagger-ui/{name}")


def test_what_files_name_is_there() -> None:
    named = {target for _, target in referred()}

    assert named == {address(name) for name in files()} - {address("index.html")}


def test_what_scripts_look_for_is_on_the_page() -> None:
    there = set(re.findall(r"\bid=\"([\w-]+)\"", text("index.html")))
    made = {"exchange-title", "why"}
    sought = {name for one in SCRIPTS for name in re.findall(r"byId\(\"([\w-]+)\"\)", text(one))}

    assert sought
    assert sought <= there | made


def test_labels_are_those_of_fields() -> None:
    page = text("index.html")
    labelled = set(re.findall(r"<label [^>]*for=\"([\w-]+)\"", page))
    fields = set(re.findall(r"<(?:input|select|textarea) [^>]*id=\"([\w-]+)\"", page))

    assert fields - labelled == {"records-deleted"}  # which stands inside its label
    assert labelled <= fields


def test_the_page_has_neither_styles_nor_scripts_in_line() -> None:
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]* src=)", text("index.html"))


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        pytest.param("127.0.0.1", {}, 200, id="from this machine"),
        pytest.param("127.0.0.1", {"Origin": "http://127.0.0.1:4010"}, 200, id="as a module"),
        pytest.param("10.0.0.9", {}, 200, id="from outside its container"),
        pytest.param("10.0.0.9", {"Host": "10.0.0.2:4010"}, 200, id="by its address"),
        pytest.param("127.0.0.1", {"Host": "evil.test"}, 403, id="rebound"),
    ],
)
def test_is_open_to_all_who_know_its_name(
    fleet: Any, address: str, headers: dict[str, str], status: int
) -> None:
    answer = fleet.app.test_client().get(
        f"{PAGE}/main.js", headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )

    assert answer.status_code == status


def test_what_the_page_asks_for_from_elsewhere_needs_the_token(fleet: Any) -> None:
    elsewhere = {"REMOTE_ADDR": "172.17.0.1"}
    client, state = fleet.app.test_client(), "/__admin/state"

    assert client.get(PAGE, environ_overrides=elsewhere).status_code == 200
    assert client.get(state, environ_overrides=elsewhere).status_code == 401


def test_what_a_page_may_load_opens_no_call_to_it(fleet: Any) -> None:
    answers = [
        fleet.admin("GET", path, headers={"Origin": "http://127.0.0.1:4010"}).status_code
        for path in ("/state", "/console/../state")
    ]

    assert answers == [401, 404]
