"""Moments in time: how they are written, and what a written one means.

A moment is a number of seconds since 1970 in UTC. A form is a precision and a way to say UTC:
`seconds-Z`, `millis-Z`, `micros-offset`, and so on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from spec.document import Json

FORMS = tuple(
    f"{one}-{zone}" for one in ("seconds", "millis", "micros") for zone in ("Z", "offset")
)
_PRECISION = {
    "seconds": ("seconds", 1.0),
    "millis": ("milliseconds", 1e-3),
    "micros": ("microseconds", 1e-6),
}
_RFC3339 = re.compile(
    # An hour of 24 is none, though some versions of Python read one.
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?"
    r"(?:[Zz]|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def written(moment: float, form: str) -> str:
    """Return a moment as text."""
    precision, _, zone = form.partition("-")
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec=_PRECISION[precision][0])
    return text if zone == "offset" else text.replace("+00:00", "Z")


def grain(form: str) -> float:
    """Return the number of seconds between two moments that are surely written differently."""
    return _PRECISION[form.partition("-")[0]][1]


@lru_cache(maxsize=4096)
def _moment(text: str) -> float | None:
    if not _RFC3339.fullmatch(text):
        return None
    try:
        # A leap second is taken for the one before it.
        found = datetime.fromisoformat(re.sub(r"(:[0-9]{2}):60", r"\1:59", text.upper()))
    except ValueError:
        return None
    return found.timestamp()


def moment(value: Json) -> float | None:
    """Return the moment that an RFC 3339 text names, None for anything else."""
    return _moment(value) if isinstance(value, str) else None
