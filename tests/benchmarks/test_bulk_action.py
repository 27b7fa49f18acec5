"""What an action on 10,000 devices costs those who ask for it, and everybody else meanwhile.

`make bench` prints the figures; the test judges only that the effects are complete and exact.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from mockserver.testing import Running, running
from tests.benchmarks.machine import machine

DEVICES = 10_000
RATE = 2_000
TOKEN = "tok_admin"
COMPANY = "65a0c0000000000000000002"
FLEET = f"{0xF1EE7:024x}"
EMPTY = f"{0xE0:024x}"
ALLOWING = "65a0d7000000000000000001"
FORBIDDING = "65a0d7000000000000000003"


@dataclass
class Reader:
    """Another client, which reads one device after the other and notes how long each took."""

    client: Client
    seconds: list[float] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        number = 0
        while not self.done.is_set():
            number = (number + 7) % DEVICES
            began = time.perf_counter()
            status, _ = self.client.call("GET", f"/devices/{key(number)}")
            self.seconds.append(time.perf_counter() - began)
            assert status == 200
            time.sleep(0.0005)  # a client has something else to do, too


class Client:
    """One connection to the mock."""

    def __init__(self, mock: Running) -> None:
        self._base = urlsplit(mock.url).path
        self._connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=60)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": TOKEN, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        target = path if path.startswith("/__admin") else self._base + path
        self._connection.request(method, target, data, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def act(self, **action: Any) -> tuple[float, str]:
        """The seconds until an action was accepted, and its bulk response."""
        began = time.perf_counter()
        status, body = self.call("POST", f"/fleets/{FLEET}/actions", action)
        seconds = time.perf_counter() - began
        assert status == 202, body
        return seconds, body["bulk_response_id"]

    def progress(self, name: str) -> Any:
        """The job of a bulk response as the admin API tells it, without its entries."""
        _, told = self.call("GET", "/__admin/jobs")
        return next(one for one in told["jobs"] if one["key"] == name)


def key(number: int) -> str:
    return f"65b0de{number:018x}"


def device(number: int) -> dict[str, Any]:
    """Every tenth device is of a type that takes no commands."""
    return {
        "_id": key(number),
        "origin": "api",
        "created_at": "2024-02-01T08:00:00.000Z",
        "updated_at": "2024-02-01T08:00:00.000Z",
        "company_id": COMPANY,
        "user_id": None,
        "name": f"Device {number}",
        "unique_id": f"bulk-{number}",
        "device_type_id": FORBIDDING if number % 10 == 0 else ALLOWING,
        "heartbeat_period": 60,
        "heartbeat_values": [],
        "tags": ["old"],
        "metadata": {"number": number},
        "last_command": None,
        "settings": [],
    }


def fleet(name: str, members: list[str]) -> dict[str, Any]:
    whole = {one: value for one, value in device(0).items() if one in _OF_ALL}
    return {**whole, "_id": name, "name": name, "device_ids": members}


_OF_ALL = {"origin", "created_at", "updated_at", "company_id", "user_id"}


@contextmanager
def served(folder: Path) -> Iterator[Running]:
    shipped = resources.files("mockserver.fixtures") / "edgeiq.yaml"
    # Dates stay texts in JSON, which YAML would make its own.
    given = yaml.load(shipped.read_text("utf-8"), yaml.BaseLoader)
    types = yaml.safe_load(shipped.read_text("utf-8"))["records"]["device_type"]
    ids = [key(number) for number in range(DEVICES)]
    records = {
        "company": [
            {**one, "parent_id": None if one["parent_id"] == "null" else one["parent_id"]}
            for one in given["records"]["company"]
        ],
        "device_type": types,
        "device": [device(number) for number in range(DEVICES)],
        "fleet": [fleet(FLEET, ids), fleet(EMPTY, [])],
    }
    path = folder / "fixtures.json"
    path.write_text(json.dumps({"credentials": given["credentials"], "records": records}))
    arguments = ["--fixtures", str(path), "--rate", str(RATE)]
    with running(("edgeiq",), arguments=arguments) as mock:
        yield mock


def test_an_action_on_ten_thousand_devices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(tmp_path) as mock, Client(mock) as client:
        quiet = latencies(mock, 1.0)
        began = time.perf_counter()
        accepted, name = client.act(action="add_tags", tags=["old", "bulk"])
        seen, busy = watched(mock, client, name)
        completed = time.perf_counter() - began
        again = [accepted]
        names = []
        for number in range(4):
            seconds, another = client.act(action="add_metadata", metadata={f"key{number}": number})
            again.append(seconds)
            names.append(another)
        _, command = client.act(action="issue_command", gateway_command="reboot")
        began = time.perf_counter()
        watched(mock, client, command)
        five = time.perf_counter() - began
        check(client, name, names, command)
        reads = [timed(client, f"/bulk_responses/{name}") for _ in range(5)]

    with capsys.disabled():
        told = ", ".join(f"{one * 1000:.1f}" for one in sorted(again))
        print(f"\n{machine()}; {DEVICES:,} devices at {RATE:,} a second")
        print(f"  accepted in            {median(again) * 1000:.1f} ms, median of {told}")
        print(f"  GET a device, quiet    {percentiles(quiet)}")
        print(f"  GET a device meanwhile {percentiles(busy)}")
        print(f"  progress seen          {', '.join(map(str, thinned(seen)))}")
        print(f"  complete after         {completed:.2f} s; ideal {DEVICES / RATE:.2f} s")
        print(f"  five jobs side by side {five:.2f} s")
        print(f"  GET the bulk response  {median(reads) * 1000:.1f} ms with all its entries")


def latencies(mock: Running, seconds: float) -> list[float]:
    with reading(mock) as reader:
        time.sleep(seconds)
    return reader.seconds


@contextmanager
def reading(mock: Running) -> Iterator[Reader]:
    with Client(mock) as client:
        reader = Reader(client)
        thread = threading.Thread(target=reader.read)
        thread.start()
        try:
            yield reader
        finally:
            reader.done.set()
            thread.join()


def watched(mock: Running, client: Client, name: str) -> tuple[list[int], list[float]]:
    """Return the progress seen until a bulk response was complete, and others' latencies."""
    seen: list[int] = []
    deadline = time.monotonic() + 120
    with reading(mock) as reader:
        while not seen or seen[-1] < DEVICES:
            assert time.monotonic() < deadline, seen[-1:]
            job = client.progress(name)
            seen.append(job["done"] + job["failed"])
            time.sleep(0.05)
    assert seen == sorted(seen)
    return seen, reader.seconds


def check(client: Client, tagged: str, described: list[str], commanded: str) -> None:
    """Make sure that every effect is there, once, and no other."""
    for name in (tagged, *described):
        done = client.call("GET", f"/bulk_responses/{name}")[1]
        assert (done["status"], done["total"], done["fail_count"]) == ("complete", DEVICES, 0)
        assert done["success_count"] == DEVICES
        told = [one["device_id"] for one in done["bulk_response_statuses"]]
        assert told == [key(number) for number in range(DEVICES)]
    done = client.call("GET", f"/bulk_responses/{commanded}")[1]
    assert (done["success_count"], done["fail_count"]) == (DEVICES * 9 // 10, DEVICES // 10)
    codes = [one["status_code"] for one in done["bulk_response_statuses"]]
    assert codes == [422 if number % 10 == 0 else 200 for number in range(DEVICES)]
    for page in range(DEVICES // 1000):
        rows = client.call("GET", f"/devices?per_page=1000&page={page + 1}")[1]
        for number, row in enumerate(rows, start=page * 1000):
            added = {f"key{one}": one for one in range(len(described))}
            expected = {"gateway_command": "reboot"} if number % 10 else None
            assert row["tags"] == ["old", "bulk"]
            assert row["metadata"] == {"number": number, **added}
            assert row["last_command"] == expected
            assert row["updated_at"] > row["created_at"]


def timed(client: Client, path: str) -> float:
    began = time.perf_counter()
    client.call("GET", path)
    return time.perf_counter() - began


def percentiles(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms ({len(seconds)} requests)"


def thinned(seen: list[int]) -> list[int]:
    return seen[:: max(len(seen) // 10, 1)]
