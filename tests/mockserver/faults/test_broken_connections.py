"""What a client on the other end of a real connection sees of a fault."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.testing import Running, running

HEAD = "Host: 127.0.0.1\r\nAuthorization: Bearer flt_sk_writer\r\n\r\n"
TIMES = 12


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    with running(("fleet",)) as one:
        yield one


@pytest.fixture
def arm(mock: Running) -> Iterator[Any]:
    def armed(**fault: Any) -> None:
        assert admin(mock, "POST", fault) == 201

    yield armed
    assert admin(mock, "DELETE") == 204


def admin(mock: Running, method: str, body: Any = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
    try:
        connection.request(method, "/__admin/faults", json.dumps(body) if body else None)
        return connection.getresponse().status
    finally:
        connection.close()


def seen(mock: Running, *, method: str = "GET", kept: bool = False) -> tuple[bytes, str]:
    """What comes of a call, and how it ends: with a goodbye or a reset.

    `kept` is on a connection that has had an answer before.
    """
    with socket.create_connection(("127.0.0.1", mock.port), timeout=10) as client:
        if kept:
            client.sendall(f"GET /nothing HTTP/1.1\r\n{HEAD}".encode())
            answer = http.client.HTTPResponse(client)
            answer.begin()
            answer.read()
        client.sendall(f"{method} /platform/v1/devices/3 HTTP/1.1\r\n{HEAD}".encode())
        received = b""
        try:
            while part := client.recv(65_536):
                received += part
        except ConnectionResetError:
            return received, "reset"
        return received, "closed"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the connection ends without it")
@pytest.mark.parametrize("kept", [False, True], ids=["a new connection", "a kept connection"])
def test_a_connection_is_reset_without_a_byte(mock: Running, arm: Any, kept: bool) -> None:
    arm(fault="CONNECTION_RESET_BY_PEER")

    assert {seen(mock, kept=kept) for _ in range(TIMES)} == {(b"", "reset")}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the connection ends without it")
def test_only_the_connection_that_is_meant_is_reset(mock: Running, arm: Any) -> None:
    arm(fault="CONNECTION_RESET_BY_PEER", operation="getDevice")
    wrong: list[str] = []
    stop = threading.Event()

    def others() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        try:
            while not stop.is_set():
                connection.request(
                    "GET", "/platform/v1/devices", headers={"Authorization": "Bearer flt_sk_writer"}
                )
                answer = connection.getresponse()
                if answer.status != 200 or not json.loads(answer.read())["data"]:
                    wrong.append(str(answer.status))
        except (OSError, http.client.HTTPException, ValueError) as error:
            wrong.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=others) for _ in range(3)]
    for one in threads:
        one.start()
    found = {seen(mock, kept=True) for _ in range(TIMES)}
    stop.set()
    for one in threads:
        one.join()

    assert (found, wrong) == ({(b"", "reset")}, [])


@pytest.mark.parametrize(
    ("fault", "method"),
    [
        ("EMPTY_RESPONSE", "GET"),
        ("EMPTY_RESPONSE", "HEAD"),
        ("TRUNCATED_BODY", "HEAD"),
        ("CONNECTION_RESET_BY_PEER", "HEAD"),
    ],
)
def test_a_connection_ends_without_an_answer(
    mock: Running, arm: Any, fault: str, method: str
) -> None:
    arm(fault=fault)

    assert {seen(mock, method=method) for _ in range(TIMES)} == {(b"", "closed")}


def test_a_body_is_cut_in_the_middle(mock: Running, arm: Any) -> None:
    arm(fault="TRUNCATED_BODY")

    for _ in range(TIMES):
        received, end = seen(mock)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert end == "closed"
        assert len(body) == length // 2 > 100


def test_answers_that_are_held_back_hold_nobody_else_up(mock: Running, arm: Any) -> None:
    arm(operation="getDevice", fixedDelayMilliseconds=1_500)
    order: list[str] = []

    def call(path: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        connection.request("GET", path, headers={"Authorization": "Bearer flt_sk_writer"})
        connection.getresponse().read()
        connection.close()
        order.append(path)

    slow = [threading.Thread(target=call, args=("/platform/v1/devices/3",)) for _ in range(70)]
    for one in slow:
        one.start()
    for _ in range(3):
        call("/platform/v1/devices")
    for one in slow:
        one.join()

    assert order.index("/platform/v1/devices") < 60
    assert len(order) == 73


def test_a_body_in_drops_arrives_whole(mock: Running, arm: Any) -> None:
    whole = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
    key = {"Authorization": "Bearer flt_sk_writer"}
    whole.request("GET", "/platform/v1/devices/3", headers=key)
    expected = whole.getresponse().read()
    arm(chunkedDribbleDelay={"numberOfChunks": 20, "totalDuration": 100})

    whole.request("GET", "/platform/v1/devices/3", headers=key)

    assert whole.getresponse().read() == expected
    whole.close()
