"""A server of `pets.yaml` that keeps to the document and does everything else as it likes.

Fields that no request sets change by being looked at, keys are given again, lists come in any
order, it refuses with statuses of its own, takes what does not fit, and counts what it was asked.
No two pets have one name at a time, and what is null at first is filled in.
Nothing of that contradicts the document, so nothing of it may be a finding.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable
from typing import Any

_ITEM = re.compile(r"/v1/pets/([^/]+)(/vaccinate)?")
_KNOWN = {"name", "tag", "species", "weight"}


class Whimsical:
    """The server as a WSGI application."""

    def __init__(
        self, seed: int, *, keys: str = "low", refusal: int = 400, deletion: str = "real"
    ) -> None:
        """Give keys again that are free (`low`), or never twice (`high`).

        A deletion is `real`, or what is deleted is only `marked` and shown all the same.
        """
        self._random = random.Random(seed)
        self._pets: dict[int, dict[str, Any]] = {}
        self._keys = keys
        self._refusal = refusal
        self._deletion = deletion
        self._last = 0
        self._asked = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        self._asked += 1
        length = int(environ.get("CONTENT_LENGTH") or 0)
        status, body = self._answer(environ, environ["wsgi.input"].read(length))
        content = b"" if body is None else json.dumps(body).encode()
        headers = [("Content-Type", "application/json")] if content else []
        start(f"{status} x", headers)
        return [content]

    def _answer(self, environ: dict[str, Any], data: bytes) -> tuple[int, Any]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path == "/v1/pets" and method == "GET":
            return self._list(environ["QUERY_STRING"])
        if path == "/v1/pets" and method == "POST":
            return self._create(data)
        found = _ITEM.fullmatch(path)
        if found is None:
            return self._refused(404)
        number = int(found[1]) if re.fullmatch(r"-?[0-9]{1,9}", found[1]) else -1
        if found[2]:
            return self._vaccinated(number)
        return self._one(method, number, data)

    def _refused(self, status: int) -> tuple[int, Any]:
        return status, {"code": self._random.randrange(9), "message": "no"}

    def _list(self, query: str) -> tuple[int, Any]:
        given = dict(re.findall(r"(limit|offset)=([0-9]{1,9})(?:&|$)", query))
        pets = [self._shown(one) for one in self._pets.values()]
        if "tag=" in query:
            pets = pets[:1]
        offset, limit = int(given.get("offset", 0)), min(int(given.get("limit", 20)), 50)
        return 200, pets[offset : offset + limit]

    def _create(self, data: bytes) -> tuple[int, Any]:
        body = _object(data)
        if body is None or not _fits(body, {"name"}):
            return self._refused(self._refusal)
        if any(pet["name"] == body["name"] for pet in self._pets.values()):
            return self._refused(409)
        free = next(n for n in range(1, len(self._pets) + 2) if n not in self._pets)
        self._last = free if self._keys == "low" else self._last + 1
        given = {"tag": "untagged"} | {n: value for n, value in body.items() if value is not None}
        kept = {name: value for name, value in given.items() if name in _KNOWN}
        self._pets[self._last] = {"id": self._last, **kept}
        return 201, self._shown(self._pets[self._last])

    def _one(self, method: str, number: int, data: bytes) -> tuple[int, Any]:
        pet = self._pets.get(number)
        if pet is None:
            return self._refused(404)
        if method == "DELETE":
            if self._deletion == "real":
                del self._pets[number]
            else:
                pet["deletedAt"] = "2024-01-16T10:00:00Z"
            return 204, None
        if method == "PATCH":
            body = _object(data)
            if not body or not _fits(body, set()):
                return self._refused(self._refusal)
            pet.update({name: value for name, value in body.items() if name in _KNOWN})
        return 200, self._shown(pet)

    def _vaccinated(self, number: int) -> tuple[int, Any]:
        """Change what no document says that it changes: the pet's name, and another pet's."""
        if number not in self._pets:
            return self._refused(404)
        for pet in self._pets.values():
            pet["name"] = f"{str(pet['name'])[:40]} the brave"
        return 200, {"vaccine": "x"}

    def _shown(self, pet: dict[str, Any]) -> dict[str, Any]:
        moment = f"2024-01-15T10:00:{self._asked % 60:02}Z"
        return {**pet, "created": moment, "vaccinations": self._asked, "mood": self._asked}


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _fits(body: dict[str, Any], needed: set[str]) -> bool:
    """Tell whether a body fits, roughly: it takes numbers as texts where none is refused."""
    if not needed <= body.keys():
        return False
    name, weight = body.get("name", "x"), body.get("weight", 1)
    number = isinstance(weight, int | float) and not isinstance(weight, bool) and weight >= 0
    texts = isinstance(name, str) and 1 <= len(name) <= 60
    tag = isinstance(body.get("tag"), str | None)
    return texts and number and tag and body.get("species", "cat") in {"cat", "dog", "newt"}
