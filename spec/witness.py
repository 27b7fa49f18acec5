"""The second reader: other people's code judges messages by the same document.

Only `openapi-core`'s public interface is used, and nothing of ours but the raw messages, so that a
mistake of `wire`, `schemas` or `answers` shows as a disagreement. It is too slow for the path of a
request; tests, `certify` and recorded traffic use it. The library takes most of a second to import
and is imported when the first `Witness` is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from spec.document import METHODS, Document, Json
from spec.wire import RawAnswer, RawRequest

if TYPE_CHECKING:
    from openapi_core.datatypes import RequestParameters

_HOST = "http://witness.test"


@dataclass
class _Request:
    """A request in the form that the library's protocol asks for."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


@dataclass(frozen=True)
class _Answer:
    """An answer in the form that the library's protocol asks for."""

    status_code: int
    content_type: str
    headers: Any
    data: bytes


class Witness:
    """What openapi-core says of messages; security is not judged."""

    def __init__(self, document: Document) -> None:
        """Read the document once; this takes about as long as a thousand judgements."""
        from openapi_core import OpenAPI

        self._api = OpenAPI.from_dict(_unsecured(document.data))

    def request(self, raw: RawRequest) -> list[str]:
        """Return the violations of a request, none when it fits the document."""
        return list(_sentences(self._api.iter_request_errors(_request(raw))))

    def answer(self, raw: RawRequest, answer: RawAnswer) -> list[str]:
        """Return the violations of the answer to a request, none when it fits the document."""
        found = self._api.iter_response_errors(_request(raw), _answer(answer))
        return list(_sentences(found))


def _unsecured(data: Json) -> Json:
    """Return the document without its `security`, so that a missing credential hides nothing.

    The library judges nothing else of a request whose credential is missing.
    """
    paths = {
        path: {
            name: _without_security(value) if name in METHODS else value
            for name, value in item.items()
        }
        for path, item in data["paths"].items()
    }
    return {**_without_security(data), "paths": paths}


def _without_security(value: Json) -> Json:
    return {name: one for name, one in value.items() if name != "security"}


def _request(raw: RawRequest) -> _Request:
    from openapi_core.datatypes import RequestParameters
    from werkzeug.datastructures import Headers, ImmutableMultiDict

    return _Request(
        host_url=_HOST,
        path=raw.path,
        method=raw.method.lower(),
        parameters=RequestParameters(
            query=ImmutableMultiDict(parse_qsl(raw.query, keep_blank_values=True)),
            header=Headers(list(raw.headers)),
        ),
        content_type=_media(raw.header("content-type")),
        # To the library, no body is None and not empty bytes.
        body=raw.body or None,
    )


def _answer(answer: RawAnswer) -> _Answer:
    from werkzeug.datastructures import Headers

    return _Answer(
        status_code=answer.status,
        content_type=_media(answer.header("content-type")),
        headers=Headers(list(answer.headers)),
        data=answer.body,
    )


def _media(value: str | None) -> str:
    """Return a Content-Type in lower case, as the library's protocol asks for it."""
    return (value or "").lower()


def _sentences(errors: Iterable[Exception]) -> Iterator[str]:
    """Yield the errors as sentences; a reader that stumbles over a message has not accepted it."""
    try:
        for error in errors:
            yield _sentence(error)
    except (ValueError, TypeError, RecursionError) as error:
        yield f"the witness stumbled: {type(error).__name__}: {error}"


def _sentence(error: BaseException) -> str:
    cause = error.__cause__
    inner = getattr(cause, "schema_errors", None)
    details = [one.message for one in inner] if inner else [str(cause)] if cause else []
    return ": ".join(str(part) for part in [error, *details[:1]])
