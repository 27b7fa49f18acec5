from __future__ import annotations

from typing import Any

import pytest

from contracts.compare.grounds import grounds
from contracts.compare.mirror import Mirror
from contracts.profile import Profile
from contracts.steps import Exchange, Fresh, Ref, Spelt, Step
from contracts.target import HttpTarget
from contracts.walk import Unreached, World
from spec import Contract, RawAnswer, RawRequest, read

ID, ITS = "65a0de000000000000000001", "7b1cde000000000000000009"
MADE = (Ref(0, "/data/id"), Ref(0, "/data/device/id"))


def mirror(contract: Contract, profile: Profile) -> Mirror:
    """A mirror of a world that was told of a few records."""
    common = grounds(contract, profile, profile)
    walk = World(contract, profile, HttpTarget(profile.url), "0a1b2c3d").start()
    pairs = common.pairs.copy()
    secrets = {"vnd_writer_a": "its_writer", "vnd_reader_a": "its_reader"}
    return Mirror(common.roles, pairs, secrets, walk, alike=False)


@pytest.fixture
def mirrored(fleet: Contract, profile: Profile) -> Mirror:
    found = mirror(fleet, profile)
    found.pairs.pair("device", 547, 41, MADE)
    found.pairs.pair("user", 77, 7)
    found.pairs.pair("", ID, ITS)
    found.pairs.meet("2027-01-15T08:00:00.000Z", "2030-01-15T08:00:00.000Z")
    return found


def on(key: Any, **more: Any) -> Step:
    return Step("updateDevice", "writer", path={"device_id": key}, **more)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user_id": 77}, {"user_id": 7}),
        ({"user_id": 77.0}, {"user_id": 7.0}),
        ({"user_id": "77"}, {"user_id": "7"}),
        ({"user_id": True}, {"user_id": True}),
        ({"rent": 77}, {"rent": 77}),
        ({"comment": ID}, {"comment": ITS}),
        ({"comment": ID.upper()}, {"comment": ITS.upper()}),
        ({"comment": f"see {ID}, please"}, {"comment": f"see {ITS}, please"}),
        ({"comment": "2027-01-15T08:00:00.001Z"}, {"comment": "2030-01-15T08:00:00.001Z"}),
        ({"name": Fresh(1, "x")}, {"name": Fresh(1, "x")}),
        ({"name": ["text", None, 5]}, {"name": ["text", None, 5]}),
    ],
)
def test_values_are_put_into_the_other_sides_terms(
    body: Any, expected: Any, mirrored: Mirror
) -> None:
    assert mirrored.mirrored(on("2000000001", body=body)).body == expected


def test_a_key_that_an_answer_told_becomes_a_reference_on_both_sides(mirrored: Mirror) -> None:
    step = on("547", body={"name": "x"})

    assert mirrored.anchored(step).path == {"device_id": MADE[0]}
    assert mirrored.mirrored(step).path == {"device_id": MADE[1]}


def test_a_key_of_the_profile_stays_as_it_is(mirrored: Mirror) -> None:
    step = on("101")

    assert mirrored.anchored(step) == step
    assert mirrored.mirrored(step).path == {"device_id": "101"}


def test_bytes_are_put_into_the_other_sides_terms(mirrored: Mirror) -> None:
    step = on("101", raw=f'{{"comment": "{ID}", \xff'.encode("latin-1"))

    assert mirrored.mirrored(step).raw == f'{{"comment": "{ITS}", \xff'.encode("latin-1")


def test_no_side_is_sent_the_others_secrets(mirrored: Mirror) -> None:
    said = on("101", headers=(("Authorization", "bearer vnd_writer_a"),))
    literal = Step("updateDevice", "=bearer vnd_reader_ax")
    asked = on("101", query=(("token", "vnd_writer_a"),))

    assert mirrored.mirrored(said).headers == (("Authorization", "bearer its_writer"),)
    assert mirrored.mirrored(literal).credential == "=bearer its_readerx"
    assert mirrored.mirrored(asked).query == (("token", "its_writer"),)


def test_the_name_of_a_credential_is_no_secret(mirrored: Mirror) -> None:
    mirrored.secrets = {"write": "its"}

    assert mirrored.mirrored(on("101")).credential == "writer"


def test_a_record_that_was_there_on_both_sides_needs_no_answer_to_be_named(
    mirrored: Mirror,
) -> None:
    step = on("101", body={"comment": "2024-01-15T10:00:00Z"})
    mirrored.pairs.meet("2024-01-15T10:00:00Z", "2024-01-15T10:00:00Z", MADE)

    assert mirrored.anchored(step) == step
    assert mirrored.mirrored(step) == step


def test_a_key_spelt_otherwise_is_spelt_so_on_both_sides(mirrored: Mirror) -> None:
    spelt = Spelt(Ref(0, "/data/id"), "0", ".0")
    mirrored.left.exchanges.append(told({"data": {"id": 547}}))

    step = on(spelt)

    assert mirrored.anchored(step).path == {"device_id": spelt}
    assert mirrored.mirrored(step).path == {"device_id": Spelt(MADE[1], "0", ".0")}


def told(body: Any) -> Exchange:
    answer = RawAnswer(200, (), b"")
    return Exchange(on("1"), RawRequest("GET", "/"), answer, body)


def test_a_small_number_that_nobody_has_told_of_is_not_asked_for(mirrored: Mirror) -> None:
    with pytest.raises(Unreached, match="nobody knows of the device 5, which only one side"):
        mirrored.mirrored(on("5"))


def test_where_both_begin_with_the_same_records_it_is(mirrored: Mirror) -> None:
    mirrored.alike = True

    assert mirrored.mirrored(on("5")).path == {"device_id": "5"}


def test_a_list_of_keys_is_put_into_terms_one_by_one() -> None:
    edgeiq = read("edgeiq")
    found = mirror(edgeiq, Profile("http://127.0.0.1:9/v1"))
    found.pairs.pair("device", ID, ITS)
    step = Step("listDevices", None, query=(("tags_inc", "x"), ("name_in", [ID, "plain"])))

    assert dict(found.mirrored(step).query) == {"tags_inc": "x", "name_in": [ITS, "plain"]}
