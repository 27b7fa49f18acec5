"""The command and a real server; the only tests that open a port."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver.cli import serve
from mockserver.testing import running
from spec import TargetUnreachable


def test_a_running_mock_serves_and_stops_cleanly() -> None:
    with running(("fleet",)) as mock:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=5)
        key = {"Authorization": "Bearer flt_sk_writer"}
        connection.request("GET", "/platform/v1/devices/3", headers=key)
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)["data"]["id"]) == (200, 3)

        connection.request(
            "PATCH",
            "/platform/v1/devices/3",
            b'{"comment": "\xff"}',
            key | {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:10]) == (400, b'{"error":"')

        connection.request(
            "POST",
            "/platform/v1/devices",
            iter([b"x" * 1_000_000] * 9),
            key | {"Transfer-Encoding": "chunked"},
            encode_chunked=True,
        )
        assert connection.getresponse().status == 413
        connection.close()

        connection.request("GET", "/__admin/version")
        assert json.load(connection.getresponse())["name"] == "conformock"
        connection.close()
        assert mock.url == f"http://127.0.0.1:{mock.port}/platform/v1"
        assert mock.admin == f"http://127.0.0.1:{mock.port}/__admin"

        os.kill(mock.process.pid, signal.SIGINT)
        assert mock.process.wait(timeout=10) in {0, 130}


def test_the_worker_leaves_when_its_parent_is_killed() -> None:
    with running(("fleet",)) as mock:
        mock.process.kill()
        mock.process.wait()

        deadline = time.monotonic() + 5
        while _listens(mock.port):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_running_mock_goes_on_with_its_jobs_by_itself() -> None:
    key = {"Authorization": "tok_admin", "Content-Type": "application/json"}
    with running(("edgeiq",), arguments=["--rate", "1000"]) as mock:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=5)

        def call(method: str, path: str, body: bytes | None = None) -> Any:
            connection.request(method, f"/api/v1/platform{path}", body, key)
            return json.load(connection.getresponse())

        fleet = max(call("GET", "/fleets"), key=lambda one: len(one["device_ids"]))
        action = b'{"action": "add_tags", "tags": ["by-itself"]}'
        started = call("POST", f"/fleets/{fleet['_id']}/actions", action)
        deadline = time.monotonic() + 10
        while True:
            told = call("GET", f"/bulk_responses/{started['bulk_response_id']}")
            if told["status"] == "complete":
                break
            assert time.monotonic() < deadline, told
            time.sleep(0.01)
        connection.close()

    assert told["success_count"] == told["total"] == len(fleet["device_ids"]) > 0


def test_a_running_mock_has_the_clock_the_pace_and_the_names_of_its_start() -> None:
    arguments = ["--clock", "2024-05-03T09:15:00Z", "--jobs", "manual", "--rate", "3"]
    arguments += ["--allowed-host", "mock", "--allowed-host", "Mock.internal"]
    with running(("fleet",), arguments=arguments) as mock:
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=5)
        connection.request("GET", "/__admin/clock")
        clock = json.load(connection.getresponse())
        connection.request("GET", "/__admin/jobs")
        jobs = json.load(connection.getresponse())
        statuses = []
        for name in ("mock:4010", "mock.internal", "evil.test"):
            connection.request("GET", "/__admin/health", headers={"Host": name})
            answer = connection.getresponse()
            statuses.append(answer.status)
            answer.read()
        connection.close()

    assert clock == {"mode": "frozen", "now": "2024-05-03T09:15:00.000000Z"}
    assert jobs == {"mode": "manual", "rate": 3, "jobs": []}
    assert statuses == [200, 200, 403]


def test_a_running_mock_is_ended_by_who_has_its_token_while_a_stream_is_open() -> None:
    with running(("fleet",), arguments=["--admin-token", "right"]) as mock:
        stream = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        stream.request("GET", "/__admin/events", headers={"Accept": "text/event-stream"})
        events = stream.getresponse()
        assert events.readline() == b"retry: 1000\n"
        connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=10)
        connection.request("GET", "/platform/v1/nothing")
        connection.getresponse().read()
        assert [events.readline() for _ in range(3)][1:] == [b"id: 1\n", b"event: request\n"]

        connection.request("POST", "/__admin/shutdown", headers={"Authorization": "Bearer right"})

        assert connection.getresponse().status == 202
        assert mock.process.wait(timeout=10) == 0
        connection.close()
        stream.close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_port_in_use_is_one_sentence_and_exit_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        result = CliRunner().invoke(serve, ["fleet", "--port", str(port)])

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["flet"], "Did you mean 'fleet'?"),
        (["fleet", "--fixtures", "/nowhere.yaml"], "/nowhere.yaml: the file cannot be read"),
        (["fleet", "fleet"], "base path"),
        (["--overlay", "changes.yaml"], "--overlay: 3 documents. Expected one DOCUMENT"),
        (["fleet", "--overlay", "/nowhere.yaml"], "/nowhere.yaml: there is no such overlay"),
        (["--host", "host.invalid", "--port", "0"], "host.invalid:0"),
        (["--allowed-host", "http://mock"], "--allowed-host: 'http://mock' is no host name"),
        (["--allowed-host", "mock:4010"], "Expected a name without scheme and port"),
        (["--cors-origin", "localhost"], "--cors-origin: 'localhost' is no origin"),
        (["--cors-origin", "http://localhost:3000/"], "such as http://localhost:3000"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_2(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(serve, arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_help_shows_an_example() -> None:
    result = CliRunner().invoke(serve, ["--help"])

    assert re.search("conformock serve [a-z]+ --port 4010", result.stdout)
    assert "curl http:" in result.stdout


def test_a_mock_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: 1")

    with (
        pytest.raises(TargetUnreachable, match="unknown part 'a'"),
        running(("fleet",), arguments=["--fixtures", str(tmp_path / "bad.yaml")]),
    ):
        pass


def test_no_library_of_the_suite_is_loaded() -> None:
    code = "import mockserver.cli, mockserver.server, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout

    assert not {"schemathesis", "hypothesis", "pytest", "requests", "contracts"} & set(
        loaded.split()
    )


def test_two_processes_answer_the_same_requests_with_the_same_bytes() -> None:
    key = {"Authorization": "tok_admin", "Content-Type": "application/json"}
    base = "/api/v1/platform"
    fleet = f"{base}/fleets/65a0f1000000000000000001"
    tags = b'{"action": "add_tags", "tags": ["same"]}'
    calls: list[tuple[str, str, bytes | None]] = [
        ("GET", f"{base}/devices", None),
        ("POST", f"{fleet}/actions", tags),
        ("POST", "/__admin/clock/advance", b'{"seconds": 0.01}'),
        ("GET", fleet, None),
        ("GET", f"{base}/nothing", None),
        ("POST", "/__admin/undo", None),
        ("POST", f"{fleet}/actions", tags),
        ("GET", "/__admin/state", None),
        ("GET", "/__admin/history", None),
    ]

    def answers() -> list[tuple[int, list[tuple[str, str]], bytes]]:
        arguments = ["--clock", "2024-05-03T09:15:00Z", "--seed", "7"]
        with running(("edgeiq",), arguments=arguments) as mock:
            connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=5)
            told = []
            for session in ({}, {"X-Mock-Session": "other"}):
                for method, path, body in calls:
                    connection.request(method, path, body, key | session)
                    answer = connection.getresponse()
                    headers = [(a, b) for a, b in answer.getheaders() if a.lower() != "date"]
                    told.append((answer.status, headers, answer.read()))
            connection.close()
        return told

    first = answers()

    assert {status for status, _, _ in first} == {200, 202, 404}
    assert answers() == first
