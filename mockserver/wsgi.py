"""From the WSGI environ to a request as it was on the wire, and back to a WSGI answer.

WSGI itself hands over the decoded path, in which `%2F` is a `/` like any other. Some servers add
the target as it was sent (`RAW_URI`, `REQUEST_URI`); granian 2.8 does so for ASGI only, where it
serves a third as many requests. Under it, a key that holds a slash is two segments: a 404 that says
so. In process, with Werkzeug's client and with gunicorn, it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import IO, Any, TypeAlias
from urllib.parse import quote

from mockserver.problems import ProblemError
from spec import RawRequest

Environ: TypeAlias = dict[str, Any]
Headers: TypeAlias = list[tuple[str, str]]

MOST_BODY = 8 * 1024 * 1024
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_PRINTABLE = "".join(map(chr, range(33, 127)))
_KEPT_IN_PATHS = "/:@!$&'()*+,;=-._~"
_PLAIN = re.compile(r"[A-Za-z0-9/:@!$&'()*+,;=._~-]*")


def request(environ: Environ, body: bytes) -> RawRequest:
    """Return the request of an environ whose body was read."""
    return RawRequest(
        method=environ["REQUEST_METHOD"],
        path=raw_path(environ),
        query=_encoded(environ.get("QUERY_STRING", "")),
        headers=tuple(_headers(environ)),
        body=body,
    )


def body(environ: Environ, most: int) -> bytes:
    """Return the body of an environ's request.

    Raises: ProblemError: it is larger than `most` bytes, and then not read to its end, or the
        client stopped sending it.
    """
    stated = environ.get("CONTENT_LENGTH") or ""
    try:
        if stated.isdecimal():
            return _of_length(environ["wsgi.input"], int(stated[:20]), most)
        if "HTTP_TRANSFER_ENCODING" in environ:
            return _of_chunks(environ["wsgi.input"], most)
    except OSError:
        raise _cut_short() from None
    return b""


def _of_length(given: IO[bytes], length: int, most: int) -> bytes:
    if length > most:
        raise _too_large(most)
    content = bytes(given.read(length)) if length else b""
    if len(content) < length:
        raise _cut_short()
    return content


def _of_chunks(given: IO[bytes], most: int) -> bytes:
    read = bytearray()
    while len(read) <= most and (part := given.read(min(65536, most + 1))):
        read += part
    if len(read) > most:
        raise _too_large(most)
    return bytes(read)


def _cut_short() -> ProblemError:
    return ProblemError(400, "Body cut short", "The connection ended before the body did.")


def raw_path(environ: Environ) -> str:
    """Return the path as it was sent, percent-encoded.

    Servers that decode it leave no trace of `%2F`; it is then a separator like any other.
    """
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target:
        inner = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return _encoded(inner, safe=_KEPT_IN_PATHS)
    if not target.startswith("/") and "://" in target:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    return _encoded(target.partition("?")[0])


def _encoded(text: str, safe: str = _PRINTABLE) -> str:
    """Return text of an environ, whose characters stand for bytes, percent-encoded."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(text.encode("latin-1", "replace"), safe=safe)


def _headers(environ: Environ) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
    if environ.get("CONTENT_TYPE"):
        yield "content-type", environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        yield "content-length", environ["CONTENT_LENGTH"]


def _too_large(most: int) -> ProblemError:
    return ProblemError(413, "Content too large", f"A body holds at most {most} bytes.", limit=most)


def respond(
    start_response: Any, status: int, headers: Headers, content: bytes, *, bare: bool = False
) -> list[bytes]:
    """Send an answer; a `bare` one tells the length of its content only, as HEAD asks."""
    if status not in {204, 304}:
        headers.append(("Content-Length", str(len(content))))
    start_response(status_line(status), headers)
    return [b"" if bare else content]


def status_line(status: int) -> str:
    """Return a status with its phrase."""
    return _STATUS.get(status, f"{status} Unknown")
