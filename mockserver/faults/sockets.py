"""Reset a TCP connection that a server of ours in this process holds.

WSGI has no word for it, and granian tells no connection's port. So all connections are held on to
(by a second descriptor of the same socket) and corked, so that no head of an answer leaves; then
the one answer is given up, whose connection the server thereupon closes without a word; and that
one, which is the only one that is closed though neither side has said goodbye, is reset. The others
were held back for some milliseconds, and go on.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import threading
import time
from dataclasses import dataclass

ABLE = sys.platform == "linux"
"""Whether connections can be reset here; elsewhere they end without an answer."""

_PATIENCE_S = 0.5
_LOOK_S = 0.0002
_ESTABLISHED = 1
_LINGER_NOT = struct.pack("ii", 1, 0)

_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Held:
    """A connection of the server: its descriptor and inode, and a descriptor of ours."""

    descriptor: int
    inode: int
    ours: socket.socket

    @property
    def dropped(self) -> bool:
        """Whether the server closed it though it stands, neither side having said goodbye."""
        try:
            gone = os.fstat(self.descriptor).st_ino != self.inode
        except OSError:
            gone = True
        if not gone:
            return False
        told = self.ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)
        return told[0] == _ESTABLISHED

    def reset(self) -> None:
        """End the connection; what was not sent yet is thrown away."""
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.ours.close()

    def release(self) -> None:
        """Let what was held back go."""
        if self.ours.fileno() >= 0:
            self.ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
            self.ours.close()


def reset_the_next_that_ends(port: int) -> None:
    """Reset that connection to a port which the server drops next; it must drop it at once."""
    _turn.acquire()
    try:
        held = _connections(port)
        threading.Thread(target=_watch, args=(held,), daemon=True).start()
    except BaseException:
        _turn.release()
        raise


def _connections(port: int) -> list[_Held]:
    found: dict[int, _Held] = {}
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        try:
            about = os.fstat(descriptor)
            # A descriptor of ours may have taken the number of one that was listed.
            if stat.S_ISSOCK(about.st_mode) and about.st_ino not in found:
                ours = _connected(descriptor, port)
                if ours is not None:
                    found[about.st_ino] = _Held(descriptor, about.st_ino, ours)
        except OSError:
            continue  # it was closed meanwhile
    return [*found.values()]


def _connected(descriptor: int, port: int) -> socket.socket | None:
    """Return a second descriptor of a socket, None when it is no connection to the port."""
    ours = socket.socket(fileno=os.dup(descriptor))
    try:
        if ours.family in {socket.AF_INET, socket.AF_INET6} and ours.getsockname()[1] == port:
            ours.getpeername()
            ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            return ours
    except OSError:
        pass  # it listens, or is no more
    ours.close()
    return None


def _watch(held: list[_Held]) -> None:
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            dropped = next((one for one in held if one.dropped), None)
            if dropped is not None:
                dropped.reset()
                return
            time.sleep(_LOOK_S)
    finally:
        for one in held:
            one.release()
        _turn.release()
