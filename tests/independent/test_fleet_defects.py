"""Every defect of the independent Fleet is real: a client can see it, and only where it is on.

A check holds on the correct server and does not on the one with the defect of the same name. Most
are one call and its verdict (see ``Reply.verdict``); the others are a predicate over a client.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.independent import fleet_server
from tests.independent.fleet_client import (
    ACTORLESS,
    OTHER,
    READER,
    REMOVED,
    WRITER,
    Client,
    row,
)

Check = Callable[[Client], bool]


def get(path: str, want: str, key: str | None = WRITER) -> Check:
    return lambda c: c.get(path, key).verdict == want


def patch(number: int, want: str, key: str = WRITER, **changes: Any) -> Check:
    return lambda c: c.patch(number, key, **changes).verdict == want


def delete(number: int, want: str, key: str = WRITER) -> Check:
    return lambda c: c.delete(number, key).verdict == want


def create(want: str, *rows: dict[str, Any], key: str = WRITER) -> Check:
    return lambda c: c.create(*rows, key=key).verdict == want


def send(want: str, method: str, path: str, body: Any, key: str = WRITER, **headers: str) -> Check:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda c: c.send(method, path, body, key, named).verdict == want


def then(first: Check, second: Check) -> Check:
    """Whether the second holds after the first was sent, whatever became of the first."""
    return lambda c: (first(c), second(c))[1]


def found(search: str, *ids: int) -> Check:
    return lambda c: c.ids(f"?search={search}") == list(ids)


def envelope(c: Client, query: str = "") -> dict[str, Any]:
    return c.get(query).json


def keeps_serial_of_deleted(c: Client) -> bool:
    number = c.made(serial_number="FREE-1")["id"]
    c.delete(number)
    return c.create(row(serial_number="FREE-1")).status == 201


def batch_is_atomic(c: Client) -> bool:
    before = c.ids()
    c.create(row(serial_number="OK-1"), row(serial_number="PF-3XK9"))
    return c.ids() == before


def ids_are_new(c: Client) -> bool:
    number = c.made()["id"]
    c.delete(number)
    return c.made()["id"] != number


def failed_provisioning_stores_nothing(c: Client) -> bool:
    before = c.ids()
    return c.create(row(), fault=True).status == 500 and c.ids() == before


def order_is_kept(c: Client) -> bool:
    answer = c.create(row(name="one"), row(name="two")).data["devices"]
    return [device["name"] for device in answer] == ["one", "two"]


def reading_changes_nothing(c: Client) -> bool:
    return c.show(103) == c.show(103)


CHECKS: dict[str, Check] = {
    # shape of answers
    "get-omits-tracking-number": lambda c: "tracking_number" in c.show(103),
    "list-characteristics-flat": lambda c: "characteristics" in c.get("").data[0],
    "list-drops-null-characteristics": lambda c: len(c.get("").data[0]["characteristics"]) == 22,
    "create-id-as-string": lambda c: isinstance(c.made()["id"], int),
    "get-mdm-missing": lambda c: c.show(106).get("mdm", "missing") is None,
    "patch-mdm-empty-object": lambda c: c.patch(106, comment="x").data["mdm"] is None,
    "mdm-draft-shown": lambda c: c.show(104)["mdm"] is None,
    "create-envelope-bare-array": lambda c: isinstance(c.create(row()).data, dict),
    "list-meta-renamed": lambda c: "meta" in envelope(c),
    "total-as-string": lambda c: envelope(c)["meta"]["total"] == 12,
    "create-answers-200": create("201", row()),
    "delete-answers-204": delete(103, "200"),
    "delete-data-null": lambda c: c.delete(103).json["data"] is not None,
    "not-found-as-html": lambda c: c.get("/9").headers["Content-Type"] == "application/json",
    "forbidden-under-message": delete(103, "403 INSUFFICIENT_SCOPE", READER),
    # codes
    "patch-codes-swapped": patch(104, "400 INVALID_SERIAL_NUMBER", serial_number="PF-3XK9"),
    "empty-patch-sentence": patch(104, "400 EMPTY_PATCH_BODY"),
    "keyboard-code-renamed": patch(103, "400 KEYBOARD_LAYOUT_REQUIRED", keyboard_layout=None),
    "duplicate-serial-409": create("400 INVALID_SERIAL_NUMBER", row(serial_number="PF-3XK9")),
    "create-user-422": create("400 INVALID_USER", row(user_id=999)),
    "foreign-device-403": patch(105, "404 DEVICE_NOT_FOUND", comment="x"),
    "deleted-device-410": get("/112", "404 DEVICE_NOT_FOUND"),
    "company-code-wrong": create("404 COMPANY_NOT_FOUND", row(), key=REMOVED),
    "actor-code-generic": create("500 PLATFORM_DEVICE_ACTOR_NOT_FOUND", row(), key=ACTORLESS),
    "shape-error-as-code": patch(104, "400 sentence", name=5),
    "malformed-id-400": get("/042", "404 DEVICE_NOT_FOUND"),
    "huge-id-500": get("/99999999999999999999", "404 DEVICE_NOT_FOUND"),
    # precedence
    "body-before-scope": send("403 INSUFFICIENT_SCOPE", "POST", "/devices", b"{", READER),
    "lookup-before-shape": patch(999, "400 sentence", name=5),
    "delete-lookup-before-scope": delete(999, "403 INSUFFICIENT_SCOPE", READER),
    "mutation-after-patch-rules": patch(101, "403 DEVICE_MUTATION_FORBIDDEN", user_id=999),
    "empty-patch-before-lookup": patch(999, "404 DEVICE_NOT_FOUND"),
    "company-before-shape": create("400 sentence", row(name=5), key=REMOVED),
    "actor-before-rules": create("400 INVALID_USER", row(user_id=999), key=ACTORLESS),
    "query-before-auth": get("?limit=", "401 sentence", None),
    # rules
    "blank-serial-accepted": patch(104, "400 INVALID_SERIAL_NUMBER", serial_number="  "),
    "duplicate-serial-on-create": create("400 INVALID_SERIAL_NUMBER", row(serial_number="PF-3XK9")),
    "duplicate-serial-in-batch": create(
        "400 INVALID_SERIAL_NUMBER", row(serial_number="T-1"), row(serial_number="T-1")
    ),
    "patch-steals-serial": patch(104, "400 INVALID_SERIAL_NUMBER", serial_number="PF-3XK9"),
    "own-serial-refused": patch(103, "200", serial_number="PF-3XK9"),
    "null-serial-collides": patch(103, "200", serial_number=None),
    "deleted-serial-not-freed": keeps_serial_of_deleted,
    "serial-any-case": create("201", row(serial_number="pf-3xk9")),
    "serial-across-companies": create("201", row(serial_number="HP-B-105")),
    "serial-stored-trimmed": lambda c: c.made(serial_number=" T-2 ")["serial_number"] == " T-2 ",
    "inactive-user-accepted": create("400 INVALID_USER", row(user_id=14)),
    "foreign-user-accepted": create("400 INVALID_USER", row(user_id=21)),
    "patch-unknown-user-accepted": patch(104, "400 INVALID_USER", user_id=999),
    "user-zero-accepted": create("400 sentence", row(user_id=0)),
    "boolean-user-id": create("400 sentence", row(user_id=True)),
    "integral-number-refused": create("201", row(user_id=12.0)),
    "empty-patch-accepted": patch(104, "400 EMPTY_PATCH_BODY"),
    "unknown-keys-patch-accepted": patch(104, "400 EMPTY_PATCH_BODY", foo=1),
    "null-only-patch-empty": patch(104, "200", comment=None),
    "category-patchable": patch(104, "400 EMPTY_PATCH_BODY", category="PHONE"),
    "keyboard-null-accepted": patch(106, "400 KEYBOARD_LAYOUT_REQUIRED", keyboard_layout=None),
    "phone-layout-null-refused": patch(107, "200", keyboard_layout=None),
    "layout-null-again-accepted": patch(104, "400 KEYBOARD_LAYOUT_REQUIRED", keyboard_layout=None),
    "laptop-needs-layout": create("201", row(category="LAPTOP")),
    "fleet-device-deletable": delete(101, "403 DEVICE_MUTATION_FORBIDDEN"),
    "fleet-device-patchable": patch(102, "403 DEVICE_MUTATION_FORBIDDEN", comment="x"),
    "patch-empty-name-accepted": patch(104, "400 sentence", name=""),
    "blank-name-refused": create("201", row(name=" ")),
    "empty-batch-accepted": create("400 sentence"),
    "added-via-unchecked": create("400 sentence", row(added_via="FAX")),
    "create-null-text-accepted": create("400 sentence", row(brand=None)),
    "create-null-compliance": create("400 sentence", row(compliance=None)),
    "duplicate-keys-accepted": send(
        "400 sentence", "PATCH", "/devices/104", b'{"comment": "a", "comment": "b"}'
    ),
    "content-type-unchecked": send(
        "400 sentence", "PATCH", "/devices/104", {"comment": "x"}, Content_Type="text/plain"
    ),
    # state
    "batch-keeps-earlier-rows": batch_is_atomic,
    "batch-answer-reversed": order_is_kept,
    "patch-resets-unsent": lambda c: (
        c.patch(103, ram="64 GB").data["characteristics"]["has_webcam"] is True
    ),
    "patch-comment-not-stored": then(
        patch(104, "200", comment="new"), lambda c: c.show(104)["comment"] == "new"
    ),
    "patch-user-not-stored": then(
        patch(104, "200", user_id=11), lambda c: 104 in c.ids("?user_id=11")
    ),
    "refused-patch-renames": then(
        patch(104, "400", name="New", user_id=999), lambda c: c.show(104)["name"] != "New"
    ),
    "delete-does-nothing": then(delete(103, "200"), get("/103", "404 DEVICE_NOT_FOUND")),
    "deleted-in-list": lambda c: 112 not in c.ids(),
    "deleted-readable": get("/112", "404 DEVICE_NOT_FOUND"),
    "delete-snapshot-archived": lambda c: c.delete(103).data["client_status"] == "IN_SERVICE",
    "get-fills-default": reading_changes_nothing,
    "unassign-keeps-status": lambda c: (
        c.patch(103, user_id=None).data["client_status"] == "AVAILABLE"
    ),
    "assign-ends-maintenance": lambda c: (
        c.patch(110, user_id=11).data["client_status"] == "IN_MAINTENANCE"
    ),
    "create-status-available": lambda c: c.made(user_id=11)["client_status"] == "IN_SERVICE",
    "create-source-manual": lambda c: c.made()["source"] == "EXTERNAL",
    "ids-reused": ids_are_new,
    "null-does-not-clear": lambda c: c.patch(104, comment=None).data["comment"] is None,
    "single-label-not-wrapped": lambda c: (
        c.made(connection_type="USB")["characteristics"]["connection_type"] == ["USB"]
    ),
    "false-becomes-null": lambda c: (
        c.made(has_stool=False)["characteristics"]["has_stool"] is False
    ),
    "empty-labels-become-null": lambda c: (
        c.made(compliance=[])["characteristics"]["compliance"] == []
    ),
    "failed-provisioning-keeps-device": failed_provisioning_stores_nothing,
    # list
    "limit-ignored": lambda c: len(c.ids("?limit=2")) == 2,
    "limit-100-refused": get("?limit=100", "200"),
    "limit-101-accepted": get("?limit=101", "400 sentence"),
    "default-limit-20": lambda c: envelope(c)["meta"]["limit"] == 50,
    "offset-off-by-one": lambda c: c.ids("?offset=1") == c.ids()[1:],
    "negative-offset-accepted": get("?offset=-1", "400 sentence"),
    "total-counts-page": lambda c: envelope(c, "?limit=3")["meta"]["total"] == 12,
    "total-ignores-search": lambda c: envelope(c, "?search=lenovo")["meta"]["total"] == 1,
    "oldest-first": lambda c: c.ids() == sorted(c.ids(), reverse=True),
    "user-filter-ignored": lambda c: c.ids("?user_id=13") == [114, 107],
    "status-filter-ignored": lambda c: c.ids("?client_status=DELIVERED") == [116],
    "status-filter-unchecked": get("?client_status=LOST", "400 sentence"),
    "search-infix": found("pad"),
    "search-any-word": found("lenovo+phone"),
    "search-case-sensitive": found("LENOVO+thinkpad", 103),
    "search-skips-comment": found("lyon", 104),
    "search-skips-brand": found("logitech", 106),
    "archived-hidden": lambda c: 108 in c.ids(),
    "list-leaks-companies": lambda c: 105 not in c.ids(),
    "meta-echoes-default": lambda c: envelope(c, "?limit=3")["meta"]["limit"] == 3,
    "repeated-parameter-accepted": get("?limit=2&limit=3", "400 sentence"),
    "empty-parameter-ignored": get("?search=", "400 sentence"),
    "unknown-parameter-refused": get("?sort=name", "200"),
    # authentication and tenancy
    "read-without-token": get("", "401 sentence", None),
    "lower-case-bearer": send(
        "401 sentence", "GET", "/devices", None, Authorization=f"bearer {WRITER}"
    ),
    "unknown-token-accepted": get("", "401 sentence", "vnd_nobody"),
    "reader-may-patch": patch(104, "403 INSUFFICIENT_SCOPE", READER, comment="x"),
    "reader-may-delete": delete(104, "403 INSUFFICIENT_SCOPE", READER),
    "foreign-device-readable": get("/103", "404 DEVICE_NOT_FOUND", OTHER),
    "foreign-device-deletable": delete(103, "404 DEVICE_NOT_FOUND", OTHER),
    "removed-company-may-create": create("404 COMPANY_NOT_FOUND", row(), key=REMOVED),
}


def holds(name: str, defect: str | None) -> bool:
    """Whether the check of that name holds on a fresh server with that defect."""
    with fleet_server.start(defect) as running, Client(running.url) as client:
        return CHECKS[name](client)


def test_every_defect_has_a_check() -> None:
    assert list(CHECKS) == list(fleet_server.DEFECTS)


def test_every_defect_is_switched_at_one_place() -> None:
    source = Path(fleet_server.__file__).read_text(encoding="utf-8")
    assert sorted(re.findall(r'has\("([a-z0-9-]+)"\)', source)) == sorted(fleet_server.DEFECTS)


@pytest.mark.parametrize("name", fleet_server.DEFECTS)
def test_defect_shows(name: str) -> None:
    assert holds(name, defect=None), "the correct server must pass"
    assert not holds(name, defect=name), fleet_server.DEFECTS[name]
