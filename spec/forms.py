"""Bodies that are no JSON: forms, and plain texts. What is neither is nobody's to read."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from urllib.parse import unquote_plus

from spec.contract import ABSENT, Absent, Written
from spec.document import Json
from spec.media import FORMS, URLENCODED, is_json, media_type
from spec.styles import of_json, read, unfolded


def value(kind: str, content_type: str, body: bytes, written: Written | None) -> Json | Absent:
    """Return what a body of a media type holds, its texts typed as `written` says.

    ABSENT for media types whose bodies are neither forms nor texts. A file in a form is a text with
    a character for each of its bytes.
    """
    if kind in FORMS:
        sent: dict[str, list[Json]] = {}
        pairs = _urlencoded(body) if kind == URLENCODED else _multipart(content_type, body)
        for name, one in pairs:
            sent.setdefault(name, []).append(one)
        return read(written, unfolded(sent))
    if kind.startswith("text/"):
        return read(written, body.decode("utf-8", "replace"))
    return ABSENT


def _urlencoded(body: bytes) -> Iterator[tuple[str, str]]:
    for part in body.decode("utf-8", "replace").split("&"):
        if part:
            name, _, text = part.partition("=")
            yield unquote_plus(name, errors="replace"), unquote_plus(text, errors="replace")


def _multipart(content_type: str, body: bytes) -> Iterator[tuple[str, Json]]:
    # Only forms need these, which are slow to import.
    from email.parser import BytesParser
    from email.policy import HTTP

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in whole.iter_parts() if whole.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            yield name, _part(part)


def _part(part: Message) -> Json:
    data = part.get_payload(decode=True)
    content = data if isinstance(data, bytes) else b""
    if is_json(media_type(part.get("Content-Type"))):
        return of_json(content.decode("utf-8", "replace"))
    if part.get_filename() is not None:
        return content.decode("latin-1")
    return content.decode("utf-8", "replace")
