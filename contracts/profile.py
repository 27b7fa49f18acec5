"""What a tester is told about a target: a TOML file, checked against the contract.

Everything in it is optional but the URL. What it lacks becomes *unreached, because …* in the
ledger; what is wrong in it is refused with the line's name and the nearest known word.
"""

from __future__ import annotations

import base64
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from spec import ConfigurationError, Contract, Json, listed, nearest
from spec import Credential as Sent
from spec.contract import Scheme

Isolation = Literal["none", "reset", "session"]

_SECTIONS = {
    "target",
    "credentials",
    "parameters",
    "known",
    "complete",
    "provoke",
    "not_applicable",
    "off_limits",
}
_TARGET = {
    "url",
    "isolation",
    "reset",
    "session_header",
    "allowed_hosts",
    "rate_limit",
    "timeout",
    "job_timeout",
    "any_credential",
}
_CREDENTIAL = {"token", "token_env", "scheme", "username", "password", "password_env", "facts"}
_RATE = re.compile(r"([0-9]{1,6})/([sm])")
_SHORTEST = 4
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that the tester holds, with the facts that rules may ask of it."""

    name: str
    secret: str = field(repr=False)
    facts: Mapping[str, Json]
    scheme: str = ""

    @property
    def sent(self) -> Sent:
        """What requests carry: the security scheme and the secret."""
        return Sent(self.scheme, self.secret)

    @property
    def variable(self) -> str:
        """The shell variable that stands for the secret in scripts and reports."""
        return re.sub(r"^(?=[0-9])|[^A-Z0-9_]", "_", f"{self.name}_token".upper())


@dataclass(frozen=True, slots=True)
class Profile:
    """A target as its tester knows it.

    `reset` is a path on the target's host; posted to, it starts the world (or the session) anew.
    `known` maps a kind to records that exist already; `deleted: true` marks one that is gone.
    Of the kinds in `complete` there are no others.
    `provoke` maps a problem to request headers that bring it about.
    `off_limits` are operations that are never called, each with the reason.
    """

    url: str
    isolation: Isolation = "none"
    reset: str | None = None
    session_header: str = "X-Mock-Session"
    timeout: float = 30.0
    job_timeout: float = 30.0
    """Seconds within which work that a call sets going must be finished."""
    pause: float = 0.0
    """Seconds between two requests, from `rate_limit = "10/s"`."""
    any_credential: bool = False
    """Whether the target takes every credential for somebody's, as many a mock does."""
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, tuple[Mapping[str, Json], ...]] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    provoke: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    off_limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> Mapping[str, str]:
        """Each known secret with the placeholder that reports show instead."""
        found: dict[str, str] = {}
        for one in self.credentials.values():
            user, colon, password = one.secret.partition(":")
            found[one.secret] = f"${one.variable}"
            if colon and password and user:
                # HTTP Basic sends the pair in another form.
                encoded = base64.b64encode(one.secret.encode()).decode()
                found[encoded] = f"${one.variable}_BASE64"
                found[password] = f"${one.variable}"
        # Of one or two letters a text would be blotted out of every word, and hide nothing.
        return {secret: stand_in for secret, stand_in in found.items() if len(secret) >= _SHORTEST}


def load(path: Path | None, contract: Contract, *, url: str | None = None) -> Profile:
    """Return the profile in a TOML file; `url` overrides the file's.

    Raises: ConfigurationError: unreadable, not TOML, an unknown word, or no URL at all.
    """
    name = path.name if path else "profile"
    data = _toml(path) if path else {}
    _known(name, "section", data, _SECTIONS)
    target = _table(name, data, "target")
    _known(f"{name}: [target]", "key", target, _TARGET)
    found = url or target.get("url")
    if not found:
        raise ConfigurationError(name, "there is no target URL", "[target] url = …, or --url")
    _check_url(name, found, target)
    return Profile(
        url=str(found).rstrip("/"),
        isolation=_isolation(name, target),
        reset=_text(name, target, "reset", None),
        session_header=_text(name, target, "session_header", "X-Mock-Session") or "",
        timeout=_seconds(name, target, "timeout"),
        job_timeout=_seconds(name, target, "job_timeout"),
        pause=_pause(name, target),
        any_credential=_flag(name, target, "any_credential"),
        credentials=_credentials(name, data, contract, str(found)),
        parameters=_texts(f"{name}: parameters", _table(name, data, "parameters")),
        known=_records(name, data, contract),
        complete=_complete(name, data, contract),
        provoke=_provoke(name, data, contract),
        not_applicable=_waivers(name, data, contract),
        off_limits=_off_limits(name, data, contract),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(
            str(path), f"the profile cannot be read ({error.strerror})"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(path.name, f"not TOML: {error}") from None


def _known(where: str, what: str, given: Mapping[str, object], known: set[str]) -> None:
    for word in given:
        if word not in known:
            close = nearest(word, known)
            raise ConfigurationError(
                where,
                f"unknown {what} {word!r}",
                f"one of {listed(sorted(known))}",
                f"Did you mean {close!r}?" if close else "",
            )


def _table(name: str, data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise ConfigurationError(f"{name}: {key}", f"found {found!r}", f"a table, [{key}]")
    return found


def _texts(where: str, given: Mapping[str, Any]) -> dict[str, str]:
    for key, value in given.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"{where}.{key}", f"found {value!r}", "a text in quotes")
    return dict(given)


def _text(name: str, target: Mapping[str, Any], key: str, default: str | None) -> str | None:
    found = _texts(f"{name}: target", {key: target[key]} if key in target else {})
    return found.get(key, default)


def _flag(name: str, target: Mapping[str, Any], key: str) -> bool:
    found = target.get(key, False)
    if not isinstance(found, bool):
        raise ConfigurationError(f"{name}: target.{key}", f"found {found!r}", "true or false")
    return found


def _seconds(name: str, target: Mapping[str, Any], key: str) -> float:
    found = target.get(key, 30)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 < found < 1e9:
        raise ConfigurationError(
            f"{name}: target.{key}", f"found {found!r}", "a number of seconds above 0"
        )
    return float(found)


def _pause(name: str, target: Mapping[str, Any]) -> float:
    found = target.get("rate_limit")
    if found is None:
        return 0.0
    match = _RATE.fullmatch(found) if isinstance(found, str) else None
    if match is None or int(match[1]) == 0:
        raise ConfigurationError(
            f"{name}: target.rate_limit", f"found {found!r}", "a text such as '10/s' or '100/m'"
        )
    return {"s": 1, "m": 60}[match[2]] / int(match[1])


def _check_url(name: str, url: object, target: Mapping[str, Any]) -> None:
    host = _host(url)
    if host is None:
        raise ConfigurationError(
            f"{name}: target.url", f"{url!r} is no URL", "http://host:port/base/path"
        )
    allowed = target.get("allowed_hosts", [])
    if not isinstance(allowed, list):
        raise ConfigurationError(
            f"{name}: target.allowed_hosts", f"found {allowed!r}", "a list of host names"
        )
    if allowed and host not in allowed:
        raise ConfigurationError(
            f"{name}: target.url",
            f"the host {host!r} is not allowed",
            f"one of {listed(allowed)}",
        )


def _host(url: object) -> str | None:
    """Return the host of an HTTP URL, None when it is none."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        # Reading the port checks it.
        fits = parts is not None and parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        return None
    return parts.hostname if parts is not None and fits else None


def _isolation(name: str, target: Mapping[str, Any]) -> Isolation:
    found = target.get("isolation", "none")
    if found not in {"none", "reset", "session"}:
        raise ConfigurationError(
            f"{name}: target.isolation", f"found {found!r}", "'none', 'reset' or 'session'"
        )
    if found == "reset" and not target.get("reset"):
        raise ConfigurationError(
            f"{name}: target.reset", "isolation is 'reset' but no path to reset is given"
        )
    return cast("Isolation", found)


def _credentials(
    name: str, data: Mapping[str, Any], contract: Contract, url: str
) -> dict[str, Credential]:
    result: dict[str, Credential] = {}
    for key, given in _table(name, data, "credentials").items():
        where = f"{name}: [credentials.{key}]"
        if not isinstance(given, dict):
            raise ConfigurationError(where, f"found {given!r}", "a table")
        _known(where, "key", given, _CREDENTIAL)
        facts = given.get("facts", {})
        if not isinstance(facts, dict):
            raise ConfigurationError(f"{where} facts", f"found {facts!r}", "a table")
        _known(f"{where} facts", "principal fact", facts, set(contract.principal_facts))
        for fact, value in facts.items():
            schema = contract.principal_facts[fact]
            if not contract.schemas.predicate(schema)(value):
                raise ConfigurationError(f"{where} facts.{fact}", f"found {value!r}", str(schema))
        scheme = _scheme(where, given, contract)
        result[key] = Credential(
            key, _secret(where, given, url, scheme), facts, scheme.name if scheme else ""
        )
    return result


def _scheme(where: str, given: Mapping[str, Any], contract: Contract) -> Scheme | None:
    name = given.get("scheme")
    known = [one.name for one in contract.schemes]
    if name is not None and name not in known:
        raise ConfigurationError(
            f"{where} scheme", f"found {name!r}", f"one of {listed(known)}" if known else "none"
        )
    basic = "username" in given or "password" in given or "password_env" in given
    if name is None and basic:
        return next((one for one in contract.schemes if one.basic), contract.scheme(None))
    return contract.scheme(name)


def _secret(where: str, given: Mapping[str, Any], url: str, scheme: Scheme | None) -> str:
    if scheme is not None and scheme.basic:
        user = given.get("username", "")
        if not isinstance(user, str) or ":" in user:
            raise ConfigurationError(f"{where} username", f"found {user!r}", "a text without ':'")
        return f"{user}:{_word(where, given, url, 'password')}"
    return _word(where, given, url, "token")


def _word(where: str, given: Mapping[str, Any], url: str, key: str) -> str:
    """Return the secret text under `key`, or in the environment variable under `key_env`."""
    variable = f"{key}_env"
    for one in (key, variable):
        if one in given and not (isinstance(given[one], str) and given[one]):
            raise ConfigurationError(f"{where} {one}", f"found {given[one]!r}", "a text in quotes")
    if variable in given:
        value = os.environ.get(given[variable])
        if not value:
            raise ConfigurationError(
                where, f"the environment variable {given[variable]} is not set", f"a {key} in it"
            )
        return _sendable(where, value)
    if key not in given:
        raise ConfigurationError(where, f"there is no {key}", f"{key}_env = …, or {key} = …")
    if urlsplit(url).hostname not in _LOOPBACK:
        raise ConfigurationError(
            where,
            f"a {key} stands in the file, but the target is not on this machine",
            f"{key}_env = NAME, and the {key} in that environment variable",
        )
    return _sendable(where, str(given[key]))


def _sendable(where: str, token: str) -> str:
    if not (token.isascii() and token.isprintable() and token == token.strip()):
        raise ConfigurationError(
            where, "the token cannot be sent in a header", "printable ASCII without blanks around"
        )
    return token


def _records(
    name: str, data: Mapping[str, Any], contract: Contract
) -> dict[str, tuple[Mapping[str, Json], ...]]:
    known = _table(name, data, "known")
    _known(f"{name}: [known]", "kind", known, set(contract.resources))
    for kind, rows in known.items():
        key = contract.resources[kind].key
        if not isinstance(rows, list):
            raise ConfigurationError(
                f"{name}: known.{kind}", f"found {rows!r}", f"a list of tables, [[known.{kind}]]"
            )
        for number, row in enumerate(rows):
            if not isinstance(row, dict) or key not in row:
                raise ConfigurationError(
                    f"{name}: [[known.{kind}]] number {number + 1}",
                    f"found {row!r}",
                    f"a table with the key {key!r}",
                )
    return {kind: tuple(rows) for kind, rows in known.items()}


def _complete(name: str, data: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    found = data.get("complete", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ConfigurationError(
            f"{name}: complete", f"found {found!r}", "a list of kinds, such as ['project']"
        )
    _known(f"{name}: complete", "kind", dict.fromkeys(found), set(contract.resources))
    return frozenset(found)


def _provoke(
    name: str, data: Mapping[str, Any], contract: Contract
) -> dict[str, Mapping[str, str]]:
    given = _table(name, data, "provoke")
    _known(f"{name}: [provoke]", "problem", given, set(contract.problems))
    result: dict[str, Mapping[str, str]] = {}
    for problem, how in given.items():
        where = f"{name}: [provoke.{problem}]"
        if not isinstance(how, dict):
            raise ConfigurationError(where, f"found {how!r}", "a table with the key 'headers'")
        _known(where, "key", how, {"headers"})
        headers = how.get("headers", {})
        if not isinstance(headers, dict):
            raise ConfigurationError(f"{where} headers", f"found {headers!r}", "a table")
        result[problem] = _texts(f"{where} headers", headers)
    return result


def _waivers(name: str, data: Mapping[str, Any], contract: Contract) -> dict[str, str]:
    """Return the reasons by problem, row of the ledger, or operation and status."""
    given = _texts(f"{name}: not_applicable", _table(name, data, "not_applicable"))
    rows = [key for key in given if key.partition(" ")[0].rstrip(":") in contract.operations]
    others = {key: reason for key, reason in given.items() if key not in rows}
    _known(f"{name}: [not_applicable]", "problem", others, set(contract.problems))
    return given


def _off_limits(name: str, data: Mapping[str, Any], contract: Contract) -> dict[str, str]:
    """Return the reasons by operation; a path stands for all at it and below it."""
    given = _texts(f"{name}: off_limits", _table(name, data, "off_limits"))
    places = {f"{one.method} {one.path}": one.id for one in contract.operations.values()}
    paths = {one.path for one in contract.operations.values()}
    result: dict[str, str] = {}
    for key, reason in given.items():
        below = [
            one.id
            for one in contract.operations.values()
            if one.path == key or one.path.startswith(f"{key.rstrip('/')}/")
        ]
        if key not in contract.operations and key not in places and not (key[:1] == "/" and below):
            known = {*contract.operations, *places, *paths}
            _known(f"{name}: [off_limits]", "operation", {key: reason}, known)
        found = [key] if key in contract.operations else [places[key]] if key in places else below
        result.update(dict.fromkeys(found, reason))
    return result
