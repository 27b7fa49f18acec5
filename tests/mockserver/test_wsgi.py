"""Requests as they were on the wire, from what different servers tell of them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from mockserver.problems import ProblemError
from mockserver.wsgi import body, raw_path, request


def environ(**more: Any) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/", **more}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"RAW_URI": "/a%2Fb?c=d"}, "/a%2Fb"),
        ({"REQUEST_URI": "/a%2Fb"}, "/a%2Fb"),
        ({"RAW_URI": "http://h:1/a%2Fb?x"}, "/a%2Fb"),
        ({"RAW_URI": "http://h"}, "/"),
        ({"RAW_URI": "/\u00c3\u00a4"}, "/%C3%A4"),
        ({"PATH_INFO": "/a b\u00c3\u00a4"}, "/a%20b%C3%A4"),
        ({"PATH_INFO": "/100%/\x00"}, "/100%25/%00"),
        ({"SCRIPT_NAME": "/in", "PATH_INFO": "/x"}, "/in/x"),
        ({"RAW_URI": "*", "PATH_INFO": "*"}, "*"),
    ],
)
def test_the_path_is_percent_encoded(given: dict[str, str], path: str) -> None:
    assert raw_path(environ(**given)) == path


def test_a_query_of_raw_bytes_is_percent_encoded() -> None:
    assert request(environ(QUERY_STRING="a=\u00c3\u00a4&b=%20"), b"").query == "a=%C3%A4&b=%20"


def test_headers_have_their_names_back() -> None:
    raw = request(environ(HTTP_X_MOCK_SESSION="s", CONTENT_TYPE="a/b", CONTENT_LENGTH="3"), b"abc")

    assert dict(raw.headers) == {
        "x-mock-session": "s",
        "content-type": "a/b",
        "content-length": "3",
    }


@pytest.mark.parametrize("length", ["", "x", "-1", "0"])
def test_without_a_length_no_body_is_waited_for(length: str) -> None:
    given = environ(CONTENT_LENGTH=length, **{"wsgi.input": BytesIO(b"more")})

    assert body(given, 10) == b""


class Gone(BytesIO):
    """A connection that breaks."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        pytest.param(BytesIO(b"abc"), {"CONTENT_LENGTH": "9"}, id="too short"),
        pytest.param(Gone(), {"CONTENT_LENGTH": "9"}, id="broken"),
        pytest.param(Gone(), {"HTTP_TRANSFER_ENCODING": "chunked"}, id="broken between chunks"),
    ],
)
def test_a_body_that_is_cut_short_is_no_body(given: BytesIO, headers: dict[str, str]) -> None:
    with pytest.raises(ProblemError, match="Body cut short"):
        body(environ(**headers, **{"wsgi.input": given}), 10)
