import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import (
    ABSENT,
    Call,
    Credential,
    RawAnswer,
    RawRequest,
    Unrouted,
    content,
    decode,
    encode,
)
from spec.router import Router
from spec.wire import media_type, query_pairs, scalar
from tests.spec import lamps
from tests.spec.drawing import examples
from tests.spec.scratch import changed, contract
from tests.spec.worlds import BASE, FLEET, JSON, called, sent

SURE, DOUBTFUL = "sure", "doubtful"


def verdict(call):
    """What the shape check says: None, or whether the worst violation is beyond doubt."""
    if not call.violations:
        return None
    return SURE if any(not one.doubtful for one in call.violations) else DOUBTFUL


@pytest.mark.parametrize(
    ("query", "values", "judged"),
    [
        ("", {"limit": 50, "offset": 0}, None),
        ("limit=7", {"limit": 7}, None),
        ("limit=2.0", {"limit": 2}, None),
        ("limit=2.5", {"limit": 2.5}, SURE),
        ("limit=2e0", {}, DOUBTFUL),
        ("limit=20e-1", {}, DOUBTFUL),
        ("limit=%202", {}, DOUBTFUL),
        ("limit=+2", {}, DOUBTFUL),
        ("limit=%2B2", {}, DOUBTFUL),
        ("limit=02", {}, DOUBTFUL),
        ("limit=1_0", {}, DOUBTFUL),
        ("limit=0x10", {"limit": "0x10"}, SURE),
        ("limit=ten", {"limit": "ten"}, SURE),
        ("limit=%D9%A3", {"limit": "\u0663"}, SURE),
        ("limit=NaN", {"limit": "NaN"}, SURE),
        ("limit=1e400", {}, DOUBTFUL),
        ("limit=" + "9" * 5000, {}, DOUBTFUL),
        ("limit=" + "x" * 5000, {"limit": "x" * 5000}, SURE),
        ("offset=" + "9" * 25, {"offset": int("9" * 25)}, None),
        ("limit=true", {"limit": "true"}, SURE),
        ("limit=null", {"limit": "null"}, SURE),
        ("limit=", {}, SURE),
        ("limit", {}, SURE),
        ("limit=1&limit=2", {}, SURE),
        ("limit=1&limit=1", {}, SURE),
        ("limit=1&Limit=x", {"limit": 1}, None),
        ("limit=1&", {"limit": 1}, None),
        ("&&limit=1", {"limit": 1}, None),
        ("limit%3D1", {"limit": 50}, None),
        ("%6Cimit=3", {"limit": 3}, None),
        ("unknown=1&unknown=2", {"limit": 50}, None),
        ("search=a+b", {"search": "a b"}, None),
        ("search=a%20b", {"search": "a b"}, None),
        ("search=+", {"search": " "}, None),
        ("search=a=b", {"search": "a=b"}, None),
        ("search=%FF", {"search": "\ufffd"}, None),
        ("search=100%", {"search": "100%"}, None),
        ("user_id=0", {"user_id": 0}, SURE),
        ("user_id=-0", {"user_id": 0}, SURE),
        ("client_status=AVAILABLE", {"client_status": "AVAILABLE"}, None),
        ("client_status=available", {"client_status": "available"}, SURE),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_query_is_decoded(query, values, judged):
    call = called(f"GET /devices?{query}")

    assert verdict(call) == judged
    assert {name: call.query.get(name, ABSENT) for name in values} == values


LAMPS = lamps.contract()


def asked(query, contract=LAMPS):
    call = decode(contract, RawRequest("GET", "/v2/lamps", query))
    assert isinstance(call, Call)
    return call


@pytest.mark.parametrize(
    ("query", "name", "value", "judged"),
    [
        # Joined by commas, each value of the type of the items.
        ("watts_in=5", "watts_in", [5], None),
        ("watts_in=5,7", "watts_in", [5, 7], None),
        ("watts_in=5%2C7", "watts_in", [5, 7], None),
        ("watts_in=5,7.0", "watts_in", [5, 7], None),
        ("watts_in=5,7.5", "watts_in", [5, 7.5], SURE),
        ("watts_in=5,x", "watts_in", [5, "x"], SURE),
        ("watts_in=5,", "watts_in", [5, ""], SURE),
        ("watts_in=,", "watts_in", ["", ""], SURE),
        ("watts_in=", "watts_in", [""], SURE),
        ("watts_in=5,7e", "watts_in", [5, "7e"], SURE),
        # Each in a parameter of its own; a comma is part of the value.
        ("colour=red", "colour", ["red"], None),
        ("colour=red&colour=blue", "colour", ["red", "blue"], None),
        ("colour=red,blue", "colour", ["red,blue"], None),
        ("colour=red&watts=1&colour=red", "colour", ["red", "red"], None),
        ("colour=&colour=red", "colour", ["", "red"], None),
        ("colour", "colour", [""], None),
        ("flag=true&flag=false", "flag", [True, False], None),
        ("flag=true&flag=yes", "flag", [True, "yes"], SURE),
        ("flag=true,false", "flag", ["true,false"], SURE),
    ],
)  # fmt: skip
def test_a_list_is_decoded(query, name, value, judged):
    call = asked(query)

    assert call.query[name] == value
    assert verdict(call) == judged


@pytest.mark.parametrize(
    "query", ["watts_in=5, 7", "watts_in=5,07", "watts_in=2e0", "watts_in=+1", "flag=true&flag=1"]
)
def test_an_unusual_spelling_inside_a_list_is_doubtful(query):
    call = asked(query)

    assert query.partition("=")[0] not in call.query
    assert verdict(call) == DOUBTFUL


@pytest.mark.parametrize(
    ("policy", "value", "judged"),
    [("refused", ABSENT, SURE), ("first", 1, None), ("open", ABSENT, DOUBTFUL)],
)
def test_a_repeated_parameter_is_read_by_the_documents_policy(policy, value, judged):
    contract = lamps.contract(lamps.changed("repeated: first", f"repeated: {policy}"))

    call = asked("watts=1&watts=2", contract)

    assert call.query.get("watts", ABSENT) == value
    assert verdict(call) == judged


@pytest.mark.parametrize(
    ("policy", "value", "judged"),
    [("refused", ABSENT, SURE), ("kept", "", SURE), ("open", ABSENT, DOUBTFUL)],
)
def test_an_empty_value_is_read_by_the_documents_policy(policy, value, judged):
    contract = lamps.contract(lamps.changed("empty: kept", f"empty: {policy}"))

    call = asked("watts=", contract)

    assert call.query.get("watts", ABSENT) == value
    assert verdict(call) == judged


@pytest.mark.parametrize("policy", ["refused", "kept", "open"])
def test_only_the_first_of_repeated_values_can_be_empty(policy):
    contract = lamps.contract(lamps.changed("empty: kept", f"empty: {policy}"))

    call = asked("watts=1&watts=", contract)

    assert call.query["watts"] == 1
    assert verdict(call) is None


def test_a_list_with_an_empty_value_is_empty_by_policy_as_well():
    contract = lamps.contract(lamps.changed("empty: kept", "empty: refused"))

    assert verdict(asked("colour=red&colour=", contract)) == SURE
    assert verdict(asked("watts_in=", contract)) == SURE
    assert verdict(asked("colour=red", contract)) is None


def test_a_document_that_says_nothing_leaves_its_readers_free():
    contract = lamps.contract(
        lamps.changed("x-contract-reading: {repeated: first, empty: kept}\n", "")
    )

    assert verdict(asked("watts=1&watts=1", contract)) == DOUBTFUL
    assert verdict(asked("watts=", contract)) == DOUBTFUL
    assert verdict(asked("colour=a&colour=b", contract)) is None
    assert verdict(asked("unknown=&unknown=", contract)) is None


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("watts_gt=1", ["/watts_gt"]),
        ("watts_gt=1&watts_gt=2", ["/watts_gt"]),
        ("watts_gt", ["/watts_gt"]),
        ("made_in=x&watts_like=y", ["/made_in", "/watts_like"]),
        ("watts_eq=1", ["/watts_eq"]),
        ("watts_ne=1", []),
        ("watts_is=1", []),
        ("Watts_gt=1", []),
        ("colour_ne=red", []),
        ("since_gt=x", []),
        ("label_gt=1", []),
    ],
)
def test_an_operator_that_a_filter_does_not_take_is_refused(query, refused):
    call = asked(query)

    assert sorted(one.pointer for one in call.violations) == refused
    assert {one.keyword for one in call.violations} <= {"operator"}


@pytest.mark.parametrize(
    ("query", "judged"),
    [
        ("since=2024-05-03T09:15:00Z", None),
        ("since=2024-05-03T09:15:00%2B02:00", None),
        ("since=2024-05-03T09:15:00-02:00", None),
        ("since=2024-05-03T09:15:00+02:00", SURE),
        ("since=2024-05-03T09:15:00", SURE),
        ("since=2024-05-03", SURE),
        ("since=", SURE),
        ("since=1714727700", SURE),
    ],
)
def test_a_date_time_has_a_zone_and_its_plus_is_escaped(query, judged):
    assert verdict(asked(query)) == judged


EXPLODED = lamps.contract(lamps.changed("explode: false, ", ""))


@examples(150)
@given(st.lists(st.integers(-99, 999), min_size=1, max_size=5))
def test_a_list_means_the_same_joined_and_one_by_one(values):
    joined = asked("watts_in=" + ",".join(map(str, values)))
    exploded = asked("&".join(f"watts_in={one}" for one in values), EXPLODED)

    assert joined.query["watts_in"] == exploded.query["watts_in"] == values


def body_of(raw, headers=(JSON,)):
    return called("PATCH /devices/1", raw=raw, headers=headers)


@pytest.mark.parametrize(
    ("raw", "value", "judged"),
    [
        (b'{"name": "x"}', {"name": "x"}, None),
        (b'\n {"name":\t"x"} \r\n', {"name": "x"}, None),
        (b'{"name": "x", "other": [1]}', {"name": "x"}, None),
        (b'{"name": "x", "name": "x"}', {"name": "x"}, DOUBTFUL),
        (b'{"name": 1, "name": "x"}', {"name": "x"}, DOUBTFUL),
        (b'{"name": "x", "name": 1}', {"name": 1}, DOUBTFUL),
        (b'{"user_id": 2.0}', {"user_id": 2.0}, None),
        (b'{"user_id": 2e0}', {"user_id": 2.0}, None),
        (b'{"user_id": 1e400}', {"user_id": 0.0}, DOUBTFUL),
        (b'{"user_id": ' + b"9" * 30 + b"}", {"user_id": int("9" * 30)}, None),
        (b'{"user_id": ' + b"9" * 5000 + b"}", ABSENT, DOUBTFUL),
        (b'{"user_id": NaN}', ABSENT, SURE),
        (b'{"user_id": Infinity}', ABSENT, SURE),
        (b'{"user_id": 01}', ABSENT, SURE),
        (b'{"user_id": 1,}', ABSENT, SURE),
        (b"{'user_id': 1}", ABSENT, SURE),
        (b'{"user_id": 1} x', ABSENT, SURE),
        (b"[" * 10_000 + b"]" * 10_000, ABSENT, DOUBTFUL),
        (b'{"name": "\xff"}', ABSENT, SURE),
        (b'\xef\xbb\xbf{"name": "x"}', ABSENT, SURE),
        ('{"name": "x"}'.encode("utf-16"), ABSENT, SURE),
        (b'{"name": "\\ud800"}', {"name": "\ud800"}, DOUBTFUL),
        (b'{"\\ud800": 1, "name": "x"}', {"name": "x"}, DOUBTFUL),
        (b'{"name": "\\ud83d\\ude00"}', {"name": "\U0001f600"}, None),
        (b'{"name": "a\\u0000b"}', {"name": "a\0b"}, None),
        (b'{"name": "a\nb"}', ABSENT, SURE),
        (b"", ABSENT, SURE),
        (b" ", ABSENT, SURE),
        (b"null", None, SURE),
        (b"[]", [], SURE),
        (b'"x"', "x", SURE),
        (b"{}", {}, None),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_body_is_decoded(raw, value, judged):
    call = body_of(raw)

    assert verdict(call) == judged
    assert call.body == value


@pytest.mark.parametrize(
    ("kind", "judged"),
    [
        ("application/json", None),
        ("Application/JSON", None),
        ("application/json;charset=utf-8", None),
        ("application/json; charset=UTF-8", None),
        ('application/json; charset="utf-8"', None),
        ("application/json ; profile=x", None),
        ("application/json; charset=latin-1", DOUBTFUL),
        ("application/json; charset=", DOUBTFUL),
        ("text/plain", SURE),
        ("application/merge-patch+json", SURE),
        ("application/jsonx", SURE),
        ("", SURE),
        (";", SURE),
        (None, SURE),
    ],
)
def test_a_content_type_is_judged(kind, judged):
    headers = () if kind is None else (("content-TYPE", kind),)

    assert verdict(body_of(b'{"name": "x"}', headers)) == judged


def test_a_body_without_a_content_type_is_looked_at_by_policy():
    reading = "x-contract-reading: {repeated: first, empty: kept"
    contract = lamps.contract(lamps.changed(reading, f"{reading}, untyped: open"))

    call = decode(contract, RawRequest("POST", f"{contract.base_path}/lamps", body=b'{"watts": 7}'))

    assert isinstance(call, Call)
    assert verdict(call) == DOUBTFUL
    assert call.body == {"watts": 7}


def test_a_required_body_that_is_missing_is_a_violation():
    call = body_of(b"", ())

    assert [one.keyword for one in call.violations] == ["required"]


def test_a_body_where_none_is_described_is_not_read():
    call = called("DELETE /devices/1", raw=b"\xff", headers=(("Content-Type", "image/png"),))

    assert call.body is ABSENT
    assert call.violations == ()


def test_fields_that_are_not_declared_are_dropped_at_every_depth():
    row = {"name": "n", "type": "t", "category": "c", "source": "FLEET", "id": 1}

    call = called("POST /devices", {"devices": [row], "force": True})

    assert call.body == {"devices": [{"name": "n", "type": "t", "category": "c"}]}


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("Bearer k", "k"),
        ("Bearer  k ", "k"),
        ("Bearer", None),
        ("Bearer ", None),
        ("bearer k", None),
        ("BEARER k", None),
        ("Token k", None),
        ("k", None),
        ("Bearer\tk", None),
        ("", None),
    ],
)
def test_a_credential_is_read_in_the_declared_spelling(value, secret):
    headers = (("authorization", value),)

    found = called("GET /devices", key=None, headers=headers).credential

    assert found == (None if secret is None else Credential("bearerAuth", secret))


def test_a_scheme_that_takes_any_case_takes_any_case():
    api_key = "{type: apiKey, in: header, name: X-Key}"
    found = contract(changed(api_key, "{type: http, scheme: bearer}"))

    call = decode(found, RawRequest("GET", "/v1/notes", "", (("Authorization", "bEARER k"),)))

    assert isinstance(call, Call)
    assert call.credential == Credential("key", "k")


@pytest.mark.parametrize(
    ("scheme", "request_"),
    [
        ("{type: apiKey, in: header, name: X-Key}", {"headers": (("x-key", "k e"),)}),
        ("{type: apiKey, in: query, name: key}", {"query": "limit=1&key=k+e&key=z"}),
    ],
)
def test_an_api_key_is_read_where_it_is_declared(scheme, request_):
    found = contract(changed("{type: apiKey, in: header, name: X-Key}", scheme))

    call = decode(found, RawRequest("GET", "/v1/notes", **request_))

    assert isinstance(call, Call)
    assert call.credential == Credential("key", "k e")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("GET /devices", ("listDevices", {})),
        ("HEAD /devices", ("listDevices", {})),
        ("POST /devices", ("createDevices", {})),
        ("GET /devices/1", ("getDevice", {"device_id": "1"})),
        ("GET /devices/a%20b", ("getDevice", {"device_id": "a b"})),
        ("GET /devices/a+b", ("getDevice", {"device_id": "a+b"})),
        ("GET /devices/a%2Fb", ("getDevice", {"device_id": "a/b"})),
        ("GET /devices/%2e%2e", ("getDevice", {"device_id": ".."})),
        ("GET /devices/%FF", ("getDevice", {"device_id": "\ufffd"})),
        ("GET /devices/;v=1", ("getDevice", {"device_id": ";v=1"})),
        ("GET /devices/", ((), None)),
        ("GET /devices//", ((), None)),
        ("GET /devices/1/", ((), None)),
        ("GET /devices/1/2", ((), None)),
        ("GET //devices", ((), None)),
        ("GET /Devices", ((), None)),
        ("GET /", ((), None)),
        ("GET ", ((), None)),
        ("PUT /devices", (("GET", "POST"), None)),
        ("get /devices", (("GET", "POST"), None)),
        ("POST /devices/1", (("GET", "PATCH", "DELETE"), None)),
        ("OPTIONS /devices/1", (("GET", "PATCH", "DELETE"), None)),
    ],
)
def test_a_request_line_is_routed(line, found):
    method, _, path = line.partition(" ")

    got = FLEET.router.match(method, BASE + path)

    if isinstance(got, Unrouted):
        assert (tuple(sorted(got.allowed)), None) == (tuple(sorted(found[0])), found[1])
    else:
        assert (got[0].id, got[1]) == found


def test_what_lies_outside_of_the_base_path_is_not_routed():
    for path in ("/devices", "/platform/v1", "/platform/v2/devices", "/platform/v1devices"):
        assert isinstance(FLEET.router.match("GET", path), Unrouted)


def test_a_request_that_nothing_answers_is_told_the_nearest_operation():
    got = decode(FLEET, sent("GET /device"))

    assert isinstance(got, Unrouted)
    assert got.nearest is not None
    assert got.nearest.id == "listDevices"


def test_a_literal_segment_beats_a_parameter():
    text = changed("  /notes/{note_id}:\n", "  /notes/latest:\n    get: {operationId: getLatest}\n"
                   "  /{board}/latest:\n    get: {operationId: getBoard}\n"
                   "  /notes/{note_id}:\n")  # fmt: skip
    operations = list(contract(text).operations.values())

    for order in (operations, operations[::-1]):
        router = Router(order, "/v1")
        found = {
            path: router.match("GET", f"/v1/{path}")[0].id
            for path in ("notes/latest", "notes/1", "board/latest")
        }
        assert found == {
            "notes/latest": "getLatest",
            "notes/1": "getNote",
            "board/latest": "getBoard",
        }


@pytest.mark.parametrize(
    ("kind", "text", "value", "doubtful"),
    [
        ("boolean", "true", True, False),
        ("boolean", "True", "True", False),
        ("boolean", "1", "1", True),
        ("boolean", "off", "off", True),
        ("boolean", "yes", "yes", False),
        ("number", "1.5", 1.5, False),
        ("number", "1e3", 1000.0, False),
        ("number", "7", 7, False),
        ("number", ".5", ".5", True),
        ("number", "1e999", "1e999", True),
        ("number", "inf", "inf", False),
        ("string", "1", "1", False),
        ("integer", "-3", -3, False),
        ("integer", "- 3", "- 3", False),
    ],
)
def test_a_text_is_read_as_its_parameters_type(kind, text, value, doubtful):
    found, doubt = scalar(kind, text)

    assert (found, doubt) == (value, doubtful)
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("2024-02-29", False), ("2023-02-29", True), ("yesterday", True), ("2024-01-15T09:30Z", True)],
)
def test_a_format_is_judged(text, wrong):
    found = contract(changed("title: {type: string, minLength: 1}", "title: {format: date}"))
    body = json.dumps({"title": text}).encode()

    call = decode(found, RawRequest("POST", "/v1/notes", "", (JSON,), body))

    assert isinstance(call, Call)
    assert bool(call.violations) is wrong


@examples(200)
@given(st.sampled_from(["integer", "number", "boolean", "string"]), st.text(max_size=12))
def test_any_text_is_read_without_a_crash(kind, text):
    value, doubtful = scalar(kind, text)

    assert doubtful or isinstance(value, (str, int, float, bool))


@examples(200)
@given(st.binary(max_size=60), st.sampled_from([JSON, ("Content-Type", "x\n y;charset=\0")]))
def test_any_bytes_are_decoded_without_a_crash(raw, header):
    assert isinstance(body_of(raw, (header,)), Call)


@examples(200)
@given(st.text(st.sampled_from("abl=&+%0129 imt\xff;#?"), max_size=30))
def test_any_query_is_decoded_without_a_crash(query):
    assert isinstance(decode(FLEET, RawRequest("GET", BASE + "/devices", query)), Call)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)  # fmt: skip


@examples(200)
@given(JSON_VALUES)
def test_what_is_encoded_is_read_back(value):
    try:
        data = encode(value)
    except UnicodeEncodeError:
        return

    assert content(RawAnswer(200, (), data)) == value
    assert json.loads(data) == value


@pytest.mark.parametrize("data", [b"", b"NaN", b'{"a": Infinity}', b"\xff", b"{", b"[1]]"])
def test_what_is_not_json_has_no_content(data):
    assert content(RawAnswer(200, (), data)) is ABSENT


def test_pairs_keep_their_order_and_blank_values():
    assert list(query_pairs("b=&a=1&b=2&c")) == [("b", ""), ("a", "1"), ("b", "2"), ("c", "")]


def test_a_media_type_is_lower_case_and_without_parameters():
    assert media_type("Text/HTML ; charset=x") == "text/html"
    assert media_type(None) == ""
