"""Call every operation of EdgeIQ by the generated client; the argument is the base URL."""

from __future__ import annotations

import datetime
import sys
import time
from http import HTTPStatus

from expected import expected
from generated import AuthenticatedClient
from generated.api.bulk_responses import get_bulk_response, list_bulk_responses
from generated.api.devices import (
    create_device,
    delete_device,
    get_device,
    list_devices,
    replace_device,
)
from generated.api.fleets import execute_fleet_action, get_fleet, list_fleets
from generated.models import (
    AddedMetadata,
    AddMetadataAction,
    AddTagsAction,
    BulkResponse,
    BulkResponseEntryStatus,
    BulkResponsePage,
    BulkResponseState,
    CreateDeviceBody,
    Device,
    DeviceOrder,
    DevicePage,
    ErrorResponse,
    ExecuteFleetActionResponse,
    Fleet,
    FleetActionKind,
    GatewayCommand,
    GatewayCommandNote,
    IssueCommandAction,
    Metadata,
    ReplaceDeviceBody,
    UpdateHeartbeatAction,
)

Action = AddMetadataAction | AddTagsAction | IssueCommandAction | UpdateHeartbeatAction


def client(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(sys.argv[1], token, prefix="", raise_on_unexpected_status=True)


def done(fleet: Fleet, action: Action) -> BulkResponse:
    """Give the fleet an action and return what became of it on every device."""
    taken = execute_fleet_action.sync_detailed(fleet.field_id, client=admin, body=action)
    assert taken.status_code is HTTPStatus.ACCEPTED, taken
    name = expected(ExecuteFleetActionResponse, taken.parsed).bulk_response_id
    for _ in range(100):
        response = expected(BulkResponse, get_bulk_response.sync(name, client=admin))
        if response.status is BulkResponseState.COMPLETE:
            return response
        time.sleep(0.05)
    raise AssertionError(f"after five seconds it is still {response!r}")


def reached(response: BulkResponse) -> list[str]:
    """Return the devices that an action reached."""
    entries = response.bulk_response_statuses
    return [one.device_id for one in entries if one.status is BulkResponseEntryStatus.SUCCESS]


def device(name: str) -> Device:
    return expected(Device, get_device.sync(name, client=admin))


admin = client("tok_admin")

page = expected(DevicePage, list_devices.sync(client=admin, page_meta=True, per_page=2))
assert (page.page, page.per_page, len(page.resources)) == (1, 2, 2)
template = expected(Device, page.resources[0])

body = CreateDeviceBody(
    "Client", "client:1", template.device_type_id, tags=["a", "b"], metadata=Metadata()
)
made = expected(Device, create_device.sync(client=admin, body=body))
assert (made.tags, made.heartbeat_period, made.last_command) == (["a", "b"], None, None)
assert made.created_at.utcoffset() == datetime.timedelta()
alike = expected(list, list_devices.sync(client=admin, unique_id_like="CLIENT:", tags_inc="a"))
assert alike == [made]
ordered = list_devices.sync(client=admin, order_by=DeviceOrder.VALUE_9, name_in=["Client"])
assert ordered == [made]

whole = ReplaceDeviceBody("Client", "client:1", template.device_type_id, heartbeat_period=60)
replaced = expected(Device, replace_device.sync(made.field_id, client=admin, body=whole))
assert (replaced.tags, replaced.heartbeat_period) == ([], 60)
assert device(made.field_id) == replaced

fleets = expected(list, list_fleets.sync(client=admin))
fleet = next(one for one in fleets if expected(Fleet, one).device_ids)
assert get_fleet.sync(fleet.field_id, client=admin) == fleet

tagged = done(fleet, AddTagsAction("add_tags", ["from-client"]))
assert tagged.type_ is FleetActionKind.ADD_TAGS
assert tagged.total == tagged.success_count + tagged.fail_count == len(fleet.device_ids)
assert reached(tagged)
assert all("from-client" in device(name).tags for name in reached(tagged))
added = AddedMetadata.from_dict({"by": {"client": [1, None]}})
described = done(fleet, AddMetadataAction("add_metadata", added))
assert device(reached(described)[0]).metadata["by"] == {"client": [1, None]}
slowed = done(fleet, UpdateHeartbeatAction("update_heartbeat", heartbeat_period=7200))
assert device(reached(slowed)[0]).heartbeat_period == 7200
reboot = IssueCommandAction("issue_command", gateway_command=GatewayCommand.REBOOT)
rebooted = done(fleet, reboot)
note = expected(GatewayCommandNote, device(reached(rebooted)[0]).last_command)
assert note.gateway_command is GatewayCommand.REBOOT

listed = list_bulk_responses.sync(client=admin, page_meta=True, type_=FleetActionKind.ADD_TAGS)
assert tagged in expected(BulkResponsePage, listed).resources

same = create_device.sync_detailed(client=admin, body=body)
assert same.status_code is HTTPStatus.BAD_REQUEST
messages = expected(list, expected(ErrorResponse, same.parsed).messages)
assert "A Device with unique id" in messages[0]
viewer = client("tok_viewer")
forbidden = execute_fleet_action.sync_detailed(fleet.field_id, client=viewer, body=reboot)
assert forbidden.status_code is HTTPStatus.FORBIDDEN
expected(ErrorResponse, forbidden.parsed)
stranger = list_fleets.sync_detailed(client=client("tok_nobody"))
assert stranger.status_code is HTTPStatus.UNAUTHORIZED
assert get_device.sync_detailed(made.field_id, client=client("tok_other")).status_code == 404

deleted = delete_device.sync_detailed(made.field_id, client=admin)
assert deleted.status_code is HTTPStatus.NO_CONTENT
expected(ErrorResponse, get_device.sync(made.field_id, client=admin))
