"""The two sides of a comparison as the commands open them: a target, and what it is held against.

What is held against it is another target, or our own mock, which begins with what the target's
profile tells of unless it has a profile of its own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from contracts.cli.running import own_mock, own_url
from spec import ConfigurationError, Contract

if TYPE_CHECKING:
    from contracts.compare import Grounds
    from contracts.profile import Profile
    from contracts.target import Target

MOCK = "mock"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Source:
    """What is compared under: a contract, and by what names the user called what it was read from.

    `nonce` stands in all new texts that the two are sent.
    """

    contract: Contract
    document: str
    overlays: Sequence[str]
    nonce: str

    def mock(self, fixtures: Path | None = None) -> Target:
        """Return our own mock of it."""
        return own_mock(self.contract, self.document, overlays=self.overlays, fixtures=fixtures)


@contextmanager
def sides(
    source: Source, left: Profile, right: Profile | None, *, mock: bool
) -> Iterator[tuple[Grounds, Target, Target]]:
    """Give what two sides have in common, and both; those on a network are closed at the end.

    With `mock` the right one is our own, as its profile tells, or furnished where there is none.

    Raises: ConfigurationError: they are one target, the profiles do not fit together, or the mock
    cannot begin with what the left one tells.
    """
    from contracts.compare import grounds

    if right is None:
        with _opened(left) as target:
            yield _furnished(source, left, target)
        return
    if not mock and _address(right.url) == _address(left.url):
        raise ConfigurationError(
            "--reference", f"{right.url} is the target itself", f"another URL, or {MOCK!r}"
        )
    with _opened(left) as target, nullcontext(source.mock()) if mock else _opened(right) as other:
        yield grounds(source.contract, left, right), target, other


@contextmanager
def _opened(profile: Profile) -> Iterator[Target]:
    from contracts.target import HttpTarget

    target = HttpTarget(profile.url, profile.timeout)
    try:
        yield target
    finally:
        target.close()


def _address(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or _PORTS.get(parts.scheme)
    return parts.scheme, "loopback" if host in _LOOPBACK else host, port, parts.path.rstrip("/")


def _furnished(source: Source, profile: Profile, target: Target) -> tuple[Grounds, Target, Target]:
    from contracts.compare import as_furnished, furniture, grounds
    from contracts.walk import World

    contract = source.contract
    found = furniture(World(contract, profile, target, source.nonce))
    other = as_furnished(contract, profile, own_url(contract))
    mock = _with(source, json.dumps(found.fixtures))
    return grounds(contract, profile, other, shared=found.shared), target, mock


def _with(source: Source, fixtures: str) -> Target:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.json"
        path.write_text(fixtures, "utf-8")
        try:
            return source.mock(path)
        except ConfigurationError as error:
            raise ConfigurationError(
                f"--reference {MOCK}",
                "the mock cannot begin with what the profile and the target tell "
                f"({error.where}: {error.found})",
                error.expected,
                "With --reference-profile it begins with its own records.",
            ) from None
