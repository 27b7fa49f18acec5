"""Inference on documents that are made from facts: it finds them again, and invents none."""
# ruff: noqa: E501  a table reads best in lines

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec import Contract, DocumentError, read
from spec.document import parse
from spec.infer import infer
from spec.places import below, pick
from spec.vocabulary import prepared

TEXT = {"type": "string"}
SCALARS = [TEXT, {"type": "integer"}, {"type": "boolean"}, {"type": "string", "enum": ["a", "b"]}]
UNSURE = [
    {"type": "string", "format": "date-time"}, {"type": "string", "format": "uri"},
    {"type": "array", "items": TEXT}, {"type": "object", "properties": {"x": TEXT}},
    {"type": "string", "readOnly": True},
]  # fmt: skip
ACTIONS = {"get": "read", "put": "replace", "patch": "update", "delete": "delete"}


@dataclass(frozen=True)
class Facts:
    """What a document is made from: one kind of record, and how its API is written."""

    noun: str = "widgets"
    parameter: str = "widget_id"
    key: str = "id"
    key_schema: Any = None
    envelope: str = ""
    wrapped: str = ""
    nested: bool = False
    methods: tuple[str, ...] = ("get", "patch", "delete")
    lists: bool = True
    creates: bool = True
    stated: tuple[Any, ...] = (TEXT,)
    unsure: tuple[Any, ...] = ()
    composed: bool = False
    version: str = "3.1.0"

    @property
    def fields(self) -> dict[str, Any]:
        named = {f"f{n}": one for n, one in enumerate(self.stated)}
        return {**named, **{f"u{n}": one for n, one in enumerate(self.unsure)}}

    def document(self) -> dict[str, Any]:
        key = self.key_schema or {"type": "integer"}
        body = {"type": "object", "required": ["f0"], "properties": self.fields}
        record = {"type": "object", "required": [self.key], "properties": {self.key: key}}
        if self.composed:
            record = {"allOf": [{"$ref": "#/components/schemas/Body"}, record]}
        else:
            record["properties"] = {**record["properties"], **self.fields}
        shown = wrapped({"$ref": "#/components/schemas/Record"}, self.envelope)
        many = wrapped(
            {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}, self.wrapped
        )
        base = f"/owners/{{owner_id}}/{self.noun}" if self.nested else f"/{self.noun}"
        around = [path_parameter("owner_id", TEXT)] if self.nested else []
        collection: dict[str, Any] = {"parameters": around}
        if self.lists:
            collection["get"] = {"responses": {"200": answer(many)}}
        if self.creates:
            request = answer(wrapped({"$ref": "#/components/schemas/Body"}, self.envelope))
            collection["post"] = {"requestBody": request, "responses": {"201": answer(shown)}}
        item: dict[str, Any] = {"parameters": [*around, path_parameter(self.parameter, key)]}
        for method in self.methods:
            item[method] = {"responses": {"200": answer(shown)}}
            if method in {"put", "patch"}:
                body_of = wrapped({"$ref": "#/components/schemas/Body"}, self.envelope)
                item[method]["requestBody"] = answer(body_of)
        return {
            "openapi": self.version,
            "info": {"title": "Made", "version": "1"},
            "paths": {base: collection, f"{base}/{{{self.parameter}}}": item},
            "components": {"schemas": {"Body": body, "Record": record}},
        }

    def expected(self) -> dict[str, str]:
        """The actions that must be inferred, by method and whether it is the item's."""
        found = {f"item {method}": ACTIONS[method] for method in self.methods}
        found.update({"list get": "list"} if self.lists else {})
        found.update({"list post": "create"} if self.creates else {})
        return found


def wrapped(schema: Any, name: str) -> Any:
    return {"type": "object", "required": [name], "properties": {name: schema}} if name else schema


def answer(schema: Any) -> Any:
    return {"description": "x", "content": {"application/json": {"schema": schema}}}


def path_parameter(name: str, schema: Any) -> Any:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def contract(data: Any) -> Contract:
    return read(parse(json.dumps(data), name="made", file="made.json"))


def actions(found: Contract) -> dict[str, str]:
    return {
        f"{'item' if one.path.endswith('}') else 'list'} {one.method.lower()}": one.effect.action
        for one in found.operations.values()
        if one.effect
    }


KEYS = st.sampled_from(
    [("id", "id"), ("widget_id", "id"), ("widgetId", "id"), ("widgetId", "widget_id"), ("widget", "id"),
     ("uuid", "uuid"), ("slug", "slug"), ("widget_name", "name"), ("serial", "serial"), ("widget_gid", "gid")]
)  # fmt: skip
KEY_SCHEMAS = st.sampled_from(
    [{"type": "integer"}, TEXT, {"type": "string", "format": "uuid"}, {"type": "integer", "minimum": 1000}]
)  # fmt: skip
FACTS = st.builds(
    lambda names, **more: Facts(parameter=names[0], key=names[1], **more),
    KEYS,
    noun=st.sampled_from(["widgets", "Widgets", "widget"]),
    key_schema=KEY_SCHEMAS,
    envelope=st.sampled_from(["", "data", "widget"]),
    wrapped=st.sampled_from(["", "items", "data"]),
    nested=st.booleans(),
    methods=st.lists(st.sampled_from([*ACTIONS]), min_size=1, unique=True).map(tuple),
    lists=st.booleans(),
    creates=st.booleans(),
    stated=st.lists(st.sampled_from(SCALARS), min_size=1, max_size=3).map(tuple),
    unsure=st.lists(st.sampled_from(UNSURE), max_size=2).map(tuple),
    composed=st.booleans(),
    version=st.sampled_from(["3.0.3", "3.1.0", "3.2.0"]),
).filter(lambda one: one.lists or one.creates or {*one.methods} != {"delete"})


@settings(max_examples=150)
@given(facts=FACTS)
def test_the_facts_are_found_again(facts: Facts) -> None:
    found = contract(facts.document())

    assert [*found.resources] == ["widget"]
    resource = found.resources["widget"]
    assert resource.key == facts.key
    assert (resource.tenant is not None) is facts.nested
    assert actions(found) == facts.expected()
    writes = facts.creates or {"put", "patch"} & {*facts.methods}
    assert resource.stated == ({f"f{n}" for n in range(len(facts.stated))} if writes else set())
    for one in found.operations.values():
        effect = one.effect
        assert effect is not None
        spot = facts.wrapped if effect.action == "list" else facts.envelope
        assert effect.response == (f"/{spot}" if spot else "")
        if effect.action in {"create", "update", "replace"}:
            assert effect.request == (f"/{facts.envelope}" if facts.envelope else "")


# -- nothing is invented --------------------------------------------------------------------------


def record(data: Any) -> Any:
    return data["components"]["schemas"]["Record"]


def without_key(data: Any) -> None:
    del record(data)["properties"]["id"]
    record(data)["required"] = []


def key_of_another_type(data: Any) -> None:
    record(data)["properties"]["id"] = {"type": "boolean"}


def undeclared_parameter(data: Any) -> None:
    data["paths"]["/widgets/{widget_id}"]["parameters"] = []


def only_a_job(data: Any) -> None:
    job = {"type": "object", "properties": {"job": TEXT, "eta": TEXT}}
    data["paths"]["/widgets"]["post"]["responses"] = {"201": answer(job)}


def later(data: Any) -> None:
    post = data["paths"]["/widgets"]["post"]
    post["responses"] = {"202": post["responses"].pop("201")}


def another_record(data: Any) -> None:
    other = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "p": TEXT, "q": TEXT, "r": TEXT},
    }
    data["paths"]["/widgets"]["post"]["responses"] = {"201": answer(other)}


def another_body(data: Any) -> None:
    data["paths"]["/widgets"]["post"]["requestBody"] = answer(wrapped({"type": "integer"}, "n"))


def no_body(data: Any) -> None:
    del data["paths"]["/widgets"]["post"]["requestBody"]


def a_patch_of_operations(data: Any) -> None:
    operations = {"type": "array", "items": {"type": "object"}}
    data["paths"]["/widgets/{widget_id}"]["patch"]["requestBody"] = answer(operations)


def two_lists(data: Any) -> None:
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}
    both = {"type": "object", "properties": {"new": rows, "old": rows}}
    data["paths"]["/widgets"]["get"]["responses"] = {"200": answer(both)}


def strangers_listed(data: Any) -> None:
    rows = {"type": "array", "items": {"type": "object", "properties": {"name": TEXT}}}
    data["paths"]["/widgets"]["get"]["responses"] = {"200": answer(rows)}


LEFT_OUT = {
    "no property is the key": (without_key, {"item get", "item patch", "item delete", "list get", "list post"}),
    "the key has another type": (key_of_another_type, {"item get", "item patch", "item delete", "list get", "list post"}),
    "the parameter is not declared": (undeclared_parameter, {"item get", "item patch", "item delete", "list get", "list post"}),
    "a creation answers with a job": (only_a_job, {"list post"}),
    "a creation is only accepted": (later, {"list post"}),
    "a creation answers with another record": (another_record, {"list post"}),
    "a creation is sent something else": (another_body, {"list post"}),
    "a creation is sent nothing": (no_body, {"list post"}),
    "a patch is a list of operations": (a_patch_of_operations, {"item patch"}),
    "an answer has two lists": (two_lists, {"list get"}),
    "a list shows others": (strangers_listed, {"list get"}),
}  # fmt: skip


@pytest.mark.parametrize(("change", "missing"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_where_pieces_do_not_fit_the_effect_is_left_out(change: Any, missing: set[str]) -> None:
    facts = Facts()
    data = facts.document()
    change(data)

    assert actions(contract(data)).keys() == facts.expected().keys() - missing


QUIET = {
    "a cursor": ({"name": "cursor", "in": "query", "schema": TEXT}, None),
    "a page counted from anywhere": ({"name": "page", "in": "query", "schema": {"type": "integer"}}, None),
    "a size that is a text": ({"name": "limit", "in": "query", "schema": TEXT}, None),
    "an offset without a size": ({"name": "offset", "in": "query", "schema": {"type": "integer"}}, None),
    "a hint in the answer": (None, "next_cursor"),
}  # fmt: skip


@pytest.mark.parametrize(("parameter", "hint"), QUIET.values(), ids=QUIET)
def test_a_list_with_a_sign_of_unknown_pages_has_no_words(parameter: Any, hint: str | None) -> None:
    data = Facts(wrapped="items").document()
    listing = data["paths"]["/widgets"]["get"]
    if parameter:
        listing["parameters"] = [parameter]
    schema = listing["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"].update({hint: TEXT} if hint else {})

    found = contract(data)

    assert actions(found)["list get"] == "list"
    assert found.operations["get/widgets"].listing is None


@pytest.mark.parametrize(
    ("schema", "sorts"),
    [({"enum": ["f1", "-f1"]}, True), ({"enum": ["f0"]}, False), ({"enum": ["gone"]}, False), (TEXT, False)],
    ids=["numbers", "texts, which are ordered variously", "no field", "anything"],
)  # fmt: skip
def test_an_order_is_inferred_where_it_is_beyond_doubt(schema: Any, sorts: bool) -> None:
    data = Facts(stated=(TEXT, {"type": "integer"})).document()
    data["paths"]["/widgets"]["get"]["parameters"] = [
        {"name": "sort", "in": "query", "schema": schema}
    ]

    listing = contract(data).operations["get/widgets"].listing

    assert listing is not None
    assert (listing.sort == "sort") is sorts


@pytest.mark.parametrize("required", [True, False])
def test_who_makes_the_keys_is_told_by_the_body_of_a_creation(required: bool) -> None:
    data = Facts(key_schema=TEXT).document()
    body = data["components"]["schemas"]["Body"]
    body["properties"]["id"] = TEXT
    body["required"] = ["id"] if required else []

    assert contract(data).resources["widget"].made == ("client" if required else "text")


def test_a_link_beats_the_names() -> None:
    data = Facts(parameter="which", key="code", key_schema=TEXT).document()
    assert not contract(data).resources
    created = data["paths"]["/widgets"]["post"]["responses"]["201"]
    data["paths"]["/widgets/{which}"]["get"]["operationId"] = "show"
    link = {"operationId": "show", "parameters": {"which": "$response.body#/code"}}
    created["links"] = {"it": link}

    assert contract(data).resources["widget"].key == "code"


def test_kinds_of_one_name_are_told_apart() -> None:
    data = Facts().document()
    for path, item in Facts(nested=True).document()["paths"].items():
        data["paths"][path] = item

    assert [*contract(data).resources] == ["widget", "owner_widget"]


# -- whatever comes -------------------------------------------------------------------------------


@settings(max_examples=150)
@given(facts=FACTS, data=st.data())
def test_a_damaged_document_is_refused_or_read_but_never_a_crash(facts: Facts, data: Any) -> None:
    document = deepcopy(facts.document())
    spot = data.draw(st.sampled_from([*below(document)][1:]))
    outer, _, key = spot.rpartition("/")
    holder = pick(document, outer)
    odd = data.draw(st.sampled_from([None, 7, "x", [], {}, [{}], {"$ref": "#/nowhere"}, True]))
    if isinstance(holder, list):
        holder[int(key)] = odd
    else:
        holder[key.replace("~1", "/").replace("~0", "~")] = odd

    try:
        found = contract(document)
    except DocumentError:
        return

    assert found.operations.keys() >= set()


def test_kinds_without_records_are_told_why() -> None:
    data = replace(Facts(), key="unlike").document()

    found = infer(prepared(parse(json.dumps(data), name="made", file="made.json")))

    assert found.remarks == (
        "/widgets/{widget_id}: no kind of record, since no property of the record is what the path "
        "parameter 'widget_id' names.",
    )
