"""A second, independent implementation of the EdgeIQ device API, with bugs that can be switched on.

It stands for the vendor's own service: it shares no code and no data with the mock, and speaks
plain HTTP. ``POST /__reset`` at the root of the host puts it back to its first state at once.
Switched on by name, each entry of ``DEFECTS`` makes it wrong in exactly one way, so a conformance
suite can be asked how many of them it notices.

Bulk actions proceed in real time, one device every few milliseconds, and are brought up to date
from the clock at the start of each request: no thread works in between.

A defect is looked up by ``has`` at exactly one place, beside the right behaviour.
``python tests/independent/edgeiq_server.py --list`` prints them all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

PREFIX = "/api/v1/platform"
RESET = "/__reset"
MAX_BODY = 8 * 1024 * 1024
BODY_TIMEOUT = 5
FAULT_HEADER = "X-Vendor-Fault"
STEP = 0.005  # seconds from one device of a bulk action to the next

DEFECTS: dict[str, str] = {
    # shape of answers
    "get-omits-unset-period": "getDevice leaves heartbeat_period out where it is unset.",
    "list-id-renamed": "listDevices shows `id` instead of `_id`.",
    "fleet-omits-user-id": "getFleet leaves the required user_id out.",
    "total-as-string": "The page envelope shows total as a string.",
    "resources-renamed": "The page envelope calls its rows `data`.",
    "page-meta-ignored": "page_meta=true answers the bare array.",
    "page-meta-false-wraps": "page_meta=false answers the page envelope.",
    "bare-list-wrapped": "listFleets answers the page envelope though nobody asked.",
    "action-answers-200": "executeFleetAction answers 200 instead of 202.",
    "action-id-renamed": "executeFleetAction calls the bulk_response_id `_id`.",
    "create-answers-201": "createDevice answers 201 instead of 200.",
    "delete-answers-200": "deleteDevice answers 200 with the device.",
    "put-answers-204": "replaceDevice answers 204 without the device.",
    "unset-tags-null": "getDevice shows null where a device has no tags.",
    "unset-metadata-null": "createDevice shows null where a device has no metadata.",
    "last-command-empty-object": "getDevice shows an empty object where last_command is null.",
    "last-command-both-keys": "last_command carries both keys, one of them null.",
    "time-without-zone": "listDevices shows created_at without its zone.",
    "bulk-created-as-number": "getBulkResponse shows created_at as a number.",
    "bulk-omits-fail-count": "getBulkResponse leaves fail_count out.",
    "bulk-type-constant": "Every bulk response has the type issue_command.",
    "bulk-company-of-token": "A bulk response belongs to the token's company, not the fleet's.",
    "entry-code-as-string": "The status_code of an entry is a string.",
    "entry-error-empty": "The error of a success entry is the empty string.",
    "entry-messages-null": "The messages of a success entry are null.",
    "fail-entry-silent": "The error of a fail entry is null.",
    "error-under-message": "A 404 carries its sentence under `message`.",
    "messages-as-text": "The messages of a 400 are a single string.",
    "not-found-as-html": "A 404 is labelled text/html.",
    # refusals
    "malformed-path-id-400": "getDevice answers 400 for a malformed id.",
    "upper-case-id-found": "getDevice finds a device under its id in upper case.",
    "malformed-body-id-404": "A malformed device_type_id in a body is a 404.",
    "duplicate-409": "A unique_id that is taken is refused with 409.",
    "duplicate-message-other": "The refusal of a duplicate is worded otherwise.",
    "characters-message-other": "The refusal of illegal characters is worded otherwise.",
    "unknown-type-400": "createDevice answers 400 for an unknown device type.",
    "unknown-type-accepted": "replaceDevice accepts an unknown device type.",
    "foreign-company-403": "createDevice answers 403 for the company of a stranger.",
    "foreign-fleet-403": "executeFleetAction answers 403 for a fleet that is not visible.",
    "role-401": "The lack of a role is refused with 401.",
    "action-shape-before-role": "executeFleetAction judges the body before the role.",
    "action-lookup-before-shape": "executeFleetAction looks the fleet up before the shape.",
    "put-lookup-before-shape": "replaceDevice looks the device up before the shape.",
    "create-shape-before-role": "createDevice judges the body before the role.",
    "duplicate-before-type": "createDevice notices a duplicate before an unknown type.",
    "role-before-lookup": "A viewer's deletion of an unknown device is a 403.",
    "query-before-auth": "A list judges its query before the token.",
    "auth-before-route": "Without a token an unknown route is a 401.",
    "wrong-method-404": "A wrong method is a 404.",
    "delete-again-204": "Deleting a deleted device is a 204.",
    "content-type-unchecked": "A body is read whatever its Content-Type says.",
    "nan-accepted": "NaN counts as a JSON number.",
    "null-period-refused": "createDevice refuses null for heartbeat_period.",
    "fraction-accepted": "createDevice drops the fraction of a heartbeat_period.",
    "boolean-period-accepted": "createDevice takes true for a heartbeat_period.",
    "empty-name-accepted": "createDevice accepts an empty name.",
    "long-name-accepted": "replaceDevice accepts a name of 256 characters.",
    "long-name-refused": "createDevice refuses a name of 255 characters.",
    "upper-case-unique-id-accepted": "createDevice accepts upper case letters in a unique_id.",
    "colon-refused": "createDevice refuses a colon in a unique_id.",
    "missing-type-accepted": "replaceDevice does without device_type_id and keeps the old one.",
    "unknown-key-refused": "createDevice refuses unknown keys.",
    "empty-device-tag-accepted": "createDevice accepts an empty tag.",
    # authentication and tenancy
    "bearer-accepted": "The token is taken behind the word Bearer too.",
    "read-without-token": "A GET without token reads as an administrator.",
    "unknown-token-reads": "An unknown token counts as a viewer.",
    "viewer-may-act": "A viewer may execute fleet actions.",
    "viewer-may-create": "A viewer may create devices.",
    "viewer-may-replace": "A viewer may replace devices.",
    "viewer-may-delete": "A viewer may delete devices.",
    "viewer-may-not-read": "A viewer may not list bulk responses.",
    "foreign-device-readable": "getDevice shows the devices of a sibling company.",
    "foreign-device-deletable": "deleteDevice deletes the devices of a sibling company.",
    "foreign-devices-listed": "listDevices shows the devices of every company.",
    "foreign-fleet-commandable": "executeFleetAction takes the fleet of a sibling company.",
    "foreign-bulk-readable": "getBulkResponse shows those of a sibling company.",
    "parent-fleet-visible": "getFleet shows a fleet of the parent company.",
    "parent-list-blind": "listDevices shows a parent nothing of the companies below.",
    "parent-blind": "getFleet hides the fleets of the companies below.",
    # state
    "put-keeps-unset": "replaceDevice keeps the fields that it was not sent.",
    "put-keeps-tags": "replaceDevice keeps the tags when it was not sent any.",
    "put-loses-last-command": "replaceDevice clears last_command.",
    "put-loses-settings": "replaceDevice clears the settings.",
    "put-moves-company": "replaceDevice moves the device to the company_id of its body.",
    "put-keeps-updated-at": "replaceDevice leaves updated_at.",
    "put-moves-created-at": "replaceDevice moves created_at.",
    "put-not-stored": "replaceDevice shows the new name but does not store it.",
    "own-unique-id-refused": "replaceDevice refuses a device's own unique_id.",
    "put-takes-unique-id": "replaceDevice accepts the unique_id of another device.",
    "refused-put-renames": "A refused duplicate has changed the name already.",
    "deleted-in-list": "Deleted devices stay in the list.",
    "deleted-readable": "Deleted devices can still be read by id.",
    "delete-shrinks-fleet": "A deleted device leaves the device_ids of its fleets.",
    "unique-id-not-freed": "The unique_id of a deleted device stays taken.",
    "unique-per-company": "A unique_id is compared within its company only.",
    "create-drops-metadata": "createDevice does not store the metadata.",
    "create-takes-last-command": "createDevice stores a last_command that it was sent.",
    "create-dedups-tags": "createDevice drops repeated tags.",
    "create-ignores-company": "createDevice puts every device in the token's company.",
    "failed-action-kept": "An action that ends in a 500 leaves a bulk response.",
    "refused-action-kept": "An action refused for its command leaves a bulk response.",
    "reading-touches": "getDevice moves updated_at.",
    # lists: operators
    "like-minds-case": "The operator like minds the case.",
    "like-prefix": "The operator like wants the text at the start.",
    "eq-any-case": "The plain filter on a name does not mind the case.",
    "eq-suffix-ignored": "The filter unique_id_eq is ignored.",
    "gt-as-gte": "The operator gt admits equal values.",
    "gte-as-gt": "The operator gte leaves equal values out.",
    "lt-as-lte": "The operator lt admits equal values.",
    "lte-as-lt": "The operator lte leaves equal values out.",
    "text-order-any-case": "The operators gt and gte compare texts without their case.",
    "ne-hides-unset": "The operator ne leaves unset values out.",
    "nin-ignored": "The operator nin is ignored.",
    "nin-hides-unset": "The operator nin leaves unset values out.",
    "in-first-only": "The operator in looks at the first of its values only.",
    "in-empty-part-accepted": "The operator in accepts an empty value.",
    "lt-matches-unset": "The operator lt takes an unset value as 0.",
    "tags-any-order": "The plain filter on tags ignores their order.",
    "tags-eq-contains": "The operator eq on tags wants one of them only.",
    "tags-ne-shares-none": "The operator ne on tags wants none of them.",
    "tags-inc-part": "The operator inc finds a part of a tag.",
    "tags-in-all": "The operator in on tags wants all of them.",
    "tags-nin-all": "The operator nin on tags admits a device that lacks one of them.",
    "created-at-ignores-offset": "The filters on created_at ignore the offset of the zone.",
    "created-at-zone-optional": "The filters on created_at accept a time without zone.",
    "filters-ored": "One filter is enough where several were sent.",
    "type-filter-malformed-id": "The filter device_type_id accepts a malformed id.",
    "period-filter-zero": "The filter heartbeat_period accepts 0.",
    "operator-not-taken-ignored": "An operator that a field does not take is ignored.",
    "unknown-parameter-refused": "An unknown query parameter is refused.",
    "bulk-type-filter-unchecked": "The filter on a bulk type accepts any text.",
    "bulk-status-filter-ignored": "The filter on a bulk status is ignored.",
    # lists: order and pages
    "unset-first": "Unset values are first in ascending order.",
    "unset-first-descending": "Unset values are first in descending order.",
    "descending-ignored": "A minus before order_by is ignored.",
    "descending-ties": "Descending order turns the ties around as well.",
    "order-any-case": "Texts are put in order without their case.",
    "newest-first": "The default order is the newest first.",
    "order-by-unknown-accepted": "An unknown order_by is ignored.",
    "order-by-refused": "listFleets refuses an order_by with minus.",
    "per-page-off-by-one": "A page holds one row more than asked.",
    "second-page-shifted": "The pages from the second repeat the last row of the one before.",
    "total-counts-page": "The envelope's total counts the rows of the page.",
    "total-ignores-filters": "The envelope's total counts rows that the filters leave out.",
    "page-zero-accepted": "Page 0 is the first page.",
    "per-page-1001-accepted": "per_page may be 1001.",
    "per-page-1000-refused": "per_page may not be 1000.",
    "past-end-repeats": "A page past the end shows the last page.",
    "default-page-of-12": "A page holds 12 rows unless told.",
    "envelope-echoes-default": "The envelope's per_page is the default whatever was asked.",
    "page-meta-unchecked": "Any other page_meta counts as false.",
    # the conditional body
    "both-commands-accepted": "issue_command takes command_id beside gateway_command.",
    "no-command-accepted": "issue_command does without both commands.",
    "null-command-accepted": "A null command_id counts as not sent.",
    "gateway-command-unchecked": "Any text passes as a gateway_command.",
    "gateway-command-refused": "The gateway command restore_backup is refused.",
    "unknown-command-accepted": "A command_id that does not exist is accepted.",
    "foreign-command-accepted": "The command of a sibling company is accepted.",
    "foreign-command-403": "The command of a sibling company is refused with 403.",
    "empty-tags-accepted": "add_tags accepts an empty array.",
    "empty-tag-accepted": "add_tags accepts an empty tag.",
    "empty-metadata-accepted": "add_metadata accepts an empty object.",
    "metadata-texts-only": "add_metadata refuses values that are no string.",
    "period-zero-accepted": "update_heartbeat accepts a period of 0.",
    "period-one-refused": "update_heartbeat refuses a period of 1.",
    "no-heartbeat-accepted": "update_heartbeat does without both fields.",
    "empty-values-refused": "update_heartbeat refuses an empty array of values.",
    "values-alone-refused": "update_heartbeat refuses values without a period.",
    "missing-setting-accepted": "send_configuration does without setting_id.",
    "missing-setting-command-accepted": "send_configuration does without setting_command_id.",
    "negative-version-accepted": "send_configuration accepts a negative version.",
    "high-version-refused": "send_configuration refuses a version above the latest.",
    "foreign-setting-accepted": "The setting of a sibling company is accepted.",
    "setting-outside-accepted": "A setting outside the named configuration is accepted.",
    "unknown-configuration-accepted": "A configuration that does not exist is accepted.",
    "unknown-action-accepted": "An unknown action is accepted and reaches nobody.",
    "other-fields-judged": "The fields of other actions are judged as well.",
    # jobs
    "counter-decreases": "success_count goes back by one, once.",
    "counters-exceed-total": "A fail entry is counted as a success too.",
    "ineligible-counted-success": "An ineligible device's entry is counted as success.",
    "complete-too-early": "A bulk response is complete as soon as one device is.",
    "never-completes": "A bulk response stays in processing for ever.",
    "empty-fleet-never-completes": "The bulk response of an empty fleet stays pending.",
    "empty-fleet-refused": "An action on an empty fleet is a 400.",
    "entry-changes": "A fail entry is worded anew once all is done.",
    "entry-repeated": "The first entry is there twice.",
    "entries-reversed": "The newest entry is first.",
    "total-without-failures": "The total of a bulk response leaves deleted members out.",
    "ineligible-succeeds": "An ineligible device's entry is a success.",
    "ineligible-gets-effect": "An ineligible device gets the command, though its entry is a fail.",
    "ineligible-status-400": "The entry of an ineligible device has status_code 400.",
    "deleted-succeeds": "The entry of a deleted device is a success.",
    "deleted-status-410": "The entry of a deleted device has status_code 410.",
    "settings-by-command-right": "send_configuration goes by the right to issue_command.",
    "tags-need-eligibility": "add_tags reaches only devices that take some action.",
    "last-member-left-out": "The last member of a fleet succeeds without the effect.",
    "outsider-reached": "A device outside of the fleet gets the effect too.",
    "newer-action-first": "Of two actions on a fleet the newer is applied first.",
    "effect-lags": "The effect comes half a second after its entry.",
    "tags-not-deduplicated": "add_tags adds tags that are there already.",
    "sent-tags-not-deduplicated": "add_tags adds a tag twice that was sent twice.",
    "tags-replaced": "add_tags replaces the tags.",
    "tags-sorted": "add_tags sorts the tags.",
    "metadata-replaced": "add_metadata replaces the metadata.",
    "metadata-old-wins": "add_metadata keeps the old value of a key.",
    "metadata-merged-deep": "add_metadata merges objects inside of the metadata.",
    "metadata-null-removes": "add_metadata removes the keys whose value is null.",
    "period-reset": "update_heartbeat unsets the period when it is sent only values.",
    "values-reset": "update_heartbeat unsets the values when it is sent only a period.",
    "values-added": "update_heartbeat adds to the values instead of overwriting them.",
    "version-zero-kept": "The version 0 is noted as 0.",
    "setting-appended-again": "A setting that is sent again gets a second entry.",
    "setting-not-noted": "send_configuration notes nothing on the device.",
    "last-command-not-noted": "issue_command notes nothing on the device.",
    "command-noted-as-gateway": "A command_id is noted as a gateway_command.",
    "updated-at-not-moved": "An effect leaves the updated_at of the device.",
    "bulk-updated-at-stays": "The updated_at of a bulk response never moves.",
}  # fmt: skip

ACTIONS = ("issue_command", "add_tags", "add_metadata", "update_heartbeat", "send_configuration")
TYPED_ACTIONS = ("issue_command", "send_configuration")
JOB_STATUSES = ("pending", "processing", "complete")
GATEWAY_COMMANDS = (
    "reboot", "update", "software_update", "log_level", "log_upload", "backup", "restore_backup",
    "data_restriction", "heartbeat", "status", "send_config",
)  # fmt: skip
OPERATORS = ("eq", "ne", "like", "gt", "gte", "lt", "lte", "in", "nin", "inc")
UNSET: dict[str, Any] = {
    "heartbeat_period": None,
    "heartbeat_values": [],
    "tags": [],
    "metadata": {},
}
DUPLICATE = "A Device with unique id '{}' already exists"
ILLEGAL = (  # the vendor's client compares it as a whole, its spelling included
    '"unique_id" can only contain lower case letters, numbers '
    'or the special charaters "-", ":", or "_"'
)
HEX_ID = re.compile("[0-9a-f]{24}")
UNIQUE_ID = re.compile("[a-z0-9:_-]+")
INTEGER = re.compile(r"(-?[0-9]{1,1000})(?:\.0+)?")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


class RefusalError(Exception):
    """A request that is turned down; ``message`` says why, for people."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True)
class Answer:
    """What goes back; ``content`` None means no body at all."""

    status: int
    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True)
class Body:
    """The bytes of a request, or why they could not be had; raised where a body is first needed."""

    data: bytes = b""
    problem: RefusalError | None = None


@dataclass(frozen=True)
class Request:
    """One HTTP request as received; ``target`` is still percent-encoded, latin-1 decoded."""

    method: str
    target: str
    headers: Message
    body: Body


@dataclass(frozen=True)
class Principal:
    """Whom a token stands for."""

    company: str
    role: str


@dataclass(frozen=True)
class Setting:
    """One version line of settings inside of a configuration."""

    company: str
    configuration: str
    latest_version: int


@dataclass
class Record:
    """What every resource has; times are milliseconds since 1970."""

    id: str
    company: str
    created: int
    updated: int
    origin: str = "api"
    user_id: str | None = None


@dataclass
class Fleet(Record):
    """A named set of devices, in the order in which actions reach them."""

    name: str = ""
    members: tuple[str, ...] = ()


@dataclass
class Device(Record):
    """A stored device; ``fields`` holds what a PUT replaces. Values are replaced, never mutated."""

    fields: dict[str, Any] = field(default_factory=dict)
    last_command: dict[str, str] | None = None
    settings: list[dict[str, Any]] = field(default_factory=list)
    deleted: bool = False


@dataclass
class Job(Record):
    """A bulk response; its n-th member is due ``n`` steps after ``start``."""

    fleet: str = ""
    action: str = ""
    sent: dict[str, Any] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    start: float = 0.0
    entries: list[dict[str, Any]] = field(default_factory=list)
    shown: int = 0
    dipped: bool = False

    @property
    def due(self) -> float:
        """When the next member is reached; never, if all were."""
        if len(self.entries) == len(self.members):
            return math.inf
        return self.start + STEP * (len(self.entries) + 1)


@dataclass(frozen=True)
class Call:
    """A routed and authenticated request."""

    operation: str
    request: Request
    principal: Principal
    id: str = ""
    query: str = ""


# --- seeds ---------------------------------------------------------------------------------------


def _id(kind: str, number: int) -> str:
    return f"{kind}{number:0{24 - len(kind)}x}"


GROUP, NORTH, SOUTH = (_id("c0", number) for number in (1, 2, 3))
PARENTS: dict[str, str | None] = {GROUP: None, NORTH: GROUP, SOUTH: GROUP}
CREDENTIALS = {
    "eiq_north_admin": Principal(NORTH, "admin"),
    "eiq_north_viewer": Principal(NORTH, "viewer"),
    "eiq_group_admin": Principal(GROUP, "admin"),
    "eiq_south_admin": Principal(SOUTH, "admin"),
}
GATEWAY, SENSOR, MODEM, BEACON = (_id("a0", number) for number in (1, 2, 3, 4))
DEVICE_TYPES = {
    GATEWAY: ("issue_command", "send_configuration"),
    SENSOR: ("issue_command",),
    MODEM: ("send_configuration",),
    BEACON: (),
}
COMMANDS = {
    _id("b0", 1): NORTH,
    _id("b0", 2): NORTH,
    _id("b0", 3): SOUTH,
    _id("b0", 4): GROUP,
}
CONFIGURATIONS = {_id("e0", 1): NORTH, _id("e0", 2): NORTH, _id("e0", 3): SOUTH}
SETTINGS = {
    _id("50", 1): Setting(NORTH, _id("e0", 1), 3),
    _id("50", 2): Setting(NORTH, _id("e0", 1), 7),
    _id("50", 3): Setting(NORTH, _id("e0", 2), 1),
    _id("50", 4): Setting(SOUTH, _id("e0", 3), 2),
    _id("50", 5): Setting(SOUTH, _id("e0", 1), 4),  # of south inside a configuration of north
}
FIRST_DAY = 1_714_727_700_000  # 2024-05-03T09:15:00Z
MINUTE = 60_000


def _seeded_fleet(number: int, company: str, name: str, *members: int) -> Fleet:
    stamp = FIRST_DAY - (10 - number) * MINUTE
    ids = tuple(_id("d0", member) for member in members)
    return Fleet(_id("f0", number), company, stamp, stamp, "console", None, name, ids)


def _fleets() -> list[Fleet]:
    return [
        _seeded_fleet(1, NORTH, "Masts", 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14),
        _seeded_fleet(2, NORTH, "Spare parts"),
        _seeded_fleet(3, NORTH, "cellar", 9, 10, 8),
        _seeded_fleet(4, SOUTH, "Roof", 21, 22, 23, 24),
        _seeded_fleet(5, GROUP, "Headquarters", 31, 32),
        _seeded_fleet(6, NORTH, "Roof", 1, 4, 6, 8),
        _seeded_fleet(7, NORTH, "Basement", 3, 5, 2),
    ]


def _seed(
    number: int, company: str, kind: str, name: str, unique_id: str, *tags: str, **more: Any
) -> Device:
    """One seeded device; keywords that a PUT cannot set are attributes of the device."""
    fields = {"name": name, "unique_id": unique_id, "device_type_id": kind, **UNSET}
    fields |= {"tags": list(tags)}
    fields |= {key: more.pop(key) for key in list(more) if key in UNSET}
    minute = more.pop("minute", number)
    stamp = FIRST_DAY + minute * MINUTE
    return Device(
        _id("d0", number), company, stamp, stamp + number, "import", fields=fields, **more
    )


def _devices() -> Iterator[Device]:
    """Every device at start, built anew for each state since devices are changed in place."""
    yield _seed(
        1, NORTH, GATEWAY, "Mast 1", "n-gw:0001", "roof", "north", heartbeat_period=60,
        heartbeat_values=["cpu_usage", "disk_free"], metadata={"site": "A", "net": {"vlan": 4}},
        last_command={"gateway_command": "status"},
        settings=[
            {"configuration_id": _id("e0", 1), "setting_id": _id("50", 1), "setting_version": 2},
            {"configuration_id": _id("e0", 2), "setting_id": _id("50", 3), "setting_version": 1},
        ],
    )  # fmt: skip
    yield _seed(2, NORTH, BEACON, "mast 1 beacon", "n-bc:0002", "north", "roof")
    yield _seed(
        3, NORTH, SENSOR, "Sensor", "n-se:0003", "roof", heartbeat_period=300,
        metadata={"site": "B"}, user_id=_id("90", 1),
    )  # fmt: skip
    yield _seed(
        4, NORTH, GATEWAY, "Mast 2", "n-gw:0004", heartbeat_period=60, heartbeat_values=["custom"]
    )
    yield _seed(5, NORTH, MODEM, "Sensor", "n-mo:0005", "rooftop", heartbeat_period=3600)
    yield _seed(6, NORTH, GATEWAY, "Mast 3", "n-gw:0006", "roof", "north", "demo", minute=5)
    yield _seed(7, NORTH, BEACON, "beacon", "n_bc_0007", heartbeat_period=30, metadata={"net": 1})
    yield _seed(8, NORTH, GATEWAY, "Zürich", "n-gw:0008", "demo", heartbeat_period=300)
    yield _seed(9, NORTH, SENSOR, "cellar probe", "n-se:0009", "cellar", heartbeat_period=900)
    yield _seed(10, NORTH, GATEWAY, "Lost", "n-gw:0010", "cellar", deleted=True)
    yield _seed(11, NORTH, SENSOR, "Anemometer", "n-se:0011", heartbeat_period=10)
    yield _seed(12, NORTH, MODEM, "Uplink", "n-mo:0012", "uplink")
    yield _seed(13, NORTH, BEACON, "Lamp", "n-bc:0013", "lamp", "demo")
    yield _seed(14, NORTH, GATEWAY, "Mast 4", "n-gw:0014", heartbeat_period=120)
    yield _seed(15, NORTH, GATEWAY, "Workbench", "n-gw:0015", "bench", heartbeat_period=60)
    yield _seed(21, SOUTH, GATEWAY, "Mast 1", "s-gw:0021", "roof", heartbeat_period=60)
    yield _seed(22, SOUTH, BEACON, "Lamp", "s-bc:0022")
    yield _seed(23, SOUTH, SENSOR, "Barometer", "s-se:0023", "south", heartbeat_period=600)
    yield _seed(24, SOUTH, MODEM, "Uplink", "s-mo:0024")
    yield _seed(31, GROUP, GATEWAY, "Front desk", "g-gw:0031", "desk", heartbeat_period=45)
    yield _seed(32, GROUP, SENSOR, "Lobby", "g-se:0032", "roof")


# --- shapes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What one member of a body may be, and how a refusal words it."""

    expected: str
    admits: Callable[[Any], bool]


def _is_integer(value: Any, least: int = 1) -> bool:
    """JSON knows no integer type: 12.0 is the integer 12, but true is not 1."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return whole and not isinstance(value, bool) and value >= least


def _is_texts(value: Any, shortest: int = 0) -> bool:
    return isinstance(value, list) and all(
        isinstance(text, str) and len(text) >= shortest for text in value
    )


def _one_of(values: Iterable[str]) -> Shape:
    allowed = tuple(values)
    return Shape("one of " + ", ".join(allowed), lambda v: isinstance(v, str) and v in allowed)


def _text(shortest: int, longest: int) -> Shape:
    return Shape(
        f"a string of {shortest} to {longest} characters",
        lambda v: isinstance(v, str) and shortest <= len(v) <= longest,
    )


def _wider(shape: Shape, admits: Callable[[Any], bool]) -> Shape:
    """What a defect takes in besides."""
    return Shape(shape.expected, lambda v: admits(v) or shape.admits(v))


ID = Shape("24 lower-case hex digits", lambda v: isinstance(v, str) and bool(HEX_ID.fullmatch(v)))
NAME = _text(1, 255)
PERIOD = Shape("an integer of at least 1", _is_integer)
VALUES = Shape("an array of strings", _is_texts)
TAGS = Shape("an array of strings that are not empty", lambda v: _is_texts(v, 1))
METADATA = Shape("an object", lambda v: isinstance(v, dict))

Has = Callable[[str], bool]
Shapes = dict[str, Shape]


def _device_shapes() -> Shapes:
    """The members of a device in createDevice and replaceDevice; any other key is unknown."""
    return {
        "name": NAME,
        "unique_id": NAME,
        "device_type_id": ID,
        "company_id": ID,
        "heartbeat_period": _wider(PERIOD, lambda v: v is None),
        "heartbeat_values": VALUES,
        "tags": TAGS,
        "metadata": METADATA,
    }


def _create_shapes(has: Has) -> Shapes:
    shapes = _device_shapes()
    if has("null-period-refused"):
        shapes["heartbeat_period"] = PERIOD
    if has("fraction-accepted"):
        shapes["heartbeat_period"] = _wider(
            PERIOD, lambda v: v is None or (isinstance(v, float) and v >= 1)
        )
    if has("boolean-period-accepted"):
        shapes["heartbeat_period"] = _wider(PERIOD, lambda v: v is None or v is True)
    if has("empty-name-accepted"):
        shapes["name"] = _text(0, 255)
    if has("long-name-refused"):
        shapes["name"] = _text(1, 254)
    if has("empty-device-tag-accepted"):
        shapes["tags"] = VALUES
    return shapes


def _replace_shapes(has: Has) -> Shapes:
    shapes = _device_shapes()
    if has("long-name-accepted"):
        shapes["name"] = _text(1, 256)
    return shapes


def _action_shapes(has: Has) -> dict[str, Shapes]:
    """The members of each action's body; the fields of the other actions are none of its own."""
    shapes: dict[str, Shapes] = {
        "issue_command": {"command_id": ID, "gateway_command": _one_of(GATEWAY_COMMANDS)},
        "add_tags": {"tags": Shape("at least one tag, none empty", lambda v: TAGS.admits(v) and v)},
        "add_metadata": {
            "metadata": Shape("an object of at least one key", lambda v: METADATA.admits(v) and v)
        },
        "update_heartbeat": {"heartbeat_period": PERIOD, "heartbeat_values": VALUES},
        "send_configuration": {
            "configuration_id": ID,
            "setting_id": ID,
            "setting_command_id": Shape(
                "a string that is not empty", lambda v: isinstance(v, str) and v != ""
            ),
            "setting_version": Shape("an integer of at least 0", lambda v: _is_integer(v, 0)),
        },
    }
    commands = shapes["issue_command"]
    if has("null-command-accepted"):
        commands["command_id"] = _wider(ID, lambda v: v is None)
    if has("gateway-command-unchecked"):
        commands["gateway_command"] = _text(1, 255)
    if has("gateway-command-refused"):
        commands["gateway_command"] = _one_of(c for c in GATEWAY_COMMANDS if c != "restore_backup")
    if has("empty-tags-accepted"):
        shapes["add_tags"]["tags"] = TAGS
    if has("empty-tag-accepted"):
        shapes["add_tags"]["tags"] = _wider(TAGS, lambda v: VALUES.admits(v) and v)
    if has("empty-metadata-accepted"):
        shapes["add_metadata"]["metadata"] = METADATA
    if has("metadata-texts-only"):
        shapes["add_metadata"]["metadata"] = Shape(
            "an object of strings", lambda v: METADATA.admits(v) and v and _is_texts([*v.values()])
        )
    if has("period-zero-accepted"):
        shapes["update_heartbeat"]["heartbeat_period"] = _wider(PERIOD, lambda v: _is_integer(v, 0))
    if has("period-one-refused"):
        shapes["update_heartbeat"]["heartbeat_period"] = Shape(
            "an integer of at least 2", lambda v: _is_integer(v, 2)
        )
    if has("empty-values-refused"):
        shapes["update_heartbeat"]["heartbeat_values"] = Shape(
            "at least one string", lambda v: VALUES.admits(v) and v
        )
    if has("negative-version-accepted"):
        shapes["send_configuration"]["setting_version"] = Shape(
            "an integer", lambda v: _is_integer(v, -(10**9))
        )
    return shapes


def _misshapen(pointer: str, expected: str) -> RefusalError:
    return RefusalError(400, f"{pointer or 'the body'}: expected {expected}")


def _checked(document: Mapping[str, Any], shapes: Shapes) -> dict[str, Any]:
    """The known members of an object, each of an admitted shape; the unknown ones are dropped."""
    known = {name: document[name] for name in shapes if name in document}
    for name, value in known.items():
        if not shapes[name].admits(value):
            raise _misshapen(f"/{name}", shapes[name].expected)
    return known


# --- JSON and texts ------------------------------------------------------------------------------


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number that a double cannot hold")
    return value


def parse_json(data: bytes, constant: Callable[[str], Any] = _no_constant) -> Any:
    """JSON in the strict sense, or a 400; of a key that an object repeats the last one counts."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise _misshapen("", "one well-formed JSON document in UTF-8") from None


def _time(stamp: int) -> str:
    moment = datetime.fromtimestamp(stamp / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{stamp % 1000:03d}Z"


def _decoded(raw: str) -> str | None:
    """One name or value of a query, None if its bytes are no UTF-8."""
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return None


def _integer(name: str, text: str, least: int = 1) -> int:
    match = INTEGER.fullmatch(text)
    if match is None or int(match[1]) < least:
        raise _misshapen(f"/{name}", f"an integer of at least {least}")
    return int(match[1])


def _instant(name: str, text: str, keeps_offset: bool = True) -> Fraction:
    """An RFC 3339 date-time as milliseconds since 1970, exactly."""
    match = INSTANT.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}") if match else None
    except ValueError:
        moment = None
    if match is None or moment is None:
        raise _misshapen(f"/{name}", "an RFC 3339 date-time with a zone")
    seconds = Fraction((moment - datetime(1970, 1, 1)) // timedelta(seconds=1))
    seconds += Fraction("0" + (match[3] or ""))
    if match[4] and keeps_offset:
        east = int(match[5]) * 3600 + int(match[6]) * 60
        seconds += east if match[4] == "-" else -east
    return seconds * 1000


# --- the service ---------------------------------------------------------------------------------


def _missing(what: str) -> RefusalError:
    return RefusalError(404, f"{what} not found")


TEXT_OPERATORS = ("eq", "ne", "like", "gt", "gte", "lt", "lte", "in", "nin")
NUMBER_OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")
CHOICE_OPERATORS = ("eq", "ne", "in", "nin")
FILTERS: dict[str, dict[str, Sequence[str]]] = {
    "listDevices": {
        "name": TEXT_OPERATORS,
        "unique_id": TEXT_OPERATORS,
        "tags": ("eq", "ne", "inc", "in", "nin"),
        "heartbeat_period": NUMBER_OPERATORS,
        "device_type_id": CHOICE_OPERATORS,
        "created_at": ("eq", "ne", "gt", "gte", "lt", "lte"),
    },
    "listFleets": {"name": ("eq", "ne", "like", "in", "nin")},
    "listBulkResponses": {"type": CHOICE_OPERATORS, "status": CHOICE_OPERATORS},
}
ORDERS = {
    "listDevices": ("name", "unique_id", "heartbeat_period", "device_type_id", "created_at"),
    "listFleets": ("name", "created_at"),
    "listBulkResponses": ("type", "status", "created_at"),
}
PAGE_PARAMETERS = ("page", "per_page", "page_meta", "order_by")


def _parameters(operation: str) -> dict[str, tuple[str, str]]:
    """Every parameter that a list judges, with its field and operator; a page's has no operator."""
    known = {name: (name, "") for name in PAGE_PARAMETERS}
    for name in FILTERS[operation]:
        known[name] = (name, "eq")
        known |= {f"{name}_{operator}": (name, operator) for operator in OPERATORS}
    return known


PARAMETERS = {operation: _parameters(operation) for operation in FILTERS}


class Platform:
    """The operations over one in-memory state; a lock makes each request atomic."""

    def __init__(self, defect: str | None = None) -> None:
        if defect is not None and defect not in DEFECTS:
            raise ValueError(f"unknown defect {defect!r}, --list shows them all")
        self._defect = defect
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._last_stamp = 0
        self._create_shapes = _create_shapes(self.has)
        self._replace_shapes = _replace_shapes(self.has)
        self._action_shapes = _action_shapes(self.has)
        self._operations: dict[str, Callable[[Call], Answer]] = {
            "executeFleetAction": self._execute_fleet_action,
            "listFleets": self._list_fleets,
            "getFleet": self._get_fleet,
            "listBulkResponses": self._list_bulk_responses,
            "getBulkResponse": self._get_bulk_response,
            "listDevices": self._list_devices,
            "createDevice": self._create_device,
            "getDevice": self._get_device,
            "replaceDevice": self._replace_device,
            "deleteDevice": self._delete_device,
        }
        self._restart()

    def _restart(self) -> None:
        """Put the first state back; actions under way are forgotten."""
        self._devices = {device.id: device for device in _devices()}
        self._fleets = {fleet.id: fleet for fleet in _fleets()}
        self._jobs: dict[str, Job] = {}
        self._running: list[Job] = []
        self._late: list[tuple[float, Job, Device]] = []

    def has(self, name: str) -> bool:
        """Whether this defect is switched on."""
        return self._defect == name

    def answer(self, request: Request) -> Answer:
        """Judge one request, carry it out if it is in order, and say what goes back."""
        try:
            with self._lock:
                if request.target == RESET and request.method == "POST":
                    self._restart()
                    return Answer(204, None)
                self._catch_up()
                return self._dispatch(request)
        except RefusalError as refusal:
            return self._refused(refusal)

    def _refused(self, refusal: RefusalError) -> Answer:
        under, media_type = "error", "application/json"
        if refusal.status == 404 and self.has("error-under-message"):
            under = "message"
        if refusal.status == 404 and self.has("not-found-as-html"):
            media_type = "text/html"
        content: dict[str, Any] = {under: TITLES.get(refusal.status, "unexpected error")}
        if refusal.status in (400, 404):
            content["messages"] = [refusal.message]
        if refusal.status == 400 and self.has("messages-as-text"):
            content["messages"] = refusal.message
        return Answer(refusal.status, content, refusal.headers, media_type)

    def _dispatch(self, request: Request) -> Answer:
        if self.has("auth-before-route"):
            self._authenticate(request)
        operation, record_id, query = self._route(request)
        if operation in FILTERS and self.has("query-before-auth"):
            self._wishes(operation, query)
        principal = self._authenticate(request)
        return self._operations[operation](Call(operation, request, principal, record_id, query))

    def _route(self, request: Request) -> tuple[str, str, str]:
        """The operation, the path's id and the raw query; both refusals come before the 401."""
        path, _, query = request.target.partition("?")
        path = re.sub(r"\Ahttps?://[^/]*", "", path, flags=re.IGNORECASE)
        for pattern, operations in ROUTES:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            method = "GET" if request.method == "HEAD" else request.method
            if method in operations:
                return operations[method], unquote("".join(match.groups())), query
            allowed = ", ".join(sorted({*operations, *(["HEAD"] if "GET" in operations else [])}))
            status = 404 if self.has("wrong-method-404") else 405
            raise RefusalError(status, f"the method must be one of {allowed} here", Allow=allowed)
        raise RefusalError(404, "there is no such route")

    def _stamp(self) -> int:
        """The present in milliseconds, never the same twice."""
        self._last_stamp = max(time.time_ns() // 1_000_000, self._last_stamp + 1)
        return self._last_stamp

    def _new_id(self) -> str:
        return f"{time.time_ns() // 1_000_000_000:08x}7e0000{next(self._numbers):010x}"

    # who may

    def _authenticate(self, request: Request) -> Principal:
        values = request.headers.get_all("Authorization", [])
        if not values and request.method == "GET" and self.has("read-without-token"):
            return CREDENTIALS["eiq_north_admin"]
        token = values[0].strip() if len(values) == 1 else ""
        if self.has("bearer-accepted"):
            token = token.removeprefix("Bearer ")
        principal = CREDENTIALS.get(token)
        if principal is None and token and self.has("unknown-token-reads"):
            principal = CREDENTIALS["eiq_north_viewer"]
        if principal is None:
            raise RefusalError(401, "a known token is needed", WWW_Authenticate="Token")
        return principal

    def _sees(self, call: Call, company: str) -> bool:
        """Whether the company is the token's own or below it."""
        above: str | None = company
        while above is not None and above != call.principal.company:
            above = PARENTS[above]
        return above is not None

    def _need_admin(self, call: Call) -> None:
        if call.principal.role == "admin" or self._is_lax(call.operation):
            return
        status = 401 if self.has("role-401") else 403
        raise RefusalError(status, "the role does not allow this")

    def _is_lax(self, operation: str) -> bool:
        if operation == "executeFleetAction":
            return self.has("viewer-may-act")
        if operation == "createDevice":
            return self.has("viewer-may-create")
        if operation == "replaceDevice":
            return self.has("viewer-may-replace")
        return self.has("viewer-may-delete")

    # what is there

    def _device(self, call: Call) -> Device | None:
        """The device of the path, if the token sees it and it lives."""
        wanted = call.id
        if call.operation == "getDevice" and self.has("upper-case-id-found"):
            wanted = wanted.lower()
        device = self._devices.get(wanted)
        if device is None:
            return None
        if not self._sees(call, device.company):
            readable = call.operation == "getDevice" and self.has("foreign-device-readable")
            deletable = call.operation == "deleteDevice" and self.has("foreign-device-deletable")
            return device if readable or deletable else None
        if device.deleted:
            readable = call.operation == "getDevice" and self.has("deleted-readable")
            return device if readable else None
        return device

    def _need_device(self, call: Call) -> Device:
        device = self._device(call)
        if device is not None:
            return device
        malformed = not HEX_ID.fullmatch(call.id) and call.operation == "getDevice"
        if malformed and self.has("malformed-path-id-400"):
            raise _misshapen("/device_id", ID.expected)
        raise _missing("device")

    def _fleet(self, call: Call) -> Fleet | None:
        fleet = self._fleets.get(call.id)
        if fleet is None:
            return None
        if call.operation == "executeFleetAction":
            foreign_too = self.has("foreign-fleet-commandable")
            return fleet if self._sees(call, fleet.company) or foreign_too else None
        own = call.principal.company
        if PARENTS[own] == fleet.company and self.has("parent-fleet-visible"):
            return fleet
        if fleet.company != own and self.has("parent-blind"):
            return None
        return fleet if self._sees(call, fleet.company) else None

    def _need_fleet(self, call: Call) -> Fleet:
        fleet = self._fleet(call)
        if fleet is not None:
            return fleet
        there = call.operation == "executeFleetAction" and call.id in self._fleets
        if there and self.has("foreign-fleet-403"):
            raise RefusalError(403, "the fleet belongs to another company")
        raise _missing("fleet")

    # what was sent

    def _need_readable(self, call: Call) -> None:
        """A body that HTTP could not delimit spoils the request even where no body is wanted."""
        if call.request.body.problem is not None:
            raise call.request.body.problem

    def _document(self, call: Call) -> dict[str, Any]:
        self._need_readable(call)
        types = call.request.headers.get_all("Content-Type", [])
        media_type = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
        if media_type != "application/json" and not self.has("content-type-unchecked"):
            raise RefusalError(400, "the header Content-Type: expected application/json")
        if self.has("nan-accepted"):
            document = parse_json(call.request.body.data, lambda text: None)
        else:
            document = parse_json(call.request.body.data)
        if not isinstance(document, dict):
            raise _misshapen("", "an object")
        return document

    def _read_device(self, call: Call, shapes: Shapes, optional: Sequence[str] = ()) -> Any:
        """The known members of a device's body; company_id is judged but may be of no use."""
        document = self._document(call)
        for name in ("name", "unique_id", "device_type_id"):
            if name not in document and name not in optional:
                raise _misshapen(f"/{name}", shapes[name].expected + ", which is required")
        try:
            known = _checked(document, shapes)
        except RefusalError as refusal:
            malformed = refusal.message.startswith("/device_type_id")
            if malformed and self.has("malformed-body-id-404"):
                raise _missing("device type") from None
            raise
        self._judge_characters(known["unique_id"], call.operation)
        return known

    def _judge_characters(self, unique_id: str, operation: str) -> None:
        if operation == "createDevice" and self.has("upper-case-unique-id-accepted"):
            unique_id = unique_id.lower()
        legal = UNIQUE_ID.fullmatch(unique_id)
        if ":" in unique_id and operation == "createDevice" and self.has("colon-refused"):
            legal = None
        if legal is None:
            other = self.has("characters-message-other")
            raise RefusalError(400, "unique_id has an illegal character" if other else ILLEGAL)

    def _judge_type(self, known: Mapping[str, Any], operation: str) -> None:
        if known.get("device_type_id", GATEWAY) in DEVICE_TYPES:
            return
        if operation == "replaceDevice" and self.has("unknown-type-accepted"):
            return
        if operation == "createDevice" and self.has("unknown-type-400"):
            raise _misshapen("/device_type_id", "a device type that exists")
        raise _missing("device type")

    def _judge_unique(self, call: Call, unique_id: str, company: str, own: Device | None) -> None:
        """No other living device of any company may carry the unique_id."""
        deleted_too = self.has("unique-id-not-freed")
        here_only = self.has("unique-per-company")
        if own is not None and self.has("own-unique-id-refused"):
            own = None
        for device in self._devices.values():
            if device is own or device.fields["unique_id"] != unique_id:
                continue
            if (device.deleted and not deleted_too) or (here_only and device.company != company):
                continue
            status = 409 if self.has("duplicate-409") else 400
            other = self.has("duplicate-message-other")
            raise RefusalError(status, "taken" if other else DUPLICATE.format(unique_id))

    # devices

    def _create_device(self, call: Call) -> Answer:
        if self.has("create-shape-before-role"):
            self._read_device(call, self._create_shapes)
        self._need_admin(call)
        known = self._read_device(call, self._create_shapes)
        if self.has("unknown-key-refused"):
            self._judge_keys(call)
        company = known.pop("company_id", call.principal.company)
        if self.has("duplicate-before-type"):
            self._judge_unique(call, known["unique_id"], company, None)
        self._judge_type(known, call.operation)
        if company not in PARENTS or not self._sees(call, company):
            if company in PARENTS and self.has("foreign-company-403"):
                raise RefusalError(403, "the company is another one")
            raise _missing("company")
        self._judge_unique(call, known["unique_id"], company, None)
        if self.has("create-ignores-company"):
            company = call.principal.company
        stamp = self._stamp()
        device = Device(self._new_id(), company, stamp, stamp, fields=self._fields(known))
        if self.has("create-drops-metadata"):
            device.fields["metadata"] = {}
        if self.has("create-dedups-tags"):
            device.fields["tags"] = list(dict.fromkeys(device.fields["tags"]))
        if self.has("create-takes-last-command"):
            device.last_command = self._document(call).get("last_command")
        self._devices[device.id] = device
        view = self._device_view(device)
        if not device.fields["metadata"] and self.has("unset-metadata-null"):
            view["metadata"] = None
        return Answer(201 if self.has("create-answers-201") else 200, view)

    def _judge_keys(self, call: Call) -> None:
        unknown = [name for name in self._document(call) if name not in self._create_shapes]
        if unknown:
            raise _misshapen(f"/{unknown[0]}", "known members only")

    def _fields(self, known: Mapping[str, Any]) -> dict[str, Any]:
        fields = {**UNSET, **known}
        if fields["heartbeat_period"] is not None:
            fields["heartbeat_period"] = int(fields["heartbeat_period"])
        return fields

    def _get_device(self, call: Call) -> Answer:
        self._need_readable(call)
        device = self._need_device(call)
        view = self._device_view(device)
        if view["heartbeat_period"] is None and self.has("get-omits-unset-period"):
            del view["heartbeat_period"]
        if not view["tags"] and self.has("unset-tags-null"):
            view["tags"] = None
        if view["last_command"] is None and self.has("last-command-empty-object"):
            view["last_command"] = {}
        if self.has("reading-touches"):
            device.updated = self._stamp()
        return Answer(200, view)

    def _replace_device(self, call: Call) -> Answer:
        device = self._device(call)
        if device is not None:
            self._need_admin(call)
        if self.has("put-lookup-before-shape"):
            self._need_device(call)
        keeps_type = self.has("missing-type-accepted")
        known = self._read_device(
            call, self._replace_shapes, ["device_type_id"] if keeps_type else []
        )
        device = self._need_device(call)
        self._judge_type(known, call.operation)
        company = known.pop("company_id", device.company)
        if self.has("refused-put-renames"):
            device.fields = {**device.fields, "name": known["name"]}
        if not self.has("put-takes-unique-id"):
            self._judge_unique(call, known["unique_id"], device.company, device)
        return self._replaced(device, known, company)

    def _replaced(self, device: Device, known: dict[str, Any], company: str) -> Answer:
        """Store a replacement that passed every rule."""
        before = device.fields
        kept = {"device_type_id": before["device_type_id"]}
        if self.has("put-keeps-unset"):
            kept = before
        if self.has("put-keeps-tags"):
            kept |= {"tags": before["tags"]}
        device.fields = self._fields({**kept, **known})
        if self.has("put-loses-last-command"):
            device.last_command = None
        if self.has("put-loses-settings"):
            device.settings = []
        if company in PARENTS and self.has("put-moves-company"):
            device.company = company
        if not self.has("put-keeps-updated-at"):
            device.updated = self._stamp()
        if self.has("put-moves-created-at"):
            device.created = device.updated
        view = self._device_view(device)
        if self.has("put-not-stored"):
            device.fields["name"] = before["name"]
        return Answer(204, None) if self.has("put-answers-204") else Answer(200, view)

    def _delete_device(self, call: Call) -> Answer:
        if self._device(call) is not None or self.has("role-before-lookup"):
            self._need_admin(call)
        self._need_readable(call)
        gone = self._devices.get(call.id)
        if gone is not None and gone.deleted and self.has("delete-again-204"):
            return Answer(204, None)
        device = self._need_device(call)
        device.deleted = True
        if self.has("delete-shrinks-fleet"):
            for fleet in self._fleets.values():
                fleet.members = tuple(m for m in fleet.members if m != device.id)
        if self.has("delete-answers-200"):
            return Answer(200, self._device_view(device))
        return Answer(204, None)

    def _list_devices(self, call: Call) -> Answer:
        everyone = self.has("foreign-devices-listed")
        deleted_too = self.has("deleted-in-list")
        own_only = self.has("parent-list-blind")
        rows = [
            device
            for device in self._devices.values()
            if (everyone or self._sees(call, device.company))
            and (deleted_too or not device.deleted)
            and (not own_only or device.company == call.principal.company)
        ]
        return self._listed(call, rows, self._device_row)

    # fleets and bulk responses

    def _list_fleets(self, call: Call) -> Answer:
        rows = [fleet for fleet in self._fleets.values() if self._sees(call, fleet.company)]
        return self._listed(call, rows, self._fleet_view)

    def _get_fleet(self, call: Call) -> Answer:
        self._need_readable(call)
        view = self._fleet_view(self._need_fleet(call))
        if self.has("fleet-omits-user-id"):
            del view["user_id"]
        return Answer(200, view)

    def _list_bulk_responses(self, call: Call) -> Answer:
        if call.principal.role == "viewer" and self.has("viewer-may-not-read"):
            raise RefusalError(403, "the role does not allow this")
        rows = [job for job in self._jobs.values() if self._sees(call, job.company)]
        return self._listed(call, rows, self._bulk_view)

    def _get_bulk_response(self, call: Call) -> Answer:
        self._need_readable(call)
        job = self._jobs.get(call.id)
        if job is None:
            raise _missing("bulk response")
        if not self._sees(call, job.company) and not self.has("foreign-bulk-readable"):
            raise _missing("bulk response")
        view = self._bulk_view(job)
        if self.has("bulk-created-as-number"):
            view["created_at"] = job.created
        if self.has("bulk-omits-fail-count"):
            del view["fail_count"]
        return Answer(200, view)

    # executeFleetAction

    def _execute_fleet_action(self, call: Call) -> Answer:
        if self.has("action-shape-before-role"):
            self._read_action(call)
        if self._fleet(call) is not None:
            self._need_admin(call)
        if self.has("action-lookup-before-shape"):
            self._need_fleet(call)
        action, sent = self._read_action(call)
        fleet = self._need_fleet(call)
        if not fleet.members and self.has("empty-fleet-refused"):
            raise RefusalError(400, "the fleet is empty")
        try:
            self._judge_references(call, action, sent)
        except RefusalError:
            if action == "issue_command" and self.has("refused-action-kept"):
                self._accept(call, fleet, "add_tags", {"tags": []}, ())
            raise
        if call.request.headers.get(FAULT_HEADER) == "500":
            if self.has("failed-action-kept"):
                self._accept(call, fleet, action, sent, fleet.members)
            raise RefusalError(500, "the action cannot be queued")
        reached = fleet.members if action in ACTIONS else ()
        job = self._accept(call, fleet, action, sent, reached)
        named = "_id" if self.has("action-id-renamed") else "bulk_response_id"
        status = 200 if self.has("action-answers-200") else 202
        return Answer(status, {named: job.id})

    def _read_action(self, call: Call) -> tuple[str, dict[str, Any]]:
        """The action and its own fields; those of the other actions are not looked at."""
        document = self._document(call)
        action = document.get("action")
        if not isinstance(action, str) or action not in ACTIONS:
            if isinstance(action, str) and action and self.has("unknown-action-accepted"):
                return action, {}
            raise _misshapen("/action", "one of " + ", ".join(ACTIONS))
        if self.has("other-fields-judged"):
            for shapes in self._action_shapes.values():
                _checked(document, shapes)
        sent = _checked(document, self._action_shapes[action])
        self._judge_required(action, sent)
        return action, sent

    def _judge_required(self, action: str, sent: dict[str, Any]) -> None:
        if action == "issue_command":
            if sent.get("command_id", "") is None:  # only where a defect admits null
                del sent["command_id"]
            if not sent and not self.has("no-command-accepted"):
                raise _misshapen("", "command_id or gateway_command")
            if len(sent) == 2 and not self.has("both-commands-accepted"):
                raise _misshapen("", "command_id or gateway_command, not both")
        elif action == "update_heartbeat":
            if not sent and not self.has("no-heartbeat-accepted"):
                raise _misshapen("", "heartbeat_period or heartbeat_values")
            if "heartbeat_period" not in sent and sent and self.has("values-alone-refused"):
                raise _misshapen("/heartbeat_period", PERIOD.expected + ", which is required")
        else:
            required = [n for n in self._action_shapes[action] if n != "setting_version"]
            if self.has("missing-setting-accepted"):
                required = [name for name in required if name != "setting_id"]
            if self.has("missing-setting-command-accepted"):
                required = [name for name in required if name != "setting_command_id"]
            for name in required:
                if name not in sent:
                    expected = self._action_shapes[action][name].expected
                    raise _misshapen(f"/{name}", expected + ", which is required")

    def _judge_references(self, call: Call, action: str, sent: Mapping[str, Any]) -> None:
        if "command_id" in sent:
            self._judge_command(call, sent["command_id"])
        if action == "send_configuration":
            self._judge_configuration(call, sent)

    def _judge_command(self, call: Call, command: str) -> None:
        company = COMMANDS.get(command)
        if company is None:
            if not self.has("unknown-command-accepted"):
                raise _missing("command")
        elif not self._sees(call, company) and not self.has("foreign-command-accepted"):
            if self.has("foreign-command-403"):
                raise RefusalError(403, "the command belongs to another company")
            raise _missing("command")

    def _judge_configuration(self, call: Call, sent: Mapping[str, Any]) -> None:
        configuration = sent["configuration_id"]
        company = CONFIGURATIONS.get(configuration)
        if company is None and self.has("unknown-configuration-accepted"):
            return
        if company is None or not self._sees(call, company):
            raise _missing("configuration")
        if "setting_id" not in sent:  # only where a defect lets it through
            return
        setting = SETTINGS.get(sent["setting_id"])
        if setting is None:
            raise _missing("setting")
        if not self._sees(call, setting.company) and not self.has("foreign-setting-accepted"):
            raise _missing("setting")
        outside = setting.configuration != configuration
        if outside and not self.has("setting-outside-accepted"):
            raise _missing("setting of this configuration")
        high = sent.get("setting_version", 0) > setting.latest_version
        if high and self.has("high-version-refused"):
            raise _missing("version of this setting")

    # jobs

    def _accept(
        self,
        call: Call,
        fleet: Fleet,
        action: str,
        sent: Mapping[str, Any],
        members: tuple[str, ...],
    ) -> Job:
        """Queue an action; whatever was accepted before reaches each device of the fleet first."""
        company = call.principal.company if self.has("bulk-company-of-token") else fleet.company
        stamp, start = self._stamp(), time.monotonic()
        if self.has("newer-action-first"):
            start += 0.25
            for older in self._running:
                if older.fleet == fleet.id:
                    older.start = start + STEP * (len(members) + 1)
        job = Job(
            self._new_id(), company, stamp, stamp, fleet=fleet.id, action=action, sent=dict(sent),
            members=members, start=start,
        )  # fmt: skip
        self._jobs[job.id] = job
        self._running.append(job)
        return job

    def _catch_up(self) -> None:
        """Let every step happen that is due by now: the earliest first, of equals the oldest."""
        now = time.monotonic()
        while self._running:
            job = min(self._running, key=lambda job: job.due)
            if job.due > now:
                break
            self._reach_next(job)
        self._running = [job for job in self._running if job.due < math.inf]
        while self._late and self._late[0][0] <= now:
            _, job, device = self._late.pop(0)
            self._apply(job, device)

    def _reach_next(self, job: Job) -> None:
        """Reach the job's next device and note how that went."""
        device_id = job.members[len(job.entries)]
        device = self._devices.get(device_id)
        status, why = self._verdict(job, device)
        job.entries.append(self._entry(device_id, status, why))
        if not self.has("bulk-updated-at-stays"):
            job.updated = self._stamp()
        if device is not None and not device.deleted:
            ineligible = status != 200 and job.action == "issue_command"
            if status == 200 or (ineligible and self.has("ineligible-gets-effect")):
                self._affect(job, device)
        if len(job.entries) == 1 and self.has("outsider-reached"):
            company = self._fleets[job.fleet].company
            for other in self._devices.values():
                if other.company == company and other.id not in job.members and not other.deleted:
                    self._apply(job, other)
                    break

    def _verdict(self, job: Job, device: Device | None) -> tuple[int, str]:
        """The status code of an entry, and the sentence of a failure."""
        if device is None or device.deleted:
            if self.has("deleted-succeeds"):
                return 200, ""
            return 410 if self.has("deleted-status-410") else 404, "the device does not exist"
        if self._is_eligible(job, DEVICE_TYPES.get(device.fields["device_type_id"], ())):
            return 200, ""
        if job.action in TYPED_ACTIONS and self.has("ineligible-succeeds"):
            return 200, ""
        status = 400 if self.has("ineligible-status-400") else 422
        return status, f"the device's type does not allow {job.action}"

    def _is_eligible(self, job: Job, actions: Sequence[str]) -> bool:
        if job.action == "add_tags" and self.has("tags-need-eligibility"):
            return bool(actions)
        if job.action == "send_configuration" and self.has("settings-by-command-right"):
            return "issue_command" in actions
        return job.action not in TYPED_ACTIONS or job.action in actions

    def _entry(self, device_id: str, status: int, why: str) -> dict[str, Any]:
        failed = status != 200
        entry: dict[str, Any] = {
            "device_id": device_id,
            "status": "fail" if failed else "success",
            "status_code": status,
            "error": TITLES.get(status, "failed") if failed else None,
            "messages": [why] if failed else [],
        }
        if self.has("entry-code-as-string"):
            entry["status_code"] = str(status)
        if not failed and self.has("entry-error-empty"):
            entry["error"] = ""
        if not failed and self.has("entry-messages-null"):
            entry["messages"] = None
        if failed and self.has("fail-entry-silent"):
            entry["error"] = None
        return entry

    def _affect(self, job: Job, device: Device) -> None:
        last = len(job.entries) == len(job.members)
        if last and self.has("last-member-left-out"):
            return
        if self.has("effect-lags"):
            self._late.append((job.start + STEP * len(job.entries) + 0.5, job, device))
            return
        self._apply(job, device)

    def _apply(self, job: Job, device: Device) -> None:
        """Do to one device what the action says."""
        effect = {
            "issue_command": self._note_command,
            "add_tags": self._add_tags,
            "add_metadata": self._add_metadata,
            "update_heartbeat": self._update_heartbeat,
            "send_configuration": self._note_setting,
        }[job.action]
        device.fields = dict(device.fields)
        effect(device, job.sent)
        if not self.has("updated-at-not-moved"):
            device.updated = self._stamp()

    def _note_command(self, device: Device, sent: Mapping[str, Any]) -> None:
        if self.has("last-command-not-noted"):
            return
        device.last_command = dict(sent)
        if "command_id" in sent and self.has("command-noted-as-gateway"):
            device.last_command = {"gateway_command": sent["command_id"]}

    def _add_tags(self, device: Device, sent: Mapping[str, Any]) -> None:
        before, new = device.fields["tags"], sent["tags"]
        union = list(dict.fromkeys([*before, *new]))
        if self.has("tags-not-deduplicated"):
            union = [*before, *dict.fromkeys(new)]
        if self.has("sent-tags-not-deduplicated"):
            union = [*before, *(tag for tag in new if tag not in before)]
        if self.has("tags-replaced"):
            union = list(dict.fromkeys(new))
        if self.has("tags-sorted"):
            union.sort()
        device.fields["tags"] = union

    def _add_metadata(self, device: Device, sent: Mapping[str, Any]) -> None:
        before, new = device.fields["metadata"], sent["metadata"]
        merged = {**before, **new}
        if self.has("metadata-replaced"):
            merged = dict(new)
        if self.has("metadata-old-wins"):
            merged |= before
        if self.has("metadata-merged-deep"):
            for key in set(before) & set(new):
                if isinstance(before[key], dict) and isinstance(new[key], dict):
                    merged[key] = {**before[key], **new[key]}
        if self.has("metadata-null-removes"):
            merged = {key: value for key, value in merged.items() if value is not None}
        device.fields["metadata"] = merged

    def _update_heartbeat(self, device: Device, sent: Mapping[str, Any]) -> None:
        fields = device.fields
        if "heartbeat_period" in sent:
            fields["heartbeat_period"] = int(sent["heartbeat_period"])
        elif self.has("period-reset"):
            fields["heartbeat_period"] = None
        if "heartbeat_values" in sent:
            added = fields["heartbeat_values"] if self.has("values-added") else []
            fields["heartbeat_values"] = [*added, *sent["heartbeat_values"]]
        elif self.has("values-reset"):
            fields["heartbeat_values"] = []

    def _note_setting(self, device: Device, sent: Mapping[str, Any]) -> None:
        configuration, setting = sent["configuration_id"], sent.get("setting_id", "")
        version = int(sent.get("setting_version", 0))
        if version == 0 and setting in SETTINGS and not self.has("version-zero-kept"):
            version = SETTINGS[setting].latest_version
        noted = {
            "configuration_id": configuration,
            "setting_id": setting,
            "setting_version": version,
        }
        if self.has("setting-not-noted"):
            return
        pairs = [(s["configuration_id"], s["setting_id"]) for s in device.settings]
        settings = list(device.settings)
        if (configuration, setting) in pairs and not self.has("setting-appended-again"):
            settings[pairs.index((configuration, setting))] = noted
        else:
            settings.append(noted)
        device.settings = settings

    # lists

    def _listed(
        self, call: Call, rows: Sequence[Any], view: Callable[[Any], dict[str, Any]]
    ) -> Answer:
        """The rows, which come in order of creation, as the query wants them."""
        self._need_readable(call)
        tests, order, (page, per_page, with_meta) = self._wishes(call.operation, call.query)
        kept = [row for row in rows if self._passes(row, tests)]
        if order is not None:
            kept = self._sorted(kept, *order)
        elif self.has("newest-first"):
            kept.reverse()
        shown = self._cut(kept, page, per_page)
        views = [view(row) for row in shown]
        if not with_meta:
            return Answer(200, views)
        total: Any = len(shown) if self.has("total-counts-page") else len(kept)
        if self.has("total-ignores-filters"):
            total = len(rows)
        named = "data" if self.has("resources-renamed") else "resources"
        told = 100 if self.has("envelope-echoes-default") else per_page
        if self.has("total-as-string"):
            total = str(total)
        return Answer(200, {"page": page, "per_page": told, "total": total, named: views})

    def _wishes(self, operation: str, raw_query: str) -> tuple[Any, Any, tuple[int, int, bool]]:
        """The filters, the order and the page that a query asks for."""
        query = self._read_query(operation, raw_query)
        tests = self._tests(operation, query)
        return tests, self._order(operation, query), self._page(operation, query)

    def _read_query(self, operation: str, query: str) -> dict[str, str]:
        """The known parameters, decoded; whether their values fit is judged later."""
        known = PARAMETERS[operation]
        found: dict[str, str] = {}
        for part in filter(None, query.split("&")):
            raw_name, _, raw_value = part.partition("=")
            name = _decoded(raw_name)
            if name is None or name not in known:
                if self.has("unknown-parameter-refused"):
                    raise _misshapen("the query", "known parameters only")
                continue
            value = _decoded(raw_value)
            if not value or name in found:
                raise _misshapen(f"/{name}", "one value in UTF-8 that is not empty")
            if self._takes(operation, name):
                found[name] = value
        return found

    def _takes(self, operation: str, parameter: str) -> bool:
        if parameter == "unique_id_eq" and self.has("eq-suffix-ignored"):
            return False
        name, operator = PARAMETERS[operation][parameter]
        if not operator or operator in FILTERS[operation][name]:
            return True
        if self.has("operator-not-taken-ignored"):
            return False
        raise _misshapen(f"/{parameter}", "an operator that this field takes")

    def _tests(self, operation: str, query: Mapping[str, str]) -> list[tuple[str, str, Any]]:
        """Field, operator and wanted value of each filter."""
        tests: list[tuple[str, str, Any]] = []
        for parameter, text in query.items():
            name, operator = PARAMETERS[operation][parameter]
            if not operator:
                continue
            if name == "status" and self.has("bulk-status-filter-ignored"):
                continue
            wanted: Any = text
            if operator in ("in", "nin"):
                wanted = [self._wanted(name, part) for part in self._parts(name, operator, text)]
            elif name != "tags":
                wanted = self._wanted(name, text)
            tests.append((name, operator, wanted))
        return tests

    def _parts(self, name: str, operator: str, text: str) -> list[str]:
        parts = text.split(",")
        if operator == "in" and self.has("in-empty-part-accepted"):
            return [part for part in parts if part]
        if "" in parts:
            raise _misshapen(f"/{name}_{operator}", "values joined by commas, none empty")
        return parts

    def _wanted(self, name: str, text: str) -> Any:
        """One value of a filter, read as its field demands."""
        if name == "heartbeat_period":
            return _integer(name, text, 0 if self.has("period-filter-zero") else 1)
        if name == "created_at":
            if self.has("created-at-zone-optional") and re.search(r"T[0-9:.]+\Z", text):
                text += "Z"
            return _instant(name, text, not self.has("created-at-ignores-offset"))
        malformed = name == "device_type_id" and not HEX_ID.fullmatch(text)
        if malformed and not self.has("type-filter-malformed-id"):
            raise _misshapen(f"/{name}", ID.expected)
        if name == "type" and text not in ACTIONS and not self.has("bulk-type-filter-unchecked"):
            raise _misshapen(f"/{name}", "one of " + ", ".join(ACTIONS))
        if name == "status" and text not in JOB_STATUSES:
            raise _misshapen(f"/{name}", "one of " + ", ".join(JOB_STATUSES))
        return text

    def _order(self, operation: str, query: Mapping[str, str]) -> tuple[str, bool] | None:
        text = query.get("order_by")
        if text is None:
            return None
        name, descending = text.removeprefix("-"), text.startswith("-")
        if descending and operation == "listFleets" and self.has("order-by-refused"):
            raise _misshapen("/order_by", "a field")
        if name in ORDERS[operation]:
            return name, descending
        if self.has("order-by-unknown-accepted"):
            return None
        allowed = ", ".join(ORDERS[operation])
        raise _misshapen("/order_by", f"one of {allowed}, perhaps after a minus")

    def _page(self, operation: str, query: Mapping[str, str]) -> tuple[int, int, bool]:
        """The page, the rows on each, and whether the answer is an envelope."""
        least = 0 if self.has("page-zero-accepted") else 1
        page = max(1, _integer("page", query.get("page", "1"), least))
        default = "12" if self.has("default-page-of-12") else "100"
        per_page = _integer("per_page", query.get("per_page", default))
        most = 1000
        if self.has("per-page-1001-accepted"):
            most = 1001
        if self.has("per-page-1000-refused"):
            most = 999
        if per_page > most:
            raise _misshapen("/per_page", "an integer from 1 to 1000")
        meta = query.get("page_meta")
        if meta not in (None, "true", "false") and not self.has("page-meta-unchecked"):
            raise _misshapen("/page_meta", "true or false")
        wraps = meta == "true" and not self.has("page-meta-ignored")
        if meta == "false" and self.has("page-meta-false-wraps"):
            wraps = True
        if meta is None and operation == "listFleets" and self.has("bare-list-wrapped"):
            wraps = True
        return page, per_page, wraps

    def _cut(self, rows: list[Any], page: int, per_page: int) -> list[Any]:
        first = (page - 1) * per_page
        if page > 1 and self.has("second-page-shifted"):
            first -= 1
        if first >= len(rows) and self.has("past-end-repeats"):
            first = max(0, (len(rows) - 1) // per_page * per_page)
        extra = 1 if self.has("per-page-off-by-one") else 0
        return rows[first : first + per_page + extra]

    def _sorted(self, rows: list[Any], name: str, descending: bool) -> list[Any]:
        """By code point, by number or by time; unset values last, ties in order of creation."""
        if self.has("descending-ignored"):
            descending = False
        values = {id(row): self._value(row, name) for row in rows}
        if name == "name" and self.has("order-any-case"):
            values = {key: value.casefold() for key, value in values.items()}
        unset = [row for row in rows if values[id(row)] is None]
        there = [row for row in rows if values[id(row)] is not None]
        if descending and self.has("descending-ties"):
            there.reverse()
        there.sort(key=lambda row: values[id(row)], reverse=descending)
        wrong_end = descending and self.has("unset-first-descending")
        if wrong_end or (not descending and self.has("unset-first")):
            return unset + there
        return there + unset

    def _value(self, row: Any, name: str) -> Any:
        if name == "created_at":
            return row.created
        if isinstance(row, Device):
            return row.fields[name]
        if isinstance(row, Fleet):
            return row.name
        return self._type(row) if name == "type" else self._progress(row)[2]

    def _passes(self, row: Any, tests: Sequence[tuple[str, str, Any]]) -> bool:
        hits = [bool(self._test(self._value(row, test[0]), *test)) for test in tests]
        return any(hits) if hits and self.has("filters-ored") else all(hits)

    def _test(self, value: Any, name: str, operator: str, wanted: Any) -> Any:
        if operator == "nin" and self.has("nin-ignored"):
            return True
        if name == "tags":
            return self._test_tags(value, operator, wanted)
        if value is None:
            return self._test_unset(operator)
        if operator == "eq":
            folds = name == "name" and self.has("eq-any-case")
            return value.casefold() == wanted.casefold() if folds else value == wanted
        if operator == "ne":
            return value != wanted
        if operator == "like":
            return self._test_like(value, wanted)
        if operator in ("in", "nin"):
            if operator == "in" and self.has("in-first-only"):
                return value == wanted[0]
            return (value in wanted) == (operator == "in")
        return self._test_order(value, operator, wanted)

    def _test_unset(self, operator: str) -> bool:
        if operator == "lt":
            return self.has("lt-matches-unset")
        if operator == "ne":
            return not self.has("ne-hides-unset")
        return operator == "nin" and not self.has("nin-hides-unset")

    def _test_like(self, value: str, wanted: str) -> bool:
        if not self.has("like-minds-case"):
            value, wanted = value.casefold(), wanted.casefold()
        return value.startswith(wanted) if self.has("like-prefix") else wanted in value

    def _test_order(self, value: Any, operator: str, wanted: Any) -> Any:
        if operator in ("gt", "gte"):
            if isinstance(value, str) and self.has("text-order-any-case"):
                value, wanted = value.casefold(), wanted.casefold()
            if operator == "gt":
                return value >= wanted if self.has("gt-as-gte") else value > wanted
            return value > wanted if self.has("gte-as-gt") else value >= wanted
        if operator == "lt":
            return value <= wanted if self.has("lt-as-lte") else value < wanted
        return value < wanted if self.has("lte-as-lt") else value <= wanted

    def _test_tags(self, tags: list[str], operator: str, wanted: Any) -> Any:
        """The whole array is compared joined by commas, single tags as they are."""
        if operator == "inc":
            part = self.has("tags-inc-part")
            return any(wanted in tag for tag in tags) if part else wanted in tags
        if operator == "in":
            count = sum(tag in tags for tag in wanted)
            return count == len(wanted) if self.has("tags-in-all") else count > 0
        if operator == "nin":
            count = sum(tag in tags for tag in wanted)
            return count < len(wanted) if self.has("tags-nin-all") else count == 0
        if operator == "ne":
            if self.has("tags-ne-shares-none"):
                return not set(wanted.split(",")) & set(tags)
            return ",".join(tags) != wanted
        if self.has("tags-any-order"):
            return sorted(wanted.split(",")) == sorted(tags)
        if self.has("tags-eq-contains"):
            return bool(set(wanted.split(",")) & set(tags))
        return ",".join(tags) == wanted

    # how a record looks from outside

    def _base_view(self, record: Record) -> dict[str, Any]:
        return {
            "_id": record.id,
            "origin": record.origin,
            "created_at": _time(record.created),
            "updated_at": _time(record.updated),
            "company_id": record.company,
            "user_id": record.user_id,
        }

    def _device_view(self, device: Device) -> dict[str, Any]:
        command: dict[str, Any] | None = device.last_command
        if command is not None and self.has("last-command-both-keys"):
            command = {"command_id": None, "gateway_command": None, **command}
        return {
            **self._base_view(device),
            **device.fields,
            "last_command": command,
            "settings": device.settings,
        }

    def _device_row(self, device: Device) -> dict[str, Any]:
        view = self._device_view(device)
        if self.has("list-id-renamed"):
            view["id"] = view.pop("_id")
        if self.has("time-without-zone"):
            view["created_at"] = view["created_at"].removesuffix("Z")
        return view

    def _fleet_view(self, fleet: Fleet) -> dict[str, Any]:
        return {**self._base_view(fleet), "name": fleet.name, "device_ids": list(fleet.members)}

    def _type(self, job: Job) -> str:
        return "issue_command" if self.has("bulk-type-constant") else job.action

    def _progress(self, job: Job) -> tuple[int, int, str]:
        """The successes, the failures and the state that they make."""
        fails = sum(entry["status"] == "fail" for entry in job.entries)
        done, successes = len(job.entries), len(job.entries) - fails
        if self.has("ineligible-counted-success"):
            unable = sum(str(entry["status_code"]) == "422" for entry in job.entries)
            fails, successes = fails - unable, successes + unable
        if self.has("counters-exceed-total"):
            successes += fails
        status = "pending" if not done else "processing"
        if done == len(job.members):
            status = "complete"
        if done and self.has("complete-too-early"):
            status = "complete"
        if done and self.has("never-completes"):
            status = "processing"
        if not job.members and self.has("empty-fleet-never-completes"):
            status = "pending"
        return successes, fails, status

    def _bulk_view(self, job: Job) -> dict[str, Any]:
        successes, fails, status = self._progress(job)
        if job.shown and not job.dipped and self.has("counter-decreases"):
            job.dipped = True
            successes, status = job.shown - 1, "processing"
        job.shown = successes
        total = len(job.members)
        if self.has("total-without-failures"):
            deleted = [m for m in job.members if m in self._devices and self._devices[m].deleted]
            total -= len(deleted)
        return {
            **self._base_view(job),
            "type": self._type(job),
            "total": total,
            "success_count": successes,
            "fail_count": fails,
            "status": status,
            "bulk_response_statuses": self._entries_view(job),
        }

    def _entries_view(self, job: Job) -> list[dict[str, Any]]:
        entries = list(job.entries)
        if len(entries) == len(job.members) and self.has("entry-changes"):
            entries = [
                {**entry, "messages": ["finally failed"]} if entry["status"] == "fail" else entry
                for entry in entries
            ]
        if self.has("entry-repeated"):
            entries = entries[:1] + entries
        if self.has("entries-reversed"):
            entries.reverse()
        return entries


TITLES = {
    400: "bad request",
    401: "not authorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    410: "gone",
    413: "too large",
    422: "not eligible",
}
DEVICES = {"GET": "listDevices", "POST": "createDevice"}
DEVICE = {"GET": "getDevice", "PUT": "replaceDevice", "DELETE": "deleteDevice"}
ROUTES = [
    (re.compile(re.escape(PREFIX) + path), operations)
    for path, operations in (
        ("/devices", DEVICES),
        ("/devices/([^/]+)", DEVICE),
        ("/fleets", {"GET": "listFleets"}),
        ("/fleets/([^/]+)", {"GET": "getFleet"}),
        ("/fleets/([^/]+)/actions", {"POST": "executeFleetAction"}),
        ("/bulk_responses", {"GET": "listBulkResponses"}),
        ("/bulk_responses/([^/]+)", {"GET": "getBulkResponse"}),
    )
]


# --- HTTP ----------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """Takes requests off a connection and puts answers on it; every judgement is the platform's."""

    protocol_version = "HTTP/1.1"
    server_version = "vendor"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 60
    server: _Server

    def __getattr__(self, name: str) -> Any:
        """The base class looks for ``do_<METHOD>``; here every method takes the same way."""
        if name.startswith("do_"):
            return self._exchange
        raise AttributeError(name)

    def _exchange(self) -> None:
        body = self._read_body()
        answer = self.server.platform.answer(Request(self.command, self.path, self.headers, body))
        if body.problem is not None:
            self.close_connection = True
        self._send(answer)
        if body.problem is not None:
            self._linger()

    def _read_body(self) -> Body:
        """Read what Content-Length announces; without a trustworthy one nothing is read."""
        if "Transfer-Encoding" in self.headers:
            return Body(problem=RefusalError(400, "the body: expected a Content-Length, no chunks"))
        lengths = [text.strip() for text in self.headers.get_all("Content-Length", ["0"])]
        if len(lengths) != 1 or not re.fullmatch("[0-9]+", lengths[0]):
            return Body(problem=RefusalError(400, "the header Content-Length: expected one number"))
        digits = lengths[0].lstrip("0") or "0"
        if len(digits) > 10 or int(digits) > MAX_BODY:
            return Body(problem=RefusalError(413, f"the body: expected at most {MAX_BODY} bytes"))
        self.connection.settimeout(BODY_TIMEOUT)
        try:
            data = self.rfile.read(int(digits))
        except TimeoutError:
            data = b""
        self.connection.settimeout(self.timeout)
        if len(data) != int(digits):
            return Body(problem=RefusalError(400, "the body: expected as many bytes as announced"))
        return Body(data)

    def _send(self, answer: Answer) -> None:
        payload = b"" if answer.content is None else json.dumps(answer.content).encode("ascii")
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.content is not None:
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(payload)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)
        self.wfile.flush()

    def _linger(self) -> None:
        """Let the client finish sending: closing at once would reset it out of its answer."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            for _ in range(1024):
                if not self.connection.recv(1 << 16):
                    return

    def handle_expect_100(self) -> bool:
        """Answers are buffered here, so the interim one must be pushed out."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class finds unreadable itself is refused in the same JSON form."""
        self.close_connection = True
        if not hasattr(self, "headers"):
            self.headers = Message()
        sentence = f"the request cannot be read: {message}"
        self._send(Answer(int(code), {"error": "bad request", "messages": [sentence]}))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about requests."""


class _Server(ThreadingHTTPServer):
    """A server that knows its open connections, so that closing it ends them as well."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, platform: Platform) -> None:
        self.platform = platform
        self._open: set[Any] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Without the base class's name lookup, which can take seconds on a bad resolver."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave at any time; everything else is a bug worth a traceback."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass(frozen=True)
class Running:
    """A server that answers until ``close`` is called or the ``with`` block ends."""

    url: str
    _server: _Server
    _thread: threading.Thread

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def start(defect: str | None = None, port: int = 0) -> Running:
    """Serve from a daemon thread, by default on a free port."""
    server = _Server(port, Platform(defect))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    return Running(f"http://127.0.0.1:{server.server_port}{PREFIX}", server, thread)


def main(arguments: list[str] | None = None) -> int:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(description="An independent EdgeIQ, with bugs on demand.")
    parser.add_argument("--port", type=int, default=4021, help="0 takes a free one")
    parser.add_argument("--defect", metavar="NAME", help="the one bug to switch on")
    parser.add_argument("--list", action="store_true", help="print the defects and stop")
    options = parser.parse_args(arguments)
    if options.list:
        for name, sentence in DEFECTS.items():
            print(f"{name:34}{sentence}")
        return 0
    try:
        running = start(options.defect, options.port)
    except (ValueError, OSError, OverflowError) as problem:
        print(f"edgeiq_server: {problem}", file=sys.stderr)
        return 2
    print(f"listening on {running.url}", flush=True)
    with running, suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
