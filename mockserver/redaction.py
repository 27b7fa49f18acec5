"""What must be shown to nobody: the values of credentials, wherever they were sent.

Journals, events, exports, problems and logs are shown through here. Records are not: who puts a
secret into a record has made it data.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from spec import Contract, Json
from spec.wire import Headers, RawRequest, query_pairs

SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"}
)
REDACTED = "[redacted]"


@dataclass(frozen=True)
class Redaction:
    """Blots out known secrets anywhere, and all that carriers of credentials hold.

    `headers` are the names of headers in lower case, `query` those of query parameters.
    """

    secrets: tuple[str, ...]
    headers: frozenset[str]
    query: frozenset[str]
    _known: re.Pattern[str] | None = field(repr=False, compare=False)

    @classmethod
    def of(cls, secrets: Iterable[str], contracts: Collection[Contract] = ()) -> Redaction:
        """Return the redaction of these secrets, and of what the documents say carries one."""
        spelled = {text for one in secrets if one for text in _spellings(one)}
        schemes = [one for contract in contracts for one in contract.schemes]
        headers = {one.parameter.lower() for one in schemes if one.location == "header"}
        query = {one.parameter for one in schemes if one.location == "query"}
        return cls._made(spelled, SECRET_HEADERS | headers, query)

    @classmethod
    def _made(cls, spelled: Set[str], headers: Set[str], query: Set[str]) -> Redaction:
        # The longest first, so that no secret survives as the tail of a shorter one.
        found = tuple(sorted(spelled, key=lambda one: (-len(one), one)))
        known = re.compile("|".join(map(re.escape, found))) if found else None
        return cls(found, frozenset(headers), frozenset(query), known)

    def beside(self, other: Redaction) -> Redaction:
        """Return the redaction of all that either of two knows."""
        return self._made(
            {*self.secrets, *other.secrets},
            self.headers | other.headers,
            self.query | other.query,
        )

    def text(self, text: str) -> str:
        """Return a text with every known secret in it blotted out."""
        # Looking for each is several times as fast as a pattern that looks for all.
        if self._known is None or not any(map(text.__contains__, self.secrets)):
            return text
        return self._known.sub(REDACTED, text)

    def value(self, value: Json) -> Json:
        """Return a JSON value with every known secret in it blotted out."""
        if isinstance(value, dict):
            return {self.text(name): self.value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def named(self, headers: Headers) -> list[tuple[str, str]]:
        """Return headers, those that carry credentials without their values."""
        return [
            (name, REDACTED if name.lower() in self.headers else self.text(value))
            for name, value in headers
        ]

    def target(self, request: RawRequest) -> str:
        """Return a request's path and query without the values of parameters for credentials."""
        path = self.text(request.path)
        if not request.query:
            return path
        parts = request.query.split("&")
        return f"{path}?{'&'.join(map(self._pair, parts))}"

    def _pair(self, part: str) -> str:
        name = next((name for name, _ in query_pairs(part)), "")
        return f"{part.partition('=')[0]}={REDACTED}" if name in self.query else self.text(part)

    def cut(self, text: str) -> str:
        """Return a text that was cut, without the beginning of a secret at its end."""
        ends = (one[:size] for one in self.secrets for size in range(len(one) - 1, 2, -1))
        return text.removesuffix(next((end for end in ends if text.endswith(end)), ""))


def _spellings(secret: str) -> Iterator[str]:
    """Yield the forms in which a secret may stand in a URL, in JSON or in HTTP Basic."""
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    if ":" in secret:
        yield base64.b64encode(secret.encode()).decode()
