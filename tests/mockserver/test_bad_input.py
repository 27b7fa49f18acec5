"""Whatever is sent, the mock gives a documented 4xx, never a 500, and keeps its state."""

from __future__ import annotations

import io
from typing import Any

import pytest

from mockserver import create_app

ROW = b'{"devices": [{"name": "n", "type": "t", "category": "c", %s}]}'


def deep(levels: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * levels + closing * levels


BODIES = {
    "nothing": b"",
    "a blank": b" ",
    "no UTF-8": b'{"devices": "\xff\xfe"}',
    "UTF-16": '{"devices": []}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half an object": b'{"devices": [',
    "two values": b"{} {}",
    "single quotes": b"{'devices': []}",
    "a trailing comma": b'{"devices": [],}',
    "a comment": b"{} // x",
    "the same key twice": ROW % b'"name": "m"',
    "NaN": ROW % b'"user_id": NaN',
    "Infinity": ROW % b'"user_id": -Infinity',
    "1e400": ROW % b'"user_id": 1e400',
    "5,000 digits": ROW % (b'"user_id": ' + b"9" * 5_000),
    "a huge user": ROW % (b'"user_id": ' + b"9" * 300),
    "a huge negative user": ROW % (b'"user_id": -' + b"9" * 300),
    "half a surrogate pair": ROW % b'"comment": "\\ud800"',
    "half a surrogate pair as key": ROW % b'"\\udfff": 1',
    "half a surrogate pair in a wrong value": ROW % b'"keyboard_layout": "\\ud800"',
    "a control character unescaped": ROW % b'"comment": "\x01"',
    "NUL in a wrong value": ROW % b'"keyboard_layout": "\\u0000"',
    "lines in a wrong value": ROW % b'"keyboard_layout": "a\\r\\nX-Evil: 1"',
    "upper case in a wrong value": ROW % b'"keyboard_layout": "ABC_1"',
    "a megabyte in a wrong value": ROW % (b'"keyboard_layout": "' + b"A" * 1_000_000 + b'"'),
    "10,000 levels": deep(10_000),
    "10,000 levels of objects": deep(10_000, b'{"a":', b"}"),
    **{f"{levels} levels": deep(levels) for levels in (100, 250, 260, 500, 900, 980, 1_000, 1_100)},
    **{
        f"{levels} levels in an unknown field and a fault": ROW
        % (b'"user_id": 0, "x": ' + deep(levels))
        for levels in (100, 240, 260, 500, 900, 980, 1_000)
    },
    "a text": b'"text"',
    "null": b"null",
    "a number": b"1",
    "10,000 wrong rows": b'{"devices": [' + b",".join([b"{}"] * 10_000) + b"]}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(("method", "path"), [("POST", "/devices"), ("PATCH", "/devices/3")])
def test_a_bad_body_is_refused_and_changes_nothing(
    fleet: Any, verdict: Any, method: str, path: str, body: bytes
) -> None:
    before = fleet.state()

    answer = fleet.send(method, path, body)

    assert verdict(answer) in {"400 sentence", "400 INVALID_USER", "400 EMPTY_PATCH_BODY"}
    assert len(answer.data) < 4_000
    assert answer.text.isprintable()
    assert fleet.state() == before


PATHS = {
    "100,000 digits": "9" * 100_000,
    "100,000 letters": "a" * 100_000,
    "NUL": "%00",
    "3 and NUL": "3%00",
    "an escaped slash": "a%2Fb",
    "an escaped slash and a dot": "..%2F..%2Fetc",
    "dots": "..",
    "Arabic digits": "%D9%A3",
    "superscript": "%C2%B3",
    "no UTF-8": "%ff%fe",
    "half an escape": "3%",
    "a wrong escape": "%zz",
    "a newline": "3%0A",
    "a carriage return and a header": "3%0D%0AX-Evil:%201",
    "an escaped question mark": "3%3Fx=1",
    "a semicolon": "3;v=1",
    "a quote": "3'%20OR%20'1'='1",
    "a blank": "%20",
    "a surrogate": "%ED%A0%80",
    "an emoji": "%F0%9F%92%A9",
}


@pytest.mark.parametrize("name", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_absurd_id_names_no_device(fleet: Any, verdict: Any, method: str, name: str) -> None:
    before = fleet.state()

    answer = fleet.send(method, f"/devices/{name}", {"name": "x"} if method == "PATCH" else None)

    assert verdict(answer) in {"404 DEVICE_NOT_FOUND", "404 problem"}
    assert fleet.state() == before


HEADERS = {
    "a very long key": ({"Authorization": "Bearer " + "x" * 60_000}, "401 sentence"),
    "a key that is not Latin": ({"Authorization": "Bearer flt_sk_wr\u00efter"}, "401 sentence"),
    "a key with a blank": ({"Authorization": "Bearer flt_sk_writer x"}, "401 sentence"),
    "two keys": ({"Authorization": "Bearer flt_sk_writer, Bearer flt_sk_writer"}, "401 sentence"),
    "a content type of nonsense": ({"Content-Type": ";;==\u00ff"}, "400 sentence"),
    "an empty media type": ({"Content-Type": ";charset=utf-8"}, "400 sentence"),
    "another charset": ({"Content-Type": "application/json; charset=utf-16"}, "400 sentence"),
    "a charset of nonsense": (
        {"Content-Type": "application/json; charset=\u00e9*''%%"},
        "400 sentence",
    ),
    "a very long content type": ({"Content-Type": "a" * 60_000}, "400 sentence"),
    "a preference of nonsense": ({"Prefer": '"=;,error="\\'}, "200"),
    "a long preference": ({"Prefer": "a=" * 20_000}, "200"),
    "an error of nonsense": ({"Prefer": "error=\u00e9\u00ff"}, "400 problem"),
    "a session that is not Latin": ({"X-Mock-Session": "\u00e9"}, "400 problem"),
    "a long session": ({"X-Mock-Session": "a" * 65}, "400 problem"),
    "an origin of nonsense": ({"Origin": "\u00e9\u00ff"}, "200"),
}


@pytest.mark.parametrize(("headers", "expected"), HEADERS.values(), ids=HEADERS)
def test_an_absurd_header_is_borne(
    fleet: Any, verdict: Any, headers: dict[str, str], expected: str
) -> None:
    answer = fleet.send("PATCH", "/devices/3", {"comment": "x"}, headers=headers)

    assert verdict(answer) == expected


QUERIES = [
    "%",
    "=",
    "&&&",
    "limit",
    "limit=%00",
    "search=%00",
    "search=%FF",
    "search=%ED%A0%80",
    "limit=" + "9" * 5_000,
    "user_id=" + "9" * 5_000,
    "search=" + "a" * 50_000,
    "user_id=" + "9" * 30,
    "search=" + "%20" * 100,
    "limit=1e999",
    "offset=" + "9" * 299,
    "client_status=%00",
    "&".join(f"x{n}=1" for n in range(5_000)),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_an_absurd_query_is_answered(fleet: Any, verdict: Any, query: str) -> None:
    answer = fleet.get("?" + query)

    assert verdict(answer) in {"200", "400 sentence"}


class Untouched(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_of_20_mb_is_refused_unread(fleet: Any) -> None:
    environ = {"wsgi.input": Untouched(), "CONTENT_LENGTH": "20000000"}

    answer = fleet.app.test_client().post("/platform/v1/devices", environ_overrides=environ)

    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert answer.json["limit"] == 8 * 1024 * 1024


class Endless(io.RawIOBase):
    """A chunked body without an end; it counts what was taken of it."""

    taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.taken += size
        return b"x" * size


def test_a_chunked_body_is_read_only_up_to_the_limit() -> None:
    app = create_app(("fleet",), most_body=100_000)
    body = Endless()
    environ = {
        "wsgi.input": body,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
    }

    answer = app.test_client().post("/platform/v1/devices", environ_overrides=environ)

    assert answer.status_code == 413
    assert body.taken < 300_000


def test_a_body_at_the_limit_is_taken() -> None:
    body = b'{"devices": []}'
    app = create_app(("fleet",), most_body=len(body))

    answers = [
        app.test_client().post("/platform/v1/devices", data=data).status_code
        for data in (body, body + b" ")
    ]

    assert answers == [401, 413]
