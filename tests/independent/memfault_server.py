"""A second, independent implementation of the Memfault device API, with bugs to switch on.

It stands for the vendor's own service: it shares no code and no data with the mock, has no reset
and no session, and speaks plain HTTP. Switched on by name, each entry of ``DEFECTS`` makes it wrong
in exactly one way, so a conformance suite can be asked how many of them it notices.

A defect is looked up by ``has`` at exactly one place, beside the right behaviour.
``python tests/independent/memfault_server.py --list`` prints them all.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import socket
import socketserver
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import Message
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

PREFIX = "/api/v0"
MAX_BODY = 8 * 1024 * 1024
BODY_TIMEOUT = 5

DEFECTS: dict[str, str] = {
    # shape of answers
    "get-omits-owner-ref": "getDevice leaves out the required owner_ref.",
    "list-omits-null-last-seen": "listDevices leaves out last_seen where it should be null.",
    "get-release-empty-object": "getDevice shows an empty object where the release should be null.",
    "create-cohort-as-slug": "createDevice shows the cohort as its bare slug.",
    "patch-cohort-null": "updateDevice shows null for the cohort.",
    "create-id-as-string": "createDevice shows the id as a string.",
    "list-hardware-as-object": "listDevices shows hardware_version as an object with a name.",
    "get-created-without-zone": "getDevice shows a created_date without a zone.",
    "patch-updated-without-micros": "updateDevice shows an updated_date without microseconds.",
    "create-without-envelope": "createDevice answers the device itself, without data.",
    "list-paging-renamed": "listDevices calls the envelope's paging `meta`.",
    "list-total-as-string": "listDevices shows total_count as a string.",
    "create-answers-201": "createDevice answers 201 instead of 200.",
    "patch-answers-202": "updateDevice answers 202 instead of 200.",
    "delete-answers-200": "deleteDevice answers 200 with the device instead of 204.",
    "attributes-bare-array": "getDeviceAttributes answers the array itself, without data.",
    "attributes-patch-204": "updateDeviceAttributes answers 204 without content.",
    "attributes-flat-value": "getDeviceAttributes shows the bare value as state.",
    "metric-range-missing": "getDeviceAttributes leaves the range out of a metric.",
    "metric-type-lower-case": "updateDeviceAttributes shows data_type in lower case.",
    "never-set-state-missing": "getDeviceAttributes leaves out state where it should be null.",
    "get-as-plain-text": "The answer of getDevice is labelled text/plain.",
    # shape of errors
    "not-found-as-html": "A 404 is labelled text/html.",
    "bad-request-without-code": "A 400 leaves out the numeric code.",
    "conflict-http-code-400": "A 409 carries 400 as http_code.",
    "conflict-type-renamed": "A 409 has the type DuplicateError.",
    "conflict-code-1000": "A 409 carries the numeric code of a 400.",
    "device-not-found-code-404": "The 404 of a device carries 404 as its numeric code.",
    "forbidden-as-sentence": "A 403 has a sentence where the error object should be.",
    "forbidden-type-unauthorized": "A 403 has the type UnauthorizedError.",
    "unauthorized-without-type": "A 401 leaves out the type.",
    "bad-request-code-as-string": "A 400 shows its numeric code as a string.",
    "no-route-without-envelope": "A path without route is refused without the error object.",
    "wrong-method-404": "A wrong method is refused with 404.",
    "wrong-method-without-allow": "A 405 comes without the Allow header.",
    # status of refusals
    "duplicate-serial-400": "A serial that is taken is refused with 400.",
    "create-cohort-unknown-400": "createDevice refuses an unknown cohort with 400.",
    "patch-cohort-unknown-422": "updateDevice refuses an unknown cohort with 422.",
    "deleted-device-410": "getDevice answers 410 for a deleted device.",
    "malformed-serial-400": "getDevice answers 400 for a serial that breaks the pattern.",
    "unknown-project-empty-list": "listDevices answers an empty list for an unknown project.",
    # order of refusals
    "role-after-body": "createDevice judges the body before the role.",
    "role-after-lookup": "updateDevice looks the device up before it judges the role.",
    "delete-role-after-lookup": "deleteDevice looks the device up before it judges the role.",
    "shape-before-lookup": "updateDevice judges the body before it looks the device up.",
    "attributes-before-lookup": "updateDeviceAttributes judges the body before the lookup.",
    "conflict-before-cohort": "createDevice notices a taken serial before an unknown cohort.",
    "conflict-before-shape": "createDevice notices a taken serial before the body's shape.",
    "cohort-before-shape": "updateDevice looks the cohort up before it judges the body.",
    "query-before-project": "listDevices judges the query before the project.",
    "lookup-before-auth": "getDevice looks the device up before it judges the credential.",
    "auth-before-method": "A wrong method without credential is refused with 401.",
    # rules on what is sent
    "serial-129-accepted": "A serial of 129 characters is accepted.",
    "serial-128-refused": "A serial of 128 characters is refused.",
    "serial-dot-accepted": "A serial may contain a dot.",
    "serial-underscore-refused": "A serial may not contain an underscore.",
    "hardware-128-refused": "A hardware_version of 128 characters is refused.",
    "hardware-129-accepted": "A hardware_version of 129 characters is accepted.",
    "hardware-colon-refused": "A hardware_version may not contain a colon.",
    "hardware-space-accepted": "A hardware_version may contain a space.",
    "hardware-unknown-refused": "updateDevice refuses a hardware_version that no device has.",
    "owner-ref-empty-refused": "An empty owner_ref is refused.",
    "owner-ref-256-accepted": "An owner_ref of 256 characters is accepted.",
    "owner-ref-255-refused": "An owner_ref of 255 characters is refused.",
    "patch-owner-ref-null-accepted": "updateDevice takes null for owner_ref as empty.",
    "owner-ref-number-accepted": "createDevice takes a number for owner_ref.",
    "create-owner-ref-optional": "createDevice accepts a body without owner_ref.",
    "create-hardware-optional": "createDevice accepts a body without hardware_version.",
    "create-cohort-null-accepted": "createDevice takes null for the cohort as the default one.",
    "patch-cohort-null-accepted": "updateDevice accepts null for the cohort and ignores it.",
    "create-unknown-key-refused": "createDevice refuses a body with an unknown key.",
    "content-type-unchecked": "A body is read whatever its Content-Type says.",
    "invalid-utf8-accepted": "Bytes of a body that are no UTF-8 are replaced.",
    "empty-patch-accepted": "updateDevice accepts an empty object.",
    "unknown-only-patch-accepted": "updateDevice accepts a body of unknown keys alone.",
    "serial-only-patch-accepted": "updateDevice accepts a body of the device's own serial alone.",
    "own-serial-patch-refused": "updateDevice refuses a body that repeats the own serial.",
    "other-serial-ignored": "updateDevice ignores another serial beside other changes.",
    # authentication and tenancy
    "read-without-credential": "A GET without credential reads as the first organization.",
    "basic-refused": "Basic credentials are refused.",
    "basic-any-user": "Basic credentials count whatever their user, if the key is known.",
    "basic-any-key": "Basic credentials count whatever their key, if the user is known.",
    "basic-empty-user-refused": "Basic credentials without a user are refused.",
    "unknown-bearer-accepted": "An unknown token counts as a reader of the first organization.",
    "lower-case-bearer-refused": "The word Bearer counts in this spelling only.",
    "lower-case-basic-refused": "The word Basic counts in this spelling only.",
    "reader-may-create": "A reader may create devices.",
    "reader-may-patch": "A reader may update devices.",
    "reader-may-delete": "A reader may delete devices.",
    "reader-may-set-attributes": "A reader may update attributes.",
    "reader-attributes-403": "A reader may not read attributes.",
    "other-organization-403": "Another organization is refused with 403.",
    "other-organization-readable": "A device of another organization can be read.",
    "other-organization-listable": "The devices of another organization can be listed.",
    "other-organization-writable": "A device of another organization can be updated.",
    "other-project-readable": "A device of a sibling project can be read.",
    "other-project-listed": "listDevices shows the devices of sibling projects as well.",
    "serial-across-projects": "Serials collide with those of sibling projects.",
    # state
    "duplicate-overwrites": "createDevice overwrites the device whose serial is sent again.",
    "duplicate-refused-but-stored": "A 409 has changed the owner_ref of the device already.",
    "serial-any-case": "Serials that differ in case only collide.",
    "patch-renames-serial": "updateDevice takes another serial as the new one.",
    "patch-not-stored": "updateDevice answers well and stores nothing.",
    "patch-answer-stale": "updateDevice answers the device as it was before.",
    "patch-keeps-updated-date": "updateDevice leaves updated_date as it was.",
    "patch-moves-created-date": "updateDevice moves created_date.",
    "patch-moves-last-seen": "updateDevice moves last_seen.",
    "patch-resets-owner-ref": "updateDevice empties an owner_ref that it was not sent.",
    "patch-resets-cohort": "updateDevice moves a device to default unless a cohort is sent.",
    "patch-cohort-ignored": "updateDevice ignores the cohort.",
    "patch-cohort-unknown-accepted": "updateDevice takes an unknown cohort as the default one.",
    "patch-empty-owner-ref-ignored": "updateDevice ignores an empty owner_ref.",
    "attributes-move-updated-date": "updateDeviceAttributes moves the device's updated_date.",
    "create-cohort-ignored": "createDevice ignores the cohort.",
    "create-cohort-unknown-accepted": "createDevice takes an unknown cohort as the default one.",
    "create-default-cohort-beta": "A device created without cohort lands in beta.",
    "create-foreign-cohort": "A new device lands in the like-named cohort of another project.",
    "create-last-seen-now": "A new device has been seen at its creation.",
    "create-invents-release": "A new device has a last_seen_release.",
    "refused-create-stored": "A create refused for its cohort has stored the device.",
    "refused-patch-changes-owner": "A patch refused for its cohort has changed owner_ref.",
    "delete-does-nothing": "deleteDevice answers well and deletes nothing.",
    "deleted-readable": "A deleted device can still be read.",
    "deleted-listed": "Deleted devices stay in the list.",
    "deleted-patchable": "A deleted device can still be updated.",
    "delete-twice-204": "Deleting a deleted device answers 204 again.",
    "deleted-serial-taken": "The serial of a deleted device stays taken.",
    "recreated-keeps-id": "A device created again has the id of its predecessor.",
    "recreated-keeps-created-date": "A device created again has the old created_date.",
    "attributes-survive-delete": "A device created again has the attributes of its predecessor.",
    # list
    "release-anded": "Two values of release must both fit.",
    "release-last-counts": "Of a repeated release the last counts.",
    "release-prefix": "A release finds versions that begin with it.",
    "owner-ref-ignored": "listDevices ignores owner_ref.",
    "owner-ref-any-case": "The owner_ref filter does not mind the case.",
    "owner-ref-empty-ignored": "An empty owner_ref filter is ignored.",
    "owner-ref-comma-splits": "A comma separates values of the owner_ref filter.",
    "hardware-prefix": "The hardware_version filter finds versions that begin with it.",
    "hardware-first-counts": "Of a repeated hardware_version the first counts.",
    "hardware-filter-unchecked": "A hardware_version filter outside the pattern is accepted.",
    "filters-ored": "One filter that fits is enough.",
    "since-inclusive": "last_seen_since includes the moment itself.",
    "until-inclusive": "last_seen_until includes the moment itself.",
    "since-ignores-offset": "The offset of last_seen_since is ignored.",
    "since-never-seen": "Devices never seen match last_seen_since.",
    "until-never-seen": "Devices never seen match last_seen_until.",
    "date-without-zone-accepted": "A date-time without a zone is accepted.",
    "date-unchecked": "A last_seen_since that is no date-time is ignored.",
    "sort-ignored": "listDevices ignores sort=last_seen.",
    "sort-descending-ignored": "sort=-last_seen sorts ascending.",
    "sort-nulls-first": "Devices never seen come first when sorted ascending.",
    "sort-descending-nulls-first": "Devices never seen come first when sorted descending.",
    "sort-ties-descending": "Equal last_seen are in descending order of id for -last_seen.",
    "sort-unknown-accepted": "An unknown sort key is ignored.",
    "newest-first": "Without sort the highest id comes first.",
    "page-ignored": "listDevices shows the first page whatever was asked.",
    "page-past-end-404": "A page past the end is refused with 404.",
    "page-zero-accepted": "Page 0 is taken as page 1.",
    "per-page-zero-accepted": "per_page 0 is taken as the default.",
    "per-page-101-accepted": "A per_page of 101 is accepted.",
    "per-page-100-refused": "A per_page of 100 is refused.",
    "per-page-off-by-one": "A page has one row more than asked.",
    "per-page-default-50": "listDevices pages by 50 unless told.",
    "per-page-not-echoed": "paging.per_page is the default whatever was asked.",
    "page-not-echoed": "paging.page is 1 whatever was asked.",
    "repeated-per-page-last": "Of a repeated per_page the last counts.",
    "unknown-parameter-refused": "An unknown query parameter is refused.",
    "total-counts-page": "total_count counts the rows of the page.",
    "total-ignores-filters": "total_count counts rows that the filters leave out.",
    "page-count-rounded-down": "page_count leaves out a last page that is not full.",
    "page-count-one-when-empty": "page_count is 1 without matches.",
    "item-count-is-total": "item_count counts the rows of all pages.",
    # attributes
    "attributes-not-atomic": "A refused update has stored the items before the refused one.",
    "text-for-int-accepted": "An INT takes a string.",
    "fraction-for-int-accepted": "An INT takes 1.5.",
    "point-for-int-refused": "An INT does not take 5.0.",
    "boolean-for-int-accepted": "An INT takes true.",
    "whole-for-float-refused": "A FLOAT does not take a whole number.",
    "number-for-bool-accepted": "A BOOL takes a number.",
    "number-for-string-accepted": "A STRING takes a number.",
    "array-value-accepted": "A STRING takes an array.",
    "missing-value-is-null": "An item without value counts as null.",
    "key-case-sensitive": "The keys of attributes mind the case.",
    "null-stored-as-value": "Null is stored as a state with the value null.",
    "null-ignored": "Null leaves a state as it was.",
    "first-duplicate-wins": "Of a key sent twice the first value is stored.",
    "untouched-keys-reset": "Keys that an update does not name are unset.",
    "never-set-left-out": "Metrics that a device never set are left out.",
    "empty-array-accepted": "An empty array is accepted.",
    "single-object-accepted": "One item without an array around it is accepted.",
    "unknown-key-400": "An unknown key is refused with 400.",
    "unknown-key-ignored": "An unknown key is ignored.",
    "unknown-key-with-null-creates": "An unknown key with null creates a metric.",
    "malformed-key-accepted": "A key may contain a space.",
    "new-int-is-float": "A whole number creates a FLOAT metric.",
    "new-bool-is-string": "A boolean creates a STRING metric.",
    "new-metric-key-lowered": "A new metric has its key in lower case.",
    "new-metric-in-all-projects": "A new metric appears in sibling projects as well.",
    "metric-order-newest-first": "The newest metric comes first.",
    "other-devices-changed": "An update sets the attributes of every device of the project.",
    "state-time-kept": "Setting a state again leaves its time as it was.",
    "state-created-moved": "Setting a state again moves its created_date.",
    "update-answers-sent-only": "updateDeviceAttributes answers only the metrics that were sent.",
    "update-answers-old-states": "updateDeviceAttributes answers the states from before.",
}

ERRORS = {
    400: ("InvalidUsageError", 1000),
    401: ("UnauthorizedError", 1001),
    403: ("ForbiddenError", 1002),
    404: ("NotFoundError", 1003),
    405: ("MethodNotAllowedError", 1005),
    409: ("ConflictError", 1004),
}
REPEATABLE = ("release", "owner_ref", "hardware_version")
SINGLE = ("last_seen_since", "last_seen_until", "sort", "page", "per_page")
SLUG = re.compile("[-a-zA-Z0-9_]{1,128}")
HARDWARE = re.compile("[-a-zA-Z0-9_.+:]{1,128}")
QUERY_INTEGER = re.compile(r"(-?(?:0|[1-9][0-9]{0,999}))(?:\.0+)?")
DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?"
    r"(?:([Zz])|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?"
)
LARGEST = int(sys.float_info.max)


class RefusalError(Exception):
    """A request that is turned down; ``about`` tells refusals of one status apart."""

    def __init__(self, status: int, message: str, about: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.about = about
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
    """The bytes of a request, or why they could not be had; that is a 400 like any other."""

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
    """Whom a credential stands for."""

    organization: str
    role: str


@dataclass(frozen=True)
class Route:
    """What the path and the method ask for; the path's parts are decoded, the query is not."""

    operation: str
    organization: str
    project: str
    serial: str
    query: str


@dataclass(frozen=True)
class Call:
    """A routed and authenticated request."""

    request: Request
    principal: Principal
    route: Route

    @property
    def operation(self) -> str:
        return self.route.operation


@dataclass(frozen=True)
class Cohort:
    """A group of devices of one project."""

    id: int
    name: str
    slug: str


@dataclass(frozen=True)
class Release:
    """The software that a device ran when it was last seen."""

    id: int
    version: str
    revision: str


@dataclass(frozen=True)
class Metric:
    """A named attribute that every device of the project may have a state of."""

    string_key: str
    data_type: str
    display_name: str
    description: str = ""
    favorite: bool = False
    lowest: int | None = None
    highest: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class State:
    """The value of a metric on one device."""

    value: Any
    created: datetime
    updated: datetime


@dataclass
class Device:
    """A stored device; deleted ones stay, so that a defect can find them."""

    id: int
    serial: str
    owner_ref: str
    hardware_version: str
    cohort: Cohort
    created: datetime
    updated: datetime
    last_seen: datetime | None = None
    release: Release | None = None
    states: dict[str, State] = field(default_factory=dict)
    deleted: bool = False


@dataclass
class Project:
    """Devices are kept in order of id, metrics in order of creation."""

    organization: str
    slug: str
    cohorts: dict[str, Cohort]
    metrics: list[Metric]
    devices: list[Device]


# --- seeds ---------------------------------------------------------------------------------------

TOKENS = {
    "oat_tide_manager": Principal("tidewater", "manager"),
    "oat_tide_reader": Principal("tidewater", "reader"),
    "oat_quarry_manager": Principal("quarry", "manager"),
}
KEYS = {"k_tide_manager": ("ops@tidewater.test", Principal("tidewater", "manager"))}
ORGANIZATIONS = ("tidewater", "quarry")

OLD = Release(31, "2.0.0", "5c1d0e9aa7b64f0f8b3e2d1c0a9f8e7d6c5b4a39")
NEW = Release(32, "2.1.0", "a41b7c90d2e3f4051627384950a1b2c3d4e5f607")
FIX = Release(33, "2.1.0+fix.1", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _cohorts(first: int) -> dict[str, Cohort]:
    return {
        "default": Cohort(first, "Default", "default"),
        "beta": Cohort(first + 1, "Early testers", "beta"),
    }


def _seeds() -> Iterator[Project]:
    """Every project at start, built anew for each server since devices are changed in place."""
    level = Metric("battery_level", "INT", "Battery level", "Charge in percent.", True, 0, 100)
    height = Metric("water_height", "FLOAT", "Water height", "Above the mark, in metres.")
    flooded = Metric("is_flooded", "BOOL", "Flooded")
    station = Metric("station_name", "STRING", "Station")
    unused = Metric("service_note", "STRING", "Service note", "Nobody has set it yet.")
    depth = Metric("depth", "FLOAT", "Depth")

    def made(
        cohorts: dict[str, Cohort],
        number: int,
        serial: str,
        owner: str,
        hardware: str,
        cohort: str,
        seen: str | None,
        release: Release | None,
        states: Mapping[Metric, Any] | None = None,
    ) -> Device:
        created = _moment("2023-11-02T10:00:00") + timedelta(minutes=number, microseconds=number)
        then = created + timedelta(days=3)
        return Device(
            number, serial, owner, hardware, cohorts[cohort], created, created,
            _moment(seen) if seen else None, release,
            {metric.id: State(value, then, then) for metric, value in (states or {}).items()},
        )  # fmt: skip

    gauge, buoy, saw = _cohorts(210), _cohorts(220), _cohorts(230)
    noon = "2024-03-05T12:30:00"
    yield Project(
        "tidewater", "tide-gauge", gauge, [level, height, flooded, station, unused],
        [
            made(gauge, 4101, "TG-0001", "harbour-7", "mk1", "default", "2024-03-01T08:00", OLD,
                 {level: 81, height: 2.75, flooded: False, station: "North pier"}),
            made(gauge, 4102, "TG-0002", "harbour-7", "mk1-b", "default", noon, NEW,
                 {level: 17, flooded: True}),
            made(gauge, 4104, "TG-0003", "harbour-9", "mk2", "beta", None, None),
            made(gauge, 4105, "TG_0004", "", "mk1", "default", noon, NEW, {height: -0.5}),
            made(gauge, 4106, "TG-0005", "harbour-9", "mk2", "beta",
                 "2024-02-11T23:59:59.999999", FIX, {station: "South lock"}),
            made(gauge, 4108, "TG-0006", "harbour-11", "mk1-b", "default",
                 "2024-01-15T06:07:08.000001", OLD),
            made(gauge, 4109, "TG-0007", "Harbour-7", "mk2:rev.C+", "default",
                 "2024-04-20T17:45:12.345678", OLD, {level: 100}),
            made(gauge, 4110, "TG-0008", "harbour-9", "mk1", "default", None, None),
            made(gauge, 4112, "TG-0009", "pier 3, east", "mk2", "beta", noon, FIX),
            made(gauge, 4113, "TG-0010", "harbour-7", "mk2", "default", "2023-12-31T22:00", None),
            made(gauge, 4114, "TG-0011", "harbour-11", "mk3", "default",
                 "2024-05-01T00:00", FIX, {level: 55}),
            made(gauge, 4115, "TG-0012", "", "mk3", "beta", None, None),
        ],
    )  # fmt: skip
    yield Project(
        "tidewater", "buoy-link", buoy, [depth],
        [
            made(buoy, 4103, "BL-0001", "harbour-7", "b1", "default", noon, NEW, {depth: 12.5}),
            made(buoy, 4107, "BL-0002", "", "b1", "beta", None, None),
            made(buoy, 4116, "TG-0001", "harbour-9", "b2", "beta", None, None),
        ],
    )  # fmt: skip
    yield Project(
        "quarry", "tide-gauge", saw, [Metric("battery_level", "FLOAT", "Battery"), depth],
        [
            made(saw, 4111, "QY-0001", "pit-1", "saw1", "default", noon, OLD),
            made(saw, 4117, "QY-0002", "pit-2", "saw1", "beta", None, None, {depth: 3.25}),
            made(saw, 4118, "TG-0002", "pit-2", "saw2", "default", None, None),
        ],
    )  # fmt: skip


# --- JSON and text -------------------------------------------------------------------------------


def _misshapen(pointer: str, expected: str) -> RefusalError:
    return RefusalError(400, f"{pointer or 'the body'}: expected {expected}")


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _integer(text: str) -> int | Decimal:
    """Python refuses to read integers of thousands of digits; decimals have no such bound."""
    return int(text) if len(text) < 1000 else Decimal(text)


def parse_json(data: bytes, errors: str = "strict") -> Any:
    """JSON in the strict sense, or a 400; of a key that an object repeats the last counts."""
    try:
        return json.loads(
            data.decode("utf-8", errors),
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=Decimal,
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise _misshapen("", "one well-formed JSON document in UTF-8") from None


def _is_number(value: Any) -> bool:
    """Whether it is a number that a double can hold; true is none."""
    if isinstance(value, Decimal):
        return value.copy_abs() <= LARGEST
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def _is_whole(value: Any) -> bool:
    """JSON knows no integer type: 12.0 is the integer 12."""
    return _is_number(value) and value == int(value)


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _instant(moment: datetime) -> Fraction:
    """Seconds since 1970, exactly."""
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return Fraction(microseconds, 10**6)


def _decoded(raw: str) -> str | None:
    """One name or value of a query, None if its bytes are no UTF-8."""
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return None


# --- the service ---------------------------------------------------------------------------------

Keep = Callable[[Device], bool]


@dataclass(frozen=True)
class Asked:
    """A query of listDevices that is in order."""

    page: int
    per_page: int
    default: int
    sort: str | None
    filters: list[Keep]


class Memfault:
    """The seven device operations over one in-memory state; a lock makes each request atomic."""

    def __init__(self, defect: str | None = None) -> None:
        if defect is not None and defect not in DEFECTS:
            raise ValueError(f"unknown defect {defect!r}, --list shows them all")
        self._defect = defect
        self._lock = threading.Lock()
        self._projects = {(seed.organization, seed.slug): seed for seed in _seeds()}
        self._last_id = max(d.id for p in self._projects.values() for d in p.devices)
        self._last_moment = datetime.min.replace(tzinfo=UTC)
        self._operations: dict[str, Callable[[Call], Answer]] = {
            "listDevices": self._list_devices,
            "createDevice": self._create_device,
            "getDevice": self._get_device,
            "updateDevice": self._update_device,
            "deleteDevice": self._delete_device,
            "getDeviceAttributes": self._get_attributes,
            "updateDeviceAttributes": self._update_attributes,
        }

    def has(self, name: str) -> bool:
        """Whether this defect is switched on."""
        return self._defect == name

    def answer(self, request: Request) -> Answer:
        """Judge one request, carry it out if it is in order, and say what goes back."""
        try:
            with self._lock:
                return self._dispatch(request)
        except RefusalError as refusal:
            return self.refused(refusal)

    def refused(self, refusal: RefusalError) -> Answer:
        """The error object of a refusal."""
        status, headers, media_type = refusal.status, dict(refusal.headers), "application/json"
        if status == 405 and self.has("wrong-method-404"):
            status = 404
        name, code = ERRORS.get(status, ERRORS[400])
        error: Any = {"code": code, "http_code": status, "message": refusal.message, "type": name}
        if status == 400:
            if self.has("bad-request-without-code"):
                del error["code"]
            if self.has("bad-request-code-as-string"):
                error["code"] = str(code)
        if status == 401 and self.has("unauthorized-without-type"):
            del error["type"]
        if status == 403:
            if self.has("forbidden-type-unauthorized"):
                error["type"] = "UnauthorizedError"
            if self.has("forbidden-as-sentence"):
                error = refusal.message
        if status == 404:
            if refusal.about == "device" and self.has("device-not-found-code-404"):
                error["code"] = 404
            if self.has("not-found-as-html"):
                media_type = "text/html"
            if refusal.about == "route" and self.has("no-route-without-envelope"):
                return Answer(404, {"message": refusal.message})
        if status == 405 and self.has("wrong-method-without-allow"):
            headers.clear()
        if status == 409:
            if self.has("conflict-http-code-400"):
                error["http_code"] = 400
            if self.has("conflict-type-renamed"):
                error["type"] = "DuplicateError"
            if self.has("conflict-code-1000"):
                error["code"] = 1000
        return Answer(status, {"error": error}, headers, media_type)

    def _dispatch(self, request: Request) -> Answer:
        try:
            route = _route(request)
        except RefusalError as refusal:
            if refusal.status == 405 and self.has("auth-before-method"):
                self._authenticate(request)
            raise
        if route.operation == "getDevice" and self.has("lookup-before-auth"):
            project = self._projects.get((route.organization, route.project))
            if project is not None:
                self._device(Call(request, TOKENS["oat_tide_reader"], route), project)
        call = Call(request, self._authenticate(request), route)
        return self._operations[call.operation](call)

    def _now(self) -> datetime:
        """The time, never the same twice."""
        later = self._last_moment + timedelta(microseconds=1)
        self._last_moment = max(datetime.now(UTC), later)
        return self._last_moment

    # who may

    def _authenticate(self, request: Request) -> Principal:
        values = request.headers.get_all("Authorization", [])
        if not values and request.method == "GET" and self.has("read-without-credential"):
            return TOKENS["oat_tide_reader"]
        scheme, _, secret = (values[0].strip() if len(values) == 1 else "").partition(" ")
        principal = None
        if scheme.lower() == "bearer":
            principal = self._bearer(scheme, secret.strip())
        elif scheme.lower() == "basic":
            principal = self._basic(scheme, secret.strip())
        if principal is None:
            raise RefusalError(
                401,
                "a known token or a known user with its key is needed",
                WWW_Authenticate='Bearer, Basic realm="devices", charset="UTF-8"',
            )
        return principal

    def _bearer(self, scheme: str, token: str) -> Principal | None:
        if scheme != "Bearer" and self.has("lower-case-bearer-refused"):
            return None
        if token and token not in TOKENS and self.has("unknown-bearer-accepted"):
            return TOKENS["oat_tide_reader"]
        return TOKENS.get(token)

    def _basic(self, scheme: str, secret: str) -> Principal | None:
        """The user must be the key's own or left empty."""
        if self.has("basic-refused") or (
            scheme != "Basic" and self.has("lower-case-basic-refused")
        ):
            return None
        try:
            pair = base64.b64decode(secret, validate=True).decode("utf-8")
        except ValueError:
            return None
        user, colon, key = pair.partition(":")
        if key not in KEYS and self.has("basic-any-key"):
            key = next((k for k, (owner, _) in KEYS.items() if owner == user), key)
        if not colon or key not in KEYS:
            return None
        owner, principal = KEYS[key]
        if not user and self.has("basic-empty-user-refused"):
            return None
        known = user in ("", owner) or self.has("basic-any-user")
        return principal if known else None

    def _need_manager(self, call: Call) -> None:
        if call.principal.role == "manager":
            return
        if call.operation == "createDevice" and self.has("reader-may-create"):
            return
        if call.operation == "updateDevice" and self.has("reader-may-patch"):
            return
        if call.operation == "deleteDevice" and self.has("reader-may-delete"):
            return
        if call.operation == "updateDeviceAttributes" and self.has("reader-may-set-attributes"):
            return
        raise RefusalError(403, "a reader may not change anything")

    # what the path names

    def _project(self, call: Call) -> Project:
        """Of another organization nothing is known, not even that it exists."""
        route = call.route
        foreign = route.organization != call.principal.organization
        if foreign and not self._may_cross(call):
            if route.organization in ORGANIZATIONS and self.has("other-organization-403"):
                raise RefusalError(403, "this organization is not yours")
            raise RefusalError(404, "there is no such organization", "organization")
        project = self._projects.get((route.organization, route.project))
        if project is None:
            raise RefusalError(404, "there is no such project", "project")
        return project

    def _may_cross(self, call: Call) -> bool:
        if call.operation == "getDevice" and self.has("other-organization-readable"):
            return True
        if call.operation == "listDevices" and self.has("other-organization-listable"):
            return True
        return call.operation == "updateDevice" and self.has("other-organization-writable")

    def _siblings(self, project: Project) -> list[Project]:
        return [p for p in self._projects.values() if p.organization == project.organization]

    def _device(self, call: Call, project: Project) -> Device:
        """The live device of the path; the newest one with that serial is the last."""
        serial = call.route.serial
        if (
            call.operation == "getDevice"
            and not SLUG.fullmatch(serial)
            and self.has("malformed-serial-400")
        ):
            raise _misshapen("/device_serial", "a serial")
        searched = list(project.devices)
        if call.operation == "getDevice" and self.has("other-project-readable"):
            searched = [d for p in self._siblings(project) for d in p.devices if p is not project]
            searched += project.devices
        found = [device for device in searched if device.serial == serial]
        alive = [device for device in found if not device.deleted or self._revives(call)]
        if alive:
            return alive[-1]
        if found and call.operation == "getDevice" and self.has("deleted-device-410"):
            raise RefusalError(410, "the device was deleted", "device")
        raise RefusalError(404, "there is no such device", "device")

    def _revives(self, call: Call) -> bool:
        """Whether a deleted device is taken for a live one."""
        if call.operation == "getDevice" and self.has("deleted-readable"):
            return True
        if call.operation == "deleteDevice" and self.has("delete-twice-204"):
            return True
        return call.operation == "updateDevice" and self.has("deleted-patchable")

    def _cohort(self, project: Project, slug: str) -> Cohort:
        cohort = project.cohorts.get(slug)
        if cohort is None:
            raise RefusalError(404, "/cohort: there is no such cohort", "cohort")
        return cohort

    # what was sent

    def _need_readable(self, call: Call) -> None:
        """A body that HTTP could not delimit spoils the request even where no body is wanted."""
        if call.request.body.problem is not None:
            raise call.request.body.problem

    def _document(self, call: Call) -> Any:
        self._need_readable(call)
        types = call.request.headers.get_all("Content-Type", [])
        media_type = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
        if media_type != "application/json" and not self.has("content-type-unchecked"):
            raise RefusalError(400, "the header Content-Type: expected application/json")
        return parse_json(
            call.request.body.data, "replace" if self.has("invalid-utf8-accepted") else "strict"
        )

    def _object(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise _misshapen("", "an object")
        return document

    def _check_serial(self, value: Any) -> None:
        longest, letters = 128, "-a-zA-Z0-9_"
        if self.has("serial-129-accepted"):
            longest = 129
        if self.has("serial-128-refused"):
            longest = 127
        if self.has("serial-dot-accepted"):
            letters += "."
        if self.has("serial-underscore-refused"):
            letters = letters.rstrip("_")
        if not isinstance(value, str) or not re.fullmatch(f"[{letters}]{{1,{longest}}}", value):
            raise _misshapen("/device_serial", "1 to 128 letters, digits, - and _")

    def _check_hardware(self, value: Any) -> None:
        longest, letters = 128, "-a-zA-Z0-9_.+:"
        if self.has("hardware-128-refused"):
            longest = 127
        if self.has("hardware-129-accepted"):
            longest = 129
        if self.has("hardware-colon-refused"):
            letters = letters.rstrip(":")
        if self.has("hardware-space-accepted"):
            letters += " "
        if not isinstance(value, str) or not re.fullmatch(f"[{letters}]{{1,{longest}}}", value):
            raise _misshapen("/hardware_version", "1 to 128 letters, digits and - _ . + :")

    def _check_owner(self, value: Any) -> None:
        longest = 255
        if self.has("owner-ref-256-accepted"):
            longest = 256
        if self.has("owner-ref-255-refused"):
            longest = 254
        if not isinstance(value, str) or len(value) > longest:
            raise _misshapen("/owner_ref", "a string of at most 255 characters")
        if not value and self.has("owner-ref-empty-refused"):
            raise _misshapen("/owner_ref", "a string that is not empty")

    def _check_cohort(self, value: Any) -> None:
        if not isinstance(value, str) or not SLUG.fullmatch(value):
            raise _misshapen("/cohort", "the slug of a cohort")

    # createDevice

    def _create_device(self, call: Call) -> Answer:
        if self.has("role-after-body"):
            self._read_new(self._document(call))
        self._need_manager(call)
        project = self._project(call)
        document = self._document(call)
        if self.has("conflict-before-shape") and isinstance(document, dict):
            self._need_free(project, str(document.get("device_serial")))
        sent = self._read_new(document)
        serial = sent["device_serial"]
        if self.has("conflict-before-cohort"):
            self._need_free(project, serial)
        cohort = self._new_cohort(project, sent)
        namesakes = self._namesakes(project, serial)
        if namesakes and self.has("duplicate-overwrites"):
            namesakes[-1].owner_ref = sent["owner_ref"]
            namesakes[-1].hardware_version = sent["hardware_version"]
            return Answer(200, {"data": self._view(namesakes[-1])})
        if namesakes and self.has("duplicate-refused-but-stored"):
            namesakes[-1].owner_ref = sent["owner_ref"]
        self._need_free(project, serial)
        view = self._create_view(self._store(project, sent, cohort))
        status = 201 if self.has("create-answers-201") else 200
        return Answer(status, view if self.has("create-without-envelope") else {"data": view})

    def _read_new(self, document: Any) -> dict[str, Any]:
        """The known members of a new device, all of the right shape."""
        sent = dict(self._object(document))
        if self.has("create-owner-ref-optional"):
            sent.setdefault("owner_ref", "")
        if self.has("create-hardware-optional"):
            sent.setdefault("hardware_version", "unknown")
        if isinstance(sent.get("owner_ref"), int) and self.has("owner-ref-number-accepted"):
            sent["owner_ref"] = str(sent["owner_ref"])
        if sent.get("cohort", "") is None and self.has("create-cohort-null-accepted"):
            del sent["cohort"]
        for name in ("device_serial", "owner_ref", "hardware_version"):
            if name not in sent:
                raise _misshapen(f"/{name}", "a string, which is required")
        self._check_serial(sent["device_serial"])
        self._check_owner(sent["owner_ref"])
        self._check_hardware(sent["hardware_version"])
        if "cohort" in sent:
            self._check_cohort(sent["cohort"])
        known = ("device_serial", "owner_ref", "hardware_version", "cohort")
        if set(sent) - set(known) and self.has("create-unknown-key-refused"):
            raise _misshapen("", "known keys only")
        return {name: sent[name] for name in known if name in sent}

    def _new_cohort(self, project: Project, sent: Mapping[str, Any]) -> Cohort:
        slug = sent.get("cohort")
        if slug is None:
            slug = "beta" if self.has("create-default-cohort-beta") else "default"
        try:
            cohort = self._cohort(project, slug)
        except RefusalError as refusal:
            if self.has("create-cohort-unknown-accepted"):
                return project.cohorts["default"]
            if self.has("refused-create-stored") and not self._namesakes(
                project, sent["device_serial"]
            ):
                self._store(project, sent, project.cohorts["default"])
            status = 400 if self.has("create-cohort-unknown-400") else 404
            raise RefusalError(status, refusal.message, refusal.about) from None
        if "cohort" in sent and self.has("create-cohort-ignored"):
            return project.cohorts["default"]
        if self.has("create-foreign-cohort"):
            return next(p for p in self._projects.values() if p is not project).cohorts[slug]
        return cohort

    def _namesakes(self, project: Project, serial: str) -> list[Device]:
        """Whoever carries the serial already; compared exactly, within the project."""
        across = self.has("serial-across-projects")
        deleted_too = self.has("deleted-serial-taken")
        folded = str.lower if self.has("serial-any-case") else str
        return [
            device
            for other in self._siblings(project)
            if other is project or across
            for device in other.devices
            if folded(device.serial) == folded(serial) and (not device.deleted or deleted_too)
        ]

    def _need_free(self, project: Project, serial: str) -> None:
        if self._namesakes(project, serial):
            status = 400 if self.has("duplicate-serial-400") else 409
            raise RefusalError(status, "/device_serial: the project has such a device already")

    def _store(self, project: Project, sent: Mapping[str, Any], cohort: Cohort) -> Device:
        self._last_id += 1
        now = self._now()
        device = Device(
            self._last_id, sent["device_serial"], sent["owner_ref"], sent["hardware_version"],
            cohort, created=now, updated=now,
        )  # fmt: skip
        if self.has("create-last-seen-now"):
            device.last_seen = now
        if self.has("create-invents-release"):
            device.release = OLD
        for earlier in project.devices:
            if earlier.serial == device.serial:
                if self.has("recreated-keeps-id"):
                    device.id = earlier.id
                if self.has("recreated-keeps-created-date"):
                    device.created = earlier.created
                if self.has("attributes-survive-delete"):
                    device.states = dict(earlier.states)
        project.devices.append(device)
        return device

    def _create_view(self, device: Device) -> dict[str, Any]:
        view = self._view(device)
        if self.has("create-cohort-as-slug"):
            view["cohort"] = device.cohort.slug
        if self.has("create-id-as-string"):
            view["id"] = str(device.id)
        return view

    # listDevices

    def _list_devices(self, call: Call) -> Answer:
        if self.has("query-before-project"):
            self._read_query(call.route.query)
        project = self._listed_project(call)
        self._need_readable(call)
        asked = self._read_query(call.route.query)
        every = self._listed(project)
        rows = [device for device in every if self._fits(device, asked.filters)]
        rows = self._sorted(rows, asked.sort)
        total: Any = len(rows)
        pages = -(-total // asked.per_page)
        page = 1 if self.has("page-ignored") else asked.page
        begin = (page - 1) * asked.per_page
        if begin > 0 and begin >= total and self.has("page-past-end-404"):
            raise RefusalError(404, "there is no such page")
        end = begin + asked.per_page + (1 if self.has("per-page-off-by-one") else 0)
        views = [self._list_view(device) for device in rows[begin:end]]
        if self.has("page-count-rounded-down"):
            pages = max(total // asked.per_page, min(total, 1))
        if total == 0 and self.has("page-count-one-when-empty"):
            pages = 1
        items = total if self.has("item-count-is-total") else len(views)
        if self.has("total-counts-page"):
            total = len(views)
        if self.has("total-ignores-filters"):
            total = len(every)
        if self.has("list-total-as-string"):
            total = str(total)
        paging = {
            "item_count": items,
            "page": 1 if self.has("page-not-echoed") else asked.page,
            "page_count": pages,
            "per_page": asked.default if self.has("per-page-not-echoed") else asked.per_page,
            "total_count": total,
        }
        envelope = "meta" if self.has("list-paging-renamed") else "paging"
        return Answer(200, {"data": views, envelope: paging})

    def _listed_project(self, call: Call) -> Project:
        try:
            return self._project(call)
        except RefusalError as refusal:
            if refusal.about == "project" and self.has("unknown-project-empty-list"):
                return Project(call.route.organization, call.route.project, {}, [], [])
            raise

    def _listed(self, project: Project) -> list[Device]:
        deleted_too = self.has("deleted-listed")
        projects = self._siblings(project) if self.has("other-project-listed") else [project]
        devices = [d for p in projects for d in p.devices if not d.deleted or deleted_too]
        return sorted(devices, key=lambda device: device.id)

    def _fits(self, device: Device, filters: list[Keep]) -> bool:
        """Whether every filter that was sent lets the device through."""
        results = [keep(device) for keep in filters]
        return any(results) if results and self.has("filters-ored") else all(results)

    def _sorted(self, rows: list[Device], sort: str | None) -> list[Device]:
        """From order of id, which ties keep either way; whoever was never seen comes last."""
        if sort is None:
            return rows[::-1] if self.has("newest-first") else rows
        if sort == "last_seen" and self.has("sort-ignored"):
            return rows
        descending = sort == "-last_seen"
        never = [device for device in rows if device.last_seen is None]
        seen = [(device.last_seen, device) for device in rows if device.last_seen is not None]
        if descending and self.has("sort-ties-descending"):
            seen.reverse()
        backwards = descending and not self.has("sort-descending-ignored")
        ordered = [d for _, d in sorted(seen, key=lambda pair: pair[0], reverse=backwards)]
        if not descending and self.has("sort-nulls-first"):
            return never + ordered
        if descending and self.has("sort-descending-nulls-first"):
            return never + ordered
        return ordered + never

    def _read_query(self, query: str) -> Asked:
        sent = self._sent(query)
        default = 50 if self.has("per-page-default-50") else 100
        page = self._number(sent, "page", 1)
        if page == 0 and self.has("page-zero-accepted"):
            page = 1
        if page < 1:
            raise _misshapen("/page", "an integer of at least 1")
        per_page = self._per_page(sent, default)
        sort = sent["sort"][0] if "sort" in sent else None
        if sort not in (None, "last_seen", "-last_seen"):
            if not self.has("sort-unknown-accepted"):
                raise _misshapen("/sort", "last_seen or -last_seen")
            sort = None
        return Asked(page, per_page, default, sort, list(self._filters(sent)))

    def _sent(self, query: str) -> dict[str, list[str]]:
        """The values of the known parameters; only the first one of a single-valued parameter."""
        sent: dict[str, list[str]] = {}
        for part in filter(None, query.split("&")):
            raw_name, _, raw_value = part.partition("=")
            name = _decoded(raw_name)
            if name not in REPEATABLE + SINGLE:
                if self.has("unknown-parameter-refused"):
                    raise _misshapen("the query", "known parameters only")
                continue
            if name in sent and name in SINGLE:
                if name == "per_page" and self.has("repeated-per-page-last"):
                    del sent[name]
                else:
                    continue
            value = _decoded(raw_value)
            if value is None:
                raise _misshapen(f"/{name}", "text in UTF-8")
            sent.setdefault(name, []).append(value)
        return sent

    def _number(self, sent: Mapping[str, list[str]], name: str, default: int) -> int:
        if name not in sent:
            return default
        match = QUERY_INTEGER.fullmatch(sent[name][0])
        if match is None:
            raise _misshapen(f"/{name}", "an integer")
        return int(match[1])

    def _per_page(self, sent: Mapping[str, list[str]], default: int) -> int:
        per_page = self._number(sent, "per_page", default)
        highest = 100
        if self.has("per-page-101-accepted"):
            highest = 101
        if self.has("per-page-100-refused"):
            highest = 99 if "per_page" in sent else 100
        if per_page == 0 and self.has("per-page-zero-accepted"):
            return default
        if not 1 <= per_page <= highest:
            raise _misshapen("/per_page", "an integer from 1 to 100")
        return per_page

    def _filters(self, sent: Mapping[str, list[str]]) -> Iterator[Keep]:
        """One predicate for each parameter that was sent."""
        if "release" in sent:
            yield self._by_release(sent["release"])
        if "owner_ref" in sent and not self.has("owner-ref-ignored"):
            yield self._by_owner(sent["owner_ref"])
        if "hardware_version" in sent:
            yield self._by_hardware(sent["hardware_version"])
        if "last_seen_since" in sent:
            yield self._since(sent["last_seen_since"][0])
        if "last_seen_until" in sent:
            yield self._until(sent["last_seen_until"][0])

    def _by_release(self, wanted: list[str]) -> Keep:
        if "" in wanted:
            raise _misshapen("/release", "a value that is not empty")
        if self.has("release-last-counts"):
            wanted = wanted[-1:]
        need = all if self.has("release-anded") else any
        equal = str.startswith if self.has("release-prefix") else str.__eq__

        def keep(device: Device) -> bool:
            version = device.release.version if device.release else ""
            return need(equal(version, value) for value in wanted)

        return keep

    def _by_owner(self, wanted: list[str]) -> Keep:
        if self.has("owner-ref-empty-ignored"):
            wanted = [value for value in wanted if value]
            if not wanted:
                return lambda device: True
        if self.has("owner-ref-comma-splits"):
            wanted = [part for value in wanted for part in value.split(",")]
        folded = str.lower if self.has("owner-ref-any-case") else str
        values = {folded(value) for value in wanted}
        return lambda device: folded(device.owner_ref) in values

    def _by_hardware(self, wanted: list[str]) -> Keep:
        if not self.has("hardware-filter-unchecked"):
            for value in wanted:
                if not HARDWARE.fullmatch(value):
                    raise _misshapen("/hardware_version", "letters, digits and - _ . + :")
        if self.has("hardware-first-counts"):
            wanted = wanted[:1]
        equal = str.startswith if self.has("hardware-prefix") else str.__eq__
        return lambda device: any(equal(device.hardware_version, value) for value in wanted)

    def _since(self, text: str) -> Keep:
        never = self.has("since-never-seen")
        inclusive = self.has("since-inclusive")
        try:
            limit = self._read_moment(text, "last_seen_since")
        except RefusalError:
            if self.has("date-unchecked"):
                return lambda device: True
            raise

        def keep(device: Device) -> bool:
            if device.last_seen is None:
                return never
            seen = _instant(device.last_seen)
            return seen > limit or (inclusive and seen == limit)

        return keep

    def _until(self, text: str) -> Keep:
        never = self.has("until-never-seen")
        inclusive = self.has("until-inclusive")
        limit = self._read_moment(text, "last_seen_until")

        def keep(device: Device) -> bool:
            if device.last_seen is None:
                return never
            seen = _instant(device.last_seen)
            return seen < limit or (inclusive and seen == limit)

        return keep

    def _read_moment(self, text: str, name: str) -> Fraction:
        """An RFC 3339 date-time with its zone, as seconds since 1970."""
        problem = _misshapen(f"/{name}", "an RFC 3339 date-time with a zone")
        match = DATE_TIME.fullmatch(text)
        if match is None:
            raise problem
        *numbers, fraction, utc, sign, hours, minutes = match.groups()
        if utc is None and sign is None and not self.has("date-without-zone-accepted"):
            raise problem
        try:
            year, month, day, hour, minute, second = map(int, numbers)
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            seconds = _instant(moment) + Fraction("0" + (fraction or ""))
        except ValueError:
            raise problem from None
        offset = int(hours or 0) * 3600 + int(minutes or 0) * 60
        if name == "last_seen_since" and self.has("since-ignores-offset"):
            offset = 0
        return seconds + offset if sign == "-" else seconds - offset

    def _list_view(self, device: Device) -> dict[str, Any]:
        view = self._view(device)
        if device.last_seen is None and self.has("list-omits-null-last-seen"):
            del view["last_seen"]
        if self.has("list-hardware-as-object"):
            view["hardware_version"] = {"name": device.hardware_version}
        return view

    # getDevice, updateDevice, deleteDevice

    def _get_device(self, call: Call) -> Answer:
        device = self._device(call, self._project(call))
        self._need_readable(call)
        view = self._view(device)
        if self.has("get-omits-owner-ref"):
            del view["owner_ref"]
        if device.release is None and self.has("get-release-empty-object"):
            view["last_seen_release"] = {}
        if self.has("get-created-without-zone"):
            view["created_date"] = view["created_date"].removesuffix("+00:00")
        media_type = "text/plain" if self.has("get-as-plain-text") else "application/json"
        return Answer(200, {"data": view}, media_type=media_type)

    def _update_device(self, call: Call) -> Answer:
        if self.has("role-after-lookup"):
            self._device(call, self._project(call))
        self._need_manager(call)
        if self.has("shape-before-lookup"):
            self._read_patch(self._document(call), call.route.serial)
        project = self._project(call)
        device = self._device(call, project)
        document = self._document(call)
        if self.has("cohort-before-shape") and isinstance(document, dict):
            slug = document.get("cohort")
            if isinstance(slug, str) and SLUG.fullmatch(slug):
                self._cohort(project, slug)
        changes = self._read_patch(document, device.serial)
        known = {None, *(other.hardware_version for other in project.devices)}
        if changes.get("hardware_version") not in known and self.has("hardware-unknown-refused"):
            raise RefusalError(404, "/hardware_version: there is no such hardware")
        before = self._view(device)
        cohort = self._patch_cohort(project, device, changes)
        status = 202 if self.has("patch-answers-202") else 200
        if self.has("patch-answer-stale"):
            self._apply(project, device, changes, cohort)
            return Answer(status, {"data": before})
        kept = vars(device).copy()
        self._apply(project, device, changes, cohort)
        view = self._view(device)
        if self.has("patch-not-stored"):
            vars(device).update(kept)
        if self.has("patch-cohort-null"):
            view["cohort"] = None
        if self.has("patch-updated-without-micros"):
            view["updated_date"] = device.updated.isoformat(timespec="seconds")
        return Answer(status, {"data": view})

    def _read_patch(self, document: Any, serial: str) -> dict[str, Any]:
        """What is to change; a device's own serial may be repeated but is no change."""
        sent = self._object(document)
        known = ("owner_ref", "hardware_version", "cohort")
        changes = {name: sent[name] for name in known if name in sent}
        if changes.get("owner_ref", "") is None and self.has("patch-owner-ref-null-accepted"):
            changes["owner_ref"] = ""
        if changes.get("cohort", "") is None and self.has("patch-cohort-null-accepted"):
            del changes["cohort"]
        if "owner_ref" in changes:
            self._check_owner(changes["owner_ref"])
        if "hardware_version" in changes:
            self._check_hardware(changes["hardware_version"])
        if "cohort" in changes:
            self._check_cohort(changes["cohort"])
        if "device_serial" in sent:
            changes |= self._serial_change(sent["device_serial"], serial, bool(changes))
        if not changes and not self._may_be_empty(sent):
            raise _misshapen("", "at least one of owner_ref, hardware_version and cohort")
        return changes

    def _serial_change(self, sent: Any, own: str, beside: bool) -> dict[str, Any]:
        """Nothing, or a refusal: a device keeps its serial."""
        if sent == own:
            if self.has("own-serial-patch-refused"):
                raise _misshapen("/device_serial", "to be left out")
            return {}
        if isinstance(sent, str) and SLUG.fullmatch(sent):
            if self.has("patch-renames-serial"):
                return {"serial": sent}
            if beside and self.has("other-serial-ignored"):
                return {}
        raise _misshapen("/device_serial", "the device's own serial or nothing")

    def _may_be_empty(self, sent: Mapping[str, Any]) -> bool:
        if not sent:
            return self.has("empty-patch-accepted")
        if "cohort" in sent:
            return True  # the cohort was null and a defect has dropped it
        if "device_serial" in sent:
            return self.has("serial-only-patch-accepted")
        return self.has("unknown-only-patch-accepted")

    def _patch_cohort(
        self, project: Project, device: Device, changes: Mapping[str, Any]
    ) -> Cohort | None:
        if "cohort" not in changes:
            return None
        try:
            return self._cohort(project, changes["cohort"])
        except RefusalError as refusal:
            if self.has("patch-cohort-unknown-accepted"):
                return project.cohorts["default"]
            if self.has("refused-patch-changes-owner"):
                device.owner_ref = changes.get("owner_ref", device.owner_ref)
            status = 422 if self.has("patch-cohort-unknown-422") else 404
            raise RefusalError(status, refusal.message, refusal.about) from None

    def _apply(
        self, project: Project, device: Device, changes: Mapping[str, Any], cohort: Cohort | None
    ) -> None:
        """Store a patch that is in order."""
        now = self._now()
        device.serial = changes.get("serial", device.serial)
        device.hardware_version = changes.get("hardware_version", device.hardware_version)
        if changes.get("owner_ref") or not self.has("patch-empty-owner-ref-ignored"):
            device.owner_ref = changes.get("owner_ref", device.owner_ref)
        if "owner_ref" not in changes and self.has("patch-resets-owner-ref"):
            device.owner_ref = ""
        if cohort is not None and not self.has("patch-cohort-ignored"):
            device.cohort = cohort
        if cohort is None and self.has("patch-resets-cohort"):
            device.cohort = project.cohorts["default"]
        if not self.has("patch-keeps-updated-date"):
            device.updated = now
        if self.has("patch-moves-created-date"):
            device.created = now
        if self.has("patch-moves-last-seen"):
            device.last_seen = now

    def _delete_device(self, call: Call) -> Answer:
        if self.has("delete-role-after-lookup"):
            self._device(call, self._project(call))
        self._need_manager(call)
        device = self._device(call, self._project(call))
        self._need_readable(call)
        device.deleted = not self.has("delete-does-nothing")
        if self.has("delete-answers-200"):
            return Answer(200, {"data": self._view(device)})
        return Answer(204, None)

    def _view(self, device: Device) -> dict[str, Any]:
        return {
            "id": device.id,
            "created_date": _shown(device.created),
            "updated_date": _shown(device.updated),
            "device_serial": device.serial,
            "owner_ref": device.owner_ref,
            "hardware_version": device.hardware_version,
            "last_seen": _shown(device.last_seen) if device.last_seen else None,
            "last_seen_release": vars(device.release) if device.release else None,
            "cohort": vars(device.cohort),
        }

    # attributes

    def _get_attributes(self, call: Call) -> Answer:
        if call.principal.role == "reader" and self.has("reader-attributes-403"):
            raise RefusalError(403, "a reader may not read attributes")
        project = self._project(call)
        device = self._device(call, project)
        self._need_readable(call)
        rows = self._rows(project, device)
        if self.has("never-set-left-out"):
            rows = [row for row in rows if row["state"] is not None]
        for row in rows:
            if self.has("metric-range-missing"):
                del row["custom_metric"]["range"]
            if row["state"] is None and self.has("never-set-state-missing"):
                del row["state"]
            elif row["state"] is not None and self.has("attributes-flat-value"):
                row["state"] = row["state"]["value"]
        return Answer(200, rows if self.has("attributes-bare-array") else {"data": rows})

    def _update_attributes(self, call: Call) -> Answer:
        self._need_manager(call)
        if self.has("attributes-before-lookup"):
            self._read_items(self._document(call))
        project = self._project(call)
        device = self._device(call, project)
        items = self._read_items(self._document(call))
        before = self._rows(project, device)
        changes = self._judge_items(project, device, items)
        for metric, value in changes.values():
            if metric not in project.metrics:
                project.metrics.append(metric)
                if self.has("new-metric-in-all-projects"):
                    others = [p for p in self._siblings(project) if p is not project]
                    for other in others:
                        other.metrics.append(metric)
            self._set(device, metric, value)
            if self.has("other-devices-changed"):
                for other_device in project.devices:
                    self._set(other_device, metric, value)
        if self.has("untouched-keys-reset"):
            device.states = {key: s for key, s in device.states.items() if key in changes}
        if self.has("attributes-move-updated-date"):
            device.updated = self._now()
        rows = self._rows(project, device)
        if self.has("update-answers-sent-only"):
            rows = [row for row in rows if row["custom_metric"]["id"] in changes]
        if self.has("update-answers-old-states"):
            rows = before + rows[len(before) :]
        if self.has("metric-type-lower-case"):
            for row in rows:
                row["custom_metric"]["data_type"] = row["custom_metric"]["data_type"].lower()
        if self.has("attributes-patch-204"):
            return Answer(204, None)
        return Answer(200, {"data": rows})

    def _read_items(self, document: Any) -> list[tuple[str, Any]]:
        """Keys and values in the order sent, each of the right shape."""
        if isinstance(document, dict) and self.has("single-object-accepted"):
            document = [document]
        if not isinstance(document, list) or not (document or self.has("empty-array-accepted")):
            raise _misshapen("", "an array of at least one object")
        return [self._read_item(item, f"/{number}") for number, item in enumerate(document)]

    def _read_item(self, item: Any, pointer: str) -> tuple[str, Any]:
        if not isinstance(item, dict):
            raise _misshapen(pointer, "an object")
        key = item.get("string_key")
        letters = "-a-zA-Z0-9_."
        if self.has("malformed-key-accepted"):
            letters += " "
        if not isinstance(key, str) or not re.fullmatch(f"[{letters}]{{1,128}}", key):
            raise _misshapen(f"{pointer}/string_key", "1 to 128 letters, digits and - _ .")
        if "value" not in item and not self.has("missing-value-is-null"):
            raise _misshapen(f"{pointer}/value", "a value, which is required")
        value = item.get("value")
        if isinstance(value, list) and self.has("array-value-accepted"):
            value = json.dumps(value, default=str)
        if not (value is None or isinstance(value, bool | str) or _is_number(value)):
            raise _misshapen(f"{pointer}/value", "a string, a number, a boolean or null")
        return key, value

    def _judge_items(
        self, project: Project, device: Device, items: list[tuple[str, Any]]
    ) -> dict[str, tuple[Metric, Any]]:
        """What is to be stored under which metric; nothing is, unless every item is in order."""
        changes: dict[str, tuple[Metric, Any]] = {}
        for number, (key, value) in enumerate(items):
            try:
                metric = self._metric(project, changes, key, value)
                if metric is None:
                    continue
                known = metric in project.metrics or metric.id in changes
                stored = self._fitted(metric, value, f"/{number}/value" if known else None)
            except RefusalError:
                if self.has("attributes-not-atomic"):
                    for earlier, kept in changes.values():
                        if earlier in project.metrics:
                            self._set(device, earlier, kept)
                raise
            if metric.id in changes and self.has("first-duplicate-wins"):
                continue
            changes[metric.id] = metric, stored
        return changes

    def _metric(
        self, project: Project, changes: Mapping[str, tuple[Metric, Any]], key: str, value: Any
    ) -> Metric | None:
        """The metric of that key, a new one, or None for an unknown key that is to be unset."""
        folded = str if self.has("key-case-sensitive") else str.lower
        for metric in (*project.metrics, *(metric for metric, _ in changes.values())):
            if folded(metric.string_key) == folded(key):
                return metric
        if value is None and not self.has("unknown-key-with-null-creates"):
            return None
        if self.has("unknown-key-ignored"):
            return None
        if self.has("unknown-key-400"):
            raise _misshapen(f"/{key}", "a known key")
        shown = key.lower() if self.has("new-metric-key-lowered") else key
        return Metric(shown, self._type_for(value), display_name=key)

    def _type_for(self, value: Any) -> str:
        """The type of the metric that a first value makes."""
        if isinstance(value, bool):
            return "STRING" if self.has("new-bool-is-string") else "BOOL"
        if isinstance(value, int):
            return "FLOAT" if self.has("new-int-is-float") else "INT"
        return "FLOAT" if isinstance(value, Decimal) else "STRING"

    def _fitted(self, metric: Metric, value: Any, pointer: str | None) -> Any:
        """The value as it is stored; without a pointer it is the one that made the metric."""
        if not (value is None or pointer is None or self._takes(metric.data_type, value)):
            raise _misshapen(pointer, f"a value of the type {metric.data_type}")
        if _is_number(value):
            whole = metric.data_type == "INT" and _is_whole(value)
            return int(value) if whole else float(value)
        return value

    def _takes(self, data_type: str, value: Any) -> bool:
        if data_type == "INT":
            if isinstance(value, str) and self.has("text-for-int-accepted"):
                return True
            if isinstance(value, bool) and self.has("boolean-for-int-accepted"):
                return True
            if isinstance(value, Decimal):
                if _is_whole(value):
                    return not self.has("point-for-int-refused")
                return self.has("fraction-for-int-accepted")
            return _is_whole(value)
        if data_type == "FLOAT":
            if isinstance(value, int) and self.has("whole-for-float-refused"):
                return False
            return _is_number(value)
        if data_type == "BOOL":
            if _is_number(value) and self.has("number-for-bool-accepted"):
                return True
            return isinstance(value, bool)
        if _is_number(value) and self.has("number-for-string-accepted"):
            return True
        return isinstance(value, str)

    def _set(self, device: Device, metric: Metric, value: Any) -> None:
        """Null unsets; the dates of a state begin anew once it was unset."""
        if value is None and not self.has("null-stored-as-value"):
            if not self.has("null-ignored"):
                device.states.pop(metric.id, None)
            return
        now = self._now()
        earlier = device.states.get(metric.id)
        created = updated = now
        if earlier is not None:
            created = now if self.has("state-created-moved") else earlier.created
            updated = earlier.updated if self.has("state-time-kept") else now
        device.states[metric.id] = State(value, created, updated)

    def _rows(self, project: Project, device: Device) -> list[dict[str, Any]]:
        """Every metric of the project with its state on the device."""
        rows = [
            {
                "custom_metric": _metric_view(metric),
                "state": _state_view(device.states.get(metric.id)),
            }
            for metric in project.metrics
        ]
        return rows[::-1] if self.has("metric-order-newest-first") else rows


def _metric_view(metric: Metric) -> dict[str, Any]:
    return {
        "id": metric.id,
        "string_key": metric.string_key,
        "display_name": metric.display_name,
        "description": metric.description,
        "data_type": metric.data_type,
        "favorite": metric.favorite,
        "device_write_policy": "writable",
        "range": {
            "min": metric.lowest,
            "max": metric.highest,
            "min_inclusive": True,
            "max_inclusive": True,
        },
        "range_violation_behavior": "accept",
    }


def _state_view(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "value": state.value,
        "time": _shown(state.updated),
        "created_date": _shown(state.created),
        "updated_date": _shown(state.updated),
    }


COLLECTION = {"GET": "listDevices", "HEAD": "listDevices", "POST": "createDevice"}
ITEM = {
    "GET": "getDevice",
    "HEAD": "getDevice",
    "PATCH": "updateDevice",
    "DELETE": "deleteDevice",
}
ATTRIBUTES = {
    "GET": "getDeviceAttributes",
    "HEAD": "getDeviceAttributes",
    "PATCH": "updateDeviceAttributes",
}
PATH = re.compile(
    re.escape(PREFIX) + "/organizations/([^/]+)/projects/([^/]+)/devices(?:/([^/]+)(/attributes)?)?"
)


def _route(request: Request) -> Route:
    """What the path and the method ask for; both refusals come before the 401."""
    path, _, query = request.target.partition("?")
    path = re.sub(r"\Ahttps?://[^/]*", "", path, flags=re.IGNORECASE)
    match = PATH.fullmatch(path)
    if match is None:
        raise RefusalError(404, "there is no such route", "route")
    organization, project, serial, attributes = match.groups()
    operations = ATTRIBUTES if attributes else ITEM if serial else COLLECTION
    if request.method not in operations:
        allowed = ", ".join(sorted(operations))
        raise RefusalError(405, f"the method must be one of {allowed} here", Allow=allowed)
    parts = [unquote(part or "") for part in (organization, project, serial)]
    return Route(operations[request.method], parts[0], parts[1], parts[2], query)


# --- HTTP ----------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """Takes requests off a connection and puts answers on it; every judgement is Memfault's."""

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
        answer = self.server.memfault.answer(Request(self.command, self.path, self.headers, body))
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
        refusal = RefusalError(int(code), f"the request cannot be read: {message}")
        self._send(self.server.memfault.refused(refusal))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about requests."""


class _Server(ThreadingHTTPServer):
    """A server that knows its open connections, so that closing it ends them as well."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, memfault: Memfault) -> None:
        self.memfault = memfault
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
    server = _Server(port, Memfault(defect))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    return Running(f"http://127.0.0.1:{server.server_port}{PREFIX}", server, thread)


def main(arguments: list[str] | None = None) -> int:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(description="An independent Memfault, with bugs on demand.")
    parser.add_argument("--port", type=int, default=4022, help="0 takes a free one")
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
        print(f"memfault_server: {problem}", file=sys.stderr)
        return 2
    print(f"listening on {running.url}", flush=True)
    with running, suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
