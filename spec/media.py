"""Media types: their names without parameters, which of them are JSON, and ranges of them."""

from __future__ import annotations

from collections.abc import Collection

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FORMS = frozenset({URLENCODED, MULTIPART})


_USUAL = {
    "*": "application/json",
    "application": "application/json",
    "image": "image/png",
    "audio": "audio/mpeg",
    "video": "video/mp4",
}


def media_type(value: str | None) -> str:
    """Return the media type of a Content-Type value in lower case, without its parameters."""
    return (value or "").partition(";")[0].strip().lower()


def is_json(name: str) -> bool:
    """Tell whether a media type is JSON, or something written as JSON."""
    return name.endswith(("/json", "+json"))


def described(name: str, known: Collection[str]) -> str | None:
    """Return which of the known media types or ranges describes a media type, the closest one."""
    if name in known:
        return name
    kind = name.partition("/")[0]
    return next((one for one in (f"{kind}/*", "*/*") if kind and one in known), None)


def concrete(name: str) -> str:
    """Return a media type that a range stands for, JSON where it may be."""
    kind, _, inner = name.partition("/")
    return name if inner != "*" else _USUAL.get(kind, f"{kind}/plain")


def preferred(known: Collection[str]) -> str | None:
    """Return the first of some media types or ranges that can be JSON, else the first of all."""
    can_be = (one for one in known if is_json(concrete(one)))
    return next(can_be, next(iter(known), None))
