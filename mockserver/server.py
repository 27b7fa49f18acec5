"""Serve a mock over HTTP with granian: one worker process, threads in it, state in its memory."""

from __future__ import annotations

import gc
import http.client
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TypeAlias

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from mockserver.app import Mock
from mockserver.factory import create_app
from mockserver.jobs import Pace
from spec import ConfigurationError, Contract, read

# granian calls the app before the body has come, so each upload that stalls holds a thread, as do
# answers that are held back (200 at most) and streams of events; it starts them when they are
# needed. They take turns (see Mock), so that more don't make it slower.
_THREADS = 320

_HOST_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """What a served mock is made from; plain values, since its worker is another process."""

    documents: tuple[str, ...]
    overlays: tuple[str, ...] = ()
    fixtures: str | None = None
    seed: int = 0
    frozen: float | None = None
    speed: float | None = None
    jobs: Pace = field(default_factory=Pace)
    cors: bool | tuple[str, ...] = True
    admin_token: str | None = None
    state: str | None = None
    reload: bool = False
    magic: bool = True
    allowed_hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 4010

    @property
    def _overlays(self) -> tuple[str, ...]:
        if self.overlays and len(self.documents) != 1:
            raise ConfigurationError(
                "--overlay", f"{len(self.documents)} documents", "one DOCUMENT to lay it over"
            )
        return self.overlays

    @property
    def _hosts(self) -> tuple[str, ...]:
        for name in self.allowed_hosts:
            if not _HOST_NAME.fullmatch(name):
                raise ConfigurationError(
                    "--allowed-host",
                    f"{name!r} is no host name",
                    "a name without scheme and port, such as mock.internal",
                )
        return (self.host, *self.allowed_hosts)

    def app(self, *, afresh: bool = False) -> Mock:
        """Return the mock; `afresh` reads documents again that were read before."""
        if afresh:
            _read.cache_clear()
        return create_app(
            [_read(one, self._overlays) for one in self.documents],
            fixtures=self.fixtures,
            seed=self.seed,
            frozen=self.frozen,
            speed=self.speed,
            jobs=self.jobs,
            cors=self.cors,
            admin_token=self.admin_token,
            magic=self.magic,
            hosts=self._hosts,
            state=self.state,
        )


@cache
def _read(document: str, overlays: tuple[str, ...]) -> Contract:
    """Return a document's contract, read once: a forked worker has it from its parent."""
    return read(document, overlays=overlays)


def free_port(host: str, port: int) -> int:
    """Return a port that can be listened on: the one asked for, or any when that is 0.

    Raises: ConfigurationError: the port is taken, or the host is none of this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
            return int(listener.getsockname()[1])
    except OSError as error:
        raise ConfigurationError(
            f"{host}:{port}",
            f"can't be listened on ({error.strerror})",
            advice="Another program may be listening there; choose a port with --port, 0 for any.",
        ) from None


Announce: TypeAlias = Callable[[str, Options, Mock], None]


def serve(options: Options, announce: Announce) -> None:
    """Serve until a signal comes.

    `announce` is called with the server's URL once it answers: in the worker process, so it is a
    module's function.
    """
    server = Granian(
        "mockserver",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=1,
        respawn_failed_workers=False,
        blocking_threads=_THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=3,
    )
    gc.freeze()  # the worker's first look for garbage needn't go through what is from here
    server.serve(target_loader=partial(load, options, announce, os.getpid()), wrap_loader=False)


def load(options: Options, announce: Announce, parent: int) -> Mock:
    """Return the app in the worker process."""
    # granian puts the process environment into every WSGI environ, where HTTP_PROXY and the like
    # would pass for headers of the request.
    for name in [name for name in os.environ if name.startswith("HTTP_")]:
        del os.environ[name]
    gc.disable()
    app = options.app()
    app.stop = partial(os.kill, parent, signal.SIGTERM)
    # What was made so far stays; collecting garbage needn't look at it again.
    gc.collect()
    gc.freeze()
    gc.enable()
    # No thread is started before granian forks: a lock that one held would stay held in the worker.
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    threading.Thread(target=app.tick, daemon=True).start()
    if options.reload:
        from mockserver.reload import Reload  # its library is for those who ask for it

        threading.Thread(target=Reload(options, app).watch, daemon=True).start()
    threading.Thread(target=_announce, args=(options, announce, app), daemon=True).start()
    return app


def _leave_with(parent: int) -> None:
    """End this process when the one that started it is gone without a word."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _announce(options: Options, announce: Announce, app: Mock) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)
    while not _answers(host, options.port):
        time.sleep(0.02)
    announce(f"http://{f'[{host}]' if ':' in host else host}:{options.port}", options, app)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/__admin/health")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
