"""A world of its own in a mock that runs somewhere: what a test needs of the admin API, as methods.

The calls and what they answer are those of the admin API's document, `/__admin/docs`.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from mockserver.worlds.naming import HEADER, PREFIX
from spec import ConformockError, Json, TargetUnreachable

_MOST_ENTRIES = 1_000

__tracebackhide__ = True  # pytest: what failed is the test's line, not one of these


@dataclass
class AdminError(ConformockError):
    """The admin API did not do what it was asked for; `detail` is what it said."""

    call: str
    status: int
    detail: str

    def __str__(self) -> str:
        """Return the one sentence a user reads."""
        return f"{self.call}: {self.status}: {self.detail}"


@dataclass(frozen=True, slots=True)
class MockWorld:
    """A session of a mock: records, clock, faults and journal that nobody else's requests touch.

    Requests belong to it that carry `headers`. `urls` are the base URLs by document.
    """

    name: str
    origin: str
    urls: Mapping[str, str]

    @property
    def url(self) -> str:
        """The base URL of the first document."""
        return next(iter(self.urls.values()))

    @property
    def headers(self) -> dict[str, str]:
        """What a request must carry to be of this world."""
        return {HEADER: self.name}

    @property
    def bare_url(self) -> str:
        """The base URL of the first document for who can't send `headers`: it names the world."""
        return f"{self.origin}{PREFIX}/{self.name}{self.url.removeprefix(self.origin)}"

    def reset(self) -> None:
        """Start over from the base world; the journal is empty then."""
        self.admin("POST", "/reset")

    def forget(self) -> None:
        """Leave nothing of the world, snapshots included; the next request makes it anew."""
        self.admin("DELETE", "/sessions")

    def requests(self) -> list[dict[str, Json]]:
        """Return the last 1,000 exchanges in the order in which they came."""
        return _in_order(self.admin("GET", f"/requests?limit={_MOST_ENTRIES}"))

    def find(self, **pattern: Json) -> list[dict[str, Json]]:
        """Return the exchanges that a pattern means: `find(method="POST", urlPath="/v1/pets")`.

        Raises: AdminError: it is no pattern.
        """
        return _in_order(self.admin("POST", "/requests/find", pattern))

    def advance(self, seconds: float) -> dict[str, Json]:
        """Put the clock forward; return the new time, and the jobs that moved with it."""
        return dict(self.admin("POST", "/clock/advance", {"seconds": seconds}))

    def fault(self, **members: Json) -> dict[str, Json]:
        """Let next calls go wrong: `fault(operation="getPet", error="NOT_FOUND", times=1)`.

        Raises: AdminError: it is no fault that the documents admit.
        """
        return dict(self.admin("POST", "/faults", members))

    def state(self, kind: str | None = None, key: object = None) -> Json:
        """Return the record of a key, all records of a kind, or those of all kinds by document.

        Raises: AdminError: there is no such kind or record.
        """
        if kind is None:
            kinds = self.admin("GET", "/state")
            return {
                document: {name: _records(found) for name, found in of_kind.items()}
                for document, of_kind in kinds.items()
            }
        if key is None:
            return _records(self.admin("GET", f"/state/{quote(kind, safe='')}")["records"])
        path = f"/state/{quote(kind, safe='')}/{quote(str(key), safe='')}"
        return self.admin("GET", path)["record"]

    def admin(self, method: str, path: str, body: Json = None) -> Json:
        """Return what the admin API answers in this world to any of its calls.

        Raises: AdminError: it refuses. TargetUnreachable: the mock does not answer.
        """
        address = urlsplit(self.origin)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        content = None if body is None else json.dumps(body)
        try:
            connection.request(method, f"/__admin{path}", content, self.headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise TargetUnreachable(self.origin, str(error) or type(error).__name__) from None
        finally:
            connection.close()
        said = json.loads(text) if text else None
        if answer.status >= 400:
            detail = said["detail"] if isinstance(said, dict) else "no more was said"
            raise AdminError(f"{method} /__admin{path}", answer.status, detail)
        return said


def told(entry: Mapping[str, Json]) -> str:
    """Return an exchange as one line: status, request, operation, and what refused it."""
    request, answer = entry["request"], entry["answer"]
    refused = entry["problem"] or ", ".join(
        f"{one['location']}{one['pointer']}: {one['message']}" for one in entry["violations"]
    )
    words = [answer["status"], request["method"], request["target"], entry["operation"], refused]
    return "  ".join(str(word) for word in words if word)


def _in_order(found: Json) -> list[dict[str, Json]]:
    """Return the entries of an answer, which has the newest first, as they came."""
    return [*reversed(found["requests"])]


def _records(stored: Json) -> list[Json]:
    return [one["record"] for one in stored if not one["deleted"]]
