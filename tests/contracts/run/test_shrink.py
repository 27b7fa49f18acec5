from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from contracts.profile import Profile
from contracts.run.findings import Finding
from contracts.run.shrink import Shrinker, reduced
from contracts.steps import Ref, Step
from contracts.target import HttpTarget
from contracts.waiting import sent_again
from contracts.walk import World
from spec import Contract, Json, RawAnswer, RawRequest
from tests.contracts.made import CREATE, MADE, create, on
from tests.contracts.run.canned import Canned
from tests.independent import fleet_server

TEXTS = {
    "color", "comment", "connectivity", "graphic", "local_name", "model_year", "os_platform",
    "processor", "ram", "resolution", "screen_size", "storage",
}  # fmt: skip


@dataclass
class Forgetful:
    """A Fleet in which, once a name was updated in a session, each read of it fails."""

    inner: HttpTarget
    needed: int = 1
    shown: int = 10**6
    updates: Counter[str | None] = field(default_factory=Counter)
    sent: list[RawRequest] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.inner.base

    def send(self, request: RawRequest) -> RawAnswer:
        self.sent.append(request)
        session = request.header("X-Mock-Session")
        if request.method == "PATCH" and b'"name"' in request.body:
            self.updates[session] += 1
        if request.method == "GET" and self.updates[session] >= self.needed and self.shown > 0:
            self.shown -= 1
            return RawAnswer(500, (("Content-Type", "application/json"),), b'{"error": "OOPS"}')
        return self.inner.send(request)

    def close(self) -> None:
        self.inner.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with fleet_server.start() as server:
        yield server.url


def world(target: Forgetful, fleet: Contract, profile: Profile) -> World:
    alone = dataclasses.replace(profile, url=target.inner.url, isolation="session")
    return World(fleet, alone, target, "0a1b2c3d")


def found(world: World, steps: Sequence[Step]) -> Finding:
    walk = world.start()
    contradicted = sent_again(walk, steps)
    walk.clean()
    assert contradicted is not None
    exchanges = tuple(walk.exchanges)
    return Finding(
        contradicted.contradiction,
        tuple(one.step for one in exchanges),
        exchanges,
        "by hand",
        frozenset(),
    )


LONG = [
    Step("listDevices", "reader"),
    create(CREATE),
    create({**CREATE, "comment": "x"}, {**CREATE, "color": "red"}),
    on(Ref(2, "/data/devices/0/id"), "getDevice"),
    on(Ref(2, "/data/devices/1/id"), "updateDevice", body={"name": "y", "comment": "z"}),
    Step("listDevices", "writer", query=(("limit", 3),)),
]


def test_a_sequence_shrinks_to_the_steps_that_matter(
    url: str, fleet: Contract, profile: Profile
) -> None:
    target = Forgetful(HttpTarget(url))
    place = world(target, fleet, profile)
    long = found(place, LONG)

    short = Shrinker(place).shrink(long)
    target.close()

    assert short.reproduced
    assert [one.operation for one in short.steps] == [
        "createDevices",
        "updateDevice",
        "listDevices",
    ]
    assert short.steps[1].body == {"name": "y"}
    assert len(json.dumps(short.steps[0].as_json())) < len(json.dumps(LONG[2].as_json()))
    assert len(short.exchanges) == len(short.steps)
    assert short.id == long.id


def test_a_bug_that_needs_two_steps_shrinks_to_two(
    url: str, fleet: Contract, profile: Profile
) -> None:
    target = Forgetful(HttpTarget(url))
    place = world(target, fleet, profile)
    steps = [
        create(CREATE),
        on(MADE, "getDevice"),
        on("2000000001", "updateDevice", body={"name": "x", "comment": "y"}),
        Step("listDevices", "writer"),
    ]

    short = Shrinker(place).shrink(found(place, steps))
    target.close()

    assert [one.operation for one in short.steps] == ["updateDevice", "listDevices"]
    assert short.steps[0].body == {"name": "x"}


def test_a_sequence_that_is_needed_whole_stays_whole(
    url: str, fleet: Contract, profile: Profile
) -> None:
    target = Forgetful(HttpTarget(url), needed=2)
    place = world(target, fleet, profile)
    rename = on(MADE, "updateDevice", body={"name": "x"})
    steps = [create(CREATE), rename, rename, on(MADE, "getDevice")]

    short = Shrinker(place).shrink(found(place, steps))
    target.close()

    assert len(short.steps) == 4


def test_a_contradiction_that_does_not_come_back_is_called_flaky(
    url: str, fleet: Contract, profile: Profile
) -> None:
    target = Forgetful(HttpTarget(url), shown=1)
    place = world(target, fleet, profile)
    long = found(place, LONG)

    same = Shrinker(place).shrink(long)
    target.close()

    assert same.reproduced is False
    assert same.steps == long.steps


def test_a_wide_step_shrinks_to_what_matters_of_its_query_and_its_body(
    fleet: Contract, profile: Profile
) -> None:
    place = World(fleet, profile, Canned(fleet), "0a1b2c3d")
    odd = "\U0009e52b" * 30
    wide = {**CREATE, **dict.fromkeys(sorted(TEXTS), odd), "type": odd}
    listed = Step("listDevices", "writer", query=(("offset", "0"), ("limit", "1"), ("x", "y")))
    made = create({**CREATE, "comment": "x"}, wide)

    query = Shrinker(place).shrink(found(place, [listed]))
    body = Shrinker(place).shrink(found(place, [made]))

    assert query.steps[0].query == (("limit", "1"),)
    assert body.reproduced
    for row in body.steps[0].body["devices"]:
        assert row.keys() == CREATE.keys()
        assert odd not in row.values()


def test_shrinking_keeps_to_its_budget(url: str, fleet: Contract, profile: Profile) -> None:
    target = Forgetful(HttpTarget(url))
    place = world(target, fleet, profile)
    long = found(place, LONG)
    before = len(target.sent)

    Shrinker(place, budget=20, each=0).shrink(long)
    target.close()

    # The attempt that was begun within the budget may end beyond it.
    assert len(target.sent) - before <= 20 + len(LONG)


@dataclass
class Ageing:
    """A Fleet in which a record's name changes by being read a second time."""

    inner: HttpTarget
    reads: Counter[str | None] = field(default_factory=Counter)

    @property
    def base(self) -> str:
        return self.inner.base

    def send(self, request: RawRequest) -> RawAnswer:
        answer = self.inner.send(request)
        if request.method != "GET" or answer.status != 200:
            return answer
        session = request.header("X-Mock-Session")
        self.reads[session] += 1
        if self.reads[session] == 1:
            return answer
        return dataclasses.replace(answer, body=answer.body.replace(b'"text"', b'"texts"'))

    def close(self) -> None:
        self.inner.close()


def test_a_write_is_acquitted_of_what_reading_shows_without_it(
    url: str, fleet: Contract, profile: Profile
) -> None:
    target = Ageing(HttpTarget(url))
    place = World(
        fleet,
        dataclasses.replace(profile, url=target.inner.url, isolation="session"),
        target,
        "0a1b2c3d",
    )
    read = on(MADE, "getDevice")
    steps = [create(CREATE), read, on(MADE, "updateDevice", body={"assigned_to": None}), read]
    blamed = found(place, steps)

    short = Shrinker(place).shrink(blamed)
    target.close()

    assert "updateDevice" in blamed.contradiction.row
    assert short.contradiction.row == "getDevice: reading-changes-nothing"
    assert [one.operation for one in short.steps] == ["createDevices", "getDevice", "getDevice"]


@pytest.mark.parametrize(
    ("body", "smaller"),
    [
        ({"name": "\u00e9t\u00e9!"}, [{}, {"name": "aaaa"}, {"name": "\u00e9t"}]),
        ({"name": "aaaa"}, [{}, {"name": "aa"}]),
        (["\U0001f4a9"], [["a"]]),
        ({"name": "y"}, [{}]),
        ({"name": ""}, [{}]),
    ],
)
def test_texts_are_made_plain_and_then_short(body: Json, smaller: list[Json]) -> None:
    asked: list[Json] = []

    reduced(body, lambda one: bool(asked.append(one)))

    assert asked == smaller
