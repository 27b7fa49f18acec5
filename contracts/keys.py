"""The keys that servers make: which texts are none, and which ones surely nobody has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spec.contract import Maker

PRESUMED_FREE = 2_000_000_000
"""Server-made numbers from here on are presumed to be nobody's; we draw them to miss."""

MADE = frozenset({"sequence", "objectid", "uuid"})
"""The ways of making a value that give each one once."""

UNTOLD = frozenset({"number", "text"})
"""Keys of which only the type is known: a server may give one again, or count for each parent."""

_FREE_OBJECT = "ffffffff"
"""Object ids begin with the seconds since 1970: these are of the year 2106."""
_FREE_UUID = "ffffffff-ffff-4fff-bfff-"
"""A random one begins like this once in 2^90."""
_FORMS: dict[str, re.Pattern[str]] = {
    "sequence": re.compile(r"[1-9][0-9]*"),
    "objectid": re.compile(r"[0-9a-f]{24}"),
    "uuid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}


def form_of(value: object) -> str | None:
    """Return the maker of an id that looks like nothing else, None for other values."""
    text = value if isinstance(value, str) else ""
    return next((made for made in ("objectid", "uuid") if _FORMS[made].fullmatch(text)), None)


def nobodys(made: Maker, key: str) -> bool:
    """Tell whether no record can have this key: it has another form, or is presumed free.

    Server-made keys have one spelling, but for UUIDs: in those small letters and large ones are
    the same (RFC 9562). Who chooses the keys is told by `given` and `client`; for given ones that
    are numbers the presumption holds as well.
    """
    form = _FORMS.get(made)
    if made == "uuid":
        key = key.lower()
    if form is not None and not form.fullmatch(key):
        return True
    if made == "objectid":
        return key.startswith(_FREE_OBJECT)
    if made == "uuid":
        return key.startswith(_FREE_UUID)
    return made != "client" and _is_large(key)


def _is_large(key: str) -> bool:
    plain = key.isascii() and key.isdecimal() and key[0] != "0"
    return plain and int(key[:40]) >= PRESUMED_FREE


def free(made: Maker, number: int) -> str | None:
    """Return a well-formed key that nobody has, None where clients choose the keys."""
    if made in {"sequence", "number"}:
        return str(PRESUMED_FREE + number)
    if made == "objectid":
        return f"{_FREE_OBJECT}{number:016x}"
    if made == "uuid":
        return f"{_FREE_UUID}{number:012x}"
    return None


def malformed(made: Maker) -> Iterator[str]:
    """Yield texts that are no keys, but might be read as one."""
    if made == "sequence":
        yield from ("0", "042", "abc", "-1", "1.0", "9" * 40)
    elif made == "objectid":
        yield from ("0", "abc", "f" * 23, "f" * 25, "g" * 24, "-" * 24)
    elif made == "uuid":
        yield from ("0", "abc", "ffffffff-ffff-4fff-bfff-00000000000g")
