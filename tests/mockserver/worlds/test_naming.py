"""Worlds named by header, path and cookie, and answers that lead back into them."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock, create_app
from spec import ConfigurationError, read
from spec.document import parse

KEY = {"Authorization": "Bearer flt_sk_writer", "Content-Type": "application/json"}
ROW = {"devices": [{"name": "New", "type": "Phone 1", "category": "PHONE"}]}


def ask(app: Mock, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    sent = KEY | {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client(use_cookies=False).open(path, method=method, json=body, headers=sent)


@pytest.fixture(scope="module")
def app() -> Mock:
    """A mock in which device 3 was deleted in the worlds that are called `empty`."""
    app = create_app(("fleet", "tests/documents/pets.yaml"))
    deleted = ask(app, "/__world/empty/platform/v1/devices/3", "DELETE")
    assert deleted.status_code == 200
    return app


@pytest.mark.parametrize(
    ("prefix", "headers", "status"),
    [
        pytest.param("", {}, 200, id="none"),
        pytest.param("", {"X_Mock_Session": "empty"}, 404, id="header"),
        pytest.param("/__world/empty", {}, 404, id="path"),
        pytest.param("/__world/%65mpty", {}, 404, id="path, percent-encoded"),
        pytest.param("", {"Cookie": "mock_session=empty"}, 404, id="cookie"),
        pytest.param("", {"Cookie": 'a=b; mock_session="empty"; c=d'}, 404, id="cookies"),
        pytest.param("", {"Cookie": "my_mock_session=empty"}, 200, id="another cookie"),
        pytest.param("/__world/empty", {"X_Mock_Session": "full"}, 200, id="header before path"),
        pytest.param("/__world/full", {"Cookie": "mock_session=empty"}, 200, id="path, not cookie"),
        pytest.param("/__world/full", {"X_Mock_Session": "empty"}, 404, id="header, not path"),
    ],
)
def test_a_world_is_named(app: Mock, prefix: str, headers: dict[str, str], status: int) -> None:
    answer = ask(app, f"{prefix}/platform/v1/devices/3", **headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/__world", {}),
        ("/__world/", {}),
        ("/__world//platform/v1/devices/3", {}),
        ("/__world/a%20b/platform/v1/devices/3", {}),
        ("/platform/v1/devices/3", {"Cookie": "mock_session=a/b"}),
        ("/__world/a,b/__admin/state", {}),
    ],
)
def test_a_bad_name_is_refused(app: Mock, path: str, headers: dict[str, str]) -> None:
    answer = ask(app, path, **headers)

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["title"] == "Bad session name"


def test_where_a_record_was_made_leads_into_its_world(app: Mock) -> None:
    made = ask(app, "/__world/lead/v1/pets", "POST", {"name": "Tom"})

    location = made.headers["Location"]

    assert (made.status_code, location) == (201, f"/__world/lead/v1/pets/{made.json['id']}")
    assert ask(app, location).json["name"] == "Tom"
    assert ask(app, f"/v1/pets/{made.json['id']}").status_code == 404


def test_the_document_names_the_server_that_was_asked(app: Mock) -> None:
    document = ask(app, "/__world/lead/v1/openapi.json").json

    assert document["servers"] == [{"url": "http://localhost/__world/lead/v1"}]
    assert ask(app, "/v1/openapi.json").json["servers"] == [{"url": "http://localhost/v1"}]


@pytest.mark.parametrize(
    "path", ["/devices?limit=2&page=2", "/devices?search=%C3%A9%2F", "/devices/3%2F4", "/devices/"]
)
def test_all_behind_the_prefix_is_left_as_it_is(app: Mock, path: str) -> None:
    answers = [ask(app, f"{prefix}/platform/v1{path}") for prefix in ("", "/__world/plain")]

    assert answers[0].data == answers[1].data
    assert answers[0].status_code == answers[1].status_code


def test_the_admin_api_is_reached_through_the_path_but_not_by_cookie(app: Mock) -> None:
    by_path = ask(app, "/__world/empty/__admin/history").json
    by_cookie = ask(app, "/__admin/history", Cookie="mock_session=empty").json

    assert (by_path["position"], by_cookie["position"]) == (1, 0)


def test_the_journal_has_the_path_of_the_document(app: Mock) -> None:
    ask(app, "/__world/noted/platform/v1/devices/3?x=1")

    [entry] = ask(app, "/__world/noted/__admin/requests").json["requests"]

    assert entry["request"]["target"] == "/platform/v1/devices/3?x=1"


def test_no_document_may_stand_where_worlds_do() -> None:
    text = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: /__world/x}]\npaths: {}"

    with pytest.raises(ConfigurationError, match="'/__world/x' belongs to the mock itself"):
        create_app([read(parse(text, name="t", file="t.yaml"))])
