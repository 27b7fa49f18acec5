"""A saved finding or divergence, sent again from a fresh start: is it still there?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from contracts import waiting
from contracts.oracle.contradictions import SLIP, Contradiction
from contracts.profile import Credential, Profile
from contracts.report.json import SCHEMA_VERSION
from contracts.steps import Exchange, Step, of_json
from contracts.target import Target
from contracts.walk import World
from spec import ConfigurationError, Contract, Json


@dataclass(frozen=True)
class Saved:
    """What a file of a finding holds; the last three are of a divergence only."""

    file: str
    document: str
    overlays: tuple[str, ...]
    mock: bool
    cause: tuple[str, ...]
    sentence: str
    steps: tuple[Step, ...]
    data: Mapping[str, Any]
    reference: Mapping[str, Any] | None = None
    verdict: str = ""
    passed: tuple[str, ...] = ()

    @property
    def has_own(self) -> bool:
        """Whether a divergence's second side has a profile of its own."""
        return self.reference is not None and "credentials" in self.reference


def read(path: Path) -> Saved:
    """Return the finding or the divergence in a file.

    Raises: ConfigurationError: there is none in it.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(str(path), f"it cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"not JSON: {error}") from None
    version = data.get("schemaVersion") if isinstance(data, dict) else None
    if version != SCHEMA_VERSION:
        raise _broken(path, f"schemaVersion is {version!r}", f"schemaVersion {SCHEMA_VERSION}")
    try:
        reference = data.get("reference")
        found = data["finding" if reference is None else "divergence"]
        return Saved(
            file=path.name,
            document=str(data["document"]),
            overlays=tuple(str(one) for one in data.get("overlays", ())),
            mock=bool((reference or data)["target"]["mock"]),
            cause=tuple(str(one) for one in found["cause"]),
            sentence=str(found["sentence"]),
            steps=tuple(of_json(one) for one in found["steps"]),
            data=data,
            reference=reference,
            verdict="" if reference is None else str(found["verdict"]),
            passed=tuple(str(one) for one in found.get("passed", ())),
        )
    except KeyError as error:
        raise _broken(path, f"there is no {error.args[0]!r}") from None
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise _broken(path, f"its values do not fit ({error})") from None


def _broken(path: Path, found: str, expected: str = "") -> ConfigurationError:
    return ConfigurationError(
        path.name,
        found,
        expected or "a finding as `conformock test` writes it, or a divergence as `compare` does",
    )


def profile(saved: Saved, url: str | None) -> Profile:
    """Return the target as the file describes it, its secrets taken from the environment.

    Raises: ConfigurationError: a variable is not set, or the values do not fit.
    """
    return _profile(saved, saved.data, url)


def second_profile(saved: Saved, left: Profile, url: str | None) -> Profile:
    """Return a divergence's second side as the file describes it; `left` is the first one.

    Raises: ConfigurationError: see `profile`.
    """
    assert saved.reference is not None, "a finding has no second side"
    if saved.has_own:
        return _profile(saved, saved.reference, url)
    return replace(left, url=(url or str(saved.reference["target"]["url"])).rstrip("/"))


def _profile(saved: Saved, data: Mapping[str, Any], url: str | None) -> Profile:
    try:
        target = data["target"]
        credentials = {
            name: Credential(
                name, _secret(saved, one["variable"]), dict(one["facts"]), one.get("scheme", "")
            )
            for name, one in data["credentials"].items()
            if name in {step.credential for step in saved.steps}
        }
        return Profile(
            url=(url or str(target["url"])).rstrip("/"),
            isolation=target["isolation"],
            reset=target["reset"],
            session_header=target["session_header"],
            credentials=credentials,
            parameters=data["parameters"],
            known={kind: tuple(rows) for kind, rows in data["known"].items()},
            provoke=data["provoke"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _broken(Path(saved.file), f"its values do not fit ({error})") from None


def _secret(saved: Saved, variable: str) -> str:
    found = os.environ.get(variable)
    if not found:
        raise ConfigurationError(
            saved.file,
            f"the environment variable {variable} is not set",
            "the secret of that credential in it, or --profile FILE",
        )
    return found


def replay(
    saved: Saved,
    contract: Contract,
    profile: Profile,
    target: Target,
    *,
    show: Callable[[Exchange], None],
) -> Contradiction | None:
    """Send the steps and return the contradiction they show, None when they show none.

    Each exchange is given to `show`. What the steps create is deleted, as in a run.

    Raises: TargetUnreachable; ConfigurationError: the steps do not fit document or profile.
    """
    check(saved, contract, profile)
    world = World(contract, profile, target, token_hex(4))
    exchanges: list[Exchange] = []
    try:
        for patient in _paces(saved, contract):
            walk = world.start()
            walk.forgiving = saved.cause[0] != SLIP
            exchanges = walk.exchanges
            try:
                found = waiting.sent_again(walk, saved.steps, patient=patient)
            finally:
                walk.clean()
            if found is not None:
                return found.contradiction
    finally:
        for one in exchanges:
            show(one)
    return None


def _paces(saved: Saved, contract: Contract) -> Iterator[bool]:
    """Yield whether work is waited for: what shows only while it goes on is looked for then."""
    yield True
    effects = (contract.operations[step.operation].effect for step in saved.steps)
    if any(one.job for one in effects if one is not None):
        yield False


def check(saved: Saved, contract: Contract, profile: Profile) -> None:
    """Make sure that the steps can be sent.

    Raises: ConfigurationError: they do not fit document or profile.
    """
    for number, step in enumerate(saved.steps):
        where = f"{saved.file}: step {number + 1}"
        if step.operation not in contract.operations:
            raise ConfigurationError(
                where, f"{contract.document.file} has no operation {step.operation!r}"
            )
        name = step.credential
        if name and not name.startswith("=") and name not in profile.credentials:
            raise ConfigurationError(where, f"the profile has no credential {name!r}")
        later: list[Json] = [one for one in step.refs() if not 0 <= one < number]
        if later:
            raise ConfigurationError(where, "it refers to a step that does not come before it")
