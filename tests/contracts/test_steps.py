from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.steps import (
    Exchange,
    Fresh,
    Ref,
    Spelt,
    Step,
    of_json,
    redacted,
    request_of,
    resolved,
    shifted,
    text,
)
from spec import ABSENT, Contract, Credential, RawAnswer, RawRequest, read

WRITER = Credential("bearerAuth", "s3")
REFS = st.builds(Ref, st.integers(0, 9), st.sampled_from(["", "/id", "/data/0/a~1b"]))
FRESH = st.builds(Fresh, st.integers(0, 9), st.text(max_size=3))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
TEMPLATES = st.recursive(
    SCALARS | REFS | FRESH,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5).filter(lambda one: one[:1] != "$"), inner, max_size=3)
    ),
    max_leaves=8,
)
STEPS = st.builds(
    Step,
    operation=st.sampled_from(["getDevice", "updateDevice"]),
    credential=st.none() | st.sampled_from(["writer", "=literal"]),
    path=st.dictionaries(st.just("device_id"), SCALARS | REFS | FRESH),
    query=st.lists(st.tuples(st.text(max_size=5), SCALARS | REFS | FRESH), max_size=2).map(tuple),
    body=TEMPLATES | st.just(ABSENT),
    headers=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple),
    raw=st.none() | st.binary(max_size=9),
    content_type=st.none() | st.just("text/plain"),
    provokes=st.none() | st.just("SOME_PROBLEM"),
    note=st.text(max_size=5),
    method=st.none() | st.just("PUT"),
    suffix=st.sampled_from(["", "/x"]),
)


@given(STEPS)
def test_a_step_is_read_back_from_json_as_it_was(step: Step) -> None:
    assert of_json(json.loads(json.dumps(step.as_json()))) == step


@pytest.mark.parametrize(
    "broken", [{}, {"operation": "a"}, {**Step("a", None).as_json(), "raw": "%"}]
)
def test_what_is_no_step_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        of_json(broken)


def test_a_null_body_is_not_an_absent_one() -> None:
    assert of_json(Step("a", None, body=None).as_json()).body is None
    assert of_json(Step("a", None).as_json()).body is ABSENT


def test_references_are_found_wherever_they_stand() -> None:
    step = Step(
        "a",
        None,
        path={"x": Ref(0, "")},
        query=(("q", Ref(1, "")),),
        body={"b": [{"c": Ref(2, "")}]},
    )

    assert step.refs() == {0, 1, 2}


def test_shifting_renumbers_references_and_nothing_else() -> None:
    step = Step("a", None, path={"x": Ref(3, "/id")}, body=[Ref(5, "/id"), Fresh(3)])

    moved = shifted(step, {3: 0, 5: 1})

    assert moved.path == {"x": Ref(0, "/id")}
    assert moved.body == [Ref(1, "/id"), Fresh(3)]


def answered(body: Any) -> Exchange:
    return Exchange(Step("a", None), RawRequest("GET", "/"), RawAnswer(200, (), b""), body)


def test_a_reference_stands_for_the_value_in_the_answer() -> None:
    exchanges = [answered({"data": [{"id": 7}]})]

    value = resolved({"id": Ref(0, "/data/0/id"), "n": Fresh(2, "!")}, exchanges, fresh_text)

    assert value == {"id": 7, "n": "fresh-2!"}


def test_a_reference_that_leads_nowhere_gives_null() -> None:
    assert resolved(Ref(0, "/data/9/id"), [answered({"data": []})], fresh_text) is None
    assert resolved(Ref(0, "/id"), [answered(None)], fresh_text) is None


def test_a_value_is_spelt_otherwise_as_a_text() -> None:
    exchanges = [answered({"id": 7})]

    assert resolved(Spelt(Ref(0, "/id"), "0", " "), exchanges, fresh_text) == "07 "
    assert Step("a", None, path={"x": Spelt(Ref(4, "/id"))}).refs() == {4}
    moved = shifted(Step("a", None, path={"x": Spelt(Ref(4, "/id"), "+")}), {4: 2})
    assert moved.path == {"x": Spelt(Ref(2, "/id"), "+")}
    assert of_json(moved.as_json()) == moved


def fresh_text(one: Fresh) -> str:
    return f"fresh-{one.number}{one.suffix}"


def request(fleet: Contract, step: Step, **more: Any) -> RawRequest:
    return request_of(
        fleet, "/base", step, credentials={"writer": WRITER}, fresh=fresh_text, **more
    )


def test_paths_and_queries_are_percent_encoded(fleet: Contract) -> None:
    step = Step("getDevice", None, path={"device_id": "a/b ü"}, query=(("q&", "1=2"), ("t", True)))

    sent = request(fleet, step)

    assert sent.target == "/base/devices/a%2Fb%20%C3%BC?q%26=1%3D2&t=true"


@pytest.mark.parametrize(
    ("credential", "carried"),
    [(None, None), ("writer", "Bearer s3"), ("=made up", "Bearer made up")],
)
def test_a_credential_is_a_name_or_a_literal(
    credential: str | None, carried: str | None, fleet: Contract
) -> None:
    assert request(fleet, Step("listDevices", credential)).header("Authorization") == carried


@pytest.mark.parametrize(
    ("credential", "carried"),
    [
        ("=oat", "Bearer oat"),
        ("=bearerAuth oat", "Bearer oat"),
        ("=basicAuth user:key", "Basic dXNlcjprZXk="),
        ("=nothing user:key", "Bearer nothing user:key"),
    ],
)
def test_a_literal_may_name_its_scheme(credential: str, carried: str) -> None:
    step = Step("listDevices", credential, path={"organization_slug": "a", "project_slug": "b"})

    assert request(read("memfault"), step).header("Authorization") == carried


def test_a_step_may_be_one_that_no_operation_answers(fleet: Contract) -> None:
    step = Step("getDevice", None, path={"device_id": 1}, method="PUT", suffix="/x")

    sent = request(fleet, step)

    assert (sent.method, sent.path) == ("PUT", "/base/devices/1/x")


def test_raw_bytes_replace_the_body_and_none_leaves_out_the_content_type(fleet: Contract) -> None:
    plain = request(fleet, Step("createDevices", None, body={"a": 1}))
    raw = request(fleet, Step("createDevices", None, body={"a": 1}, raw=b"\xff", content_type=None))
    none = request(fleet, Step("createDevices", None))

    assert (plain.body, plain.header("Content-Type")) == (b'{"a":1}', "application/json")
    assert (raw.body, raw.header("Content-Type")) == (b"\xff", None)
    assert (none.body, none.header("Content-Type")) == (b"", None)


def test_the_session_is_sent_along(fleet: Contract) -> None:
    sent = request(fleet, Step("listDevices", None), session=("X-Mock-Session", "one"))

    assert sent.header("x-mock-session") == "one"


@pytest.mark.parametrize(
    ("value", "written"), [("a", "a"), (7, "7"), (True, "true"), (None, "null"), ([1, "b"], "1,b")]
)
def test_values_are_written_as_a_query_writes_them(value: Any, written: str) -> None:
    assert text(value) == written


def test_no_secret_stays_in_an_exchange_not_even_where_it_is_cut() -> None:
    secret = "s" * 40
    exchange = Exchange(
        Step("a", None),
        RawRequest("GET", f"/{secret}", secret, (("Authorization", secret),), secret.encode()),
        RawAnswer(200, (("X", secret),), b"x" * 4080 + secret.encode()),
        None,
    )

    plain = json.dumps(exchange.as_json({secret: "$T"}))

    assert "sssss" not in plain
    assert plain.count("$T") >= 5


def test_the_longer_of_two_secrets_is_hidden_first() -> None:
    assert redacted("abcdef abc", {"abc": "$A", "abcdef": "$B"}) == "$B $A"
