"""What was asked and answered in a session, newest kept, secrets never shown."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mockserver.problems import printable
from mockserver.redaction import Redaction
from mockserver.store import Change
from spec import Json, Judgement, RawRequest, Violation

MOST_ENTRIES = 1_000
MOST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange; `rule` and `problem` tell what refused, `note` what the mock had to say.

    `judgement` is what was found out about the call, None where none was judged.
    """

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
    problem: str | None
    violations: tuple[Violation, ...]
    changes: tuple[Change, ...]
    note: str | None
    judgement: Judgement | None = None


class Journal:
    """The last exchanges of a session; its lock is the session's.

    `noted` counts all that were ever noted, `served` how often a document's operation answered
    with a status and a problem.
    """

    def __init__(self, redaction: Redaction) -> None:
        """Show nothing but through `redaction`."""
        self.redaction = redaction
        self.noted = 0
        self.served: Counter[tuple[str, str, int, str | None]] = Counter()
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)

    def __len__(self) -> int:
        return len(self._entries)

    def note(self, entry: Entry) -> None:
        """Keep an exchange; the oldest one leaves when there are too many."""
        self._entries.append(entry)
        self.noted += 1
        if entry.operation is not None:
            self.served[entry.document or "", entry.operation, entry.status, entry.problem] += 1

    def clear(self) -> None:
        """Forget the exchanges, though not what was served."""
        self._entries.clear()

    def entries(self) -> Iterator[Entry]:
        """Yield the entries, the newest first."""
        return reversed(self._entries)

    def since(self, noted: int, most: int) -> list[tuple[int, Entry]]:
        """Return entries after the first `noted` ones, the oldest first, with their numbers."""
        first = self.noted - len(self._entries)
        start = max(0, noted - first)
        return [*enumerate(islice(self._entries, start, start + most), first + start + 1)]

    def find(self, name: str) -> Entry | None:
        """Return an entry by its id."""
        return next((one for one in self._entries if one.id == name), None)

    def shown(self, entry: Entry) -> Json:
        """Return an entry as plain values without a secret in them."""
        redacted = self.redaction
        return {
            "id": entry.id,
            "time": entry.time,
            "duration_ms": entry.duration_ms,
            "document": entry.document,
            "operation": entry.operation,
            "request": {
                "method": redacted.text(entry.request.method),
                "target": redacted.target(entry.request),
                "headers": redacted.named(entry.request.headers),
                "body": self.content(entry.request.body),
            },
            "answer": {
                "status": entry.status,
                "headers": redacted.named(entry.headers),
                "body": self.content(entry.body),
            },
            "rule": entry.rule,
            "problem": entry.problem,
            "violations": redacted.value([plain(one) for one in entry.violations]),
            "changes": redacted.value([changed(one) for one in entry.changes]),
            "note": None if entry.note is None else redacted.text(entry.note),
        }

    def content(self, body: bytes) -> str:
        """Return a body as text, without a secret or, where it was cut, the beginning of one."""
        text = self.redaction.text(body.decode("utf-8", "backslashreplace"))
        return text if len(body) < MOST_BODY else self.redaction.cut(text)


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
        "code": violation.keyword or "misfit",
        "message": printable(violation.message),
    }


def changed(change: Change) -> Json:
    """Return a change as plain values."""
    return {
        "kind": change.kind,
        "key": change.key,
        "before": change.before,
        "after": change.after,
    }
