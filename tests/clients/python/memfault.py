"""Call every operation of Memfault by the generated client; the argument is the base URL."""

from __future__ import annotations

import datetime
import sys
from base64 import b64encode
from http import HTTPStatus

from expected import expected
from generated import AuthenticatedClient
from generated.api.attributes import get_device_attributes, update_device_attributes
from generated.api.devices import (
    create_device,
    delete_device,
    get_device,
    list_devices,
    update_device,
)
from generated.models import (
    AttributeState,
    AttributeUpdate,
    ConflictErrorResponse,
    CreateDeviceBody,
    DeviceAttributesResponse,
    DeviceResponse,
    DeviceSort,
    ForbiddenErrorResponse,
    InvalidUsageErrorResponse,
    ListDevicesResponse,
    MetricDataType,
    NotFoundErrorResponse,
    Release,
    UnauthorizedErrorResponse,
    UpdateDeviceBody,
)


def client(token: str, scheme: str = "Bearer") -> AuthenticatedClient:
    return AuthenticatedClient(sys.argv[1], token, prefix=scheme, raise_on_unexpected_status=True)


manager = client("oat_manager")
project = ("acme", "smart-sink")
sink = CreateDeviceBody(
    device_serial="CLIENT-1", owner_ref="clients", hardware_version="dvt-1.2", cohort="beta"
)

made = expected(DeviceResponse, create_device.sync(*project, client=manager, body=sink)).data
assert (made.device_serial, made.owner_ref, made.cohort.slug) == ("CLIENT-1", "clients", "beta")
assert (made.last_seen, made.last_seen_release) == (None, None)
assert made.created_date.utcoffset() == datetime.timedelta()

own = list_devices.sync(*project, client=manager, owner_ref=["clients", "nobody"], per_page=1)
page = expected(ListDevicesResponse, own)
assert (page.data, page.paging.total_count, page.paging.per_page) == ([made], 1, 1)
long_ago = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
seen = expected(
    ListDevicesResponse,
    list_devices.sync(*project, client=manager, last_seen_since=long_ago, sort=DeviceSort.VALUE_1),
).data
moments = [expected(datetime.datetime, device.last_seen) for device in seen]
assert moments
assert moments == sorted(moments, reverse=True)
assert any(isinstance(device.last_seen_release, Release) for device in seen)

ours = (*project, "CLIENT-1")
patch = UpdateDeviceBody(owner_ref="")
patched = expected(DeviceResponse, update_device.sync(*ours, client=manager, body=patch)).data
assert (patched.owner_ref, patched.created_date) == ("", made.created_date)
assert get_device.sync(*ours, client=manager) == DeviceResponse(patched)

updates = [AttributeUpdate("clients.seen", True), AttributeUpdate("Battery_Level", 64)]
stored = expected(
    DeviceAttributesResponse, update_device_attributes.sync(*ours, client=manager, body=updates)
)
assert get_device_attributes.sync(*ours, client=manager) == stored
states = {one.custom_metric.string_key: one.state for one in stored.data}
types = {one.custom_metric.string_key: one.custom_metric.data_type for one in stored.data}
assert types["clients.seen"] is MetricDataType.BOOL
assert expected(AttributeState, states["clients.seen"]).value is True
assert expected(AttributeState, states["battery_level"]).value == 64
assert None in states.values()

conflict = create_device.sync(*project, client=manager, body=sink)
assert expected(ConflictErrorResponse, conflict).error.code == 1004
empty = update_device.sync(*ours, client=manager, body=UpdateDeviceBody())
assert expected(InvalidUsageErrorResponse, empty).error.type_ == "InvalidUsageError"
reader = client("oat_reader")
assert expected(ForbiddenErrorResponse, delete_device.sync(*ours, client=reader)).error.code == 1002
expected(UnauthorizedErrorResponse, list_devices.sync(*project, client=client("oat_nobody")))
foreign = list_devices.sync(*project, client=client("oat_rival"))
assert expected(NotFoundErrorResponse, foreign).error.http_code == 404

user = client(b64encode(b"user@acme.test:key_manager").decode(), scheme="Basic")
deleted = delete_device.sync_detailed(*ours, client=user)
assert deleted.status_code is HTTPStatus.NO_CONTENT
assert deleted.content == b""
lost = expected(NotFoundErrorResponse, get_device.sync(*ours, client=manager))
assert lost.error.code == 1003
