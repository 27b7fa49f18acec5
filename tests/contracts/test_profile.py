from __future__ import annotations

from pathlib import Path

import pytest

from contracts.profile import Credential, Profile, load
from spec import ConfigurationError, Contract

TARGET = '[target]\nurl = "http://127.0.0.1:4010/platform/v1"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "p.toml"


BROKEN = {
    "not TOML": ("target =", ["p.toml", "not TOML"]),
    "an unknown section": ("[tagret]\n", ["'tagret'", "Did you mean 'target'?"]),
    "an unknown key of the target": ('[target]\nurll = "x"', ["[target]", "'urll'", "'url'"]),
    "a section that is no table": ("target = 5", ["p.toml: target", "found 5", "[target]"]),
    "no URL": ("[target]\n", ["there is no target URL", "--url"]),
    "a URL of another scheme": ('[target]\nurl = "ftp://h"', ["target.url", "'ftp://h'"]),
    "a URL without a host": ('[target]\nurl = "http:///v1"', ["target.url", "is no URL"]),
    "a URL that is a number": ("[target]\nurl = 7", ["target.url", "7 is no URL"]),
    "a URL with an impossible port": (
        '[target]\nurl = "http://h:99999/v1"',
        ["target.url", "'http://h:99999/v1'"],
    ),
    "a host that is not allowed": (
        '[target]\nurl = "http://h/v1"\nallowed_hosts = ["other"]',
        ["target.url", "'h'", "one of other"],
    ),
    "allowed hosts that are a text": (
        TARGET + 'allowed_hosts = "127.0.0.1"',
        ["target.allowed_hosts", "'127.0.0.1'"],
    ),
    "a flag in quotes": (TARGET + 'any_credential = "yes"', ["target.any_credential", "'yes'"]),
    "an unknown isolation": (TARGET + 'isolation = "sesion"', ["target.isolation", "'sesion'"]),
    "a reset without a path": (TARGET + 'isolation = "reset"', ["target.reset", "no path"]),
    "a rate that is no rate": (TARGET + 'rate_limit = "fast"', ["target.rate_limit", "10/s"]),
    "a timeout that is a text": (TARGET + 'timeout = "soon"', ["target.timeout", "'soon'"]),
    "a timeout of nothing": (TARGET + "timeout = 0", ["target.timeout", "0"]),
    "a session header that is a number": (
        TARGET + "session_header = 5",
        ["target.session_header", "found 5"],
    ),
    "a credential that is a text": (
        TARGET + '[credentials]\nwriter = "x"',
        ["[credentials.writer]", "'x'"],
    ),
    "an unknown key of a credential": (
        TARGET + '[credentials.w]\ntokn = "x"',
        ["[credentials.w]", "'tokn'", "'token'"],
    ),
    "a credential without a token": (
        TARGET + "[credentials.w]\n",
        ["[credentials.w]", "there is no token"],
    ),
    "a token that is a number": (
        TARGET + "[credentials.w]\ntoken = 5",
        ["[credentials.w]", "found 5"],
    ),
    "an empty token": (TARGET + '[credentials.w]\ntoken = ""', ["[credentials.w]", "found ''"]),
    "a token that no header can carry": (
        TARGET + '[credentials.w]\ntoken = "a\\nX: b"',
        ["[credentials.w]", "cannot be sent in a header"],
    ),
    "a variable that is not set": (
        TARGET + '[credentials.w]\ntoken_env = "NOT_SET_ANYWHERE"',
        ["[credentials.w]", "NOT_SET_ANYWHERE is not set"],
    ),
    "a variable that is no text": (
        TARGET + "[credentials.w]\ntoken_env = 5",
        ["[credentials.w]", "found 5"],
    ),
    "a token for another machine": (
        '[target]\nurl = "https://example.com/v1"\n[credentials.w]\ntoken = "secret-canary"',
        ["[credentials.w]", "token_env"],
    ),
    "an unknown fact": (
        TARGET + '[credentials.w]\ntoken = "x"\nfacts = { scpe = "READ" }',
        ["[credentials.w] facts", "'scpe'", "'scope'"],
    ),
    "a fact of another form": (
        TARGET + '[credentials.w]\ntoken = "x"\nfacts = { scope = "ROOT" }',
        ["[credentials.w] facts.scope", "'ROOT'"],
    ),
    "facts that are no table": (
        TARGET + '[credentials.w]\ntoken = "x"\nfacts = 3',
        ["[credentials.w]", "found 3"],
    ),
    "an unknown kind": (TARGET + "[[known.devise]]\nid = 1", ["[known]", "'devise'", "'device'"]),
    "a known record without a key": (
        TARGET + '[[known.device]]\nname = "x"',
        ["[[known.device]] number 1", "the key 'id'"],
    ),
    "a known record that is a number": (
        TARGET + "[known]\ndevice = [5]",
        ["[[known.device]] number 1", "found 5"],
    ),
    "a known kind that is one table": (
        TARGET + "[known.device]\nid = 5",
        ["known.device", "[[known.device]]"],
    ),
    "an unknown problem": (
        TARGET + "[provoke.DEVICE_PROVISIONING_FAILD]\nheaders = {}",
        ["[provoke]", "'DEVICE_PROVISIONING_FAILED'"],
    ),
    "an unknown way to provoke": (
        TARGET + "[provoke.DEVICE_PROVISIONING_FAILED]\nheader = {}",
        ["[provoke.DEVICE_PROVISIONING_FAILED]", "'header'", "'headers'"],
    ),
    "a way to provoke that is a text": (
        TARGET + '[provoke]\nDEVICE_PROVISIONING_FAILED = "x"',
        ["[provoke.DEVICE_PROVISIONING_FAILED]", "found 'x'"],
    ),
    "a header that is a number": (
        TARGET + "[provoke.DEVICE_PROVISIONING_FAILED]\nheaders = { X = 5 }",
        ["[provoke.DEVICE_PROVISIONING_FAILED] headers.X", "found 5"],
    ),
    "a parameter that is a number": (
        TARGET + "[parameters]\nslug = 5",
        ["parameters.slug", "found 5"],
    ),
    "a waiver without a reason": (
        TARGET + "[not_applicable]\nINVALID_USER = true",
        ["not_applicable.INVALID_USER", "found True"],
    ),
    "a waiver of nothing": (
        TARGET + '[not_applicable]\nINVALID_USR = "x"',
        ["[not_applicable]", "'INVALID_USR'", "'INVALID_USER'"],
    ),
    "an operation off limits that is not there": (
        TARGET + '[off_limits]\ngetDevise = "x"',
        ["[off_limits]", "'getDevise'", "'getDevice'"],
    ),
    "a path off limits with nothing below it": (
        TARGET + '[off_limits]\n"/device" = "x"',
        ["[off_limits]", "'/device'", "'/devices'"],
    ),
    "an operation off limits without a reason": (
        TARGET + "[off_limits]\ngetDevice = true",
        ["off_limits.getDevice", "found True"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_profile_is_refused_in_one_sentence(
    case: str, path: Path, fleet: Contract
) -> None:
    content, said = BROKEN[case]
    path.write_text(content)

    with pytest.raises(ConfigurationError) as refused:
        load(path, fleet)

    sentence = str(refused.value)
    assert [one for one in said if one not in sentence] == [], sentence
    assert "\n" not in sentence
    assert str(path.parent) not in sentence
    assert "secret-canary" not in sentence


def test_a_profile_that_is_not_utf8_is_refused(path: Path, fleet: Contract) -> None:
    path.write_bytes(b'[target]\nurl = "\xff"')

    with pytest.raises(ConfigurationError, match="not TOML"):
        load(path, fleet)


def test_a_url_is_enough(fleet: Contract) -> None:
    found = load(None, fleet, url="http://h/v1/")

    assert found == Profile("http://h/v1")


def test_the_url_that_is_given_goes_before_that_of_the_file(path: Path, fleet: Contract) -> None:
    path.write_text(TARGET)

    assert load(path, fleet, url="http://localhost:1/v1").url == "http://localhost:1/v1"


def test_a_token_comes_out_of_the_environment(
    path: Path, fleet: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_TOKEN", "from-there")
    path.write_text(
        '[target]\nurl = "https://example.com/v1"\n[credentials.w]\ntoken_env = "FLEET_TOKEN"'
    )

    found = load(path, fleet)

    assert found.credentials["w"].secret == "from-there"
    assert found.secrets == {"from-there": "$W_TOKEN"}
    assert "from-there" not in repr(found)


@pytest.mark.parametrize(
    ("key", "operations"),
    [
        ("deleteDevice", {"deleteDevice"}),
        ("DELETE /devices/{device_id}", {"deleteDevice"}),
        ("/devices/{device_id}", {"getDevice", "updateDevice", "deleteDevice"}),
        ("/devices", {"listDevices", "createDevices", "getDevice", "updateDevice", "deleteDevice"}),
    ],
)
def test_what_is_off_limits_is_named_by_its_id_its_place_or_its_path(
    key: str, operations: set[str], path: Path, fleet: Contract
) -> None:
    path.write_text(f'{TARGET}[off_limits]\n"{key}" = "it is dear to us"')

    found = load(path, fleet).off_limits

    assert found == dict.fromkeys(operations, "it is dear to us")


@pytest.mark.parametrize(
    ("name", "variable"),
    [("writer", "WRITER_TOKEN"), ("my-key.2", "MY_KEY_2_TOKEN"), ("2nd", "_2ND_TOKEN")],
)
def test_a_credential_has_a_name_that_shells_can_use(name: str, variable: str) -> None:
    assert Credential(name, "s", {}).variable == variable
