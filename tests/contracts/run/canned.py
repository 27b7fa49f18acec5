"""A target that keeps nothing: whatever it is asked, it answers with the document's first example.

Only what no operation answers and calls without any credential are refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from spec import Call, Contract, Json, RawAnswer, RawRequest, decode

_JSON = (("Content-Type", "application/json"),)


@dataclass
class Canned:
    """Answers from the examples of a contract's document."""

    contract: Contract

    @property
    def base(self) -> str:
        return self.contract.base_path

    def send(self, request: RawRequest) -> RawAnswer:
        call = decode(self.contract, request)
        if not isinstance(call, Call):
            return RawAnswer(405 if call.allowed else 404, _JSON, b'{"title": "no such route"}')
        if call.operation.secured and not request.header("authorization"):
            return self._example(call, "401")
        statuses = [one for one in call.operation.responses if one.startswith("2")]
        return self._example(call, statuses[0])

    def _example(self, call: Call, status: str) -> RawAnswer:
        place = call.operation.responses[status].place.pointer
        examples: Json = self.contract.document.get(f"{place}/content/application~1json/examples")
        if not examples:
            return RawAnswer(int(status), (), b"")
        value = next(iter(examples.values()))["value"]
        return RawAnswer(int(status), _JSON, json.dumps(value).encode())

    def close(self) -> None:
        """There is nothing to close."""
