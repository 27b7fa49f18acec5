"""Call every operation of Fleet by the generated client; the argument is the base URL."""

from __future__ import annotations

import sys
from http import HTTPStatus

from expected import expected
from generated import AuthenticatedClient
from generated.api.devices import (
    create_devices,
    delete_device,
    get_device,
    list_devices,
    update_device,
)
from generated.models import (
    ClientStatus,
    CreateDeviceItem,
    CreateDevicesBody,
    CreateDevicesResponse,
    DeviceMutationForbiddenCode,
    DeviceMutationForbiddenErrorResponse,
    DeviceNotFoundCode,
    DeviceNotFoundErrorResponse,
    GetDeviceResponse,
    InsufficientScopeErrorResponse,
    KeyboardLayout,
    ListDevicesResponse,
    Mdm,
    MdmStatus,
    PatchDeviceBody,
    SentenceErrorResponse,
)


def client(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(sys.argv[1], token, raise_on_unexpected_status=True)


writer = client("flt_sk_writer")
laptop = CreateDeviceItem(
    name="Laptop of Omar",
    type_="MacBook Pro 14",
    category="LAPTOP",
    user_id=12,
    serial_number="CLIENT-1",
    keyboard_layout=KeyboardLayout.FRENCH_AZERTY,
    connection_type="USB-C",
)
desk = CreateDeviceItem(name="Desk", type_="Sit-stand desk", category="FURNITURE")

answer = create_devices.sync_detailed(client=writer, body=CreateDevicesBody([laptop, desk]))
assert answer.status_code is HTTPStatus.CREATED
made, other = expected(CreateDevicesResponse, answer.parsed).data.devices
assert made.client_status is ClientStatus.IN_SERVICE
assert made.characteristics.keyboard_layout is KeyboardLayout.FRENCH_AZERTY
assert made.characteristics.connection_type == ["USB-C"]
assert (made.mdm, other.characteristics.keyboard_layout) == (None, None)

page = expected(
    ListDevicesResponse, list_devices.sync(client=writer, limit=1, search="laptop client-1")
)
assert (page.data, page.meta.total, page.meta.limit) == ([made], 1, 1)
everything = expected(ListDevicesResponse, list_devices.sync(client=writer, limit=100))
managed = [device.mdm for device in everything.data if isinstance(device.mdm, Mdm)]
assert managed
assert all(isinstance(mdm.status, MdmStatus) for mdm in managed)

patch = PatchDeviceBody(comment="Second floor", user_id=None)
patched = expected(
    GetDeviceResponse, update_device.sync(str(made.id), client=writer, body=patch)
).data
assert (patched.comment, patched.client_status) == ("Second floor", ClientStatus.AVAILABLE)
assert get_device.sync(str(made.id), client=writer) == GetDeviceResponse(patched)

gone = expected(GetDeviceResponse, delete_device.sync(str(other.id), client=writer))
assert gone.data == other
lost = expected(DeviceNotFoundErrorResponse, get_device.sync(str(other.id), client=writer))
assert lost.error is DeviceNotFoundCode.DEVICE_NOT_FOUND

fleets_own = next(device for device in everything.data if device.source == "FLEET")
forbidden = expected(
    DeviceMutationForbiddenErrorResponse, delete_device.sync(str(fleets_own.id), client=writer)
)
assert forbidden.error is DeviceMutationForbiddenCode.DEVICE_MUTATION_FORBIDDEN

repeated = create_devices.sync_detailed(client=writer, body=CreateDevicesBody([laptop]))
assert repeated.status_code is HTTPStatus.BAD_REQUEST
assert str(repeated.parsed.error) == "INVALID_SERIAL_NUMBER"
expected(SentenceErrorResponse, create_devices.sync(client=writer, body=CreateDevicesBody([])))
expected(SentenceErrorResponse, list_devices.sync(client=client("flt_sk_nobody")))
expected(
    InsufficientScopeErrorResponse,
    create_devices.sync(client=client("flt_sk_reader"), body=CreateDevicesBody([desk])),
)
