"""A second, independent implementation of the Fleet device API, with bugs that can be switched on.

It stands for the vendor's own service: it shares no code and no data with the mock, has no reset
and no session, and speaks plain HTTP. Switched on by name, each entry of ``DEFECTS`` makes it wrong
in exactly one way, so a conformance suite can be asked how many of them it notices.

A defect is looked up by ``has`` at exactly one place, beside the right behaviour.
``python tests/independent/fleet_server.py --list`` prints them all.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

PREFIX = "/platform/v1"
MAX_BODY = 8 * 1024 * 1024
BODY_TIMEOUT = 5
FAULT_HEADER = "X-Vendor-Fault"

DEFECTS: dict[str, str] = {
    # shape of answers
    "get-omits-tracking-number": "getDevice leaves out the required tracking_number.",
    "list-characteristics-flat": "listDevices lays the characteristics flat into each device.",
    "list-drops-null-characteristics": "listDevices leaves out characteristics that are null.",
    "create-id-as-string": "createDevices shows each id as a string.",
    "get-mdm-missing": "getDevice leaves out mdm where it should be null.",
    "patch-mdm-empty-object": "updateDevice shows an empty object where mdm should be null.",
    "mdm-draft-shown": "An enrolment that is still DRAFT is shown instead of null.",
    "create-envelope-bare-array": "createDevices answers the array itself as data.",
    "list-meta-renamed": "listDevices calls the envelope's meta `paging`.",
    "total-as-string": "listDevices shows meta.total as a string.",
    "create-answers-200": "createDevices answers 200 instead of 201.",
    "delete-answers-204": "deleteDevice answers 204 without the snapshot.",
    "delete-data-null": "deleteDevice answers 200 with data null.",
    "not-found-as-html": "The 404 of a device is labelled text/html.",
    "forbidden-under-message": "A 403 carries its code under `message` instead of `error`.",
    # codes
    "patch-codes-swapped": "updateDevice answers INVALID_USER for a serial number.",
    "empty-patch-sentence": "An empty patch is refused with a sentence instead of its code.",
    "keyboard-code-renamed": "A missing layout is refused with a code outside the catalogue.",
    "duplicate-serial-409": "A serial number that is taken is refused with 409.",
    "create-user-422": "createDevices refuses an unknown user with 422.",
    "foreign-device-403": "updateDevice answers 403 for a device of another company.",
    "deleted-device-410": "getDevice answers 410 for a deleted device.",
    "company-code-wrong": "createDevices says DEVICE_NOT_FOUND for a removed company.",
    "actor-code-generic": "A company without administrator gets INTERNAL_SERVER_ERROR.",
    "shape-error-as-code": "A malformed patch is refused with a code instead of a sentence.",
    "malformed-id-400": "getDevice answers 400 for an id that breaks the pattern.",
    "huge-id-500": "An id beyond 64 bits ends in a 500.",
    # precedence
    "body-before-scope": "The body is parsed before the key's scope is judged.",
    "lookup-before-shape": "updateDevice looks the device up before it judges the body.",
    "delete-lookup-before-scope": "deleteDevice looks the device up before it judges the scope.",
    "mutation-after-patch-rules": "A FLEET device is protected only after the patch rules.",
    "empty-patch-before-lookup": "An empty patch is refused before the device is looked up.",
    "company-before-shape": "A removed company is noticed before the body is judged.",
    "actor-before-rules": "A missing administrator is noticed before serial and user.",
    "query-before-auth": "listDevices judges the query before the credential.",
    # rules
    "blank-serial-accepted": "A serial number of blanks alone is accepted.",
    "duplicate-serial-on-create": "createDevices accepts a serial number that is taken.",
    "duplicate-serial-in-batch": "createDevices accepts one serial number twice in a batch.",
    "patch-steals-serial": "updateDevice accepts the serial number of another device.",
    "own-serial-refused": "updateDevice refuses a device's own serial number.",
    "null-serial-collides": "Clearing a serial number fails while another device has none.",
    "deleted-serial-not-freed": "The serial number of a deleted device stays taken.",
    "serial-any-case": "Serial numbers that differ in case only collide.",
    "serial-across-companies": "Serial numbers collide with those of other companies.",
    "serial-stored-trimmed": "createDevices trims the serial number it stores.",
    "inactive-user-accepted": "An inactive user may be assigned.",
    "foreign-user-accepted": "A user of another company may be assigned.",
    "patch-unknown-user-accepted": "updateDevice accepts a user that does not exist.",
    "user-zero-accepted": "createDevices takes user 0 as nobody.",
    "boolean-user-id": "A boolean user_id passes the shape as the number one.",
    "integral-number-refused": "A user_id written 12.0 is refused as no integer.",
    "empty-patch-accepted": "An empty patch is accepted and changes nothing.",
    "unknown-keys-patch-accepted": "A patch of unknown keys alone is accepted.",
    "null-only-patch-empty": "A patch that holds only nulls is refused as empty.",
    "category-patchable": "updateDevice changes the category.",
    "keyboard-null-accepted": "The layout of a KEYBOARD may be cleared.",
    "phone-layout-null-refused": "The layout of a PHONE may not be cleared.",
    "layout-null-again-accepted": "Clearing a LAPTOP's layout passes where it is null already.",
    "laptop-needs-layout": "createDevices refuses a LAPTOP without a layout.",
    "fleet-device-deletable": "A device that came from an order can be deleted.",
    "fleet-device-patchable": "A device that came from an order can be patched.",
    "patch-empty-name-accepted": "updateDevice accepts an empty name.",
    "blank-name-refused": "createDevices refuses a name of blanks.",
    "empty-batch-accepted": "createDevices accepts an empty batch.",
    "added-via-unchecked": "createDevices accepts any added_via.",
    "create-null-text-accepted": "createDevices accepts null for the optional texts.",
    "create-null-compliance": "createDevices accepts null for compliance.",
    "duplicate-keys-accepted": "Of a key that a JSON object repeats the last counts.",
    "content-type-unchecked": "A body is read whatever its Content-Type says.",
    # state
    "batch-keeps-earlier-rows": "A refused batch keeps the rows before the refused one.",
    "batch-answer-reversed": "createDevices answers the devices in reverse order.",
    "patch-resets-unsent": "updateDevice clears the characteristics that it was not sent.",
    "patch-comment-not-stored": "updateDevice shows the new comment but does not store it.",
    "patch-user-not-stored": "updateDevice moves the status but does not store the user.",
    "refused-patch-renames": "A patch that a rule refuses has changed the name already.",
    "delete-does-nothing": "deleteDevice answers well and deletes nothing.",
    "deleted-in-list": "Deleted devices stay in the list.",
    "deleted-readable": "Deleted devices can still be read by id.",
    "delete-snapshot-archived": "The snapshot of a deletion shows status ARCHIVED.",
    "get-fills-default": "Reading a device stores has_screen false where it was null.",
    "unassign-keeps-status": "Unassigning the user leaves the status IN_SERVICE.",
    "assign-ends-maintenance": "Assigning a user moves a device out of IN_MAINTENANCE.",
    "create-status-available": "A new device is AVAILABLE even with a user.",
    "create-source-manual": "A new device has the source MANUAL.",
    "ids-reused": "The id of the newest device is given again after its deletion.",
    "null-does-not-clear": "updateDevice ignores null for the texts.",
    "single-label-not-wrapped": "A single connection_type is not made an array.",
    "false-becomes-null": "createDevices stores null for a flag that is false.",
    "empty-labels-become-null": "An empty array of labels is stored as null.",
    "failed-provisioning-keeps-device": "A failed provisioning leaves the devices behind.",
    # list
    "limit-ignored": "listDevices echoes the limit and applies the default.",
    "limit-100-refused": "listDevices refuses a limit of 100.",
    "limit-101-accepted": "listDevices accepts a limit of 101.",
    "default-limit-20": "listDevices pages by 20 unless told.",
    "offset-off-by-one": "listDevices skips one row less than asked.",
    "negative-offset-accepted": "listDevices takes a negative offset as 0.",
    "total-counts-page": "meta.total counts the rows of the page.",
    "total-ignores-search": "meta.total counts rows that the search leaves out.",
    "oldest-first": "listDevices shows the oldest id first.",
    "user-filter-ignored": "listDevices ignores user_id.",
    "status-filter-ignored": "listDevices ignores client_status.",
    "status-filter-unchecked": "listDevices answers an empty list for an unknown status.",
    "search-infix": "The search finds words inside of words.",
    "search-any-word": "The search wants one of its words instead of all.",
    "search-case-sensitive": "The search minds the case.",
    "search-skips-comment": "The search leaves the comment out.",
    "search-skips-brand": "The search leaves the brand out.",
    "archived-hidden": "listDevices leaves ARCHIVED devices out.",
    "list-leaks-companies": "listDevices shows the devices of every company.",
    "meta-echoes-default": "meta.limit is the default whatever was asked.",
    "repeated-parameter-accepted": "Of a repeated query parameter the last counts.",
    "empty-parameter-ignored": "A query parameter without value is ignored.",
    "unknown-parameter-refused": "An unknown query parameter is refused.",
    # authentication and tenancy
    "read-without-token": "A GET without credential reads as the first company.",
    "lower-case-bearer": "The scheme may be spelled in any case.",
    "unknown-token-accepted": "An unknown token counts as a READ key of the first company.",
    "reader-may-patch": "A READ key may update devices.",
    "reader-may-delete": "A READ key may delete devices.",
    "foreign-device-readable": "Any company may read any device by its id.",
    "foreign-device-deletable": "Any company may delete any device by its id.",
    "removed-company-may-create": "The key of a removed company may create devices.",
}

STATUSES = (
    "ARCHIVED", "PENDING_VALIDATION", "IN_PREPARATION", "DELIVERED", "SHIPPED",
    "AVAILABLE", "IN_SERVICE", "IN_MAINTENANCE", "OUT_OF_SERVICE",
)  # fmt: skip
LAYOUTS = (
    "FRENCH_AZERTY", "SPANISH_QWERTY", "ITALIAN_QWERTY", "INTERNATIONAL_ENGLISH_QWERTY",
    "GERMAN_QWERTZ", "PORTUGUESE_QWERTY", "ENGLISH_QWERTY", "SWISS_QWERTZ",
    "AMERICAN_ENGLISH_QWERTY", "CANADIAN_ENGLISH_QWERTY", "DUTCH_QWERTY",
)  # fmt: skip
WAYS_ADDED = ("MASS_IMPORT", "SINGLE_IMPORT", "ONBOARDING")
CHARACTERISTICS = (
    "screen_size", "graphic", "processor", "ram", "storage", "model_year", "connectivity",
    "keyboard_layout", "resolution", "has_microphone", "has_webcam", "noise_cancellation",
    "compliance", "connection_type", "has_stool", "has_video_package", "has_screen",
    "has_premium_tablet", "color", "seats_number", "assembly", "os_platform",
)  # fmt: skip
LABELS = ("compliance", "connection_type")
FLAGS = tuple(n for n in CHARACTERISTICS if n.startswith("has_") or n == "noise_cancellation")
PLAIN_TEXTS = (
    "brand", "serial_number", "comment", "client_purchase_price", "client_purchase_date",
    "client_warranty_endDate", "client_rental_price", "client_rental_startDate",
    "client_rental_endDate", "client_contract_number", "client_invoice_number",
)  # fmt: skip
TEXTS = PLAIN_TEXTS + tuple(
    n for n in CHARACTERISTICS if n not in FLAGS and n not in LABELS and n != "keyboard_layout"
)
STORED = ("name", "user_id", "is_rented", "keyboard_layout", *TEXTS, *FLAGS, *LABELS)
MDM_FIELDS = (
    "id", "status", "local_name", "is_locked", "lock_date", "firewall_enabled",
    "os_updates_enabled", "is_encrypted", "screenlock_enabled", "is_compromised",
    "os_updates_available", "disk_encryption_profile_installed", "enrollment_date",
    "unenrollment_date", "download_date", "last_seen_date", "last_sync_date",
)  # fmt: skip
WITH_KEYBOARD = ("LAPTOP", "KEYBOARD")
LIST_PARAMETERS = ("limit", "offset", "search", "user_id", "client_status")
DEVICE_ID = re.compile(r"[1-9][0-9]*")
QUERY_INTEGER = re.compile(r"(-?(?:0|[1-9][0-9]{0,999}))(?:\.0+)?")


class RefusalError(Exception):
    """A request that is turned down: ``error`` is a catalogue code or a sentence for people."""

    def __init__(self, status: int, error: str, **headers: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
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
    """The bytes of a request, or why they could not be had; raised only once 401 and 403 passed."""

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
    """Whom a key stands for."""

    company: str
    scope: str


@dataclass(frozen=True)
class Company:
    """A tenant; ``removed`` ones keep their keys."""

    id: str
    removed: bool = False
    has_administrator: bool = True


@dataclass(frozen=True)
class User:
    """Somebody a device can be assigned to."""

    id: int
    company: str
    active: bool = True


@dataclass
class Device:
    """A stored device; ``fields`` holds, flat, everything that a patch may change."""

    id: int
    company: str
    source: str
    type: str
    category: str
    client_status: str
    fields: dict[str, Any]
    rent: str | None = None
    tracking_number: str | None = None
    mdm: dict[str, Any] | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Call:
    """A routed and authenticated request."""

    operation: str
    request: Request
    principal: Principal
    device_id: str = ""
    query: str = ""


# --- seeds ---------------------------------------------------------------------------------------

CREDENTIALS = {
    "vnd_writer_a": Principal("A", "WRITE"),
    "vnd_reader_a": Principal("A", "READ"),
    "vnd_writer_b": Principal("B", "WRITE"),
    "vnd_removed": Principal("removed", "WRITE"),
    "vnd_actorless": Principal("actorless", "WRITE"),
}
COMPANIES = {
    company.id: company
    for company in (
        Company("A"),
        Company("B"),
        Company("removed", removed=True),
        Company("actorless", has_administrator=False),
    )
}
USERS = {
    user.id: user
    for user in (
        User(11, "A"),
        User(12, "A"),
        User(13, "A"),
        User(14, "A", active=False),
        User(21, "B"),
        User(22, "B"),
    )
}


def _seed(
    number: int, company: str, source: str, category: str, name: str, status: str, **more: Any
) -> Device:
    """One seeded device; keywords that are no stored field are attributes of the device."""
    fields: dict[str, Any] = dict.fromkeys(STORED) | {"name": name, "is_rented": False}
    fields |= {key: more.pop(key) for key in list(more) if key in STORED}
    kind = category.lower()
    return Device(number, company, source, kind, category, status, fields, **more)


def _mdm(number: int, status: str = "ENROLLED", **more: Any) -> dict[str, Any]:
    return dict.fromkeys(MDM_FIELDS) | {"id": number, "status": status, **more}


def _seeds() -> Iterator[Device]:
    """Every device at start, built anew for each server since devices are changed in place."""
    yield _seed(
        101, "A", "FLEET", "LAPTOP", "MacBook Pro 14", "IN_SERVICE", serial_number="FL-MBP-0101",
        brand="Apple", user_id=11, keyboard_layout="FRENCH_AZERTY", rent="89.00",
        tracking_number="TRK-0101", mdm=_mdm(501, local_name="mbp-ada", is_encrypted=True),
    )  # fmt: skip
    yield _seed(
        102, "A", "FLEET", "SCREEN", "UltraSharp 27", "AVAILABLE", serial_number="FL-SCR-0102",
        brand="Dell", rent="15.50", resolution="3840x2160",
    )  # fmt: skip
    yield _seed(
        103, "A", "EXTERNAL", "LAPTOP", "ThinkPad X1 Carbon", "IN_SERVICE", ram="32 GB",
        serial_number="PF-3XK9", brand="Lenovo", user_id=12, keyboard_layout="GERMAN_QWERTZ",
        has_webcam=True, compliance=["CE", "TCO"], connection_type=["USB-C"], mdm=_mdm(503),
    )  # fmt: skip
    yield _seed(
        104, "A", "EXTERNAL", "LAPTOP", "Latitude 5440", "AVAILABLE", serial_number="DL-5440-7",
        brand="Dell", comment="spare for the Lyon office", mdm=_mdm(504, "DRAFT"),
    )  # fmt: skip
    yield _seed(105, "B", "EXTERNAL", "LAPTOP", "ProBook", "AVAILABLE", serial_number="HP-B-105")
    yield _seed(
        106, "A", "EXTERNAL", "KEYBOARD", "MX Keys", "AVAILABLE", serial_number="LG-MX-106",
        brand="Logitech", keyboard_layout="AMERICAN_ENGLISH_QWERTY",
    )  # fmt: skip
    yield _seed(
        107, "A", "EXTERNAL", "PHONE", "Pixel 8", "IN_SERVICE", serial_number="GG-8-107",
        brand="Google", user_id=13, storage="128 GB", mdm=_mdm(507, "SUBSCRIBED"),
    )  # fmt: skip
    yield _seed(108, "A", "EXTERNAL", "PHONE", "iPhone 13", "ARCHIVED", comment="broken glass")
    yield _seed(109, "B", "EXTERNAL", "PHONE", "Galaxy S23", "IN_SERVICE", user_id=21)
    yield _seed(
        110, "A", "EXTERNAL", "LAPTOP", "Surface Laptop 5", "IN_MAINTENANCE", user_id=12,
        serial_number="MS-5-110", keyboard_layout="SWISS_QWERTZ",
    )  # fmt: skip
    yield _seed(111, "A", "EXTERNAL", "SCREEN", "Old panel", "OUT_OF_SERVICE")
    yield _seed(
        112, "A", "EXTERNAL", "LAPTOP", "Lost ThinkPad", "IN_SERVICE", serial_number="DEL-0112",
        user_id=12, deleted=True,
    )  # fmt: skip
    yield _seed(113, "B", "FLEET", "SCREEN", "Studio Display", "AVAILABLE", serial_number="FL-B-1")
    yield _seed(
        114, "A", "EXTERNAL", "KEYBOARD", "K380", "IN_SERVICE", user_id=13, color="graphite",
        serial_number="LG-K-114",
    )  # fmt: skip
    yield _seed(115, "A", "EXTERNAL", "CHAIR", "Desk chair", "AVAILABLE", has_stool=False)
    yield _seed(116, "A", "EXTERNAL", "HEADSET", "Evolve2", "DELIVERED", serial_number="JB-2-116")
    yield _seed(117, "B", "EXTERNAL", "KEYBOARD", "Magic Keyboard", "AVAILABLE")
    yield _seed(118, "removed", "EXTERNAL", "PHONE", "Fairphone 5", "AVAILABLE")


# --- shapes --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What one member of a body may be, and how a refusal words it."""

    expected: str
    admits: Callable[[Any], bool]


def _is_integer(value: Any) -> bool:
    """JSON knows no integer type: 12.0 is the integer 12, but true is not 1."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_labels(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(label, str) for label in value)
    )


def _one_of(values: Iterable[str]) -> Shape:
    allowed = tuple(values)
    return Shape(
        "one of " + ", ".join(allowed), lambda value: isinstance(value, str) and value in allowed
    )


def _or_null(shape: Shape) -> Shape:
    return Shape(shape.expected + " or null", lambda value: value is None or shape.admits(value))


TEXT = Shape("a string", lambda value: isinstance(value, str))
NAME = Shape("a string of at least one character", lambda v: isinstance(v, str) and v != "")
FLAG = Shape("a boolean", lambda value: isinstance(value, bool))
USER = Shape("an integer above 0", lambda value: _is_integer(value) and value > 0)
LABEL_LIST = Shape("a string or an array of strings", _is_labels)

Has = Callable[[str], bool]


def _user_shape(has: Has) -> Shape:
    if has("boolean-user-id"):
        return Shape(USER.expected, lambda value: value is True or USER.admits(value))
    if has("integral-number-refused"):
        return Shape(USER.expected, lambda v: not isinstance(v, Decimal) and USER.admits(v))
    return USER


def _create_shapes(has: Has) -> dict[str, Shape]:
    """The members of one row of createDevices."""
    shapes = {
        **dict.fromkeys(("name", "type", "category"), NAME),
        **dict.fromkeys(TEXTS, TEXT),
        **dict.fromkeys(FLAGS, _or_null(FLAG)),
        "user_id": _user_shape(has),
        "added_via": _one_of(WAYS_ADDED),
        "is_rented": FLAG,
        "keyboard_layout": _one_of(LAYOUTS),
        "compliance": LABEL_LIST,
        "connection_type": _or_null(LABEL_LIST),
    }
    if has("user-zero-accepted"):
        shapes["user_id"] = Shape(USER.expected, lambda v: _is_integer(v) and v >= 0)
    if has("added-via-unchecked"):
        shapes["added_via"] = TEXT
    if has("create-null-text-accepted"):
        shapes |= dict.fromkeys(TEXTS, _or_null(TEXT))
    if has("create-null-compliance"):
        shapes["compliance"] = _or_null(LABEL_LIST)
    if has("blank-name-refused"):
        shapes["name"] = Shape(NAME.expected, lambda v: isinstance(v, str) and v.strip() != "")
    return shapes


def _patch_shapes(has: Has) -> dict[str, Shape]:
    """The members of a patch; any other key is unknown to it."""
    shapes = {
        **dict.fromkeys(TEXTS, _or_null(TEXT)),
        **dict.fromkeys(FLAGS, _or_null(FLAG)),
        **dict.fromkeys(LABELS, _or_null(LABEL_LIST)),
        "name": NAME,
        "user_id": _or_null(_user_shape(has)),
        "is_rented": FLAG,
        "keyboard_layout": _or_null(_one_of(LAYOUTS)),
    }
    if has("patch-empty-name-accepted"):
        shapes["name"] = TEXT
    if has("category-patchable"):
        shapes["category"] = NAME
    return shapes


def _misshapen(pointer: str, expected: str) -> RefusalError:
    return RefusalError(400, f"{pointer or 'the body'}: expected {expected}")


def _checked(value: dict[str, Any], shapes: Mapping[str, Shape], pointer: str) -> dict[str, Any]:
    """The known members of an object, each of an admitted shape; the unknown ones are dropped."""
    known = {name: value[name] for name in shapes if name in value}
    for name, member in known.items():
        if not shapes[name].admits(member):
            raise _misshapen(f"{pointer}/{name}", shapes[name].expected)
    return known


# --- JSON ----------------------------------------------------------------------------------------


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two members of one name have no agreed meaning, so such an object counts as malformed."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object repeats a key")
    return result


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _integer(text: str) -> int | Decimal:
    """Python refuses to read integers of thousands of digits; decimals have no such bound."""
    return int(text) if len(text) < 1000 else Decimal(text)


def parse_json(data: bytes, distinct_keys: bool = True) -> Any:
    """JSON in the strict sense, or a 400; nothing that a client sends may end in a 500."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_distinct if distinct_keys else dict,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=Decimal,
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise _misshapen("", "one well-formed JSON document in UTF-8") from None


# --- the service ---------------------------------------------------------------------------------


def _not_found() -> RefusalError:
    return RefusalError(404, "DEVICE_NOT_FOUND")


class Fleet:
    """The five device operations over one in-memory state; a lock makes each request atomic."""

    def __init__(self, defect: str | None = None) -> None:
        if defect is not None and defect not in DEFECTS:
            raise ValueError(f"unknown defect {defect!r}, --list shows them all")
        self._defect = defect
        self._lock = threading.Lock()
        self._devices = {device.id: device for device in _seeds()}
        self._last_id = max(self._devices)
        self._create_shapes = _create_shapes(self.has)
        self._patch_shapes = _patch_shapes(self.has)
        self._operations: dict[str, Callable[[Call], Answer]] = {
            "listDevices": self._list_devices,
            "createDevices": self._create_devices,
            "getDevice": self._get_device,
            "updateDevice": self._update_device,
            "deleteDevice": self._delete_device,
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
            return self._refused(refusal)

    def _refused(self, refusal: RefusalError) -> Answer:
        under, media_type = "error", "application/json"
        if refusal.status == 403 and self.has("forbidden-under-message"):
            under = "message"
        if refusal.error == "DEVICE_NOT_FOUND" and self.has("not-found-as-html"):
            media_type = "text/html"
        return Answer(refusal.status, {under: refusal.error}, refusal.headers, media_type)

    def _dispatch(self, request: Request) -> Answer:
        operation, device_id, query = _route(request)
        if operation == "listDevices" and self.has("query-before-auth"):
            self._read_query(query)
        principal = self._authenticate(request)
        return self._operations[operation](Call(operation, request, principal, device_id, query))

    # who may

    def _authenticate(self, request: Request) -> Principal:
        first_reader = CREDENTIALS["vnd_reader_a"]
        values = request.headers.get_all("Authorization", [])
        if not values and request.method == "GET" and self.has("read-without-token"):
            return first_reader
        scheme, _, token = (values[0].strip() if len(values) == 1 else "").partition(" ")
        if self.has("lower-case-bearer"):
            scheme = scheme.capitalize()
        principal = CREDENTIALS.get(token) if scheme == "Bearer" else None
        if scheme == "Bearer" and token and self.has("unknown-token-accepted"):
            principal = principal or first_reader
        if principal is None:
            raise RefusalError(
                401, "a known key is needed as a Bearer token", WWW_Authenticate="Bearer"
            )
        return principal

    def _need_write(self, call: Call) -> None:
        if call.operation == "updateDevice" and self.has("reader-may-patch"):
            return
        if call.operation == "deleteDevice" and self.has("reader-may-delete"):
            return
        if call.principal.scope != "WRITE":
            raise RefusalError(403, "INSUFFICIENT_SCOPE")

    def _need_company(self, call: Call) -> None:
        if not COMPANIES[call.principal.company].removed or self.has("removed-company-may-create"):
            return
        wrong = self.has("company-code-wrong")
        raise RefusalError(404, "DEVICE_NOT_FOUND" if wrong else "COMPANY_NOT_FOUND")

    def _need_actor(self, call: Call) -> None:
        if not COMPANIES[call.principal.company].has_administrator:
            generic = self.has("actor-code-generic")
            code = "INTERNAL_SERVER_ERROR" if generic else "PLATFORM_DEVICE_ACTOR_NOT_FOUND"
            raise RefusalError(500, code)

    def _need_mutable(self, call: Call, device: Device) -> None:
        if device.source != "FLEET":
            return
        if call.operation == "deleteDevice" and self.has("fleet-device-deletable"):
            return
        if call.operation == "updateDevice" and self.has("fleet-device-patchable"):
            return
        raise RefusalError(403, "DEVICE_MUTATION_FORBIDDEN")

    # what was sent

    def _write_document(self, call: Call) -> Any:
        """The JSON of a writing call; the scope goes before anything in the body."""
        if self.has("body-before-scope"):
            document = self._document(call)
            self._need_write(call)
            return document
        self._need_write(call)
        return self._document(call)

    def _document(self, call: Call) -> Any:
        self._need_readable(call)
        types = call.request.headers.get_all("Content-Type", [])
        media_type = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
        if media_type != "application/json" and not self.has("content-type-unchecked"):
            raise RefusalError(400, "the header Content-Type: expected application/json")
        strict = not self.has("duplicate-keys-accepted")
        return parse_json(call.request.body.data, distinct_keys=strict)

    def _need_readable(self, call: Call) -> None:
        """A body that HTTP could not delimit spoils the request even where no body is wanted."""
        if call.request.body.problem is not None:
            raise call.request.body.problem

    def _read_rows(self, document: Any) -> list[dict[str, Any]]:
        """The rows of createDevices, of the right shape and without unknown members."""
        if not isinstance(document, dict):
            raise _misshapen("", "an object")
        rows = document.get("devices")
        if not isinstance(rows, list) or not (rows or self.has("empty-batch-accepted")):
            raise _misshapen("/devices", "an array of at least one object")
        return [self._read_row(row, f"/devices/{number}") for number, row in enumerate(rows)]

    def _read_row(self, row: Any, pointer: str) -> dict[str, Any]:
        if not isinstance(row, dict):
            raise _misshapen(pointer, "an object")
        for name in ("name", "type", "category"):
            if name not in row:
                raise _misshapen(f"{pointer}/{name}", NAME.expected + ", which is required")
        return _checked(row, self._create_shapes, pointer)

    def _read_patch(self, document: Any) -> dict[str, Any]:
        try:
            if not isinstance(document, dict):
                raise _misshapen("", "an object")
            return _checked(document, self._patch_shapes, "")
        except RefusalError:
            if self.has("shape-error-as-code"):
                raise RefusalError(400, "VALIDATION_ERROR") from None
            raise

    def _read_query(self, query: str) -> dict[str, str]:
        """The known parameters of a list, decoded; whether their values fit is judged later."""
        found: dict[str, str] = {}
        for part in filter(None, query.split("&")):
            raw_name, _, raw_value = part.partition("=")
            name = _decoded(raw_name)
            if name not in LIST_PARAMETERS:
                if self.has("unknown-parameter-refused"):
                    raise _misshapen("the query", "known parameters only")
                continue
            value = _decoded(raw_value)
            if value is None:
                raise _misshapen(f"/{name}", "text in UTF-8")
            if not value and self.has("empty-parameter-ignored"):
                continue
            if not value:
                raise _misshapen(f"/{name}", "a value that is not empty")
            if name in found and not self.has("repeated-parameter-accepted"):
                raise _misshapen(f"/{name}", "to be sent only once")
            found[name] = value
        return found

    # listDevices

    def _list_devices(self, call: Call) -> Answer:
        self._need_readable(call)
        query = self._read_query(call.query)
        default = 20 if self.has("default-limit-20") else 50
        limit = self._limit(query, default)
        offset = self._offset(query)
        wanted = self._filters(query)
        scanned = self._visible(call.principal)
        rows = [device for device in scanned if all(keep(device) for keep in wanted)]
        rows.sort(key=lambda device: device.id, reverse=not self.has("oldest-first"))
        first = max(offset - 1, 0) if self.has("offset-off-by-one") else offset
        page = rows[first : first + (default if self.has("limit-ignored") else limit)]
        total: Any = len(page) if self.has("total-counts-page") else len(rows)
        if "search" in query and self.has("total-ignores-search"):
            total = len(scanned)
        if self.has("total-as-string"):
            total = str(total)
        shown = default if self.has("meta-echoes-default") else limit
        meta = {"total": total, "limit": shown, "offset": offset}
        envelope = "paging" if self.has("list-meta-renamed") else "meta"
        return Answer(200, {"data": [self._list_view(d) for d in page], envelope: meta})

    def _limit(self, query: Mapping[str, str], default: int) -> int:
        highest = 100
        if self.has("limit-100-refused"):
            highest = 99
        if self.has("limit-101-accepted"):
            highest = 101
        value = _query_integer(query, "limit", default)
        if not 1 <= value <= highest:
            raise _misshapen("/limit", "an integer from 1 to 100")
        return value

    def _offset(self, query: Mapping[str, str]) -> int:
        value = _query_integer(query, "offset", 0)
        if value < 0 and self.has("negative-offset-accepted"):
            return 0
        if value < 0:
            raise _misshapen("/offset", "an integer of at least 0")
        return value

    def _filters(self, query: Mapping[str, str]) -> list[Callable[[Device], bool]]:
        """One predicate for each filter sent; all of them must hold."""
        filters: list[Callable[[Device], bool]] = []
        user = _query_integer(query, "user_id", 1)
        if user < 1:
            raise _misshapen("/user_id", USER.expected)
        if "user_id" in query and not self.has("user-filter-ignored"):
            filters.append(lambda device: device.fields["user_id"] == user)
        status = query.get("client_status", STATUSES[0])
        if status not in STATUSES and not self.has("status-filter-unchecked"):
            raise _misshapen("/client_status", "one of " + ", ".join(STATUSES))
        if "client_status" in query and not self.has("status-filter-ignored"):
            filters.append(lambda device: device.client_status == status)
        if "search" in query:
            words = query["search"].split()
            filters.append(lambda device: self._found(device, words))
        if self.has("archived-hidden"):
            filters.append(lambda device: device.client_status != "ARCHIVED")
        return filters

    def _found(self, device: Device, words: list[str]) -> bool:
        """Whether each word begins a word of some searched text; no words are found anywhere."""
        texts = [device.type, device.category]
        searched = ["name", "serial_number", "brand", "comment"]
        if self.has("search-skips-comment"):
            searched.remove("comment")
        if self.has("search-skips-brand"):
            searched.remove("brand")
        texts += [device.fields[name] for name in searched if device.fields[name] is not None]
        if not self.has("search-case-sensitive"):
            texts, words = [t.casefold() for t in texts], [w.casefold() for w in words]
        begins = (lambda t, w: w in t) if self.has("search-infix") else _begins_a_word
        hits = [any(begins(text, word) for text in texts) for word in words]
        return any(hits) if hits and self.has("search-any-word") else all(hits)

    def _visible(self, principal: Principal) -> list[Device]:
        """The live devices of the key's company; one that was removed shows nothing."""
        everyone = self.has("list-leaks-companies")
        deleted_too = self.has("deleted-in-list")
        if COMPANIES[principal.company].removed:
            return []
        return [
            device
            for device in self._devices.values()
            if (device.company == principal.company or everyone)
            and (not device.deleted or deleted_too)
        ]

    # createDevices

    def _create_devices(self, call: Call) -> Answer:
        if self.has("company-before-shape"):
            self._need_company(call)
        rows = self._read_rows(self._write_document(call))
        self._need_company(call)
        company = call.principal.company
        if self.has("actor-before-rules"):
            self._need_actor(call)
        self._judge_rows(company, rows)
        self._need_actor(call)
        if call.request.headers.get(FAULT_HEADER) == "DEVICE_PROVISIONING_FAILED":
            if self.has("failed-provisioning-keeps-device"):
                self._store_rows(company, rows)
            raise RefusalError(500, "DEVICE_PROVISIONING_FAILED")
        views = [self._create_view(device) for device in self._store_rows(company, rows)]
        if self.has("batch-answer-reversed"):
            views.reverse()
        status = 200 if self.has("create-answers-200") else 201
        if self.has("create-envelope-bare-array"):
            return Answer(status, {"data": views})
        return Answer(status, {"data": {"devices": views}})

    def _judge_rows(self, company: str, rows: list[dict[str, Any]]) -> None:
        """Rule by rule over all rows, so that the first rule decides which code is answered."""
        seen: set[str] = set()

        def judge_serial(row: dict[str, Any]) -> None:
            serial = row.get("serial_number")
            if serial is None:
                return
            if serial in seen and not self.has("duplicate-serial-in-batch"):
                raise RefusalError(400, "INVALID_SERIAL_NUMBER")
            free = self.has("duplicate-serial-on-create")
            self._judge_serial(company, serial, unique=not free)
            seen.add(serial)

        def judge_user(row: dict[str, Any]) -> None:
            try:
                self._judge_user(company, row.get("user_id") or None)
            except RefusalError as refusal:
                raise RefusalError(
                    422 if self.has("create-user-422") else 400, refusal.error
                ) from None

        def judge_layout(row: dict[str, Any]) -> None:
            if row["category"] == "LAPTOP" and "keyboard_layout" not in row:
                raise RefusalError(400, "KEYBOARD_LAYOUT_REQUIRED")

        rules = [judge_serial, judge_user]
        if self.has("laptop-needs-layout"):
            rules.append(judge_layout)
        for rule in rules:
            for number, row in enumerate(rows):
                try:
                    rule(row)
                except RefusalError:
                    if self.has("batch-keeps-earlier-rows"):
                        self._store_rows(company, rows[:number])
                    raise

    def _store_rows(self, company: str, rows: list[dict[str, Any]]) -> list[Device]:
        return [self._store_row(company, row) for row in rows]

    def _store_row(self, company: str, row: dict[str, Any]) -> Device:
        sent = {name: value for name, value in row.items() if name in STORED}
        fields = dict.fromkeys(STORED) | {"is_rented": False} | self._stored(sent)
        if self.has("false-becomes-null"):
            fields |= {name: fields[name] or None for name in FLAGS}
        if fields["serial_number"] and self.has("serial-stored-trimmed"):
            fields["serial_number"] = fields["serial_number"].strip()
        in_service = fields["user_id"] is not None and not self.has("create-status-available")
        device = Device(
            id=self._next_id(),
            company=company,
            source="MANUAL" if self.has("create-source-manual") else "EXTERNAL",
            type=row["type"],
            category=row["category"],
            client_status="IN_SERVICE" if in_service else "AVAILABLE",
            fields=fields,
        )
        self._devices[device.id] = device
        return device

    def _next_id(self) -> int:
        self._last_id += 1
        if self.has("ids-reused"):
            return max(device.id for device in self._devices.values() if not device.deleted) + 1
        return self._last_id

    def _stored(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What was sent, as it is kept: labels always an array, a user always a plain integer."""
        kept = dict(sent)
        for name in LABELS:
            loose = name == "connection_type" and self.has("single-label-not-wrapped")
            if isinstance(kept.get(name), str) and not loose:
                kept[name] = [kept[name]]
            if kept.get(name) == [] and self.has("empty-labels-become-null"):
                kept[name] = None
        if "user_id" in kept:
            kept["user_id"] = int(kept["user_id"]) if kept["user_id"] else None
        return kept

    # rules that creating and updating share

    def _judge_serial(
        self, company: str, serial: str, unique: bool = True, own: Device | None = None
    ) -> None:
        """A serial number is blank or taken by what lives in the company; compared as sent."""
        if not serial.strip() and not (serial and self.has("blank-serial-accepted")):
            raise RefusalError(400, "INVALID_SERIAL_NUMBER")
        if unique and any(device is not own for device in self._carriers(company, serial)):
            raise RefusalError(
                409 if self.has("duplicate-serial-409") else 400, "INVALID_SERIAL_NUMBER"
            )

    def _carriers(self, company: str, serial: str | None) -> list[Device]:
        everywhere = self.has("serial-across-companies")
        deleted_too = self.has("deleted-serial-not-freed")
        folded = str.lower if self.has("serial-any-case") else str
        return [
            device
            for device in self._devices.values()
            if (device.company == company or everywhere)
            and (not device.deleted or deleted_too)
            and folded(device.fields["serial_number"] or "") == folded(serial or "")
        ]

    def _judge_user(self, company: str, number: Any) -> None:
        """Null is nobody; anything else must be an active user of the company."""
        if number is None:
            return
        user = USERS.get(number)
        if (
            user is None
            or (user.company != company and not self.has("foreign-user-accepted"))
            or not (user.active or self.has("inactive-user-accepted"))
        ):
            raise RefusalError(400, "INVALID_USER")

    # getDevice, updateDevice, deleteDevice

    def _find(self, call: Call) -> Device:
        """The device of the path, if the key's company has it and it lives."""
        if not DEVICE_ID.fullmatch(call.device_id):
            if call.operation == "getDevice" and self.has("malformed-id-400"):
                raise _misshapen("/device_id", "a positive decimal number")
            raise _not_found()
        if len(call.device_id) > 18:
            if self.has("huge-id-500"):
                raise RefusalError(500, "the number is out of range")
            raise _not_found()
        device = self._devices.get(int(call.device_id))
        if device is None or COMPANIES[call.principal.company].removed:
            raise _not_found()
        self._need_own(call, device)
        self._need_alive(call, device)
        return device

    def _need_own(self, call: Call, device: Device) -> None:
        if device.company == call.principal.company:
            return
        if call.operation == "getDevice" and self.has("foreign-device-readable"):
            return
        if call.operation == "deleteDevice" and self.has("foreign-device-deletable"):
            return
        if call.operation == "updateDevice" and self.has("foreign-device-403"):
            raise RefusalError(403, "DEVICE_MUTATION_FORBIDDEN")
        raise _not_found()

    def _need_alive(self, call: Call, device: Device) -> None:
        if not device.deleted:
            return
        if call.operation == "getDevice" and self.has("deleted-readable"):
            return
        if call.operation == "getDevice" and self.has("deleted-device-410"):
            raise RefusalError(410, "DEVICE_NOT_FOUND")
        raise _not_found()

    def _get_device(self, call: Call) -> Answer:
        self._need_readable(call)
        device = self._find(call)
        view = self._view(device)
        if self.has("get-omits-tracking-number"):
            del view["tracking_number"]
        if view["mdm"] is None and self.has("get-mdm-missing"):
            del view["mdm"]
        if device.fields["has_screen"] is None and self.has("get-fills-default"):
            device.fields["has_screen"] = False
        return Answer(200, {"data": view})

    def _update_device(self, call: Call) -> Answer:
        document = self._write_document(call)
        if self.has("lookup-before-shape"):
            self._find(call)
        changes = self._read_patch(document)
        if not changes and self.has("empty-patch-before-lookup"):
            raise RefusalError(400, "EMPTY_PATCH_BODY")
        device = self._find(call)
        late = self.has("mutation-after-patch-rules")
        if not late:
            self._need_mutable(call, device)
        if self.has("refused-patch-renames"):
            device.fields["name"] = changes.get("name", device.fields["name"])
        self._judge_patch(device, changes, document)
        if late:
            self._need_mutable(call, device)
        return Answer(200, {"data": self._apply_patch(device, changes)})

    def _judge_patch(
        self, device: Device, changes: Mapping[str, Any], document: Mapping[str, Any]
    ) -> None:
        self._judge_not_empty(changes, document)
        self._judge_patch_serial(device, changes)
        if not self.has("patch-unknown-user-accepted") or changes.get("user_id") in USERS:
            self._judge_patch_user(device, changes)
        cleared = "keyboard_layout" in changes and changes["keyboard_layout"] is None
        if cleared and self._keeps_layout(device):
            renamed = self.has("keyboard-code-renamed")
            raise RefusalError(
                400, "KEYBOARD_LAYOUT_MISSING" if renamed else "KEYBOARD_LAYOUT_REQUIRED"
            )

    def _judge_not_empty(self, changes: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        nulls = changes and all(value is None for value in changes.values())
        if changes and not (nulls and self.has("null-only-patch-empty")):
            return
        if self.has("empty-patch-accepted") and not document:
            return
        if self.has("unknown-keys-patch-accepted") and document:
            return
        sentence = "the body: expected at least one field to change"
        raise RefusalError(
            400, sentence if self.has("empty-patch-sentence") else "EMPTY_PATCH_BODY"
        )

    def _judge_patch_serial(self, device: Device, changes: Mapping[str, Any]) -> None:
        if "serial_number" not in changes:
            return
        serial = changes["serial_number"]
        own = None if self.has("own-serial-refused") else device
        try:
            if serial is not None:
                free = self.has("patch-steals-serial")
                self._judge_serial(device.company, serial, unique=not free, own=own)
            elif self.has("null-serial-collides"):
                others = [d for d in self._carriers(device.company, None) if d is not device]
                if others:
                    raise RefusalError(400, "INVALID_SERIAL_NUMBER")
        except RefusalError as refusal:
            swapped = self.has("patch-codes-swapped")
            raise RefusalError(
                refusal.status, "INVALID_USER" if swapped else refusal.error
            ) from None

    def _judge_patch_user(self, device: Device, changes: Mapping[str, Any]) -> None:
        self._judge_user(device.company, changes.get("user_id"))

    def _keeps_layout(self, device: Device) -> bool:
        """Whether null may not be sent for the layout, even where it is null already."""
        if device.category == "PHONE" and self.has("phone-layout-null-refused"):
            return True
        if device.category == "KEYBOARD" and self.has("keyboard-null-accepted"):
            return False
        if device.fields["keyboard_layout"] is None and self.has("layout-null-again-accepted"):
            return False
        return device.category in WITH_KEYBOARD

    def _apply_patch(self, device: Device, changes: dict[str, Any]) -> dict[str, Any]:
        """Store a patch that passed every rule; the answer is how the device looks from now on."""
        before = dict(device.fields)
        device.category = changes.pop("category", device.category)
        if self.has("null-does-not-clear"):
            changes = {n: v for n, v in changes.items() if v is not None or n not in TEXTS}
        if self.has("patch-resets-unsent"):
            device.fields |= dict.fromkeys(CHARACTERISTICS)
        device.fields |= self._stored(changes)
        if "user_id" in changes:
            self._move_status(device)
            if self.has("patch-user-not-stored"):
                device.fields["user_id"] = before["user_id"]
        view = self._view(device)
        if self.has("patch-comment-not-stored"):
            device.fields["comment"] = before["comment"]
        if view["mdm"] is None and self.has("patch-mdm-empty-object"):
            view["mdm"] = {}
        return view

    def _move_status(self, device: Device) -> None:
        """A user moves a device between two statuses; the others are not a user's business."""
        assigned = device.fields["user_id"] is not None
        if assigned and device.client_status == "IN_MAINTENANCE":
            device.client_status = (
                "IN_SERVICE" if self.has("assign-ends-maintenance") else "IN_MAINTENANCE"
            )
        if assigned and device.client_status == "AVAILABLE":
            device.client_status = "IN_SERVICE"
        elif not assigned and device.client_status == "IN_SERVICE":
            kept = self.has("unassign-keeps-status")
            device.client_status = "IN_SERVICE" if kept else "AVAILABLE"

    def _delete_device(self, call: Call) -> Answer:
        if self.has("delete-lookup-before-scope"):
            self._find(call)
        self._need_write(call)
        self._need_readable(call)
        device = self._find(call)
        self._need_mutable(call, device)
        view = self._view(device)
        device.deleted = not self.has("delete-does-nothing")
        if self.has("delete-snapshot-archived"):
            view["client_status"] = "ARCHIVED"
        if self.has("delete-answers-204"):
            return Answer(204, None)
        return Answer(200, {"data": None if self.has("delete-data-null") else view})

    # how a device looks from outside

    def _view(self, device: Device) -> dict[str, Any]:
        """The public form: characteristics nested, inputs like user_id and brand never shown."""
        mdm = device.mdm
        if mdm is not None and mdm["status"] == "DRAFT" and not self.has("mdm-draft-shown"):
            mdm = None
        return {
            "id": device.id,
            "name": device.fields["name"],
            "serial_number": device.fields["serial_number"],
            "rent": device.rent,
            "tracking_number": device.tracking_number,
            "client_status": device.client_status,
            "type": device.type,
            "category": device.category,
            "source": device.source,
            "comment": device.fields["comment"],
            "characteristics": {name: device.fields[name] for name in CHARACTERISTICS},
            "mdm": mdm,
        }

    def _list_view(self, device: Device) -> dict[str, Any]:
        view = self._view(device)
        if self.has("list-characteristics-flat"):
            view |= view.pop("characteristics")
        if self.has("list-drops-null-characteristics"):
            there = view["characteristics"].items()
            view["characteristics"] = {name: value for name, value in there if value is not None}
        return view

    def _create_view(self, device: Device) -> dict[str, Any]:
        view = self._view(device)
        if self.has("create-id-as-string"):
            view["id"] = str(device.id)
        return view


def _begins_a_word(text: str, word: str) -> bool:
    """Whether the word stands at the text's start or after neither a letter nor a digit."""
    at = text.find(word)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at >= 0


def _decoded(raw: str) -> str | None:
    """One name or value of a query, None if its bytes are no UTF-8."""
    try:
        return unquote_to_bytes(raw.replace("+", " ").encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return None


def _query_integer(query: Mapping[str, str], name: str, default: int) -> int:
    if name not in query:
        return default
    match = QUERY_INTEGER.fullmatch(query[name])
    if match is None:
        raise _misshapen(f"/{name}", "an integer")
    return int(match[1])


COLLECTION = {"GET": "listDevices", "HEAD": "listDevices", "POST": "createDevices"}
ITEM = {
    "GET": "getDevice",
    "HEAD": "getDevice",
    "PATCH": "updateDevice",
    "DELETE": "deleteDevice",
}


def _route(request: Request) -> tuple[str, str, str]:
    """The operation, the path's id and the raw query; both refusals come before the 401."""
    path, _, query = request.target.partition("?")
    path = re.sub(r"\Ahttps?://[^/]*", "", path, flags=re.IGNORECASE)
    match = re.fullmatch(re.escape(PREFIX) + r"/devices(?:/([^/]+))?", path)
    if match is None:
        raise RefusalError(404, "there is no such route")
    operations = COLLECTION if match[1] is None else ITEM
    if request.method not in operations:
        allowed = ", ".join(sorted(operations))
        raise RefusalError(405, f"the method must be one of {allowed} here", Allow=allowed)
    return operations[request.method], unquote(match[1] or ""), query


# --- HTTP ----------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """Takes requests off a connection and puts answers on it; every judgement is Fleet's."""

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
        answer = self.server.fleet.answer(Request(self.command, self.path, self.headers, body))
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
        self._send(Answer(int(code), {"error": f"the request cannot be read: {message}"}))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about requests."""


class _Server(ThreadingHTTPServer):
    """A server that knows its open connections, so that closing it ends them as well."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, fleet: Fleet) -> None:
        self.fleet = fleet
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
    server = _Server(port, Fleet(defect))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    return Running(f"http://127.0.0.1:{server.server_port}{PREFIX}", server, thread)


def main(arguments: list[str] | None = None) -> int:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(description="An independent Fleet, with bugs on demand.")
    parser.add_argument("--port", type=int, default=4020, help="0 takes a free one")
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
        print(f"fleet_server: {problem}", file=sys.stderr)
        return 2
    print(f"listening on {running.url}", flush=True)
    with running, suppress(KeyboardInterrupt):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
