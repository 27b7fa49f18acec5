"""A weather station: a small document without the vocabulary, and targets made for a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from contracts.compare import Comparison, compare, grounds
from contracts.profile import Profile
from contracts.run.results import Options
from spec import Contract, RawAnswer, RawRequest

STATION = """\
openapi: 3.1.0
info: {title: A weather station, version: '1'}
servers: [{url: /v1}]
paths:
  /reading:
    get:
      operationId: getReading
      parameters:
        - {name: unit, in: query, schema: {enum: [C, F]}}
      responses:
        '200':
          description: The reading.
          headers:
            X-Station: {schema: {type: string}}
          content:
            application/json:
              schema:
                type: object
                required: [level]
                properties:
                  level: {type: integer}
                  mood: {type: string}
                  at: {type: string, format: date-time}
        '503': {description: It is raining.}
"""
JSON = ("Content-Type", "application/json")
Answer = Callable[[int], tuple[int, Any]]


@dataclass
class Station:
    """A target whose answers are made by the number of the request."""

    answer: Answer
    url: str = "http://127.0.0.1:9/v1"
    headers: tuple[tuple[str, str], ...] = ()
    left: int = 10**6
    failure: BaseException | None = None
    sent: list[RawRequest] = field(default_factory=list)
    base: str = "/v1"

    def send(self, request: RawRequest) -> RawAnswer:
        self.left -= 1
        if self.left < 0 and self.failure is not None:
            raise self.failure
        if request.path == "/again":
            return RawAnswer(204, (), b"")
        self.sent.append(request)
        status, value = self.answer(len(self.sent))
        body = b"" if value is None else json.dumps(value).encode()
        return RawAnswer(status, ((JSON,) if body else ()) + self.headers, body)

    def close(self) -> None:
        """There is nothing to close."""


PROFILE = Profile("http://127.0.0.1:9/v1", isolation="reset", reset="/again")


def always(value: Any, status: int = 200) -> Station:
    return Station(lambda _: (status, value))


def compared(contract: Contract, left: Station, right: Station, **options: Any) -> Comparison:
    given = Options(**{"walks": 4, **options})
    return compare(grounds(contract, PROFILE, PROFILE), left, right, given)


def said(found: Comparison) -> list[tuple[str, str]]:
    return [(one.verdict, one.contradiction.sentence) for one in found.divergences]


FINE = {"level": 5, "at": "2027-01-15T08:00:00Z"}
