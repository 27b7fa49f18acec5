"""What was asked and answered in a session, newest kept, secrets never shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from mockserver.problems import printable
from mockserver.store import Change
from spec import Json, RawRequest, Violation

_SECRET_HEADERS = {"authorization", "cookie", "set-cookie", "x-api-key"}
_REDACTED = "[redacted]"
MOST_ENTRIES = 1_000
MOST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange; `rule` tells what refused, `note` what the mock itself had to say."""

    id: str
    time: float
    duration_ms: float
    request: RawRequest
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    document: str | None
    operation: str | None
    rule: str | None
    violations: tuple[Violation, ...]
    changes: tuple[Change, ...]
    note: str | None


class Journal:
    """The last exchanges of a session; its lock is the session's."""

    def __init__(self, secrets: Iterable[str], carriers: Iterable[str] = ()) -> None:
        """Keep `secrets` out of everything that is shown, and what headers of these names hold."""
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._carriers: set[str] = set(_SECRET_HEADERS)
        self._secrets: list[str] = []
        self.hide(secrets, carriers)

    def hide(self, secrets: Iterable[str], carriers: Iterable[str] = ()) -> None:
        """Keep other secrets out of everything that is shown, beside those that it knows."""
        self._carriers |= {one.lower() for one in carriers}
        spellings = {way(one) for one in secrets if one for way in (str, quote, quote_plus)}
        # The longest first, so that no secret survives as the tail of a shorter one.
        self._secrets = sorted({*self._secrets, *spellings}, key=len, reverse=True)

    def __len__(self) -> int:
        return len(self._entries)

    def note(self, entry: Entry) -> None:
        """Keep an exchange; the oldest one leaves when there are too many."""
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def newest(self, limit: int) -> Iterator[Json]:
        """Yield the shown form of the newest entries, at most `limit`."""
        for number, entry in enumerate(reversed(self._entries)):
            if number == limit:
                return
            yield self.shown(entry)

    def entry(self, name: str) -> Json | None:
        """Return the shown form of an entry by its id."""
        return next((self.shown(one) for one in self._entries if one.id == name), None)

    def shown(self, entry: Entry) -> Json:
        """Return an entry as plain values without a secret in them."""
        return self.redacted(
            {
                "id": entry.id,
                "time": entry.time,
                "duration_ms": entry.duration_ms,
                "document": entry.document,
                "operation": entry.operation,
                "request": {
                    "method": entry.request.method,
                    "target": entry.request.target,
                    "headers": self._headers(entry.request.headers),
                    "body": self._body(entry.request.body),
                },
                "answer": {
                    "status": entry.status,
                    "headers": self._headers(entry.headers),
                    "body": self._body(entry.body),
                },
                "rule": entry.rule,
                "violations": [plain(one) for one in entry.violations],
                "changes": [
                    {"kind": one.kind, "key": one.key, "before": one.before, "after": one.after}
                    for one in entry.changes
                ],
                "note": entry.note,
            }
        )

    def _headers(self, headers: tuple[tuple[str, str], ...]) -> Json:
        return [
            [name, _REDACTED if name.lower() in self._carriers else value]
            for name, value in headers
        ]

    def redacted(self, value: Json) -> Json:
        """Return a JSON value with every known secret in it blotted out."""
        if isinstance(value, dict):
            return {self.redacted(name): self.redacted(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.redacted(inner) for inner in value]
        return self._blotted(value) if isinstance(value, str) else value

    def _blotted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return text

    def _body(self, body: bytes) -> str:
        """Return a body as text, without the beginning of a secret where it was cut."""
        text = body.decode("utf-8", "backslashreplace")
        if len(body) < MOST_BODY:
            return text
        ends = (one[:size] for one in self._secrets for size in range(len(one) - 1, 2, -1))
        return text.removesuffix(next((end for end in ends if text.endswith(end)), ""))


def kept(request: RawRequest) -> RawRequest:
    """Return a request with no more of its body than a journal keeps."""
    if len(request.body) <= MOST_BODY:
        return request
    return RawRequest(
        request.method, request.path, request.query, request.headers, request.body[:MOST_BODY]
    )


def plain(violation: Violation) -> Json:
    """Return what people and clients are told of a violation."""
    return {
        "location": violation.location,
        "pointer": printable(violation.pointer),
        "message": printable(violation.message),
    }
