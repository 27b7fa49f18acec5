from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from contracts.target import HttpTarget, WsgiTarget, wsgi
from spec import ConfigurationError, RawRequest, TargetUnreachable
from tests.contracts.conftest import Recorder


def get(target: HttpTarget, **more: Any) -> int:
    return target.send(RawRequest("GET", f"{target.base}/x", **more)).status


def test_one_connection_serves_many_requests(recorder: Recorder) -> None:
    target = HttpTarget(recorder.url)

    statuses = [get(target) for _ in range(5)]
    target.close()

    assert statuses == [200] * 5
    assert len(recorder.connections) == 1


def test_a_connection_that_the_server_closed_is_opened_again(recorder: Recorder) -> None:
    recorder.closing = True
    target = HttpTarget(recorder.url)

    statuses = [get(target) for _ in range(5)]
    target.close()

    assert statuses == [200] * 5
    assert len(recorder.connections) == 5


def test_bytes_arrive_as_they_are(recorder: Recorder) -> None:
    target = HttpTarget(recorder.url)
    headers = (("X-Odd", "ü"), ("X-Empty", ""))

    target.send(RawRequest("PATCH", "/a%2Fb/..", "q=%20&q", headers, b"\xff\0"))
    target.close()

    (seen,) = recorder.received
    assert (seen.method, seen.target, seen.body) == ("PATCH", "/a%2Fb/..?q=%20&q", b"\xff\0")
    assert (seen.header("X-Odd") or "").encode("latin-1") == "ü".encode()
    assert seen.header("X-Empty") == ""
    assert seen.header("Content-Type") is None
    assert seen.header("Accept-Encoding") is None


def test_nobody_listening_is_unreachable_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        with pytest.raises(TargetUnreachable) as refused:
            get(HttpTarget(url))

    assert str(refused.value).startswith(f"{url}: no answer (")
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_what_is_no_http_is_unreachable(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = HttpTarget(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=2)
        target._open()
        answering, _ = listener.accept()
        answering.sendall(said)
        answering.close()
        listener.close()

        with pytest.raises(TargetUnreachable):
            get(target)
    target.close()


def test_an_answer_that_does_not_come_in_time_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = HttpTarget(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.05)

        with pytest.raises(TargetUnreachable):
            get(target)
    target.close()


def test_the_base_is_the_path_of_the_url() -> None:
    assert HttpTarget("http://h/platform/v1/").base == "/platform/v1"
    assert HttpTarget("http://h").base == ""


class Closing(list[bytes]):
    closed = False

    def close(self) -> None:
        self.closed = True


def sent(request: RawRequest) -> dict[str, Any]:
    """Return the environment in which an application sees a request."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        start("200 OK", [])
        return [b""]

    WsgiTarget(app, "").send(request)
    return seen


def test_a_wsgi_application_sees_what_a_server_would_show_it() -> None:
    headers = (("Content-Type", "text/x"), ("X-Odd-Name", "ü"), ("Host", "h:1"))

    seen = sent(RawRequest("PUT", "/a%20b/%C3%BC", "q=%20", headers, b"12"))

    assert seen["REQUEST_METHOD"] == "PUT"
    assert seen["PATH_INFO"] == "/a b/ü".encode().decode("latin-1")
    assert seen["QUERY_STRING"] == "q=%20"
    assert seen["CONTENT_TYPE"] == "text/x"
    assert seen["CONTENT_LENGTH"] == "2"
    assert seen["HTTP_X_ODD_NAME"].encode("latin-1") == "ü".encode()
    assert seen["HTTP_HOST"] == "h:1"
    assert seen["body"] == b"12"
    assert "HTTP_CONTENT_TYPE" not in seen


def test_a_request_without_a_content_type_has_none_in_wsgi() -> None:
    assert "CONTENT_TYPE" not in sent(RawRequest("POST", "/", body=b"x"))


def test_the_answer_of_a_wsgi_application_is_read_and_closed() -> None:
    chunks = Closing([b"a", b"b"])

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("404 Not Found", [("X", "y")])
        return chunks

    answer = WsgiTarget(app, "").send(RawRequest("GET", "/"))

    assert (answer.status, answer.headers, answer.body) == (404, (("X", "y"),), b"ab")
    assert chunks.closed


@pytest.mark.parametrize(
    "name", ["no_such_module:app", "json:no_such_name", "json:__doc__", ":app"]
)
def test_a_name_that_leads_to_no_application_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        wsgi(name, "")

    assert name in str(refused.value)
