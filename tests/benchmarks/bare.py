"""granian with an app that does nothing: what is left when the mock costs nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def app(body: bytes) -> Callable[..., list[bytes]]:
    """A WSGI app with one answer."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", headers)
        return [body]

    return answer


if __name__ == "__main__":
    port, size = map(int, sys.argv[1:])
    Granian(
        "bare",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=64,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=3,
    ).serve(
        target_loader=partial(app, b'{"data": "' + b"x" * (size - 12) + b'"}'), wrap_loader=False
    )
