"""Defects of the EdgeIQ mock that were made by hand: in effects, lists, tenants and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from spec import Listing
from spec.contract import Operator
from tests.agreement.mutants import (
    EFFECT,
    JOB,
    LIST,
    Edit,
    Mutant,
    drop,
    edited,
    exchange,
    move,
    operation,
    put,
    relisted,
)

ACT = "executeFleetAction"
RESOURCES = "x-contract-resources"
_TAGS, _METADATA, _HEARTBEAT, _COMMAND, _CONFIGURATION = range(5)
"""The changes of a job by their place in the document."""


SEVERAL = {
    "deleting only answers": "that it is there, and that a viewer is refused what is not",
    "devices come in their order whatever is asked": "it ascends wrongly, and descends wrongly",
    "fleets come on one page": "the rows are wrong, and so is the number of the page",
    "a page of fleets begins after as many fleets": "rows are missing with a filter and without",
    "no command is noted": "a device still has the command that the earlier of two would leave",
}
"""Mutants that show in more than one way, and how."""


def behaviours() -> Iterator[Mutant]:
    """Yield mutants whose vocabulary was edited, and mutants that list otherwise."""
    for edits in (_effects, _lists, _tenants, _jobs, _refusals):
        for name, seen_on, edit in edits():
            app = edited("edgeiq", edit)
            yield Mutant("edgeiq", name, seen_on, app, SEVERAL.get(name, ""))
    for name, operation_id, change in _listings():
        app = relisted("edgeiq", operation_id, change)
        yield Mutant("edgeiq", name, (operation_id,), app)


_Edits = Iterator[tuple[str, tuple[str, ...], Edit]]


def _effects() -> _Edits:
    created, replaced = ("createDevice",), ("replaceDevice",)
    initial = ("createDevice", EFFECT, "initial")
    yield "new devices come from the portal", created, put(*initial, "origin", value="portal")
    yield "new devices have a tag", created, put(*initial, "tags", value=["new"])
    yield "new devices have no metadata at all", created, drop(*initial, "metadata")
    keeps = ("replaceDevice", EFFECT, "keeps")
    settings_only = put(*keeps, value=["origin", "user_id", "settings"])
    yield "a replacement forgets the last command", (ACT,), settings_only
    command_only = put(*keeps, value=["origin", "user_id", "last_command"])
    yield "a replacement forgets the settings", (ACT,), command_only
    tags_too = put(*keeps, value=["origin", "user_id", "last_command", "settings", "tags"])
    yield "a replacement leaves the tags", replaced, tags_too
    yield "replacing only answers", replaced, move("replaceDevice", EFFECT, "replace", to="read")
    yield (
        "deleting only answers",
        ("deleteDevice",),
        move("deleteDevice", EFFECT, "delete", to="read"),
    )


def _lists() -> _Edits:
    devices, fleets = ("listDevices",), ("listFleets",)
    yield (
        "devices come in their order whatever is asked",
        devices,
        drop("listDevices", LIST, "sort"),
    )
    newest = put("listFleets", LIST, "order", value=["-created_at"])
    yield "fleets come newest first", fleets, newest
    yield "fleets come on one page", fleets, drop("listFleets", LIST, "page")
    offset = move("listFleets", LIST, "page", to="offset")
    yield "a page of fleets begins after as many fleets", fleets, offset
    counters = ("listFleets", LIST, "envelope", "counters")
    yield "total and page are exchanged", fleets, exchange(*counters, "total", other="page")
    yield "fleets come in no envelope", fleets, drop("listFleets", LIST, "envelope")


def _listings() -> Iterator[tuple[str, str, Callable[[Listing], Listing]]]:
    devices, fleets, responses = "listDevices", "listFleets", "listBulkResponses"
    yield "the name of a fleet is no filter", fleets, _without("name_eq")
    yield "greater holds for equal periods", devices, _read_as("heartbeat_period_gt", "gte")
    yield "at most is less", devices, _read_as("heartbeat_period_lte", "lt")
    yield "not the name is the name", fleets, _read_as("name_ne", "eq")
    yield "a pattern has to be the whole name", fleets, _read_as("name_like", "eq")
    yield "in the list of types is not in it", responses, _read_as("type_in", "nin")
    yield "not among the states is among them", responses, _read_as("status_nin", "in")
    yield "one tag has to be all tags", devices, _read_as("tags_inc", "ne")
    yield (
        "operators that a name has not are ignored",
        fleets,
        lambda listing: replace(listing, refused=frozenset()),
    )


def _read_as(parameter: str, operator: Operator) -> Callable[[Listing], Listing]:
    """Return a change after which a parameter compares otherwise."""
    return lambda listing: replace(
        listing,
        filters=tuple(
            replace(one, operator=operator) if one.parameter == parameter else one
            for one in listing.filters
        ),
    )


def _without(parameter: str) -> Callable[[Listing], Listing]:
    """Return a change after which a parameter does nothing."""
    return lambda listing: replace(
        listing, filters=tuple(one for one in listing.filters if one.parameter != parameter)
    )


def _tenants() -> _Edits:
    for kind, seen_on in (("device", "getDevice"), ("fleet", "getFleet")):
        yield f"a parent sees no {kind} below it", (seen_on,), drop(RESOURCES, kind, "tree")
    yield "everybody sees every device", ("getDevice",), _open_devices
    for kind, seen_on in (("fleet", "getFleet"), ("bulk_response", "getBulkResponse")):
        yield f"everybody sees every {kind}", (seen_on,), drop(RESOURCES, kind, "tenant")
    company = drop(RESOURCES, "company", "tree")
    yield "a parent gives no device to a company below it", ("createDevice",), company
    command = drop(RESOURCES, "command", "tenant")
    yield "everybody sees every command", (ACT,), command


def _open_devices(data: object) -> None:
    """Let devices have no tenant, though a new one still names its company."""
    drop(RESOURCES, "device", "tenant")(data)
    own = {
        "when": {"request.body": {"not": {"required": ["company_id"]}}},
        "values": {"company_id": {"from": "principal.company"}},
    }
    put("createDevice", EFFECT, "sets", value=[own])(data)


def _jobs() -> _Edits:
    outcomes, changes = (ACT, JOB, "outcomes"), (ACT, JOB, "changes")

    def job(name: str, edit: Edit) -> tuple[str, tuple[str, ...], Edit]:
        return name, (ACT,), edit

    yield job("a deleted device is a success", drop(*outcomes, 0))
    yield job("commands reach any type", drop(*outcomes, 1))
    other = ("when", "facts.device_type.actions", "not", "contains", "const")
    yield job(
        "configurations reach types that take commands",
        put(*outcomes, 2, *other, value="issue_command"),
    )
    yield job(
        "a refusing type is told as 404", put(*outcomes, 1, "entry", "status_code", value=404)
    )
    yield job("no heartbeat is changed", drop(*changes, _HEARTBEAT))
    yield job("no command is noted", drop(*changes, _COMMAND))
    yield job("tags take the place of tags", move(*changes, _TAGS, "union", to="set"))
    yield job("metadata takes the place of metadata", move(*changes, _METADATA, "merge", to="set"))
    by = put(*changes, _CONFIGURATION, "by", value=["configuration_id"])
    yield job("a configuration has one setting", by)
    yield job("the heartbeat is changed for another action", _heartbeat_for_any)
    yield job("work is complete before it is done", exchange(ACT, JOB, "states", 1, other=2))
    yield job(
        "success is counted as failure", exchange(ACT, JOB, "counters", "done", other="failed")
    )
    yield job(
        "every action is told as a command", put(ACT, JOB, "initial", "type", value="issue_command")
    )
    company = put(ACT, JOB, "initial", "company_id", "from", value="principal.company")
    yield job("work belongs to the token's company", company)


def _heartbeat_for_any(data: object) -> None:
    """Let the fields of a heartbeat be taken from the body of every action that reaches all."""
    change = operation(data, ACT)[JOB]["changes"][_HEARTBEAT]
    change["when"] = {"request.body.heartbeat_period": {"type": "integer"}}


def _refusals() -> _Edits:
    unrouted = ("x-contract-problems", "unrouted")
    yield "a wrong method is a 404", (), put(*unrouted, "method", value="NOT_FOUND")
    yield "a wrong path is a 400", (), put(*unrouted, "path", value="BAD_REQUEST")
    order = exchange("x-contract-precedence", 1, other=2)
    yield "bodies are judged before roles", ("createDevice",), order
    late = exchange("x-contract-precedence", 2, other=3)
    yield "fleets are looked up before bodies are judged", (ACT,), late
    local = drop("createDevice", "x-contract-facts", "unique_id_taken", "exists", "anywhere")
    yield "a unique id is unique among what one sees", ("createDevice",), local
    own = drop("replaceDevice", "x-contract-facts", "unique_id_taken", "exists", "except")
    yield "a device may not keep its unique id", ("replaceDevice",), own
