"""A served mock with a state file that is killed while several clients write to it."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mockserver.cli import READY

WRITERS = 3
BASE = "/platform/v1/devices"
KEY = {"Authorization": "Bearer flt_sk_writer", "Content-Type": "application/json"}


@dataclass
class Writer:
    """A client that creates and changes devices of a world, and knows what was acknowledged."""

    world: str | None
    created: dict[int, str] = field(default_factory=dict)
    """Acknowledged devices by id, with the comment that was acknowledged last."""
    trying: tuple[int | None, str] | None = None
    """What was sent and not answered: the id of the device, if it has one, and its comment."""
    refused: list[str] = field(default_factory=list)

    def write(self, port: int) -> None:
        """Write until the connection breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        number = 0
        try:
            while True:
                number += 1
                self._write(connection, number)
        except (OSError, http.client.HTTPException):
            connection.close()

    def _write(self, connection: http.client.HTTPConnection, number: int) -> None:
        comment = f"{self.world} {time.time_ns()}"
        known = [*self.created] if number % 2 else []
        device = known[number * 7 % len(known)] if known else None
        self.trying = (device, comment)
        if device is None:
            row = {"name": comment, "type": "t", "category": "PHONE", "comment": comment}
            status, told = call(connection, "POST", BASE, {"devices": [row]}, self.world)
        else:
            body = {"comment": comment}
            status, told = call(connection, "PATCH", f"{BASE}/{device}", body, self.world)
        if status >= 400:
            self.refused.append(f"{status} {told}")
            return
        self.created[device or told["data"]["devices"][0]["id"]] = comment
        self.trying = None

    def missing(self, port: int) -> list[str]:
        """What was acknowledged and is not there; and what is there and was never sent."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        _, told = call(connection, "GET", "/__admin/state/device", None, self.world)
        connection.close()
        records = {one["record"]["id"]: one["record"]["comment"] for one in told["records"]}
        wrong = list(self.refused)
        for device, comment in self.created.items():
            found = records.get(device)
            if found != comment and (device, found) != self.trying:
                wrong.append(f"{self.world} {device}: {comment} was acknowledged, {found} is there")
        ours = [one for one, said in records.items() if f"{said}".startswith(f"{self.world} ")]
        strange = [one for one in ours if one not in self.created]
        if [(None, records[one]) for one in strange] not in ([], [self.trying]):
            wrong.append(f"{self.world}: {strange} were never acknowledged")
        if strange:
            self.created |= {one: records[one] for one in strange}
        elif self.trying is not None and self.trying[0] is not None:
            self.created[self.trying[0]] = records[self.trying[0]]
        self.trying = None
        return wrong


def call(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any, world: str | None
) -> tuple[int, Any]:
    headers = KEY | ({"X-Mock-Session": world} if world else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def start(file: Path, *more: str) -> subprocess.Popen[str]:
    words = ["-m", "mockserver", "fleet", "--port", "0", "--state", str(file), *more]
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a mock and its worker without a warning."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def port_of(process: subprocess.Popen[str]) -> int:
    """Return the port of a mock once it answers."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith(f"{READY} "):
            return int(line.rsplit(":", 1)[1])
    raise AssertionError("".join(printed))


@contextmanager
def served(file: Path, *more: str) -> Iterator[int]:
    """Give the port of a mock, which is killed in the end."""
    process = start(file, *more)
    try:
        yield port_of(process)
    finally:
        kill(process)


@dataclass
class Tally:
    """What a campaign of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)


def campaign(file: Path, kills: int, *, seed: int) -> Tally:
    """Kill a mock so many times at random moments, and see what the next one has."""
    rng = random.Random(seed)
    tally = Tally()
    writers = [Writer(None)]
    for life in range(kills):
        if life % 10 == 9:
            process = start(file)
            time.sleep(rng.uniform(0, 2))
            kill(process)
        else:
            writers += [Writer(f"world-{life}-{number}") for number in range(1, WRITERS)]
            _live(file, [writers[0], *writers[1 - WRITERS :]], rng.uniform(0, 0.8), tally)
        tally.kills += 1
    with served(file) as port:
        tally.wrong += [wrong for writer in writers for wrong in writer.missing(port)]
    tally.acknowledged = sum(len(writer.created) for writer in writers)
    return tally


def _live(file: Path, writers: list[Writer], seconds: float, tally: Tally) -> None:
    process = start(file)
    port = port_of(process)
    tally.wrong += writers[0].missing(port)
    threads = [threading.Thread(target=one.write, args=[port]) for one in writers]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    kill(process)
    for thread in threads:
        thread.join()
