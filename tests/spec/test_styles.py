"""Parameters and bodies in every style that OpenAPI knows, decoded from what is on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import ABSENT, Call, RawRequest, decode, read
from spec.contract import Contract
from spec.document import parse
from spec.media import concrete, described, is_json, media_type, preferred

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
LIST = {"type": "array", "items": NUMBER}
OBJECT = {"type": "object", "properties": {"a": NUMBER, "b": TEXT, "c": {"type": "boolean"}}}
OPTIONAL = {"anyOf": [NUMBER, {"type": "null"}]}


def contract(operation: Any, path: str = "/x") -> Contract:
    operation = {"operationId": "it", "responses": {"200": {"description": "x"}}, **operation}
    data = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"post": operation}},
    }
    return read(parse(json.dumps(data), name="x", file="x.json"))


def called(
    operation: Any, *, path: str = "/x", target: str = "/x", headers: Any = (), body: bytes = b""
) -> Call:
    where, _, query = target.partition("?")
    call = decode(contract(operation, path), RawRequest("POST", where, query, tuple(headers), body))
    assert isinstance(call, Call)
    return call


def parameter(place: str, schema: Any, **more: Any) -> Any:
    required = {"required": True} if place == "path" else {}
    return {"parameters": [{"name": "p", "in": place, "schema": schema, **required, **more}]}


QUERIES = [
    ("p=1", LIST, {}, [1]),
    ("p=1&p=2", LIST, {}, [1, 2]),
    ("p=1,2", LIST, {"explode": False}, [1, 2]),
    ("p=1%202", LIST, {"explode": False, "style": "spaceDelimited"}, [1, 2]),
    ("p=1%7C2", LIST, {"explode": False, "style": "pipeDelimited"}, [1, 2]),
    ("p=1|2|3", LIST, {"explode": False, "style": "pipeDelimited"}, [1, 2, 3]),
    ("p=1&p=2", LIST, {"style": "pipeDelimited", "explode": True}, [1, 2]),
    ("p[a]=1&p[b]=2", OBJECT, {"style": "deepObject"}, {"a": 1, "b": "2"}),
    ("p%5Ba%5D=1", OBJECT, {"style": "deepObject"}, {"a": 1}),
    ("p[d][e]=1", OBJECT, {"style": "deepObject"}, {"d": {"e": "1"}}),
    ("q=1", OBJECT, {"style": "deepObject"}, ABSENT),
    ("a=1&b=2&z=9", OBJECT, {}, {"a": 1, "b": "2"}),
    ("p=a,1,b,2", OBJECT, {"explode": False}, {"a": 1, "b": "2"}),
    ("z=1", OBJECT, {}, ABSENT),
    ("p=%7B%22a%22:1%7D", None, {"content": {"application/json": {"schema": OBJECT}}}, {"a": 1}),
    ("p=%5B1,2%5D", None, {"content": {"application/json": {"schema": LIST}}}, [1, 2]),
    ("p=7", OPTIONAL, {}, 7),
    ("p=7", {"anyOf": [TEXT, {"type": "null"}]}, {}, "7"),
    ("p=7", {"allOf": [{"minimum": 1}, NUMBER]}, {}, 7),
    ("p=7", {"enum": [7, 8]}, {}, 7),
    ("p=1.5", {"type": ["integer", "number"]}, {}, 1.5),
    ("p=7", {}, {}, "7"),
    ("p=true", {"anyOf": [LIST, {"type": "null"}]}, {}, ["true"]),
]


@pytest.mark.parametrize(
    ("query", "schema", "more", "value"),
    QUERIES,
    ids=[one[0] + str(n) for n, one in enumerate(QUERIES)],
)
def test_a_query_parameter(query: str, schema: Any, more: Any, value: Any) -> None:
    given_ = parameter("query", schema, **more)
    if schema is None:
        del given_["parameters"][0]["schema"]

    call = called(given_, target=f"/x?{query}")

    assert call.query.get("p", ABSENT) == value


@pytest.mark.parametrize(
    ("text", "schema", "more", "value"),
    [
        ("7", NUMBER, {}, 7),
        ("1,2", LIST, {}, [1, 2]),
        ("a,1,b,2", OBJECT, {}, {"a": 1, "b": "2"}),
        ("a=1,b=2", OBJECT, {"explode": True}, {"a": 1, "b": "2"}),
        (".1,2", LIST, {"style": "label"}, [1, 2]),
        (".1.2", LIST, {"style": "label", "explode": True}, [1, 2]),
        (";p=1,2", LIST, {"style": "matrix"}, [1, 2]),
        (";p=1;p=2", LIST, {"style": "matrix", "explode": True}, [1, 2]),
        (";a=1;b=2", OBJECT, {"style": "matrix", "explode": True}, {"a": 1, "b": "2"}),
        ("%5B1%5D", None, {"content": {"application/json": {"schema": LIST}}}, [1]),
    ],
)
def test_a_path_parameter(text: str, schema: Any, more: Any, value: Any) -> None:
    given_ = parameter("path", schema, **more)
    if schema is None:
        del given_["parameters"][0]["schema"]

    assert called(given_, path="/x/{p}", target=f"/x/{text}").path == {"p": value}


@pytest.mark.parametrize(
    ("text", "schema", "more", "value"),
    [
        ("7", NUMBER, {}, 7),
        ("1,2", LIST, {}, [1, 2]),
        ("a=1,c=true", OBJECT, {"explode": True}, {"a": 1, "c": True}),
    ],
)
def test_a_header(text: str, schema: Any, more: Any, value: Any) -> None:
    assert called(parameter("header", schema, **more), headers=[("P", text)]).headers == {
        "p": value
    }


@pytest.mark.parametrize(
    ("cookie", "schema", "more", "value"),
    [
        ("p=7", NUMBER, {}, 7),
        ("q=1; p=7; r=2", NUMBER, {}, 7),
        ("p=a%20b", TEXT, {}, "a b"),
        ("p=1,2", LIST, {"explode": False}, [1, 2]),
        ("q=7", NUMBER, {}, ABSENT),
        ("nonsense", NUMBER, {}, ABSENT),
    ],
)
def test_a_cookie(cookie: str, schema: Any, more: Any, value: Any) -> None:
    call = called(parameter("cookie", schema, **more), headers=[("Cookie", cookie)])

    assert call.cookies.get("p", ABSENT) == value


def test_a_cookie_that_must_be_there_is_missed_and_one_that_does_not_fit_is_refused() -> None:
    given_ = parameter("cookie", NUMBER, required=True)

    assert [str(one) for one in called(given_).violations] == ["cookie/p: is required"]
    wrong = called(given_, headers=[("Cookie", "p=x")]).violations
    assert [(one.location, one.pointer) for one in wrong] == [("cookie", "/p")]


@pytest.mark.parametrize("style", ["deepObject", "form"])
def test_an_object_that_does_not_fit_is_refused_at_its_member(style: str) -> None:
    query = "p[a]=x" if style == "deepObject" else "a=x"

    wrong = called(parameter("query", OBJECT, style=style), target=f"/x?{query}").violations

    assert [(one.location, one.pointer) for one in wrong] == [("query", "/p/a")]


@given(text=st.text(st.sampled_from("p[]ab=&,.;%7C+ 1")))
def test_whatever_a_query_holds_is_decoded(text: str) -> None:
    for schema, more in (
        (OBJECT, {"style": "deepObject"}),
        (OBJECT, {}),
        (LIST, {"explode": False}),
    ):
        assert isinstance(called(parameter("query", schema, **more), target=f"/x?{text}"), Call)


# -- bodies ---------------------------------------------------------------------------------------


def body(schema: Any, *media: str) -> Any:
    return {"requestBody": {"content": {one: {"schema": schema} for one in media}}}


FORM = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": NUMBER,
        "s": TEXT,
        "l": LIST,
        "o": OBJECT,
        "f": {"type": "string", "format": "binary"},
    },
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"n=1&s=a+b%21", {"n": 1, "s": "a b!"}),
        (b"n=1&l=1&l=2", {"n": 1, "l": [1, 2]}),
        (b"n=1&l[]=1&l[]=2", {"n": 1, "l": [1, 2]}),
        (b"n=1&l[0]=1&l[1]=2", {"n": 1, "l": [1, 2]}),
        (b"n=1&o[a]=1&o[c]=true", {"n": 1, "o": {"a": 1, "c": True}}),
        (b"n=1&o=%7B%22a%22%3A1%7D", {"n": 1, "o": {"a": 1}}),
        (b"n=1&strange=x", {"n": 1}),
    ],
)
def test_a_form_is_an_object(text: bytes, value: Any) -> None:
    kind = "application/x-www-form-urlencoded"

    call = called(body(FORM, kind), headers=[("Content-Type", kind)], body=text)

    assert (call.body, call.violations) == (value, ())


def multipart(*parts: tuple[str, bytes]) -> bytes:
    written = b"".join(
        b"--b\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts
    )
    return written + b"--b--\r\n"


def test_a_form_of_several_parts_holds_texts_files_and_json() -> None:
    sent = multipart(
        ('Content-Disposition: form-data; name="n"', b"7"),
        (
            'Content-Disposition: form-data; name="f"; filename="a.bin"\r\nContent-Type: image/png',
            b"\x89\x00",
        ),
        ('Content-Disposition: form-data; name="o"\r\nContent-Type: application/json', b'{"a": 1}'),
    )
    headers = [("Content-Type", "multipart/form-data; boundary=b")]

    call = called(body(FORM, "multipart/form-data"), headers=headers, body=sent)

    assert (call.body, call.violations) == ({"n": 7, "f": "\x89\x00", "o": {"a": 1}}, ())


@pytest.mark.parametrize("data", [b"", b"--b", b"garbage", b"--b\r\n\r\n\r\n--b--", b"\xff" * 40])
def test_a_broken_form_is_taken_and_judged(data: bytes) -> None:
    headers = [("Content-Type", "multipart/form-data; boundary=b")]

    call = called(body(FORM, "multipart/form-data"), headers=headers, body=data)

    assert [one.keyword for one in call.violations] == ["required"]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [(TEXT, b"hi", "hi"), (NUMBER, b"7", 7), (NUMBER, b"seven", "seven")],
)
def test_a_text_is_a_value(schema: Any, text: bytes, value: Any) -> None:
    call = called(body(schema, "text/plain"), headers=[("Content-Type", "text/plain")], body=text)

    assert call.body == value
    assert bool(call.violations) is (value == "seven")


@pytest.mark.parametrize(
    ("declared", "sent", "taken"),
    [
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/*", "application/json", True),
        ("application/*", "application/merge-patch+json", True),
        ("*/*", "application/json", True),
        ("*/*", "image/png", True),
        ("image/*", "image/png", True),
        ("image/*", "text/plain", False),
        ("application/json", "application/merge-patch+json", False),
    ],
)
def test_media_types_are_described_by_ranges(declared: str, sent: str, taken: bool) -> None:
    call = called(body({}, declared), headers=[("Content-Type", sent)], body=b"{}")

    assert (not call.violations) is taken


def test_the_closest_range_describes_a_media_type() -> None:
    known = {"*/*": 1, "application/*": 2, "application/json": 3}

    assert described("application/json", known) == "application/json"
    assert described("application/xml", known) == "application/*"
    assert described("text/plain", known) == "*/*"
    assert described("text/plain", {"application/json": 1}) is None


def test_json_is_preferred_where_it_can_be_had() -> None:
    assert preferred(["text/html", "application/hal+json"]) == "application/hal+json"
    assert preferred(["text/html", "*/*"]) == "*/*"
    assert preferred(["image/*", "text/html"]) == "image/*"
    assert preferred([]) is None
    assert [*map(concrete, ["*/*", "application/*", "image/*", "text/x"])] == [
        "application/json", "application/json", "image/png", "text/x",
    ]  # fmt: skip
    assert is_json("application/problem+json")
    assert not is_json("application/x-ndjson")
    assert media_type(' Application/JSON ; charset="utf-8"') == "application/json"


# -- what may only be read or only be written -----------------------------------------------------


def test_what_may_only_be_read_need_not_be_sent_and_what_may_only_be_written_not_be_shown() -> None:
    thing = {
        "type": "object",
        "required": ["id", "name", "password"],
        "properties": {
            "id": {**NUMBER, "readOnly": True},
            "name": TEXT,
            "password": {"$ref": "#/components/schemas/Secret"},
        },
    }
    data = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/x": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        }
                    },
                    "responses": {},
                }
            }
        },
        "components": {"schemas": {"Thing": thing, "Secret": {**TEXT, "writeOnly": True}}},
    }
    found = read(parse(json.dumps(data), name="x", file="x.json"))
    pointer = "/components/schemas/Thing"

    def wrong(value: Any, *, request: bool) -> list[str]:
        return [
            one.message for one in found.schemas.violations(pointer, value, "body", request=request)
        ]

    assert wrong({"name": "a", "password": "b"}, request=True) == []
    assert wrong({"name": "a"}, request=True) == ['"password" is a required property']
    assert wrong({"name": "a", "id": 1}, request=False) == []
    assert wrong({"name": "a"}, request=False) == ['"id" is a required property']


ALTERNATIVES = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"tom": "#/components/schemas/Cat"}},
}
ANIMAL = {"type": "object", "required": ["kind"], "properties": {"kind": TEXT}}


@pytest.mark.parametrize(
    ("value", "keyword"),
    [
        ({"at": "2024-01-15T10:00:00"}, "format"),
        ({"at": 5}, "type"),
        ({"n": 1}, "multipleOf"),
        ({"n": -1}, "anyOf"),
    ],
)
def test_of_several_alternatives_the_one_of_the_values_type_says_what_is_wrong(
    value: Any, keyword: str
) -> None:
    moment = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
    counted = {"anyOf": [{"type": "integer", "minimum": 1, "multipleOf": 2}, {"type": "null"}]}
    data = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Thing": {"properties": {"at": moment, "n": counted}}}},
    }
    found = read(parse(json.dumps(data), name="x", file="x.json"))

    (wrong,) = found.schemas.violations("/components/schemas/Thing", value, "body")

    assert wrong.keyword == keyword


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({"kind": "tom"}, True),
        ({"kind": "Dog"}, True),
        ({"kind": "Dog", "lives": 9}, True),
        ({"kind": "bird"}, False),
        ({"kind": "tom", "lives": "nine"}, True),
        ({}, False),
    ],
)
def test_alternatives_may_be_told_by_a_name_in_them(value: Any, fits: bool) -> None:
    cat = {**ANIMAL, "properties": {"kind": TEXT, "lives": NUMBER}}
    schemas = {"Animal": ALTERNATIVES, "Cat": cat, "Dog": ANIMAL}
    data = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    found = read(parse(json.dumps(data), name="x", file="x.json"))

    wrong = list(found.schemas.violations("/components/schemas/Animal", value, "body"))

    assert (not wrong) is fits
