# ruff: noqa: E501  a table reads best in lines
"""Which requests a pattern means: WireMock's words, each with what it takes and what it leaves."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.patterns import Asked, pattern
from mockserver.problems import ProblemError
from spec import RawRequest

REQUEST = RawRequest(
    "PATCH",
    "/v1/devices/3",
    "page=2&tag=a&tag=b%20c",
    (("X-Team", "Blue one"), ("cookie", "theme=dark; lang=de")),
    b'{"name": "Tom", "tags": ["x", "y"], "size": 2, "at": null}',
)
ASKED = Asked(REQUEST, "things", "changeThing")

MEANT = [
    {},
    {"method": "patch"},
    {"method": "ANY"},
    {"url": "/v1/devices/3?page=2&tag=a&tag=b%20c"},
    {"urlPattern": "/v1/.*page=[0-9].*"},
    {"urlPath": "/v1/devices/3"},
    {"urlPathPattern": "/v1/devices/[0-9]+"},
    {"queryParameters": {"page": {"equalTo": "2"}, "none": {"absent": True}}},
    {"queryParameters": {"tag": {"equalTo": "b c"}}},
    {"headers": {"x-team": {"contains": "lue"}}},
    {"headers": {"X-Team": {"equalTo": "BLUE ONE", "caseInsensitive": True}}},
    {"headers": {"X-None": {"doesNotMatch": ".*"}}},
    {"cookies": {"lang": {"matches": "d."}}},
    {"bodyPatterns": [{"contains": "Tom"}, {"doesNotContain": "Tim"}]},
    {"bodyPatterns": [{"matchesJsonPath": "$.name"}]},
    {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.tags[*]", "equalTo": "y"}}]},
    {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.size", "equalTo": "2"}}]},
    {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.at", "absent": True}}]},
    {"bodyPatterns": [{"equalToJson": {"at": None, "size": 2.0, "tags": ["x", "y"], "name": "Tom"}}]},
    {"bodyPatterns": [{"equalToJson": '{"name":"Tom","tags":["x","y"],"size":2,"at":null}'}]},
    {"operation": "changeThing", "document": "things"},
]  # fmt: skip
LEFT = [
    {"method": "GET"},
    {"url": "/v1/devices/3"},
    {"urlPattern": "/v1"},
    {"urlPath": "/v1/devices"},
    {"urlPathPattern": "/v1/devices"},
    {"queryParameters": {"page": {"equalTo": "3"}}},
    {"queryParameters": {"page": {"absent": True}}},
    {"headers": {"X-Team": {"equalTo": "blue one"}}},
    {"headers": {"X-None": {"contains": ""}}},
    {"headers": {"X-Team": {"contains": "Blue", "doesNotContain": "one"}}},
    {"cookies": {"theme": {"equalTo": "light"}}},
    {"bodyPatterns": [{"contains": "Tom"}, {"contains": "Tim"}]},
    {"bodyPatterns": [{"matchesJsonPath": "$.surname"}]},
    {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.tags[*]", "equalTo": "z"}}]},
    {"bodyPatterns": [{"equalToJson": {"name": "Tom"}}]},
    {"operation": "changeThing", "document": "others"},
    {"operation": "readThing"},
]


@pytest.mark.parametrize("given", MEANT, ids=str)
def test_it_means(given: Any) -> None:
    assert pattern(given).matches(ASKED)


@pytest.mark.parametrize("given", LEFT, ids=str)
def test_it_leaves(given: Any) -> None:
    assert not pattern(given).matches(ASKED)


@pytest.mark.parametrize(
    ("given", "pointer", "said"),
    [
        ({"metod": "GET"}, "/metod", "Did you mean 'method'?"),
        ({"method": 1}, "/method", "expected a text"),
        ({"urlPattern": "("}, "/urlPattern", "no regular expression"),
        ({"headers": []}, "/headers", "an object of names"),
        ({"headers": {"a": {}}}, "/headers/a", "one or more of equalTo"),
        ({"headers": {"a": {"is": "x"}}}, "/headers/a/is", "unknown operator 'is'"),
        ({"headers": {"a": {"absent": 1}}}, "/headers/a/absent", "true or false"),
        ({"headers": {"a": {"contains": "x", "caseInsensitive": None}}},
         "/headers/a/caseInsensitive", "true or false"),
        ({"bodyPatterns": {}}, "/bodyPatterns", "a list"),
        ({"bodyPatterns": [{"matchesJsonPath": "$["}]}, "/bodyPatterns/0/matchesJsonPath", "JSONPath"),
        ({"bodyPatterns": [{"equalToJson": "{"}]}, "/bodyPatterns/0/equalToJson", "no JSON"),
        ([], "", "an object"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(given: Any, pointer: str, said: str) -> None:
    with pytest.raises(ProblemError, match=r".") as refused:
        pattern(given)

    assert refused.value.members["pointer"] == pointer
    assert said in refused.value.detail


def test_a_body_that_is_no_json_has_no_paths() -> None:
    asked = Asked(RawRequest("POST", "/", body=b"\xff\x00"), None, None)

    assert not pattern({"bodyPatterns": [{"matchesJsonPath": "$"}]}).matches(asked)
    assert not pattern({"bodyPatterns": [{"equalToJson": {}}]}).matches(asked)
