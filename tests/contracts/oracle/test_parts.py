from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest

from contracts.oracle import laws, parts
from contracts.oracle.knowledge import Knowledge, Sending, Touch
from contracts.oracle.laws import laws_of
from contracts.oracle.seen import Seen
from contracts.profile import Credential, Isolation, Profile
from spec import Call, Contract, Json, RawAnswer, RawRequest, decode, judge, read

READ, SET, MADE = "getDeviceAttributes", "updateDeviceAttributes", "createDevice"
OWNER = ("acme", "sink")
KINDS = {"level": "INT", "height": "FLOAT", "Region": "STRING", "cfk-Lid": "BOOL"}
T1, T2 = (f"2024-05-03T09:15:0{second}.000000+00:00" for second in (1, 2))
LAMP = {"organization": "acme", "project": "lamp"}


@pytest.fixture(scope="module")
def memfault() -> Contract:
    return read("memfault")


def state(value: Json, changed: str = T1, created: str = T1) -> Json:
    return {"value": value, "time": changed, "created_date": created, "updated_date": changed}


def row(name: str, found: Json = None, **other: Json) -> Json:
    """Return an answer's line: `found` is a state, or a value that was set at T1."""
    shown = found if isinstance(found, dict) or found is None else state(found)
    definition = {
        "id": f"id of {name.lower()}",
        "string_key": name,
        "data_type": KINDS.get(name, "STRING"),
        "display_name": name,
        "description": "",
        "favorite": False,
        "device_write_policy": "writable",
        "range": {"min": None, "max": None, "min_inclusive": True, "max_inclusive": True},
        "range_violation_behavior": "accept",
        **other,
    }
    return {"custom_metric": definition, "state": shown}


def item(name: str, value: Json) -> Json:
    return {"string_key": name, "value": value}


@dataclass
class World:
    """The devices D1 and D2 of one project, just made; `told` judges one answer after the other."""

    contract: Contract
    isolation: Isolation = "none"
    knowledge: Knowledge = field(init=False)
    proven: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        facts = {"role": "manager", "organization": "acme"}
        credential = Credential("manager", "oat", facts, "bearerAuth")
        self.knowledge = Knowledge(
            self.contract,
            Profile("http://h/api/v0", self.isolation, credentials={"manager": credential}),
        )
        self.knowledge.novel.add("cfk-Lid")
        for key in ("D1", "D2"):
            self.make(key)

    def make(self, key: str) -> None:
        fields = {"device_serial": key, "organization": "acme", "project": "sink", "attributes": {}}
        self.knowledge.note_created("device", fields, Touch(MADE, frozenset(), True, 0))

    def seen(self, body: Json, rows: Sequence[Json], key: str = "D1", status: int = 200) -> Seen:
        path = f"/api/v0/organizations/acme/projects/sink/devices/{key}/attributes"
        headers = (("Authorization", "Bearer oat"), ("Content-Type", "application/json"))
        sent = b"" if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "PATCH"
        call = decode(self.contract, RawRequest(method, path, "", headers, sent))
        assert isinstance(call, Call)
        judgement = judge(self.contract, call, self.knowledge)
        shown: Json = {"data": list(rows)}
        answer = RawAnswer(status, (), json.dumps(shown).encode())
        return Seen(self.contract, call, judgement, answer, shown, 0)

    def told(self, body: Json, rows: Sequence[Json], key: str = "D1") -> laws.Breach | None:
        seen = self.seen(body, rows, key)
        return parts.told(seen, self.knowledge, self.proven)

    def refused(self, body: Json, key: str = "D1") -> None:
        parts.refused(self.seen(body, [], key, 400), self.knowledge)


@dataclass(frozen=True)
class Step:
    """One call and its answer: what was set (None reads), what is shown, and on which device."""

    items: Json
    rows: Sequence[Json] = ()
    key: str = "D1"
    outcome: Literal["accepted", "refused"] = "accepted"


def got(*rows: Json, key: str = "D1") -> Step:
    return Step(None, rows, key)


def put(items: Sequence[Json], *rows: Json, key: str = "D1") -> Step:
    return Step(list(items), rows, key)


def no(*items: Json, key: str = "D1") -> Step:
    return Step(list(items), (), key, "refused")


def walked(world: World, steps: Sequence[Step]) -> laws.Breach | None:
    """Take the steps; all but the last must be right."""
    for step in steps[:-1]:
        if step.outcome == "refused":
            world.refused(step.items, step.key)
        else:
            assert world.told(step.items, step.rows, step.key) is None
    last = steps[-1]
    return world.told(last.items, last.rows, last.key)


LEVEL, HEIGHT = row("level"), row("height")
NONE = got(LEVEL, HEIGHT)
FIVE = put([item("level", 5)], row("level", 5), HEIGHT)
BOTH = put([item("level", 5), item("height", 1.5)], row("level", 5), row("height", 1.5))

HELD: dict[str, list[Step]] = {
    "nothing is set on a new record": [NONE],
    "what was set is read": [FIVE, got(row("level", 5), HEIGHT)],
    "5.0 is 5": [put([item("level", 5.0)], row("level", 5), HEIGHT)],
    "a whole number fits a FLOAT": [NONE, put([item("height", 7)], LEVEL, row("height", 7.0))],
    "a number is as exact as a double": [
        NONE,
        put([item("height", 10**24 + 1)], LEVEL, row("height", 1e24)),
    ],
    "null unsets": [FIVE, put([item("level", None)], LEVEL, HEIGHT), NONE],
    "null for an unset entry": [NONE, put([item("level", None)], LEVEL, HEIGHT)],
    "the case of a name does not matter": [
        NONE,
        put([item("LEVEL", 5)], row("level", 5), HEIGHT),
    ],
    "the last of two items counts": [
        put([item("level", 4), item("LEVEL", 5)], row("level", 5), HEIGHT)
    ],
    "another entry keeps its state": [
        BOTH,
        put(
            [item("level", 6)],
            row("level", state(6, T2)),
            row("height", 1.5),
        ),
    ],
    "unset and set in one call, the state is older": [
        FIVE,
        put(
            [item("level", None), item("level", 6)],
            row("level", state(6, T2)),
            HEIGHT,
        ),
    ],
    "unset and set in one call, the state is new": [
        FIVE,
        put(
            [item("level", None), item("level", 6)],
            row("level", state(6, T2, T2)),
            HEIGHT,
        ),
    ],
    "a new definition comes last": [
        NONE,
        put([item("cfk-Lid", True)], LEVEL, HEIGHT, row("cfk-Lid", True)),
        got(LEVEL, HEIGHT, row("cfk-Lid"), key="D2"),
    ],
    "a new whole number with a point is of either type": [
        NONE,
        put([item("cfk-x", 5.0)], LEVEL, HEIGHT, row("cfk-x", 5.0, data_type="FLOAT")),
    ],
    "null for an unknown name makes nothing": [
        NONE,
        put([item("cfk-Lid", None)], LEVEL, HEIGHT),
        NONE,
    ],
    "a stranger's new definition": [NONE, got(LEVEL, row("Region"), HEIGHT)],
    "a refused call has done nothing": [FIVE, no(item("level", 6)), got(row("level", 5), HEIGHT)],
    "a clock that stands still": [
        FIVE,
        put([item("level", 6)], row("level", 6), HEIGHT),
    ],
}


@pytest.mark.parametrize("case", HELD)
def test_a_right_answer_breaks_no_law(case: str, memfault: Contract) -> None:
    assert walked(World(memfault), HELD[case]) is None


LID = row("cfk-Lid", True)
NEW = [item("cfk-Lid", True)]
BROKEN: dict[str, tuple[list[Step], str, str]] = {
    "a value is not shown": (
        [put([item("level", 5)], LEVEL, HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "another value is shown": (
        [put([item("level", 5)], row("level", 6), HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "true is not 1": (
        [put([item("level", 1)], row("level", True), HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "a value is forgotten": ([FIVE, NONE], laws.READ_YOUR_WRITES, SET),
    "a value changes by itself": (
        [FIVE, got(row("level", 5), HEIGHT), NONE],
        laws.PURE,
        READ,
    ),
    "an unset value comes back": (
        [FIVE, put([item("level", None)], LEVEL, HEIGHT), NONE, got(row("level", 5), HEIGHT)],
        laws.PURE,
        READ,
    ),
    "null does not unset": (
        [FIVE, put([item("level", None)], row("level", 5), HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "the first of two items counts": (
        [put([item("level", 4), item("level", 5)], row("level", 4), HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "another entry is unset": (
        [
            BOTH,
            got(row("level", 5), row("height", 1.5)),
            put([item("level", 6)], row("level", 6), HEIGHT),
        ],
        laws.ENTRIES,
        SET,
    ),
    "another entry's time moves": (
        [
            BOTH,
            got(row("level", 5), row("height", 1.5)),
            put([item("level", 6)], row("level", 6), row("height", state(1.5, T2))),
        ],
        laws.ENTRIES,
        SET,
    ),
    "another record's entry is set": (
        [NONE, FIVE, got(row("level", 5), HEIGHT, key="D2")],
        laws.ENTRIES,
        SET,
    ),
    "the time of the first setting moves": (
        [FIVE, put([item("level", 6)], row("level", state(6, T2, T2)), HEIGHT)],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "the time of the last setting stays": (
        [
            FIVE,
            put([item("height", 1.5)], row("level", 5), row("height", state(1.5, T2, T2))),
            put([item("level", 6)], row("level", 6), row("height", state(1.5, T2, T2))),
        ],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "a refused call has set an entry": (
        [NONE, no(item("level", 5)), got(row("level", 5), HEIGHT)],
        laws.REFUSED,
        SET,
    ),
    "a refused call has unset another entry": (
        [FIVE, got(row("level", 5), HEIGHT), no(item("height", 1)), NONE],
        laws.REFUSED,
        SET,
    ),
    "a refused call has made a definition": (
        [NONE, no(*NEW), got(LEVEL, HEIGHT, row("cfk-Lid"))],
        laws.REFUSED,
        SET,
    ),
    "a definition is left out": ([NONE, got(LEVEL)], laws.DEFINED, READ),
    "what was not sent is left out": (
        [NONE, put([item("level", 5)], row("level", 5))],
        laws.DEFINED,
        SET,
    ),
    "one definition comes twice": ([got(LEVEL, row("LEVEL"))], laws.DEFINED, READ),
    "another order than before": ([NONE, got(HEIGHT, LEVEL)], laws.DEFINED, READ),
    "a definition changes its type": (
        [NONE, got(row("level", data_type="FLOAT"), HEIGHT)],
        laws.DEFINED,
        READ,
    ),
    "a new definition comes first": (
        [NONE, put(NEW, LID, LEVEL, HEIGHT)],
        laws.DEFINED,
        SET,
    ),
    "a new definition is not made": ([NONE, put(NEW, LEVEL, HEIGHT)], laws.READ_YOUR_WRITES, SET),
    "a new definition is of another type": (
        [NONE, put(NEW, LEVEL, HEIGHT, row("cfk-Lid", True, data_type="STRING"))],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "a new definition is named otherwise": (
        [NONE, put(NEW, LEVEL, HEIGHT, row("cfk-lid", True, data_type="BOOL"))],
        laws.READ_YOUR_WRITES,
        SET,
    ),
    "null makes a definition": (
        [NONE, put([item("cfk-Lid", None)], LEVEL, HEIGHT, row("cfk-Lid"))],
        laws.DEFINED,
        SET,
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_wrong_answer_is_laid_to_the_call_that_is_responsible(
    case: str, memfault: Contract
) -> None:
    steps, law, operation = BROKEN[case]

    breach = walked(World(memfault), steps)

    assert breach is not None
    assert (breach.law, breach.operation) == (law, operation)


def test_a_record_made_again_has_no_entries(memfault: Contract) -> None:
    world = World(memfault)
    assert walked(world, [FIVE]) is None
    world.knowledge.note_gone("device", "D1", OWNER, Touch("deleteDevice", frozenset(), True, 0))
    world.make("D1")

    breach = world.told(None, [row("level", 5), HEIGHT])

    assert breach is not None
    assert breach.law == laws.GONE


def test_a_definition_of_another_tenant_is_not_shown(memfault: Contract) -> None:
    world = World(memfault)
    assert walked(world, [NONE]) is None
    sending = Sending(SET, ("device", "L1", tuple(LAMP.values())), ("acme", "lamp"), {}, True)
    values = {"cfk-lid": True}
    world.knowledge.sendings.append(replace(sending, values=values))

    breach = world.told(None, [LEVEL, HEIGHT, row("cfk-Lid")])

    assert breach is not None
    assert breach.law == laws.TENANTS


def test_a_definition_that_nobody_made_is_strange_where_nobody_else_is(memfault: Contract) -> None:
    world = World(memfault, "session")

    breach = walked(world, [NONE, got(LEVEL, HEIGHT, row("Region"))])

    assert breach is not None
    assert (breach.law, breach.operation) == (laws.DEFINED, READ)


@pytest.mark.parametrize(("isolation", "law"), [("none", None), ("session", laws.PURE)])
def test_only_a_shared_world_may_change_the_entries_of_others(
    isolation: Isolation, law: str | None, memfault: Contract
) -> None:
    world = World(memfault, isolation)
    for known in world.knowledge.of_kind("device"):
        known.made_here = False

    breach = walked(world, [NONE, got(row("level", 5), HEIGHT)])

    assert (breach.law if breach else None) == law


PROOFS: dict[str, tuple[list[Step], set[str]]] = {
    "the answer of a setting proves no reading": ([FIVE], set()),
    "a read after a setting": (
        [FIVE, got(row("level", 5), HEIGHT)],
        {f"{SET}: {laws.READ_YOUR_WRITES}"},
    ),
    "a read after a setting of one of two": (
        [
            BOTH,
            got(row("level", 5), row("height", 1.5)),
            put([item("level", 6)], row("level", 6), row("height", 1.5)),
            got(row("level", 6), row("height", 1.5)),
        ],
        {f"{SET}: {laws.READ_YOUR_WRITES}", f"{SET}: {laws.ENTRIES}"},
    ),
    "a read after a refusal": ([NONE, no(item("level", 5)), NONE], {f"{SET}: {laws.REFUSED}"}),
    "a second read of nothing": ([NONE, NONE], set()),
    "a second read of something": (
        [FIVE, got(row("level", 5), HEIGHT), got(row("level", 5), HEIGHT)],
        {f"{SET}: {laws.READ_YOUR_WRITES}", f"{READ}: {laws.PURE}"},
    ),
}


@pytest.mark.parametrize("case", PROOFS)
def test_a_law_is_proven_only_where_it_could_have_failed(case: str, memfault: Contract) -> None:
    steps, expected = PROOFS[case]
    world = World(memfault)

    assert walked(world, steps) is None

    listed = {f"{name}: {laws.DEFINED}" for name in (READ, SET)}
    assert world.proven - listed == expected


def test_a_definition_of_others_that_is_not_shown_proves_that_tenants_are_separate(
    memfault: Contract,
) -> None:
    world = World(memfault)
    world.knowledge.note_shown("metric", {"string_key": "depth", **LAMP}, tuple(LAMP.values()))

    assert walked(world, [NONE]) is None

    assert f"{READ}: {laws.TENANTS}" in world.proven


PROMISES = {
    READ: {laws.PURE, laws.DEFINED, laws.GONE, laws.TENANTS},
    SET: {
        laws.READ_YOUR_WRITES,
        laws.ENTRIES,
        laws.UNTOUCHED,
        laws.REFUSED,
        laws.DEFINED,
        laws.GONE,
        laws.TENANTS,
    },
}


@pytest.mark.parametrize("operation", PROMISES)
def test_an_operation_on_entries_promises_its_laws(operation: str, memfault: Contract) -> None:
    found = {one.name for one in laws_of(memfault) if one.operation == operation}

    assert found == PROMISES[operation]


EQUAL: list[tuple[Any, Any, bool]] = [
    (5, 5.0, True),
    (1, True, False),
    (2**53 + 1, float(2**53), True),
    (10**400, 1.0, False),
    ("5", 5, False),
    (None, None, True),
]


@pytest.mark.parametrize(("left", "right", "expected"), EQUAL)
def test_numbers_are_equal_as_doubles(left: Json, right: Json, expected: bool) -> None:
    assert parts.equal(left, right) is expected
