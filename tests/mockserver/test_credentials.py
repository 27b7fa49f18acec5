"""Several ways of saying who calls, and requests that no operation answers."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from mockserver import create_app
from spec import ConfigurationError
from tests.mockserver.herd import BASIC, CONTRACT, Herder, fixtures, herder


@pytest.fixture
def herd(tmp_path: Path) -> Herder:
    return herder(tmp_path)


def ask(herd: Herder, authorization: str | None) -> Any:
    headers = {} if authorization is None else {"Authorization": authorization}
    return herd.app.test_client().get("/herd/sheep?size=1", headers=headers)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer hill", 200),
        ("bearer hill", 200),
        (basic("jo:wool"), 200),
        ("BASIC " + BASIC, 200),
        (basic("jo:other"), 401),
        (basic("wool"), 401),
        (basic(":wool"), 401),
        (basic("hill"), 401),
        ("Bearer jo:wool", 401),
        ("Basic jo:wool", 401),
        ("Basic", 401),
        ("hill", 401),
        ("", 401),
        (None, 401),
    ],
)
def test_a_credential_counts_in_its_own_scheme(
    herd: Herder, authorization: str | None, status: int
) -> None:
    assert ask(herd, authorization).status_code == status


def test_a_stranger_is_told_every_scheme(herd: Herder) -> None:
    assert ask(herd, None).headers["WWW-Authenticate"] == 'Bearer, Basic realm="herd"'


def test_no_spelling_of_a_secret_is_shown(herd: Herder) -> None:
    herd.app.test_client().get(f"/herd/sheep/{BASIC}?a=wool&b=jo:wool", headers={"X-Note": BASIC})

    shown = herd.admin("GET", "/requests").text

    assert BASIC not in shown
    assert "wool" not in shown


@pytest.mark.parametrize(
    ("credential", "where", "what"),
    [
        ({"scheme": "login", "secret": "no colon"}, "#/credentials/0/secret", "has no colon"),
        ({"scheme": "logn", "secret": "a:b"}, "#/credentials/0/scheme", "Did you mean 'login'?"),
        ({"scheme": 3, "secret": "a:b"}, "#/credentials/0/scheme", "unknown security scheme '3'"),
        ({"secret": "far"}, "#/credentials/1/secret", "'far' is there already"),
        ({"secret": "x", "sort": "y"}, "#/credentials/0", "not a credential"),
    ],
)
def test_wrong_credentials_stop_the_start(
    tmp_path: Path, credential: dict[str, Any], where: str, what: str
) -> None:
    import json

    given = fixtures({"all": []})
    one = {"name": "n", "facts": {"farm": "hill"}, **credential}
    given["credentials"] = [one, {"name": "m", "secret": "far", "facts": {"farm": "far"}}]
    (tmp_path / "f.json").write_text(json.dumps(given))

    with pytest.raises(ConfigurationError) as caught:
        create_app([CONTRACT], fixtures=tmp_path / "f.json")

    assert where in str(caught.value)
    assert what in str(caught.value)


# -- no route


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "said"),
    [
        ("GET", "/herd/ships", 404, "MISSING", "Nearest: listSheep, GET /herd/sheep"),
        ("GET", "/herd/", 404, "MISSING", "No operation answers GET /herd/."),
        ("PUT", "/herd/sheep", 405, "METHOD", "Allowed: GET, HEAD, OPTIONS, POST"),
        ("TRACE", "/herd/sheep", 405, "METHOD", "has no TRACE"),
    ],
)
def test_what_no_operation_answers_is_answered_as_the_document_says(
    herd: Herder, method: str, path: str, status: int, code: str, said: str
) -> None:
    answer = herd.app.test_client().open(path, method=method)

    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert answer.json["code"] == code
    assert said in answer.json["why"]
    assert answer.headers["X-Mock-Request-Id"]
    assert answer.headers["X-Mock-Rule"] == code
    assert ("Allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize("path", ["/", "/herds", "/herd", "/other/sheep"])
def test_outside_of_every_document_the_mock_answers_for_itself(herd: Herder, path: str) -> None:
    answer = herd.app.test_client().get(path)

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json["nearest"].startswith("listSheep")


def test_a_request_that_was_turned_away_is_in_the_journal(herd: Herder) -> None:
    herd.api("GET", "/nothing")

    [entry] = herd.admin("GET", "/requests").json["requests"]

    assert (entry["document"], entry["rule"], entry["operation"]) == ("herd", "MISSING", None)
    assert "Nearest" in entry["note"]
