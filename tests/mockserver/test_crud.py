"""What accepted calls do to the records, and how they show them."""

from __future__ import annotations

from typing import Any

CHARACTERISTICS = 22


def test_a_new_device_shows_every_field_and_hides_what_is_hidden(fleet: Any, row: Any) -> None:
    hidden = {
        "brand": "Apple",
        "is_rented": True,
        "user_id": 11,
        "added_via": "ONBOARDING",
        "client_warranty_endDate": "2030",
    }

    device = fleet.create(row(ram="1 GB", **hidden)).json["data"]["devices"][0]

    assert set(device) == {
        "id",
        "name",
        "serial_number",
        "rent",
        "tracking_number",
        "client_status",
        "type",
        "category",
        "source",
        "comment",
        "characteristics",
        "mdm",
    }
    assert len(device["characteristics"]) == CHARACTERISTICS
    assert {name for name, value in device["characteristics"].items() if value} == {"ram"}
    assert (device["source"], device["client_status"]) == ("EXTERNAL", "IN_SERVICE")
    assert device["rent"] is device["tracking_number"] is device["mdm"] is None


def test_a_batch_answers_in_its_order_under_new_ids(fleet: Any, row: Any) -> None:
    answer = fleet.create(*(row(name=name) for name in "zaq"))

    devices = answer.json["data"]["devices"]
    assert answer.status_code == 201
    assert [one["name"] for one in devices] == ["z", "a", "q"]
    assert [one["id"] for one in devices] == [41, 42, 43]


def test_a_refused_batch_leaves_no_row_and_no_gap(fleet: Any, row: Any) -> None:
    before = fleet.state()

    refused = fleet.create(row(), row(), row(user_id=999))

    assert refused.status_code == 400
    assert fleet.state() == before
    assert fleet.made()["id"] == 41


def test_an_id_is_not_given_twice_even_when_the_newest_was_deleted(fleet: Any) -> None:
    first = fleet.made()["id"]
    fleet.send("DELETE", f"/devices/{first}")

    assert fleet.made()["id"] == first + 1


def test_a_single_label_becomes_a_list(fleet: Any) -> None:
    device = fleet.made(compliance="CE", connection_type="USB-C")
    patched = fleet.patch(device["id"], {"compliance": "FCC"}).json["data"]

    assert device["characteristics"]["compliance"] == ["CE"]
    assert device["characteristics"]["connection_type"] == ["USB-C"]
    assert patched["characteristics"]["compliance"] == ["FCC"]
    assert patched["characteristics"]["connection_type"] == ["USB-C"]


def test_a_patch_changes_what_it_names_and_nothing_else(fleet: Any) -> None:
    before = fleet.get("/3").json["data"]

    after = fleet.patch(3, {"comment": "new", "ram": None}).json["data"]

    expected = before | {"comment": "new"}
    expected["characteristics"] = before["characteristics"] | {"ram": None}
    assert after == expected == fleet.get("/3").json["data"]


def test_a_user_moves_a_device_between_available_and_in_service(fleet: Any) -> None:
    number = fleet.made()["id"]

    states = [
        fleet.patch(number, {"user_id": user}).json["data"]["client_status"]
        for user in (11, 12, None, None)
    ]

    assert states == ["IN_SERVICE", "IN_SERVICE", "AVAILABLE", "AVAILABLE"]


def test_a_user_touches_no_other_status(fleet: Any) -> None:
    assert fleet.patch(13, {"user_id": None}).json["data"]["client_status"] == "IN_MAINTENANCE"
    assert fleet.patch(14, {"user_id": 11}).json["data"]["client_status"] == "ARCHIVED"


def test_a_delete_shows_the_last_state_and_hides_the_device(fleet: Any, verdict: Any) -> None:
    last = fleet.get("/3").json

    answer = fleet.send("DELETE", "/devices/3")

    assert answer.json == last
    assert 3 not in fleet.ids()
    assert [
        verdict(fleet.send(method, "/devices/3", body))
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None))
    ] == ["404 DEVICE_NOT_FOUND"] * 3


def test_a_deleted_device_stays_stored_and_frees_its_serial_number(fleet: Any) -> None:
    serial = fleet.get("/3").json["data"]["serial_number"]
    fleet.send("DELETE", "/devices/3")

    again = fleet.made(serial_number=serial)

    assert again["serial_number"] == serial
    kept = fleet.admin("GET", "/state/device/3").json
    assert (kept["deleted"], kept["record"]["serial_number"]) == (True, serial)


def test_a_cleared_serial_number_is_free_and_null_never_collides(fleet: Any) -> None:
    serial = fleet.get("/3").json["data"]["serial_number"]

    assert fleet.patch(3, {"serial_number": None}).status_code == 200
    assert fleet.patch(4, {"serial_number": None}).status_code == 200
    assert fleet.patch(5, {"serial_number": serial}).status_code == 200


def test_texts_come_back_as_they_were_sent(fleet: Any) -> None:
    for text in (
        "\u0000",
        "a\u0000b",
        "\U0001f4a9",
        "  x ",
        "'; DROP TABLE device",
        "%_",
        "\u202e",
    ):
        number = fleet.made(name=text, serial_number=f"s{text}")["id"]

        assert fleet.get(f"/{number}").json["data"]["name"] == text
        assert fleet.create(
            {"name": "n", "type": "t", "category": "c", "serial_number": f"s{text}"}
        ).json == {"error": "INVALID_SERIAL_NUMBER"}


def test_another_company_sees_nothing_of_it(fleet: Any) -> None:
    number = fleet.made()["id"]

    assert number not in fleet.ids(key="flt_sk_other")
    assert fleet.get(f"/{number}", key="flt_sk_other").status_code == 404
