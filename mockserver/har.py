"""A journal as an HTTP Archive (HAR 1.2), which browsers and many tools open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from http import HTTPStatus
from urllib.parse import unquote_plus

from mockserver.journal import Entry, Journal
from spec import Json
from spec.wire import header, media_type

_PHRASES = {one.value: one.phrase for one in HTTPStatus}


def archive(journal: Journal, entries: Iterable[Entry], version: str) -> Json:
    """Return an archive of entries, in the order of their time, without a secret in it."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "conformock", "version": version},
            "entries": [_entry(journal, one) for one in entries],
        }
    }


def _entry(journal: Journal, entry: Entry) -> Json:
    began = datetime.fromtimestamp(entry.time, timezone.utc)  # noqa: UP017 - as elsewhere
    return {
        "startedDateTime": began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": entry.duration_ms,
        "request": _request(journal, entry),
        "response": _response(journal, entry),
        "cache": {},
        "timings": {"send": 0, "wait": entry.duration_ms, "receive": 0},
        "comment": f"{entry.id} {entry.operation or 'no operation'}",
    }


def _request(journal: Journal, entry: Entry) -> Json:
    redaction, request = journal.redaction, entry.request
    headers = redaction.named(request.headers)
    target = redaction.target(request)
    shown = {
        "method": redaction.text(request.method),
        "url": f"http://{header(headers, 'host') or 'localhost'}{target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": [
            {"name": unquote_plus(name), "value": unquote_plus(value)}
            for name, _, value in (
                part.partition("=") for part in target.partition("?")[2].split("&") if part
            )
        ],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        kind = media_type(header(headers, "content-type"))
        shown["postData"] = {"mimeType": kind, "text": journal.content(request.body)}
    return shown


def _response(journal: Journal, entry: Entry) -> Json:
    headers = journal.redaction.named(entry.headers)
    return {
        "status": entry.status,
        "statusText": _PHRASES.get(entry.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {
            "size": len(entry.body),
            "mimeType": header(headers, "content-type") or "x-unknown",
            "text": journal.content(entry.body),
        },
        "redirectURL": header(headers, "location") or "",
        "headersSize": -1,
        "bodySize": len(entry.body),
    }


def _pairs(headers: Sequence[tuple[str, str]]) -> Json:
    return [{"name": name, "value": value} for name, value in headers]
