from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mockserver
from contracts.oracle.contradictions import Contradiction
from contracts.profile import Profile, load
from contracts.report import curl
from contracts.run.findings import Finding
from contracts.steps import Exchange, Ref, Step
from contracts.target import HttpTarget
from contracts.waiting import sent_again
from contracts.walk import World
from mockserver.testing import running
from spec import Contract, Place, RawAnswer, RawRequest, read
from tests.contracts.conftest import PROFILE, Recorder
from tests.contracts.made import CREATE, MADE, TITLE, create, on, shown
from tests.independent import fleet_server

PROFILES = Path(mockserver.__file__).with_name("fixtures")

needs_curl = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="bash or curl is not installed"
)


def run(script: str, profile: Profile) -> str:
    """Return what a script prints when bash runs it with the profile's secrets at hand."""
    names = {one.variable: one.secret for one in profile.credentials.values()}
    done = subprocess.run(
        ["bash", "-u"],
        input=script.encode(),
        env={**os.environ, **names},
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8", "replace")


def status(printed: str) -> int:
    return int(printed[printed.rindex("HTTP/1.1 ") :].split(" ")[1])


def body_of(printed: str) -> Any:
    return json.loads(printed[printed.rindex("HTTP/1.1 ") :].partition("\r\n\r\n")[2])


KINDS: dict[str, tuple[str, list[Step], Callable[[str], bool]]] = {
    "an accepted call": (
        "patch-steals-serial",
        [create(CREATE), on(MADE, "updateDevice", body={"serial_number": "FL-MBP-0101"})],
        lambda printed: status(printed) == 200,
    ),
    "a fresh text twice in one body": (
        "duplicate-serial-in-batch",
        [create({**CREATE, "serial_number": TITLE}, {**CREATE, "serial_number": TITLE})],
        lambda printed: status(printed) == 201,
    ),
    "a fresh text in two requests": (
        "duplicate-serial-on-create",
        [create({**CREATE, "serial_number": TITLE}), create({**CREATE, "serial_number": TITLE})],
        lambda printed: status(printed) == 201,
    ),
    "a lost update": (
        "patch-comment-not-stored",
        [
            create(CREATE),
            on(MADE, "updateDevice", body={"comment": 'it\'s "here" « $HOME'}),
            on(MADE, "getDevice"),
        ],
        lambda printed: status(printed) == 200 and body_of(printed)["data"]["comment"] is None,
    ),
    "a text in a query": (
        "search-case-sensitive",
        [
            create({**CREATE, "name": "Zebra & Co"}),
            Step("listDevices", "writer", query=(("search", "zebra"),)),
        ],
        lambda printed: status(printed) == 200 and body_of(printed)["data"] == [],
    ),
    "a body of another type": (
        "content-type-unchecked",
        [create(CREATE, content_type="text/plain")],
        lambda printed: status(printed) == 201,
    ),
    "a body of no type": (
        "content-type-unchecked",
        [create(CREATE, content_type=None)],
        lambda printed: status(printed) == 201,
    ),
    "raw bytes": (
        "shape-error-as-code",
        [create(CREATE), on(MADE, "updateDevice", raw=b'{ "name":\n 7 }')],
        lambda printed: " " not in body_of(printed)["error"],
    ),
    "a credential of another company": (
        "foreign-device-403",
        [
            create(CREATE),
            Step("updateDevice", "other", path={"device_id": MADE}, body={"name": "b"}),
        ],
        lambda printed: status(printed) == 403,
    ),
}


@needs_curl
@pytest.mark.parametrize("kind", KINDS)
def test_the_script_of_a_finding_shows_the_contradiction_again_and_again(
    kind: str, fleet: Contract
) -> None:
    defect, steps, visible = KINDS[kind]
    with fleet_server.start(defect) as server:
        profile = load(PROFILE, fleet, url=server.url)
        script = curl.script(shown(fleet, profile, steps), profile, fleet)

        assert visible(run(script, profile))
        assert "vnd_" not in script
    with fleet_server.start() as server:
        elsewhere = script.replace(profile.url, server.url)

        assert not visible(run(elsewhere, profile))


def sent(fleet: Contract, profile: Profile, *steps: Step) -> Finding:
    """Return a finding out of steps that were sent to whatever answers at the profile's URL."""
    target = HttpTarget(profile.url)
    walk = World(fleet, profile, target, "0a1b2c3d").start()
    sent_again(walk, steps)
    target.close()
    one = Contradiction(
        ("form", "", ""), "row", "getDevice", "It is so.", "this", "that", Place("a", "", 1, 1)
    )
    exchanges = tuple(walk.exchanges)
    return Finding(
        one, tuple(e.step for e in exchanges), exchanges, "by hand", frozenset({"getDevice"})
    )


ODD = {
    "invalid UTF-8": {"raw": b'{"name": "\xff\xc3("}'},
    "every byte": {"raw": bytes(range(256))},
    "NUL": {"raw": b"a\0b%s\\n'"},
    "a body like a file name": {"raw": b"@/etc/hostname"},
    "quotes and dollars": {"body": {"name": "'\"$HOME`id`\\!\n\t"}},
    "beyond ASCII": {"body": {"name": "Ärger 🦓 \u202e"}},
    "no type": {"raw": b"{}", "content_type": None},
    "an odd type": {"raw": b"{}", "content_type": "application/json; charset='x'"},
    "10,000 brackets": {"raw": b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"},
    "200 KB without repetition": {"raw": "".join(map(str, range(45_000))).encode()},
    "a name of 4096": {"body": {"name": "t" * 4096}},
    "headers": {"body": {}, "headers": (("X-Odd", "a 'b' \"c\" $d"), ("X-Empty", ""))},
}


@needs_curl
@pytest.mark.parametrize("case", ODD)
def test_curl_sends_the_very_bytes_that_were_sent(
    case: str, fleet: Contract, recorder: Recorder
) -> None:
    profile = load(PROFILE, fleet, url=recorder.url)
    finding = sent(fleet, profile, on("7", "updateDevice", **ODD[case]))

    run(curl.script(finding, profile, fleet), profile)

    first, second = recorder.received
    ours = [name for name, _ in finding.exchanges[0].request.headers]
    assert (second.method, second.target) == (first.method, first.target)
    assert second.body == first.body
    assert [second.header(name) for name in ours] == [first.header(name) for name in ours]
    assert second.header("Content-Type") == first.header("Content-Type")


@needs_curl
def test_curl_asks_for_what_the_document_has_not(fleet: Contract, recorder: Recorder) -> None:
    profile = load(PROFILE, fleet, url=recorder.url)
    finding = sent(fleet, profile, on("7", "getDevice", method="POST", suffix="/cfk/unknown"))

    run(curl.script(finding, profile, fleet), profile)

    first, second = recorder.received
    assert (second.method, second.target) == (first.method, first.target)
    assert first.target.endswith("/devices/7/cfk/unknown")


@needs_curl
@pytest.mark.parametrize("key", ["..", ".", "a/b?c#d", "{x}", "[1-3]", "ü %", "'", "-"])
def test_curl_asks_for_the_very_path(key: str, fleet: Contract, recorder: Recorder) -> None:
    profile = load(PROFILE, fleet, url=recorder.url)
    finding = sent(fleet, profile, on(key, "getDevice"))

    run(curl.script(finding, profile, fleet), profile)

    assert recorder.received[1].target == recorder.received[0].target


@needs_curl
def test_values_of_earlier_answers_keep_their_type_and_spelling(
    fleet: Contract, recorder: Recorder
) -> None:
    recorder.body = json.dumps({"n": 5, "t": "a \"b\" 'c'/ü", "b": True, "z": None}).encode()
    profile = load(PROFILE, fleet, url=recorder.url)
    values = {name: Ref(0, f"/{name}") for name in "ntbz"} | {"gone": Ref(0, "/x/y")}
    finding = sent(
        fleet,
        profile,
        Step("listDevices", "reader"),
        on(Ref(0, "/t"), "updateDevice", body=values),
    )
    # The walk stopped at the first answer, which is no list.
    finding = dataclasses.replace(finding, **two(fleet, profile, recorder, values))
    recorder.received.clear()

    run(curl.script(finding, profile, fleet), profile)

    last = recorder.received[-1]
    assert last.target == "/platform/v1/devices/a%20%22b%22%20%27c%27%2F%C3%BC"
    assert json.loads(last.body) == {
        "n": 5,
        "t": "a \"b\" 'c'/ü",
        "b": True,
        "z": None,
        "gone": None,
    }


@needs_curl
def test_the_script_waits_for_work_that_it_has_set_going() -> None:
    edgeiq = read("edgeiq")
    path = {"fleet_id": "65a0f1000000000000000001"}
    body = {"action": "add_tags", "tags": ["lent"]}
    with running(["edgeiq"], arguments=["--rate", "10"]) as mock:
        profile = load(PROFILES / "edgeiq.profile.toml", edgeiq, url=mock.urls["edgeiq"])
        key = Ref(0, "/bulk_response_id")
        one = sent(
            edgeiq,
            profile,
            Step("executeFleetAction", "admin", path=path, body=body),
            Step("getBulkResponse", "admin", path={"bulk_response_id": key}),
            Step("listDevices", "admin", query=(("per_page", "100"),)),
        )

        script = curl.script(one, profile, edgeiq)
        printed = run(script, profile)

    assert "until curl" in script
    tagged = [row["tags"] for row in body_of(printed) if "lent" in row["tags"]]
    assert len(tagged) == 4


def two(
    fleet: Contract, profile: Profile, recorder: Recorder, values: dict[str, Ref]
) -> dict[str, Any]:
    first = Step("listDevices", "reader")
    second = on(Ref(0, "/t"), "updateDevice", body=values)
    seen = Exchange(
        first,
        RawRequest("GET", "/platform/v1/devices"),
        RawAnswer(200, (), recorder.body),
        json.loads(recorder.body),
    )
    headers = (("Content-Type", "application/json"),)
    request = RawRequest("PATCH", "/platform/v1/devices/x", "", headers, b"{}")
    return {
        "steps": (first, second),
        "exchanges": (seen, Exchange(second, request, RawAnswer(200, (), b"{}"), {})),
    }


def test_a_session_of_the_script_is_new_in_each_run(fleet: Contract, recorder: Recorder) -> None:
    profile = dataclasses.replace(load(PROFILE, fleet, url=recorder.url), isolation="session")

    script = curl.script(sent(fleet, profile, on("7", "getDevice")), profile, fleet)

    assert '-H "X-Mock-Session: $RUN"' in script
    assert "RUN=$(date +%s" in script


def test_a_world_that_can_be_reset_is_reset_first(fleet: Contract, recorder: Recorder) -> None:
    profile = dataclasses.replace(
        load(PROFILE, fleet, url=recorder.url), isolation="reset", reset="/__admin/reset"
    )

    script = curl.script(sent(fleet, profile, on("7", "getDevice")), profile, fleet)

    reset = next(line for line in script.splitlines() if "reset" in line)
    assert reset.endswith(recorder.url.replace("/platform/v1", "/__admin/reset"))


@pytest.mark.parametrize(
    ("url", "shown_as"),
    [
        ("https://user:pass@example.com:8443/v1", "https://example.com:8443/v1"),
        ("https://example.com/v1?token=abc#x", "https://example.com/v1"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret_in_it(url: str, shown_as: str) -> None:
    assert curl.shown_url(url) == shown_as
