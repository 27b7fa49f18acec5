"""What worlds cost: many clients at once, each in its own, and how long a fork and a reset take.

`make bench` prints the figures; the tests judge only that nobody ever sees another one's records.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from mockserver import Mock, create_app
from mockserver.fixtures import shipped
from mockserver.testing import Running, running
from tests.benchmarks.machine import machine

CLIENTS = 200
MUTATIONS = 50
RESETS_AFTER = 25
RECORDS = 1_000
KEY = {"Authorization": "Bearer flt_sk_writer", "Content-Type": "application/json"}


class Client:
    """One connection to the mock, in a world of its own."""

    def __init__(self, mock: Running, number: int) -> None:
        self._base = urlsplit(mock.url).path
        self._connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=120)
        self._headers = KEY | {"X-Mock-Session": f"client-{number}"}
        self.number = number
        self.seconds: list[float] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body)
        target = path if path.startswith("/__admin") else self._base + path
        began = time.perf_counter()
        self._connection.request(method, target, data, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.seconds.append(time.perf_counter() - began)
        assert answer.status < 400, content
        return json.loads(content)

    def work(self) -> list[str]:
        """Create, change and delete devices, start anew on the way, and tell what was strange."""
        strange = []
        mine: dict[int, str] = {}
        first = None
        for turn in range(MUTATIONS):
            if turn == RESETS_AFTER:
                strange += self._compared(mine, turn)
                self.call("POST", "/__admin/reset")
                mine = {}
            if turn % 5 in (0, 1, 3) or not mine:
                name = f"{self.number}/{turn}"
                row = {"name": name, "type": "t", "category": "PHONE"}
                made = self.call("POST", "/devices", {"devices": [row]})["data"]["devices"][0]
                first = made["id"] if first is None else first
                if not mine and made["id"] != first:
                    strange.append(f"{name} is {made['id']}, not {first}")
                mine[made["id"]] = name
            elif turn % 5 == 2:
                device = max(mine)
                mine[device] = f"{self.number}/{turn}"
                self.call("PATCH", f"/devices/{device}", {"name": mine[device]})
            else:
                device = min(mine)
                self.call("DELETE", f"/devices/{device}")
                del mine[device]
        strange += self._compared(mine, MUTATIONS)
        self._connection.close()
        return strange

    def _compared(self, mine: dict[int, str], turn: int) -> list[str]:
        told = self.call("GET", "/__admin/state/device")["records"]
        living = {
            one["record"]["id"]: one["record"]["name"]
            for one in told
            if not one["deleted"] and one["record"]["id"] > 40
        }
        return [] if living == mine else [f"{self.number} after {turn}: {living} is not {mine}"]


@pytest.mark.parametrize("state", [False, True], ids=["in memory", "with a state file"])
def test_many_clients_each_in_a_world(
    state: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--state", str(tmp_path / "state.db")] if state else []
    with running(("fleet",), arguments=arguments) as mock:
        quiet = memory(mock)
        clients = [Client(mock, number) for number in range(CLIENTS)]
        strange: list[str] = []
        threads = [
            threading.Thread(target=lambda one=one: strange.extend(one.work())) for one in clients
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        busy = memory(mock)

    seconds = [one for client in clients for one in client.seconds]
    with capsys.disabled():
        kept = " with a state file" if state else ""
        print(f"\n{machine()}; {CLIENTS} clients x {MUTATIONS} changes{kept}, one process")
        print(f"  all done in  {took:.1f} s, {len(seconds) / took:,.0f} requests/s")
        print(f"  an answer    {percentiles(seconds)}")
        print(f"  memory       {quiet:.0f} MB at rest, {busy:.0f} MB with {CLIENTS} worlds")
        print(f"  cross-talk   {len(strange)}")
    assert len(seconds) == CLIENTS * (MUTATIONS + 3)
    assert strange == []


def memory(mock: Running) -> float:
    """The resident megabytes of the worker, which holds the state."""
    found = subprocess.run(
        ["ps", "-o", "pid=,rss=", "--ppid", str(mock.process.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    return sum(int(line.split()[1]) for line in found.stdout.splitlines()) / 1024


def test_fork_and_reset_of_a_thousand_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = thousand(tmp_path)
    client = app.test_client()
    sessions = app.sessions
    world = sessions.world("there-and-back")
    world.take_snapshot("start")

    def change(session: str | None, number: int) -> None:
        headers = KEY | ({"X-Mock-Session": session} if session else {})
        body = {"comment": str(number)}
        answer = client.patch("/platform/v1/devices/3", json=body, headers=headers)
        assert answer.status_code == 200

    figures = {
        "fork": timed(lambda n: sessions.world(f"w{n}")),
        "fork of a base that changed": timed(
            lambda n: sessions.world(f"x{n}"), before=lambda n: change(None, n)
        ),
        "reset": timed(lambda n: sessions.reset(f"w{n}")),
        "reset of the base": timed(lambda n: sessions.reset(None)),
        "undo": timed(lambda n: world.undo(), before=lambda n: change(world.name, n)),
        "restore of a snapshot": timed(
            lambda n: world.restore("start", "restore"), before=lambda n: change(world.name, n)
        ),
    }

    with capsys.disabled():
        print(f"\n{machine()}; a world of {RECORDS:,} records")
        for name, told in figures.items():
            print(f"  {name:<28} {told}")


def thousand(folder: Path) -> Mock:
    """A mock whose worlds begin with so many records."""
    path = shipped("fleet")
    assert path is not None
    store = create_app(("fleet",)).sessions.base.stores["fleet"]
    records = {
        kind: [one.record for one in store.stored(kind) if not one.deleted] for kind in store.kinds
    }
    some, device = sum(map(len, records.values())), records["device"][0]
    records["device"] += [
        {**device, "id": number, "serial_number": f"S{number}"}
        for number in range(1_000, 1_000 + RECORDS - some)
    ]
    credentials = yaml.safe_load(path.read_text("utf-8"))["credentials"]
    file = folder / "thousand.json"
    file.write_text(json.dumps({"credentials": credentials, "records": records}))
    return create_app(("fleet",), fixtures=file)


def timed(act: Callable[[int], object], before: Callable[[int], object] = lambda _: None) -> str:
    seconds = []
    for number in range(300):
        before(number)
        began = time.perf_counter()
        act(number)
        seconds.append(time.perf_counter() - began)
    return percentiles(seconds)


def percentiles(seconds: list[float]) -> str:
    p99 = quantiles(seconds, n=100)[98]
    return f"median {median(seconds) * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms"
