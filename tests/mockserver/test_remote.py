"""What a test is given of a running mock, without pytest's fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

import pytest

from mockserver.remote import told
from mockserver.testing import AdminError, MockWorld, Running, running
from spec import TargetUnreachable

KEY = {"Authorization": "Bearer flt_sk_writer", "Content-Type": "application/json"}
_numbers = count()


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    arguments = ["--clock", "2024-05-03T09:15:00Z"]
    with running(["fleet", "memfault"], arguments=arguments) as one:
        yield one


@pytest.fixture
def world(mock: Running) -> MockWorld:
    return mock.world(f"test-{next(_numbers)}")


def call(
    world: MockWorld, method: str, path: str, body: str | None = None, *, bare: bool = False
) -> int:
    port = int(world.origin.rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    url, headers = (world.bare_url, KEY) if bare else (world.url, KEY | world.headers)
    connection.request(method, url.removeprefix(world.origin) + path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_the_urls_are_in_the_order_in_which_the_documents_were_named(mock: Running) -> None:
    assert [*mock.urls] == ["fleet", "memfault"]
    assert mock.url == mock.world("any").url == mock.urls["fleet"]
    assert mock.urls["memfault"] == f"{mock.origin}/api/v0"


def test_what_one_world_changes_no_other_sees(mock: Running, world: MockWorld) -> None:
    call(world, "PATCH", "/devices/3", '{"comment": "lent"}')

    assert world.state("device", 3)["comment"] == "lent"
    assert mock.world("another").state("device", 3)["comment"] != "lent"


def test_who_sends_no_header_is_led_by_the_url(world: MockWorld) -> None:
    call(world, "GET", "/devices/3", bare=True)

    assert [one["operation"] for one in world.requests()] == ["getDevice"]


def test_of_a_world_that_is_forgotten_nothing_is_left(mock: Running, world: MockWorld) -> None:
    call(world, "DELETE", "/devices/3")
    world.admin("POST", "/snapshots", {"name": "one"})
    other = mock.world("kept")
    call(other, "GET", "/devices/3")

    world.forget()

    assert world.admin("GET", "/snapshots")["snapshots"] == []
    assert call(world, "GET", "/devices/3") == 200
    assert len(other.requests()) == 1


def test_the_state_is_that_of_all_kinds_or_of_one(world: MockWorld) -> None:
    assert call(world, "DELETE", "/devices/3") == 200

    devices = world.state("device")

    assert 3 not in [one["id"] for one in devices]
    assert world.state()["fleet"]["device"] == devices


def test_calls_are_found_in_the_order_in_which_they_came(world: MockWorld) -> None:
    for number in (3, 4):
        call(world, "PATCH", f"/devices/{number}", "{}")
    call(world, "GET", "/devices/3")

    assert [one["operation"] for one in world.requests()] == ["updateDevice"] * 2 + ["getDevice"]
    found = [one["request"]["target"] for one in world.find(method="PATCH")]
    assert found == ["/platform/v1/devices/3", "/platform/v1/devices/4"]


def test_a_fault_strikes_and_a_reset_takes_it_away(world: MockWorld) -> None:
    world.fault(operation="getDevice", error="DEVICE_NOT_FOUND")
    assert call(world, "GET", "/devices/3") == 404

    world.reset()

    assert world.requests() == []
    assert call(world, "GET", "/devices/3") == 200


def test_the_clock_goes_forward_in_this_world_only(mock: Running, world: MockWorld) -> None:
    assert world.advance(90)["now"] == "2024-05-03T09:16:30.000000Z"
    assert mock.world("another").admin("GET", "/clock")["now"] == "2024-05-03T09:15:00.000000Z"


def test_a_call_is_told_in_a_line(world: MockWorld) -> None:
    call(world, "GET", "/devices/999999")
    call(world, "PATCH", "/devices/3", "{")
    call(world, "GET", "/nothing")

    missing, broken, lost = map(told, world.requests())

    assert missing == "404  GET  /platform/v1/devices/999999  getDevice  DEVICE_NOT_FOUND"
    assert broken.startswith("400  PATCH  /platform/v1/devices/3  updateDevice  ")
    assert lost == "404  GET  /platform/v1/nothing"


def test_what_the_admin_api_refuses_is_one_sentence(world: MockWorld) -> None:
    with pytest.raises(AdminError) as raised:
        world.fault(operation="getDevice", eror="DEVICE_NOT_FOUND")

    said = str(raised.value)
    assert said.startswith("POST /__admin/faults: 422: unknown member 'eror'; expected ")
    assert said.endswith("Did you mean 'error'?")


def test_a_mock_that_is_gone_is_told() -> None:
    world = MockWorld("any", "http://127.0.0.1:1", {})

    with pytest.raises(TargetUnreachable, match=r"^http://127\.0\.0\.1:1: no answer "):
        world.requests()


def test_a_mock_starts_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "changes.yaml").write_text("a: 1")

    with (
        pytest.raises(TargetUnreachable, match=r"changes\.yaml.*: unknown part 'a'"),
        running(["fleet"], arguments=["--fixtures", "changes.yaml"], folder=tmp_path),
    ):
        pass
