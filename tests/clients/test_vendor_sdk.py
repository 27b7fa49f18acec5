"""EdgeIQ's own SDK, as the vendor publishes it, believes that it talks to EdgeIQ."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.testing import running

HERE = Path(__file__).parent
FLEET = "65a0f1000000000000000001"


@pytest.fixture(scope="module")
def told(node: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("vendor-sdk")
    shutil.copy(HERE / "vendor_sdk.js", folder)
    with running(["edgeiq"]) as mock:
        return dict(json.loads(node(folder, "vendor_sdk.js", mock.url, FLEET)))


def test_it_reads_a_page_of_devices(told: dict[str, Any]) -> None:
    page = told["listed"]["pagination"]

    assert (page["page"], page["itemsPerPage"]) == (1, 12)
    assert len(told["listed"]["devices"]) == min(page["total"], 12)


def test_it_creates_a_device_and_reads_it_by_either_id(told: dict[str, Any]) -> None:
    made = told["created"]

    assert (made["unique_id"], made["name"], made["tags"]) == ("sdk:1", "By SDK", ["a", "b"])
    assert told["read"] == made
    assert told["found"] == made


def test_its_filters_find_the_device(told: dict[str, Any]) -> None:
    assert told["filtered"] == {
        "devices": [told["created"]],
        "pagination": {"page": 1, "itemsPerPage": 5, "total": 1},
    }


def test_it_changes_a_device_by_sending_back_what_it_read(told: dict[str, Any]) -> None:
    made, changed = told["created"], told["updated"]

    assert changed == made | {"name": "Changed by SDK", "updated_at": changed["updated_at"]}


def test_it_deletes_a_device_and_does_not_find_it_again(told: dict[str, Any]) -> None:
    assert told["deleted"] == "The device has been deleted correctly."
    assert told["gone"] == "nothing"


def test_it_reads_bulk_responses(told: dict[str, Any]) -> None:
    assert (told["bulk"]["type"], told["bulk"]["total"]) == ("add_tags", 4)
    assert told["bulk"]["_id"] in [one["_id"] for one in told["bulks"]["bulkResponses"]]


@pytest.mark.parametrize(
    ("call", "name", "message"),
    [
        pytest.param(
            "duplicate",
            "Duplicated device unique id",
            "A Device with unique id 'sdk:1' already exists",
            id="a unique id that is taken",
        ),
        pytest.param(
            "illegal",
            "Invalid unique id characters",
            "A unique ID can only contain lower case letters, numbers or special characters "
            "-, : or _",
            id="a unique id with illegal characters",
        ),
        pytest.param(
            "missing",
            "Unexpected error",
            "There was an error loading device  data.",
            id="an id that no device has",
        ),
        pytest.param(
            "forbidden",
            "Unauthorization error",
            "You are not authorized to perform this action. Logging you out. Login to refresh "
            "your session permissions.",
            id="a viewer who writes",
        ),
        pytest.param(
            "unknown",
            "Timeout error",
            "Your session has expired. Please login to resume your session.",
            id="an unknown token",
        ),
    ],
)
def test_it_raises_its_own_error(told: dict[str, Any], call: str, name: str, message: str) -> None:
    assert told[call] == {"refused": {"name": name, "message": message}}


def test_it_hands_on_our_messages_where_it_has_no_error_of_its_own(told: dict[str, Any]) -> None:
    refused = told["typeless"]["refused"]

    assert refused["error"]
    assert refused["messages"]
