"""A client that can call every operation of any document: with samples of all that must be sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from werkzeug.test import Client, TestResponse

from mockserver import Mock, create_app
from spec import (
    ABSENT,
    Contract,
    Credential,
    Operation,
    RawAnswer,
    carried,
    read,
    violations,
)
from spec.media import concrete, is_json, preferred

FOLDER = Path(__file__).parents[1] / "documents"
DOCUMENTS = sorted([*FOLDER.glob("*.*"), *FOLDER.glob("*/atlas.yaml")])


class Anything:
    """A client of the mock of one document."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.contract: Contract = read(path)
        self.app: Mock = create_app([self.contract], **options)
        self._client = Client(self.app, use_cookies=False)
        scheme = self.contract.scheme(None)
        given = Credential(scheme.name, "any:body" if scheme.basic else "any") if scheme else None
        self.headers = dict([carried(self.contract, given)] if given else [])

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request as it is given, with a credential unless headers are given."""
        headers = options.pop("headers", self.headers)
        return self._client.open(
            self.contract.base_path + path, method=method, headers=headers, **options
        )

    def call(self, operation: Operation, body: Any = ABSENT, **path: Any) -> TestResponse:
        """Call an operation validly; what is not given is a sample."""
        where, query, headers = operation.path, [], dict(self.headers)
        for one in operation.parameters:
            value = path.get(one.name, self.contract.samples.parameter(one))
            text = value if isinstance(value, str) else json.dumps(value)
            if one.location == "path":
                where = where.replace(f"{{{one.name}}}", quote(text, safe=""))
            elif one.required and one.location == "query":
                query.append((one.name, text))
            elif one.required:
                headers[one.name] = text
        data = None
        if operation.body:
            media = preferred(operation.body.media) or "*/*"
            headers["Content-Type"] = concrete(media)
            found = (
                self.contract.samples.of(operation.body.media[media]) if body is ABSENT else body
            )
            data = json.dumps(found) if is_json(concrete(media)) else "n=1"
            if concrete(media) == "multipart/form-data":
                headers["Content-Type"] = "multipart/form-data; boundary=b"
                data = form(found)
        return self.send(operation.method, where, headers=headers, query_string=query, data=data)

    def contradictions(self, operation: Operation, answer: TestResponse) -> list[str]:
        """What the document does not allow in an answer."""
        raw = RawAnswer(answer.status_code, tuple(answer.headers.items()), answer.data)
        return [str(one) for one in violations(self.contract, operation, raw)]


def form(fields: dict[str, Any]) -> str:
    """The fields as multipart/form-data with the boundary `b`."""
    head = "--b\r\nContent-Disposition: form-data; name="
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in fields.items()}
    return "".join(f'{head}"{k}"\r\n\r\n{v}\r\n' for k, v in texts.items()) + "--b--\r\n"
