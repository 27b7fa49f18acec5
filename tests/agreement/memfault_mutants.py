"""Defects of the Memfault mock that were made by hand: in lists, projects, attributes and more."""

from __future__ import annotations

from collections.abc import Iterator

from tests.agreement.mutants import EFFECT, LIST, Edit, Mutant, drop, edited, exchange, move, put

RESOURCES = "x-contract-resources"
_PART = (RESOURCES, "device", "parts", "attributes")

_Edits = Iterator[tuple[str, tuple[str, ...], Edit]]


SEVERAL = {
    "the newest device comes first": "ties of another order come newest first too",
    "a page begins after as many devices": "rows are missing with each filter and without",
}
"""Mutants that show in more than one way, and how."""


def behaviours() -> Iterator[Mutant]:
    """Yield mutants whose vocabulary was edited."""
    for edits in (_effects, _lists, _tenants, _attributes, _refusals):
        for name, seen_on, edit in edits():
            app = edited("memfault", edit)
            yield Mutant("memfault", name, seen_on, app, SEVERAL.get(name, ""))


def _effects() -> _Edits:
    beta = put(
        "createDevice", "x-contract-facts", "default_cohort", "found", "where", "slug",
        value={"const": "beta"},
    )  # fmt: skip
    yield "a device without cohort joins beta", ("createDevice",), beta
    found = ("updateDevice", "x-contract-facts", "cohort", "found", "where", "slug")
    always = put(*found, value={"const": "beta"})
    yield "an update moves a device to beta", ("updateDevice",), always
    moves = drop("updateDevice", EFFECT, "sets")
    yield "an update moves no device to a cohort", ("updateDevice",), moves
    yield (
        "deleting only answers",
        ("deleteDevice",),
        move("deleteDevice", EFFECT, "delete", to="read"),
    )
    generated = (RESOURCES, "device", "generated")
    still = put(*generated, "updated_date", "how", value="created")
    yield "a change moves no time", ("updateDevice",), still
    seconds = put(*generated, "created_date", "form", value="seconds-Z")
    yield "times are written otherwise", ("createDevice",), seconds


def _lists() -> _Edits:
    seen_on = ("listDevices",)
    filters = ("listDevices", LIST, "filters")
    counters = ("listDevices", LIST, "counters")

    def listing(name: str, edit: Edit) -> tuple[str, tuple[str, ...], Edit]:
        return name, seen_on, edit

    yield listing(
        "since holds for the moment itself",
        put(*filters, "last_seen_since", "operator", value="gte"),
    )
    yield listing(
        "until holds for the moment itself",
        put(*filters, "last_seen_until", "operator", value="lte"),
    )
    yield listing("owners are left out", put(*filters, "owner_ref", "operator", value="nin"))
    yield listing("releases are ignored", drop(*filters, "release"))
    yield listing(
        "releases are told by revision",
        put(*filters, "release", "field", value="last_seen_release.revision"),
    )
    yield listing(
        "hardware versions have to be all",
        put(*filters, "hardware_version", "operator", value="eq"),
    )
    yield listing("the order asked for is ignored", drop("listDevices", LIST, "sort"))
    yield listing("the newest device comes first", put("listDevices", LIST, "order", value=["-id"]))
    yield listing(
        "a page begins after as many devices", move("listDevices", LIST, "page", to="offset")
    )
    yield listing(
        "two counters are exchanged", exchange(*counters, "page_count", other="item_count")
    )
    yield listing("the total is that of the page", exchange(*counters, "total", other="item_count"))


def _tenants() -> _Edits:
    alike = drop(RESOURCES, "device", "tenant", "project")
    yield "a device belongs to all projects", ("getDevice",), alike
    organization = drop(RESOURCES, "organization", "tenant")
    yield "everybody sees every organization", ("getDevice",), organization


def _attributes() -> _Edits:
    read, written = ("getDeviceAttributes",), ("updateDeviceAttributes",)
    yield (
        "numbers may be true",
        written,
        put(*_PART, "types", "FLOAT", value={"type": ["number", "boolean"]}),
    )
    yield (
        "texts may be numbers",
        written,
        put(*_PART, "types", "STRING", value={"type": ["string", "number"]}),
    )
    yield (
        "fractions have to be whole",
        written,
        put(*_PART, "types", "FLOAT", value={"type": "integer"}),
    )
    yield "a new metric is a favorite", written, put(*_PART, "initial", "favorite", value=True)
    yield (
        "a new metric has a name of its own",
        written,
        put(*_PART, "initial", "display_name", value="metric {name}"),
    )
    yield "states are shown under another name", read, put(*_PART, "shows", "state", value="status")
    yield (
        "setting again makes anew",
        written,
        put(*_PART, "stamps", "created_date", value="changed"),
    )
    yield (
        "the moment of a value stays the first",
        written,
        put(*_PART, "stamps", "time", value="created"),
    )


def _refusals() -> _Edits:
    unrouted = ("x-contract-problems", "unrouted")
    yield "a wrong method is a 404", (), put(*unrouted, "method", value="NotFoundError")
    yield "a wrong path is a 400", (), put(*unrouted, "path", value="InvalidUsageError")
    reading = ("x-contract-reading",)
    yield "repeating is refused", ("listDevices",), put(*reading, "repeated", value="refused")
    yield "an empty value is refused", ("listDevices",), put(*reading, "empty", value="refused")
    yield (
        "a word counts in one spelling",
        ("getDevice",),
        put("x-contract-principals", "word", value="exact"),
    )
    schemes = ("components", "securitySchemes", "basicAuth", "scheme")
    yield "keys come behind another word", ("getDevice",), put(*schemes, value="digest")
    yield "tokens alone are taken", ("getDevice",), _tokens_alone
    early = exchange("x-contract-precedence", 2, other=3)
    yield "bodies are judged before things are looked up", ("updateDevice",), early
    late = exchange("x-contract-precedence", 1, other=3)
    yield "roles are judged last", ("deleteDevice",), late


def _tokens_alone(data: object) -> None:
    """Let names and keys be taken where no request has them."""
    put("components", "securitySchemes", "basicAuth", value=_ELSEWHERE)(data)


_ELSEWHERE = {"type": "apiKey", "in": "header", "name": "X-Nobody-Sends-This"}
